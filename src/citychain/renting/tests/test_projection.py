"""From a contract's call to rows: each event that renting listens to."""

import json
from typing import Any

import pytest

from citychain.chain.abi import Function, bytes32
from citychain.chain.keys import Key
from citychain.identity.tests.district import (
    BANK_ID,
    COURT,
    COURT_ID,
    FOREVER,
    REGISTRAR,
    REGISTRAR_ID,
    District,
    events_of,
)
from citychain.identity.tests.replay import Replay
from citychain.indexer.rows import Log
from citychain.outbox.tests.city import BANK, CUSTOMERS
from citychain.renting.bindings import Titles
from citychain.renting.models import Encumbrance, Title, TitleOwner, TitleStep, Transfer, TransferOwner
from citychain.renting.projection import SUBSCRIPTIONS

pytestmark = pytest.mark.django_db(databases=["default", "readmodel"])
Row = dict[str, Any]
ALICE, BOB, CAROL = CUSTOMERS[:3]
TOWN, OTHER_TOWN = 130638100, 130629100
DEED, NEW_DEED, THIRD_DEED = ("0x" + byte * 32 for byte in ("d1", "d2", "d3"))
REF, CASE, WHY = bytes32("contract 5"), bytes32("case 9"), bytes32("wrong room")
OWNERS = [Titles.Owner(ALICE.address, 6_000, True), Titles.Owner(BOB.address, 4_000, False)]
CAROLS = [Titles.Owner(CAROL.address, 10_000, True)]
NO_CASE = "0x" + "00" * 32
DAY = 86_400
MODELS = [Title, TitleOwner, Encumbrance, Transfer, TransferOwner, TitleStep]
#: Those of Units are in test_units.py.
OF_TITLES = [name for name in SUBSCRIPTIONS if name.startswith("Titles.")]
#: Events of Titles that make no row, and why.
IGNORED = {
    "Titles.Approval": "of ERC-721, never emitted: nobody can be approved",
    "Titles.ApprovalForAll": "of ERC-721, never emitted: nobody can be approved",
    "Titles.AuthorityUpdated": "a contract's authority is checked against the address book at every start",
    "Titles.Locked": "every title is locked from its registration on",
    "Titles.Retired": "everything stands as it is; what follows comes with a new address book",
    "Titles.TitlesCreated": "says nothing but the address of Institutions",
    "Titles.Transfer": "of ERC-721: the contract's own events name all owners with their shares",
    "Titles.Unlocked": "of ERC-5192, never emitted",
}


def do(district: District, by: Key, call: Function[Any], before: int = 0) -> Log:
    """Where the contract's own event stands, which comes after `before` others."""
    log = district.done(by, district.titles, call)
    return Log(log.block, log.time, log.tx, log.log_index + before, log.address, log.contract, log.key)


def register(district: District, deed: str = DEED) -> Log:
    """Transfer and Locked come before the event that tells all."""
    return do(district, REGISTRAR, Titles.register(TOWN, deed, OWNERS), before=2)


def title(log: Log, **changes: Any) -> Row:
    """The first title as it is registered, but for `changes`."""
    row = {
        "id": 1, "town": TOWN, "commitment": DEED, "version": 1, "owners_version": 1, "holder": ALICE.address,
        "registrar": REGISTRAR_ID, "state": "registered", "registered_at": log.time, "registered_block": log.block,
    }  # fmt: skip
    return {**row, **changes}


def found(number: int = 1) -> Row:
    return dict(Title.objects.filter(id=number).values().get())


def owners() -> list[Row]:
    return [dict(row) for row in TitleOwner.objects.order_by("id").values()]


def owner(version: int, position: int, account: Key, share: int, must_consent: bool = True) -> Row:
    return {
        "id": f"1:{version}:{position}", "title": 1, "version": version, "account": account.address, "share": share,
        "must_consent": must_consent,
    }  # fmt: skip


