"""Pages of leases: a person's desk, one lease with its history, and the acts on it."""

from collections.abc import Collection
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from citychain.chain import clock
from citychain.chain.addressbook import AddressBook
from citychain.components import Proof, Step
from citychain.errors import NotAllowed
from citychain.exports import csv_file
from citychain.identity import acting
from citychain.identity import queries as identity
from citychain.portal import places

from .. import queries as titles
from .. import units_queries
from ..errors import NoSuchUnit
from ..units_models import Unit
from . import documents, filing_views, moves, offers, queries, schedule, wording
from .forms import ACTS, DECIDING, Case, LeaseForm, offered, signer_of
from .models import Lease, LeaseOffer, LeaseStep

PAGE = 25
#: What waits for the reader, on the page of their leases.
MOVES = 12
#: Payments of rent on the page of a lease; all are in the API.
PAYMENTS = 24


def leases(request: HttpRequest) -> HttpResponseBase:
    """The reader's own: what waits for them, their leases, their applications; beside it what everybody can see.
    ?format=csv is the reader's rent roll."""
    actor = acting.current(request)
    accounts = acting.addresses(actor)
    if request.GET.get("format") == "csv":
        return _rent_roll(acting.addresses(acting.require(request)))
    state = request.GET.get("state", "")
    page = Paginator(queries.leases(state=state), PAGE).get_page(request.GET.get("page"))
    own = queries.leases(accounts=accounts) if actor else queries.leases().none()
    mine = Paginator(own, PAGE).get_page(request.GET.get("mine"))
    waiting = moves.moves(accounts, own) if actor else []
    own_units = _own_units(accounts)
    context = {
        "actor": actor,
        "mine": mine,
        "own": _lines(list(mine), accounts),
        "moves": [{"row": one, "over": 0 < one.until <= clock.now()} for one in waiting[:MOVES]],
        "more": max(len(waiting) - MOVES, 0),
        "offers": [_offer(row, accounts) for row in queries.offers_of(accounts)] if actor else [],
        "decide": _to_decide(accounts) if actor else [],
        "asked": [{"row": row, "unit": wording.unit_name(row.unit)} for row in queries.applications_to(own_units)],
        "applied": [{"row": row, "unit": wording.unit_name(row.unit)} for row in queries.applications_by(accounts)],
        "units": [{"row": row, "name": wording.unit_name(row.id)} for row in list(own_units.values())[:PAGE]],
        "page": page,
        "rows": _lines(list(page), ()),
        "state": state,
        "states": [(value, label) for value, (_tone, label) in wording.STATES.items()],
    }
    return render(request, "leases/leases.html", context)


def _to_decide(accounts: list[str]) -> list[dict[str, Any]]:
    """Disputes in which one of these accounts may decide now, with the acts by which it does."""
    found = []
    for row in queries.disputed():
        case = Case(row, accounts)
        acts = [(name, ACTS[name].title) for name in DECIDING if signer_of(name, case)]
        if acts:
            found.append({"row": row, "unit": wording.unit_name(row.unit), "acts": acts})
    return found


def _rent_roll(accounts: list[str]) -> HttpResponseBase:
    """The leases of these accounts with what is open of each today; amounts in yuan."""
    columns = ["lease", "unit", "side", "state", "first_day", "last_day", "rent", "open", "next_due", "in_escrow"]
    rows = list(queries.leases(accounts=accounts))
    sides = queries.side_of_each(rows, accounts)

    def line(row: Lease) -> list[Any]:
        rent = queries.rent(row)
        following = rent.next if row.state == Lease.State.RUNNING else None
        days = [schedule.to_date(day).isoformat() for day in (row.from_day, row.to_day - 1)]
        due = schedule.to_date(following.due_day).isoformat() if following else ""
        open_ = rent.arrears if row.state == Lease.State.RUNNING else 0
        sums = [_yuan(row.rent), _yuan(open_), due, _yuan(row.held)]
        return [row.id, row.unit, sides[row.id], row.state, *days, *sums]

    return csv_file("leases", columns, (line(row) for row in rows))


def _yuan(fen: int) -> str:
    """For a spreadsheet: 1234.50."""
    return f"{fen // 100}.{fen % 100:02d}"


def _own_units(accounts: list[str]) -> dict[int, Unit]:
    """Confirmed units of titles that these accounts own."""
    owned = [row.id for row in titles.of_accounts(accounts)] if accounts else []
    rows = Unit.objects.filter(title__in=owned, state=Unit.State.CONFIRMED).order_by("id")
    return {row.id: row for row in rows}


