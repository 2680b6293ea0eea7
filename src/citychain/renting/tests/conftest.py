"""What the tests of pages of titles stand on."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from citychain.chain.addressbook import AddressBook, Entry
from citychain.identity.models import Institution
from citychain.indexer.models import Block, Progress

from .rows import BANK, CONTRACT, COURT, LONG, NOW, OTHER_REGISTRY, REGISTRY, TX, WANG


@pytest.fixture
def reader() -> Client:
    return Client(HTTP_ACCEPT_LANGUAGE="en")


@pytest.fixture
def registry(settings: Any, tmp_path: Path) -> None:
    """A record of four institutions, read up to block 18, in which no title is registered yet."""
    settings.CITYCHAIN_HOME = tmp_path
    entries = [
        Entry("Titles", "Titles", CONTRACT, 1, "0x", "0x"),
        Entry("Forwarder", "Forwarder", TX[:42], 1, "0x", "0x"),
    ]
    AddressBook(1, WANG, entries).save()
    Block.objects.create(number=18, hash=TX, parent="0x00", time=NOW, transactions=1)
    Progress.objects.create(id=1, head=18, head_hash=TX, final=18, subscriptions="", stale_since=None, stale_reason="")
    names = {REGISTRY: "Registry", COURT: "Court", BANK: "Bank", OTHER_REGISTRY: "Other Registry"}
    kinds = {REGISTRY: "registrar", COURT: "court", BANK: "bank", OTHER_REGISTRY: "registrar"}
    for number, name in names.items():
        Institution.objects.create(
            id=number, kind=kinds[number], name=f"机构{number} · {name}", web_page="", state="active", accredited_by=0,
            valid_from=0, valid_until=LONG, accredited_at=NOW,
        )  # fmt: skip
