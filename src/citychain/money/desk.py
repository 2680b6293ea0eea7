"""The desks of a bank and of a court: what waits, what stands, and forms that say what they will do before signing."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from citychain.chain.abi import text32
from citychain.chain.clock import local_time
from citychain.errors import NotAllowed
from citychain.exports import csv_file, inert
from citychain.identity import acting
from citychain.identity import queries as identity

from . import queries, statements
from .bank_forms import BANK_DESK
from .court_forms import COURT_DESK
from .desk_forms import DeskForm
from .models import Bank, Payment
from .wording import KINDS

#: Of a bank's forms, those that begin something; the others answer a row and are linked beside it.
BEGINNINGS = ("open", "open-many", "close", "credit", "limit", "propose")
PAGE = 50
COLUMNS = ("time", "kind", "from", "to", "amount_cny", "reference", "transaction")


def desk(request: HttpRequest) -> HttpResponse:
    """What the visitor's institution does here: each bank that they act for, and the court."""
    accounts = acting.addresses(acting.require(request))
    court_key, court = queries.may_order(accounts)
    banks = list(queries.banks())
    names = {bank.address: queries.bank_name(bank) for bank in banks}
    own = queries.served_by(accounts)
    if not own and not court_key:
        raise NotAllowed(reason=_("only an officer of a bank or a court works here"))
    holds = [
        {"row": hold, "bank": names[hold.bank], "case": text32(hold.case_number)}
        for hold in (queries.holds_in_force(court) if court else ())
    ]
    context = {
        "banks": [_bank(bank) for bank in own],
        "court": court,
        "holds": holds,
        "orders": [(bank, names[bank.address]) for bank in banks] if court else [],
    }
    return render(request, "money/desk.html", context)


def _bank(bank: Bank) -> dict[str, Any]:
    names = {row.id: identity.localized(row.name) for row in identity.institutions()}
    return {
        "row": bank,
        "name": queries.bank_name(bank),
        "beginnings": [(name, BANK_DESK[name].title) for name in BEGINNINGS],
        "withdrawals": queries.waiting_withdrawals(bank),
        "standing": [
            {"name": names[other], "owes": max(0, net), "owed": max(0, -net), "received": received, "granted": granted}
            for other, net, received, granted in queries.standing_with(bank)
        ],
        "settlements": [
            {
                "row": row,
                "debtor": names[row.debtor],
                "creditor": names[row.creditor],
                "ref": text32(row.ref),
                "ours": row.creditor == bank.institution,
            }
            for row in queries.open_settlements(bank.institution)
        ],
    }


def movements(request: HttpRequest, address: str) -> HttpResponseBase:
    """All movements at the officer's bank, or those with ?q= in their reference or as a party; ?format=csv: a file."""
    bank = queries.bank(address.lower())
    if bank not in queries.served_by(acting.addresses(acting.require(request))):
        raise NotAllowed(reason=_("your key may not do this here"))
    sought = request.GET.get("q", "").strip()[:66]
    found = statements.movements(bank.address, sought)
    if request.GET.get("format") == "csv":
        return csv_file("movements", COLUMNS, map(_movement, found.iterator()))
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    lines = [(row, KINDS[Payment.Kind(row.kind)], text32(row.ref) if row.ref else "") for row in page]
    context = {"bank": bank, "bank_name": queries.bank_name(bank), "page": page, "lines": lines, "sought": sought}
    return render(request, "money/movements.html", context)


def _movement(row: Payment) -> list[object]:
    reference = inert(text32(row.ref)) if row.ref else ""
    return [
        local_time(row.time).isoformat(),
        row.kind,
        row.sender,
        row.recipient,
        f"{row.amount / 100:.2f}",
        reference,
        row.tx,
    ]


def step(request: HttpRequest, address: str, name: str) -> HttpResponse:
    """One form of a desk at the bank of this address, then the summary before signing. What the address asks for
    (`?hold=`) is chosen already."""
    accounts = acting.addresses(acting.require(request))
    bank = queries.bank(address.lower())
    kind = COURT_DESK.get(name) or BANK_DESK[name]
    if name in COURT_DESK:
        signer, institution = queries.may_order(accounts)
    else:
        signer, institution = queries.may_act_at(bank, accounts, kind.scope), bank.institution
    if not signer:
        raise NotAllowed(reason=_("your key may not do this here"))
    form = kind(request.POST or None, initial=request.GET.dict(), bank=bank, institution=institution)
    changing = "change" in request.POST
    if request.method != "POST" or changing or not form.is_valid():
        return _form(request, form, 422 if form.is_bound and not changing else 200)
    return acting.propose(
        request,
        signer=signer,
        act=form.act(),
        title=str(form.title),
        sentences=form.sentences(),
        warning=str(form.warning),
    )


def _form(request: HttpRequest, form: DeskForm, status: int) -> HttpResponse:
    return render(request, "money/desk_form.html", {"form": form}, status=status)
