"""Leases before the housing bureau: by forms on a real chain, on pages, as a certificate that anybody checks."""

import json
from typing import Any

import pytest
from django.test import Client

from citychain.chain.keys import Key
from citychain.identity.models import Persona, PersonaAccount
from citychain.identity.tests.district import District
from citychain.outbox.tests.city import STRANGER
from citychain.renting.bindings import Filings
from citychain.renting.leases import filings, queries, real_names, terms
from citychain.renting.leases.filing_models import Filing
from citychain.renting.leases.forms import ACTS, signer_of
from citychain.renting.leases.models import Lease, LeasePaper

from .test_forms import act, begin, day, look, names
from .world import CLERK, OWNER, TENANT, Letting

pytestmark = [
    pytest.mark.django_db(databases=["default", "readmodel"]),
    pytest.mark.filterwarnings("ignore:No directory at"),
]
SUBMITTED: dict[str, Any] = {
    "address": "容城县 1号楼2单元301室",
    "landlord_name": "雄安城市运营公司",
    "landlord_document": "company",
    "landlord_number": "91350100M000100Y43",
    "tenant_name": "Ada Lovelace",
    "tenant_document": "passport",
    "tenant_number": "p 1234567",
    "others": "",
}


@pytest.fixture
def letting(district: District) -> Letting:
    return Letting(district)


def persona(name: str, key: Key) -> Client:
    """Somebody whose key this is, at a browser."""
    row = Persona.objects.create(id=name, name_zh=name, name_en=name)
    PersonaAccount.objects.create(address=key.address, persona=row, purpose="lease", index=hash(name) % 10**6)
    client = Client(HTTP_ACCEPT_LANGUAGE="en")
    client.post("/act-as/", {"persona": name})
    return client


def filed(letting: Letting) -> Filing:
    act(letting, OWNER, "submit-filing", **SUBMITTED)
    act(letting, CLERK, "file-lease", number="雄租备〔2026〕1号")
    look(letting, OWNER)
    return Filing.objects.get()


def test_lease_is_submitted_given_back_and_filed(letting: Letting) -> None:
    letting.conclude()
    assert "submit-filing" in names(letting, OWNER)
    assert "submit-filing" not in names(letting, TENANT)
    act(letting, OWNER, "submit-filing", **SUBMITTED)
    assert "submit-filing" not in names(letting, OWNER)
    read = ACTS["return-filing"](case=look(letting, CLERK), signer=CLERK.address).shown
    assert "P1234567" in read and "91350100M000100Y43" in read
    act(letting, CLERK, "return-filing", why="缺少房屋平面图")
    form = ACTS["submit-filing"](case=look(letting, OWNER), signer=OWNER.address)
    assert Filing.objects.get().state == "returned"
    assert form.fields["tenant_number"].initial == "P1234567"
    found = filed(letting)
    assert (found.state, found.submissions, found.by_tenant) == ("filed", 2, False)
    made = filings.certificate(found)
    assert made is not None
    assert (made[1]["number"], made[1]["tenant"]["number"], made[1]["terms"]) == (
        "雄租备〔2026〕1号", "…4567", queries.lease(1).terms_hash,
    )  # fmt: skip
    assert letting.district.ask(letting.district.book.address("Filings"), Filings.filingOf(1)).certificate == (
        terms.commitment(bytes(made[0].salt), made[0].text)
    )


def test_tenant_submits_what_the_landlord_did_not_and_a_change_is_submitted_again(letting: Letting) -> None:
    begin(letting)
    letting.go_to(letting.terms().fromDay + 28)
    assert "submit-filing" not in names(letting, TENANT)
    letting.go_to(queries.lease(1).from_day + 30)
    act(letting, TENANT, "submit-filing", **SUBMITTED)
    act(letting, CLERK, "file-lease", number="2")
    assert "submit-filing" not in names(letting, TENANT)
    act(letting, TENANT, "notice", day=day(letting.today + 60))
    assert "submit-filing" in names(letting, OWNER)
    act(letting, CLERK, "cancel-filing", why="双方约定的期限已变")
    look(letting, CLERK)
    assert (Filing.objects.get().state, Filing.objects.get().certificate) == ("cancelled", "")


