"""From the events of Leases, LeaseOffers, LeaseChanges and Escrow to leases, their sides, their money and
history; those of Rents, Settlements and Filings beside."""

from collections.abc import Iterator, Sequence
from typing import Any

from citychain.chain.abi import text32
from citychain.indexer import detail
from citychain.indexer.rows import Add, Change, Delete, Log, Put, RowChange

from ..bindings import Escrow, LeaseChanges, LeaseOffers, Leases
from . import filing_projection, rents_projection
from .models import (
    Lease,
    LeaseAgreement,
    LeaseCondition,
    LeaseCredit,
    LeaseDemand,
    LeaseParty,
    LeaseReplacement,
    LeaseSponsor,
    LeaseStep,
)

#: ILeases.Track, in its order.
TRACKS = (Lease.Track.ADJUDICATION, Lease.Track.ARBITRATION, Lease.Track.MEDIATION)


def side_of(by_landlord: bool) -> str:
    return (LeaseParty.Side.LANDLORD if by_landlord else LeaseParty.Side.TENANT).value


def _step(event: Any, log: Log) -> Put:
    told = detail.of(event, without=("leaseId", "terms"))
    row = {"lease": event.leaseId, "event": type(event).__name__, "detail": told}
    return Put(LeaseStep, {"id": log.id, **row, "time": log.time, "block": log.block, "tx": log.tx})


def on_step(event: Any, log: Log) -> Iterator[RowChange]:
    """What only the history tells."""
    yield _step(event, log)


def _side(lease: int, side: LeaseParty.Side, version: int, accounts: Sequence[str]) -> Iterator[RowChange]:
    for account in accounts:
        key = f"{lease}:{side.value}:{version}:{account}"
        row = {"id": key, "lease": lease, "side": side.value, "version": version, "account": account}
        yield Put(LeaseParty, row)


# --- from signatures to keys -----------------------------------------------------------------------------------------


def on_signed(event: LeaseOffers.LeaseSigned, log: Log) -> Iterator[RowChange]:
    terms = event.terms
    yield Put(
        Lease,
        {
            "id": event.leaseId,
            "unit": event.unitId,
            "head_lease": terms.headLeaseId,
            "state": Lease.State.SIGNED.value,
            "terms_hash": event.termsHash,
            "from_day": terms.fromDay,
            "to_day": terms.toDay,
            "signed_to_day": terms.toDay,
            "rent": terms.rent,
            "first_rent": event.firstRent,
            "due_day": terms.dueDay,
            "deposit": terms.deposit,
            "grace_days": terms.graceDays,
            "late_fee": terms.lateFee,
            "notice_days": terms.noticeDays,
            "advance_months": event.advanceMonths,
            "occupants": terms.occupants,
            "sublettable": terms.sublettable,
            "deposits": terms.deposits,
            "track": TRACKS[terms.track].value,
            "decider": terms.decider,
            "payee": terms.payee,
            "refundee": terms.refundee,
            "house_rules": terms.houseRules,
            "inventory": terms.inventory,
            "text": terms.text,
            "landlords": log.id,
            "tenants": log.id,
            "fund_by": event.fundBy,
            "signed_at": log.time,
        },
    )
    yield from _side(event.leaseId, LeaseParty.Side.LANDLORD, log.id, terms.landlords)
    yield from _side(event.leaseId, LeaseParty.Side.TENANT, log.id, terms.tenants)
    yield _step(event, log)


def on_sponsor(event: Leases.SponsorChanged, log: Log) -> Iterator[RowChange]:
    key = f"{event.leaseId}:{event.sponsor}"
    # taken back by who never said it, too: the row is made first, so that there is one to delete
    yield Put(LeaseSponsor, {"id": key, "lease": event.leaseId, "account": event.sponsor})
    if not event.pays:
        yield Delete(LeaseSponsor, key)
    yield _step(event, log)


def on_funded(event: Leases.LeaseFunded, log: Log) -> Iterator[RowChange]:
    funded = {"state": Lease.State.FUNDED.value, "funded_at": log.time, "payer": event.payer}
    yield Change(Lease, event.leaseId, funded)
    yield _step(event, log)


def on_condition(event: Leases.ConditionConfirmed, log: Log) -> Iterator[RowChange]:
    side = side_of(event.byLandlord)
    row = {"lease": event.leaseId, "side": side, "account": event.account, "condition": event.condition}
    yield Put(LeaseCondition, {"id": f"{event.leaseId}:{side}", **row})
    yield _step(event, log)


