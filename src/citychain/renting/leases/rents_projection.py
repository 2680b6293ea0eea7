"""From the events of Rents and Settlements to payments, mandates, late fees and settlements."""

import json
from collections.abc import Iterator
from typing import Any

from citychain.chain.abi import text32
from citychain.indexer import detail
from citychain.indexer.rows import Add, Change, Delete, Log, Put, RowChange

from ..bindings import Rents, Settlements
from .models import Lease, LeaseStep
from .rents_models import LateFee, RentMandate, RentPayment, SettlementItem, SettlementPart

#: SettlementRecords.Part, in its order.
PARTS = (SettlementPart.Part.CLAIMS.value, SettlementPart.Part.BILLS.value)
Step = SettlementPart.Step


def _step(event: Any, log: Log) -> Put:
    told = detail.of(event, without=("leaseId",))
    row = {"lease": event.leaseId, "event": type(event).__name__, "detail": told}
    return Put(LeaseStep, {"id": log.id, **row, "time": log.time, "block": log.block, "tx": log.tx})


def on_step(event: Any, log: Log) -> Iterator[RowChange]:
    """What only the history tells."""
    yield _step(event, log)


# --- rent ------------------------------------------------------------------------------------------------------------


def on_paid(event: Rents.RentPaid, log: Log) -> Iterator[RowChange]:
    yield Put(
        RentPayment,
        {
            "id": event.paymentId,
            "lease": event.leaseId,
            "payer": event.payer,
            "payee": event.payee,
            "by": event.by,
            "lodged": event.lodged,
            "amount": event.amount,
            "first_month": event.firstMonth,
            "parts": json.dumps(event.parts),
            "state": (RentPayment.State.SETTLED if event.lodged else RentPayment.State.MADE).value,
            "paid_at": log.time,
            "tx": log.tx,
        },
    )
    yield Change(Lease, event.leaseId, {"covered": event.covered})
    yield _step(event, log)


def on_settled(event: Rents.RentSettled, log: Log) -> Iterator[RowChange]:
    yield Change(RentPayment, event.paymentId, {"state": RentPayment.State.SETTLED.value})
    yield Change(Lease, event.leaseId, {"covered": event.covered})
    yield _step(event, log)


def on_returned(event: Rents.RentReturned, log: Log) -> Iterator[RowChange]:
    yield Change(RentPayment, event.paymentId, {"state": RentPayment.State.RETURNED.value})
    yield Change(Lease, event.leaseId, {"covered": event.covered})
    yield _step(event, log)


def on_covered(event: Rents.RentRefunded | Rents.RentCredited, log: Log) -> Iterator[RowChange]:
    yield Change(Lease, event.leaseId, {"covered": event.covered})
    yield _step(event, log)


def on_mandate(event: Rents.RentMandateGiven, log: Log) -> Iterator[RowChange]:
    row = {"lease": event.leaseId, "payer": event.payer, "most": event.most, "valid_until": event.validUntil}
    yield Put(RentMandate, {"id": f"{event.leaseId}:{event.payer}", **row})
    yield _step(event, log)


def on_mandate_revoked(event: Rents.RentMandateRevoked, log: Log) -> Iterator[RowChange]:
    yield Delete(RentMandate, f"{event.leaseId}:{event.payer}")
    yield _step(event, log)


def on_fee_claimed(event: Rents.LateFeeClaimed, log: Log) -> Iterator[RowChange]:
    row = {"lease": event.leaseId, "month": event.month, "amount": event.amount}
    yield Put(LateFee, {"id": f"{event.leaseId}:{event.month}", **row, "state": LateFee.State.CLAIMED.value})
    yield _step(event, log)


def _fee(event: Any, log: Log, **values: Any) -> Iterator[RowChange]:
    yield Change(LateFee, f"{event.leaseId}:{event.month}", values)
    yield _step(event, log)


def on_fee_contested(event: Rents.LateFeeContested, log: Log) -> Iterator[RowChange]:
    yield from _fee(event, log, state=LateFee.State.CONTESTED.value)


def on_fee_decided(event: Rents.LateFeeDecided, log: Log) -> Iterator[RowChange]:
    yield from _fee(event, log, state=LateFee.State.DECIDED.value, amount=event.amount)


def on_fee_paid(event: Rents.LateFeePaid, log: Log) -> Iterator[RowChange]:
    yield from _fee(event, log, state=LateFee.State.PAID.value)


def on_fee_waived(event: Rents.LateFeeWaived, log: Log) -> Iterator[RowChange]:
    yield from _fee(event, log, state=LateFee.State.WAIVED.value)


# --- the deposit -----------------------------------------------------------------------------------------------------


def _key(event: Any) -> str:
    return f"{event.leaseId}:{PARTS[event.part]}"


