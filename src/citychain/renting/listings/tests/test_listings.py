"""From a contract's call to rows: what is offered, what it costs, and when it counts no more."""

import json
from typing import Any

import pytest

from citychain.chain import clock
from citychain.chain.abi import bytes32
from citychain.identity.tests.district import COURT, District, events_of
from citychain.identity.tests.replay import Replay
from citychain.outbox.tests.city import DEPLOYER
from citychain.renting.bindings import Listings, Titles, Units
from citychain.renting.listings import board, queries, services
from citychain.renting.listings.board import Wanted
from citychain.renting.listings.models import Listing, ListingDescription, ListingPrice, ListingStep
from citychain.renting.listings.projection import SUBSCRIPTIONS

from .homes import ABOUT, AGENT, DAY, LICENCE, NONE, OWNER, TENANT, TOWN, declare, do, occupy, offer, terms, today

pytestmark = [
    pytest.mark.django_db(databases=["default", "readmodel"]),
    pytest.mark.filterwarnings("ignore:No directory at"),
]
MODELS = [Listing, ListingPrice, ListingStep]
#: Events of Listings that make no row, and why.
IGNORED = {
    "Listings.AuthorityUpdated": "a contract's authority is checked against the address book at every start",
    "Listings.ListingsCreated": "says nothing but the address of Units",
    "Listings.Retired": "everything stands as it is; what follows comes with a new address book",
}


def everything(district: District) -> None:
    """Each event at least once: offer 1 costs more, lasts longer and is withdrawn, offer 2 is closed, 3 stands."""
    declare(district)
    offer(district)
    do(district, OWNER, Listings.changePrice(1, 3_800_00, 3_800_00))
    do(district, OWNER, Listings.prolongOffer(1, district.now + 60 * DAY))
    do(district, OWNER, Listings.withdrawOffer(1))
    offer(district, 1)
    occupy(district, 2, 7, today(district) + 5, today(district) + 99)
    do(district, TENANT, Listings.closeOffer(2))
    offer(district, earliestDay=today(district) + 99)


def test_offer_becomes_a_row_with_its_price_and_history(district: District) -> None:
    declare(district)
    log = offer(district)
    given = terms(district)
    do(district, OWNER, Listings.changePrice(1, 3_800_00, 0))
    district.read()
    assert Listing.objects.values().get() == {
        "id": 1, "unit": 2, "title": 1, "head_lease": 0, "town": TOWN, "lister": OWNER.address, "state": "open",
        "reason": "", "rent": 3_800_00, "deposit": 0, "earliest_day": today(district) + 10, "shortest_months": 6,
        "longest_months": 24, "valid_until": given.validUntil, "agent_fee": 0, "licence": NONE, "description": ABOUT,
        "offered_at": log.time,
    }  # fmt: skip
    assert [(row.rent, row.deposit) for row in queries.prices(1)] == [(3_500_00, 7_000_00), (3_800_00, 0)]
    offered, changed = queries.history(1)
    assert (offered.event, json.loads(offered.detail)) == (
        "UnitOffered",
        {"headLeaseId": 0, "lister": OWNER.address, "titleId": 1, "townCode": TOWN, "unitId": 2},
    )
    assert (changed.event, changed.told) == ("PriceChanged", {"deposit": 0, "rent": 3_800_00, "unitId": 2})


def test_ended_offers_say_how(district: District) -> None:
    everything(district)
    district.read()
    assert list(Listing.objects.order_by("id").values_list("state", "reason")) == [
        ("withdrawn", ""),
        ("closed", "let"),
        ("open", ""),
    ]


def test_every_event_is_listened_to_or_left_out_for_a_reason(district: District) -> None:
    everything(district)
    assert sorted([*SUBSCRIPTIONS, *IGNORED]) == sorted(f"Listings.{name}" for name in events_of("Listings"))
    assert SUBSCRIPTIONS.keys() - {f"Listings.{name}" for name in district.emitted("Listings")} == set()


