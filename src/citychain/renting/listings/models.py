"""Offers to let as the chain tells them, and the descriptions that listers publish beside it."""

import json
from typing import Any

from django.db import models

from citychain.identity.models import Paper
from citychain.indexer.models import ReadModel


class Listing(ReadModel):
    """An offer to let a unit. Amounts in fen, `earliest_day` in days since 1970-01-01 in Asia/Shanghai, times in UTC
    seconds. An open offer counts only while queries.faults() finds nothing; `reason` is why it was closed. `licence` is
    "0x0…" when its lister lets in person."""

    class State(models.TextChoices):
        OPEN = "open"
        WITHDRAWN = "withdrawn"
        CLOSED = "closed"

    id = models.BigIntegerField(primary_key=True)
    unit = models.BigIntegerField(db_index=True)
    title = models.BigIntegerField()
    head_lease = models.BigIntegerField()
    town = models.BigIntegerField(db_index=True)
    lister = models.CharField(max_length=42, db_index=True)
    state = models.CharField(max_length=16, choices=State.choices, db_index=True)
    reason = models.CharField(max_length=66, default="")
    rent = models.BigIntegerField()
    deposit = models.BigIntegerField()
    earliest_day = models.BigIntegerField()
    shortest_months = models.IntegerField()
    longest_months = models.IntegerField()
    valid_until = models.BigIntegerField()
    agent_fee = models.BigIntegerField()
    licence = models.CharField(max_length=66)
    description = models.CharField(max_length=66)
    offered_at = models.BigIntegerField()


class ListingPrice(ReadModel):
    """What an offer has cost since `time`."""

    id = models.BigIntegerField(primary_key=True)
    listing = models.BigIntegerField(db_index=True)
    rent = models.BigIntegerField()
    deposit = models.BigIntegerField()
    time = models.BigIntegerField()


class ListingStep(ReadModel):
    """One line of an offer's history. `event` is the Solidity name, `detail` its arguments as JSON."""

    id = models.BigIntegerField(primary_key=True)
    listing = models.BigIntegerField(db_index=True)
    event = models.CharField(max_length=64)
    detail = models.TextField()
    time = models.BigIntegerField()
    block = models.BigIntegerField()
    tx = models.CharField(max_length=66, db_index=True)

    @property
    def told(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.detail)
        return found


class ListingDescription(Paper):
    """What a lister publishes about a home: commitment = keccak256(salt || body), where `body` is JSON with `area`
    (0.01 m²), `rooms`, `floor` and `text`. An agent's `licence` has its own commitment with the same salt.

    Its writer publishes it with the offer; it must name nobody. Deleted 90 days after it was written once no open offer
    stands on it (`citychain purge`).
    """

    commitment = models.CharField(max_length=66, primary_key=True)
    salt = models.BinaryField(max_length=32)
    body = models.TextField()
    licence = models.CharField(max_length=80, default="")
    created = models.BigIntegerField()

    @property
    def told(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found