def _lines(rows: list[Lease], accounts: Collection[str]) -> list[dict[str, Any]]:
    """Leases as a table shows them; sides and what is open only to their parties."""
    sides = queries.side_of_each(rows, accounts) if accounts else {}
    units = wording.unit_names([row.unit for row in rows])
    return [
        {
            "row": row,
            "tone": wording.state_of(row)[0],
            "words": wording.state_of(row)[1],
            "unit": units[row.unit],
            "from": wording.day(row.from_day),
            "to": wording.day(row.to_day - 1),
            "side": wording.SIDES.get(sides.get(row.id, ""), ""),
            "arrears": queries.rent(row).arrears if accounts and row.state == Lease.State.RUNNING else 0,
        }
        for row in rows
    ]


def _offer(row: Any, accounts: list[str]) -> dict[str, Any]:
    missing = offers.missing(row)
    return {
        "row": row,
        "unit": wording.unit_name(row.unit),
        "mine": any(account in missing for account in accounts),
        "missing": len(missing),
    }


def lease(request: HttpRequest, lease_id: int) -> HttpResponse:
    """One lease: what the record shows to everybody; texts and names to its parties alone. Raises NoSuchLease."""
    row = queries.lease(lease_id)
    actor = acting.current(request)
    case = Case(row, acting.addresses(actor))
    history = list(queries.history(row.id))
    institutions = {found.id: identity.localized(found.name) for found in identity.institutions()}
    landlords, tenants = case.sides
    names = identity.names_of({*landlords, *tenants, row.payee}) if case.trusted else {}
    tone, words = wording.state_of(row)
    context = {
        "row": row,
        "tone": tone,
        "words": words,
        "case": case,
        "unit": wording.unit_name(row.unit),
        "title": _title_of(row),
        "from": wording.day(row.from_day),
        "to": wording.day(row.to_day - 1),
        "bank": wording.bank_name(row.deposits),
        "decider": institutions.get(row.decider, ""),
        "track": wording.TRACKS[row.track],
        "reason": wording.REASONS.get(row.reason, row.reason),
        "acts": offered(case) if actor else [],
        "parties": [
            {"account": account, "name": names.get(account, ""), "side": wording.SIDES[side]}
            for side, accounts in (("landlord", landlords), ("tenant", tenants))
            for account in accounts
        ],
        "table": _table(case),
        "demands": _demands(case),
        "rent": _rent(case),
        "payments": [
            {"row": one, "tone": wording.PAYMENTS[one.state][0], "words": wording.PAYMENTS[one.state][1]}
            for one in queries.payments(row.id)[:PAYMENTS]
        ],
        "settlement": _settlement(case, institutions),
        "filing": filing_views.shown(case, institutions),
        "credits": [{"row": one, "name": names.get(one.account, "")} for one in queries.credits_of(row.id)],
        "papers": _papers(case, history),
        "whole": _whole(case),
        "steps": [_step(step, institutions) for step in history] + _ahead(row),
        "proof": _proof(row, history),
        "held_by_court": institutions.get(row.court, "") if row.court_until > clock.now() else "",
        "written": documents.messages(row.id).count() if case.trusted else 0,
        "repairs": len(documents.open_repairs([row.id])) if case.trusted else 0,
    }
    case.reader.keep()
    return render(request, "leases/lease.html", context)


def _title_of(row: Lease) -> dict[str, Any] | None:
    try:
        unit = units_queries.unit(row.unit)
    except NoSuchUnit:
        return None
    found = titles.title(unit.title)
    return {"id": found.id, "town": places.town_name(str(found.town))}


def _table(case: Case) -> list[dict[str, Any]]:
    """What is on the table, for the parties: in words, and how many still must agree."""
    if not case.party:
        return []
    return [{"words": wording.agreement(one), "missing": len(one.missing)} for one in case.agreements if one.missing]


def _rent(case: Case) -> dict[str, Any]:
    """The rent of the lease: what is open, what is next, and every month with what of it is covered."""
    rent, fees, today = queries.rent(case.row), queries.late_fees(case.row.id), queries.today()
    lines = []
    for one, covered in rent.months:
        late = covered < one.amount and one.due_day <= today
        tone, words = ("good", _("paid")) if covered >= one.amount else ("bad", _("open")) if late else ("plain", "")
        fee = fees.get(one.number)
        lines.append(
            {
                "row": one,
                "due": wording.day(one.due_day),
                "from": wording.day(one.from_day),
                "to": wording.day(one.to_day - 1),
                "tone": tone,
                "words": words,
                "covered": covered,
                "fee": fee and {"row": fee, "state": wording.FEES[fee.state]},
            }
        )
    begun = case.row.state == Lease.State.RUNNING
    following = rent.next if begun else None
    return {
        "begun": begun,
        "stands": rent,
        "next": following and {"row": following, "due": wording.day(following.due_day)},
        "months": lines,
        "automatic": list(queries.mandates(lease_id=case.row.id)),
    }


