"""From the events of Units to what is let, the mandates over it and its days."""

from collections.abc import Iterator
from typing import Any

from citychain.chain.abi import text32
from citychain.indexer import detail
from citychain.indexer.rows import Change, Delete, Log, Put, RowChange

from .bindings import Units
from .units_models import Mandate, Occupation, Unit, UnitStep

#: IUnits.UnitKind, in its order from 1.
KINDS = (Unit.Kind.WHOLE, Unit.Kind.FLAT, Unit.Kind.ROOM, Unit.Kind.BED)


def _step(event: Any, log: Log) -> Put:
    return Put(
        UnitStep,
        {
            "id": log.id,
            "unit": event.unitId,
            "event": type(event).__name__,
            "detail": detail.of(event, without=("unitId",)),
            "time": log.time,
            "block": log.block,
            "tx": log.tx,
        },
    )


def on_declared(event: Units.UnitDeclared, log: Log) -> Iterator[RowChange]:
    yield Put(
        Unit,
        {
            "id": event.unitId,
            "title": event.titleId,
            "parent": event.parent,
            "head_lease": event.headLeaseId,
            "kind": KINDS[event.kind - 1].value,
            "state": Unit.State.DECLARED.value,
            "commitment": event.commitment,
            "declared_by": event.by,
            "declared_at": log.time,
        },
    )
    yield _step(event, log)


def on_confirmed(event: Units.UnitConfirmed, log: Log) -> Iterator[RowChange]:
    confirmed = {"occupants": event.occupants, "registrar": event.registrar, "confirmed_at": log.time}
    yield Change(Unit, event.unitId, {"state": Unit.State.CONFIRMED.value, **confirmed})
    yield _step(event, log)


def on_withdrawn(event: Units.UnitWithdrawn, log: Log) -> Iterator[RowChange]:
    yield Change(Unit, event.unitId, {"state": Unit.State.WITHDRAWN.value})
    yield _step(event, log)


def _mandate(event: Units.MandateGiven | Units.MandateRevoked) -> str:
    return f"{event.titleId}:{event.owner}:{event.delegate}:{event.scope}"


def on_mandate_given(event: Units.MandateGiven, log: Log) -> Iterator[RowChange]:
    yield Put(
        Mandate,
        {
            "id": _mandate(event),
            "title": event.titleId,
            "owner": event.owner,
            "delegate": event.delegate,
            "scope": text32(event.scope),
            "valid_until": event.validUntil,
        },
    )


def on_mandate_revoked(event: Units.MandateRevoked, log: Log) -> Iterator[RowChange]:
    yield Delete(Mandate, _mandate(event))


def on_occupied(event: Units.UnitOccupied, log: Log) -> Iterator[RowChange]:
    yield Put(
        Occupation,
        {
            "id": f"{event.unitId}:{event.leaseId}",
            "unit": event.unitId,
            "lease": event.leaseId,
            "head_lease": event.headLeaseId,
            "operator": event.operator,
            "from_day": event.fromDay,
            "to_day": event.toDay,
        },
    )
    yield _step(event, log)


def on_vacated(event: Units.UnitVacated, log: Log) -> Iterator[RowChange]:
    yield Change(Occupation, f"{event.unitId}:{event.leaseId}", {"to_day": event.toDay})
    yield _step(event, log)


SUBSCRIPTIONS = {
    "Units.UnitDeclared": on_declared,
    "Units.UnitConfirmed": on_confirmed,
    "Units.UnitWithdrawn": on_withdrawn,
    "Units.MandateGiven": on_mandate_given,
    "Units.MandateRevoked": on_mandate_revoked,
    "Units.UnitOccupied": on_occupied,
    "Units.UnitVacated": on_vacated,
}
