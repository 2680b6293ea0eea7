"""The catalogue of errors: one entry for each code, in the reader's language; a problem's `type` leads to its entry."""

import importlib
import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus

from django.apps import apps
from django.utils.functional import Promise

from citychain.errors import CityError, ContractError


@dataclass(frozen=True)
class Entry:
    """`message` has its details as {names}; `solidity` is the contract's own name of it, "" for what is ours."""

    code: str
    message: str | Promise
    retry: bool
    solidity: str


@dataclass(frozen=True)
class Group:
    """All entries that are answered with one HTTP status, by code."""

    status: int
    phrase: str
    entries: list[Entry]


def catalogue() -> list[Group]:
    """Every error that the city's parts know, by status."""
    for app in apps.get_app_configs():
        if app.name.startswith("citychain.") and importlib.util.find_spec(f"{app.name}.errors"):
            importlib.import_module(f"{app.name}.errors")
    groups: dict[int, list[Entry]] = {}
    for error in _house(CityError):
        solidity = error.solidity if issubclass(error, ContractError) else ""
        groups.setdefault(error.status, []).append(Entry(error.code, error.message, error.retry, solidity))
    return [
        Group(status, HTTPStatus(status).phrase, sorted(entries, key=lambda entry: entry.code))
        for status, entries in sorted(groups.items())
    ]


def _house(of: type[CityError]) -> Iterator[type[CityError]]:
    yield of
    for error in of.__subclasses__():
        if ".tests." not in error.__module__:
            yield from _house(error)
