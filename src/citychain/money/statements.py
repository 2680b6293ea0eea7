"""Statements: what moved in one account, with the balance after each movement, also where only some are chosen.

Amounts in fen, times UTC seconds. The payers' words are for the account's holder alone.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Literal

from django.db.models import F, Q, QuerySet, Sum

from .models import Account, ClearingPayment, Payment, PaymentNote

#: Lines of a whole statement that are read at once.
AT_ONCE = 1_000
#: Beyond every payment's number.
NEWEST = 2**63 - 1
#: Movements that are not with another account, but with the bank itself.
WITH_BANK = (Payment.Kind.DEPOSIT, Payment.Kind.WITHDRAWAL)


@dataclass(frozen=True)
class Statement:
    """One line of an account's statement. `change` is signed; `balance` is the balance after it; `other` the other
    party's account, empty for the bank itself; `note` the payer's words where this installation has them."""

    payment: Payment
    change: int
    balance: int
    other: str
    note: str


@dataclass(frozen=True)
class Choice:
    """Which movements: `since` and `until` in UTC seconds, both included; `others` are the other party's accounts, ""
    the bank itself, None everybody; `words` stand in the payer's words or in a public reference; amounts in fen."""

    since: int | None = None
    until: int | None = None
    direction: Literal["", "in", "out"] = ""
    others: Collection[str] | None = None
    words: str = ""
    least: int | None = None
    most: int | None = None

    def of(self, row: Account) -> QuerySet[Payment]:
        """The account's movements that are chosen, newest first."""
        bounds = {
            "time__gte": self.since, "time__lte": self.until, "amount__gte": self.least, "amount__lte": self.most,
            "recipient": row.holder if self.direction == "in" else None,
            "sender": row.holder if self.direction == "out" else None,
        }  # fmt: skip
        found = payments(row).filter(**{name: value for name, value in bounds.items() if value is not None})
        if self.others is not None:
            found = found.filter(_with(row, self.others))
        return found.filter(_saying(row, self.words)) if self.words else found


ALL = Choice()


def _with(row: Account, others: Collection[str]) -> Q:
    crossings = _crossings(row).filter(Q(payer=row.holder, payee__in=others) | Q(payee=row.holder, payer__in=others))
    sides = Q(sender=row.holder, recipient__in=others) | Q(recipient=row.holder, sender__in=others)
    plain = sides & ~Q(sender="") & ~Q(recipient="")
    return plain | _crossed(crossings) | (Q(kind__in=WITH_BANK) if "" in others else Q())


def _saying(row: Account, words: str) -> Q:
    """References are 32 public bytes: short ASCII, or the commitment of words that are kept here."""
    parties = Q(payer=row.holder) | Q(payee=row.holder)
    refs = list(PaymentNote.objects.filter(parties, text__icontains=words).values_list("ref", flat=True))
    said = Q(ref__in=refs) | Q(ref__contains=words.encode().hex())
    if words.startswith("0x"):
        said |= Q(ref__istartswith=words)
    return said | _crossed(_crossings(row).filter(said))


def _crossings(row: Account) -> QuerySet[ClearingPayment]:
    return ClearingPayment.objects.filter(Q(payer=row.holder) | Q(payee=row.holder))


def _crossed(crossings: QuerySet[ClearingPayment]) -> Q:
    """The burn and the mint of payments across banks."""
    return Q(kind=Payment.Kind.CLEARING_OUT, id__in=crossings.values_list(F("id") + 1)) | Q(
        kind=Payment.Kind.CLEARING_IN, id__in=crossings.values_list(F("id") + 2)
    )


def parties(row: Account) -> set[str]:
    """Everybody with whom money moved."""
    found = {one for pair in payments(row).values_list("sender", "recipient").distinct() for one in pair}
    found |= {one for pair in _crossings(row).values_list("payer", "payee").distinct() for one in pair}
    return found - {"", row.holder}


def payments(row: Account) -> QuerySet[Payment]:
    """The account's movements, newest first."""
    return Payment.objects.filter(Q(sender=row.holder) | Q(recipient=row.holder), bank=row.bank).order_by("-id")


def movements(bank: str, sought: str = "") -> QuerySet[Payment]:
    """All movements at a bank, newest first; those whose party it is, or whose reference begins with what is sought;
    where there are none, those whose reference holds it. References and accounts are public; nobody's words are
    searched. Danger: what a reference holds no index finds, so that the bank's whole book is read."""
    found = Payment.objects.filter(bank=bank).order_by("-id")
    if not sought:
        return found
    written = sought.encode().hex()
    exact = Q(sender=sought.lower()) | Q(recipient=sought.lower()) | _begins(f"0x{written}")
    if re.fullmatch(r"0x[0-9a-f]+", sought.lower()):
        exact |= _begins(sought.lower())
    begins = found.filter(exact)
    return begins if begins.exists() else found.filter(ref__contains=written)


def _begins(prefix: str) -> Q:
    """References that begin so, as a range: unlike LIKE it takes the index in every database; "g" is after all hex."""
    return Q(ref__gte=prefix, ref__lt=prefix + "g")


