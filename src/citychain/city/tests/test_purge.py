"""Private documents end when their time is over, and never before."""

import datetime
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from citychain.chain import clock
from citychain.chain.addressbook import AddressBook, Entry
from citychain.identity.models import SignIn
from citychain.indexer.models import Block, Progress
from citychain.money.models import PaymentNote
from citychain.outbox.models import Request
from citychain.renting.bindings import Titles
from citychain.renting.models import Deed, TitleStep

pytestmark = pytest.mark.django_db(databases=["default", "readmodel"])
NOW, HEAD, FINAL = 1_795_316_601, 20, 18
CONTRACT, OTHER = "0x" + "c0" * 20, "0x" + "c1" * 20


@pytest.fixture(autouse=True)
def city(settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.CITYCHAIN_HOME = tmp_path
    AddressBook(1, OTHER, [Entry("Titles", "Titles", CONTRACT, 1, "0x", "0x")]).save()
    Block.objects.create(number=HEAD, hash="0x12", parent="0x00", time=NOW, transactions=1)
    Progress.objects.create(
        id=1, head=HEAD, head_hash="0x12", final=FINAL, subscriptions="", stale_since=None, stale_reason=""
    )  # fmt: skip
    clock.simulate(NOW)
    yield
    clock.simulate(None)


def _deed() -> str:
    commitment = f"0x{0xDEED << 200 | Deed.objects.count():064x}"
    Deed.objects.create(commitment=commitment, salt=b"", body="{}", registrar=OTHER, signature=b"")
    return commitment


def _step(event: str, commitment: str = "", *, title: int = 1, block: int = FINAL) -> None:
    detail = json.dumps({"commitment": commitment} if commitment else {"reason": "error"})
    number = (block << 20) + TitleStep.objects.count()
    TitleStep.objects.create(id=number, title=title, event=event, detail=detail, time=NOW, block=block, tx="0x")


def _request(commitment: str, state: str, target: str = CONTRACT) -> None:
    call = Titles.register(townCode=1, commitment=commitment, owners=[Titles.Owner(OTHER, 10_000, True)])
    nonce = Request.objects.count()
    Request.objects.create(
        digest=f"0x{nonce}", signer=OTHER, target=target, selector="0x", nonce=nonce, gas=1, deadline=NOW,
        data=call.data(), signature=b"", wallet=False, created=NOW, state=state,
    )  # fmt: skip


def _purged(capsys: pytest.CaptureFixture[str]) -> dict[str, int]:
    call_command("purge", "--json")
    deleted: dict[str, int] = json.loads(capsys.readouterr().out)
    return deleted


@pytest.mark.parametrize(("days", "kept"), [(-1, 0), (1, 1)])
def test_note_is_kept_until_its_day(days: int, kept: int, capsys: pytest.CaptureFixture[str]) -> None:
    day = timezone.now() + datetime.timedelta(days=days)
    PaymentNote.objects.create(ref="0x01", salt=b"", text="tea", payer=OTHER, payee=CONTRACT, delete_after=day)
    assert _purged(capsys) == {
        "notes": 1 - kept,
        "sessions": 0,
        "deliveries": 0,
        "proposals": 0,
        "deeds": 0,
        "descriptions": 0,
        "homes": 0,
        "passkeys": 0,
        "applications": 0,
        "offers": 0,
        **dict.fromkeys(("papers", "photos", "messages", "readings"), 0),
    }
    assert PaymentNote.objects.count() == kept


@pytest.mark.parametrize(("days", "kept"), [(29, 1), (31, 0)])
def test_session_is_kept_for_thirty_days(days: int, kept: int, capsys: pytest.CaptureFixture[str]) -> None:
    then = timezone.now() - datetime.timedelta(days=days)
    SignIn.objects.create(id="01", account=OTHER, nonce="01", agent="", created=then, seen=then)
    assert _purged(capsys) == {
        "notes": 0,
        "sessions": 1 - kept,
        "deliveries": 0,
        "proposals": 0,
        "deeds": 0,
        "descriptions": 0,
        "homes": 0,
        "passkeys": 0,
        "applications": 0,
        "offers": 0,
        **dict.fromkeys(("papers", "photos", "messages", "readings"), 0),
    }
    assert SignIn.objects.count() == kept


def test_deeds_of_a_standing_title_are_kept_in_all_versions(capsys: pytest.CaptureFixture[str]) -> None:
    for event in ("TitleRegistered", "TitleCorrected", "TransferOpened"):
        _step(event, _deed())
    assert _purged(capsys)["deeds"] == 0


@pytest.mark.parametrize(("block", "deleted"), [(FINAL, 2), (FINAL + 1, 0)])
def test_deeds_end_when_their_registration_is_undone_for_good(
    block: int, deleted: int, capsys: pytest.CaptureFixture[str]
) -> None:
    for event in ("TitleRegistered", "TitleCorrected"):
        _step(event, _deed())
    _step("RegistrationReversed", block=block)
    _step("TitleRegistered", _deed(), title=2)
    assert _purged(capsys)["deeds"] == deleted


def test_deed_that_is_registered_again_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    commitment = _deed()
    _step("TitleRegistered", commitment)
    _step("RegistrationReversed")
    _step("TitleRegistered", commitment, title=2)
    assert _purged(capsys)["deeds"] == 0


@pytest.mark.parametrize(
    ("states", "deleted"),
    [
        (["rejected"], 1),
        (["expired"], 1),
        (["received"], 0),
        (["sent"], 0),
        (["included"], 0),
        (["final"], 0),
        (["rejected", "received"], 0),
        ([], 0),
    ],
)
def test_deed_ends_when_its_request_came_to_nothing(
    states: list[str], deleted: int, capsys: pytest.CaptureFixture[str]
) -> None:
    commitment = _deed()
    for state in states:
        _request(commitment, state)
    assert _purged(capsys)["deeds"] == deleted


def test_request_to_another_contract_ends_no_deed(capsys: pytest.CaptureFixture[str]) -> None:
    _request(_deed(), "rejected", target=OTHER)
    assert _purged(capsys)["deeds"] == 0


@pytest.mark.parametrize("trouble", [{"stale_since": 19}, {"head": 0}])
def test_no_deed_ends_by_a_read_model_that_is_not_up_to_date(trouble: dict[str, int]) -> None:
    _request(_deed(), "rejected")
    Progress.objects.update(**trouble)
    with pytest.raises(CommandError, match="not up to date"):
        call_command("purge")
    assert Deed.objects.count() == 1