FIRST_OWNERS = [owner(1, 0, ALICE, 6_000), owner(1, 1, BOB, 4_000, must_consent=False)]


def step(log: Log, event: str, **detail: Any) -> Row:
    return {
        "id": log.id, "title": 1, "event": event, "detail": json.dumps(detail, sort_keys=True), "time": log.time,
        "block": log.block, "tx": log.tx,
    }  # fmt: skip


def steps() -> list[Row]:
    """Without the registration's."""
    return [dict(row) for row in TitleStep.objects.exclude(event="TitleRegistered").order_by("id").values()]


def plain(*several: Titles.Owner) -> list[Row]:
    return [{"account": o.account, "mustConsent": o.mustConsent, "share": o.share} for o in several]


# --- registrations ---------------------------------------------------------------------------------------------------


def test_registered_title_has_its_owners_and_history(district: District) -> None:
    log = register(district)
    district.read()
    assert found() == title(log)
    assert owners() == FIRST_OWNERS
    detail = {"commitment": DEED, "owners": plain(*OWNERS), "registrar": REGISTRAR_ID, "townCode": TOWN}
    assert TitleStep.objects.values().get() == step(log, "TitleRegistered", **detail)


def test_titles_of_one_call_are_all_registered(district: District) -> None:
    several = [Titles.Registration(TOWN, deed, CAROLS) for deed in (DEED, NEW_DEED, THIRD_DEED)]
    do(district, REGISTRAR, Titles.registerMany(several))
    district.read()
    assert list(Title.objects.order_by("id").values_list("id", "commitment")) == [
        (1, DEED),
        (2, NEW_DEED),
        (3, THIRD_DEED),
    ]


def test_corrected_title_keeps_its_owners(district: District) -> None:
    registered = register(district)
    log = do(district, REGISTRAR, Titles.correct(1, NEW_DEED, OTHER_TOWN, WHY))
    district.read()
    assert found() == title(registered, commitment=NEW_DEED, town=OTHER_TOWN, version=2)
    assert owners() == FIRST_OWNERS
    detail = {"commitment": NEW_DEED, "reason": "wrong room", "townCode": OTHER_TOWN, "version": 2}
    assert steps() == [step(log, "TitleCorrected", **detail)]


def test_reversed_registration_is_cancelled(district: District) -> None:
    registered = register(district)
    log = do(district, REGISTRAR, Titles.reverseRegistration(1, WHY), before=1)
    district.read()
    assert found() == title(registered, state="cancelled")
    assert steps() == [step(log, "RegistrationReversed", by=REGISTRAR_ID, reason="wrong room")]


def test_court_undoes_a_registration(district: District) -> None:
    registered = register(district)
    log = do(district, COURT, Titles.orderReversal(1, CASE), before=1)
    district.read()
    assert found() == title(registered, state="cancelled")
    assert steps() == [step(log, "RegistrationReversed", by=COURT_ID, reason="case 9")]


def test_court_orders_who_owns_a_title(district: District) -> None:
    registered = register(district)
    log = do(district, COURT, Titles.orderOwnership(1, CASE, CAROLS, NEW_DEED), before=1)
    district.read()
    assert found() == title(registered, commitment=NEW_DEED, version=2, owners_version=2, holder=CAROL.address)
    assert owners() == [*FIRST_OWNERS, owner(2, 0, CAROL, 10_000)]
    detail = {"caseNumber": "case 9", "commitment": NEW_DEED, "court": COURT_ID, "owners": plain(*CAROLS)}
    assert steps() == [step(log, "OwnershipOrdered", **detail, version=2)]


# --- transfers -------------------------------------------------------------------------------------------------------


def open_transfer(district: District) -> tuple[Log, Row]:
    deadline = district.now + 30 * DAY
    log = do(district, REGISTRAR, Titles.openTransfer(1, CAROLS, NEW_DEED, deadline))
    return log, {"id": 1, "title": 1, "commitment": NEW_DEED, "deadline": deadline, "state": "open"}


