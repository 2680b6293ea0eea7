"""From the embedded node to another network: the state after the journal's last block becomes the first state there.

    allocation.json   every account: code, storage, nonce, balance (the `alloc` of go-ethereum's genesis), sorted
    origin.json       which journal it was made from, up to which block, and the SHA-256 of allocation.json
    addresses.json    the city's contracts as the new network has them, from its block 0 on

All three follow from the journal alone: whoever has a copy makes them again and compares (`carried`, `check`). Blocks
are mined again from the journal's genesis, so nothing is taken from a snapshot or from a node that runs.

The new network has another chain id, and contracts read it at each call. So no signature for the old network is valid
there, and a request signed for the new one needs the nonce that the forwarder counted on the old one. Balances are
carried, too: gas buys no votes (docs/network.md). What the protocol itself keeps in an account is not: each network
begins it anew.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from citychain.chain import files
from citychain.chain.addressbook import AddressBook
from citychain.network.anvil import Anvil
from citychain.network.embedded import take_lock
from citychain.network.errors import CarryingRefused
from citychain.network.history import remake
from citychain.network.replay import dump

#: What clients put into the state by themselves: history of block hashes and of beacon roots, withdrawals,
#: consolidations (EIP-2935, 4788, 7002, 7251).
PROTOCOL = frozenset(
    {
        "0x0000f90827f1c53a10cb7a02335b175320002935",
        "0x000f3df6d732807ef1319fb7b8bb8522d0beac02",
        "0x00000961ef480eb55e80d19ad83579a64c007002",
        "0x0000bbddc7ce488642fb579f8b00f3a590007251",
    }
)


class Origin(msgspec.Struct, frozen=True):
    """What a carried state comes from. `genesis`, `head` and `hash` are the old chain's first block, the number and the
    hash of its last; `time` is that one's, UTC seconds. `allocation` is the SHA-256 of allocation.json."""

    chain_id: int
    genesis: str
    head: int
    hash: str
    time: int
    allocation: str


class Carried(msgspec.Struct, frozen=True):
    """`allocation` is the content of allocation.json."""

    origin: Origin
    allocation: bytes

    @property
    def accounts(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.allocation)
        return found


def carried(home: Path) -> tuple[Carried, Anvil]:
    """The state after the last final block of the journal in `home`, and a node of our own that holds it, to be
    stopped by the caller. Raises NodeRunning (more blocks could follow), JournalDamaged, FileNotFoundError."""
    os.close(take_lock(home))
    node, first, head = remake(home)
    try:
        content = _written(allocation(json.loads(dump(node.rpc))["accounts"]))
        digest = hashlib.sha256(content).hexdigest()
    except BaseException:
        node.stop()
        raise
    return Carried(Origin(first.chain_id, first.hash, head.number, head.hash, head.time, digest), content), node


def allocation(accounts: Mapping[str, Any]) -> dict[str, Any]:
    """go-ethereum's `alloc` from anvil's state: sorted, no empty accounts, no slots of zero, none of the protocol's."""
    made: dict[str, Any] = {}
    for address in sorted(accounts):
        account = accounts[address]
        slots = {slot: value for slot, value in sorted(account["storage"].items()) if int(value, 16)}
        nonce, balance, code = int(account["nonce"]), int(account["balance"], 16), account["code"]
        if address in PROTOCOL or not (nonce or balance or slots or code != "0x"):
            continue
        entry: dict[str, Any] = {"balance": hex(balance), "nonce": hex(nonce)}
        made[address] = entry | ({"code": code} if code != "0x" else {}) | ({"storage": slots} if slots else {})
    return made


def write(folder: Path, made: Carried, book: AddressBook | None, chain_id: int) -> None:
    """The three files. `book` is the old city's, `chain_id` the new network's; without a book there are two."""
    folder.mkdir(parents=True, exist_ok=True)
    files.replace(folder / "allocation.json", made.allocation)
    if book:
        entries = [msgspec.structs.replace(entry, block=0) for entry in book.entries]
        msgspec.structs.replace(book, chain_id=chain_id, entries=entries).save(folder / "addresses.json")
    files.replace(folder / "origin.json", msgspec.json.format(msgspec.json.encode(made.origin), indent=1) + b"\n")


def load(folder: Path) -> Carried:
    """What write() wrote. Raises CarryingRefused when the allocation is not the manifest's."""
    try:
        origin = msgspec.json.decode((folder / "origin.json").read_bytes(), type=Origin)
        content = (folder / "allocation.json").read_bytes()
    except (OSError, msgspec.DecodeError) as problem:
        raise CarryingRefused(reason=f"{folder} can't be read ({problem})") from problem
    if hashlib.sha256(content).hexdigest() != origin.allocation:
        raise CarryingRefused(reason="allocation.json is not the one that origin.json names")
    return Carried(origin, content)


def check(folder: Path, made: Carried) -> None:
    """Raises CarryingRefused when `folder` holds anything but what the journal makes."""
    kept = load(folder)
    for field in Origin.__struct_fields__:
        ours, theirs = getattr(made.origin, field), getattr(kept.origin, field)
        if ours != theirs:
            raise CarryingRefused(reason=f"{field} is {theirs}, the journal makes {ours}")


def _written(content: Mapping[str, Any]) -> bytes:
    return (json.dumps(content, indent=1) + "\n").encode()
