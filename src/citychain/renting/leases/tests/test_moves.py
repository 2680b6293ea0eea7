"""Whose move it is, in each state of a lease; and the same as dates in a calendar program."""

import datetime
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.utils import translation
from icalendar import Calendar

from citychain.chain.keys import Key
from citychain.identity.tests.district import District
from citychain.renting.bindings import Leases
from citychain.renting.leases import documents, feeds, moves, queries, schedule
from citychain.renting.leases.models import LeaseCalendar

from .test_filings import SUBMITTED, persona
from .test_forms import act, begin, day, look
from .world import CLERK, OWNER, SPONSOR, TENANT, WHY, Letting, everything

pytestmark = [
    pytest.mark.django_db(databases=["default", "readmodel"]),
    pytest.mark.filterwarnings("ignore:No directory at"),
]


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def letting(district: District) -> Letting:
    return Letting(district)


def told(letting: Letting, by: Key) -> list[str]:
    """What waits for somebody now, in words without sums."""
    look(letting, by)
    found = [re.sub(r":? ?¥[\d,.]+", "", one.words) for one in moves.moves([by.address])]
    return [words for words in found if words != "Have paid out"]  # the first rent, once the keys are handed over


def until(letting: Letting, by: Key, words: str) -> int:
    look(letting, by)
    [found] = [one.until for one in moves.moves([by.address]) if words in one.words]
    return found


def about_rent(letting: Letting) -> list[str]:
    return [words for words in told(letting, TENANT) if "rent" in words.lower().split()]


FILE = "Submit the lease to the housing bureau"


def test_it_is_the_tenants_move_to_pay_then_both_sides_to_hand_over(letting: Letting) -> None:
    letting.conclude()
    assert told(letting, TENANT) == ["Pay deposit and first rent,"]
    assert until(letting, TENANT, "Pay deposit") == queries.lease(1).fund_by
    assert told(letting, OWNER) == [FILE]
    assert told(letting, SPONSOR) == []
    act(letting, TENANT, "allow")
    act(letting, TENANT, "fund")
    assert told(letting, TENANT) == ["Hand the keys over"]
    letting.do(OWNER, Leases.confirmHandover(leaseId=1, condition=WHY))
    assert told(letting, OWNER) == [FILE]
    assert told(letting, TENANT) == ["Confirm the condition that the other side wrote down"]


def test_rent_is_told_ten_days_before_and_overdue_after(letting: Letting) -> None:
    begin(letting)
    act(letting, TENANT, "allow-rent", amount="3000")
    first = queries.rent(look(letting, TENANT).row).next
    assert first is not None
    act(letting, TENANT, "pay-rent", amount=f"{first.amount / 100:.2f}")
    due = queries.rent(look(letting, TENANT).row).next
    assert due is not None
    letting.go_to(due.due_day - moves.SOON - 1)
    assert about_rent(letting) == []
    letting.go_to(due.due_day - moves.SOON)
    assert about_rent(letting) == ["Pay the rent"]
    assert until(letting, TENANT, "Pay the rent") == moves.start_of(due.due_day)
    act(letting, TENANT, "mandate", most="300")
    assert about_rent(letting) == ["Rent pays itself"]
    letting.go_to(due.due_day + 1)
    assert about_rent(letting) == ["Rent is overdue"]


def test_demands_proposals_repairs_and_filing_wait_for_the_side_that_answers(letting: Letting) -> None:
    begin(letting)
    row = look(letting, TENANT).row
    documents.write(row, "repair", TENANT.address, "tenant", "水龙头", [])
    act(letting, TENANT, "demand", breach="漏水", days=15)
    act(letting, TENANT, "end", day=day(letting.today + 60))
    assert told(letting, OWNER) == [
        "Put right what the other side demands", FILE, "1 repair is asked for", "Answer what the other side proposes",
    ]  # fmt: skip
    assert set(told(letting, TENANT)) <= {"Pay the rent"}
    act(letting, OWNER, "submit-filing", **SUBMITTED)
    act(letting, CLERK, "return-filing", why="缺")
    assert "The housing bureau gave the lease back: submit it again" in told(letting, OWNER)
    letting.go_to(row.from_day + 31)
    assert "The landlord didn’t submit the lease to the housing bureau; you may" in told(letting, TENANT)


