"""Pages of institutions, signing in, and the signature behind a summary page."""

import json
import re
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from citychain import visitors
from citychain.chain import clock
from citychain.chain.addressbook import AddressBook
from citychain.components import Proof, Step
from citychain.errors import InvalidInput, NotSignedIn

from . import acting, passkeys, queries, sessions, webauthn
from .desk_forms import Case, offered
from .models import Institution, InstitutionStep
from .wording import kind_name, reason_words, scope_words, step_words

#: Steps after which an institution may not act.
STOPS = ("InstitutionSuspended", "InstitutionRevoked", "InstitutionVetoed")
ADDRESS = re.compile(r"0x[0-9a-f]{40}")


def institutions(request: HttpRequest) -> HttpResponse:
    """The trust chain as a tree, from the council down."""
    now = clock.now()
    context = {
        "tree": [_node(branch) for branch in queries.tree()],
        "founding": _founding(now),
        "waiting": [_waiting(row, now) for row in queries.vetoable(now)],
        "guardians": queries.guardians(),
    }
    return render(request, "identity/institutions.html", context)


def _founding(now: int) -> int:
    """When the founding ends (UTC seconds); 0 once it did."""
    ends = queries.founding_ends()
    return ends if now < ends else 0


def _waiting(row: Institution, now: int) -> dict[str, Any]:
    """What was decided for an institution and may be vetoed until `notice`, and the offer of its duties; 0 and None
    where there is none."""
    noticed = row.state == Institution.State.ACTIVE and row.notice_until > now
    offer = None
    if row.offered_to and row.offer_until > now:
        names = {other.id: queries.localized(other.name) for other in queries.institutions()}
        offer = {"to": names[row.offered_to], "by": names[row.offered_by], "waits": row.offer_from > now}
    return {
        "row": row,
        "name": queries.localized(row.name),
        "notice": row.notice_until if noticed else 0,
        "offer": offer,
    }


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
    now = clock.now()
    acting_now = queries.may_act(row, rows, now)
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
        "keys": [(key, scope_words(key.scopes.split(","))) for key in queries.keys(row.id)],
        "now": now,
        "founding": _founding(now) if row.accredited_by == 0 else 0,
        "waiting": _waiting(row, now),
        "guardians": queries.guardians(),
        "enterable": _enterable(row, acting.current(request)),
        "successor": queries.localized(rows[row.successor].name) if row.successor in rows else "",
        "below": [
            {"id": other.id, "name": queries.localized(other.name), "kind": kind_name(other.kind)}
            for other in rows.values()
            if other.accredited_by == row.id
        ],
        "steps": [_step(step, rows) for step in history],
        "acts": offered(Case(row, acting.addresses(acting.current(request)))),
        "proof": _proof(row, history, rows.get(row.accredited_by)),
    }
    return render(request, "identity/institution.html", context)


def _enterable(row: Institution, actor: acting.Actor | None) -> list[str]:
    """Keys of the institution that the visitor may hold together with others, as far as is known."""
    if actor is None:
        return []
    return [key.address for key in queries.keys(row.id) if key.current and key.address not in actor.accounts]


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
        detail=f"{account[:6]}…{account[-4:]}" if account else reason_words(detail.get("reason", "")),
        state="bad" if step.event in STOPS else "done",
    )


@require_POST
def sign(request: HttpRequest) -> HttpResponse:
    """Hands in what the summary page showed, signed."""
    return acting.confirm(request)


@require_POST
def prepare(request: HttpRequest) -> HttpResponse:
    """What a wallet signs of a summary page. Errors as problem+json: a script asks."""
    return acting.prepare(request)


# --- signing in ---------------------------------------------------------------------------------------------------


def sign_in(request: HttpRequest) -> HttpResponse:
    """Choose a wallet; or take back what the wallet signed and open a session."""
    if request.method == "POST":
        secret = sessions.sign_in(
            request.POST.get("token", ""),
            acting.from_hex(request.POST.get("signature", "")),
            agent=request.headers.get("User-Agent", ""),
            place=visitors.address(request.META),
        )
        request.session.flush()
        request.session["sign-in"] = secret
        return redirect(acting.next_page(request) or "home")
    context = {
        "next": acting.next_page(request),
        "actor": acting.current(request),
        "passkeys": passkeys.possible(),
        "site": webauthn.site(settings.CITYCHAIN_ORIGIN),
    }
    return acting.with_trusted_types(render(request, "identity/sign_in.html", context))


@require_POST
def sign_in_message(request: HttpRequest) -> HttpResponse:
    """The text that a wallet signs, and the token that hands it back."""
    account = request.POST.get("account", "").lower()
    if not ADDRESS.fullmatch(account):
        raise InvalidInput(field="account", reason=_("it is no account"))
    text, token = sessions.message(account, AddressBook.load().chain_id)
    return JsonResponse({"message": text, "token": token})


def sign_ins(request: HttpRequest) -> HttpResponse:
    """Where the account is signed in; each can be ended from here, or all others at once."""
    session = acting.require(request).session
    if session is None:
        raise NotSignedIn()
    if request.method == "POST":
        chosen = request.POST.get("session", "")
        if chosen:
            sessions.end(session.account, chosen)
        else:
            sessions.end_others(session.account, session.id)
        if chosen == session.id:
            request.session.flush()
            return redirect("home")
        return redirect("sign-ins")
    found = list(sessions.of_account(session.account))
    context = {"sessions": found, "this": session, "passkey": bool(passkeys.credentials(session.account))}
    return render(request, "identity/sign_ins.html", context)
