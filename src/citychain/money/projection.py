"""From the events of Deposits and Clearing to balances, payments, holds and positions.

An ERC-20 Transfer comes first and tells what moved; the contract's own event follows as the next log and tells why.
"""

from collections.abc import Iterator

from citychain.indexer.rows import Add, Change, Log, Put, RowChange

from .bindings import Clearing, Deposits
from .models import Account, Bank, ClearingPayment, Hold, Limit, Payment, Position, Settlement, Withdrawal

NOBODY = "0x" + "00" * 20


def on_deposits_created(event: Deposits.DepositsCreated, log: Log) -> Iterator[RowChange]:
    yield Put(
        Bank,
        {
            "address": log.address,
            "institution": event.bank,
            "name": event.name,
            "symbol": event.symbol,
            "supply": 0,
            "accounts": 0,
            "retired": False,
        },
    )


def on_retired(event: Deposits.Retired, log: Log) -> Iterator[RowChange]:
    yield Change(Bank, log.address, {"retired": True})


def on_account_opened(event: Deposits.AccountOpened, log: Log) -> Iterator[RowChange]:
    yield Put(
        Account,
        {
            "id": f"{log.address}:{event.account}",
            "bank": log.address,
            "holder": event.account,
            "balance": 0,
            "locked": 0,
            "custodian": event.custodian,
            "open": True,
        },
    )
    yield Add(Bank, {"address": log.address}, {"accounts": 1})


def on_account_closed(event: Deposits.AccountClosed, log: Log) -> Iterator[RowChange]:
    yield Change(Account, f"{log.address}:{event.account}", {"open": False})
    yield Add(Bank, {"address": log.address}, {"accounts": -1})


def on_transfer(event: Deposits.Transfer, log: Log) -> Iterator[RowChange]:
    if event.from_ == NOBODY:
        kind = Payment.Kind.CLEARING_IN
        yield Add(Bank, {"address": log.address}, {"supply": event.value})
    else:
        kind = Payment.Kind.CLEARING_OUT if event.to == NOBODY else Payment.Kind.PAYMENT
        yield Add(Account, {"id": f"{log.address}:{event.from_}"}, {"balance": -event.value})
    if event.to == NOBODY:
        yield Add(Bank, {"address": log.address}, {"supply": -event.value})
    else:
        yield Add(Account, {"id": f"{log.address}:{event.to}"}, {"balance": event.value})
    yield Put(
        Payment,
        {
            "id": log.id,
            "bank": log.address,
            "sender": "" if event.from_ == NOBODY else event.from_,
            "recipient": "" if event.to == NOBODY else event.to,
            "amount": event.value,
            "kind": kind.value,
            "ref": "",
            "time": log.time,
            "block": log.block,
            "tx": log.tx,
        },
    )


def on_minted(event: Deposits.Minted, log: Log) -> Iterator[RowChange]:
    yield Change(Payment, log.id - 1, {"kind": Payment.Kind.DEPOSIT.value, "ref": event.ref})


def on_payment_referenced(event: Deposits.PaymentReferenced, log: Log) -> Iterator[RowChange]:
    yield Change(Payment, log.id - 1, {"ref": event.ref})


def on_withdrawal_requested(event: Deposits.WithdrawalRequested, log: Log) -> Iterator[RowChange]:
    yield Put(
        Withdrawal,
        {
            "id": f"{log.address}:{event.withdrawalId}",
            "bank": log.address,
            "holder": event.holder,
            "amount": event.amount,
            "ref": event.ref,
            "deadline": event.deadline,
            "state": "waiting",
        },
    )
    yield Add(Account, {"id": f"{log.address}:{event.holder}"}, {"locked": event.amount})


def _end_withdrawal(log: Log, number: int, holder: str, amount: int, state: str) -> Iterator[RowChange]:
    yield Change(Withdrawal, f"{log.address}:{number}", {"state": state})
    yield Add(Account, {"id": f"{log.address}:{holder}"}, {"locked": -amount})


def on_withdrawal_settled(event: Deposits.WithdrawalSettled, log: Log) -> Iterator[RowChange]:
    yield from _end_withdrawal(log, event.withdrawalId, event.holder, event.amount, "settled")
    yield Change(Payment, log.id - 1, {"kind": Payment.Kind.WITHDRAWAL.value})


def on_withdrawal_refused(event: Deposits.WithdrawalRefused, log: Log) -> Iterator[RowChange]:
    yield from _end_withdrawal(log, event.withdrawalId, event.holder, event.amount, "refused")


def on_withdrawal_cancelled(event: Deposits.WithdrawalCancelled, log: Log) -> Iterator[RowChange]:
    yield from _end_withdrawal(log, event.withdrawalId, event.holder, event.amount, "cancelled")


