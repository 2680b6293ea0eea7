"""Deeds as who answers for them signs them: EIP-712 typed data of all deeds that one request commits to.

    Deeds(Deed[] deeds)
    Deed(bytes32 commitment,bytes32 salt,uint256 town,string village,string use,uint256 area,string address,
         string number)

in the domain of requests. A deed's hash covers its salt, so that whoever sees the hash can't find the deed by trying:
one deed is shown and checked with the hashes of the others that were signed beside it.
"""

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from citychain.chain.forwarding import Domain
from citychain.chain.hashing import keccak

FIELDS = {
    "commitment": "bytes32",
    "salt": "bytes32",
    "town": "uint256",
    "village": "string",
    "use": "string",
    "area": "uint256",
    "address": "string",
    "number": "string",
}
DEED_TYPE = f"Deed({','.join(f'{kind} {name}' for name, kind in FIELDS.items())})".encode()
DEEDS_TYPE = b"Deeds(Deed[] deeds)"
_DEED_TYPEHASH, _DEEDS_TYPEHASH = keccak(DEED_TYPE), keccak(DEEDS_TYPE + DEED_TYPE)


class DeedBody(NamedTuple):
    """What a deed says. `area` in 0.01 m2, `town` the 9-digit code, `village` the 12-digit code."""

    town: int
    village: str
    use: str
    area: int
    address: str
    number: str


def text_of(body: DeedBody) -> str:
    """The deed as it is kept and committed to: JSON with sorted keys and no spaces."""
    return json.dumps(body._asdict(), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def commitment_to(salt: bytes, text: str) -> str:
    """What the record gets: 0x and 64 digits."""
    return "0x" + keccak(salt + text.encode()).hex()


def message(salt: bytes, text: str) -> dict[str, Any]:
    """One deed as it is signed, with its commitment and its salt."""
    body = DeedBody(**json.loads(text))
    return {"commitment": commitment_to(salt, text), "salt": "0x" + salt.hex(), **body._asdict()}


def hash_of(deed: dict[str, Any]) -> bytes:
    """EIP-712's hash of one deed."""
    return keccak(_DEED_TYPEHASH + b"".join(_word(kind, deed[name]) for name, kind in FIELDS.items()))


def _word(kind: str, value: Any) -> bytes:
    if kind == "string":
        return keccak(value.encode())
    return bytes.fromhex(value[2:]) if kind == "bytes32" else int(value).to_bytes(32, "big")


def digest(domain: Domain, hashes: bytes) -> bytes:
    """The 32 bytes that are signed for the deeds with these hashes, 32 bytes each, in their order."""
    return domain.digest(keccak(_DEEDS_TYPEHASH + keccak(hashes)))


def typed_data(domain: Domain, deeds: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The same for a wallet: the argument of eth_signTypedData_v4."""
    data = domain.typed_data("Deeds", DEEDS_TYPE, {"deeds": list(deeds)})
    data["types"]["Deed"] = [{"type": kind, "name": name} for name, kind in FIELDS.items()]
    return data
