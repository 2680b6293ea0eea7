"""Titles over HTTP: what the chain shows to everybody, never a deed."""

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Router, Schema

from citychain.errors import InvalidInput
from citychain.indexer.api import PROBLEMS, Simulated, Time, moment

from . import queries
from .models import Title

router = Router(tags=["titles"])
MOST_LISTED = 200
LARGEST = 2**63 - 1


class TitleRow(Schema):
    """`town` is the 9-digit statistics code; `commitment` commits to the present deed, of `version`."""

    id: int
    town: int
    state: str
    registrar: int
    commitment: str
    version: int
    holder: str
    registered: Time


class TitleList(Simulated):
    """`next`: hand it back as `before` for the older page; null at the end."""

    titles: list[TitleRow]
    next: int | None


class OwnerRow(Schema):
    """`share` in basis points."""

    account: str
    share: int
    must_consent: bool


class EncumbranceRow(Schema):
    id: int
    kind: str
    institution: int
    valid_from: Time
    valid_until: Time


class StepRow(Schema):
    """`detail` is the event's arguments as JSON text."""

    event: str
    detail: str
    time: Time
    block: int
    tx: str


class TitleAnswer(Simulated):
    title: TitleRow
    owners: list[OwnerRow]
    encumbrances: list[EncumbranceRow]
    history: list[StepRow]


def _row(row: Title) -> TitleRow:
    return TitleRow(
        id=row.id,
        town=row.town,
        state=row.state,
        registrar=row.registrar,
        commitment=row.commitment,
        version=row.version,
        holder=row.holder,
        registered=moment(row.registered_at),
    )


@router.get("", response={200: TitleList, **PROBLEMS}, summary="Titles, the newest first")
def titles(
    request: HttpRequest,
    town: int | None = None,
    county: int | None = None,
    state: str = "",
    limit: int = 50,
    before: int | None = None,
) -> TitleList:
    if not 1 <= limit <= MOST_LISTED:
        raise InvalidInput(field="limit", reason=_("it must lie between 1 and %(most)s") % {"most": MOST_LISTED})
    for name, value in (("town", town), ("county", county), ("before", before)):
        if value is not None and not 0 <= value <= LARGEST // 1000:
            raise InvalidInput(field=name, reason=_("it is out of range"))
    found = queries.titles(town=town, county=county, state=state)
    if before is not None:
        found = found.filter(id__lt=before)
    rows = list(found[: limit + 1])
    return TitleList(titles=[_row(row) for row in rows[:limit]], next=rows[limit - 1].id if len(rows) > limit else None)


@router.get(
    "/{title_id}", response={200: TitleAnswer, **PROBLEMS}, summary="One title, its owners, burdens and history"
)
def title(request: HttpRequest, title_id: int) -> TitleAnswer:
    row = queries.title(title_id)
    return TitleAnswer(
        title=_row(row),
        owners=[
            OwnerRow(account=owner.account, share=owner.share, must_consent=owner.must_consent)
            for owner in queries.owners(row)
        ],
        encumbrances=[
            EncumbranceRow(
                id=burden.id,
                kind=burden.kind,
                institution=burden.institution,
                valid_from=moment(burden.valid_from),
                valid_until=moment(burden.valid_until),
            )
            for burden in queries.encumbrances(row.id)
        ],
        history=[
            StepRow(event=step.event, detail=step.detail, time=moment(step.time), block=step.block, tx=step.tx)
            for step in queries.history(row.id)
        ],
    )
