"""What can be let under a title, in words for its page."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from citychain.components import Tone

from . import units_queries as queries
from .units_models import Unit
from .wording import UNITS


def lines(title_id: int, institutions: Mapping[int, str], *, seized: bool) -> list[dict[str, Any]]:
    """The units of a title, each before its parts: what it is, how it stands, who says so since when.

    `institutions` are names by number; a `seized` title gets no new lease.
    """
    rows = queries.of_title(title_id)
    taken = queries.taken_today(rows)
    return [
        {
            "row": row,
            "kind": UNITS[row.kind],
            "stands": _stands(row, row.id in taken, seized),
            "people": _people(row),
            "by": institutions.get(row.registrar, ""),
        }
        for row in rows
    ]


def _stands(row: Unit, taken: bool, seized: bool) -> tuple[Tone, str]:
    if row.state == Unit.State.DECLARED:
        return "wait", _("waits for the registrar")
    if taken:
        return "plain", _("let now")
    return ("bad", _("seized: no new lease")) if seized else ("good", _("can be let"))


def _people(row: Unit) -> str:
    count = row.occupants
    return ngettext("%(count)s person", "%(count)s people", count) % {"count": count} if count else ""
