"""What is let as the chain tells it: units, mandates over them, their days; and the private words about a unit."""

from django.db import models

from citychain.identity.models import Paper
from citychain.indexer.models import ReadModel


class Unit(ReadModel):
    """A place that can be let under a title. `parent` is the unit that it is a part of, `head_lease` the lease whose
    operator declared it; each 0 for none. `occupants` and `registrar` are 0 and `confirmed_at` too until a registrar
    confirmed it."""

    class Kind(models.TextChoices):
        WHOLE = "whole"
        FLAT = "flat"
        ROOM = "room"
        BED = "bed"

    class State(models.TextChoices):
        DECLARED = "declared"
        CONFIRMED = "confirmed"
        WITHDRAWN = "withdrawn"

    id = models.BigIntegerField(primary_key=True)
    title = models.BigIntegerField(db_index=True)
    parent = models.BigIntegerField()
    head_lease = models.BigIntegerField()
    kind = models.CharField(max_length=16, choices=Kind.choices)
    state = models.CharField(max_length=16, choices=State.choices)
    occupants = models.IntegerField(default=0)
    commitment = models.CharField(max_length=66)
    declared_by = models.CharField(max_length=42)
    declared_at = models.BigIntegerField()
    registrar = models.BigIntegerField(default=0)
    confirmed_at = models.BigIntegerField(default=0)


class UnitStep(ReadModel):
    """One line of a unit's history. `event` is the Solidity name, `detail` its arguments as JSON."""

    id = models.BigIntegerField(primary_key=True)
    unit = models.BigIntegerField(db_index=True)
    event = models.CharField(max_length=64)
    detail = models.TextField()
    time = models.BigIntegerField()
    block = models.BigIntegerField()
    tx = models.CharField(max_length=66, db_index=True)


class Mandate(ReadModel):
    """An owner lets another account act for them over a title until before `valid_until` (UTC seconds). `scope` is
    "let" or "list"; a revoked mandate has no row. `id` is "title:owner:delegate:scope"."""

    id = models.CharField(max_length=192, primary_key=True)
    title = models.BigIntegerField(db_index=True)
    owner = models.CharField(max_length=42)
    delegate = models.CharField(max_length=42, db_index=True)
    scope = models.CharField(max_length=66)
    valid_until = models.BigIntegerField()


class Occupation(ReadModel):
    """A lease has a unit from `from_day` until before `to_day`, in days since 1970-01-01 in Asia/Shanghai; on none
    where that is no later. `operator` is who may sublet, "0x0…" when nobody may. `id` is "unit:lease"."""

    id = models.CharField(max_length=48, primary_key=True)
    unit = models.BigIntegerField(db_index=True)
    lease = models.BigIntegerField(db_index=True)
    head_lease = models.BigIntegerField()
    operator = models.CharField(max_length=42)
    from_day = models.BigIntegerField()
    to_day = models.BigIntegerField()


class UnitDescription(Paper):
    """Which place a unit is, in its owner's words: commitment = keccak256(salt || text).

    Personal data. Ground: the service the owner asked for (PIPL art. 13(2)); owners and the registrar see it. Deleted
    90 days after it was written once no unit stands on it (`citychain purge`).
    """

    commitment = models.CharField(max_length=66, primary_key=True)
    salt = models.BinaryField(max_length=32)
    text = models.CharField(max_length=200)
    created = models.BigIntegerField()
