"""Photos and messages of a lease, and who read what: rows that only its parties and their decider see."""

import uuid

from django.db import models

from citychain.vault import SealedBytes, SealedText


class LeaseFile(models.Model):
    """A photo, as JPEG without any metadata. `owner` is the commitment of the paper or message that it belongs to: a
    photo whose owner was never signed is deleted after two days. `digest` is SHA-256 of `content`, in hex, and stands
    in its owner's text.

    Personal data of the household. Ground, readers and end as of LeasePaper.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    lease = models.BigIntegerField(db_index=True)
    owner = models.CharField(max_length=66, default="", db_index=True)
    digest = models.CharField(max_length=64)
    content = SealedBytes()
    preview = SealedBytes()
    size = models.IntegerField()
    author = models.CharField(max_length=42)
    created = models.BigIntegerField(db_index=True)

    class Meta:
        ordering = ["created", "id"]


class LeaseMessage(models.Model):
    """What one party wrote to the others, or a repair that a tenant asks for. `commitment` is keccak256(salt || text),
    `head` keccak256(head of the message before || commitment), of 32 zero bytes before the first: who names a head has
    named all messages until then, in their order. `done_at` is when a repair was called done, 0 before.

    Personal data. Ground, readers and end as of LeasePaper.
    """

    class Kind(models.TextChoices):
        MESSAGE = "message"
        REPAIR = "repair"

    id = models.AutoField(primary_key=True)
    lease = models.BigIntegerField()
    #: From 1 in each lease: two that come at one moment are put in an order, not beside each other.
    position = models.IntegerField()
    kind = models.CharField(max_length=16, choices=Kind.choices)
    author = models.CharField(max_length=42)
    side = models.CharField(max_length=16)
    text = SealedText()
    salt = models.BinaryField(max_length=32)
    commitment = models.CharField(max_length=66, unique=True)
    head = models.CharField(max_length=66)
    created = models.BigIntegerField()
    done_at = models.BigIntegerField(default=0)
    done_by = models.CharField(max_length=42, default="")

    class Meta:
        ordering = ["lease", "position"]
        constraints = [models.UniqueConstraint(fields=["lease", "position"], name="leases_message_position")]


class LeaseCalendar(models.Model):
    """A secret address at which a calendar program finds somebody's dates. `id` is SHA-256 of the secret, `owner` a
    persona or an account.

    Personal data: that somebody subscribed. Ground: they asked for it (PIPL art. 13(1)); deleted when they revoke it or
    make another.
    """

    id = models.CharField(max_length=64, primary_key=True)
    owner = models.CharField(max_length=64, unique=True)
    language = models.CharField(max_length=16)
    created = models.BigIntegerField()


class LeaseReading(models.Model):
    """Somebody read a text or a photo of a lease in an hour (since 1970-01-01, UTC); `what` is its commitment, digest,
    terms' hash or, of messages, the last one's head. The lease's parties see it.

    Personal data of who read. Ground: the parties' interest to know (PIPL art. 13(2) and 51); deleted with the lease's
    documents.
    """

    class Role(models.TextChoices):
        LANDLORD = "landlord"
        TENANT = "tenant"
        DECIDER = "decider"
        COURT = "court"
        BUREAU = "bureau"

    id = models.BigAutoField(primary_key=True)
    lease = models.BigIntegerField(db_index=True)
    what = models.CharField(max_length=66)
    kind = models.CharField(max_length=16)
    account = models.CharField(max_length=42)
    role = models.CharField(max_length=16, choices=Role.choices)
    hour = models.BigIntegerField()

    class Meta:
        ordering = ["-hour", "-id"]
        constraints = [models.UniqueConstraint(fields=["lease", "what", "account", "hour"], name="leases_reading_once")]
