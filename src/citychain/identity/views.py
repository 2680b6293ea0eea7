"""Pages of institutions, and the signature behind a summary page."""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from citychain.chain import clock
from citychain.chain.addressbook import AddressBook
from citychain.components import Proof, Step

from . import acting, queries
from .models import Institution, InstitutionStep
from .wording import kind_name, step_words


def institutions(request: HttpRequest) -> HttpResponse:
    """The trust chain as a tree, from the council down."""
    return render(request, "identity/institutions.html", {"tree": [_node(branch) for branch in queries.tree()]})


def _node(branch: queries.Branch) -> dict[str, Any]:
    return {
        "row": branch.institution,
        "name": queries.localized(branch.institution.name),
        "kind": kind_name(branch.institution.kind),
        "state": standing(branch.institution),
        "barred": barred(branch.institution, branch.acting),
        "branches": [_node(below) for below in branch.branches],
    }


def standing(row: Institution) -> str:
    """Its own state, dates included; whether it may act also depends on those who answer for it."""
    now = clock.now()
    if row.state == Institution.State.ACTIVE and now < row.valid_from:
        return "not-yet"
    if row.state == Institution.State.ACTIVE and now >= row.valid_until:
        return "lapsed"
    return row.state


def barred(row: Institution, acting_now: bool) -> bool:
    """Nothing is wrong with it, and yet it may not act, because of somebody who answers for it."""
    return standing(row) == Institution.State.ACTIVE and not acting_now


def institution(request: HttpRequest, institution_id: int) -> HttpResponse:
    """One institution: facts, who answers for it, its keys, its history."""
    row = queries.institution(institution_id)
    rows = {other.id: other for other in queries.institutions()}
    acting_now = queries.may_act(row, rows, clock.now())
    chain = queries.chain(row)
    history = list(queries.history(row.id))
    context = {
        "row": row,
        "name": queries.localized(row.name),
        "kind": kind_name(row.kind),
        "state": standing(row),
        "barred": barred(row, acting_now),
        "acting": acting_now,
        "chain": [{"id": link.id, "name": queries.localized(link.name)} for link in chain],
        "keys": queries.keys(row.id),
        "successor": queries.localized(rows[row.successor].name) if row.successor in rows else "",
        "below": [
            {"id": other.id, "name": queries.localized(other.name), "kind": kind_name(other.kind)}
            for other in rows.values()
            if other.accredited_by == row.id
        ],
        "steps": [_step(step, rows) for step in history],
        "proof": _proof(row, history, rows.get(row.accredited_by)),
    }
    return render(request, "identity/institution.html", context)


def _proof(row: Institution, history: list[InstitutionStep], accreditor: Institution | None) -> Proof | None:
    if not history:
        return None
    first = history[0]
    return Proof(
        _("Accredited institution"),
        first.time,
        first.block,
        first.tx,
        by=queries.localized(accreditor.name) if accreditor else "",
        contract=AddressBook.load().address("Institutions"),
        check=(
            _("Ask any node of the city for the contract's institution number %(number)s.") % {"number": row.id},
            _("Its isActive says whether it and everybody who answers for it may act now."),
        ),
    )


def _step(step: InstitutionStep, rows: dict[int, Institution]) -> Step:
    detail = json.loads(step.detail)
    by = detail.get("by") or detail.get("accreditor")
    account = detail.get("account", "")
    return Step(
        step_words(step.event),
        step.time,
        who=queries.localized(rows[by].name) if by in rows else "",
        tx=step.tx,
        detail=f"{account[:6]}…{account[-4:]}" if account else detail.get("reason", ""),
        state="bad" if step.event in ("InstitutionSuspended", "InstitutionRevoked") else "done",
    )


@require_POST
def sign(request: HttpRequest) -> HttpResponse:
    """Signs what the summary page showed."""
    return acting.confirm(request)