def on_stated(event: Settlements.ClaimsStated, log: Log) -> Iterator[RowChange]:
    part = PARTS[event.part]
    row = {"id": _key(event), "lease": event.leaseId, "part": part}
    open_ = sum(item.amount for item in event.items)
    yield Put(SettlementPart, {**row, "step": Step.STATED.value, "open": open_, "deadline": event.deadline})
    if event.reserve:
        bills = {"id": f"{event.leaseId}:{PARTS[1]}", "lease": event.leaseId, "part": PARTS[1]}
        yield Put(SettlementPart, {**bills, "step": Step.RESERVED.value, "open": event.reserve})
    for position, item in enumerate(event.items):
        about = {"kind": text32(item.kind), "evidence": item.evidence, "claimed": item.amount}
        key = {"id": f"{_key(event)}:{position}", "lease": event.leaseId, "part": part, "position": position}
        yield Put(SettlementItem, {**key, **about})
    yield _step(event, log)


def _lowered(event: Any, log: Log, field: str) -> Iterator[RowChange]:
    for position, amount in enumerate(event.amounts):
        yield Add(SettlementItem, {"id": f"{_key(event)}:{position}"}, {field: amount})
    yield Change(SettlementPart, _key(event), {"open": event.open})
    yield _step(event, log)


def on_accepted(event: Settlements.ClaimsAccepted, log: Log) -> Iterator[RowChange]:
    yield from _lowered(event, log, "accepted")


def on_withdrawn(event: Settlements.ClaimsWithdrawn, log: Log) -> Iterator[RowChange]:
    yield from _lowered(event, log, "withdrawn")


def _at(event: Any, log: Log, **values: Any) -> Iterator[RowChange]:
    yield Change(SettlementPart, _key(event), values)
    yield _step(event, log)


def on_reminded(event: Settlements.TenantsReminded, log: Log) -> Iterator[RowChange]:
    yield from _at(event, log, step=Step.REMINDED.value, deadline=event.deadline)


def on_contested(event: Settlements.ClaimsContested, log: Log) -> Iterator[RowChange]:
    values = {"deadline": event.deadline, "decider": event.decider, "contested_at": log.time}
    yield from _at(event, log, step=Step.CONTESTED.value, objection=event.reason, **values)


def on_decider(event: Settlements.DeciderReplaced, log: Log) -> Iterator[RowChange]:
    yield from _at(event, log, decider=event.decider, deadline=event.deadline)


def on_decided(event: Settlements.ClaimsDecided, log: Log) -> Iterator[RowChange]:
    for position, amount in enumerate(event.amounts):
        yield Change(SettlementItem, f"{_key(event)}:{position}", {"granted": amount})
    values = {"deadline": event.deadline, "reasons": event.reasons, "decided": True}
    yield from _at(event, log, step=Step.DECIDED.value, **values)


def on_court(event: Settlements.ClaimsTakenToCourt, log: Log) -> Iterator[RowChange]:
    yield from _at(event, log, step=Step.AT_COURT.value, deadline=event.deadline)


def on_closed(event: Settlements.SettlementClosed, log: Log) -> Iterator[RowChange]:
    # of a deposit from which nothing was claimed this is the first that is told
    yield Add(SettlementPart, {"id": _key(event), "lease": event.leaseId, "part": PARTS[event.part]}, {"open": 0})
    yield from _at(event, log, step=Step.CLOSED.value, open=0, deadline=0)


SUBSCRIPTIONS = {
    "Rents.RentPaid": on_paid,
    "Rents.RentSettled": on_settled,
    "Rents.RentReturned": on_returned,
    "Rents.RentRefunded": on_covered,
    "Rents.RentCredited": on_covered,
    "Rents.RentMandateGiven": on_mandate,
    "Rents.RentMandateRevoked": on_mandate_revoked,
    "Rents.LateFeeClaimed": on_fee_claimed,
    "Rents.LateFeeContested": on_fee_contested,
    "Rents.LateFeeDecided": on_fee_decided,
    "Rents.LateFeePaid": on_fee_paid,
    "Rents.LateFeeWaived": on_fee_waived,
    "Settlements.ClaimsStated": on_stated,
    "Settlements.ClaimsAccepted": on_accepted,
    "Settlements.ClaimsWithdrawn": on_withdrawn,
    "Settlements.TenantsReminded": on_reminded,
    "Settlements.ClaimsContested": on_contested,
    "Settlements.DeciderReplaced": on_decider,
    "Settlements.ClaimsDecided": on_decided,
    "Settlements.ClaimsTakenToCourt": on_court,
    "Settlements.DecisionEnforced": on_step,
    "Settlements.DepositReleased": on_step,
    "Settlements.DepositDistributed": on_step,
    "Settlements.SettlementClosed": on_closed,
}