def test_deposit_waits_for_each_in_turn_until_it_is_settled(letting: Letting) -> None:
    begin(letting)
    letting.go_to(queries.lease(1).to_day + 1)
    assert told(letting, OWNER)[0] == "Claim from the deposit, or give it back"
    claim: dict[str, Any] = {"kind_0": "cleaning", "amount_0": "30", "why_0": "未打扫", "reserve": "0"}
    act(letting, OWNER, "claim", part="claims", **claim)
    assert told(letting, TENANT)[-1] == "Answer what is claimed from the deposit"
    letting.go_to(letting.today + 15)
    assert "Remind the tenant, by two ways" in told(letting, OWNER)
    act(letting, OWNER, "remind", part="claims", proof="短信和挂号信")
    letting.go_to(letting.today + 15)
    assert "Nobody answered: bring the claims before the decider" in told(letting, TENANT)
    act(letting, TENANT, "refer", part="claims")
    letting.go_to(letting.today + 29)
    assert "The decider is late: call the city’s" in told(letting, OWNER)


def test_moves_take_the_same_few_queries_for_one_lease_and_for_many(
    letting: Letting, django_assert_max_num_queries: Any
) -> None:
    everything(letting)
    look(letting, OWNER)
    for lease in ([1], [1, 2, 3]):
        rows = list(queries.leases().filter(id__in=lease))
        with django_assert_max_num_queries(12, using="readmodel"):
            moves.moves([OWNER.address], rows)


# --- calendar --------------------------------------------------------------------------------------------------------


def calendar(body: bytes) -> dict[str, Any]:
    """Events by their summaries."""
    return {str(event["summary"]): event for event in Calendar.from_ical(body).walk("VEVENT")}


def test_calendar_has_deadlines_rent_and_the_last_day_and_no_name(letting: Letting) -> None:
    begin(letting)
    row = look(letting, TENANT).row
    body = feeds.to_ical([TENANT.address])
    events: list[Any] = Calendar.from_ical(body).walk("VEVENT")
    starts = [event["dtstart"].dt for event in events]
    months = [month for month, covered in queries.rent(row).months if covered < month.amount]
    assert set(starts) >= {
        schedule.to_date(month.due_day) for month in months if month.due_day > letting.today + moves.SOON
    }
    assert len(starts) == len(months) + 1
    last = calendar(body)["Lease 1 · Last day of the lease"]
    assert last["dtstart"].dt == schedule.to_date(row.to_day - 1)
    assert last["dtend"].dt == schedule.to_date(row.to_day)
    deadline = calendar(feeds.to_ical([OWNER.address]))[f"Lease 1 · {FILE}"]
    assert deadline["dtstart"].dt.timestamp() == moves.start_of(row.from_day + 30)
    assert deadline.walk("VALARM")[0]["trigger"].dt == -datetime.timedelta(days=1)
    assert OWNER.address not in body.decode()


def test_address_is_secret_shown_once_and_ends_when_it_is_revoked(letting: Letting) -> None:
    begin(letting)
    look(letting, TENANT)
    client = persona("wang", TENANT)
    page = client.post("/leases/calendar/").content.decode()
    found = re.search(r"http://[^ <]+(/leases/calendar/[\w-]+\.ics)", page)
    assert found is not None
    assert found[1] not in client.get("/leases/calendar/").content.decode()
    answer = Client().get(found[1])
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    assert "Lease 1 · Last day of the lease" in calendar(answer.content)
    assert calendar(client.get("/leases/calendar/?format=ics").content).keys() == calendar(answer.content).keys()
    client.post("/leases/calendar/", {"revoke": "1"})
    assert Client().get(found[1]).status_code == 404
    assert not LeaseCalendar.objects.exists()


def test_another_address_ends_the_one_before_and_a_guess_finds_nothing(letting: Letting) -> None:
    first, second = feeds.make(TENANT.address), feeds.make(TENANT.address)
    assert feeds.by_secret(first) is None and feeds.by_secret(second) is not None
    assert feeds.by_secret(second).id != second  # type: ignore[union-attr]
    assert Client().get(f"/leases/calendar/{'a' * 32}.ics").status_code == 404
    assert feeds.accounts_of(TENANT.address) == [TENANT.address]
