"""Homes to let on pages and over the API: searched, offered by forms, changed and ended."""

import datetime

import pytest
from django.test import Client

from citychain.chain.abi import bytes32
from citychain.chain.clock import local_time
from citychain.identity import personas
from citychain.identity.models import Persona, PersonaAccount
from citychain.identity.tests.district import District
from citychain.outbox.tests.conftest import Workers
from citychain.renting import units_queries
from citychain.renting.bindings import Units
from citychain.renting.listings import services
from citychain.renting.listings.models import Listing, ListingDescription
from citychain.renting.listings.tests.homes import DAY, occupy, today

from .office import acting_as, sign
from .rows import text_of
from .test_acts import home as home

pytestmark = [
    pytest.mark.django_db(databases=["default", "readmodel"]),
    pytest.mark.filterwarnings("ignore:No directory at"),
    pytest.mark.usefixtures("home"),
]


def _in(district: District, days: int) -> str:
    return (local_time(district.now).date() + datetime.timedelta(days=days)).isoformat()


def _offer(district: District, workers: Workers, **changes: str) -> str:
    """Wang declares unit 1 and offers it; the summary before it was signed."""
    sign("wang", "/titles/1/declare-unit/", workers, kind="whole", parent="0", description="all rooms")
    sign("zhao", "/titles/1/confirm-unit/", workers, unit="1", occupants="4")
    return sign("wang", "/homes/offer/?unit=1", workers, **{**_typed(district), **changes})


def _typed(district: District) -> dict[str, str]:
    return {
        "rent": "3500", "deposit": "3500", "earliest_day": _in(district, 10), "shortest_months": "6",
        "longest_months": "24", "valid_until": _in(district, 90), "area": "89.5", "rooms": "3", "floor": "3/6",
        "text": "Quiet, facing south.",
    }  # fmt: skip


def _buttons(name: str, listing: int = 1) -> list[str]:
    page = acting_as(name).get(f"/homes/{listing}/").content.decode()
    return [act for act in ("price", "prolong", "withdraw", "close") if f'href="/homes/{listing}/{act}/"' in page]


def test_home_is_offered_changed_and_taken_back_by_forms(district: District, workers: Workers) -> None:
    summary = _offer(district, workers)
    assert "The rent is ¥3,500.00 a month, and the deposit ¥3,500.00." in summary
    assert "89.50 m², 3 rooms, 3/6. Quiet, facing south." in summary
    row = Listing.objects.get()
    assert (row.rent, row.state, row.shortest_months, row.description) == (
        3_500_00,
        "open",
        6,
        ListingDescription.objects.get().commitment,
    )
    assert [_buttons(name) for name in ("wang", "li")] == [["price", "prolong", "withdraw"], []]
    shown = text_of(Client(HTTP_ACCEPT_LANGUAGE="en").get("/homes/1/"))
    for words in ("to let", "Quiet, facing south.", "Offered by its owner in person.", "Neither mortgaged nor seized."):
        assert words in shown
    sign("wang", "/homes/1/price/", workers, rent="3200", deposit="0")
    sign("wang", "/homes/1/prolong/", workers, valid_until=_in(district, 120))
    row.refresh_from_db()
    assert (row.rent, row.deposit, row.valid_until > district.now + 119 * DAY) == (3_200_00, 0, True)
    assert acting_as("li").post("/homes/1/price/", {"act": "1"}).status_code == 403
    assert acting_as("li").get("/homes/offer/?unit=1").status_code == 403
    assert acting_as("wang").get("/homes/offer/?unit=1").headers["Location"] == "/homes/1/"
    sign("wang", "/homes/1/withdraw/", workers)
    assert Listing.objects.get().state == "withdrawn"
    assert "This offer is over" in text_of(acting_as("li").get("/homes/1/"))


def test_terms_that_cannot_be_are_refused_beside_their_fields(district: District, workers: Workers) -> None:
    _offer(district, workers)
    sign("wang", "/homes/1/withdraw/", workers)
    for changes in (
        {"rent": "0"},
        {"earliest_day": _in(district, -1)},
        {"earliest_day": _in(district, 367)},
        {"shortest_months": "25"},
        {"valid_until": _in(district, 181)},
        {"area": "0"},
        {"text": ""},
    ):
        typed = {"act": "1", **_typed(district), **changes}
        assert acting_as("wang").post("/homes/offer/?unit=1", typed).status_code == 422, changes
    assert acting_as("wang").get("/homes/offer/?unit=x").status_code == 400
    assert acting_as("wang").get("/homes/offer/?unit=9").status_code == 404


