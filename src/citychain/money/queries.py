"""What pages and the API ask about money. Amounts in fen, times UTC seconds."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from django.db.models import Q, QuerySet, Sum

from citychain.chain import clock
from citychain.identity.models import Institution
from citychain.identity.queries import acting_for, carrying_duties_of, institutions, localized

from .errors import UnknownAccount, UnknownBank
from .models import (
    Account,
    Bank,
    ClearingPayment,
    Hold,
    Limit,
    Payment,
    PaymentNote,
    Position,
    Settlement,
    Withdrawal,
)

#: Lines of a whole statement that are read at once.
AT_ONCE = 1_000
#: What a bank's key may be made for, as Deposits and Clearing ask for it.
SCOPES = ("accounts", "burn", "clearing", "mint")


@dataclass(frozen=True)
class Statement:
    """One line of an account's statement. `change` is signed; `balance` is the balance after it; `other` the other
    party's account, empty for the bank itself; `note` the payer's words where this installation has them."""

    payment: Payment
    change: int
    balance: int
    other: str
    note: str


def banks() -> QuerySet[Bank]:
    return Bank.objects.order_by("institution", "address")


def bank(address: str) -> Bank:
    """Raises UnknownBank."""
    found = Bank.objects.filter(address=address).first()
    if found is None:
        raise UnknownBank(what=address)
    return found


def bank_name(row: Bank) -> str:
    """The bank's public name in the reader's language; the token's own where the institution is unknown."""
    found = Institution.objects.filter(id=row.institution).values_list("name", flat=True).first()
    return localized(found or row.name)


def circulation() -> int:
    """All money that the banks owe, in fen."""
    return Bank.objects.aggregate(total=Sum("supply"))["total"] or 0


def positions() -> QuerySet[Position]:
    return Position.objects.order_by("debtor", "creditor")


def accounts(holders: Iterable[str]) -> list[Account]:
    """Open accounts of these holders."""
    return list(Account.objects.filter(holder__in=list(holders), open=True).order_by("bank", "holder"))


def account(bank_address: str, holder: str) -> Account:
    """Raises UnknownAccount."""
    found = Account.objects.filter(id=f"{bank_address}:{holder}").first()
    if found is None:
        raise UnknownAccount(what=holder)
    return found


def held(row: Account) -> int:
    """What courts hold in the account now."""
    return (
        Hold.objects.filter(bank=row.bank, account=row.holder, amount__gt=0, expiry__gt=clock.now()).aggregate(
            total=Sum("amount")
        )["total"]
        or 0
    )


def available(row: Account) -> int:
    """What the holder may spend: balance less holds and waiting withdrawals, never below zero."""
    return max(0, row.balance - row.locked - held(row))


def banks_of(holder: str) -> set[str]:
    """Addresses of the banks where `holder` has an open account."""
    return set(Account.objects.filter(holder=holder, open=True).values_list("bank", flat=True))


def payments(row: Account) -> QuerySet[Payment]:
    """The account's movements, newest first."""
    return Payment.objects.filter(Q(sender=row.holder) | Q(recipient=row.holder), bank=row.bank).order_by("-id")


def statement(
    row: Account, newest: int = 50, before: int | None = None, *, with_notes: bool = False
) -> list[Statement]:
    """`newest` lines, newest first, of those with an id below `before`. The running balance is exact on each line.

    `with_notes` adds the payers' words: for the account's holder alone.
    """
    balance = row.balance
    if before is not None:
        later = payments(row).filter(id__gte=before)
        balance -= _total(later.filter(recipient=row.holder)) - _total(later.filter(sender=row.holder))
    return _lines(row, newest, before, balance, with_notes)


def whole_statement(row: Account) -> Iterator[Statement]:
    """All lines with the payers' words, newest first, for the account's holder alone.

    Read in parts, so that neither memory nor a read transaction lasts as long as a slow reader.
    """
    balance, before = row.balance, None
    while lines := _lines(row, AT_ONCE, before, balance, with_notes=True):
        yield from lines
        balance, before = lines[-1].balance - lines[-1].change, lines[-1].payment.id


