"""Requests that people and institutions signed, and the transactions that carry them (docs/requests.md).

Everything but Executed lives in the default database and is written before anything is sent. Times are UTC seconds
(chain.clock), addresses and hashes lower-case hex.
"""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from citychain.chain.errors import from_revert
from citychain.errors import CityError
from citychain.indexer.models import ReadModel

from .errors import REASONS


class RelayTransaction(models.Model):
    """What one account of the relayer does with one nonce. `raw` is stored before it is sent, and the same bytes are
    sent again; where its fee proved too low, the same call with a higher one takes their place."""

    class State(models.TextChoices):
        STORED = "stored"
        SENT = "sent"
        MINED = "mined"
        FINAL = "final"
        #: Another transaction took its nonce, or the node never took it; its requests went back.
        LOST = "lost"

    IN_FLIGHT = (State.STORED, State.SENT)

    relayer = models.CharField(max_length=42)
    nonce = models.BigIntegerField()
    raw = models.BinaryField()
    hash = models.CharField(max_length=66, unique=True)
    created = models.BigIntegerField()
    sent_at = models.BigIntegerField(null=True)
    resent = models.IntegerField(default=0)
    #: The most that `raw` pays, wei a unit of gas; hashes of earlier bytes with a lower fee, any of which may be mined.
    max_fee = models.BigIntegerField(default=0)
    earlier = models.JSONField(default=list)
    state = models.CharField(max_length=8, choices=State.choices, default=State.STORED)
    block = models.BigIntegerField(null=True)
    block_hash = models.CharField(max_length=66, default="")
    #: What its block took: units of gas, and gwei (rounded up).
    gas_used = models.BigIntegerField(default=0)
    paid = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["relayer", "nonce"], name="one_transaction_a_nonce")]
        indexes = [models.Index(fields=["state", "nonce"], name="transactions_by_state")]


class Request(models.Model):
    """A signed ForwardRequest. Ends in exactly one of final, rejected and expired, and never leaves that state."""

    class State(models.TextChoices):
        RECEIVED = "received", _("received")
        SENT = "sent", _("sent")
        INCLUDED = "included", _("included")
        FINAL = "final", _("final")
        REJECTED = "rejected", _("rejected")
        EXPIRED = "expired", _("expired")

    #: States that something still follows; in them a nonce of a signer is taken.
    LIVE = (State.RECEIVED, State.SENT, State.INCLUDED)
    ENDED = (State.FINAL, State.REJECTED, State.EXPIRED)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    #: EIP-712 digest, what the signer signed and RequestExecuted names.
    digest = models.CharField(max_length=66, unique=True)
    signer = models.CharField(max_length=42)
    target = models.CharField(max_length=42)
    selector = models.CharField(max_length=10)
    nonce = models.BigIntegerField()
    gas = models.BigIntegerField()
    deadline = models.BigIntegerField()
    data = models.BinaryField()
    signature = models.BinaryField()
    #: The signature was checked by the signer's own contract (ERC-1271).
    wallet = models.BooleanField()
    #: The signer's CancelRequest signature; the relayer sends the cancellation in the place of the request.
    cancellation = models.BinaryField(default=b"")
    state = models.CharField(max_length=8, choices=State.choices, default=State.RECEIVED)
    #: Why it failed: a code of errors.REASONS, or of the ContractError that `reason_data` (hex revert bytes) gives.
    reason_code = models.CharField(max_length=80, default="")
    reason_data = models.TextField(default="")
    #: The submitter's idempotency key.
    key = models.CharField(max_length=128, null=True)  # noqa: DJ001 - unique where given
    created = models.BigIntegerField()
    #: Transaction and block that spent the nonce, whoever sent it.
    tx = models.CharField(max_length=66, default="")
    block = models.BigIntegerField(null=True)
    #: The relayer's transaction that carries it now.
    carrier = models.ForeignKey(RelayTransaction, models.PROTECT, null=True, related_name="requests")
    #: How often a block had its transaction without carrying it out, and when to try again.
    attempts = models.IntegerField(default=0)
    retry_at = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["signer", "nonce"],
                condition=Q(state__in=["received", "sent", "included"]),
                name="one_live_request_a_nonce",
            ),
            models.UniqueConstraint(fields=["key", "signer"], condition=Q(key__isnull=False), name="one_request_a_key"),
        ]
        indexes = [
            models.Index(fields=["state", "created", "nonce"], name="requests_by_age"),
            models.Index(fields=["state", "deadline"], name="requests_by_deadline"),
            models.Index(fields=["signer", "-created"], name="requests_by_signer"),
            models.Index(fields=["retry_at"], name="requests_by_retry"),
        ]

    @property
    def slot(self) -> str:
        """Key of the Executed row that tells its outcome."""
        return f"{self.signer}:{self.nonce}"

    @property
    def problem(self) -> CityError | None:
        """Why it failed or will fail once its block is final, as an error in the reader's language; None otherwise."""
        if self.reason_data:
            return from_revert(bytes.fromhex(self.reason_data[2:]))
        return REASONS[self.reason_code]() if self.reason_code else None

    @property
    def reason(self) -> str:
        """The same in words; empty when nothing is wrong."""
        problem = self.problem
        return "" if problem is None else str(problem)


