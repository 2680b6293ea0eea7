"""The deposit contract of a network as its first block has it: network/contracts/StakeDeposits.sol.

It has no constructor, so the first block's storage says what one would: which Institutions it asks, and which
validators vote already.
"""

from collections.abc import Iterable
from typing import Any

from citychain.chain.artifacts import artifact
from citychain.chain.hashing import keccak
from citychain.chain.transactions import create_address

#: Storage slots, as the contract declares them.
INSTITUTIONS_SLOT, KNOWN_SLOT = 0, 1
#: The deployer's transaction that makes Institutions, whatever the plan says (chain/deploy.py).
INSTITUTIONS_STEP = 8


def foretold(deployer: str) -> str:
    """Where `deployer` will make Institutions, when that is what its account is first used for."""
    return create_address(deployer, INSTITUTIONS_STEP)


def account(institutions: str | None, pubkeys: Iterable[str]) -> dict[str, Any]:
    """The contract in the format of go-ethereum's genesis. It believes `institutions`; None: nobody ever joins.
    `pubkeys` (hexadecimal without 0x) are the validators of the first block."""
    storage = {_known(bytes.fromhex(pubkey)): _word(1) for pubkey in pubkeys}
    if institutions:
        storage[_word(INSTITUTIONS_SLOT)] = _word(int(institutions, 16))
    return {"nonce": "0x1", "balance": "0x0", "code": f"0x{artifact('StakeDeposits').deployed}", "storage": storage}


def _known(pubkey: bytes) -> str:
    """The slot of `known[keccak(pubkey)]` (Solidity's layout of mappings)."""
    return "0x" + keccak(keccak(pubkey) + KNOWN_SLOT.to_bytes(32, "big")).hex()


def _word(number: int) -> str:
    return f"0x{number:064x}"
