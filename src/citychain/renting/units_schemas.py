"""Units as the API tells them: what the chain shows to everybody."""

from typing import Any

from pydantic import BaseModel

from citychain.indexer.schemas import Answer, Step, Time


class UnitRow(BaseModel):
    """A place that can be let under `title`. `parent` is the unit that it is a part of, 0 for none; `head_lease` the
    lease whose operator declared it, 0 for an owner. `occupants` is the most people who may live there, says
    `registrar`; 0 and null until it is confirmed. `commitment` commits to its description."""

    id: int
    title: int
    parent: int
    head_lease: int
    kind: str
    state: str
    occupants: int
    commitment: str
    declared_by: str
    declared: Time
    registrar: int
    confirmed: Time | None


class UnitList(Answer):
    """The newest first. `next`: hand it back as `before` for the older page; null at the end."""

    units: list[UnitRow] | list[dict[str, Any]]
    next: int | None


class OccupationRow(BaseModel):
    """A lease has the unit from `from_day` until before `to_day`, in days since 1970-01-01 in Asia/Shanghai."""

    lease: int
    head_lease: int
    from_day: int
    to_day: int


class UnitAnswer(Answer):
    """One unit; `occupations` are those of today and later, `history` the oldest first."""

    unit: UnitRow
    occupations: list[OccupationRow]
    history: list[Step]
