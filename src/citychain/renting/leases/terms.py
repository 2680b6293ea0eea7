"""The terms of a lease as everybody signs them: LeaseOffers.Terms as EIP-712 typed data in the domain
"citychain leases" of the city's LeaseOffers. Its `termsHash` gives the same digest.
"""

from typing import Any

import msgspec

from citychain.chain.addressbook import AddressBook
from citychain.chain.forwarding import Domain
from citychain.chain.hashing import keccak

from ..bindings import LeaseOffers

Terms = LeaseOffers.Terms

DOMAIN_NAME = "citychain leases"
FIELDS = {
    "unitId": "uint64",
    "headLeaseId": "uint64",
    "landlords": "address[]",
    "tenants": "address[]",
    "payee": "address",
    "refundee": "address",
    "occupants": "uint16",
    "fromDay": "uint32",
    "toDay": "uint32",
    "rent": "uint64",
    "dueDay": "uint8",
    "deposit": "uint64",
    "graceDays": "uint16",
    "lateFee": "uint64",
    "noticeDays": "uint16",
    "sublettable": "bool",
    "deposits": "address",
    "track": "uint8",
    "decider": "uint32",
    "houseRules": "bytes32",
    "inventory": "bytes32",
    "text": "bytes32",
    "offerDeadline": "uint48",
    "salt": "bytes32",
}
TERMS_TYPE = f"Terms({','.join(f'{kind} {name}' for name, kind in FIELDS.items())})".encode()
_TYPEHASH = keccak(TERMS_TYPE)


def domain(book: AddressBook) -> Domain:
    """Where terms are signed. Raises NotDeployed in a city without leases."""
    return Domain(book.chain_id, book.address("LeaseOffers"), DOMAIN_NAME)


def digest(book: AddressBook, terms: Terms) -> bytes:
    """The 32 bytes that each party signs."""
    words = [_word(kind, getattr(terms, name)) for name, kind in FIELDS.items()]
    return domain(book).digest(keccak(_TYPEHASH + b"".join(words)))


def typed_data(book: AddressBook, terms: Terms) -> dict[str, Any]:
    """The same for a wallet: the argument of eth_signTypedData_v4."""
    return domain(book).typed_data("Terms", TERMS_TYPE, msgspec.structs.asdict(terms))


def commitment(salt: bytes, text: str) -> str:
    """What the record has of a text: keccak256(salt || text), 0x and 64 digits."""
    return "0x" + keccak(salt + text.encode()).hex()


def to_json(terms: Terms) -> str:
    return msgspec.json.encode(terms).decode()


def from_json(text: str) -> Terms:
    return msgspec.json.decode(text, type=Terms)


def _word(kind: str, value: Any) -> bytes:
    if kind == "address[]":
        return keccak(b"".join(_word("address", account) for account in value))
    if kind in ("address", "bytes32"):
        return bytes.fromhex(value[2:]).rjust(32, b"\0")
    return int(value).to_bytes(32, "big")