def test_lease_outside_of_the_record_ends_one_without_keys_unless_a_party_objects(letting: Letting) -> None:
    letting.conclude()
    act(letting, CLERK, "report-outside", why="同一住房已由他人占有")
    assert "end-reported" not in names(letting, TENANT)
    act(letting, TENANT, "contest-report", why="该租约已到期")
    letting.go_to(letting.today + 4)
    assert "end-reported" not in names(letting, TENANT)
    act(letting, CLERK, "withdraw-report")
    act(letting, CLERK, "report-outside", why="同一住房已由他人占有")
    letting.go_to(letting.today + 4)
    act(letting, TENANT, "end-reported")
    row = look(letting, TENANT).row
    assert (row.state, row.reason) == (Lease.State.LAPSED, "outside")
    assert {"withdraw-report", "report-outside", "submit-filing"}.isdisjoint(names(letting, CLERK))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"tenant_document": "resident-id", "tenant_number": "110105194912310021"}, "tenant_number"),
        ({"tenant_document": "resident-id", "tenant_number": "110105194913310020"}, "tenant_number"),
        ({"tenant_document": "permit", "tenant_number": "X12345678"}, "tenant_number"),
        ({"tenant_document": "permanent", "tenant_number": "AB1234"}, "tenant_number"),
        ({"tenant_number": "P-1"}, "tenant_number"),
        ({"landlord_number": "91350100M000100Y44"}, "landlord_number"),
        ({"landlord_number": "91350100M000100I43"}, "landlord_number"),
        ({"tenant_name": ""}, "tenant_name"),
        ({"landlord_document": "library-card"}, "landlord_document"),
    ],
)
def test_wrong_document_is_refused_by_its_field(letting: Letting, changes: dict[str, str], field: str) -> None:
    letting.conclude()
    form = ACTS["submit-filing"]({**SUBMITTED, **changes}, case=look(letting, OWNER), signer=OWNER.address)
    assert not form.is_valid()
    assert list(form.errors) == [field]


@pytest.mark.parametrize(
    ("kind", "number"),
    [
        ("resident-id", "11010519491231002X"),
        ("company", "91350100M000100Y43"),
        ("permit", "H12345678"),
        ("permit", "11010519491231002X"),
        ("permanent", "FRA110074010100"),
        ("passport", "E12345678"),
    ],
)
def test_right_document_has_no_fault_and_any_other_digit_is_found(kind: str, number: str) -> None:
    assert real_names.fault(kind, number) is None
    if kind not in ("resident-id", "company"):
        return
    for place in range(17):
        other = "1" if number[place] != "1" else "2"
        assert real_names.fault(kind, number[:place] + other + number[place + 1 :]) is not None


def test_certificate_is_for_the_parties_and_the_bureau_and_checks_without_us(letting: Letting) -> None:
    letting.conclude()
    found = filed(letting)
    tenant, stranger = persona("tenant", TENANT), persona("stranger", STRANGER)
    evidence = json.loads(tenant.get("/leases/1/certificate/?format=json").content)
    paper = LeasePaper.objects.get(commitment=found.certificate)
    assert evidence["commitment"] == terms.commitment(bytes.fromhex(evidence["salt"][2:]), evidence["text"])
    assert (evidence["transaction"], evidence["text"]) == (found.filed_tx, paper.text)
    printed = tenant.get("/leases/1/certificate/")
    assert (printed["Content-Type"], printed.content[:5]) == ("application/pdf", b"%PDF-")
    assert stranger.get("/leases/1/certificate/").status_code == 403
    assert Client().get("/leases/1/certificate/").status_code in (302, 401, 403)
    shown: dict[str, Any] = {who: client.get("/leases/1/").content.decode() for who, client in _three(tenant, stranger)}
    assert {who: "雄租备〔2026〕1号" in page for who, page in shown.items()} == {
        "tenant": True, "clerk": True, "stranger": False,
    }  # fmt: skip
    assert {who: "P1234567" in page for who, page in shown.items()} == {
        "tenant": False, "clerk": True, "stranger": False,
    }  # fmt: skip


def _three(tenant: Client, stranger: Client) -> list[tuple[str, Client]]:
    return [("tenant", tenant), ("clerk", persona("clerk", CLERK)), ("stranger", stranger)]


def test_desk_shows_a_clerk_what_to_do_and_everybody_how_many(letting: Letting) -> None:
    letting.conclude()
    act(letting, OWNER, "submit-filing", **SUBMITTED)
    look(letting, OWNER)
    desk = persona("clerk", CLERK).get("/leases/filings/").content.decode()
    assert "/leases/1/file-lease/" in desk
    public = Client(HTTP_ACCEPT_LANGUAGE="en").get("/leases/filings/").content.decode()
    assert ("/leases/1/file-lease/" in public, "Ada" in public, "Ada" in desk) == (False, False, False)
    assert signer_of("file-lease", look(letting, OWNER)) == ""