def _settlement(case: Case, institutions: dict[int, str]) -> list[dict[str, Any]]:
    """Each part of the settlement of the deposit: where it stands, until when, its items."""
    found = []
    for name, part in sorted(queries.settlement(case.row.id).items(), reverse=True):
        items = [
            {
                "row": one,
                "kind": wording.ITEMS.get(one.kind, one.kind),
                "text": case.told(one.evidence),
            }
            for one in queries.items(case.row.id, name)
        ]
        found.append(
            {
                "row": part,
                "name": wording.PARTS[name],
                "words": wording.SETTLEMENT[part.step],
                "tone": "good" if part.step == "closed" else "wait",
                "items": items,
                "decider": institutions.get(part.decider, ""),
                "objection": case.told(part.objection),
                "reasons": case.told(part.reasons),
            }
        )
    return found


def _demands(case: Case) -> list[dict[str, Any]]:
    return [
        {
            "side": wording.SIDES[side],
            "row": one,
            "text": case.told(one.breach),
            "to": wording.day(one.to_day - 1) if one.to_day else "",
        }
        for side, one in case.demands.items()
    ]


def _papers(case: Case, history: list[LeaseStep]) -> list[dict[str, Any]]:
    """What was written behind commitments of the history, for who may read it."""
    if not case.trusted:
        return []
    found = []
    for step in history:
        told = step.told
        for name in ("condition", "breach", "reason", "reasons"):
            value = str(told.get(name, ""))
            text = case.told(value) if value.startswith("0x") and step.event != "HandedOver" else None
            if text:
                found.append({"what": wording.STEPS.get(step.event, step.event), "time": step.time, "text": text})
    return found


def _whole(case: Case) -> dict[str, str]:
    if not case.party:
        return {}
    row = LeaseOffer.objects.filter(terms_hash=case.row.terms_hash).first()
    if row is None:
        return {}
    case.reader.note("terms", row.terms_hash)
    return offers.texts_of(row)


def _step(step: LeaseStep, institutions: dict[int, str]) -> Step:
    what, by, detail = wording.step(step, institutions)
    return Step(
        what, step.time, who=by, tx=step.tx, detail=detail, state="bad" if step.event in wording.BAD_STEPS else "done"
    )


def _ahead(row: Lease) -> list[Step]:
    """The next deadline of the lease itself."""
    day_seconds = 86_400
    if row.state == Lease.State.SIGNED:
        return [Step(_("Lapses unless it is paid"), row.fund_by, state="pending")]
    if row.state == Lease.State.FUNDED:
        last = (row.from_day + queries.HANDOVER_DAYS) * day_seconds - 8 * 3600
        return [Step(_("Lapses unless keys are handed over"), last, state="pending")]
    if row.state == Lease.State.RUNNING and row.to_day > queries.today():
        return [Step(_("Ends"), row.to_day * day_seconds - 8 * 3600, state="pending")]
    return []


def _proof(row: Lease, history: list[LeaseStep]) -> Proof | None:
    if not history:
        return None
    first = history[0]
    return Proof(
        _("Lease %(number)s") % {"number": row.id},
        first.time,
        first.block,
        first.tx,
        contract=AddressBook.load().address("Leases"),
        check=(
            _("Ask any node of the city for the contract's leaseOf of this number."),
            _("Hash the terms that you signed (EIP-712) and compare with recordOf(number).termsHash."),
        ),
    )


def act(request: HttpRequest, lease_id: str, name: str) -> HttpResponse:
    """The page of one act on one lease: its form, then the summary. Raises NotSignedIn, NoSuchLease, NotAllowed."""
    actor = acting.require(request)
    case = Case(queries.lease(int(lease_id)), acting.addresses(actor))
    signer = signer_of(name, case)
    if not signer:
        raise NotAllowed(reason=_("it is not yours to do, or not as things stand now"))
    form = ACTS[name](request.POST or None, request.FILES or None, case=case, signer=signer)
    changing = "change" in request.POST
    case.reader.keep()
    if request.method != "POST" or changing or not form.is_valid():
        status = 422 if form.is_bound and not changing else 200
        return render(request, "leases/act.html", _act(form, case), status=status)
    found = form.act()
    if form.attached:  # "Change it" hands the form's fields back
        posted = request.POST.copy()
        posted["kept"] = ",".join(str(one.id) for one in form.attached)
        request.POST = posted  # type: ignore[assignment]
    return acting.propose(
        request,
        signer=signer,
        act=found,
        title=f"{form.title} · {_('Lease %(number)s') % {'number': case.row.id}}",
        sentences=form.sentences(),
        warning=str(form.warning),
        papers=form.papers(),
    )


def _act(form: LeaseForm, case: Case) -> dict[str, Any]:
    """For the page of a form: the other side's words, and photos that were handed in before it was shown again."""
    kept = documents.drafts(case.lease, form.signer, form["kept"].value().split(",")) if _has_kept(form) else []
    return {"form": form, "row": case.row, "shown": documents.shown(case.lease, form.shown), "kept": kept}


def _has_kept(form: LeaseForm) -> bool:
    return bool(form.photographed and form.is_bound and form["kept"].value())
