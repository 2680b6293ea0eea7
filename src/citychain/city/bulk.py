"""Whole tables of the public record as files, streamed: what the chain shows to everybody, row by row."""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import cast

from django.db.models import BooleanField, IntegerField, Model
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from citychain.components import Words
from citychain.errors import NotFound, Overloaded
from citychain.exports import csv_file, inert, ndjson_file, parquet_file
from citychain.identity.models import Institution
from citychain.indexer.choosing import names
from citychain.indexer.models import Block
from citychain.money.models import Bank, Payment
from citychain.programs import limits
from citychain.renting.listings.models import Listing
from citychain.renting.models import Title

#: Files that a process of the portal writes at once: each holds one of its few threads until its reader has it all.
AT_ONCE = 2
#: Rows that are fetched at once.
ROWS = 1_000

_free = threading.BoundedSemaphore(AT_ONCE)


@dataclass(frozen=True)
class Table:
    """`columns` are the model's, all of them public."""

    label: Words
    model: type[Model]
    columns: tuple[str, ...]


TABLES = {
    "blocks": Table(_("Blocks"), Block, ("number", "hash", "parent", "time", "transactions")),
    "institutions": Table(
        _("Institutions"),
        Institution,
        ("id", "kind", "name", "web_page", "state", "accredited_by", "valid_from", "valid_until", "successor"),
    ),
    "banks": Table(_("Banks"), Bank, ("address", "institution", "name", "symbol", "supply", "accounts", "retired")),
    "payments": Table(
        _("Payments"), Payment, ("id", "bank", "kind", "sender", "recipient", "amount", "ref", "time", "block", "tx")
    ),
    "titles": Table(
        _("Titles"), Title, ("id", "town", "state", "registrar", "commitment", "version", "holder", "registered_at")
    ),
    "listings": Table(
        _("Homes to let"),
        Listing,
        (
            "id", "unit", "title", "town", "lister", "state", "reason", "rent", "deposit", "earliest_day",
            "shortest_months", "longest_months", "valid_until", "agent_fee", "offered_at",
        ),
    ),
}  # fmt: skip
FORMATS: dict[str, Callable[..., StreamingHttpResponse]] = {
    "csv": csv_file,
    "ndjson": ndjson_file,
    "parquet": parquet_file,
}


class UnknownExport(NotFound):
    code = "unknown-export"
    message = _("There is no table {table} as {format}. See /exports/.")


class ExportsBusy(Overloaded):
    code = "exports-busy"
    message = _("Too many files are being downloaded. Try again in {seconds} seconds.")


class _Held:
    """One of the places to write a file, until `close`, which Django calls however the answer ends; `parts` are what it
    answers with."""

    def __init__(self) -> None:
        """Raises ExportsBusy when no place is free."""
        if not _free.acquire(blocking=False):
            raise ExportsBusy(seconds=30)
        self.parts: Iterable[bytes] = ()
        self._held = True

    def __iter__(self) -> Iterator[bytes]:
        yield from self.parts

    def close(self) -> None:
        if self._held:
            self._held = False
            _free.release()


def overview(request: HttpRequest) -> HttpResponse:
    tables = [(name, table.label, table.model._default_manager.count()) for name, table in TABLES.items()]
    return render(request, "city/exports.html", {"tables": tables, "formats": list(FORMATS)})


def download(request: HttpRequest, table: str, form: str) -> StreamingHttpResponse:
    """`fields` in the query chooses columns, comma-separated, in its order. Raises UnknownExport, UnknownColumn,
    ExportsBusy, RateLimited."""
    limits.enforce(limits.count(request))
    found, write = TABLES.get(table), FORMATS.get(form)
    if found is None or write is None:
        raise UnknownExport(table=table, format=form, what=table)
    columns = _chosen(found, request.GET.get("fields", ""))
    held = _Held()
    try:
        response = write(table, columns, _rows(found, list(columns), inert if write is csv_file else str))
    except BaseException:
        held.close()
        raise
    held.parts = cast("Iterator[bytes]", response.streaming_content)
    response.streaming_content = held
    return response


def _chosen(table: Table, fields: str) -> dict[str, type]:
    """The columns that a reader asked for, or all, each with the type of its values."""
    return {name: _type(table.model, name) for name in names(fields, table.columns)}


def _type(model: type[Model], column: str) -> type:
    field = model._meta.get_field(column)
    return bool if isinstance(field, BooleanField) else int if isinstance(field, IntegerField) else str


def _rows(table: Table, columns: Sequence[str], text: Callable[[str], str]) -> Iterator[Sequence[object]]:
    """The oldest first; `text` makes words that somebody typed harmless in the file."""
    rows = table.model._default_manager.order_by("pk").values_list(*columns)
    for row in rows.iterator(chunk_size=ROWS):
        yield [text(value) if isinstance(value, str) else value for value in row]
