"""What listers publish about a home stays here; the record gets its salted commitment."""

import json
import os

from citychain.chain import clock
from citychain.chain.hashing import keccak

from .models import Listing, ListingDescription

#: Days that a description stays after it was written when no open offer stands on it.
KEPT_DAYS = 90


def describe(*, area: int, rooms: int, floor: str, text: str, licence: str = "") -> ListingDescription:
    """The description under its salted commitment, not stored yet. `area` in 0.01 m²."""
    salt = os.urandom(32)
    about = {"area": area, "rooms": rooms, "floor": floor, "text": text}
    body = json.dumps(about, ensure_ascii=False, sort_keys=True)
    return ListingDescription(
        commitment=_commit(salt, body), salt=salt, body=body, licence=licence, created=clock.now()
    )


def licence_commitment(found: ListingDescription) -> str:
    """What the record gets of an agent's licence; zeros for who lets in person."""
    return _commit(bytes(found.salt), found.licence) if found.licence else "0x" + "00" * 32


def _commit(salt: bytes, text: str) -> str:
    return "0x" + keccak(salt + text.encode()).hex()


def purge_descriptions() -> int:
    """Deletes descriptions on which no open offer stands and that are older than KEPT_DAYS, and returns how many.
    Danger: run it only while the read model is up to date."""
    old = ListingDescription.objects.filter(created__lt=clock.now() - KEPT_DAYS * 86_400)
    candidates = list(old.values_list("commitment", flat=True))
    standing = Listing.objects.filter(state=Listing.State.OPEN, description__in=candidates)
    over = set(candidates) - set(standing.values_list("description", flat=True))
    return ListingDescription.objects.filter(commitment__in=over).delete()[0]