def on_hold_ordered(event: Deposits.HoldOrdered, log: Log) -> Iterator[RowChange]:
    yield Put(
        Hold,
        {
            "id": f"{log.address}:{event.orderId}",
            "bank": log.address,
            "account": event.account,
            "court": event.court,
            "case_number": event.caseNumber,
            "amount": event.amount,
            "expiry": event.expiry,
        },
    )


def on_hold_extended(event: Deposits.HoldExtended, log: Log) -> Iterator[RowChange]:
    yield Change(Hold, f"{log.address}:{event.orderId}", {"expiry": event.expiry})


def on_hold_released(event: Deposits.HoldReleased, log: Log) -> Iterator[RowChange]:
    yield Change(Hold, f"{log.address}:{event.orderId}", {"amount": 0})


def on_hold_redirected(event: Deposits.HoldRedirected, log: Log) -> Iterator[RowChange]:
    yield Change(Hold, f"{log.address}:{event.orderId}", {"amount": event.remaining})
    yield Change(Payment, log.id - 1, {"kind": Payment.Kind.COURT.value})


def on_payment_reversed(event: Deposits.PaymentReversed, log: Log) -> Iterator[RowChange]:
    yield Change(Payment, log.id - 1, {"kind": Payment.Kind.COURT.value, "ref": event.originalReference})


def on_paid(event: Clearing.Paid, log: Log) -> Iterator[RowChange]:
    yield Put(
        ClearingPayment,
        {
            "id": log.id,
            "payer": event.payer,
            "payee": event.to,
            "from_bank": event.fromDeposits,
            "to_bank": event.toDeposits,
            "amount": event.amount,
            "ref": event.ref,
        },
    )


def on_position_changed(event: Clearing.PositionChanged, log: Log) -> Iterator[RowChange]:
    debtor, creditor, net = event.debtor, event.creditor, event.netDebt
    if debtor > creditor:
        debtor, creditor, net = creditor, debtor, -net
    yield Put(Position, {"id": f"{debtor}:{creditor}", "debtor": debtor, "creditor": creditor, "net": net})


def on_limit_set(event: Clearing.LimitSet, log: Log) -> Iterator[RowChange]:
    creditor, debtor = event.creditor, event.debtor
    yield Put(Limit, {"id": f"{creditor}:{debtor}", "creditor": creditor, "debtor": debtor, "amount": event.limit})


def on_settlement_proposed(event: Clearing.SettlementProposed, log: Log) -> Iterator[RowChange]:
    yield Put(
        Settlement,
        {
            "id": _settlement(event),
            "debtor": event.debtor,
            "creditor": event.creditor,
            "amount": event.amount,
            "ref": event.ref,
            "state": "proposed",
        },
    )


def on_settlement_confirmed(event: Clearing.SettlementConfirmed, log: Log) -> Iterator[RowChange]:
    yield Change(Settlement, _settlement(event), {"state": "confirmed"})


def on_settlement_dropped(event: Clearing.SettlementDropped, log: Log) -> Iterator[RowChange]:
    yield Change(Settlement, _settlement(event), {"state": "dropped"})


def _settlement(event: Clearing.SettlementProposed | Clearing.SettlementConfirmed | Clearing.SettlementDropped) -> str:
    return f"{event.debtor}:{event.creditor}:{event.ref}"


SUBSCRIPTIONS = {
    "Deposits.DepositsCreated": on_deposits_created,
    "Deposits.Retired": on_retired,
    "Deposits.AccountOpened": on_account_opened,
    "Deposits.AccountClosed": on_account_closed,
    "Deposits.Transfer": on_transfer,
    "Deposits.Minted": on_minted,
    "Deposits.PaymentReferenced": on_payment_referenced,
    "Deposits.WithdrawalRequested": on_withdrawal_requested,
    "Deposits.WithdrawalSettled": on_withdrawal_settled,
    "Deposits.WithdrawalRefused": on_withdrawal_refused,
    "Deposits.WithdrawalCancelled": on_withdrawal_cancelled,
    "Deposits.HoldOrdered": on_hold_ordered,
    "Deposits.HoldExtended": on_hold_extended,
    "Deposits.HoldReleased": on_hold_released,
    "Deposits.HoldRedirected": on_hold_redirected,
    "Deposits.PaymentReversed": on_payment_reversed,
    "Clearing.Paid": on_paid,
    "Clearing.PositionChanged": on_position_changed,
    "Clearing.LimitSet": on_limit_set,
    "Clearing.SettlementProposed": on_settlement_proposed,
    "Clearing.SettlementConfirmed": on_settlement_confirmed,
    "Clearing.SettlementDropped": on_settlement_dropped,
}