def test_rows_are_the_same_read_again(district: District, replay: Replay) -> None:
    everything(district)
    replay.read_again(MODELS)


def test_rows_undone_are_those_that_were(district: District, replay: Replay) -> None:
    everything(district)
    replay.undo(MODELS)


def test_rows_after_a_reorg_are_those_of_a_rebuild(district: District, replay: Replay) -> None:
    everything(district)
    replay.reorg(MODELS)


def _same_fault(district: District, listing: int = 1) -> str:
    """Why the offer is not active, as the read model says it and as the contract does."""
    district.read()
    clock.simulate(district.now)
    said = district.rpc.view(district.book.address("Listings"), Listings.faultOf(listing))
    row = queries.listing(listing)
    found = queries.fault(row)
    assert bytes32(found) == said if found else int(said, 16) == 0
    return found


def test_pages_and_contract_agree_on_what_is_active(district: District) -> None:
    declare(district)
    offer(district, 1)
    do(district, OWNER, Units.giveMandate(1, AGENT.address, bytes32("list"), district.now + DAY), "Units")
    do(district, AGENT, Listings.offerUnit(2, 0, terms(district, licence=LICENCE, agentFee=5)))
    found = [_same_fault(district), _same_fault(district, 2)]
    do(district, OWNER, Units.revokeMandate(1, AGENT.address, bytes32("list")), "Units")
    found += [_same_fault(district), _same_fault(district, 2)]
    assert found == ["", "", "", "lister"]
    day = today(district)
    occupy(district, 2, 7, day + 10, day + 11)
    found = [_same_fault(district)]
    do(district, DEPLOYER, Units.vacate(2, 7, day), "Units")
    found += [_same_fault(district)]
    do(district, COURT, Titles.seize(1, bytes32("case 7"), district.now + DAY), "Titles")
    found += [_same_fault(district)]
    assert found == ["let", "", "seized"]


@pytest.fixture
def described(district: District) -> Any:
    """Offers 1 of the room (20 m², ¥3,500) and 2 of the whole (90.5 m², ¥9,000), read."""
    declare(district)
    for unit, area, rent in ((2, 20_00, 3_500_00), (1, 90_50, 9_000_00)):
        about = services.describe(area=area, rooms=1, floor="3/6", text="light")
        about.save()
        offer(district, unit, rent=rent, description=about.commitment)
    district.read()
    clock.simulate(district.now)


@pytest.mark.usefixtures("described")
def test_search_finds_what_fits_in_the_order_asked_for(district: District) -> None:
    day = today(district)
    for wanted, numbers in (
        (Wanted(), [2, 1]),
        (Wanted(town=TOWN), [2, 1]),
        (Wanted(town=1), []),
        (Wanted(county=130638), [2, 1]),
        (Wanted(kind="room"), [1]),
        (Wanted(rent_min=3_500_01), [2]),
        (Wanted(rent_max=3_500_00), [1]),
        (Wanted(area_min=20_01), [2]),
        (Wanted(months=5), []),
        (Wanted(months=24), [2, 1]),
        (Wanted(day=day + 9), []),
        (Wanted(day=day + 10), [2, 1]),
    ):
        assert [one.id for one in board.search(wanted)] == numbers, wanted
    assert [one.per_metre for one in board.search(sort="rent")] == [175_00, 99_44]
    assert [one.id for one in board.search(sort="-per_metre")] == [1, 2]


@pytest.mark.usefixtures("described")
def test_descriptions_go_when_no_offer_stands_on_them(district: District) -> None:
    do(district, OWNER, Listings.withdrawOffer(1))
    district.read()
    assert services.purge_descriptions() == 0
    ListingDescription.objects.update(created=clock.now() - 91 * DAY)
    assert services.purge_descriptions() == 1
    assert [one.area for one in board.search()] == [90_50]
