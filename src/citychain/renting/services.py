"""Registering homes. The deed stays here; the record gets its salted commitment."""

import json
import os
from typing import NamedTuple

from citychain.chain.abi import Act
from citychain.chain.addressbook import AddressBook
from citychain.chain.hashing import keccak
from citychain.chain.keys import Key
from citychain.errors import InvalidInput

from . import queries
from .bindings import Titles
from .models import Deed
from .queries import DeedBody

__all__ = ["WHOLE", "DeedBody", "Share"]

WHOLE = 10_000


class Share(NamedTuple):
    """An owner and their share in basis points."""

    account: str
    share: int
    must_consent: bool = True


def write_deed(body: DeedBody) -> Deed:
    """The deed under its salted commitment, neither signed nor stored yet."""
    salt = os.urandom(32)
    text = json.dumps(body._asdict(), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return Deed(commitment="0x" + keccak(salt + text.encode()).hex(), salt=salt, body=text)


def keep_deed(body: DeedBody, registrar: Key) -> str:
    """Stores a deed that the registrar signs, whose request is made elsewhere, and returns its commitment (hex)."""
    deed = write_deed(body)
    deed.attest(registrar)
    deed.save(force_insert=True)
    return deed.commitment


def purge_deeds() -> int:
    """Deletes deeds whose time is over (queries.expired_deeds) and returns how many. The proofs stay valid."""
    return queries.expired_deeds().delete()[0]


def register_title(*, town: int, commitment: str, owners: list[Share]) -> Act:
    """The registration of a home whose deed is kept under `commitment`; the first owner represents the others."""
    if sum(owner.share for owner in owners) != WHOLE:
        raise InvalidInput(field="owners", reason="the shares must sum to 100 %")
    call = Titles.register(townCode=town, commitment=commitment, owners=owners_of(owners))
    return Act(AddressBook.load().address("Titles"), call)


def owners_of(shares: list[Share]) -> list[Titles.Owner]:
    """Shares as the contract takes them."""
    return [Titles.Owner(account=one.account, share=one.share, mustConsent=one.must_consent) for one in shares]
