"""Pages about money: where it is, one's own accounts and statements, sending."""

from collections.abc import Mapping
from itertools import islice
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from citychain import pdf
from citychain.chain import clock
from citychain.errors import InvalidInput, NotAllowed
from citychain.exports import csv_file, inert
from citychain.identity import acting
from citychain.identity import queries as identity
from citychain.indexer import queries as index

from . import asking, contacts, queries, services, statements
from .forms import CodeForm, SendForm
from .models import Account, Payment
from .statement_forms import StatementForm
from .statements import Choice
from .wording import KINDS

PAGE = 50
#: Lines of a statement as PDF: about 60 pages, and a second of work.
MOST_ON_PAPER = 2_000
#: The chart of a balance: a point a week, for a year.
WEEK, WEEKS = 7 * 86_400, 53


def overview(request: HttpRequest) -> HttpResponse:
    """Everybody: what each bank owes and how banks stand to each other. Signed in: one's own accounts too."""
    actor = acting.current(request)
    banks = {bank.address: bank for bank in queries.banks()}
    own = (
        [
            {"account": row, "name": queries.bank_name(banks[row.bank]), "available": queries.available(row)}
            for row in queries.accounts(acting.addresses(actor))
        ]
        if actor
        else []
    )
    names = {row.id: identity.localized(row.name) for row in identity.institutions()}
    positions = []
    for row in queries.positions():
        owes, owed = (row.debtor, row.creditor) if row.net >= 0 else (row.creditor, row.debtor)
        positions.append({"debtor": names.get(owes, owes), "creditor": names.get(owed, owed), "net": abs(row.net)})
    context = {
        "own": own,
        "desk": actor and bool(queries.served_by(actor.accounts) or queries.may_order(actor.accounts)[1]),
        "banks": [{"bank": bank, "name": queries.bank_name(bank)} for bank in banks.values()],
        "total": queries.circulation(),
        "positions": positions,
    }
    return render(request, "money/overview.html", context)


def _own_account(request: HttpRequest, bank: str, holder: str) -> Account:
    if holder not in acting.addresses(acting.require(request)):
        raise NotAllowed(reason=_("a statement is shown to its holder alone"))
    return queries.account(bank, holder)


def statement(request: HttpRequest, bank: str, holder: str) -> HttpResponseBase:
    """One's own statement, all of it or what StatementForm chooses; ?before= pages back, ?format=csv and ?format=pdf
    are the same as a file."""
    row = _own_account(request, bank.lower(), holder.lower())
    bank_name = queries.bank_name(queries.bank(row.bank))
    names = identity.names_of(statements.parties(row)) | contacts.names(acting.require(request))
    others = {"": bank_name} | {one: names.get(one, "") for one in statements.parties(row)}
    form = StatementForm(request.GET, names=others)
    if not form.is_valid():
        context = {"account": row, "bank_name": bank_name, "form": form, "available": queries.available(row)}
        return render(request, "money/statement.html", context, status=422)
    if request.GET.get("format") == "csv":
        return _csv(row, form.choice)
    if request.GET.get("format") == "pdf":
        return _pdf(row, form.choice, bank_name, names)
    before = _number(request.GET.get("before", ""))
    lines = statements.statement(row, PAGE + 1, before, choice=form.choice, with_notes=True)
    chosen = form.choice != statements.ALL
    context = {
        "account": row,
        "bank_name": bank_name,
        "available": queries.available(row),
        "held": queries.held(row),
        "form": form,
        "lines": [(line, names.get(line.other, ""), KINDS[Payment.Kind(line.payment.kind)]) for line in lines[:PAGE]],
        "older": _query(request, before=str(lines[PAGE - 1].payment.id)) if len(lines) > PAGE else "",
        "files": [(kind.upper(), _query(request, format=kind, before="")) for kind in ("csv", "pdf")],
        "chosen": chosen,
        "sums": statements.sums(row, form.choice) if chosen else None,
        "newest": before is None and not chosen,
        "weeks": _weeks(row) if lines and before is None and not chosen else [],
    }
    return render(request, "money/statement.html", context)


def _query(request: HttpRequest, **changes: str) -> str:
    query = request.GET.copy()
    for name, value in changes.items():
        query[name] = value
    return "?" + urlencode([(name, value) for name, value in query.items() if value])


def _weeks(row: Account) -> list[tuple[str, float, str]]:
    """The balance at the end of each of the last WEEKS weeks, as a chart shows it."""
    first = clock.now() - (WEEKS - 1) * WEEK
    found = statements.balances(row, first, WEEK, WEEKS)
    days = [clock.local_time(first + place * WEEK).date().isoformat() for place in range(WEEKS)]
    return [(day, fen / 100, f"¥{fen / 100:,.2f}") for day, fen in zip(days, found, strict=True)]


def _number(text: str) -> int | None:
    """What the link to the older page carries; None for anything else."""
    return int(text) if text.isdecimal() and len(text) <= 19 else None


def _csv(row: Account, choice: Choice) -> HttpResponseBase:
    columns = ["time", "kind", "other_account", "amount_cny", "balance_cny", "note", "transaction"]
    lines = (
        [
            clock.local_time(line.payment.time).isoformat(),
            line.payment.kind,
            line.other,
            f"{line.change / 100:.2f}",
            f"{line.balance / 100:.2f}",
            inert(line.note),
            line.payment.tx,
        ]
        for line in statements.whole_statement(row, choice)
    )
    return csv_file("statement", columns, lines)


