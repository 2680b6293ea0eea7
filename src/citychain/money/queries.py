"""What pages and the API ask about money. Amounts in fen, times UTC seconds."""

from collections.abc import Collection, Iterable

from django.db.models import Q, QuerySet, Sum

from citychain.chain import clock
from citychain.identity.models import Institution
from citychain.identity.queries import acting_for, carrying_duties_of, institutions, localized

from .errors import UnknownAccount, UnknownBank
from .models import (
    Account,
    Bank,
    Hold,
    Limit,
    Position,
    Settlement,
    Withdrawal,
)

#: What a bank's key may be made for, as Deposits and Clearing ask for it.
SCOPES = ("accounts", "burn", "clearing", "mint")


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


def opened(row: Bank, holders: Iterable[str]) -> set[str]:
    """Those who have an open account at this bank."""
    found = Account.objects.filter(bank=row.address, holder__in=list(holders), open=True)
    return set(found.values_list("holder", flat=True))


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
