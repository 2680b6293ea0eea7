"""From a contract's call to rows: each event that identity listens to."""

from typing import Any

import pytest

from citychain.chain.abi import bytes32
from citychain.chain.bindings import Authority
from citychain.chain.council import GUARDIAN_ROLE
from citychain.chain.deploy import CLEARING_ROLE
from citychain.identity.bindings import Institutions
from citychain.identity.models import CityGuardian, Founding, Institution, InstitutionKey, InstitutionStep, Kind
from citychain.identity.projection import SUBSCRIPTIONS
from citychain.indexer.rows import Log
from citychain.outbox.tests.city import BANK, COUNCIL, CUSTOMERS, DEPLOYER

from .district import (
    BANK_ID,
    COUNCIL_ID,
    FOREVER,
    OTHER_BANK,
    OTHER_BANK_ID,
    SUPERVISOR,
    SUPERVISOR_ID,
    District,
    events_of,
    since,
)
from .replay import Replay

pytestmark = pytest.mark.django_db(databases=["default", "readmodel"])
FRESH, SECOND, THIRD, LATE = (customer.address for customer in CUSTOMERS[:4])
DAY = 86_400
NEXT_ID = 7
MODELS = [CityGuardian, Kind, Founding, Institution, InstitutionKey, InstitutionStep]
UNOFFERED = {"offered_to": 0, "offered_by": 0, "offer_from": 0, "offer_until": 0}
#: Events of Institutions that make no row, and why.
IGNORED = {
    "AuthorityUpdated": "a contract's authority is checked against the address book at every start",
    "Retired": "everything stands as it is; what follows comes with a new address book",
}


def do(district: District, by: Any, call: Any) -> Log:
    return district.done(by, district.institutions, call)


def step(log: Log, event: str, detail: str, institution: int = OTHER_BANK_ID) -> dict[str, Any]:
    return {
        "id": log.id, "institution": institution, "event": event, "detail": detail, "time": log.time,
        "block": log.block, "tx": log.tx,
    }  # fmt: skip


def steps(log: Log) -> list[dict[str, Any]]:
    return since(InstitutionStep, log.block)


def offer() -> tuple[int, int, int, int]:
    row = found()
    return row.offered_to, row.offered_by, row.offer_from, row.offer_until


def found(institution: int = OTHER_BANK_ID) -> Institution:
    return Institution.objects.get(id=institution)


# --- each event ------------------------------------------------------------------------------------------------------


def test_kind_defined_says_who_accredits_it(district: District) -> None:
    kinds = [bytes32("council"), bytes32("court")]
    do(district, DEPLOYER, Institutions.defineKind(bytes32("adjudicator"), kinds))
    district.read()
    assert dict(Kind.objects.values_list("name", "accredited_by")) == {
        "council": "",
        "bank": "council,supervisor",
        "supervisor": "council",
        "court": "council",
        "registrar": "council",
        "adjudicator": "council,court",
    }


def test_kind_defined_anew_replaces_who_accredits_it(district: District) -> None:
    do(district, DEPLOYER, Institutions.defineKind(bytes32("court"), []))
    district.read()
    assert Kind.objects.get(name="court").accredited_by == ""


def test_accredited_makes_institution_key_and_history(district: District) -> None:
    call = Institutions.accredit(bytes32("bank"), "第三银行 · Third", "https://third", 5, FOREVER, FRESH)
    log = do(district, SUPERVISOR, call)
    district.read()
    assert Institution.objects.filter(id=NEXT_ID).values().get() == {
        "id": NEXT_ID, "kind": "bank", "name": "第三银行 · Third", "web_page": "https://third", "state": "active",
        "accredited_by": SUPERVISOR_ID, "valid_from": 5, "valid_until": FOREVER, "successor": 0,
        "accredited_at": log.time, "notice_until": 0, **UNOFFERED,
    }  # fmt: skip
    assert InstitutionKey.objects.filter(institution=NEXT_ID).values().get() == {
        "address": FRESH, "institution": NEXT_ID, "scopes": "*", "current": True, "since": log.time, "valid_from": 0,
    }  # fmt: skip
    accredited = (
        f'{{"accreditor": {SUPERVISOR_ID}, "kind": "bank", "name": "第三银行 · Third", "validFrom": 5, '
        f'"validUntil": {FOREVER}, "webPage": "https://third"}}'
    )
    key_added = f'{{"account": "{FRESH}", "by": {SUPERVISOR_ID}, "scopes": ["*"], "validFrom": 0}}'
    assert steps(log) == [
        step(log, "InstitutionAccredited", accredited, NEXT_ID),
        {**step(log, "KeyAdded", key_added, NEXT_ID), "id": log.id + 1},
    ]