def _lines(row: Account, newest: int, before: int | None, balance: int, with_notes: bool) -> list[Statement]:
    """Lines below `before`, whose newest leaves `balance`."""
    found = payments(row) if before is None else payments(row).filter(id__lt=before)
    page = list(found[:newest])
    crossings = {
        crossing.id: crossing
        for crossing in ClearingPayment.objects.filter(id__in=[p.id - offset for p in page for offset in (1, 2)])
    }
    notes = _notes(page, crossings) if with_notes else {}
    lines = []
    for payment in page:
        change = (payment.amount if payment.recipient == row.holder else 0) - (
            payment.amount if payment.sender == row.holder else 0
        )
        other = payment.sender if payment.recipient == row.holder else payment.recipient
        parties = (payment.ref, payment.sender, payment.recipient)
        if payment.kind == Payment.Kind.CLEARING_OUT and (crossing := crossings.get(payment.id - 1)):
            other, parties = crossing.payee, (crossing.ref, crossing.payer, crossing.payee)
        elif payment.kind == Payment.Kind.CLEARING_IN and (crossing := crossings.get(payment.id - 2)):
            other, parties = crossing.payer, (crossing.ref, crossing.payer, crossing.payee)
        lines.append(Statement(payment, change, balance, other, notes.get(parties, "")))
        balance -= change
    return lines


def _notes(page: list[Payment], crossings: dict[int, ClearingPayment]) -> dict[tuple[str, str, str], str]:
    """Words by reference, payer and payee. Danger: a reference is public and anybody may pay under it, so that alone
    it would show the words to a stranger."""
    references = [p.ref for p in page if p.ref] + [crossing.ref for crossing in crossings.values()]
    kept = PaymentNote.objects.filter(ref__in=references).values_list("ref", "payer", "payee", "text")
    return {(ref, payer, payee): text for ref, payer, payee, text in kept}


def _total(rows: QuerySet[Payment]) -> int:
    return rows.aggregate(total=Sum("amount"))["total"] or 0


def may_act_at(row: Bank, accounts: Collection[str], scope: str) -> str:
    """The first of these accounts that may act for the bank in `scope`; "" when none may. Its duties may have passed
    to a successor."""
    rows = {other.id: other for other in institutions()}
    holder = carrying_duties_of(row.institution, rows).id
    return next((one for one in accounts if acting_for([one], "bank", scope) == holder), "")


def served_by(accounts: Collection[str]) -> list[Bank]:
    """The banks for which one of these accounts may do something now."""
    return [bank for bank in banks() if any(may_act_at(bank, accounts, scope) for scope in SCOPES)]


def may_order(accounts: Collection[str]) -> tuple[str, int]:
    """The first of these accounts that may order as a court, and which court; ("", 0) when none may."""
    for one in accounts:
        if (court := acting_for([one], "court", "order")) is not None:
            return one, court
    return "", 0


def holds_in_force(court: int) -> QuerySet[Hold]:
    """The court's holds that bind now, the one that ends first at the top."""
    return Hold.objects.filter(court=court, amount__gt=0, expiry__gt=clock.now()).order_by("expiry", "id")


def waiting_withdrawals(row: Bank) -> QuerySet[Withdrawal]:
    """What holders asked the bank to pay out, the most urgent at the top."""
    return Withdrawal.objects.filter(bank=row.address, state="waiting").order_by("deadline", "id")


def open_settlements(institution: int) -> QuerySet[Settlement]:
    """Proposed and not yet answered, by this bank or to it."""
    sides = Q(debtor=institution) | Q(creditor=institution)
    return Settlement.objects.filter(sides, state="proposed").order_by("debtor", "creditor", "ref")


def standing_with(row: Bank) -> list[tuple[int, int, int, int]]:
    """(other bank's institution, what this bank owes it net, what it lets this bank owe, what this bank lets it owe),
    in fen. A limit that was never set is 0."""
    own = row.institution
    granted = dict(Limit.objects.filter(creditor=own).values_list("debtor", "amount"))
    received = dict(Limit.objects.filter(debtor=own).values_list("creditor", "amount"))
    net = {position.creditor: position.net for position in Position.objects.filter(debtor=own)}
    net |= {position.debtor: -position.net for position in Position.objects.filter(creditor=own)}
    others = sorted(set(Bank.objects.exclude(institution=own).values_list("institution", flat=True)))
    return [(other, net.get(other, 0), received.get(other, 0), granted.get(other, 0)) for other in others]
