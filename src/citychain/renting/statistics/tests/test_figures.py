"""Figures of renting: what is counted, as of when, and what nobody gets to see. Rows stand for a city with enough
leases to count; the page over a real chain is tested with one lease, which must not be seen."""

import csv

import pytest
from django.test import Client

from citychain.chain import clock
from citychain.identity.tests.district import District
from citychain.renting.leases import queries as leases
from citychain.renting.leases.models import Lease, LeaseStep
from citychain.renting.leases.tests.world import Letting
from citychain.renting.listings.models import Listing, ListingDescription
from citychain.renting.models import Title
from citychain.renting.statistics import queries
from citychain.renting.units_models import Occupation, Unit

pytestmark = [
    pytest.mark.django_db(databases=["default", "readmodel"]),
    pytest.mark.filterwarnings("ignore:No directory at"),
]
DAY = 86_400
#: Two towns of Rongcheng with twelve and three leases, one of Anxin with nine; one unit more in each stands empty.
TOWNS = {"130629100": 12, "130629101": 3, "130632100": 9}
ACCOUNT, HASH = "0x" + "11" * 20, "0x" + "22" * 32


def _unit(number: int, town: str) -> None:
    Title.objects.create(
        id=number, town=int(town), commitment=HASH, version=1, owners_version=1, holder=ACCOUNT, registrar=3,
        state=Title.State.REGISTERED, registered_at=1, registered_block=1,
    )  # fmt: skip
    Unit.objects.create(
        id=number, title=number, parent=0, head_lease=0, kind=Unit.Kind.WHOLE, state=Unit.State.CONFIRMED,
        commitment=HASH, declared_by=ACCOUNT, declared_at=1,
    )  # fmt: skip


def _lease(number: int, from_day: int, rent: int, covered: int) -> None:
    Lease.objects.create(
        id=number, unit=number, head_lease=0, state=Lease.State.RUNNING, terms_hash=HASH, from_day=from_day,
        to_day=from_day + 365, signed_to_day=from_day + 365, rent=rent, first_rent=rent, due_day=1, deposit=rent,
        grace_days=5, late_fee=0, notice_days=30, advance_months=1, occupants=1, sublettable=False, deposits=ACCOUNT,
        track=Lease.Track.ADJUDICATION, decider=5, payee=ACCOUNT, refundee=ACCOUNT, house_rules=HASH, inventory=HASH,
        text=HASH, landlords=1, tenants=1, fund_by=1, signed_at=from_day * DAY, handed_over_at=from_day * DAY,
        covered=covered,
    )  # fmt: skip
    Occupation.objects.create(
        id=f"{number}:{number}", unit=number, lease=number, head_lease=0, operator=ACCOUNT, from_day=from_day,
        to_day=from_day + 365,
    )  # fmt: skip


def _described(number: int, area: int) -> None:
    Listing.objects.create(
        id=number, unit=number, title=number, head_lease=0, town=1, lister=ACCOUNT, state=Listing.State.CLOSED, rent=1,
        deposit=1, earliest_day=1, shortest_months=1, longest_months=1, valid_until=1, agent_fee=0, licence=HASH,
        description=f"0x{number:064x}", offered_at=1,
    )  # fmt: skip
    ListingDescription.objects.create(
        commitment=f"0x{number:064x}", salt=b"s", body=f'{{"area": {area}}}', created=1
    )  # fmt: skip


@pytest.fixture
def city(settings: object) -> None:
    """Leases began three months ago; the first six owe their rent. Areas are 50 m², rents 3,000 yuan and more."""
    clock.simulate(1_790_000_000)
    number, began = 0, leases.today() - 90
    for town, count in TOWNS.items():
        for _ in range(count):
            number += 1
            _unit(number, town)
            _lease(number, began, 300_000 + number * 100, 0 if number <= 6 else 10**9)
            _described(number, 5_000)
        number += 1
        _unit(number, town)


@pytest.mark.usefixtures("city")
def test_small_town_is_hidden_and_so_is_what_would_give_it_away() -> None:
    found = {row.code: row for row in queries.figures()}
    assert {code: row.leases for code, row in found.items()} == {
        "": 24, "130629": 15, "130629100": None, "130629101": None, "130632": 9, "130632100": 9,
    }  # fmt: skip
    assert (found[""].homes, found["130632100"].homes, found["130632100"].vacant) == (27, 10, None)
    assert found["130629100"].rent is None
    assert found["130632100"].rent == (300_000 + 22 * 100) * 100 // 5_000
    assert (found[""].overdue, found["130632"].overdue, found["130632100"].overdue) == (25, 0, 0)


@pytest.mark.usefixtures("city")
def test_leases_of_this_month_are_not_counted_yet() -> None:
    before = [row.leases for row in queries.figures() if row.code == ""]
    _unit(90, "130632100")
    _lease(90, leases.today(), 1, 1)
    assert [row.leases for row in queries.figures() if row.code == ""] == before


@pytest.mark.usefixtures("city")
def test_months_show_where_enough_was_signed() -> None:
    found = queries.months()
    signed = [month for month in found if month.leases]
    assert (len(found), [(month.leases, month.rent) for month in signed]) == (12, [(24, 301_300)])
    Lease.objects.filter(id__gt=4).update(state=Lease.State.LAPSED)
    assert [month.leases for month in queries.months()].count(None) == 1


@pytest.mark.usefixtures("city")
def test_disputes_are_counted_from_five_on() -> None:
    for number in range(1, 6):
        for event, day in (("ClaimsContested", 10), ("ClaimsDecided", 10 + 3 * number)):
            LeaseStep.objects.create(
                id=number * 100 + day, lease=number, event=event, detail="{}", time=day * DAY, block=1, tx=HASH
            )
        shown = queries.disputes()
        assert (shown.contested, shown.decided, shown.days) == ((5, 5, 9) if number == 5 else (None, None, None))


@pytest.mark.usefixtures("city")
def test_page_and_file_tell_the_same() -> None:
    client = Client(HTTP_ACCEPT_LANGUAGE="en")
    page = client.get("/leases/figures/")
    assert page.status_code == 200
    text = client.get("/leases/figures/?format=csv").getvalue().decode("utf-8-sig")
    lines = [line for line in text.splitlines() if "," in line]
    rows = {
        row["place"]: row for row in csv.DictReader(lines[next(i for i, line in enumerate(lines) if "place" in line) :])
    }
    assert (rows["130629100"]["leases"], rows["130629"]["leases"]) == ("", "15")
    assert "hidden" in page.content.decode()


def test_one_lease_is_not_seen(district: District) -> None:
    letting = Letting(district)
    letting.run()
    district.read()
    clock.simulate(district.now + 40 * DAY)
    assert [(row.leases, row.rent, row.vacant, row.overdue) for row in queries.figures()] == [(None,) * 4] * 3
    assert Client().get("/leases/figures/").status_code == 200
