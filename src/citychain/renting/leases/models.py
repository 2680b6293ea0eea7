"""Leases as the chain tells them, and beside them what only their parties know: offers, applications, texts."""

import json
from typing import Any

from django.db import models

from citychain.identity.models import Paper
from citychain.indexer.models import ReadModel
from citychain.vault import SealedText

from .document_models import LeaseCalendar as LeaseCalendar
from .document_models import LeaseFile as LeaseFile
from .document_models import LeaseMessage as LeaseMessage
from .document_models import LeaseReading as LeaseReading
from .filing_models import Filing as Filing
from .rents_models import RentPayment as RentPayment


class Lease(ReadModel):
    """What all signed and what became of it. Days are counted since 1970-01-01 in Asia/Shanghai, `to_day` is not among
    them; amounts in fen; times in UTC seconds, 0 while it hasn't happened. `landlords` and `tenants` are the versions
    of the sides (LeaseParty). `condition` is what both confirmed with the keys, `reason` why it lapsed, `way` how its
    last end came about."""

    class State(models.TextChoices):
        SIGNED = "signed"
        FUNDED = "funded"
        RUNNING = "running"
        LAPSED = "lapsed"

    class Track(models.TextChoices):
        ADJUDICATION = "adjudication"
        ARBITRATION = "arbitration"
        MEDIATION = "mediation"

    id = models.BigIntegerField(primary_key=True)
    unit = models.BigIntegerField(db_index=True)
    head_lease = models.BigIntegerField()
    state = models.CharField(max_length=16, choices=State.choices)
    terms_hash = models.CharField(max_length=66, db_index=True)
    from_day = models.BigIntegerField()
    to_day = models.BigIntegerField()
    #: As it was signed, before notices and extensions.
    signed_to_day = models.BigIntegerField()
    rent = models.BigIntegerField()
    first_rent = models.BigIntegerField()
    due_day = models.IntegerField()
    deposit = models.BigIntegerField()
    grace_days = models.IntegerField()
    late_fee = models.BigIntegerField()
    notice_days = models.IntegerField()
    advance_months = models.IntegerField()
    occupants = models.IntegerField()
    sublettable = models.BooleanField()
    deposits = models.CharField(max_length=42)
    track = models.CharField(max_length=16, choices=Track.choices)
    decider = models.BigIntegerField()
    payee = models.CharField(max_length=42)
    refundee = models.CharField(max_length=42)
    house_rules = models.CharField(max_length=66)
    inventory = models.CharField(max_length=66)
    text = models.CharField(max_length=66)
    landlords = models.BigIntegerField()
    tenants = models.BigIntegerField()
    fund_by = models.BigIntegerField()
    signed_at = models.BigIntegerField()
    funded_at = models.BigIntegerField(default=0)
    payer = models.CharField(max_length=42, default="")
    handed_over_at = models.BigIntegerField(default=0)
    condition = models.CharField(max_length=66, default="")
    reason = models.CharField(max_length=66, default="")
    way = models.CharField(max_length=66, default="")
    #: What covers its rent so far: the first rent with what was paid and credited since, in fen.
    covered = models.BigIntegerField(default=0)
    #: Held by the escrow, in fen.
    held = models.BigIntegerField(default=0)
    court_until = models.BigIntegerField(default=0)
    court = models.BigIntegerField(default=0)
    #: The log after which agreements count anew (see LeaseAgreement).
    changed = models.BigIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["state", "id"], name="leases_state")]


class LeaseParty(ReadModel):
    """An account on one side of a lease, in a version of that side: the log that made it."""

    class Side(models.TextChoices):
        LANDLORD = "landlord"
        TENANT = "tenant"

    id = models.CharField(max_length=96, primary_key=True)
    lease = models.BigIntegerField(db_index=True)
    side = models.CharField(max_length=16, choices=Side.choices)
    version = models.BigIntegerField()
    account = models.CharField(max_length=42, db_index=True)


class LeaseStep(ReadModel):
    """One line of a lease's history. `event` is the Solidity name, `detail` its arguments as JSON."""

    id = models.BigIntegerField(primary_key=True)
    lease = models.BigIntegerField(db_index=True)
    event = models.CharField(max_length=64)
    detail = models.TextField()
    time = models.BigIntegerField()
    block = models.BigIntegerField()
    tx = models.CharField(max_length=66, db_index=True)

    @property
    def told(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.detail)
        return found


class LeaseCondition(ReadModel):
    """What one side confirmed last about the home's condition; `id` is "lease:side"."""

    id = models.CharField(max_length=48, primary_key=True)
    lease = models.BigIntegerField(db_index=True)
    side = models.CharField(max_length=16)
    account = models.CharField(max_length=42)
    condition = models.CharField(max_length=66)


class LeaseCredit(ReadModel):
    """What the escrow owes an account for a lease, in fen; `id` is "lease:account"."""

    id = models.CharField(max_length=64, primary_key=True)
    lease = models.BigIntegerField(db_index=True)
    account = models.CharField(max_length=42, db_index=True)
    amount = models.BigIntegerField(default=0)


