"""A small city of money on rows alone."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from citychain.chain.addressbook import AddressBook, Entry
from citychain.identity.models import Institution, Persona, PersonaAccount
from citychain.indexer.models import Block, Progress
from citychain.money.models import Account, Bank

from .pages import FOREST, LAKE, LI, NOW, SUN, TX, WANG


@pytest.fixture
def reader() -> Client:
    return Client(HTTP_ACCEPT_LANGUAGE="en")


@pytest.fixture
def head(settings: Any, tmp_path: Path) -> None:
    settings.CITYCHAIN_HOME = tmp_path
    AddressBook(1, WANG, [Entry("Clearing", "Clearing", "0x" + "c0" * 20, 1, "0x", "0x")]).save()
    Block.objects.create(number=18, hash=TX, parent="0x00", time=NOW, transactions=1)
    Progress.objects.create(id=1, head=18, head_hash=TX, final=18, subscriptions="", stale_since=None, stale_reason="")


@pytest.fixture
def city(head: None) -> None:
    """Wang (¥1,000.00) and Li at one bank, Sun at another."""
    for number, (address, name) in enumerate(((LAKE, "白洋淀银行 · Lake Bank"), (FOREST, "秀林银行 · Forest Bank")), 3):
        Institution.objects.create(
            id=number, kind="bank", name=name, web_page="", state="active", accredited_by=1, valid_from=0,
            valid_until=NOW * 2, accredited_at=NOW,
        )  # fmt: skip
        Bank.objects.create(address=address, institution=number, name=name, symbol="X", supply=100_000, accounts=2)
    for number, (slug, name, holder, bank, balance) in enumerate(
        (("wang", "Wang", WANG, LAKE, 100_000), ("li", "Li", LI, LAKE, 0), ("sun", "Sun", SUN, FOREST, 0))
    ):
        Persona.objects.create(id=slug, name_zh="王李孙"[number], name_en=name, role_zh="居民", role_en="Resident")
        PersonaAccount.objects.create(address=holder, persona_id=slug, purpose="money", index=number)
        Account.objects.create(id=f"{bank}:{holder}", bank=bank, holder=holder, balance=balance, open=True)
