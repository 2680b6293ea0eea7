"""What chapters about leases share: who lets what to whom, whose keys sign, and what people write."""

from collections.abc import Sequence
from dataclasses import dataclass

from citychain.chain.abi import Function
from citychain.identity import personas
from citychain.identity.models import Persona
from citychain.renting.leases import documents, terms
from citychain.renting.leases.models import LeaseOffer, LeasePaper
from citychain.renting.leases.pictures import Picture
from citychain.renting.units_models import Unit

from .history import Story

BEIJING = 8 * 3600


@dataclass
class Letting:
    """One lease while it is made: its unit, the landlords' persons, the tenant's, and the offer they sign."""

    unit: Unit
    landlords: list[str]
    payee: str
    tenant: Persona
    account: str
    bank: str
    offer: LeaseOffer | None = None
    lease: int = 0


def sign_as(story: Story, account: str, contract: str, function: Function) -> None:
    story.sign(personas.key(account), contract, function)


def write(lease: int, kind: str, text: str, author: str, story: Story, photos: Sequence[Picture] = ()) -> str:
    """What somebody writes behind a fresh commitment, which is returned; in a dispute it names all messages before."""
    kept = documents.keep_photos(lease, author, photos)
    text = documents.with_photos(text, kept)
    if kind in documents.EVIDENCE:
        text = documents.with_messages(text, lease)
    salt = bytes.fromhex(story.reference()[2:])
    commitment = terms.commitment(salt, text)
    LeasePaper.objects.create(
        commitment=commitment, lease=lease, kind=kind, salt=salt, text=text, author=author,
        created=story.world.miner.time,
    )  # fmt: skip
    documents.belong(kept, commitment)
    return commitment
