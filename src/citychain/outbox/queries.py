"""What pages, the API and operators ask about requests."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, QuerySet

from .errors import UnknownRequest
from .models import Request


@dataclass(frozen=True)
class Backlog:
    """How many requests are in each state, and since when (UTC seconds) the oldest live one waits; None without one."""

    states: dict[str, int]
    oldest: int | None


def by_id(request_id: UUID | str) -> Request:
    """Raises UnknownRequest, also for what is no id."""
    try:
        return Request.objects.get(id=UUID(str(request_id)))
    except (ValueError, Request.DoesNotExist):
        raise UnknownRequest(what=request_id) from None


def by_key(key: str) -> Request | None:
    """The newest request under this idempotency key, whoever's; keys that must not be guessed are drawn at random."""
    return newest().filter(key=key).first()


def of_signers(addresses: Iterable[str]) -> QuerySet[Request]:
    """Requests of these signers, the newest first, with their events."""
    return newest().filter(signer__in=list(addresses))


def newest() -> QuerySet[Request]:
    """All requests, the newest first, with their events."""
    return Request.objects.prefetch_related("events").order_by("-created", "-nonce", "id")


def backlog() -> Backlog:
    oldest = Request.objects.filter(state__in=Request.LIVE).order_by("created").values_list("created", flat=True)
    return Backlog(by_state(), oldest.first())


def by_state() -> dict[str, int]:
    """How many requests are in each state."""
    counted = dict(Request.objects.values_list("state").annotate(Count("id")).order_by())
    return {state: counted.get(state, 0) for state in Request.State.values}
