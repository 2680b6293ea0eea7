"""Registering homes. The deed stays here; the record gets its salted commitment."""

import os
from collections.abc import Sequence
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from citychain.chain import clock
from citychain.chain.abi import Act
from citychain.chain.addressbook import AddressBook
from citychain.chain.forwarding import ForwardRequest
from citychain.chain.keys import Key
from citychain.errors import InvalidInput
from citychain.identity import documents
from citychain.outbox import services as outbox
from citychain.outbox.models import Request

from . import queries
from .bindings import Titles
from .models import Deed, TitleFile
from .typed_deeds import DeedBody, commitment_to, text_of

__all__ = ["WHOLE", "DeedBody", "Share"]

WHOLE = 10_000
#: Days that a registrar's file is kept, with the deeds in it that nobody signed.
FILE_DAYS = 30
#: What puts a new title on the record, and all that commits to a deed.
REGISTERING: tuple[Any, ...] = (Titles.register, Titles.registerMany)
COMMITTING: tuple[Any, ...] = (*REGISTERING, Titles.correct, Titles.openTransfer, Titles.orderOwnership)


class Share(NamedTuple):
    """An owner and their share in basis points."""

    account: str
    share: int
    must_consent: bool = True


def write_deed(body: DeedBody, salt: bytes | None = None) -> Deed:
    """The deed under its salted commitment, neither signed nor stored yet. The salt has 32 bytes; None draws one."""
    salt, text = salt or os.urandom(32), text_of(body)
    return Deed(commitment=commitment_to(salt, text), salt=salt, body=text)


def keep_deed(body: DeedBody, registrar: Key) -> str:
    """Stores a deed that the registrar signs, whose request is made elsewhere, and returns its commitment (hex)."""
    deed = write_deed(body)
    documents.attest([deed], registrar.address, registrar.sign(Deed.document_of([deed]).digest))
    deed.save(force_insert=True)
    return deed.commitment


def check_numbers(deeds: Sequence[Deed]) -> None:
    """Raises InvalidInput when two of them have one number, or one has the number of a deed that is kept already."""
    numbers = [str(queries.body_of(deed)["number"]) for deed in deeds]
    taken = queries.taken_numbers(set(numbers)) | {number for number in numbers if numbers.count(number) > 1}
    if taken:
        words = _("a deed with the number {numbers} is registered already, or is being registered")
        raise InvalidInput(field="number", reason=words.format(numbers=", ".join(sorted(taken))))


def committed(data: bytes) -> list[str]:
    """The commitments that a call of Titles makes, in the order of its arguments; none where it makes none."""
    kind = next((kind for kind in COMMITTING if kind.selector == data[:4]), None)
    try:
        call = kind and kind.decode(data)
    except ValueError:
        return []
    if isinstance(call, Titles.registerMany):
        return [one.commitment for one in call.registrations]
    if isinstance(call, Titles.register):
        return [call.commitment]
    return [call.newCommitment] if call else []


def submit_with_deeds(
    request: ForwardRequest, signature: bytes, deeds: Sequence[Deed], deeds_signature: bytes, *, key: str | None = None
) -> Request:
    """Hands in a signed request with the deeds that it commits to, all signed in one document: both are kept or none.

    The same again gives the request stored before. Raises InvalidInput, WrongDocumentSignature, and what
    outbox.services.submit() raises.
    """
    commitments = committed(request.data) if request.to == AddressBook.load().address("Titles") else []
    if not commitments or commitments != [deed.commitment for deed in deeds]:
        raise InvalidInput(field="deeds", reason=_("they are not those that the request commits to, in its order"))
    documents.attest(deeds, request.sender, deeds_signature)
    known = set(Deed.objects.filter(commitment__in=commitments).values_list("commitment", flat=True))
    fresh = [deed for deed in deeds if deed.commitment not in known]
    registers = any(kind.selector == request.data[:4] for kind in REGISTERING)
    if registers and queries.may_act([request.sender], "registrar", "titles"):
        check_numbers(fresh)  # nobody but a registrar is told which numbers there are
    return outbox.submit(request, signature, key=key, papers=fresh)


def purge_deeds() -> int:
    """Deletes deeds whose time is over (queries.expired_deeds) and returns how many; the proofs stay valid. Files that
    are older than FILE_DAYS go too."""
    TitleFile.objects.filter(created__lt=clock.now() - FILE_DAYS * 86_400).delete()
    return queries.expired_deeds().delete()[0]


def register_title(*, town: int, commitment: str, owners: list[Share]) -> Act:
    """The registration of a home whose deed is kept under `commitment`; the first owner represents the others."""
    if sum(owner.share for owner in owners) != WHOLE:
        raise InvalidInput(field="owners", reason=_("the shares must sum to 100 %"))
    call = Titles.register(townCode=town, commitment=commitment, owners=owners_of(owners))
    return Act(AddressBook.load().address("Titles"), call)


def owners_of(shares: list[Share]) -> list[Titles.Owner]:
    """Shares as the contract takes them."""
    return [Titles.Owner(account=one.account, share=one.share, mustConsent=one.must_consent) for one in shares]
