"""Institutions as the API tells them: all of it is public."""

from typing import Any

from pydantic import BaseModel

from citychain.indexer.schemas import Answer, Step, Time


class InstitutionRow(BaseModel):
    """`name` is Chinese, then " · " and English. `may_act`: it and all who answer for it are active and within their
    dates. `accredited_by` is 0 for the council, `successor` 0 without one."""

    id: int
    kind: str
    name: str
    web_page: str
    state: str
    may_act: bool
    accredited_by: int
    successor: int
    valid_from: Time
    valid_until: Time


class InstitutionList(Answer):
    """By number. `next`: hand it back as `after` for the next page; null at the end."""

    institutions: list[InstitutionRow] | list[dict[str, Any]]
    next: int | None


class KeyRow(BaseModel):
    """An account that acts for the institution, or did until it was removed (`current` false). `valid_from` is when it
    may act, later than `since` where another institution made it a key."""

    account: str
    scopes: list[str]
    current: bool
    since: Time
    valid_from: Time


class InstitutionAnswer(Answer):
    """`chain` are the numbers of those who answer for it, from itself up to the council; `history` the oldest first."""

    institution: InstitutionRow
    chain: list[int]
    keys: list[KeyRow]
    history: list[Step]
