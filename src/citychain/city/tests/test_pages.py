"""City home, my requests and search, on real rows of both databases."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.test import Client
from django.utils import translation

from citychain.chain.abi import Function
from citychain.chain.addressbook import AddressBook, Entry
from citychain.city import finding, progress
from citychain.identity.models import Institution, Persona, PersonaAccount
from citychain.indexer.models import Block, Progress
from citychain.money.bindings import Deposits
from citychain.money.models import Bank
from citychain.outbox import published
from citychain.outbox.models import Request, RequestEvent
from citychain.portal import acts
from citychain.renting.models import Title

pytestmark = [
    pytest.mark.django_db(databases=["default", "readmodel"]),
    pytest.mark.filterwarnings("ignore:No directory at"),
]
WANG, BANK, TX = "0x" + "1a" * 20, "0x" + "2b" * 20, "0x" + "ab" * 32
NOW = 1_795_316_601


@pytest.fixture
def reader() -> Client:
    return Client(HTTP_ACCEPT_LANGUAGE="en")


@pytest.fixture
def city() -> None:
    Block.objects.create(number=18, hash=TX, parent="0x00", time=NOW, transactions=1)
    Progress.objects.create(id=1, head=18, head_hash=TX, final=18, subscriptions="", stale_since=None, stale_reason="")
    Institution.objects.create(
        id=3, kind="bank", name="白洋淀银行 · Baiyangdian Bank", web_page="", state="active",
        accredited_by=1, valid_from=0, valid_until=NOW * 2, accredited_at=NOW,
    )  # fmt: skip
    Bank.objects.create(address=BANK, institution=3, name="白洋淀银行 · Baiyangdian Bank", symbol="BYD", supply=300_000)
    for number in (1, 2, 3):
        Title.objects.create(
            id=number, town=130638100, commitment=f"0x{number:064x}", version=1, owners_version=1, holder=WANG,
            registrar=2, state="registered", registered_at=NOW, registered_block=18,
        )  # fmt: skip


def _request(state: str, *codes: str) -> Request:
    request = Request.objects.create(
        digest=TX, signer=WANG, target=BANK, selector="0xa9059cbb", nonce=0, gas=1, deadline=NOW + 900, data=b"",
        signature=b"", wallet=False, state=state, created=NOW,
    )  # fmt: skip
    for offset, code in enumerate(codes, 1):
        state_then = {"accepted": "received", "failed": "included"}.get(code, code)
        details = {"tx": TX, "block": 18, "reason_code": "replaced"}
        RequestEvent.objects.create(request=request, state=state_then, at=NOW + offset, code=code, details=details)
    return request


def _text(response: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<script.*?</script>|<[^>]+>", " ", response.content.decode(), flags=re.DOTALL))


def _sign_in(reader: Client) -> None:
    persona = Persona.objects.create(
        id="wang", name_zh="王淑珍", name_en="Wang Shuzhen", role_zh="居民", role_en="Resident", featured=True
    )
    PersonaAccount.objects.create(address=WANG, persona=persona, purpose="money", index=0)
    reader.post("/act-as/", {"persona": "wang"})


def test_home_shows_titles_money_and_institutions(reader: Client, city: None) -> None:
    page = _text(reader.get("/"))
    assert "Homes with a title 3" in page
    assert "Money in circulation ¥3,000.00" in page
    assert "Institutions 1" in page
    assert "Newest block 18" in page
    assert "雄州镇 3" in page
    assert "Baiyangdian Bank 0 3,000.00" in page


def test_home_of_a_starting_city_is_a_page(reader: Client) -> None:
    assert reader.get("/").status_code == 200


def test_requests_need_somebody(reader: Client) -> None:
    assert reader.get("/requests/").status_code == 401


def test_requests_without_any_give_a_first_action(reader: Client, city: None) -> None:
    _sign_in(reader)
    assert "You have not signed anything yet" in _text(reader.get("/requests/"))


def test_requests_show_only_ones_own(reader: Client, city: None) -> None:
    _sign_in(reader)
    _request("sent", "accepted", "sent")
    Request.objects.create(
        digest=TX[::-1], signer=BANK, target=BANK, selector="0x12345678", nonce=0, gas=1, deadline=NOW, data=b"",
        signature=b"", wallet=False, state="sent", created=NOW,
    )  # fmt: skip
    page = _text(reader.get("/requests/"))
    assert ("0xa9059cbb" in page, "0x12345678" in page) == (True, False)


def test_request_page_tells_state_reason_and_history(reader: Client, city: None) -> None:
    request = _request("rejected", "accepted", "sent", "rejected")
    request.reason_code = "replaced"
    request.save()
    page = _text(reader.get(f"/requests/{request.id}/"))
    assert "The record refused it. Nothing was changed." in page
    assert "Another request of the same signer took its nonce." in page
    assert "Sent to the chain in transaction 0xabab…abab." in page


@pytest.mark.parametrize(
    ("state", "codes", "dots"),
    [
        ("received", ["accepted"], ["done", "now", "todo", "todo"]),
        ("sent", ["accepted", "sent"], ["done", "done", "now", "todo"]),
        ("included", ["accepted", "sent", "included"], ["done", "done", "done", "now"]),
        ("final", ["accepted", "sent", "included", "final"], ["done", "done", "done", "done"]),
        ("sent", ["accepted", "sent", "included", "undone"], ["done", "done", "now", "todo"]),
        ("rejected", ["accepted", "sent", "failed", "rejected"], ["done", "done", "done", "bad"]),
        ("expired", ["accepted", "expired"], ["done", "bad"]),
    ],
)
def test_dots_follow_the_request(state: str, codes: list[str], dots: list[str]) -> None:
    if "undone" in codes:
        codes = codes[:-1]
    request = _request(state, *codes)
    assert [dot.state for dot in progress.dots(request, list(request.events.order_by("id")))] == dots


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (Deposits.transfer(to=BANK, value=70), "Pay · ¥0.70"),
        (Deposits.transferWithReference(to=BANK, amount=300_000, ref=TX), "Pay, with a reference · ¥3,000.00"),
        (Deposits.closeAccount(BANK), "Close an account"),
    ],
)
def test_act_is_told_with_its_amount(call: Function, words: str, settings: Any, tmp_path: Path) -> None:
    settings.CITYCHAIN_HOME = tmp_path
    AddressBook(1, WANG, [Entry("Deposits", "Deposits:3", BANK, 1, "0x", "0x")]).save()
    request = Request(target=BANK, selector="0x" + call.selector.hex(), data=call.data())
    with translation.override("en"):
        assert (acts.act_of(request), acts.contract_of(request)) == (words, "Deposits")
        request.data = call.data()[:-1]
        assert acts.act_of(request) == words.partition(" · ")[0]


def test_history_ends_with_whose_move_is_next() -> None:
    request = _request("sent", "accepted", "sent")
    steps = progress.steps(request, list(request.events.order_by("id")))
    assert [step.state for step in steps] == ["done", "done", "pending"]


def test_every_published_function_has_its_words_and_no_other() -> None:
    words = [name for config in apps.get_app_configs() for name in getattr(config, "words", {})]
    assert sorted(words) == sorted(entry.name for entry in published.catalogue().values())


@pytest.mark.parametrize(
    ("text", "urls"),
    [
        ("Baiyangdian", ["/institutions/3/"]),
        ("白洋淀", ["/institutions/3/"]),
        ("雄州", ["/titles/?town=130638100"]),
        ("2", ["/titles/2/"]),
        ("18", ["/chain/blocks/18/"]),
        (TX, ["/chain/blocks/18/"]),
        (TX.upper().replace("0X", "0x"), ["/chain/blocks/18/"]),
        (BANK, [f"/chain/accounts/{BANK}/"]),
        ("99999999999999999999", []),
        ("王淑珍", []),
        ("  ", []),
    ],
)
def test_search_finds_what_a_text_may_mean(city: None, text: str, urls: list[str]) -> None:
    assert [hit.url for hit in finding.find(text)] == urls


def test_search_finds_a_request_by_its_id(city: None) -> None:
    request = _request("sent", "accepted", "sent")
    assert [hit.url for hit in finding.find(str(request.id))] == [f"/requests/{request.id}/"]


def test_search_page_says_why_nothing_was_found(reader: Client, city: None) -> None:
    assert "Residents are not listed by name" in _text(reader.get("/search/?q=王淑珍"))
