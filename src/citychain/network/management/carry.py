"""``citychain network import-journal``: the embedded node's city as the first state of a network (docs/network.md)."""

import sys
from argparse import _SubParsersAction
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from django.conf import settings
from django.core.management.base import CommandError

from citychain.chain.addressbook import AddressBook
from citychain.network import carrying, totals
from citychain.network.anvil import Anvil
from citychain.network.carrying import Carried
from citychain.network.consortium.following import socket_of
from citychain.network.errors import CarryingRefused
from citychain.network.ipc import Ipc
from citychain.network.totals import Total


def add_arguments(actions: "_SubParsersAction[Any]") -> None:
    parsed = actions.add_parser("import-journal", help="make a network's first state from the journal's last block")
    parsed.add_argument("folder", type=Path, help="where allocation.json, origin.json and addresses.json are, or go")
    parsed.add_argument("--chain-id", type=int, required=True, help="the new network's")
    parsed.add_argument("--home", type=Path, help="the state folder with the journal, its node stopped (this city's)")
    parsed.add_argument("--check", action="store_true", help="write nothing; exit 0 when the folder holds the same")
    parsed.add_argument(
        "--against", type=Path, metavar="MEMBER", help="compare with the member that runs in this folder"
    )
    parsed.add_argument("--json", action="store_true")


def handle(options: dict[str, Any], say: Callable[[str], None]) -> None:
    """Raises CityError; ends the process: 0 when all is as it must be, else 1."""
    home, folder, chain_id = options["home"] or settings.CITYCHAIN_HOME, options["folder"], options["chain_id"]
    path = home / "addresses.json"
    book = AddressBook.load(path) if path.exists() else None
    try:
        made, before = carrying.carried(home)
    except FileNotFoundError as problem:
        raise CommandError(f"There is no journal: {problem.filename} is missing.", returncode=2) from problem
    try:
        if chain_id == made.origin.chain_id:
            raise CarryingRefused(reason=f"{chain_id} is the old network's chain id")
        if options["check"]:
            _check(folder, made)
        found = _totals(options["against"], before, made, book, chain_id) if book else []
        if not options["check"]:
            carrying.write(folder, made, book, chain_id)
    finally:
        before.stop()
    _show(made, found, options["json"], say)
    sys.exit(1 if any(total.differing for total in found) else 0)


def _check(folder: Path, made: Carried) -> None:
    try:
        carrying.check(folder, made)
    except CarryingRefused as problem:
        raise CommandError(str(problem), returncode=1) from problem


def _totals(member: Path | None, before: Anvil, made: Carried, book: AddressBook, chain_id: int) -> list[Total]:
    """Compared with a member's client, or else with a node of our own that begins with the carried state."""
    if member is not None:
        client = Ipc(socket_of(member.resolve()))
        try:
            return totals.compare(before.rpc, client, book, made.accounts)
        finally:
            client.close()
    node = totals.rehearse(made, chain_id)
    try:
        return totals.compare(before.rpc, node.rpc, book, made.accounts)
    finally:
        node.stop()


def _show(made: Carried, found: list[Total], as_json: bool, say: Callable[[str], None]) -> None:
    origin, accounts = made.origin, made.accounts
    if as_json:
        document = {"origin": origin, "accounts": len(accounts), "contracts": found}
        say(msgspec.json.encode(document).decode())
        return
    slots = sum(len(account.get("storage", {})) for account in accounts.values())
    say(f"Block {origin.head} {origin.hash} of chain {origin.chain_id}: {len(accounts)} accounts, {slots} words stored")
    for one in found:
        numbers = ", ".join(f"{name} {number}" for name, number in one.numbers.items())
        good = f"{one.readings} readings as they must be"
        state = f"DIFFERS in {', '.join(one.differing)}" if one.differing else good
        say(f"{one.key}: {one.slots} words, {state}" + (f" ({numbers})" if numbers else ""))
    say(f"allocation.json: SHA-256 {origin.allocation}")
