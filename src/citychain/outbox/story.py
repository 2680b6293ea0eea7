"""Changes of requests' states, each with its line in their story, in one transaction."""

from collections.abc import Sequence
from typing import Any

from django.db import connections, transaction
from django.db.models import CharField, IntegerField, JSONField, QuerySet, Value

from citychain.chain import clock

from .models import Request, RequestEvent

#: Rows in one statement.
AT_ONCE = 500
#: Of a line of the story, in the order of tell_all.
_COLUMNS = "request_id, state, at, code, details"


def tell(request: Request, code: RequestEvent.Code, at: int, details: dict[str, object] | None = None) -> RequestEvent:
    """A line for the state in which the request is now; not saved."""
    return RequestEvent(request=request, state=request.state, at=at, code=code, details=details or {})


def tell_all(
    requests: QuerySet[Request], state: Request.State, code: RequestEvent.Code, at: int, details: dict[str, object]
) -> None:
    """The same line for each of `requests`, saved: one INSERT ... SELECT, since a city tells thousands a second."""
    told = requests.order_by().values_list(
        "id",
        Value(state, CharField()),
        Value(at, IntegerField()),
        Value(code, CharField()),
        Value(details, JSONField()),
    )
    selected, params = told.query.get_compiler(requests.db).as_sql()
    with connections[requests.db].cursor() as cursor:
        cursor.execute(f"INSERT INTO {RequestEvent._meta.db_table} ({_COLUMNS}) {selected}", params)


def live(requests: Sequence[Request]) -> QuerySet[Request]:
    """Those of them that have not ended."""
    # Excluded rather than asked for, so that SQLite looks rows up by id and not by state.
    return Request.objects.filter(id__in=[request.id for request in requests]).exclude(state__in=Request.ENDED)


def move_all(
    requests: QuerySet[Request],
    state: Request.State,
    code: RequestEvent.Code,
    details: dict[str, object],
    **fields: Any,
) -> None:
    """All `requests`, which are live, get `state`, `fields` and a line."""
    with transaction.atomic():
        tell_all(requests, state, code, clock.now(), details)
        requests.update(state=state, **fields)


def move(
    requests: Sequence[Request],
    state: Request.State,
    code: RequestEvent.Code,
    details: dict[str, object],
    **fields: Any,
) -> None:
    """The same for rows that were read, which change with what is stored; what ended stays ended."""
    for start in range(0, len(requests), AT_ONCE):
        some = requests[start : start + AT_ONCE]
        move_all(live(some), state, code, details, **fields)
        for request in some:
            request.state = state
            for name, value in fields.items():
                setattr(request, name, value)
