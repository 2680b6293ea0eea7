"""Webhooks and their deliveries, as their owner handles them. What is sent, and when: courier.py."""

import datetime
import json
from collections.abc import Collection
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Max, QuerySet

from citychain.chain import clock
from citychain.outbox.models import RequestEvent

from . import receivers, signing
from .errors import TooMany, UnknownWebhook
from .models import Delivery, Webhook

#: Webhooks that one account may have.
MOST = 5
KEPT = datetime.timedelta(days=30)
#: Lines of histories may be committed in another order than their numbers: so many before the newest are looked at
#: again.
OVERLAP = 1_000


def add(account: str, url: str) -> Webhook:
    """A webhook for what happens from now on. Raises TooMany, ReceiverRefused."""
    receivers.parse(url)
    if Webhook.objects.filter(account=account).count() >= MOST:
        raise TooMany(limit=MOST)
    newest = newest_event()
    return Webhook.objects.create(
        account=account, url=url, secret=signing.new_secret(), created=clock.now(), begin=newest, seen=newest
    )


def newest_event() -> int:
    """The number of the newest line of any request's history, 0 without one."""
    found: int | None = RequestEvent.objects.aggregate(newest=Max("id"))["newest"]
    return found or 0


def of(accounts: Collection[str]) -> QuerySet[Webhook]:
    return Webhook.objects.filter(account__in=accounts).order_by("created", "id")


def one(accounts: Collection[str], webhook: UUID | str) -> Webhook:
    """Raises UnknownWebhook for what is not theirs."""
    try:
        return of(accounts).get(id=webhook)
    except (Webhook.DoesNotExist, ValueError, ValidationError):
        raise UnknownWebhook(what=webhook) from None


def remove(webhook: Webhook) -> None:
    """With its deliveries; one that is under way may still arrive."""
    webhook.delete()


def test(webhook: Webhook) -> Delivery:
    """A message that tells nothing, so that its receiver can be tried."""
    return Delivery.objects.create(webhook=webhook, kind="test", body=body("test", clock.now(), {}), **_at_once())


def replay(webhook: Webhook, delivery: UUID | str) -> Delivery:
    """Sends an ended delivery again, under its id. Raises UnknownWebhook."""
    try:
        found = webhook.deliveries.get(id=delivery)
    except (Delivery.DoesNotExist, ValueError, ValidationError):
        raise UnknownWebhook(what=delivery) from None
    webhook.deliveries.filter(id=found.id).update(
        state=Delivery.State.WAITING, attempts=0, next_at=clock.now(), status=0, trouble=""
    )
    Webhook.objects.filter(id=webhook.id).update(gone=False)
    found.refresh_from_db()
    return found


def body(kind: str, seconds: int, data: dict[str, object]) -> str:
    """A message as it is posted: JSON text, `timestamp` in RFC 3339."""
    message = {
        "type": kind,
        "timestamp": clock.local_time(seconds).isoformat(),
        "simulated": settings.CITYCHAIN_SANDBOX,
        "data": data,
    }
    return json.dumps(message, ensure_ascii=False)


def purge() -> int:
    """Deletes what was made KEPT ago, once nothing could make it anew; returns how many."""
    old = Delivery.objects.filter(created__lt=clock.now() - int(KEPT.total_seconds()))
    again = newest_event() - OVERLAP
    deleted, _details = old.exclude(event__gt=again).exclude(state=Delivery.State.WAITING).delete()
    return deleted


def _at_once() -> dict[str, int]:
    return {"created": clock.now(), "next_at": clock.now()}