def on_handed_over(event: Leases.HandedOver, log: Log) -> Iterator[RowChange]:
    running = {"state": Lease.State.RUNNING.value, "handed_over_at": log.time, "condition": event.condition}
    yield Change(Lease, event.leaseId, {**running, "covered": event.firstRent})
    yield _step(event, log)


def on_lapsed(event: Leases.LeaseLapsed, log: Log) -> Iterator[RowChange]:
    lapsed = {"state": Lease.State.LAPSED.value, "reason": text32(event.reason), "changed": log.id}
    yield Change(Lease, event.leaseId, lapsed)
    yield _step(event, log)


# --- its days and its sides ------------------------------------------------------------------------------------------


def on_shortened(event: Leases.LeaseShortened, log: Log) -> Iterator[RowChange]:
    yield Change(Lease, event.leaseId, {"to_day": event.toDay, "way": text32(event.way), "changed": log.id})
    yield _step(event, log)


def on_extended(event: Leases.LeaseExtended, log: Log) -> Iterator[RowChange]:
    yield Change(Lease, event.leaseId, {"to_day": event.toDay, "way": "extended", "changed": log.id})
    yield _step(event, log)


def on_landlords(event: Leases.LandlordsChanged, log: Log) -> Iterator[RowChange]:
    changed = {"head_lease": event.headLeaseId, "payee": event.payee, "landlords": log.id, "changed": log.id}
    yield Change(Lease, event.leaseId, changed)
    yield from _side(event.leaseId, LeaseParty.Side.LANDLORD, log.id, event.landlords)
    yield _step(event, log)


def on_payee(event: Leases.PayeeChanged, log: Log) -> Iterator[RowChange]:
    yield Change(Lease, event.leaseId, {"payee": event.payee, "changed": log.id})
    yield _step(event, log)


def on_refundee(event: Leases.RefundeeChanged, log: Log) -> Iterator[RowChange]:
    yield Change(Lease, event.leaseId, {"refundee": event.refundee, "changed": log.id})
    yield _step(event, log)


def on_replaced(event: Leases.AccountReplaced, log: Log) -> Iterator[RowChange]:
    changed = {"payee": event.payee, "refundee": event.refundee, "landlords": log.id, "tenants": log.id}
    yield Change(Lease, event.leaseId, changed)
    yield from _side(event.leaseId, LeaseParty.Side.LANDLORD, log.id, event.landlords)
    yield from _side(event.leaseId, LeaseParty.Side.TENANT, log.id, event.tenants)
    yield Delete(LeaseReplacement, f"{event.leaseId}:{event.account}")
    yield _step(event, log)


def on_replacement(event: LeaseChanges.ReplacementAnnounced, log: Log) -> Iterator[RowChange]:
    row = {"lease": event.leaseId, "account": event.account, "by": event.by, "from_time": event.from_}
    yield Put(LeaseReplacement, {"id": f"{event.leaseId}:{event.account}", **row})
    yield _step(event, log)


def on_replacement_stopped(event: LeaseChanges.ReplacementStopped, log: Log) -> Iterator[RowChange]:
    yield Delete(LeaseReplacement, f"{event.leaseId}:{event.account}")
    yield _step(event, log)


# --- agreements and demands ------------------------------------------------------------------------------------------


def _agreement(event: LeaseChanges.Agreed | LeaseChanges.AgreementWithdrawn) -> str:
    return f"{event.leaseId}:{event.what}:{event.account}"


def on_agreed(event: LeaseChanges.Agreed, log: Log) -> Iterator[RowChange]:
    row = {"lease": event.leaseId, "what": event.what, "account": event.account, "at": log.id}
    yield Put(LeaseAgreement, {"id": _agreement(event), **row})
    yield _step(event, log)


def on_agreement_withdrawn(event: LeaseChanges.AgreementWithdrawn, log: Log) -> Iterator[RowChange]:
    yield Delete(LeaseAgreement, _agreement(event))
    yield _step(event, log)


def _demand(event: Any) -> str:
    return f"{event.leaseId}:{side_of(event.byLandlord)}"


def on_demanded(event: LeaseChanges.CureDemanded, log: Log) -> Iterator[RowChange]:
    row = {"lease": event.leaseId, "side": side_of(event.byLandlord), "breach": event.breach}
    yield Put(LeaseDemand, {"id": _demand(event), **row, "cure_until": event.cureUntil, "at": log.id})
    yield _step(event, log)


