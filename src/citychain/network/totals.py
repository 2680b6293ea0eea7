"""Does a carried city read the same as before? Every reading that a contract offers without arguments, on both.

Totals are among them: how much money there is, how many titles, leases, institutions.
"""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from citychain.chain.addressbook import AddressBook
from citychain.chain.artifacts import artifact
from citychain.chain.hashing import keccak
from citychain.network.anvil import Anvil
from citychain.network.carrying import Carried
from citychain.network.errors import NodeRefused
from citychain.network.genesis import make_genesis
from citychain.network.ipc import Ipc

#: Readings that must differ: they hold the chain id, which signatures are bound to.
BOUND = frozenset({"DOMAIN_SEPARATOR", "eip712Domain", "domainSeparator", "getChainId"})
#: A proxy answers what its implementation does.
IMPLEMENTATIONS = {"SafeProxy": "Safe"}
#: Words of storage that are asked for at once.
WORDS = 500


class Total(msgspec.Struct, frozen=True):
    """One contract. `numbers` are its readings that are one whole number and no constant, `readings` how many are
    compared, `slots` its words of storage; `differing` names what is not as it must be."""

    key: str
    address: str
    slots: int
    readings: int
    numbers: dict[str, int]
    differing: list[str]


def compare(before: Ipc, after: Ipc, book: AddressBook, accounts: Mapping[str, Any]) -> list[Total]:
    """Each contract of the address book, on the old network and at the first block of the new one."""
    return [_compare(before, after, entry.key, entry.contract, entry.address, accounts) for entry in book.entries]


def rehearse(made: Carried, chain_id: int) -> Anvil:
    """A node that begins with the carried state under a new chain id, at the time of the old head. To be stopped."""
    with tempfile.TemporaryDirectory(prefix="citychain-carried-") as home:
        genesis = make_genesis(
            Path(home), accounts={}, genesis_time=made.origin.time, chain_id=chain_id, carried=made.accounts
        )
        return Anvil(genesis)


def _compare(before: Ipc, after: Ipc, key: str, contract: str, address: str, accounts: Mapping[str, Any]) -> Total:
    numbers: dict[str, int] = {}
    differing: list[str] = []
    readings = _readings(contract)
    for name, kind in readings.items():
        was, found = _ask(before, address, name), _ask(after, address, name)
        if (was == found) is (name in BOUND and was is not None):
            differing.append(name)
        if kind.startswith("uint") and was is not None and name[0].islower() and name not in BOUND:
            numbers[name] = int(was, 16)
    account = accounts.get(address, {})
    for name, method in (("balance", "eth_getBalance"), ("nonce", "eth_getTransactionCount")):
        if int(after.call(method, address, "latest"), 16) != int(account.get(name, "0x0"), 16):
            differing.append(name)
    if after.call("eth_getCode", address, "latest") != account.get("code", "0x"):
        differing.append("code")
    if not _holds(after, address, account.get("storage", {})):
        differing.append("storage")
    return Total(key, address, len(account.get("storage", {})), len(readings), numbers, differing)


def _holds(rpc: Ipc, address: str, storage: Mapping[str, str]) -> bool:
    slots = list(storage)
    for first in range(0, len(slots), WORDS):
        asked = slots[first : first + WORDS]
        found = rpc.batch([("eth_getStorageAt", [address, slot, "latest"]) for slot in asked])
        if [int(value, 16) for value in found] != [int(storage[slot], 16) for slot in asked]:
            return False
    return True


def _readings(contract: str) -> dict[str, str]:
    """Name and type of each function that reads and takes no arguments; of several results the type is empty."""
    return {
        entry["name"]: entry["outputs"][0]["type"] if len(entry["outputs"]) == 1 else ""
        for entry in artifact(IMPLEMENTATIONS.get(contract, contract)).abi
        if entry["type"] == "function" and entry["stateMutability"] in ("view", "pure") and not entry["inputs"]
    }


def _ask(rpc: Ipc, address: str, name: str) -> str | None:
    """The bytes of the answer, or None when the contract refuses to answer."""
    call = {"to": address, "data": "0x" + keccak(f"{name}()".encode())[:4].hex()}
    try:
        found: str = rpc.call("eth_call", call, "latest")
    except NodeRefused:
        return None
    return found
