"""Every hash leads somewhere: contracts with their source, transactions in words, accounts with their money."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from citychain.chain.abi import bytes32
from citychain.chain.addressbook import AddressBook, Entry
from citychain.chain.artifacts import artifact
from citychain.chain.errors import from_revert
from citychain.chain.hashing import keccak
from citychain.indexer.models import Block, Progress
from citychain.money.bindings import Deposits
from citychain.money.models import Account, Bank
from citychain.outbox.models import Executed, Request

pytestmark = [
    pytest.mark.django_db(databases=["default", "readmodel"]),
    pytest.mark.filterwarnings("ignore:No directory at"),
]
BANK, SIGNER, PAYEE = ("0x" + byte * 20 for byte in ("bb", "1a", "2b"))
TX, DIGEST = "0x" + "ab" * 32, "0x" + "dd" * 32
TIME = 1_795_316_601


@pytest.fixture
def reader(settings: Any, tmp_path: Path) -> Iterator[Client]:
    """A city with one bank, whose code is what its source makes, and one payment."""
    settings.CITYCHAIN_HOME = tmp_path
    code = "0x" + keccak(bytes.fromhex(artifact("Deposits").deployed)).hex()
    AddressBook(1, SIGNER, [Entry("Deposits", "Deposits:2", BANK, 7, "0x" + "cc" * 32, code)]).save()
    Block.objects.create(number=18, hash="0x" + "18" * 32, parent="0x00", time=TIME, transactions=1)
    Progress.objects.create(
        id=1, head=18, head_hash="0x00", final=18, subscriptions="", stale_since=None, stale_reason=""
    )
    Bank.objects.create(address=BANK, institution=2, name="银行 · Bank", symbol="B", supply=100, accounts=1)
    Account.objects.create(id=f"{BANK}:{SIGNER}", bank=BANK, holder=SIGNER, balance=123_456, open=True)
    yield Client(HTTP_ACCEPT_LANGUAGE="en")


def text_of(response: Any) -> str:
    assert response.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def carry(**outcome: Any) -> None:
    call = Deposits.transferWithReference(to=PAYEE, amount=300_000, ref=bytes32("rent"))
    Request.objects.create(
        digest=DIGEST, signer=SIGNER, target=BANK, selector="0x" + call.selector.hex(), nonce=4, gas=1, deadline=1,
        data=call.data(), signature=b"", wallet=False, created=TIME,
    )  # fmt: skip
    Executed.objects.create(
        id=f"{SIGNER}:4", signer=SIGNER, nonce=4, digest=DIGEST, cancelled=False, block=18, log_index=0, tx=TX,
        time=TIME, **outcome,
    )  # fmt: skip


def test_contract_shows_functions_source_and_that_its_code_is_the_sources(reader: Client) -> None:
    page = reader.get(f"/chain/contracts/{BANK}/")
    text = text_of(page)
    shown = ("Code verified", "Pay, with a reference", "Deposits.transfer", "AccountOpened")
    assert [words in text for words in shown] == [True] * 4
    assert re.findall(r"<summary>(\w+\.sol)</summary>", page.content.decode()) == [
        "Deposits.sol", "CourtOrders.sol", "DepositAccounts.sol",
    ]  # fmt: skip


def test_contract_with_other_code_is_not_called_verified(reader: Client) -> None:
    AddressBook(1, SIGNER, [Entry("Deposits", "Deposits:2", BANK, 7, "0x" + "cc" * 32, "0x" + "ee" * 32)]).save()
    text = text_of(reader.get(f"/chain/contracts/{BANK}/"))
    assert ("Code verified" in text, "another version" in text) == (False, True)


def test_address_of_a_contract_leads_to_its_page(reader: Client) -> None:
    answer = reader.get(f"/chain/accounts/{BANK}/")
    assert (answer.status_code, answer["Location"]) == (302, f"/chain/contracts/{BANK}/")
    assert reader.get(f"/chain/contracts/{SIGNER}/").status_code == 404


@pytest.mark.parametrize("query", [BANK, "deposits:2", "0x" + "cc" * 32])
def test_search_finds_a_contract(reader: Client, query: str) -> None:
    assert f'href="/chain/contracts/{BANK}/"' in reader.get("/search/", {"q": query}).content.decode()


def test_transaction_says_in_words_who_did_what(reader: Client) -> None:
    carry(success=True, reason="0x")
    text = text_of(reader.get(f"/chain/tx/{TX}/"))
    assert [words in text for words in ("Pay, with a reference", "¥3,000.00", "rent", "0x2b2b…2b2b")] == [True] * 4


def test_transaction_gives_the_contracts_reason_for_a_refusal(reader: Client) -> None:
    reason = Deposits.AccountNotOpen.selector.hex() + PAYEE[2:].rjust(64, "0")
    carry(success=False, reason="0x" + reason)
    text = text_of(reader.get(f"/chain/tx/{TX}/"))
    with translation.override("en"):
        words = str(from_revert(bytes.fromhex(reason)))
    assert (words in text, "Done" in text) == (True, False)


def test_account_shows_its_money(reader: Client) -> None:
    assert "1,234.56" in text_of(reader.get(f"/chain/accounts/{SIGNER}/"))