def on_notified(event: LeaseChanges.TerminationNotified, log: Log) -> Iterator[RowChange]:
    yield Change(LeaseDemand, _demand(event), {"notified_at": log.time, "to_day": event.toDay, "at": log.id})
    yield _step(event, log)


def on_contested(event: LeaseChanges.TerminationContested, log: Log) -> Iterator[RowChange]:
    # `byLandlord` is the side that notified, as in the other events of a demand
    yield Change(LeaseDemand, _demand(event), {"contested": True})
    yield _step(event, log)


def on_demand_over(event: Any, log: Log) -> Iterator[RowChange]:
    yield Delete(LeaseDemand, _demand(event))
    yield _step(event, log)


# --- money -----------------------------------------------------------------------------------------------------------


def _credit(lease: int, account: str, amount: int) -> Iterator[RowChange]:
    yield Add(LeaseCredit, {"id": f"{lease}:{account}", "lease": lease, "account": account}, {"amount": amount})


def on_taken(event: Escrow.EscrowTaken, log: Log) -> Iterator[RowChange]:
    yield Change(Lease, event.leaseId, {"held": event.held})


def on_lodged(event: Escrow.EscrowLodged, log: Log) -> Iterator[RowChange]:
    yield from _credit(event.leaseId, event.to, event.amount)
    yield _step(event, log)


def on_awarded(event: Escrow.EscrowAwarded, log: Log) -> Iterator[RowChange]:
    yield Change(Lease, event.leaseId, {"held": event.held})
    yield from _credit(event.leaseId, event.to, event.amount)
    yield _step(event, log)


def on_paid_out(event: Escrow.EscrowPaidOut, log: Log) -> Iterator[RowChange]:
    yield from _credit(event.leaseId, event.account, -event.amount)
    yield _step(event, log)


def on_court_held(event: Escrow.CourtHeld, log: Log) -> Iterator[RowChange]:
    yield Change(Lease, event.leaseId, {"court": event.court, "court_until": event.until})
    yield _step(event, log)


def on_court_moved(event: Escrow.CourtMoved, log: Log) -> Iterator[RowChange]:
    yield from _credit(event.leaseId, event.account, -event.amount)
    yield from _credit(event.leaseId, event.to, event.amount)
    yield _step(event, log)


SUBSCRIPTIONS = {
    "LeaseOffers.LeaseSigned": on_signed,
    "Leases.SponsorChanged": on_sponsor,
    "Leases.LeaseFunded": on_funded,
    "Leases.ConditionConfirmed": on_condition,
    "Leases.HandedOver": on_handed_over,
    "Leases.LeaseLapsed": on_lapsed,
    "Leases.LeaseShortened": on_shortened,
    "Leases.LeaseExtended": on_extended,
    "Leases.LandlordsChanged": on_landlords,
    "Leases.PayeeChanged": on_payee,
    "Leases.RefundeeChanged": on_refundee,
    "Leases.AccountReplaced": on_replaced,
    "LeaseChanges.ReplacementAnnounced": on_replacement,
    "LeaseChanges.ReplacementStopped": on_replacement_stopped,
    "LeaseChanges.Agreed": on_agreed,
    "LeaseChanges.AgreementWithdrawn": on_agreement_withdrawn,
    "LeaseChanges.CureDemanded": on_demanded,
    "LeaseChanges.TerminationNotified": on_notified,
    "LeaseChanges.TerminationContested": on_contested,
    "LeaseChanges.DemandWithdrawn": on_demand_over,
    "LeaseChanges.TerminationDecided": on_demand_over,
    "LeaseChanges.CourtEnded": on_step,
    "Escrow.EscrowTaken": on_taken,
    "Escrow.EscrowLodged": on_lodged,
    "Escrow.EscrowAwarded": on_awarded,
    "Escrow.EscrowPaidOut": on_paid_out,
    "Escrow.CourtHeld": on_court_held,
    "Escrow.CourtAwarded": on_step,
    "Escrow.CourtMoved": on_court_moved,
    "Escrow.PayOutAnnounced": on_step,
    "Escrow.PayOutStopped": on_step,
    **rents_projection.SUBSCRIPTIONS,
    **filing_projection.SUBSCRIPTIONS,
}
