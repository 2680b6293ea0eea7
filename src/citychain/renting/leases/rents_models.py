"""Rent as it is paid, and what becomes of deposits, as the chain tells it."""

from django.db import models

from citychain.indexer.models import ReadModel


class RentPayment(ReadModel):
    """A payment of rent by its number. `parts` are the fen of it for month `first_month` and the months after, as JSON;
    a lodged one waits in escrow for the payee. Times in UTC seconds."""

    class State(models.TextChoices):
        MADE = "made"
        SETTLED = "settled"
        RETURNED = "returned"

    id = models.BigIntegerField(primary_key=True)
    lease = models.BigIntegerField(db_index=True)
    payer = models.CharField(max_length=42, db_index=True)
    payee = models.CharField(max_length=42, db_index=True)
    by = models.CharField(max_length=42)
    lodged = models.BooleanField()
    amount = models.BigIntegerField()
    first_month = models.BigIntegerField()
    parts = models.TextField()
    state = models.CharField(max_length=16, choices=State.choices)
    paid_at = models.BigIntegerField()
    tx = models.CharField(max_length=66)


class RentMandate(ReadModel):
    """A payer lets anybody trigger rent that is due, at most `most` fen in a calendar month, until before `valid_until`
    (UTC seconds). `id` is "lease:payer"; one that was revoked has no row."""

    id = models.CharField(max_length=64, primary_key=True)
    lease = models.BigIntegerField(db_index=True)
    payer = models.CharField(max_length=42, db_index=True)
    most = models.BigIntegerField()
    valid_until = models.BigIntegerField()


class LateFee(ReadModel):
    """A fee that the payee claims because the rent of a month was late; `id` is "lease:month"."""

    class State(models.TextChoices):
        CLAIMED = "claimed"
        CONTESTED = "contested"
        DECIDED = "decided"
        PAID = "paid"
        WAIVED = "waived"

    id = models.CharField(max_length=48, primary_key=True)
    lease = models.BigIntegerField(db_index=True)
    month = models.BigIntegerField()
    amount = models.BigIntegerField()
    state = models.CharField(max_length=16, choices=State.choices)


class SettlementPart(ReadModel):
    """Where one part of the settlement of a deposit stands: the payee's claims, or the last bills. `id`: "lease:part".
    `open` fen wait for an answer or a decision; `deadline` ends the present step (UTC seconds; 0 where the lease's end
    tells it). `decider` is who decides now, `reasons` commits to a decision."""

    class Part(models.TextChoices):
        CLAIMS = "claims"
        BILLS = "bills"

    class Step(models.TextChoices):
        RESERVED = "reserved"
        STATED = "stated"
        REMINDED = "reminded"
        CONTESTED = "contested"
        DECIDED = "decided"
        AT_COURT = "at-court"
        CLOSED = "closed"

    id = models.CharField(max_length=48, primary_key=True)
    lease = models.BigIntegerField(db_index=True)
    part = models.CharField(max_length=16, choices=Part.choices)
    step = models.CharField(max_length=16, choices=Step.choices, default="")
    open = models.BigIntegerField(default=0)
    deadline = models.BigIntegerField(default=0)
    contested_at = models.BigIntegerField(default=0)
    decider = models.BigIntegerField(default=0)
    decided = models.BooleanField(default=False)
    objection = models.CharField(max_length=66, default="")
    reasons = models.CharField(max_length=66, default="")


class SettlementItem(ReadModel):
    """One item of a part; `id` is "lease:part:index". Amounts in fen: what was claimed, what of it the tenants
    accepted, what the payee gave up, what a decision grants of the rest."""

    id = models.CharField(max_length=64, primary_key=True)
    lease = models.BigIntegerField(db_index=True)
    part = models.CharField(max_length=16)
    position = models.IntegerField()
    kind = models.CharField(max_length=66)
    evidence = models.CharField(max_length=66)
    claimed = models.BigIntegerField()
    accepted = models.BigIntegerField(default=0)
    withdrawn = models.BigIntegerField(default=0)
    granted = models.BigIntegerField(default=0)

    @property
    def rest(self) -> int:
        """What is neither accepted nor given up, in fen."""
        return int(self.claimed - self.accepted - self.withdrawn)
