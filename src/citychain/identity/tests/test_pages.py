"""Institutions' pages and what stands between a form and a signature, on real rows of both databases."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.core import signing
from django.test import Client

from citychain.chain.addressbook import AddressBook, Entry
from citychain.identity import acting
from citychain.identity.models import Institution, InstitutionKey, InstitutionStep, Persona, PersonaAccount
from citychain.indexer.models import Block, Progress
from citychain.outbox.models import Request

pytestmark = [
    pytest.mark.django_db(databases=["default", "readmodel"]),
    pytest.mark.filterwarnings("ignore:No directory at"),
]
CONTRACT, KEY, TX, LATER = "0x" + "c0" * 20, "0x" + "2b" * 20, "0x" + "ab" * 32, "0x" + "cd" * 32
WANG, LI = "0x" + "1a" * 20, "0x" + "1b" * 20
NOW = 1_795_316_601
FOREVER = 2**48 - 1


@pytest.fixture
def reader() -> Client:
    return Client(HTTP_ACCEPT_LANGUAGE="en")


@pytest.fixture(autouse=True)
def head(settings: Any, tmp_path: Path) -> None:
    settings.CITYCHAIN_HOME = tmp_path
    AddressBook(1, WANG, [Entry("Institutions", "Institutions", CONTRACT, 1, "0x", "0x")]).save()
    Block.objects.create(number=18, hash=TX, parent="0x00", time=NOW, transactions=1)
    Progress.objects.create(id=1, head=18, head_hash=TX, final=18, subscriptions="", stale_since=None, stale_reason="")


def _institution(number: int, kind: str, name: str, above: int, **changes: Any) -> Institution:
    values = {"state": "active", "valid_from": 0, "valid_until": FOREVER, "web_page": "", "accredited_at": NOW}
    return Institution.objects.create(
        id=number, kind=kind, name=name, accredited_by=above, **{**values, **changes}
    )  # fmt: skip


@pytest.fixture
def chain() -> list[Institution]:
    return [
        _institution(1, "council", "议事会 · Council", 0),
        _institution(2, "supervisor", "监管局 · Supervisor", 1),
        _institution(3, "bank", "白洋淀银行 · Baiyangdian Bank", 2),
    ]


def _step(number: int, event: str, detail: str, tx: str = TX) -> None:
    InstitutionStep.objects.create(id=number, institution=3, event=event, detail=detail, time=NOW, block=18, tx=tx)


def _text(response: Any) -> str:
    main = response.content.decode().partition("<main")[2].partition("</main>")[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main))


def _act_as(reader: Client, name: str, address: str) -> None:
    Persona.objects.create(id=name, name_zh=name, name_en=name, role_zh="居民", role_en="Resident")
    PersonaAccount.objects.create(
        address=address, persona_id=name, purpose="money", index=PersonaAccount.objects.count()
    )
    reader.post("/act-as/", {"persona": name})


def _proposal(signer: str) -> str:
    facts = {"key": "00" * 16, "signer": signer, "target": CONTRACT, "contract": "Deposits", "function": "transfer"}
    return signing.dumps({**facts, "data": ""}, salt=acting.SALT)


def test_tree_of_an_empty_city_says_what_will_be_there(reader: Client) -> None:
    answer = reader.get("/institutions/")
    assert answer.status_code == 200
    assert "No institution yet" in _text(answer)


def test_tree_shows_each_with_kind_and_state(reader: Client, chain: list[Institution]) -> None:
    page = _text(reader.get("/institutions/"))
    assert "Council Council Active Supervisor Banking supervisor Active Baiyangdian Bank Bank Active" in page


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "Active"),
        ({"state": "suspended"}, "Suspended"),
        ({"state": "revoked"}, "Revoked"),
        ({"valid_until": NOW - 400 * 86_400}, "Validity ended"),
        ({"valid_from": FOREVER - 1}, "Not valid yet"),
    ],
)
def test_institution_says_its_own_state(reader: Client, changes: dict[str, Any], words: str) -> None:
    _institution(1, "council", "Council", 0)
    _institution(3, "bank", "Bank", 1, **changes)
    page = _text(reader.get("/institutions/3/"))
    assert page.split("Bank; may")[0].split()[-len(words.split()) :] == words.split()
    assert ("may act now." in page) == (not changes)


def test_suspension_above_bars_those_below_without_calling_them_suspended(
    reader: Client, chain: list[Institution]
) -> None:
    Institution.objects.filter(id=2).update(state="suspended")
    tree = _text(reader.get("/institutions/"))
    assert "Supervisor Banking supervisor Suspended Baiyangdian Bank Bank May not act now" in tree
    page = _text(reader.get("/institutions/3/"))
    assert "Baiyangdian Bank May not act now" in page
    assert "it, or one that answers for it, is suspended or outside its dates" in page


def test_institution_page_tells_chain_keys_history_and_proof(reader: Client, chain: list[Institution]) -> None:
    InstitutionKey.objects.create(address=KEY, institution=3, scopes="*", current=True, since=NOW)
    InstitutionKey.objects.create(address=WANG, institution=3, scopes="", current=False, since=NOW)
    _step(1, "InstitutionAccredited", '{"accreditor": 2}')
    _step(2, "KeyAdded", f'{{"account": "{KEY}", "by": 2}}')
    _step(3, "InstitutionSuspended", '{"by": 2, "reason": "report-late"}', LATER)
    answer = reader.get("/institutions/3/")
    page = _text(answer)
    assert "Who answers for it Supervisor ← Council" in page
    assert "0x2b2b…2b2b May act in" not in page
    assert re.search(r"0x2b2b…2b2b\s+everything 22 Nov 2026 0x1a1a…1a1a\s+nothing any more 22 Nov 2026", page)
    assert re.search(r"Accredited Supervisor 22 Nov 2026 11:03:21 Transaction Key added 0x2b2b…2b2b Supervisor", page)
    assert "Suspended report-late Supervisor" in page
    links = re.findall(r'href="/chain/tx/(0x\w+)/"', answer.content.decode())
    assert links == [TX, TX, LATER, TX]
    assert "By Supervisor Since 22 Nov 2026 11:03:21 State Final Block 18" in page
    assert "isActive" in page


def test_successor_is_named(reader: Client, chain: list[Institution]) -> None:
    _institution(4, "bank", "新银行 · New Bank", 2)
    Institution.objects.filter(id=3).update(state="succeeded", successor=4)
    assert "Successor New Bank" in _text(reader.get("/institutions/3/"))


def test_pages_speak_chinese(chain: list[Institution]) -> None:
    answer = Client(HTTP_ACCEPT_LANGUAGE="zh-CN").get("/institutions/")
    assert "议事会 管委会 正常履职" in _text(answer)


@pytest.mark.parametrize("number", ["9", "99999999999999999999999"])
def test_unknown_institution_is_not_found(reader: Client, number: str) -> None:
    assert reader.get(f"/institutions/{number}/").status_code == 404


def test_signing_is_never_a_link(reader: Client) -> None:
    assert reader.get("/sign/").status_code == 405


def test_signing_needs_somebody(reader: Client) -> None:
    assert reader.post("/sign/", {"token": _proposal(WANG)}).status_code == 401


@pytest.mark.parametrize("token", ["", "nonsense", _proposal(WANG)[:-1]])
def test_signing_refuses_a_summary_that_is_not_ours(reader: Client, token: str) -> None:
    _act_as(reader, "wang", WANG)
    assert reader.post("/sign/", {"token": token}).status_code == 400
    assert Request.objects.count() == 0


def test_signing_refuses_a_summary_made_for_somebody_else(reader: Client) -> None:
    _act_as(reader, "li", LI)
    assert reader.post("/sign/", {"token": _proposal(WANG)}).status_code == 403
    assert Request.objects.count() == 0


def test_signing_refuses_a_summary_that_is_too_old(reader: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    _act_as(reader, "wang", WANG)
    token = _proposal(WANG)
    monkeypatch.setattr(acting, "PROPOSAL_SECONDS", -1)
    assert reader.post("/sign/", {"token": token}).status_code == 400