def sums(row: Account, choice: Choice = ALL) -> tuple[int, int, int]:
    """How many movements are chosen, what came in by them and what went out."""
    found = choice.of(row)
    return found.count(), _total(found.filter(recipient=row.holder)), _total(found.filter(sender=row.holder))


def statement(
    row: Account, newest: int = 50, before: int | None = None, *, choice: Choice = ALL, with_notes: bool = False
) -> list[Statement]:
    """`newest` lines, newest first, of those chosen with an id below `before`. The balance is exact on each line.

    `with_notes` adds the payers' words: for the account's holder alone.
    """
    return _lines(row, choice.of(row), newest, NEWEST if before is None else before, None, with_notes)


def whole_statement(row: Account, choice: Choice = ALL) -> Iterator[Statement]:
    """All chosen lines with the payers' words, newest first, for the account's holder alone.

    Read in parts, so that neither memory nor a read transaction lasts as long as a slow reader.
    """
    found, before, balance = choice.of(row), NEWEST, row.balance
    while lines := _lines(row, found, AT_ONCE, before, balance, with_notes=True):
        yield from lines
        balance, before = lines[-1].balance - lines[-1].change, lines[-1].payment.id


def balances(row: Account, first: int, step: int, count: int) -> list[int]:
    """The balance at `count` times, `first` and each `step` seconds later; after the last of them nothing has moved
    yet, or it counts as if it had moved at that time."""
    since = payments(row).filter(time__gt=first).annotate(place=(F("time") - first - 1) / step).order_by()
    changes = dict[int, int]()
    for place, incoming, outgoing in since.values_list("place").annotate(
        incoming=Sum("amount", filter=Q(recipient=row.holder)), outgoing=Sum("amount", filter=Q(sender=row.holder))
    ):
        at = min(place + 1, count - 1)
        changes[at] = changes.get(at, 0) + (incoming or 0) - (outgoing or 0)
    found, balance = [], row.balance
    for at in reversed(range(count)):
        found.append(balance)
        balance -= changes.get(at, 0)
    return found[::-1]


def _lines(
    row: Account, found: QuerySet[Payment], newest: int, before: int, balance: int | None, with_notes: bool
) -> list[Statement]:
    """Lines of those found below `before`, where the account held `balance`; None: to be reckoned from today's."""
    page = list(found.filter(id__lt=before)[:newest])
    if not page:
        return []
    later = payments(row).filter(id__gt=page[0].id)
    if balance is None:
        balance = row.balance
    else:
        later = later.filter(id__lt=before)
    balance -= _total(later.filter(recipient=row.holder)) - _total(later.filter(sender=row.holder))
    after = _balances(row, page, balance)
    crossings = {
        crossing.id: crossing
        for crossing in ClearingPayment.objects.filter(id__in=[p.id - offset for p in page for offset in (1, 2)])
    }
    notes = _notes(page, crossings) if with_notes else {}
    lines = []
    for payment in page:
        other = payment.sender if payment.recipient == row.holder else payment.recipient
        parties = (payment.ref, payment.sender, payment.recipient)
        if payment.kind == Payment.Kind.CLEARING_OUT and (crossing := crossings.get(payment.id - 1)):
            other, parties = crossing.payee, (crossing.ref, crossing.payer, crossing.payee)
        elif payment.kind == Payment.Kind.CLEARING_IN and (crossing := crossings.get(payment.id - 2)):
            other, parties = crossing.payer, (crossing.ref, crossing.payer, crossing.payee)
        change = _change(row, payment.sender, payment.recipient, payment.amount)
        lines.append(Statement(payment, change, after[payment.id], other, notes.get(parties, "")))
    return lines


def _balances(row: Account, page: list[Payment], balance: int) -> dict[int, int]:
    """The balance after each movement from the page's first, which leaves `balance`, to its last, also after those
    between them that are not in the page."""
    after = {}
    between = payments(row).filter(id__lte=page[0].id, id__gte=page[-1].id)
    rows = between.values_list("id", "sender", "recipient", "amount")
    for number, sender, recipient, amount in rows.iterator(AT_ONCE):
        after[number] = balance
        balance -= _change(row, sender, recipient, amount)
    return after


def _change(row: Account, sender: str, recipient: str, amount: int) -> int:
    return (amount if recipient == row.holder else 0) - (amount if sender == row.holder else 0)


def _notes(page: list[Payment], crossings: dict[int, ClearingPayment]) -> dict[tuple[str, str, str], str]:
    """Words by reference, payer and payee. Danger: a reference is public and anybody may pay under it, so that alone
    it would show the words to a stranger."""
    references = [p.ref for p in page if p.ref] + [crossing.ref for crossing in crossings.values()]
    kept = PaymentNote.objects.filter(ref__in=references).values_list("ref", "payer", "payee", "text")
    return {(ref, payer, payee): text for ref, payer, payee, text in kept}


def _total(rows: QuerySet[Payment]) -> int:
    return rows.aggregate(total=Sum("amount"))["total"] or 0