def _pdf(row: Account, choice: Choice, bank_name: str, names: Mapping[str, str]) -> HttpResponse:
    """Raises InvalidInput for more than MOST_ON_PAPER lines."""
    lines = list(islice(statements.whole_statement(row, choice), MOST_ON_PAPER + 1))
    if len(lines) > MOST_ON_PAPER:
        reason = _("more than %(most)s movements don’t fit into a PDF; choose fewer, or take the CSV")
        raise InvalidInput(field="PDF", reason=reason % {"most": MOST_ON_PAPER})
    count, incoming, outgoing = statements.sums(row, choice)
    head = index.head()
    data = {
        "title": _("Your account at %(bank_name)s") % {"bank_name": bank_name},
        "foot": _("As of block %(block)s, %(time)s.")
        % {"block": head.block, "time": f"{clock.local_time(head.time):%Y-%m-%d %H:%M:%S}"},
        "facts": [
            [_("Account"), row.holder],
            [_("Balance"), _yuan(row.balance)],
            [_("Movements"), str(count)],
            [_("In"), _yuan(incoming)],
            [_("Out"), _yuan(outgoing)],
        ],
        "columns": [_("What"), _("When"), _("Other party"), _("Amount, yuan"), _("Balance, yuan")],
        "lines": [
            [
                str(KINDS[Payment.Kind(line.payment.kind)]) + (f"\n{line.note}" if line.note else ""),
                f"{clock.local_time(line.payment.time):%Y-%m-%d %H:%M}",
                (names.get(line.other, "") or f"{line.other[:6]}…{line.other[-4:]}") if line.other else bank_name,
                f"{line.change / 100:+,.2f}".replace("-", "\u2212"),
                f"{line.balance / 100:,.2f}",
            ]
            for line in lines
        ],
    }
    file = HttpResponse(pdf.render("money/statement.typ", data), content_type="application/pdf")
    file["Content-Disposition"] = 'attachment; filename="statement.pdf"'
    return file


def _yuan(fen: int) -> str:
    return f"¥{fen / 100:,.2f}"


def send(request: HttpRequest) -> HttpResponse:
    """The form, then the summary before signing. What a link asks for is filled in (asking.py); ?code= is what a QR
    code or a message held. Raises PaymentLinkAltered, PaymentLinkExpired."""
    actor = acting.require(request)
    accounts = queries.accounts(acting.addresses(actor))
    if not accounts:
        return redirect("money")
    asked = asking.read(request.GET.dict())
    code = CodeForm(request.GET if "code" in request.GET else None)
    if code.is_valid():
        return redirect(f"{reverse('money-send')}?{code.cleaned_data['code']}")
    names = contacts.names(actor)
    filled = {"address": request.GET.get("address", "")}
    if asked:
        filled |= {"amount": f"{asked.amount / 100:.2f}" if asked.amount else "", "note": asked.words}
    form = SendForm(request.POST or None, accounts=accounts, contacts=names, asked=asked, initial=filled)
    changing = "change" in request.POST
    if request.method != "POST" or changing or not form.is_valid():
        status = 422 if form.errors and not changing else 400 if code.errors else 200
        asker = asked and (
            names.get(asked.holder)
            or identity.public_name(asked.holder, acting.addresses(actor))
            or asked.name
            or f"…{asked.holder[-4:]}"
        )
        context = {"form": form, "code": code, "asked": asked, "asker": asker, "contacts": contacts.of(actor)}
        return render(request, "money/send.html", context, status=status)
    data = form.cleaned_data
    account = form.accounts[data["account"]]
    note = services.write_note(data["note"], account.holder, data["recipient"]) if data["note"] else None
    act = services.send_money(
        sender=account.holder,
        bank=account.bank,
        recipient=data["recipient"],
        recipient_bank=data["recipient_bank"],
        amount=data["amount"],
        note=note,
    )
    yuan = f"{data['amount'] / 100:,.2f}"
    # A name beside an account that was only typed would tell a stranger whose it is.
    known = (
        identity.name_of(data["recipient"])
        if data.get("person")
        else names.get(data["recipient"]) or identity.public_name(data["recipient"], acting.addresses(actor))
    )
    name = known or data["recipient"]
    bank = queries.bank_name(queries.bank(account.bank))
    sentences = [
        _("You pay ¥%(amount)s to %(name)s, whose account ends in %(tail)s.")
        % {"amount": yuan, "name": name, "tail": data["recipient"][-4:]}
        if known
        else _("You pay ¥%(amount)s to %(name)s.") % {"amount": yuan, "name": name},
        *render_to_string("money/words.html", {"amount": data["amount"]}).splitlines(),
        _("The money leaves your account at %(bank)s.") % {"bank": bank},
    ]
    if data["recipient_bank"] != account.bank:
        other = queries.bank_name(queries.bank(data["recipient_bank"]))
        sentences.append(_("It arrives at %(bank)s; the two banks settle between themselves.") % {"bank": other})
    if data["note"]:
        sentences.append(_("Your words to the recipient: %(note)s") % {"note": data["note"]})
    return acting.propose(
        request,
        signer=account.holder,
        act=act,
        title=_("Send ¥%(amount)s to %(name)s") % {"amount": yuan, "name": name},
        sentences=sentences,
        warning=_("A payment can't be taken back by you. Only the recipient, or a court, can return it."),
        papers=[note] if note else [],
    )
