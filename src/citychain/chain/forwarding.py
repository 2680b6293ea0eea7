"""Requests that a person or institution signs and anyone carries: ERC-2771 with EIP-712 typed data.

The counterpart of contracts/Forwarder.sol, whose `digestOf` gives the same digest.
"""

from typing import Any

import msgspec

from .hashing import keccak

REQUEST_TYPE = (
    b"ForwardRequest(address from,address to,uint256 value,uint256 gas,uint256 nonce,uint48 deadline,bytes data)"
)
CANCEL_TYPE = b"CancelRequest(address from,uint256 nonce)"
DOMAIN_TYPE = b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
NAME, VERSION = "citychain", "1"

_REQUEST_TYPEHASH = keccak(REQUEST_TYPE)
_CANCEL_TYPEHASH = keccak(CANCEL_TYPE)
_DOMAIN_TYPEHASH, _VERSION_HASH = keccak(DOMAIN_TYPE), keccak(VERSION.encode())
_NO_VALUE = bytes(32)


def _fields(declaration: bytes) -> list[dict[str, str]]:
    inside = declaration.decode().partition("(")[2].rstrip(")")
    return [dict(zip(("type", "name"), field.split(" "), strict=True)) for field in inside.split(",")]


def _word(number: int) -> bytes:
    return number.to_bytes(32, "big")


def _address(address: str) -> bytes:
    return bytes(12) + bytes.fromhex(address[2:])


class Domain(msgspec.Struct, frozen=True):
    """Where a signature is valid: one chain, one contract that checks it; requests are for a forwarder, in NAME."""

    chain_id: int
    forwarder: str
    name: str = NAME

    def separator(self) -> bytes:
        """EIP-712's domain separator."""
        names = keccak(self.name.encode()) + _VERSION_HASH
        return keccak(_DOMAIN_TYPEHASH + names + _word(self.chain_id) + _address(self.forwarder))

    def digest(self, struct_hash: bytes) -> bytes:
        """What is signed for a struct in this domain."""
        return keccak(b"\x19\x01" + self.separator() + struct_hash)

    def typed_data(self, name: str, declaration: bytes, message: dict[str, Any]) -> dict[str, Any]:
        """The same for a wallet: the argument of eth_signTypedData_v4."""
        contract = {"chainId": self.chain_id, "verifyingContract": self.forwarder}
        return {
            "types": {"EIP712Domain": _fields(DOMAIN_TYPE), name: _fields(declaration)},
            "primaryType": name,
            "domain": {"name": self.name, "version": VERSION, **contract},
            "message": message,
        }


class ForwardRequest(msgspec.Struct, frozen=True):
    """One call by `sender` (lower-case hex). `deadline` is UTC seconds and still good; the value is always 0."""

    sender: str
    to: str
    gas: int
    nonce: int
    deadline: int
    data: bytes

    def digest(self, domain: Domain) -> bytes:
        """The 32 bytes that the sender signs and that RequestExecuted names."""
        words = (_REQUEST_TYPEHASH, _address(self.sender), _address(self.to), _NO_VALUE, _word(self.gas))
        return domain.digest(keccak(b"".join((*words, _word(self.nonce), _word(self.deadline), keccak(self.data)))))

    def typed_data(self, domain: Domain) -> dict[str, Any]:
        message = {
            "from": self.sender,
            "to": self.to,
            "value": 0,
            "gas": self.gas,
            "nonce": self.nonce,
            "deadline": self.deadline,
            "data": "0x" + self.data.hex(),
        }
        return domain.typed_data("ForwardRequest", REQUEST_TYPE, message)


class CancelRequest(msgspec.Struct, frozen=True):
    """The sender spends `nonce` without a call (Forwarder.cancel)."""

    sender: str
    nonce: int

    def digest(self, domain: Domain) -> bytes:
        return domain.digest(keccak(_CANCEL_TYPEHASH + _address(self.sender) + _word(self.nonce)))

    def typed_data(self, domain: Domain) -> dict[str, Any]:
        return domain.typed_data("CancelRequest", CANCEL_TYPE, {"from": self.sender, "nonce": self.nonce})
