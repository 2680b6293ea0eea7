"""Institutions over HTTP."""

from django.http import HttpRequest
from ninja import Router, Schema

from citychain.chain import clock
from citychain.indexer.api import PROBLEMS, Simulated, Time, moment

from . import queries
from .models import Institution

router = Router(tags=["institutions"])


class InstitutionRow(Schema):
    """`may_act`: it and everybody who answers for it are active and within their dates."""

    id: int
    kind: str
    name: str
    web_page: str
    state: str
    may_act: bool
    accredited_by: int
    valid_from: Time
    valid_until: Time


class InstitutionList(Simulated):
    institutions: list[InstitutionRow]


class KeyRow(Schema):
    account: str
    scopes: list[str]
    current: bool
    since: Time


class StepRow(Schema):
    """`detail` is the event's arguments as JSON text."""

    event: str
    detail: str
    time: Time
    block: int
    tx: str


class InstitutionAnswer(Simulated):
    """`chain` are the ids from it up to the council."""

    institution: InstitutionRow
    chain: list[int]
    keys: list[KeyRow]
    history: list[StepRow]


def _row(row: Institution, rows: dict[int, Institution]) -> InstitutionRow:
    return InstitutionRow(
        id=row.id,
        kind=row.kind,
        name=row.name,
        web_page=row.web_page,
        state=row.state,
        may_act=queries.may_act(row, rows, clock.now()),
        accredited_by=row.accredited_by,
        valid_from=moment(row.valid_from),
        valid_until=moment(min(row.valid_until, 2**37)),
    )


@router.get("", response={200: InstitutionList, **PROBLEMS}, summary="All institutions")
def institutions(request: HttpRequest) -> InstitutionList:
    rows = {row.id: row for row in queries.institutions()}
    return InstitutionList(institutions=[_row(row, rows) for row in rows.values()])


@router.get("/{institution_id}", response={200: InstitutionAnswer, **PROBLEMS}, summary="One institution, its history")
def institution(request: HttpRequest, institution_id: int) -> InstitutionAnswer:
    row = queries.institution(institution_id)
    rows = {other.id: other for other in queries.institutions()}
    return InstitutionAnswer(
        institution=_row(row, rows),
        chain=[link.id for link in queries.chain(row)],
        keys=[
            KeyRow(account=key.address, scopes=key.scopes.split(","), current=key.current, since=moment(key.since))
            for key in queries.keys(row.id)
        ],
        history=[
            StepRow(event=step.event, detail=step.detail, time=moment(step.time), block=step.block, tx=step.tx)
            for step in queries.history(row.id)
        ],
    )