def test_council_accredits_itself_at_the_beginning(district: District) -> None:
    district.read()
    council = found(COUNCIL_ID)
    assert (council.kind, council.accredited_by, council.valid_until) == ("council", 0, FOREVER)
    assert list(InstitutionKey.objects.filter(institution=COUNCIL_ID).values_list("address", flat=True)) == [
        COUNCIL.address
    ]


def test_described_changes_the_texts(district: District) -> None:
    log = do(district, COUNCIL, Institutions.describe(OTHER_BANK_ID, "New", "https://new"))
    district.read()
    assert (found().name, found().web_page) == ("New", "https://new")
    detail = f'{{"by": {COUNCIL_ID}, "name": "New", "webPage": "https://new"}}'
    assert steps(log) == [step(log, "InstitutionDescribed", detail)]


def test_renewed_moves_the_end(district: District) -> None:
    until = district.now + 1_000
    log = do(district, COUNCIL, Institutions.renew(OTHER_BANK_ID, until))
    district.read()
    assert found().valid_until == until
    detail = f'{{"by": {COUNCIL_ID}, "validFrom": 1, "validUntil": {until}}}'
    assert steps(log) == [step(log, "InstitutionRenewed", detail)]


@pytest.mark.parametrize(
    ("act", "state", "event"),
    [("suspend", "suspended", "InstitutionSuspended"), ("revoke", "revoked", "InstitutionRevoked")],
)
def test_stopped_institution_has_its_state_until_it_is_reinstated(
    district: District, act: str, state: str, event: str
) -> None:
    log = do(district, COUNCIL, getattr(Institutions, act)(OTHER_BANK_ID, bytes32("report late")))
    district.read()
    assert found().state == state
    assert steps(log) == [step(log, event, f'{{"by": {COUNCIL_ID}, "reason": "report late"}}')]
    log = do(district, COUNCIL, Institutions.reinstate(OTHER_BANK_ID, bytes32("report came")))
    district.read()
    assert found().state == "active"
    detail = f'{{"by": {COUNCIL_ID}, "reason": "report came", "validFrom": 1}}'
    assert steps(log) == [step(log, "InstitutionReinstated", detail)]


def test_what_others_decide_after_the_founding_waits_until_it_is_vetoed(district: District) -> None:
    later = district.now + 31 * DAY
    district.mine(time=later)
    log = do(district, COUNCIL, Institutions.suspend(OTHER_BANK_ID, bytes32("report late")))
    added = do(district, COUNCIL, Institutions.addKey(OTHER_BANK_ID, FRESH, [bytes32("*")]))
    reinstated = do(district, COUNCIL, Institutions.reinstate(OTHER_BANK_ID, bytes32("report came")))
    district.read()
    ends = reinstated.time + 2 * DAY
    assert (found().state, found().valid_from, found().notice_until) == ("active", ends, ends)
    assert InstitutionKey.objects.get(address=FRESH).valid_from == added.time + 2 * DAY
    vetoed = do(district, DEPLOYER, Institutions.veto(OTHER_BANK_ID, bytes32("not its key")))
    district.read()
    assert found().state == "suspended"
    assert steps(log)[-1] == step(vetoed, "InstitutionVetoed", '{"reason": "not its key"}')


def test_founding_ends_when_the_council_says(district: District) -> None:
    district.read()
    begun = Founding.objects.get(contract=district.institutions)
    assert begun.ends == district.ask(district.institutions, Institutions.foundingEnds())
    log = do(district, COUNCIL, Institutions.endFounding())
    district.read()
    assert list(Founding.objects.values()) == [{"contract": district.institutions, "ends": log.time}]