class LeaseAgreement(ReadModel):
    """An account agreed to what a hash names; `id` is "lease:what:account". It counts while `at` (its log) is after the
    lease's `changed`: what all agreed on is carried out and forgotten."""

    id = models.CharField(max_length=136, primary_key=True)
    lease = models.BigIntegerField(db_index=True)
    what = models.CharField(max_length=66)
    account = models.CharField(max_length=42)
    at = models.BigIntegerField()


class LeaseDemand(ReadModel):
    """A side demands that a breach be cured; `id` is "lease:side", of the side that demands. `notified_at` is 0 before
    it notified a termination for `to_day`; `contested` whether the other side objected. One that was accepted is older
    (`at`, its log) than the lease's `changed`, and over."""

    id = models.CharField(max_length=48, primary_key=True)
    lease = models.BigIntegerField(db_index=True)
    side = models.CharField(max_length=16)
    breach = models.CharField(max_length=66)
    cure_until = models.BigIntegerField()
    notified_at = models.BigIntegerField(default=0)
    to_day = models.BigIntegerField(default=0)
    contested = models.BooleanField(default=False)
    at = models.BigIntegerField()


class LeaseReplacement(ReadModel):
    """An identity institution wants `by` in the place of an account from `from_time` on; `id` is "lease:account"."""

    id = models.CharField(max_length=64, primary_key=True)
    lease = models.BigIntegerField(db_index=True)
    account = models.CharField(max_length=42)
    by = models.CharField(max_length=42)
    from_time = models.BigIntegerField()


class LeaseSponsor(ReadModel):
    """An account that pays deposit and first rent though no tenant; `id` is "lease:account"."""

    id = models.CharField(max_length=64, primary_key=True)
    lease = models.BigIntegerField(db_index=True)
    account = models.CharField(max_length=42)


# --- what only the parties know --------------------------------------------------------------------------------------


class LeaseApplication(models.Model):
    """Somebody would like to rent a unit: from an account made for it, in words for who lets it.

    Personal data. Ground: steps before a contract that the applicant asked for (PIPL art. 13(2)); owners of the title
    see it. Deleted 90 days after it was written, or when the applicant takes it back (`citychain purge`).
    """

    id = models.AutoField(primary_key=True)
    unit = models.BigIntegerField(db_index=True)
    account = models.CharField(max_length=42, db_index=True)
    name = SealedText()
    message = SealedText()
    occupants = models.IntegerField()
    from_day = models.BigIntegerField()
    to_day = models.BigIntegerField()
    created = models.BigIntegerField()
    declined = models.BooleanField(default=False)

    class Meta:
        ordering = ["-id"]


class LeaseOffer(models.Model):
    """Terms that somebody wrote and all parties are to sign: what LeaseOffers.Terms says, as JSON, and the texts behind
    its commitments with their salts. `terms_hash` is what is signed (EIP-712).

    Personal data: accounts and what the parties agreed in words. Ground: the contract itself (PIPL art. 13(2)); the
    parties see it, and the decider once there is a dispute. Deleted 90 days after its deadline when no lease came of
    it, five years after the lease's end otherwise (`citychain purge`).
    """

    terms_hash = models.CharField(max_length=66, primary_key=True)
    unit = models.BigIntegerField(db_index=True)
    terms = models.TextField()
    texts = SealedText()
    author = models.CharField(max_length=42)
    created = models.BigIntegerField()
    deadline = models.BigIntegerField(db_index=True)
    withdrawn = models.BooleanField(default=False)

    class Meta:
        ordering = ["-created", "terms_hash"]


class LeaseOfferParty(models.Model):
    """An account that is to sign an offer; `signature` (ECDSA or ERC-1271, checked) is empty until it did."""

    offer = models.ForeignKey(LeaseOffer, models.CASCADE, related_name="parties")
    side = models.CharField(max_length=16, choices=LeaseParty.Side.choices)
    account = models.CharField(max_length=42, db_index=True)
    signature = models.BinaryField(default=b"")
    signed_at = models.BigIntegerField(default=0)
    declined = models.BooleanField(default=False)

    class Meta:
        ordering = ["side", "account"]
        constraints = [models.UniqueConstraint(fields=["offer", "account"], name="leases_offer_party")]


class LeasePaper(Paper):
    """What somebody wrote about a lease, behind the commitment that the record has: keccak256(salt || text). `kind`:
    condition (of the home, with meters), breach, termination, objection, decision, case; of its filing (JSON) filing
    and certificate, and in words returned, cancelled, outside.

    Personal data of the household. Ground and readers as of LeaseOffer; the lease's parties see who read it. Deleted
    five years after the lease's end, unless a court keeps its money or a dispute is open (`citychain purge`).
    """

    commitment = models.CharField(max_length=66, primary_key=True)
    lease = models.BigIntegerField(db_index=True)
    kind = models.CharField(max_length=16)
    salt = models.BinaryField(max_length=32)
    text = SealedText()
    author = models.CharField(max_length=42)
    created = models.BigIntegerField()
