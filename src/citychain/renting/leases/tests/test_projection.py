"""From calls of the contracts of leases to rows: every event, read once and again, and undone."""

from collections.abc import Callable
from datetime import date

import pytest

from citychain.chain import clock
from citychain.identity.tests.district import District, events_of
from citychain.identity.tests.replay import Replay
from citychain.renting.bindings import LeaseChanges, LeaseOffers, Leases, Rents
from citychain.renting.leases import queries, schedule, terms
from citychain.renting.leases.filing_models import Filing
from citychain.renting.leases.models import (
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
from citychain.renting.leases.projection import SUBSCRIPTIONS
from citychain.renting.leases.rents_models import LateFee, RentMandate, RentPayment, SettlementItem, SettlementPart

from .world import DEPOSIT, OWNER, RENT, TENANT, WHY, Letting, ended, everything, settled, sold

pytestmark = pytest.mark.django_db(databases=["default", "readmodel"])
CONTRACTS = ("Escrow", "Leases", "LeaseOffers", "LeaseChanges", "Rents", "Settlements", "Filings")
MODELS = [
    Lease, LeaseAgreement, LeaseCondition, LeaseCredit, LeaseDemand, LeaseParty, LeaseReplacement, LeaseSponsor,
    LeaseStep, Filing, LateFee, RentMandate, RentPayment, SettlementItem, SettlementPart,
]  # fmt: skip
#: Events that make no row, and why.
IGNORED = {
    **{f"{name}.AuthorityUpdated": "checked against the address book at every start" for name in CONTRACTS},
    **{f"{name}.Retired": "everything stands as it is" for name in ("Escrow", "Leases", "Rents", "Settlements")},
    "Escrow.CourtPaidStray": "money of no lease",
    "Escrow.EscrowCreated": "says nothing but addresses",
    "LeaseOffers.EIP712DomainChanged": "the domain never changes",
    "Leases.LeaseOpened": "LeaseSigned tells more, in the same call",
    "Leases.LeasesCreated": "says nothing but addresses",
    "Rents.RentsCreated": "says nothing but addresses",
    "Settlements.SettlementsCreated": "says nothing but addresses",
}


@pytest.fixture
def letting(district: District) -> Letting:
    return Letting(district)


def test_every_event_is_listened_to_or_left_out_for_a_reason(letting: Letting) -> None:
    everything(letting)
    sold(letting)
    told = [f"{name}.{event}" for name in CONTRACTS for event in events_of(name)]
    assert sorted([*SUBSCRIPTIONS, *IGNORED]) == sorted(told)
    emitted = {f"{name}.{event}" for name in CONTRACTS for event in letting.district.emitted(name)}
    assert sorted(SUBSCRIPTIONS.keys() - emitted) == []


def test_rows_are_the_same_read_again(letting: Letting, replay: Replay) -> None:
    everything(letting)
    replay.read_again(MODELS)


@pytest.mark.parametrize("story", [ended, lambda letting: settled(letting, 1)], ids=["ended", "settled"])
def test_rows_undone_are_those_that_were(letting: Letting, replay: Replay, story: Callable[[Letting], None]) -> None:
    story(letting)
    replay.undo(MODELS)


def test_rows_after_a_reorg_are_those_of_a_rebuild(letting: Letting, replay: Replay) -> None:
    letting.run()
    replay.reorg(MODELS)


def test_lease_is_as_its_parties_signed_it(letting: Letting) -> None:
    found = letting.terms()
    log = letting.conclude()
    letting.district.read()
    row = queries.lease(1)
    assert row.terms_hash == "0x" + terms.digest(letting.district.book, found).hex()
    assert (row.state, row.from_day, row.to_day, row.rent, row.deposit) == (
        Lease.State.SIGNED, found.fromDay, found.toDay, RENT, DEPOSIT,
    )  # fmt: skip
    assert row.signed_at == log.time
    assert queries.sides(row) == ([OWNER.address], [TENANT.address])


def test_rent_stands_as_the_contract_says(letting: Letting) -> None:
    letting.run()
    letting.allow(TENANT, "Rents")
    target = letting.district.book.address("Rents")
    for ahead, amount in ((10, 12_345), (33, 1), (30, 40_000)):
        letting.go_to(letting.today + ahead)
        payable = letting.district.ask(target, Rents.payableOf(1))
        letting.do(TENANT, Rents.payRent(leaseId=1, amount=min(amount, payable)))
        letting.district.read()
        rent = _rent(letting)
        asked = {"arrears": Rents.arrearsOf(1), "payable": Rents.payableOf(1), "overpaid": Rents.overpaidOf(1)}
        assert {name: getattr(rent, name) for name in asked} == {
            name: letting.district.ask(target, call) for name, call in asked.items()
        }
        for number, (month, covered) in enumerate(rent.months):
            told = letting.district.ask(target, Rents.monthOf(1, number))
            assert (month.from_day, month.to_day, month.due_day, month.amount, covered) == (
                told.fromDay, told.toDay, told.dueDay, told.amount, told.covered,
            )  # fmt: skip


def _rent(letting: Letting) -> queries.Rent:
    """By the chain's clock, not this machine's."""
    clock_of(letting)
    return queries.rent(queries.lease(1))


def clock_of(letting: Letting) -> None:
    clock.simulate(letting.district.now)


def test_what_is_on_the_table_is_told_in_words(letting: Letting) -> None:
    letting.run()
    about = {"leaseId": 1}
    day = letting.today + 40
    for call in (LeaseChanges.agreeEnd(**about, toDay=day), LeaseChanges.agreeExtension(**about, toDay=day + 300)):
        letting.do(OWNER, call)
    letting.district.read()
    clock_of(letting)
    told = [(one.kind, one.day, one.agreed, one.missing) for one in queries.agreements(queries.lease(1))]
    assert told == [
        ("end", day, [OWNER.address], [TENANT.address]),
        ("extension", day + 300, [OWNER.address], [TENANT.address]),
    ]
    letting.do(TENANT, LeaseChanges.agreeEnd(**about, toDay=day))
    letting.district.read()
    assert queries.agreements(queries.lease(1)) == []
    assert queries.lease(1).to_day == day


def test_digest_is_that_of_the_contract(letting: Letting) -> None:
    found = letting.terms(sublettable=True, tenants=[TENANT.address], track=2)
    target = letting.district.book.address("LeaseOffers")
    told = letting.district.ask(target, LeaseOffers.termsHash(terms=found))
    assert told == "0x" + terms.digest(letting.district.book, found).hex()


def test_handover_needs_both_to_confirm_the_same(letting: Letting) -> None:
    letting.conclude()
    letting.allow(TENANT, "Escrow")
    letting.do(TENANT, Leases.fund(leaseId=1, payer=TENANT.address))
    letting.do(OWNER, Leases.confirmHandover(leaseId=1, condition=WHY))
    letting.district.read()
    assert queries.lease(1).state == Lease.State.FUNDED
    assert {side: row.condition for side, row in queries.conditions(1).items()} == {"landlord": WHY}
    letting.do(TENANT, Leases.confirmHandover(leaseId=1, condition=WHY))
    letting.district.read()
    row = queries.lease(1)
    assert (row.state, row.held, row.covered) == (Lease.State.RUNNING, DEPOSIT, row.first_rent)
    assert [(one.account, one.amount) for one in queries.credits_of(1)] == [(OWNER.address, row.first_rent)]


@pytest.mark.parametrize("due", range(27, 32))
def test_months_of_sixty_years_sum_to_the_rent_of_their_days(due: int) -> None:
    """Whole months owe the rent; due days lie in their month, on its last day where it is shorter."""
    first, last = schedule.to_day(date(2020, 1, 17)), schedule.to_day(date(2080, 3, 9))
    months = list(schedule.months(rent=31_00, due=due, from_day=first, to_day=last))
    assert len(months) == 60 * 12 + 3
    assert {month.amount for month in months[1:-1]} == {31_00}
    assert [month.from_day for month in months[1:]] == [month.to_day for month in months[:-1]]
    for month in months[1:-1]:
        day = schedule.to_date(month.due_day)
        following = schedule.to_date(month.to_day)
        assert day.day == due or (day.day < due and (following - day).days == 1)
