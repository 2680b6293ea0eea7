"""What people say about a unit stays here; the record gets its salted commitment."""

import os

from citychain.chain import clock
from citychain.chain.hashing import keccak

from .units_models import Unit, UnitDescription

#: Days that a description stays after it was written when no unit stands on it.
KEPT_DAYS = 90


def describe(text: str) -> UnitDescription:
    """The description under its salted commitment, not stored yet."""
    salt = os.urandom(32)
    commitment = "0x" + keccak(salt + text.encode()).hex()
    return UnitDescription(commitment=commitment, salt=salt, text=text, created=clock.now())


def purge_descriptions() -> int:
    """Deletes descriptions on which no unit stands and that are older than KEPT_DAYS, and returns how many. Danger: run
    it only while the read model is up to date."""
    old = UnitDescription.objects.filter(created__lt=clock.now() - KEPT_DAYS * 86_400)
    candidates = list(old.values_list("commitment", flat=True))
    standing = Unit.objects.exclude(state=Unit.State.WITHDRAWN).filter(commitment__in=candidates)
    over = set(candidates) - set(standing.values_list("commitment", flat=True))
    return UnitDescription.objects.filter(commitment__in=over).delete()[0]
