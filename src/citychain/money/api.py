"""Money over HTTP: what the chain shows to everybody. Amounts in fen; private words of payments never leave here."""

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Router, Schema

from citychain.errors import InvalidInput
from citychain.indexer.api import PROBLEMS, Simulated, Time, moment

from . import queries

router = Router(tags=["money"])
MOST_LISTED = 200


class BankRow(Schema):
    """`supply_fen` is what the bank owes its customers."""

    address: str
    institution: int
    name: str
    supply_fen: int
    accounts: int


class BankList(Simulated):
    circulation_fen: int
    banks: list[BankRow]


class AccountRow(Schema):
    bank: str
    balance_fen: int
    locked_fen: int
    held_fen: int
    available_fen: int


class Accounts(Simulated):
    holder: str
    accounts: list[AccountRow]


class PaymentRow(Schema):
    """`change_fen` is signed; `other` is the other party, empty for the bank itself."""

    id: int
    kind: str
    change_fen: int
    balance_fen: int
    other: str
    time: Time
    block: int
    tx: str


class Payments(Simulated):
    """`next`: hand it back as `before` for the older page; null at the end."""

    payments: list[PaymentRow]
    next: int | None


@router.get("/banks", response={200: BankList, **PROBLEMS}, summary="Banks and money in circulation")
def banks(request: HttpRequest) -> BankList:
    rows = [
        BankRow(
            address=bank.address,
            institution=bank.institution,
            name=queries.bank_name(bank),
            supply_fen=bank.supply,
            accounts=bank.accounts,
        )
        for bank in queries.banks()
    ]
    return BankList(circulation_fen=queries.circulation(), banks=rows)


@router.get("/accounts/{holder}", response={200: Accounts, **PROBLEMS}, summary="An account's balances, by bank")
def accounts(request: HttpRequest, holder: str) -> Accounts:
    rows = [
        AccountRow(
            bank=row.bank,
            balance_fen=row.balance,
            locked_fen=row.locked,
            held_fen=queries.held(row),
            available_fen=queries.available(row),
        )
        for row in queries.accounts([holder.lower()])
    ]
    return Accounts(holder=holder.lower(), accounts=rows)


@router.get("/accounts/{holder}/payments", response={200: Payments, **PROBLEMS}, summary="Movements, the newest first")
def payments(request: HttpRequest, holder: str, bank: str, limit: int = 50, before: int | None = None) -> Payments:
    if not 1 <= limit <= MOST_LISTED:
        raise InvalidInput(field="limit", reason=_("it must lie between 1 and %(most)s") % {"most": MOST_LISTED})
    if before is not None and not 0 <= before < 2**63:
        raise InvalidInput(field="before", reason=_("hand back what `next` was"))
    lines = queries.statement(queries.account(bank.lower(), holder.lower()), limit + 1, before)
    rows = [
        PaymentRow(
            id=line.payment.id,
            kind=line.payment.kind,
            change_fen=line.change,
            balance_fen=line.balance,
            other=line.other,
            time=moment(line.payment.time),
            block=line.payment.block,
            tx=line.payment.tx,
        )
        for line in lines[:limit]
    ]
    return Payments(payments=rows, next=rows[-1].id if len(lines) > limit else None)
