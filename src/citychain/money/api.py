"""Money over HTTP: what the chain shows to everybody. Private words of payments never leave here."""

from typing import Annotated

from django.http import HttpRequest
from ninja import Query, Router

from citychain.indexer.api import by_head
from citychain.indexer.choosing import choice, chosen
from citychain.indexer.paging import page
from citychain.indexer.schemas import Address, Limit, Number, moment

from . import queries, statements
from .models import Account
from .schemas import AccountRow, Accounts, BankList, BankRow, PaymentRow, Payments

router = Router(tags=["money"])


@router.get("/banks", response=BankList, summary="Banks and money in circulation")
@by_head
def banks(
    request: HttpRequest,
    limit: Limit = 100,
    after: Address | None = None,
    fields: Annotated[str, choice(BankRow)] = "",
) -> BankList:
    found, last = page(queries.banks(), limit, last=after, field="after")
    rows = [
        BankRow(
            address=bank.address,
            institution=bank.institution,
            name=bank.name,
            symbol=bank.symbol,
            supply_fen=bank.supply,
            accounts=bank.accounts,
            retired=bank.retired,
        )
        for bank in found
    ]
    return BankList(circulation_fen=queries.circulation(), banks=chosen(BankRow, rows, fields), next=last)


@router.get("/accounts/{holder}", response=Accounts, summary="An account's balances, by bank")
@by_head
def accounts(request: HttpRequest, holder: Address) -> Accounts:
    rows = [
        AccountRow(
            bank=row.bank,
            balance_fen=row.balance,
            locked_fen=row.locked,
            held_fen=queries.held(row),
            available_fen=queries.available(row),
        )
        for row in queries.accounts([holder])
    ]
    return Accounts(holder=holder, accounts=rows)


@router.get("/accounts/{holder}/payments", response=Payments, summary="An account's movements, the newest first")
@by_head
def payments(
    request: HttpRequest,
    holder: Address,
    bank: Annotated[Address | None, Query(description="At this bank alone.")] = None,
    limit: Limit = 50,
    before: Number | None = None,
    fields: Annotated[str, choice(PaymentRow)] = "",
) -> Payments:
    at = Account.objects.filter(holder=holder) if bank is None else [queries.account(bank, holder)]
    lines = [line for row in at for line in statements.statement(row, limit + 1, before)]
    lines.sort(key=lambda line: line.payment.id, reverse=True)
    rows = [
        PaymentRow(
            id=line.payment.id,
            bank=line.payment.bank,
            kind=line.payment.kind,
            change_fen=line.change,
            balance_fen=line.balance,
            other=line.other,
            ref=line.payment.ref,
            time=moment(line.payment.time),
            block=line.payment.block,
            tx=line.payment.tx,
        )
        for line in lines[:limit]
    ]
    last = rows[-1].id if len(lines) > limit else None
    return Payments(payments=chosen(PaymentRow, rows, fields), next=last)
