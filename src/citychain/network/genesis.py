"""The first block: who holds ether on day one, and the chain id that makes every signature belong to one network."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from citychain.network.errors import GenesisRefused

#: Gas of one block; the consortium network has the same, so that what fits here fits there.
GAS_LIMIT = 60_000_000
#: Kept for a real Xiong'an; never the id of a sandbox.
RESERVED_CHAIN_ID = 20170401
HARDFORK = "osaka"


class Genesis(msgspec.Struct, frozen=True):
    """`path` is the genesis.json (go-ethereum's format), `sha256` its content's; `time` is UTC seconds."""

    path: Path
    chain_id: int
    time: int
    sha256: str


def folder(home: Path) -> Path:
    """<home>/node, readable by its owner alone, made when missing."""
    path = home / "node"
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


def make_genesis(
    home: Path,
    *,
    accounts: Mapping[str, int],
    genesis_time: int,
    chain_id: int | None = None,
    carried: Mapping[str, Any] | None = None,
) -> Genesis:
    """Write <home>/node/genesis.json once and return it; when it is there already, return that one unchanged.

    `accounts` maps addresses to wei; `carried` is the state of another chain (carrying.py). Without `chain_id` one is
    drawn in [2**20, 2**31) and kept: a sandbox shares its id with no other network, so no signature is valid on two.
    Raises GenesisRefused.
    """
    path = folder(home) / "genesis.json"
    if path.exists():
        return load_genesis(home)
    if genesis_time <= 0:
        raise GenesisRefused(field="genesis_time", reason="must be UTC seconds above zero")
    if chain_id is None:
        chain_id = draw_chain_id()
    elif not 0 < chain_id < 2**53:
        raise GenesisRefused(field="chain_id", reason="must lie between 1 and 2**53 - 1")
    forks = ["homestead", "eip150", "eip155", "eip158", "byzantium", "constantinople", "petersburg", "istanbul"]
    document = {
        "config": {
            "chainId": chain_id,
            **{f"{fork}Block": 0 for fork in [*forks, "berlin", "london"]},
            "terminalTotalDifficulty": 0,
            **{f"{fork}Time": 0 for fork in ["shanghai", "cancun", "prague", HARDFORK]},
        },
        "nonce": "0x0",
        "timestamp": hex(genesis_time),
        "extraData": "0x",
        "gasLimit": hex(GAS_LIMIT),
        "difficulty": "0x0",
        "mixHash": "0x" + "00" * 32,
        "coinbase": "0x" + "00" * 20,
        "alloc": opened(carried or {}, {_address(address): wei for address, wei in accounts.items()}),
    }
    write_durably(path, json.dumps(document, indent=1).encode())
    return load_genesis(home)


def load_genesis(home: Path) -> Genesis:
    """Raises FileNotFoundError before make_genesis, GenesisRefused when the file can't be read as a genesis."""
    path = home / "node" / "genesis.json"
    try:
        content = path.read_bytes()
        document = json.loads(content)
        chain_id, time = int(document["config"]["chainId"]), int(document["timestamp"], 16)
    except (ValueError, KeyError, TypeError) as error:
        raise GenesisRefused(field="genesis.json", reason=f"is not a genesis file ({error})") from error
    return Genesis(path, chain_id, time, hashlib.sha256(content).hexdigest())


def opened(carried: Mapping[str, Any], accounts: Mapping[str, int]) -> dict[str, Any]:
    """An allocation (go-ethereum's format): `carried`, in which these accounts have these balances in wei."""
    return {
        **carried,
        **{address: {**carried.get(address, {}), "balance": hex(wei)} for address, wei in sorted(accounts.items())},
    }


def draw_chain_id() -> int:
    """A random id of a sandbox, in [2**20, 2**31) and never the reserved one."""
    while (drawn := 2**20 + secrets.randbelow(2**31 - 2**20)) == RESERVED_CHAIN_ID:
        pass
    return drawn


def write_durably(path: Path, content: bytes) -> None:
    """Replace `path` as a whole: after a kill or a power cut it holds the old or the new content, never a mixture."""
    part = path.with_name(path.name + ".part")
    with part.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    descriptor = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _address(text: str) -> str:
    digits = text.removeprefix("0x").lower()
    if len(digits) != 40 or not set(digits) <= set("0123456789abcdef"):
        raise GenesisRefused(field="accounts", reason=f"{text} is not an address")
    return "0x" + digits
