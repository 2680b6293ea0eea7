"""From the events of Institutions to the directory, its keys and its history; from those of Passkeys to accounts."""

from collections.abc import Iterator
from typing import Any

from citychain.chain.abi import text32
from citychain.chain.bindings import Authority
from citychain.chain.council import GUARDIAN_ROLE
from citychain.indexer import detail
from citychain.indexer.rows import Change, Delete, Log, Put, RowChange

from .bindings import Institutions, Passkeys
from .models import CityGuardian, Founding, Institution, InstitutionKey, InstitutionStep, Kind, PasskeyAccount

#: Nobody is offered the duties.
UNOFFERED = {"offered_to": 0, "offered_by": 0, "offer_from": 0, "offer_until": 0}


def _step(event: Any, log: Log) -> Put:
    """The line of history: every argument of the event, short bytes32 as text."""
    return Put(
        InstitutionStep,
        {
            "id": log.id,
            "institution": event.institution,
            "event": type(event).__name__,
            "detail": detail.of(event, without=("institution",)),
            "time": log.time,
            "block": log.block,
            "tx": log.tx,
        },
    )


def on_founding_set(event: Institutions.FoundingSet, log: Log) -> Iterator[RowChange]:
    yield Put(Founding, {"contract": log.address, "ends": event.endsAt})


def on_role_granted(event: Authority.RoleGranted, log: Log) -> Iterator[RowChange]:
    if event.roleId == GUARDIAN_ROLE:
        yield Put(CityGuardian, {"address": event.account})


def on_role_revoked(event: Authority.RoleRevoked, log: Log) -> Iterator[RowChange]:
    if event.roleId == GUARDIAN_ROLE:
        yield Delete(CityGuardian, event.account)


def on_kind_defined(event: Institutions.KindDefined, log: Log) -> Iterator[RowChange]:
    kinds = ",".join(text32(kind) for kind in event.accreditedBy)
    yield Put(Kind, {"name": text32(event.kind), "accredited_by": kinds})


def on_accredited(event: Institutions.InstitutionAccredited, log: Log) -> Iterator[RowChange]:
    yield Put(
        Institution,
        {
            "id": event.institution,
            "kind": text32(event.kind),
            "name": event.name,
            "web_page": event.webPage,
            "state": Institution.State.ACTIVE.value,
            "accredited_by": event.accreditor,
            "valid_from": event.validFrom,
            "valid_until": event.validUntil,
            "successor": 0,
            "accredited_at": log.time,
            "notice_until": 0,
            **UNOFFERED,
        },
    )
    yield _step(event, log)


def on_described(event: Institutions.InstitutionDescribed, log: Log) -> Iterator[RowChange]:
    yield Change(Institution, event.institution, {"name": event.name, "web_page": event.webPage})
    yield _step(event, log)


def on_renewed(event: Institutions.InstitutionRenewed, log: Log) -> Iterator[RowChange]:
    yield Change(Institution, event.institution, {"valid_from": event.validFrom, "valid_until": event.validUntil})
    yield _step(event, log)


def on_suspended(event: Institutions.InstitutionSuspended, log: Log) -> Iterator[RowChange]:
    yield Change(Institution, event.institution, {"state": Institution.State.SUSPENDED.value})
    yield _step(event, log)


def on_revoked(event: Institutions.InstitutionRevoked, log: Log) -> Iterator[RowChange]:
    yield Change(Institution, event.institution, {"state": Institution.State.REVOKED.value})
    yield _step(event, log)


def on_reinstated(event: Institutions.InstitutionReinstated, log: Log) -> Iterator[RowChange]:
    state = Institution.State.ACTIVE.value
    yield Change(Institution, event.institution, {"state": state, "valid_from": event.validFrom})
    yield _step(event, log)


def on_notice_given(event: Institutions.NoticeGiven, log: Log) -> Iterator[RowChange]:
    yield Change(Institution, event.institution, {"notice_until": event.until})


def on_vetoed(event: Institutions.InstitutionVetoed, log: Log) -> Iterator[RowChange]:
    yield Change(Institution, event.institution, {"state": Institution.State.SUSPENDED.value})
    yield _step(event, log)


def on_succession_offered(event: Institutions.SuccessionOffered, log: Log) -> Iterator[RowChange]:
    offer = {"offered_to": event.to, "offered_by": event.by}
    offer |= {"offer_from": event.validFrom, "offer_until": event.validUntil}
    yield Change(Institution, event.institution, offer)
    yield _step(event, log)


def on_succession_withdrawn(event: Institutions.SuccessionWithdrawn, log: Log) -> Iterator[RowChange]:
    yield Change(Institution, event.institution, dict(UNOFFERED))
    yield _step(event, log)


