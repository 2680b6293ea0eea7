"""A tenant's history: what the record says of a lease, signed by its tenant, and checked by whoever was given it."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from eth_account import Account
from eth_account.messages import encode_typed_data

from citychain.chain import clock
from citychain.chain.keys import checksum
from citychain.errors import InvalidInput
from citychain.identity import personas
from citychain.identity.tests.district import District
from citychain.renting.bindings import Rents
from citychain.renting.leases import histories, queries
from citychain.renting.leases.histories import History

from .test_filings import persona
from .world import HEIR, OWNER, RENT, TENANT, Letting, ended, settled

pytestmark = [
    pytest.mark.django_db(databases=["default", "readmodel"]),
    pytest.mark.filterwarnings("ignore:No directory at"),
]


@pytest.fixture
def letting(district: District) -> Letting:
    return Letting(district)


def now(letting: Letting) -> int:
    letting.district.read()
    clock.simulate(letting.district.now)
    return clock.now()


def paid_late(letting: Letting) -> None:
    """A lease of three months: the second rent was ten days late, the third is open."""
    letting.run()
    letting.allow(TENANT, "Rents")
    now(letting)
    _first, second, third = queries.rent(queries.lease(1)).months[:3]
    letting.go_to(second[0].due_day + 10)
    letting.do(TENANT, Rents.payRent(leaseId=1, amount=second[0].amount))
    letting.go_to(third[0].due_day + 1)
    now(letting)


def taken(letting: Letting, **changes: Any) -> History:
    asked = {"days": 90, "amounts": True, "note": "银行停机"}
    found = histories.draft(queries.lease(1), TENANT.address, **{**asked, **changes})
    return histories.signed(found, TENANT.sign(histories.digest(found)))


def test_facts_tell_months_on_time_late_and_open(letting: Letting) -> None:
    paid_late(letting)
    row = queries.lease(1)
    found = histories.facts(row, clock.now(), amounts=True)
    assert {name: found[name] for name in found if name.startswith(("months", "longest"))} == {
        "months_due": 3, "months_on_time": 1, "months_late": 1, "months_open": 1, "longest_delay_days": 10,
    }  # fmt: skip
    assert (found["ended"], found["deposit"], found["disputes"], found["rent"]) == (False, "held", [], RENT)
    assert "rent" not in histories.facts(row, clock.now(), amounts=False)


def test_months_are_as_the_contract_counts_them(letting: Letting) -> None:
    """After payments that came back, were final again, credits and a refund: no month open that is covered."""
    settled(letting, 1)
    at = now(letting)
    found = histories.facts(queries.lease(1), at, amounts=False)
    rent = queries.rent(queries.lease(1))
    due = [(month, covered) for month, covered in rent.months if month.due_day <= queries.today()]
    assert found["months_due"] == len(due)
    assert found["months_open"] == len([month for month, covered in due if covered < month.amount])
    assert found["disputes"][-3:] == ["ClaimsContested", "ClaimsDecided", "ClaimsTakenToCourt"]
    assert found["deposit"] != "held"


def test_true_file_fits_and_still_does_when_rent_is_paid_afterwards(letting: Letting) -> None:
    paid_late(letting)
    found = taken(letting)
    assert histories.check(histories.from_file(histories.to_file(found).encode())).fits
    payable = queries.rent(queries.lease(1)).arrears
    letting.go_to(letting.today + 1)
    letting.do(TENANT, Rents.payRent(leaseId=1, amount=payable))
    now(letting)
    assert histories.check(found).fits


@pytest.mark.parametrize(
    "changes",
    [
        {"lease": 2}, {"tenant": OWNER.address}, {"issued": 1}, {"expires": 2**47}, {"note": "完全按时"},
        {"record": {"block": 1}}, {"chain": 1}, {"signature": "0x" + "11" * 65}, {"signature": ""},
    ],
    ids=lambda changes: str(next(iter(changes))),
)  # fmt: skip
def test_altered_file_does_not_fit(letting: Letting, changes: dict[str, Any]) -> None:
    paid_late(letting)
    altered = msgspec.structs.replace(taken(letting), **changes)
    assert not histories.check(altered).signed
    assert not histories.check(altered).fits


def test_other_facts_under_a_true_signature_are_found(letting: Letting) -> None:
    paid_late(letting)
    true = taken(letting)
    lie = msgspec.structs.replace(true, facts={**true.facts, "months_late": 0, "months_on_time": 2, "award": "best"})
    lie = histories.signed(lie, TENANT.sign(histories.digest(lie)))
    found = histories.check(lie)
    assert (found.signed, found.rented, found.fits) == (True, True, False)
    assert {one.name for one in found.facts if not one.fits} == {"months_late", "months_on_time", "award"}


def test_stranger_signs_no_history_of_a_lease(letting: Letting) -> None:
    paid_late(letting)
    found = histories.draft(queries.lease(1), HEIR.address, days=30, amounts=False, note="")
    found = histories.signed(found, HEIR.sign(histories.digest(found)))
    checked = histories.check(found)
    assert (checked.signed, checked.rented, checked.fits) == (True, False, False)
    with pytest.raises(InvalidInput):
        histories.signed(found, TENANT.sign(histories.digest(found)))


def test_file_expires_and_never_outlives_five_years_after_the_end(letting: Letting) -> None:
    paid_late(letting)
    found = taken(letting, days=30)
    assert found.expires == found.issued + 30 * 86_400
    assert taken(letting, days=10_000).expires == queries.lease(1).to_day * 86_400 - 8 * 3_600 + 5 * 365 * 86_400
    clock.simulate(found.expires)
    assert (histories.check(found).expired, histories.check(found).fits) == (True, False)


def test_replaced_tenants_history_is_still_theirs(letting: Letting) -> None:
    ended(letting)
    now(letting)
    row = queries.lease(2)
    for key in (TENANT, HEIR):
        found = histories.draft(row, key.address, days=30, amounts=False, note="")
        found = histories.signed(found, key.sign(histories.digest(found)))
        assert histories.check(found).rented


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b"[]", b"\xff", b"x" * 70_000, b'{"kind": "citychain-tenant-history"}'],
    ids=["empty", "no fields", "a list", "no text", "too long", "one field"],
)
def test_what_is_no_history_is_refused_in_words(content: bytes) -> None:
    with pytest.raises(InvalidInput):
        histories.from_file(content)


@pytest.mark.parametrize(
    "changes", [{"tenant": "0x12"}, {"issued": -1}, {"kind": "x"}, {"version": 2}, {"signature": "0xzz"}, {"more": 1}]
)
def test_history_with_a_wrong_field_is_refused(letting: Letting, changes: dict[str, Any]) -> None:
    paid_late(letting)
    told = {**json.loads(histories.to_file(taken(letting))), **changes}
    with pytest.raises(InvalidInput):
        histories.from_file(json.dumps(told).encode())


def test_wallets_digest_is_that_of_the_typed_data(letting: Letting) -> None:
    paid_late(letting)
    found = taken(letting)
    message = encode_typed_data(full_message=histories.typed_data(found))
    assert Account.recover_message(message, signature=found.signature) == checksum(TENANT.address)


def test_tenant_takes_a_file_at_a_browser_and_a_landlord_checks_it(
    letting: Letting, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paid_late(letting)
    monkeypatch.setattr(personas, "key", lambda address: {TENANT.address: TENANT, OWNER.address: OWNER}[address])
    tenant, owner = persona("tenant", TENANT), persona("owner", OWNER)
    assert "/leases/1/history/" in tenant.get("/leases/1/").content.decode()
    assert owner.get("/leases/1/history/").status_code == 403
    assert tenant.post("/leases/1/history/", {"days": "7"}).status_code == 422
    page = tenant.post("/leases/1/history/", {"days": "90", "note": "<b>准时</b>"})
    token = page.context["token"]
    assert owner.post("/leases/history/sign/", {"token": token}).status_code == 403
    answer = tenant.post("/leases/history/sign/", {"token": token})
    assert answer["Content-Disposition"] == 'attachment; filename="lease-1-history.json"'
    assert "rent" not in json.loads(answer.content)["facts"]
    shown = _upload(answer.content)
    assert (shown.status_code, shown.context["found"].fits) == (200, True)
    assert "<b>准时" not in shown.content.decode()
    assert _upload(b"{}").status_code == 422
    path = tmp_path / "history.json"
    path.write_bytes(answer.content)
    call_command("renting", "check-history", str(path), "--json")
    assert json.loads(capsys.readouterr().out)["fits"] is True
    path.write_bytes(answer.content.replace(b'"months_late": 1', b'"months_late": 0'))
    with pytest.raises(SystemExit):
        call_command("renting", "check-history", str(path))
    assert "DIFFERS  months_late: 0 (1)" in capsys.readouterr().out


def _upload(content: bytes) -> Any:
    client = Client(HTTP_ACCEPT_LANGUAGE="en")
    return client.post("/leases/history/check/", {"file": SimpleUploadedFile("history.json", content)})