def test_offered_succession_stands_until_it_is_withdrawn(district: District) -> None:
    log = do(district, OTHER_BANK, Institutions.offerSuccession(OTHER_BANK_ID, BANK_ID))
    district.read()
    until = log.time + 30 * DAY
    assert (found().state, found().successor, offer()) == ("active", 0, (BANK_ID, OTHER_BANK_ID, log.time, until))
    withdrawn = do(district, OTHER_BANK, Institutions.withdrawSuccession(OTHER_BANK_ID))
    district.read()
    assert offer() == (0, 0, 0, 0)
    detail = f'{{"by": {OTHER_BANK_ID}, "to": {BANK_ID}}}'
    offered = f'{{"by": {OTHER_BANK_ID}, "to": {BANK_ID}, "validFrom": {log.time}, "validUntil": {until}}}'
    assert steps(log) == [step(log, "SuccessionOffered", offered), step(withdrawn, "SuccessionWithdrawn", detail)]


def test_what_another_offers_waits_until_it_is_vetoed(district: District) -> None:
    district.mine(time=district.now + 31 * DAY)
    do(district, COUNCIL, Institutions.suspend(OTHER_BANK_ID, bytes32("report late")))
    log = do(district, COUNCIL, Institutions.offerSuccession(OTHER_BANK_ID, BANK_ID))
    district.read()
    assert offer() == (BANK_ID, COUNCIL_ID, log.time + 2 * DAY, log.time + 30 * DAY)
    vetoed = do(district, DEPLOYER, Institutions.veto(OTHER_BANK_ID, bytes32("not its heir")))
    district.read()
    assert (found().state, offer()) == ("suspended", (0, 0, 0, 0))
    assert steps(vetoed) == [step(vetoed, "SuccessionVetoed", f'{{"reason": "not its heir", "to": {BANK_ID}}}')]


def test_accepted_succession_names_the_successor(district: District) -> None:
    do(district, OTHER_BANK, Institutions.offerSuccession(OTHER_BANK_ID, BANK_ID))
    log = do(district, BANK, Institutions.acceptSuccession(OTHER_BANK_ID))
    district.read()
    assert (found().state, found().successor, offer()) == ("succeeded", BANK_ID, (0, 0, 0, 0))
    assert steps(log) == [step(log, "SuccessionAccepted", f'{{"to": {BANK_ID}}}')]


def test_key_is_added_changed_and_removed(district: District) -> None:
    scopes = [bytes32("mint"), bytes32("burn")]
    added = do(district, OTHER_BANK, Institutions.addKey(OTHER_BANK_ID, FRESH, scopes))
    district.read()
    row = {
        "address": FRESH, "institution": OTHER_BANK_ID, "scopes": "mint,burn", "current": True, "since": added.time,
        "valid_from": 0,
    }  # fmt: skip
    assert InstitutionKey.objects.filter(address=FRESH).values().get() == row
    changed = do(district, OTHER_BANK, Institutions.changeScopes(OTHER_BANK_ID, FRESH, [bytes32("mint")]))
    district.read()
    assert InstitutionKey.objects.filter(address=FRESH).values().get() == {**row, "scopes": "mint"}
    removed = do(district, OTHER_BANK, Institutions.removeKey(OTHER_BANK_ID, FRESH))
    district.read()
    assert InstitutionKey.objects.filter(address=FRESH).values().get() == {**row, "scopes": "", "current": False}
    who = f'"account": "{FRESH}", "by": {OTHER_BANK_ID}'
    assert steps(added) == [
        step(added, "KeyAdded", f'{{{who}, "scopes": ["mint", "burn"], "validFrom": 0}}'),
        step(changed, "KeyScopesChanged", f'{{{who}, "scopes": ["mint"], "validFrom": 0}}'),
        step(removed, "KeyRemoved", f"{{{who}}}"),
    ]


def test_rotated_key_is_followed_by_one_with_its_scopes(district: District) -> None:
    log = do(district, BANK, Institutions.rotateKey(BANK_ID, BANK.address, SECOND))
    district.read()
    keys = InstitutionKey.objects.filter(institution=BANK_ID).order_by("current")
    assert list(keys.values_list("address", "scopes", "current")) == [(BANK.address, "", False), (SECOND, "*", True)]
    assert [row["event"] for row in steps(log)] == ["KeyAdded", "KeyRemoved"]


