"""Carries what happens to requests to the webhooks of their signers: at least once, each message under one id.

A message is stored before it is sent, and its attempt is noted afterwards: a courier killed in between sends it again,
under the same id. A message that no receiver takes is tried again after BACK_OFF, over more than three days; then it
has failed, and its owner can replay it. Nothing is said about the order of messages: each tells its time and state.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass

import httpx
from django.conf import settings
from django.db import transaction

from citychain import __version__
from citychain.chain import clock
from citychain.errors import CityError
from citychain.outbox.models import RequestEvent

from . import receivers, signing, webhooks
from .models import Delivery, Webhook

#: Seconds after each attempt that failed (standardwebhooks.com's schedule).
BACK_OFF = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
#: Seconds for one attempt: name, connection, answer's head. What the answer says besides its status is not read.
LONGEST_ATTEMPT = 10.0
#: Messages that are sent at once: in all, and to one webhook, so that a slow one keeps nobody else waiting.
AT_ONCE, AT_ONCE_TO_ONE = 50, 5
GONE = 410

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Outcome:
    """`status` is the receiver's HTTP status, 0 where it gave none; then `trouble` says why."""

    status: int
    trouble: str = ""

    @property
    def taken(self) -> bool:
        return 200 <= self.status < 300


class Courier:
    """A worker (chain.worker)."""

    def step(self) -> bool:
        newest = webhooks.newest_event()
        written = sum(_write(webhook, newest) for webhook in Webhook.objects.filter(gone=False, seen__lt=newest))
        due = _due()
        outcomes = asyncio.run(_send_all(due)) if due else []
        for delivery, outcome in zip(due, outcomes, strict=True):
            _note(delivery, outcome)
        return bool(written or due)


def _write(webhook: Webhook, newest: int) -> int:
    """Stores the messages of what happened since, up to the line `newest` of all histories; returns how many."""
    after = max(webhook.begin, webhook.seen - webhooks.OVERLAP)
    known = webhook.deliveries.filter(event__gt=after).values("event")
    lines = RequestEvent.objects.filter(id__gt=after, id__lte=newest, request__signer=webhook.account)
    found = [_message(webhook, line) for line in lines.exclude(id__in=known).select_related("request").order_by("id")]
    with transaction.atomic():
        Delivery.objects.bulk_create(found, ignore_conflicts=True)
        Webhook.objects.filter(id=webhook.id).update(seen=newest)
    return len(found)


def _message(webhook: Webhook, line: RequestEvent) -> Delivery:
    kind = f"request.{line.state}"
    data = {
        "id": str(line.request_id),
        "state": line.state,
        "code": line.code,
        "signer": line.request.signer,
        "nonce": line.request.nonce,
        "digest": line.request.digest,
        "url": f"{settings.CITYCHAIN_ORIGIN}/api/requests/{line.request_id}",
    }
    now = clock.now()
    body = webhooks.body(kind, line.at, data)
    return Delivery(webhook=webhook, event=line.id, kind=kind, body=body, created=now, next_at=now)


def _due() -> list[Delivery]:
    waiting = Delivery.objects.filter(state=Delivery.State.WAITING, next_at__lte=clock.now(), webhook__gone=False)
    counted: dict[object, int] = {}
    due: list[Delivery] = []
    for delivery in waiting.select_related("webhook").order_by("next_at", "event")[: AT_ONCE * 10]:
        counted[delivery.webhook_id] = counted.get(delivery.webhook_id, 0) + 1
        if counted[delivery.webhook_id] <= AT_ONCE_TO_ONE and len(due) < AT_ONCE:
            due.append(delivery)
    return due


async def _send_all(due: Sequence[Delivery]) -> list[Outcome]:
    limits = httpx.Timeout(LONGEST_ATTEMPT)
    async with httpx.AsyncClient(timeout=limits, trust_env=False, follow_redirects=False) as client:
        return await asyncio.gather(*(_send(client, delivery) for delivery in due))


async def _send(client: httpx.AsyncClient, delivery: Delivery) -> Outcome:
    try:
        async with asyncio.timeout(LONGEST_ATTEMPT):
            receiver = receivers.parse(delivery.webhook.url)
            address = await receivers.resolve(receiver)
            body = delivery.body.encode()
            request = client.build_request(
                "POST",
                receiver.url.copy_with(host=address),
                content=body,
                headers={
                    "host": receiver.url.netloc.decode(),
                    "content-type": "application/json",
                    "user-agent": f"citychain/{__version__}",
                    **signing.headers(delivery.webhook.secret, str(delivery.id), clock.now(), body),
                },
                extensions={"sni_hostname": receiver.url.host},
            )
            answer = await client.send(request, stream=True)
            await answer.aclose()
            return Outcome(answer.status_code)
    except CityError as problem:
        return Outcome(0, str(problem))
    except (httpx.HTTPError, TimeoutError, OSError) as problem:
        return Outcome(0, str(problem) or type(problem).__name__)


def _note(delivery: Delivery, outcome: Outcome) -> None:
    attempts = delivery.attempts + 1
    again = attempts <= len(BACK_OFF) and not outcome.taken and outcome.status != GONE
    state = Delivery.State.DELIVERED if outcome.taken else Delivery.State.FAILED
    Delivery.objects.filter(id=delivery.id).update(
        state=Delivery.State.WAITING if again else state,
        attempts=attempts,
        next_at=clock.now() + BACK_OFF[attempts - 1] if again else delivery.next_at,
        status=outcome.status,
        trouble=outcome.trouble[:200],
    )
    if outcome.status == GONE:
        Webhook.objects.filter(id=delivery.webhook_id).update(gone=True)
    if not outcome.taken:
        log.info("webhook %s: attempt %s of %s: %s", delivery.webhook_id, attempts, delivery.id, outcome)