def test_agent_shows_licence_and_fee_and_loses_the_offer_with_the_mandate(district: District, workers: Workers) -> None:
    _offer(district, workers)
    sign("wang", "/homes/1/withdraw/", workers)
    owner = PersonaAccount.objects.get(persona="wang", purpose__startswith="title").address
    agent = personas.add_account(Persona.objects.get(id="sun"), "agent")
    key = personas.key(owner)
    units = district.book.address("Units")
    district.done(key, units, Units.giveMandate(1, agent, bytes32("list"), district.now + DAY))
    workers.block()
    summary = sign("sun", "/homes/offer/?unit=1", workers, **_typed(district), licence="No. 150", agent_fee="800")
    assert "You act for the owners with licence No. 150, and ask the tenant for ¥800.00." in summary
    row = Listing.objects.get(id=2)
    assert (row.agent_fee, row.licence) == (
        800_00,
        services.licence_commitment(ListingDescription.objects.get(commitment=row.description)),
    )
    assert "The agent asks the tenant for ¥800.00" in text_of(acting_as("li").get("/homes/2/"))
    assert [_buttons(name, 2) for name in ("sun", "wang")] == [["price", "prolong", "withdraw"], ["withdraw"]]
    district.done(key, units, Units.revokeMandate(1, agent, bytes32("list")))
    workers.block()
    assert [_buttons(name, 2) for name in ("sun", "wang", "zhao")] == [["withdraw", "close"]] * 2 + [["close"]]
    assert acting_as("li").get("/homes/").context["page"].paginator.count == 0
    sign("zhao", "/homes/2/close/", workers)
    assert Listing.objects.get(id=2).reason == "lister"


def test_search_page_filters_in_the_address_and_compares(district: District, workers: Workers) -> None:
    _offer(district, workers)
    http = Client(HTTP_ACCEPT_LANGUAGE="en")
    for query, count in (
        ({}, 1),
        ({"kind": "room"}, 0),
        ({"rent_max": "3500"}, 1),
        ({"rent_max": "3499.99"}, 0),
        ({"area_min": "89.5"}, 1),
        ({"area_min": "89.51"}, 0),
        ({"months": "5"}, 0),
        ({"day": _in(district, 9)}, 0),
        ({"rent_min": "nonsense", "town": "1"}, 1),
        ({"sort": "-per_metre"}, 1),
    ):
        page = http.get("/homes/", query)
        assert (page.status_code, page.context["page"].paginator.count) == (200, count), query
    assert "¥39.10" in text_of(http.get("/homes/"))
    compared = text_of(http.get("/homes/compare/?id=1&id=99&id=x"))
    assert ("3/6" in compared, "¥3,500.00" in compared) == (True, True)
    occupy(district, 1, 7, today(district) + 10, today(district) + 20)
    workers.block()
    assert http.get("/homes/").context["page"].paginator.count == 0
    assert "Let until then: lease 7" in text_of(http.get("/homes/1/"))


def test_api_tells_active_offers_and_one_with_its_prices(district: District, workers: Workers) -> None:
    _offer(district, workers)
    sign("wang", "/homes/1/price/", workers, rent="3200", deposit="0")
    http = Client(HTTP_ACCEPT_LANGUAGE="en")
    [row] = http.get("/api/listings", {"rent_max": 3_200_00}).json()["listings"]
    assert {name: row[name] for name in ("id", "rent", "area", "rent_per_metre", "fault", "text")} == {
        "id": 1, "rent": 3_200_00, "area": 89_50, "rent_per_metre": 35_75, "fault": "", "text": "Quiet, facing south.",
    }  # fmt: skip
    assert http.get("/api/listings", {"rent_max": 3_199_99}).json()["listings"] == []
    assert http.get("/api/listings", {"before": 1}).json() == {"simulated": True, "listings": [], "next": None}
    assert http.get("/api/listings", {"before": 9}).json()["code"] == "invalid-input"
    assert http.get("/api/listings", {"fields": "id,rent"}).json()["listings"] == [{"id": 1, "rent": 3_200_00}]
    told = http.get("/api/listings/1").json()
    assert [price["rent"] for price in told["prices"]] == [3_500_00, 3_200_00]
    assert [line["event"] for line in told["history"]] == ["UnitOffered", "PriceChanged"]
    assert http.get("/api/listings/9").json()["code"] == "no-such-listing"
    assert units_queries.date_of(units_queries.today()) == local_time(district.now).date()
