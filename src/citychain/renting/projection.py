"""From the events of Titles to titles, owners, encumbrances and history; those of Units beside."""

from collections.abc import Iterator
from typing import Any

from citychain.indexer import detail
from citychain.indexer.rows import Change, Log, Put, RowChange

from . import units_projection
from .bindings import Titles
from .models import Encumbrance, Title, TitleOwner, TitleStep, Transfer, TransferOwner


def _step(event: Any, log: Log) -> Put:
    return Put(
        TitleStep,
        {
            "id": log.id,
            "title": event.titleId,
            "event": type(event).__name__,
            "detail": detail.of(event, without=("titleId",)),
            "time": log.time,
            "block": log.block,
            "tx": log.tx,
        },
    )


def _owners(title: int, version: int, owners: list[Titles.Owner]) -> Iterator[RowChange]:
    for position, owner in enumerate(owners):
        yield Put(
            TitleOwner,
            {
                "id": f"{title}:{version}:{position}",
                "title": title,
                "version": version,
                "account": owner.account,
                "share": owner.share,
                "must_consent": owner.mustConsent,
            },
        )


def _new_owners(title: int, version: int, owners: list[Titles.Owner], commitment: str) -> Iterator[RowChange]:
    yield Change(
        Title,
        title,
        {"commitment": commitment, "version": version, "owners_version": version, "holder": owners[0].account},
    )
    yield from _owners(title, version, owners)


def on_registered(event: Titles.TitleRegistered, log: Log) -> Iterator[RowChange]:
    yield Put(
        Title,
        {
            "id": event.titleId,
            "town": event.townCode,
            "commitment": event.commitment,
            "version": 1,
            "owners_version": 1,
            "holder": event.owners[0].account,
            "registrar": event.registrar,
            "state": Title.State.REGISTERED.value,
            "registered_at": log.time,
            "registered_block": log.block,
        },
    )
    yield from _owners(event.titleId, 1, event.owners)
    yield _step(event, log)


def on_corrected(event: Titles.TitleCorrected, log: Log) -> Iterator[RowChange]:
    yield Change(
        Title, event.titleId, {"town": event.townCode, "commitment": event.commitment, "version": event.version}
    )
    yield _step(event, log)


def on_reversed(event: Titles.RegistrationReversed, log: Log) -> Iterator[RowChange]:
    yield Change(Title, event.titleId, {"state": Title.State.CANCELLED.value})
    yield _step(event, log)


def on_ownership_ordered(event: Titles.OwnershipOrdered, log: Log) -> Iterator[RowChange]:
    yield from _new_owners(event.titleId, event.version, event.owners, event.commitment)
    yield _step(event, log)


def on_transfer_opened(event: Titles.TransferOpened, log: Log) -> Iterator[RowChange]:
    yield Put(
        Transfer,
        {
            "id": event.transferId,
            "title": event.titleId,
            "commitment": event.newCommitment,
            "deadline": event.deadline,
            "state": "open",
        },
    )
    for position, owner in enumerate(event.newOwners):
        yield Put(
            TransferOwner,
            {
                "id": f"{event.transferId}:{position}",
                "transfer": event.transferId,
                "position": position,
                "title": event.titleId,
                "account": owner.account,
                "share": owner.share,
            },
        )
    yield _step(event, log)


def on_transfer_cancelled(event: Titles.TransferCancelled, log: Log) -> Iterator[RowChange]:
    yield Change(Transfer, event.transferId, {"state": "cancelled"})
    yield _step(event, log)


def on_transferred(event: Titles.TitleTransferred, log: Log) -> Iterator[RowChange]:
    yield Change(Transfer, event.transferId, {"state": "completed"})
    yield from _new_owners(event.titleId, event.version, event.owners, event.commitment)
    yield _step(event, log)


def on_consent(event: Titles.TransferConsented | Titles.MortgageeConsented, log: Log) -> Iterator[RowChange]:
    yield _step(event, log)


def on_mortgage_recorded(event: Titles.MortgageRecorded, log: Log) -> Iterator[RowChange]:
    yield _encumbrance(event, Encumbrance.Kind.MORTGAGE, event.bank, event.ref)
    yield _step(event, log)


def on_seizure_ordered(event: Titles.SeizureOrdered, log: Log) -> Iterator[RowChange]:
    yield _encumbrance(event, Encumbrance.Kind.SEIZURE, event.court, event.caseNumber)
    yield _step(event, log)


def _encumbrance(event: Any, kind: Encumbrance.Kind, institution: int, ref: str) -> Put:
    return Put(
        Encumbrance,
        {
            "id": event.encumbranceId,
            "title": event.titleId,
            "kind": kind.value,
            "institution": institution,
            "ref": ref,
            "valid_from": event.validFrom,
            "valid_until": event.validUntil,
            "released": False,
        },
    )


def on_seizure_extended(event: Titles.SeizureExtended, log: Log) -> Iterator[RowChange]:
    yield Change(Encumbrance, event.encumbranceId, {"valid_until": event.validUntil})
    yield _step(event, log)


def on_released(event: Titles.MortgageReleased | Titles.SeizureReleased, log: Log) -> Iterator[RowChange]:
    yield Change(Encumbrance, event.encumbranceId, {"released": True})
    yield _step(event, log)


SUBSCRIPTIONS = {
    "Titles.TitleRegistered": on_registered,
    "Titles.TitleCorrected": on_corrected,
    "Titles.RegistrationReversed": on_reversed,
    "Titles.OwnershipOrdered": on_ownership_ordered,
    "Titles.TransferOpened": on_transfer_opened,
    "Titles.TransferCancelled": on_transfer_cancelled,
    "Titles.TitleTransferred": on_transferred,
    "Titles.TransferConsented": on_consent,
    "Titles.MortgageeConsented": on_consent,
    "Titles.MortgageRecorded": on_mortgage_recorded,
    "Titles.MortgageReleased": on_released,
    "Titles.SeizureOrdered": on_seizure_ordered,
    "Titles.SeizureExtended": on_seizure_extended,
    "Titles.SeizureReleased": on_released,
    **units_projection.SUBSCRIPTIONS,
}
