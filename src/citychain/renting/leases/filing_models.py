"""How leases stand before the housing bureau, as the chain tells it."""

from django.db import models

from citychain.indexer.models import ReadModel


class Filing(ReadModel):
    """The filing of a lease, by its number. `document` commits to what was submitted last, `certificate` to the one in
    force ("" for none), `reason` to why it was given back or cancelled last; `filed` is the log that filed it. Unless a
    party objects, a lease outside of the record ends this one at `outside_from` (0: none reported). Times in UTC
    seconds."""

    class State(models.TextChoices):
        DUE = "due"
        SUBMITTED = "submitted"
        RETURNED = "returned"
        FILED = "filed"
        CANCELLED = "cancelled"

    id = models.BigIntegerField(primary_key=True)
    state = models.CharField(max_length=16, choices=State.choices, default=State.DUE, db_index=True)
    submitter = models.CharField(max_length=42, default="")
    by_tenant = models.BooleanField(default=False)
    document = models.CharField(max_length=66, default="")
    submitted_at = models.BigIntegerField(default=0)
    submissions = models.BigIntegerField(default=0)
    institution = models.BigIntegerField(default=0)
    certificate = models.CharField(max_length=66, default="")
    filed = models.BigIntegerField(default=0)
    filed_at = models.BigIntegerField(default=0)
    filed_tx = models.CharField(max_length=66, default="")
    reason = models.CharField(max_length=66, default="")
    outside_from = models.BigIntegerField(default=0)
    outside_evidence = models.CharField(max_length=66, default="")
    outside_objection = models.CharField(max_length=66, default="")
