"""Registering homes. The deed stays here; the record gets its salted commitment."""

import os
from typing import NamedTuple

from citychain.chain.abi import Act
from citychain.chain.addressbook import AddressBook
from citychain.chain.keys import Key
from citychain.errors import InvalidInput
from citychain.identity import documents

from . import queries
from .bindings import Titles
from .models import Deed
from .typed_deeds import DeedBody, commitment_to, text_of

__all__ = ["WHOLE", "DeedBody", "Share"]

WHOLE = 10_000


class Share(NamedTuple):
    """An owner and their share in basis points."""

    account: str
    share: int
    must_consent: bool = True


def write_deed(body: DeedBody) -> Deed:
    """The deed under its salted commitment, neither signed nor stored yet."""
    salt, text = os.urandom(32), text_of(body)
    return Deed(commitment=commitment_to(salt, text), salt=salt, body=text)


def keep_deed(body: DeedBody, registrar: Key) -> str:
    """Stores a deed that the registrar signs, whose request is made elsewhere, and returns its commitment (hex)."""
    deed = write_deed(body)
    documents.attest([deed], registrar.address, registrar.sign(Deed.document_of([deed]).digest))
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
