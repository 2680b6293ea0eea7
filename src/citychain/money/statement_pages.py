"""One's own statement: as a page, chosen in the address, as CSV and as PDF."""

from collections.abc import Mapping
from itertools import islice
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from citychain import pdf
from citychain.chain import clock
from citychain.errors import InvalidInput, NotAllowed
from citychain.exports import csv_file, inert
from citychain.identity import acting
from citychain.identity import queries as identity
from citychain.indexer import queries as index

from . import contacts, queries, statements
from .models import Account, Payment
from .statement_forms import StatementForm
from .statements import Choice
from .wording import KINDS

PAGE = 50
#: Lines of a statement as PDF: about 60 pages, and a second of work.
MOST_ON_PAPER = 2_000
#: The chart of a balance: a point a week, for a year.
WEEK, WEEKS = 7 * 86_400, 53


def _own_account(request: HttpRequest, bank: str, holder: str) -> Account:
    if holder not in acting.addresses(acting.require(request)):
        raise NotAllowed(reason=_("a statement is shown to its holder alone"))
    return queries.account(bank, holder)


def statement(request: HttpRequest, bank: str, holder: str) -> HttpResponseBase:
    """One's own statement, all of it or what StatementForm chooses; ?before= pages back, ?format=csv and ?format=pdf
    are the same as a file."""
    row = _own_account(request, bank.lower(), holder.lower())
    bank_name = queries.bank_name(queries.bank(row.bank))
    own = contacts.names(acting.require(request))
    others = statements.parties(row) if request.GET.get("other") else set()
    known = identity.names_of(others) | own
    form = StatementForm(request.GET, names={"": bank_name} | {one: known.get(one, "") for one in others})
    if not form.is_valid():
        context = {"account": row, "bank_name": bank_name, "form": form, "available": queries.available(row)}
        return render(request, "money/statement.html", context, status=422)
    if request.GET.get("format") == "csv":
        return _csv(row, form.choice)
    if request.GET.get("format") == "pdf":
        return _pdf(row, form.choice, bank_name, own)
    before = _number(request.GET.get("before", ""))
    lines = statements.statement(row, PAGE + 1, before, choice=form.choice, with_notes=True)
    names = identity.names_of({line.other for line in lines if line.other}) | own
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


def _pdf(row: Account, choice: Choice, bank_name: str, own: Mapping[str, str]) -> HttpResponse:
    """`own` are the holder's names for accounts. Raises InvalidInput for more than MOST_ON_PAPER lines."""
    lines = list(islice(statements.whole_statement(row, choice), MOST_ON_PAPER + 1))
    if len(lines) > MOST_ON_PAPER:
        reason = _("more than %(most)s movements don’t fit into a PDF; choose fewer, or take the CSV")
        raise InvalidInput(field="PDF", reason=reason % {"most": MOST_ON_PAPER})
    names = {**identity.names_of({line.other for line in lines if line.other}), **own}
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
