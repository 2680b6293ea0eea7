"""What every page's shell shows: places, who is acting, how fresh the data is."""

import logging
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from citychain.components import Words
from citychain.identity import acting, personas
from citychain.identity.acting import Actor
from citychain.identity.models import Persona
from citychain.indexer import queries as index
from citychain.indexer.queries import Head

from .incidents import Incident, incident

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Place:
    """A link of the main navigation."""

    url: str
    label: Words
    current: bool


@dataclass(frozen=True)
class Shell:
    """`head` is None while the city starts: nothing has been read yet, and pages say so."""

    places: list[Place]
    actor: Actor | None
    personas: list[Persona]
    head: Head | None
    incident: Incident | None
    sandbox: bool
    events_url: str


def _places(path: str) -> list[Place]:
    """The `places` of the parts, in the order of INSTALLED_APPS."""
    places = []
    for name, label in (place for config in apps.get_app_configs() for place in getattr(config, "places", ())):
        try:
            url = reverse(name)
        except NoReverseMatch:
            continue
        places.append(Place(url, label, path == url if name == "home" else path.startswith(url)))
    return places


def _head() -> tuple[Head | None, Incident | None]:
    try:
        found = index.head()
        head = found if found.time else None
        return head, incident(head)
    except DatabaseError:
        log.info("The databases are not there yet.")
        return None, incident(None)


def _people(request: HttpRequest) -> tuple[Actor | None, list[Persona]]:
    try:
        return acting.current(request), list(personas.all_personas().filter(featured=True))
    except DatabaseError:
        log.info("There are no accounts yet.")
        return None, []


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context processor; works before the first migration, so that a starting city has a page that says so."""
    actor, people = _people(request)
    head, trouble = _head()
    return {
        "shell": Shell(
            places=_places(request.path),
            actor=actor,
            personas=people,
            head=head,
            incident=trouble,
            sandbox=settings.CITYCHAIN_SANDBOX,
            events_url=settings.CITYCHAIN_EVENTS_URL,
        )
    }