def test_guardians_are_those_that_the_council_named(district: District) -> None:
    for role, account in ((GUARDIAN_ROLE, FRESH), (GUARDIAN_ROLE, SECOND), (CLEARING_ROLE, THIRD)):
        district.done(DEPLOYER, district.authority, Authority.grantRole(role, account, 0))
    district.done(DEPLOYER, district.authority, Authority.revokeRole(CLEARING_ROLE, THIRD))
    district.done(DEPLOYER, district.authority, Authority.revokeRole(GUARDIAN_ROLE, FRESH))
    district.read()
    assert list(CityGuardian.objects.values_list("address", flat=True)) == [SECOND]


# --- all of them -----------------------------------------------------------------------------------------------------


def everything(district: District) -> None:
    """Each event at least once."""
    for guardian in (FRESH, SECOND):
        district.done(DEPLOYER, district.authority, Authority.grantRole(GUARDIAN_ROLE, guardian, 0))
    district.done(DEPLOYER, district.authority, Authority.revokeRole(GUARDIAN_ROLE, FRESH))
    for by, call in (
        (DEPLOYER, Institutions.defineKind(bytes32("auditor"), [bytes32("council")])),
        (COUNCIL, Institutions.accredit(bytes32("auditor"), "Auditor", "", 1, FOREVER, FRESH)),
        (COUNCIL, Institutions.describe(NEXT_ID, "Auditors", "https://audit")),
        (COUNCIL, Institutions.suspend(OTHER_BANK_ID, bytes32("late"))),
        (COUNCIL, Institutions.reinstate(OTHER_BANK_ID, bytes32("came"))),
        (COUNCIL, Institutions.revoke(NEXT_ID, bytes32("gone"))),
        (OTHER_BANK, Institutions.addKey(OTHER_BANK_ID, SECOND, [bytes32("mint"), bytes32("burn")])),
        (OTHER_BANK, Institutions.changeScopes(OTHER_BANK_ID, SECOND, [bytes32("mint")])),
        (OTHER_BANK, Institutions.rotateKey(OTHER_BANK_ID, SECOND, THIRD)),
        (OTHER_BANK, Institutions.offerSuccession(OTHER_BANK_ID, BANK_ID)),
        (COUNCIL, Institutions.renew(OTHER_BANK_ID, district.now + 10_000)),
        (OTHER_BANK, Institutions.offerSuccession(OTHER_BANK_ID, BANK_ID)),
        (BANK, Institutions.acceptSuccession(OTHER_BANK_ID)),
        (COUNCIL, Institutions.endFounding()),
        (COUNCIL, Institutions.suspend(BANK_ID, bytes32("late"))),
        (COUNCIL, Institutions.offerSuccession(BANK_ID, OTHER_BANK_ID)),
        (DEPLOYER, Institutions.veto(BANK_ID, bytes32("not its heir"))),
    ):
        do(district, by, call)
    do(district, COUNCIL, Institutions.accredit(bytes32("court"), "Sham", "", 1, FOREVER, LATE))
    district.read()
    sham = found(NEXT_ID + 1)
    assert sham.notice_until == sham.valid_from == sham.accredited_at + 2 * DAY
    do(district, DEPLOYER, Institutions.veto(NEXT_ID + 1, bytes32("unknown")))


def test_every_event_is_listened_to_or_left_out_for_a_reason() -> None:
    listened = {name.partition(".")[2] for name in SUBSCRIPTIONS if name.startswith("Institutions.")}
    assert sorted([*listened, *IGNORED]) == sorted(events_of("Institutions"))


def test_everything_emits_each_event_listened_to(district: District) -> None:
    everything(district)
    told = {f"Institutions.{name}" for name in district.emitted("Institutions")}
    assert {name for name in SUBSCRIPTIONS if name.startswith("Institutions.")} - told == set()


def test_rows_are_the_same_read_again(district: District, replay: Replay) -> None:
    everything(district)
    replay.read_again(MODELS)


def test_rows_undone_are_those_that_were(district: District, replay: Replay) -> None:
    everything(district)
    replay.undo(MODELS)


def test_rows_after_a_reorg_are_those_of_a_rebuild(district: District, replay: Replay) -> None:
    everything(district)
    replay.reorg(MODELS)