class RequestEvent(models.Model):
    """One step in a request's story; never changed, never deleted."""

    class Code(models.TextChoices):
        ACCEPTED = "accepted", _("Checked and stored.")
        WARNED = "warned", _("It would fail now, but earlier requests of the signer may change that: {reason}")
        SENT = "sent", _("Sent to the chain in transaction {tx}.")
        RAISED = "raised", _("Blocks passed it by; sent again with a higher fee in transaction {tx}.")
        CANCELLING = "cancelling", _("Its signer asked to cancel it.")
        INCLUDED = "included", _("Carried out in block {block}; not final yet.")
        FAILED = "failed", _("Block {block} refused it; not final yet: {reason}")
        FINAL = "final", _("Final: block {block} can't be undone.")
        REJECTED = "rejected", _("Rejected: {reason}")
        EXPIRED = "expired", _("Expired: the final block {block} is past its deadline.")
        UNDONE = "undone", _("Block {block} was replaced by another; it waits again.")
        SKIPPED = "skipped", _("Transaction {tx} could not carry it; it will be sent again.")

    id = models.BigAutoField(primary_key=True)
    request = models.ForeignKey(Request, models.CASCADE, related_name="events")
    state = models.CharField(max_length=8, choices=Request.State.choices)
    at = models.BigIntegerField()
    code = models.CharField(max_length=10, choices=Code.choices)
    details = models.JSONField(default=dict)

    @property
    def detail(self) -> str:
        """What happened, in the reader's language."""
        words: str | Promise = self.Code(self.code).label
        details = dict(self.details)
        if details.get("reason_data"):
            details["reason"] = from_revert(bytes.fromhex(details["reason_data"][2:]))
        elif details.get("reason_code") in REASONS:
            details["reason"] = REASONS[details["reason_code"]]()
        return str(words).format(**details)


class Lease(models.Model):
    """Which relayer works on this outbox: one row, which stays. Each taking of the lease raises `token` by one."""

    name = models.CharField(max_length=20, primary_key=True)
    host = models.CharField(max_length=255)
    #: Identifies the boot of the host, so that a process id of an earlier one is not taken for alive.
    boot = models.CharField(max_length=64)
    pid = models.IntegerField()
    started = models.FloatField()
    renewed = models.BigIntegerField()
    token = models.BigIntegerField(default=0)


class Executed(ReadModel):
    """What spent a nonce of a signer, from Forwarder.RequestExecuted and RequestCancelled, whoever submitted it.

    `id` is "signer:nonce"; `digest` is empty and `cancelled` true for a cancellation; `reason` is hex revert bytes.
    """

    id = models.CharField(max_length=63, primary_key=True)
    signer = models.CharField(max_length=42)
    nonce = models.BigIntegerField()
    digest = models.CharField(max_length=66)
    success = models.BooleanField()
    cancelled = models.BooleanField()
    reason = models.TextField()
    block = models.BigIntegerField()
    log_index = models.BigIntegerField()
    tx = models.CharField(max_length=66, db_index=True)
    time = models.BigIntegerField()
