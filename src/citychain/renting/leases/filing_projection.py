"""From the events of Filings to how each lease stands before the housing bureau."""

from collections.abc import Iterator
from typing import Any

from citychain.indexer import detail
from citychain.indexer.rows import Add, Change, Log, Put, RowChange

from ..bindings import Filings
from .filing_models import Filing
from .models import LeaseStep


def _step(event: Any, log: Log) -> Put:
    told = detail.of(event, without=("leaseId", "document", "certificate"))
    row = {"lease": event.leaseId, "event": type(event).__name__, "detail": told}
    return Put(LeaseStep, {"id": log.id, **row, "time": log.time, "block": log.block, "tx": log.tx})


def _change(event: Any, log: Log, **values: Any) -> Iterator[RowChange]:
    """New values of a filing, which is there from the first event about its lease on."""
    yield Add(Filing, {"id": event.leaseId}, {"submissions": int(isinstance(event, Filings.FilingSubmitted))})
    yield Change(Filing, event.leaseId, values)
    yield _step(event, log)


def on_submitted(event: Filings.FilingSubmitted, log: Log) -> Iterator[RowChange]:
    who = {"submitter": event.by, "by_tenant": event.byTenant}
    state = Filing.State.SUBMITTED.value
    yield from _change(event, log, state=state, document=event.document, submitted_at=log.time, **who)


def on_returned(event: Filings.FilingReturned, log: Log) -> Iterator[RowChange]:
    state = Filing.State.RETURNED.value
    yield from _change(event, log, state=state, institution=event.institution, reason=event.reason)


def on_filed(event: Filings.LeaseFiled, log: Log) -> Iterator[RowChange]:
    filed = {"filed": log.id, "filed_at": log.time, "filed_tx": log.tx, "certificate": event.certificate}
    yield from _change(event, log, state=Filing.State.FILED.value, institution=event.institution, **filed)


def on_cancelled(event: Filings.FilingCancelled, log: Log) -> Iterator[RowChange]:
    """What waits for the bureau, or was given back, goes on: only a certificate is gone."""
    gone = {"certificate": "", "filed": 0, "filed_at": 0, "filed_tx": "", "reason": event.reason}
    state = {} if event.pending else {"state": Filing.State.CANCELLED.value}
    yield from _change(event, log, institution=event.institution, **gone, **state)


def on_reported(event: Filings.OutsideLeaseReported, log: Log) -> Iterator[RowChange]:
    reported = {"outside_from": event.from_, "outside_evidence": event.evidence, "outside_objection": ""}
    yield from _change(event, log, **reported)


def on_contested(event: Filings.OutsideLeaseContested, log: Log) -> Iterator[RowChange]:
    yield from _change(event, log, outside_objection=event.reason)


def on_withdrawn(event: Filings.OutsideLeaseWithdrawn, log: Log) -> Iterator[RowChange]:
    yield from _change(event, log, outside_from=0, outside_evidence="", outside_objection="")


SUBSCRIPTIONS = {
    "Filings.FilingSubmitted": on_submitted,
    "Filings.FilingReturned": on_returned,
    "Filings.LeaseFiled": on_filed,
    "Filings.FilingCancelled": on_cancelled,
    "Filings.OutsideLeaseReported": on_reported,
    "Filings.OutsideLeaseContested": on_contested,
    "Filings.OutsideLeaseWithdrawn": on_withdrawn,
}