def on_succession_vetoed(event: Institutions.SuccessionVetoed, log: Log) -> Iterator[RowChange]:
    yield Change(Institution, event.institution, dict(UNOFFERED))
    yield _step(event, log)


def on_succession_accepted(event: Institutions.SuccessionAccepted, log: Log) -> Iterator[RowChange]:
    state = Institution.State.SUCCEEDED.value
    yield Change(Institution, event.institution, {"state": state, "successor": event.to, **UNOFFERED})
    yield _step(event, log)


def on_key_added(event: Institutions.KeyAdded, log: Log) -> Iterator[RowChange]:
    yield Put(
        InstitutionKey,
        {
            "address": event.account,
            "institution": event.institution,
            "scopes": ",".join(text32(scope) for scope in event.scopes),
            "current": True,
            "since": log.time,
            "valid_from": event.validFrom,
        },
    )
    yield _step(event, log)


def on_key_scopes_changed(event: Institutions.KeyScopesChanged, log: Log) -> Iterator[RowChange]:
    scopes = ",".join(text32(scope) for scope in event.scopes)
    yield Change(InstitutionKey, event.account, {"scopes": scopes, "valid_from": event.validFrom})
    yield _step(event, log)


def on_key_removed(event: Institutions.KeyRemoved, log: Log) -> Iterator[RowChange]:
    yield Change(InstitutionKey, event.account, {"scopes": "", "current": False})
    yield _step(event, log)


# --- accounts of passkeys ---------------------------------------------------------------------------------------------

NOBODY = "0x" + "00" * 32
#: Nobody supports another key.
UNSUPPORTED = {"vote_0": "", "vote_1": "", "vote_2": "", "agreed": "", "ready_at": 0}


def on_account_opened(event: Passkeys.AccountOpened, log: Log) -> Iterator[RowChange]:
    row = {"address": event.account, "x": event.qx, "y": event.qy, "opened": log.time, "guardians": "", "round": 0}
    yield Put(PasskeyAccount, {**row, **UNSUPPORTED})


def on_guardians_chosen(event: Passkeys.GuardiansChosen, log: Log) -> Iterator[RowChange]:
    chosen = {"guardians": ",".join(event.guardians), "round": event.round}
    yield Change(PasskeyAccount, event.account, {**chosen, **UNSUPPORTED})


def on_recovery_supported(event: Passkeys.RecoverySupported, log: Log) -> Iterator[RowChange]:
    yield Change(PasskeyAccount, event.account, {f"vote_{event.guardian}": "" if event.key == NOBODY else event.key})


def on_recovery_agreed(event: Passkeys.RecoveryAgreed, log: Log) -> Iterator[RowChange]:
    agreed = "" if event.key == NOBODY else event.key
    yield Change(PasskeyAccount, event.account, {"agreed": agreed, "ready_at": event.readyAt})


def on_recovery_vetoed(event: Passkeys.RecoveryVetoed, log: Log) -> Iterator[RowChange]:
    yield Change(PasskeyAccount, event.account, {"round": event.round, **UNSUPPORTED})


def on_key_replaced(event: Passkeys.KeyReplaced, log: Log) -> Iterator[RowChange]:
    yield Change(PasskeyAccount, event.account, {"x": event.qx, "y": event.qy, "round": event.round, **UNSUPPORTED})


SUBSCRIPTIONS = {
    "Authority.RoleGranted": on_role_granted,
    "Authority.RoleRevoked": on_role_revoked,
    "Institutions.FoundingSet": on_founding_set,
    "Institutions.KindDefined": on_kind_defined,
    "Institutions.InstitutionAccredited": on_accredited,
    "Institutions.InstitutionDescribed": on_described,
    "Institutions.InstitutionRenewed": on_renewed,
    "Institutions.InstitutionSuspended": on_suspended,
    "Institutions.InstitutionRevoked": on_revoked,
    "Institutions.InstitutionReinstated": on_reinstated,
    "Institutions.NoticeGiven": on_notice_given,
    "Institutions.InstitutionVetoed": on_vetoed,
    "Institutions.SuccessionOffered": on_succession_offered,
    "Institutions.SuccessionWithdrawn": on_succession_withdrawn,
    "Institutions.SuccessionVetoed": on_succession_vetoed,
    "Institutions.SuccessionAccepted": on_succession_accepted,
    "Institutions.KeyAdded": on_key_added,
    "Institutions.KeyScopesChanged": on_key_scopes_changed,
    "Institutions.KeyRemoved": on_key_removed,
    "Passkeys.AccountOpened": on_account_opened,
    "Passkeys.GuardiansChosen": on_guardians_chosen,
    "Passkeys.RecoverySupported": on_recovery_supported,
    "Passkeys.RecoveryAgreed": on_recovery_agreed,
    "Passkeys.RecoveryVetoed": on_recovery_vetoed,
    "Passkeys.KeyReplaced": on_key_replaced,
}
