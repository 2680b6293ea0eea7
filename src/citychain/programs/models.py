"""What a person's programs hold here: API keys, webhooks, and what was delivered to them (docs/webhooks.md).

Times are UTC seconds (chain.clock), accounts lower-case hex. All of it is personal data. Ground: the service its owner
asked for (PIPL art. 13(2)). A key or webhook is deleted when its owner removes it, a delivery 30 days after its event.
"""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _


class ApiKey(models.Model):
    """The right to read at volume. `id` is the SHA-256 of the key, which its owner alone has; `hint` how it begins."""

    id = models.CharField(max_length=64, primary_key=True)
    owner = models.CharField(max_length=42, db_index=True)
    name = models.CharField(max_length=80)
    hint = models.CharField(max_length=12)
    created = models.BigIntegerField()
    #: Last used, as exactly as keys.GRAIN; 0 for never.
    used = models.BigIntegerField(default=0)


class Webhook(models.Model):
    """Where what happens to the requests of `account` is posted. `secret` signs (Standard Webhooks, symmetric)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    account = models.CharField(max_length=42, db_index=True)
    url = models.CharField(max_length=500)
    secret = models.CharField(max_length=80)
    created = models.BigIntegerField()
    #: Lines of requests' histories up to `begin` are older than the webhook; those up to `seen` have their deliveries.
    begin = models.BigIntegerField()
    seen = models.BigIntegerField()
    #: The receiver answered 410 Gone: nothing more is sent.
    gone = models.BooleanField(default=False)


class Delivery(models.Model):
    """One message to one webhook. `id` is its webhook-id, the same at each attempt: receivers drop what they know."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        DELIVERED = "delivered", _("delivered")
        FAILED = "failed", _("failed")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    webhook = models.ForeignKey(Webhook, models.CASCADE, related_name="deliveries")
    #: The line of the request's history that it tells; None for a test.
    event = models.BigIntegerField(null=True)
    kind = models.CharField(max_length=40)
    body = models.TextField()
    created = models.BigIntegerField()
    state = models.CharField(max_length=9, choices=State.choices, default=State.WAITING)
    attempts = models.IntegerField(default=0)
    next_at = models.BigIntegerField()
    #: What the receiver answered last: its HTTP status, 0 for none, and then why.
    status = models.IntegerField(default=0)
    trouble = models.CharField(max_length=200, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["webhook", "event"], name="one_delivery_an_event")]
        indexes = [models.Index(fields=["state", "next_at"], name="deliveries_that_are_due")]
        ordering = ["-created", "-event", "id"]