def test_transfer_is_opened_agreed_to_and_completed(district: District) -> None:
    registered = register(district)
    opened, transfer = open_transfer(district)
    district.read()
    assert Transfer.objects.values().get() == transfer
    new = {"id": "1:0", "transfer": 1, "position": 0, "title": 1, "account": CAROL.address, "share": 10_000}
    assert TransferOwner.objects.values().get() == new
    consents = [do(district, party, Titles.consentToTransfer(1, 1)) for party in (ALICE, CAROL)]
    district.read()
    assert (Transfer.objects.values().get(), found()) == (transfer, title(registered))
    log = do(district, REGISTRAR, Titles.completeTransfer(1, 1), before=1)
    district.read()
    assert Transfer.objects.values().get() == {**transfer, "state": "completed"}
    assert found() == title(registered, commitment=NEW_DEED, version=2, owners_version=2, holder=CAROL.address)
    assert owners() == [*FIRST_OWNERS, owner(2, 0, CAROL, 10_000)]
    deal = {"newCommitment": NEW_DEED, "newOwners": plain(*CAROLS), "deadline": transfer["deadline"]}
    assert steps() == [
        step(opened, "TransferOpened", transferId=1, **deal),
        step(consents[0], "TransferConsented", transferId=1, account=ALICE.address),
        step(consents[1], "TransferConsented", transferId=1, account=CAROL.address),
        step(log, "TitleTransferred", transferId=1, commitment=NEW_DEED, owners=plain(*CAROLS), version=2),
    ]


def test_transfer_is_cancelled_by_a_party(district: District) -> None:
    registered = register(district)
    _opened, transfer = open_transfer(district)
    log = do(district, ALICE, Titles.cancelTransfer(1, 1))
    district.read()
    assert Transfer.objects.values().get() == {**transfer, "state": "cancelled"}
    assert found() == title(registered)
    assert steps()[1:] == [step(log, "TransferCancelled", transferId=1, by=ALICE.address)]


def test_correction_cancels_the_open_transfer(district: District) -> None:
    register(district)
    open_transfer(district)
    do(district, REGISTRAR, Titles.correct(1, THIRD_DEED, TOWN, WHY))
    district.read()
    assert Transfer.objects.get().state == "cancelled"
    assert [row["event"] for row in steps()] == ["TransferOpened", "TransferCancelled", "TitleCorrected"]


def test_bank_of_a_mortgage_agrees_to_a_transfer(district: District) -> None:
    register(district)
    record_mortgage(district)
    open_transfer(district)
    log = do(district, BANK, Titles.consentAsMortgagee(1, 1, 1))
    district.read()
    assert steps()[2:] == [step(log, "MortgageeConsented", transferId=1, encumbranceId=1, bank=BANK_ID)]


# --- encumbrances ----------------------------------------------------------------------------------------------------


def record_mortgage(district: District) -> Log:
    return do(district, REGISTRAR, Titles.recordMortgage(1, BANK_ID, REF, 5, FOREVER))


MORTGAGE = {
    "id": 1, "title": 1, "kind": "mortgage", "institution": BANK_ID, "ref": REF, "valid_from": 5,
    "valid_until": FOREVER, "released": False,
}  # fmt: skip


@pytest.mark.parametrize(
    ("by", "call", "detail"),
    [
        (BANK, Titles.releaseMortgage(1), {"by": BANK_ID, "caseNumber": NO_CASE}),
        (COURT, Titles.orderMortgageRelease(1, CASE), {"by": COURT_ID, "caseNumber": "case 9"}),
    ],
)
def test_mortgage_is_recorded_and_released(district: District, by: Key, call: Function[Any], detail: Row) -> None:
    register(district)
    recorded = record_mortgage(district)
    district.read()
    assert Encumbrance.objects.values().get() == MORTGAGE
    log = do(district, by, call)
    district.read()
    assert Encumbrance.objects.values().get() == {**MORTGAGE, "released": True}
    terms = {"bank": BANK_ID, "ref": "contract 5", "validFrom": 5, "validUntil": FOREVER}
    assert steps() == [
        step(recorded, "MortgageRecorded", encumbranceId=1, **terms),
        step(log, "MortgageReleased", encumbranceId=1, **detail),
    ]


