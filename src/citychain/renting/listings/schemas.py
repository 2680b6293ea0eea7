"""Offers to let as the API tells them: what the chain shows to everybody, and what the lister published."""

from typing import Any

from pydantic import BaseModel

from citychain.indexer.schemas import Answer, Step, Time


class ListingRow(BaseModel):
    """An offer of `unit`, under `title` in `town` (nine figures). `rent` (a month), `deposit` and `agent_fee` in fen;
    `rent_per_metre` in fen a month for 1 m², 0 where the area is unknown. `earliest_day` in days since 1970-01-01 in
    Asia/Shanghai. `fault` is why the offer is not active, "" while it is: withdrawn, closed, expired, unit, title,
    seized, let or lister. `area` (0.01 m²), `rooms`, `floor` and `text` are the lister's words, and empty where this
    installation doesn't keep them; `description` commits to them, `licence` to an agent's."""

    id: int
    unit: int
    kind: str
    title: int
    town: int
    lister: str
    state: str
    fault: str
    reason: str
    rent: int
    deposit: int
    rent_per_metre: int
    earliest_day: int
    shortest_months: int
    longest_months: int
    valid_until: Time
    agent_fee: int
    licence: str
    occupants: int
    area: int
    rooms: int
    floor: str
    text: str
    description: str
    offered: Time


class ListingList(Answer):
    """Active offers in the order asked for. `next`: hand it back as `before` for the page after; null at the end."""

    listings: list[ListingRow] | list[dict[str, Any]]
    next: int | None


class Price(BaseModel):
    """What the offer has cost since `time`, in fen."""

    rent: int
    deposit: int
    time: Time


class ListingAnswer(Answer):
    """One offer; `prices` and `history` the oldest first."""

    listing: ListingRow
    prices: list[Price]
    history: list[Step]
