"""One record by its number, answered before Django: the same bytes and headers as the API, at many times its speed.

Danger: this runs before the middleware. So it answers GET and HEAD of public records alone, to requests without a
cookie, and sends no header of its own making: the first request from each kind of client goes through Django, and what
its middleware set is repeated to the next (the ETag and the length are the record's). Each answer counts in the quota
of its network address as the API's do, and Django refuses what is too much. Nothing is compressed: a record is smaller
than a packet or two. Whatever is unusual in a request, unknown, or goes wrong is Django's to answer.
"""

import functools
import json
import re
from collections import namedtuple
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Any, TypeVar, cast
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from django.db import DatabaseError, connections
from django.db.backends.utils import CursorWrapper
from django.db.models import Model
from pydantic import BaseModel

from citychain.chain import clock
from citychain.indexer import api as record
from citychain.indexer import queries as index
from citychain.indexer.models import Block
from citychain.indexer.router import READ_ALIAS
from citychain.programs import limits
from citychain.renting import api as titles
from citychain.renting.models import Encumbrance, Title, TitleOwner, TitleStep, Transfer

Row = TypeVar("Row", bound=Model)
Head = list[tuple[str, str]]

ADDRESS = re.compile(r"/api/(blocks|titles)/(0|[1-9][0-9]{0,17})")
#: With one of these a request is Django's: its answer could be another.
UNUSUAL = (
    *("HTTP_COOKIE", "HTTP_AUTHORIZATION", "QUERY_STRING"),
    *("HTTP_IF_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_IF_UNMODIFIED_SINCE"),
)
#: Headers that each answer has of its own.
OWN = {"etag", "content-length", "ratelimit", "ratelimit-policy"}
#: What belongs to a title now, as renting.queries finds it.
OWNERS = "WHERE title = %s AND version = %s ORDER BY id"
BURDENS = "WHERE title = %s AND NOT released AND valid_from <= %s AND valid_until > %s ORDER BY id"
TRANSFERS = "WHERE title = %s AND state = 'open' AND deadline > %s ORDER BY id DESC LIMIT 1"
#: Kinds of clients whose headers are remembered.
MOST_HEADS = 1_000


class Lookups:
    """Mounted before `application`, which answers whatever this does not."""

    def __init__(self, application: WSGIApplication) -> None:
        self.application = application
        self._heads: dict[tuple[str, ...], Head] = {}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        address = ADDRESS.fullmatch(environ["PATH_INFO"])
        if address is None or not _usual(environ):
            return self.application(environ, start_response)
        connections[READ_ALIAS].close_if_unusable_or_obsolete()
        try:
            found = _find(address[1], int(address[2]), environ.get("HTTP_IF_NONE_MATCH", ""))
        except DatabaseError:
            found = None
        if found is None:
            return self.application(environ, start_response)
        etag, body = found
        status = "304 Not Modified" if body is None else "200 OK"
        client = (status, environ["wsgi.url_scheme"], environ["HTTP_HOST"], environ.get("HTTP_ACCEPT_LANGUAGE", ""))
        head = self._heads.get(client)
        if head is None:
            return self.application({**environ, "HTTP_ACCEPT_ENCODING": ""}, self._learning(client, start_response))
        standing = limits.of_address(environ)
        if standing is not None and standing.left < 0:
            return self.application(environ, start_response)
        counted = standing.headers().items() if standing else ()
        start_response(status, [*head, *counted, ("ETag", etag), ("Content-Length", str(len(body or b"")))])
        return [] if body is None or environ["REQUEST_METHOD"] == "HEAD" else [body]

    def _learning(self, client: tuple[str, ...], start_response: StartResponse) -> StartResponse:
        """Remembers the headers that Django gives this kind of client, unless they set a cookie."""

        def start(
            status: str,
            headers: Head,
            exc_info: tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None] | None = None,
            /,
        ) -> Callable[[bytes], object]:
            names = {name.lower() for name, _value in headers}
            if status == client[0] and "set-cookie" not in names:
                if len(self._heads) >= MOST_HEADS:
                    self._heads.clear()
                self._heads[client] = [(name, value) for name, value in headers if name.lower() not in OWN]
            return start_response(status, headers, exc_info)

        return start


def _usual(environ: WSGIEnvironment) -> bool:
    return (
        environ["REQUEST_METHOD"] in ("GET", "HEAD")
        and not environ.get("SCRIPT_NAME")
        and "HTTP_HOST" in environ
        and not any(environ.get(name) for name in UNUSUAL)
    )


def _find(kind: str, number: int, known: str) -> tuple[str, bytes | None] | None:
    """The ETag and the answer's bytes, no bytes where `known` is the ETag still; None where Django knows better."""
    head = index.head()
    if not head.hash:
        return None
    etag = f'"{head.hash}"'
    if known:
        return (etag, None) if known == etag else None
    with connections[READ_ALIAS].cursor() as cursor:
        answer = _block(cursor, number, head.final) if kind == "blocks" else _title(cursor, number)
    return None if answer is None else (etag, json.dumps(answer.model_dump()).encode())


def _block(cursor: CursorWrapper, number: int, final: int) -> BaseModel | None:
    row = _first(_rows(cursor, Block, "WHERE number = %s", number))
    return None if row is None else record.block_answer(row, final)


def _title(cursor: CursorWrapper, number: int) -> BaseModel | None:
    row = _first(_rows(cursor, Title, "WHERE id = %s", number))
    if row is None:
        return None
    now = clock.now()
    return titles.title_answer(
        row,
        [] if row.state == Title.State.CANCELLED else _rows(cursor, TitleOwner, OWNERS, number, row.owners_version),
        _rows(cursor, Encumbrance, BURDENS, number, now, now),
        _first(_rows(cursor, Transfer, TRANSFERS, number, now)),
        _rows(cursor, TitleStep, "WHERE title = %s ORDER BY id", number),
    )


def _rows(cursor: CursorWrapper, model: type[Row], where: str, *parameters: Any) -> list[Row]:
    """Rows of one table by plain SQL: making it from a QuerySet takes ten times as long as running it. They have the
    model's columns and nothing else of it."""
    sql, make = _select(model, where)
    cursor.execute(sql, parameters)
    return cast("list[Row]", [make(*row) for row in cursor.fetchall()])


@functools.cache
def _select(model: type[Model], where: str) -> tuple[str, Callable[..., Any]]:
    names = [field.attname for field in model._meta.concrete_fields]
    return f"SELECT {', '.join(names)} FROM {model._meta.db_table} {where}", namedtuple(model.__name__, names)


def _first(rows: list[Row]) -> Row | None:
    return rows[0] if rows else None
