"""Changes of requests' states, each with its line in their story, in one transaction."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from citychain.chain import clock

from .models import Request, RequestEvent

#: Rows in one statement.
AT_ONCE = 500


def tell(request: Request, code: RequestEvent.Code, at: int, details: dict[str, object] | None = None) -> RequestEvent:
    """A line for the state in which the request is now; not saved."""
    return RequestEvent(request=request, state=request.state, at=at, code=code, details=details or {})


def move(
    requests: Sequence[Request],
    state: Request.State,
    code: RequestEvent.Code,
    details: dict[str, object],
    **fields: Any,
) -> None:
    """All `requests`, which are in one live state, get `state`, `fields` and a line; what ended stays ended."""
    now = clock.now()
    for start in range(0, len(requests), AT_ONCE):
        some = requests[start : start + AT_ONCE]
        with transaction.atomic():
            # Excluded rather than asked for, so that SQLite looks rows up by id and not by state.
            live = Request.objects.filter(id__in=[request.id for request in some]).exclude(state__in=Request.ENDED)
            live.update(state=state, **fields)
            for request in some:
                request.state = state
                for name, value in fields.items():
                    setattr(request, name, value)
            RequestEvent.objects.bulk_create([tell(request, code, now, details) for request in some])
