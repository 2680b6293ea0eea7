"""Pages of the record itself: blocks, transactions, accounts, contracts."""

import re
from pathlib import Path
from typing import Any

from django.apps import apps
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from citychain.chain.addressbook import Entry
from citychain.chain.artifacts import UnknownContract, artifact
from citychain.chain.errors import from_revert
from citychain.chain.hashing import keccak
from citychain.errors import NotFound
from citychain.identity import acting
from citychain.identity import queries as identity
from citychain.identity.models import InstitutionKey
from citychain.indexer import queries as index
from citychain.indexer.models import Block
from citychain.money import queries as money
from citychain.outbox import published
from citychain.outbox.models import Executed, Request

from . import acts, records

HASH = re.compile(r"0x[0-9a-f]{64}")
ADDRESS = re.compile(r"0x[0-9a-f]{40}")
LOCAL_IMPORT = re.compile(r'from "\./([A-Za-z]+\.sol)"')
PAGE = 50


def block(request: HttpRequest, number: int) -> HttpResponse:
    """Raises NotFound when the read model has no such block."""
    found = Block.objects.filter(number=number).first()
    if found is None:
        raise NotFound(what=number)
    head = index.head()
    context = {
        "found": found,
        "records": records.of_block(number),
        "final": number <= head.final,
        "next": number + 1 if number < head.block else None,
        "previous": number - 1 if number else None,
    }
    return render(request, "portal/block.html", context)


def transaction(request: HttpRequest, tx: str) -> HttpResponse:
    """What a transaction recorded. Raises NotFound for what can't be a hash or left nothing in the read model."""
    found = records.of_transaction(tx) if HASH.fullmatch(tx) else []
    requests = Executed.objects.filter(tx=tx)[: records.MOST]
    if not found and not requests:
        raise NotFound(what=tx)
    number = found[0].block if found else requests[0].block
    context = {
        "tx": tx,
        "records": found,
        "requests": [_carried(row) for row in requests],
        "number": number,
        "found": Block.objects.filter(number=number).first(),
        "final": number <= index.head().final,
    }
    return render(request, "portal/transaction.html", context)


def account(request: HttpRequest, address: str) -> HttpResponse:
    """What the record holds about an account; a contract has a page of its own. Raises NotFound for what can't be an
    address."""
    if not ADDRESS.fullmatch(address):
        raise NotFound(what=address)
    if _entry(address) is not None:
        return redirect("contract", address)
    balances = [(row, money.bank(row.bank)) for row in money.accounts([address])]
    key = InstitutionKey.objects.filter(address=address).first()
    context = {
        "address": address,
        "name": identity.public_name(address, acting.addresses(acting.current(request))),
        "key": key,
        "institution": key and identity.institution(key.institution),
        "balances": [{"row": row, "bank": bank, "name": money.bank_name(bank)} for row, bank in balances],
        "page": Paginator(records.requests_of(address), PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "portal/account.html", context)


def contract(request: HttpRequest, address: str) -> HttpResponse:
    """A contract of the address book: what may be asked of it, its source, and that its code is the source's. Raises
    NotFound."""
    entry = _entry(address)
    if entry is None:
        raise NotFound(what=address)
    try:
        compiled = artifact(entry.contract)
    except UnknownContract:
        compiled = None
    functions = [found for (name, _selector), found in published.catalogue().items() if name == entry.contract]
    context = {
        "entry": entry,
        "functions": sorted(functions, key=lambda found: str(found.words)),
        "events": [item["name"] for item in compiled.abi if item["type"] == "event"] if compiled else [],
        "compiler": compiled.compiler if compiled else "",
        "same": compiled is not None and entry.artifact_hash == "0x" + keccak(bytes.fromhex(compiled.deployed)).hex(),
        "sources": _sources(compiled.app, f"{entry.contract}.sol") if compiled else [],
        "head": index.head(),
    }
    return render(request, "portal/contract.html", context)


def _entry(address: str) -> Entry | None:
    return next((entry for entry in records.contracts() if entry.address == address), None)


def _sources(app: str, name: str) -> list[tuple[str, str]]:
    """The contract's Solidity file and those of its own folder that it imports, each with its text."""
    folder, found, wanted = Path(apps.get_app_config(app).path) / "contracts", dict[str, str](), [name]
    while wanted:
        name = wanted.pop(0)
        if name not in found and (folder / name).exists():
            found[name] = (folder / name).read_text()
            wanted += LOCAL_IMPORT.findall(found[name])
    return list(found.items())


def _carried(row: Executed) -> dict[str, Any]:
    """A request that the chain carried out, with what it asked for where this portal took it in."""
    asked = Request.objects.filter(digest=row.digest).first() if row.digest else None
    words, facts = acts.words_of(asked.target, bytes(asked.data)) if asked else ("", [])
    return {
        "row": row,
        "words": words,
        "facts": facts,
        "problem": "" if row.success or row.cancelled else str(from_revert(bytes.fromhex(row.reason[2:]))),
        "signer": identity.public_name(row.signer),
    }