def test_seizure_is_ordered_extended_and_released(district: District) -> None:
    register(district)
    until = district.now + 100 * DAY
    ordered = do(district, COURT, Titles.seize(1, CASE, until))
    district.read()
    row = {
        "id": 1, "title": 1, "kind": "seizure", "institution": COURT_ID, "ref": CASE, "valid_from": ordered.time,
        "valid_until": until, "released": False,
    }  # fmt: skip
    assert Encumbrance.objects.values().get() == row
    extended = do(district, COURT, Titles.extendSeizure(1, until + DAY))
    district.read()
    assert Encumbrance.objects.values().get() == {**row, "valid_until": until + DAY}
    released = do(district, COURT, Titles.releaseSeizure(1))
    district.read()
    assert Encumbrance.objects.values().get() == {**row, "valid_until": until + DAY, "released": True}
    terms = {"court": COURT_ID, "caseNumber": "case 9", "validFrom": ordered.time, "validUntil": until}
    assert steps() == [
        step(ordered, "SeizureOrdered", encumbranceId=1, **terms),
        step(extended, "SeizureExtended", encumbranceId=1, validUntil=until + DAY),
        step(released, "SeizureReleased", encumbranceId=1),
    ]


# --- all of them -----------------------------------------------------------------------------------------------------


def everything(district: District) -> None:
    """Each event at least once."""
    until = district.now + 100 * DAY
    register(district)
    for by, call in (
        (REGISTRAR, Titles.register(TOWN, "0x" + "e1" * 32, CAROLS)),
        (REGISTRAR, Titles.reverseRegistration(2, WHY)),
        (REGISTRAR, Titles.openTransfer(1, CAROLS, NEW_DEED, until)),
        (REGISTRAR, Titles.correct(1, "0x" + "e2" * 32, OTHER_TOWN, WHY)),
        (REGISTRAR, Titles.recordMortgage(1, BANK_ID, REF, 5, FOREVER)),
        (REGISTRAR, Titles.openTransfer(1, CAROLS, NEW_DEED, until)),
        (ALICE, Titles.consentToTransfer(1, 2)),
        (CAROL, Titles.consentToTransfer(1, 2)),
        (BANK, Titles.consentAsMortgagee(1, 2, 1)),
        (REGISTRAR, Titles.completeTransfer(1, 2)),
        (BANK, Titles.releaseMortgage(1)),
        (COURT, Titles.seize(1, CASE, until)),
        (COURT, Titles.extendSeizure(2, until + DAY)),
        (COURT, Titles.releaseSeizure(2)),
        (COURT, Titles.orderOwnership(1, CASE, OWNERS, THIRD_DEED)),
    ):
        do(district, by, call)


def test_every_event_is_listened_to_or_left_out_for_a_reason() -> None:
    assert sorted([*OF_TITLES, *IGNORED]) == sorted(f"Titles.{name}" for name in events_of("Titles"))


def test_everything_emits_each_event_listened_to(district: District) -> None:
    everything(district)
    assert set(OF_TITLES) - {f"Titles.{name}" for name in district.emitted("Titles")} == set()


def test_rows_are_the_same_read_again(district: District, replay: Replay) -> None:
    everything(district)
    replay.read_again(MODELS)


def test_rows_undone_are_those_that_were(district: District, replay: Replay) -> None:
    everything(district)
    replay.undo(MODELS)


def test_rows_after_a_reorg_are_those_of_a_rebuild(district: District, replay: Replay) -> None:
    everything(district)
    replay.reorg(MODELS)
