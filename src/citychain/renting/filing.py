"""A registrar's file of homes after it was confirmed: which rows are in, which are on their way, and which are left.

A file is kept until all its rows are registered, and for thirty days. Rows go to the record in batches of twenty, each
batch whole or not at all; batches are independent of each other. What is left can be signed again at any time.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import cast

import msgspec
from django.core import serializers

from citychain.chain import clock
from citychain.chain.abi import Act
from citychain.chain.addressbook import AddressBook
from citychain.errors import CityError
from citychain.identity import documents, personas
from citychain.identity.models import Paper
from citychain.outbox import services as outbox
from citychain.outbox.errors import KeyReused, WrongNonce
from citychain.outbox.intake import Submission
from citychain.outbox.models import Request

from . import queries
from .bindings import Titles
from .models import Deed, Title, TitleFile
from .services import Share, committed, owners_of

PREFIX = "titles-file-"
#: Titles.MAX_BATCH.
BATCH = 20
#: Times that a file is signed when other requests of its signer come in at the same moment.
ATTEMPTS = 5


class State(StrEnum):
    """Of one row."""

    REGISTERED = "registered"
    UNDER_WAY = "under-way"
    #: Its batch failed; the row is left.
    FAILED = "failed"
    #: Never handed in.
    LEFT = "left"
    #: Somebody else registered a deed of this number meanwhile; it goes nowhere.
    TAKEN = "taken"


#: States of rows that can still be signed.
OPEN = (State.FAILED, State.LEFT)


class Row(msgspec.Struct, frozen=True):
    """One home: `row` as the spreadsheet counts, `owners` in words, `shares` as (account, share, must consent)."""

    row: int
    number: str
    town: int
    address: str
    commitment: str
    owners: str
    shares: list[tuple[str, int, bool]]
    papers: str

    def registration(self) -> Titles.Registration:
        return Titles.Registration(self.town, self.commitment, owners_of([Share(*share) for share in self.shares]))


@dataclass(frozen=True)
class Line:
    """A row, and what became of it. `request` is the last that carried it."""

    row: Row
    state: State
    title: int | None = None
    request: Request | None = None


def row_of(number: int, deed: Deed, papers: Sequence[Paper], shares: Sequence[Share], owners: str) -> Row:
    """A row of a file that nobody confirmed yet; `papers` are those beside the deed."""
    body = queries.body_of(deed)
    stored = serializers.serialize("json", [deed, *papers])
    plain = [(share.account, share.share, share.must_consent) for share in shares]
    return Row(number, body["number"], body["town"], body["address"], deed.commitment, owners, plain, stored)


def keep(key: str, signer: str, rows: Sequence[Row]) -> TitleFile | None:
    """Keeps a confirmed file; None where it is kept already."""
    defaults = {"signer": signer, "created": clock.now(), "rows": msgspec.json.encode(rows).decode()}
    file, new = TitleFile.objects.get_or_create(key=key, defaults=defaults)
    return file if new else None


def lines(file: TitleFile) -> list[Line]:
    """All rows in their order, as they stand now."""
    rows = msgspec.json.decode(file.rows, type=list[Row])
    titles = dict(Title.objects.filter(commitment__in=[row.commitment for row in rows]).values_list("commitment", "id"))
    carried: dict[str, Request] = {}
    for request in _requests(file):
        carried |= dict.fromkeys(committed(bytes(request.data)), request)
    found = [_line(row, titles.get(row.commitment), carried.get(row.commitment)) for row in rows]
    left = {line.row.number for line in found if line.state in OPEN}
    taken = queries.taken_numbers(left) if left else set()
    return [
        replace(line, state=State.TAKEN) if line.state in OPEN and line.row.number in taken else line for line in found
    ]


def _line(row: Row, title: int | None, request: Request | None) -> Line:
    if title is not None:
        return Line(row, State.REGISTERED, title, request)
    if request is None:
        return Line(row, State.LEFT)
    failed = request.state in (Request.State.REJECTED, Request.State.EXPIRED)
    return Line(row, State.FAILED if failed else State.UNDER_WAY, request=request)


def rest(found: Sequence[Line]) -> list[Row]:
    """The rows that can still be signed."""
    return [line.row for line in found if line.state in OPEN]


def batch(rows: Sequence[Row]) -> tuple[Act, list[Paper]]:
    """The request for some rows, at most BATCH, and the papers of them that are not kept yet."""
    act = Act(AddressBook.load().address("Titles"), Titles.registerMany([row.registration() for row in rows]))
    papers = [cast(Paper, one.object) for row in rows for one in serializers.deserialize("json", row.papers)]
    kept = {(type(paper), paper.pk) for paper in papers if type(paper)._default_manager.filter(pk=paper.pk).exists()}
    return act, [paper for paper in papers if (type(paper), paper.pk) not in kept]


def key_of(file: TitleFile, place: int | None = None) -> str:
    """The idempotency key of the file's request at `place`, counted from 0; of its next one where none is given."""
    return f"{PREFIX}{file.key}-{len(_requests(file)) if place is None else place:02}"


def _requests(file: TitleFile) -> list[Request]:
    return queries.requests_of_file(file.signer, PREFIX + file.key)


def submit_rest(file: TitleFile) -> None:
    """Signs with the sandbox's key all that is left and hands it in, all batches in one transaction. One that is
    refused keeps out only its own rows; `file.refusal` says why."""
    refused: set[str] = set()
    file.refusal = ""
    for _attempt in range(ATTEMPTS):
        rows = [row for row in rest(lines(file)) if row.commitment not in refused]
        batches = [rows[start : start + BATCH] for start in range(0, len(rows), BATCH)]
        results = outbox.submit_all(_signed(file, batches))
        for batch_, result in zip(batches, results, strict=True):
            if isinstance(result, CityError) and not isinstance(result, KeyReused | WrongNonce):
                refused |= {row.commitment for row in batch_}
                file.refusal = str(result)
        if not any(isinstance(result, KeyReused | WrongNonce) for result in results):
            break
    file.save()


def _signed(file: TitleFile, batches: Sequence[Sequence[Row]]) -> list[Submission]:
    key, first = personas.key(file.signer), len(_requests(file))
    submissions = []
    for place, rows in enumerate(batches):
        act, papers = batch(rows)
        prepared = outbox.prepare(file.signer, act.target, act.function)
        request = msgspec.structs.replace(prepared.request, nonce=prepared.request.nonce + place)
        document = documents.of(papers)
        if document:
            documents.attest(papers, file.signer, key.sign(document.digest))
        signature = key.sign(request.digest(prepared.domain))
        submissions.append(Submission(request, signature, key_of(file, first + place), papers))
    return submissions
