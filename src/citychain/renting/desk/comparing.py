"""Up to four titles side by side, each as its own page shows it to this reader."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from citychain.identity import acting
from citychain.identity import queries as identity
from citychain.portal import places

from .. import queries
from ..models import Encumbrance, Title
from ..wording import USES

MOST = 4


def compare(request: HttpRequest) -> HttpResponse:
    """`?id=1&id=2`; what is no title's number is left out, and what comes after four titles."""
    asked = dict.fromkeys(text for text in request.GET.getlist("id") if text.isascii() and text.isdigit())
    numbers = [int(text) for text in asked if len(text) <= 18][:MOST]
    found = {row.id: row for row in Title.objects.filter(id__in=numbers)}
    rows = [found[number] for number in numbers if number in found]
    columns = [_column(row, acting.addresses(acting.current(request))) for row in rows]
    fields = [*numbers, *[""] * (MOST - len(numbers))]
    return render(request, "renting/compare.html", {"columns": columns, "fields": list(enumerate(fields, 1))})


def _column(row: Title, accounts: list[str]) -> dict[str, Any]:
    owners = list(queries.owners(row))
    burdens = queries.encumbrances(row.id) if row.state == Title.State.REGISTERED else []
    kinds = [burden.kind for burden in burdens]
    registrar = next(found for found in identity.institutions() if found.id == row.registrar)
    reads = any(owner.account in accounts for owner in owners) or queries.may_act(
        accounts, "registrar", "titles", row.registrar
    )
    deed = queries.deed(row.commitment) if reads else None
    return {
        "row": row,
        "town": places.town_name(str(row.town)),
        "registrar": identity.localized(registrar.name),
        "owners": len(owners),
        "mortgages": kinds.count(Encumbrance.Kind.MORTGAGE),
        "seizures": kinds.count(Encumbrance.Kind.SEIZURE),
        "transfer": _("under way") if queries.open_transfer(row.id) else _("none"),
        "deed": deed and {**deed, "use": USES.get(deed["use"], deed["use"])},
    }
