"""A city with ten thousand leases of two years, and as many offers: indexed, and read over HTTP.

Its logs are made here (recorded.py), half of the homes one landlord's; the indexer, the databases, the portal's workers
and the requests are the real ones. The peer beside the indexer is the same rows written by sqlite3's executemany.
"""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any, cast

import httpx
from django.conf import settings
from django.core.management import call_command
from django.db import connections

from citychain.chain.abi import Event, bytes32
from citychain.chain.addressbook import AddressBook
from citychain.chain.hashing import keccak
from citychain.chain.rpc import Rpc
from citychain.identity.models import Persona, PersonaAccount
from citychain.indexer.engine import Indexer
from citychain.portal import places
from citychain.renting.bindings import Escrow, LeaseOffers, Leases, Listings, Rents, Titles, Units
from citychain.renting.listings.models import ListingDescription
from citychain.renting.units_queries import number_of

from . import load, reading
from .recorded import Recorded
from .rows import Row, row

LEASES, MONTHS, OFFERS = 10_000, 24, 10_000
#: Homes of the landlord whose desk is measured.
OWN = 5_000
#: Logs of one block.
BLOCK = 200
DAY, SECONDS = 86_400, 5.0
LANDLORD = "bench-landlord"
WHOLE, MONTH = 1, 30 * DAY
SEARCHES = (
    "", "?sort=rent", "?sort=-per_metre", "?kind=whole&rent_max=3000", "?area_min=60&sort=area", "?months=12&sort=day",
    "?rent_min=2000&rent_max=2600&sort=-rent", "?county=130629", "?county=130632&sort=per_metre", "?page=40",
)  # fmt: skip


def account(name: str) -> str:
    return "0x" + keccak(name.encode())[:20].hex()


def word(name: str) -> str:
    return "0x" + keccak(name.encode()).hex()


def run(say: Callable[[str], None], runs: int) -> list[Row]:
    """The rows about renting."""
    home = Path(settings.CITYCHAIN_HOME)
    say("seeding a demonstration city for its contracts")
    reading.seed(str(home))
    book = AddressBook.load()
    say(f"making the logs of {LEASES:,} leases with {MONTHS} months")
    chain = Recorded(book, _blocks(_events(book)))
    _describe()
    seconds, size = _index(home, book, chain, say)
    found = [
        row(f"{chain.logs_made:,} logs of {LEASES:,} leases with {MONTHS} months indexed", "logs/s",
            [chain.logs_made / seconds]),
        row("the same, in all", "s", [seconds]),
        row("read model of it", "MB", [size]),
    ]  # fmt: skip
    with reading.serving(str(home), reading.portal_command()) as portal:
        found += _searching(say, runs, portal)
        found += _desk(say, runs, portal)
    return found


def _index(home: Path, book: AddressBook, chain: Recorded, say: Callable[[str], None]) -> tuple[float, float]:
    """Seconds, and MB of the database: into an empty read model in the place of the demonstration's."""
    connections["readmodel"].close()
    for path in home.glob("readmodel.sqlite3*"):
        path.unlink()
    call_command("migrate", database="readmodel", verbosity=0, interactive=False, skip_checks=True)
    say("indexing")
    indexer = Indexer(cast(Rpc, chain), book, "readmodel")
    began = time.perf_counter()
    while indexer.step():
        pass
    seconds = time.perf_counter() - began
    with connections["readmodel"].cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connections["readmodel"].close()
    return seconds, (home / "readmodel.sqlite3").stat().st_size / 2**20


# --- what is read ----------------------------------------------------------------------------------------------------


def _searching(say: Callable[[str], None], runs: int, portal: reading.Server) -> list[Row]:
    """Searches in turn, each another list; `anew` keeps pages that are kept for other readers out of it."""
    paths = [f"/homes/{query}{'&' if query else '?'}anew={number}" for number in range(20) for query in SEARCHES]
    portal_requests = [portal.get(path) for path in paths]
    first = []
    with httpx.Client(base_url=f"http://127.0.0.1:{portal.address[1]}", headers={"Host": portal.host}) as browser:
        for number in range(16):  # each worker makes its board
            began = time.perf_counter()
            assert browser.get(f"/homes/?first={number}", timeout=120).status_code == 200
            first.append(1_000 * (time.perf_counter() - began))
    measured: dict[int, list[load.Load]] = {8: [], 32: []}
    for number in range(1, runs + 1):
        say(f"searching, run {number} of {runs}")
        for connections_, rows in measured.items():
            found = load.closed(portal.address, portal_requests, connections=connections_, seconds=SECONDS)
            rows.append(found)
    words = f"search of {OFFERS:,} homes to let"
    return [
        row(f"{words}, the first after a start", "ms", [max(first)]),
        row(f"{words}, p99 at 8 connections", "ms", [1_000 * one.p99 for one in measured[8]], goal=150,
            peers={"median": [1_000 * one.median for one in measured[8]]}),
        row(f"{words}, p99 at 32 connections", "ms", [1_000 * one.p99 for one in measured[32]],
            peers={"median": [1_000 * one.median for one in measured[32]]}),
        row(words, "pages/s", [one.rate for one in measured[32]]),
    ]  # fmt: skip


def _desk(say: Callable[[str], None], runs: int, portal: reading.Server) -> list[Row]:
    """The desk of a landlord with many homes, and their rent roll as a file; one reader, one after the other."""
    say(f"a landlord with {OWN:,} homes looks at their desk")
    with httpx.Client(base_url=f"http://127.0.0.1:{portal.address[1]}", headers={"Host": portal.host}) as browser:
        browser.get("/")
        token = browser.cookies["csrftoken"]
        chosen = browser.post(
            "/act-as/",
            data={"persona": LANDLORD, "csrfmiddlewaretoken": token},
            headers={"Referer": f"http://{portal.host}/"},
        )
        assert chosen.status_code == 302, chosen.text
        taken: dict[str, list[float]] = {"/leases/": [], "/leases/?format=csv": []}
        for path, times in taken.items():
            for _ in range(max(runs, 5)):
                began = time.perf_counter()
                answer = browser.get(path)
                times.append(1_000 * (time.perf_counter() - began))
                assert answer.status_code == 200, answer.text
            assert path == "/leases/" or answer.text.count("\n") > OWN, answer.text[:200]
    return [
        row(f"desk of a landlord with {OWN:,} leases", "ms", taken["/leases/"], goal=200),
        row(f"rent roll of {OWN:,} leases as CSV", "ms", taken["/leases/?format=csv"], goal=200),
    ]


# --- what happened ---------------------------------------------------------------------------------------------------


def _blocks(events: Iterator[tuple[int, Event]]) -> Iterator[tuple[int, Sequence[Event]]]:
    """Events in blocks of BLOCK, at the time of the first."""
    found: list[Event] = []
    began = 0
    for seconds, event in events:
        began = began if found else max(began + 1, seconds)
        found.append(event)
        if len(found) == BLOCK:
            yield began, found
            found = []
    if found:
        yield began, found


def _towns() -> list[int]:
    return [int(town.code) for town in places.towns()]


def _owner(number: int) -> str:
    return account("bench landlord") if number <= OWN else account(f"owner {number}")


def _events(book: AddressBook) -> Iterator[tuple[int, Event]]:
    """Homes 1 to LEASES are let for two years, those after them are offered; in the order of time."""
    towns, start = _towns(), int(time.time()) - MONTHS * MONTH
    for number in range(1, LEASES + OFFERS + 1):
        owners = [Titles.Owner(_owner(number), 10_000, True)]
        town = towns[number % len(towns)]
        yield start, Titles.TitleRegistered(number, town, 5, word(f"deed {number}"), owners)
        yield start, Units.UnitDeclared(number, number, 0, 0, WHOLE, word(f"unit {number}"), _owner(number))
        yield start, Units.UnitConfirmed(number, 5, 4)
    today = number_of(date.today())
    first = today - MONTHS * 30
    deposits = book.address("Deposits:" + next(entry.key.split(":")[1] for entry in book.all("Deposits")))
    for number in range(1, LEASES + 1):
        yield from ((start, event) for event in _lease(number, first, today + 200, deposits))
    for month in range(MONTHS):
        for number in range(1, LEASES + 1):
            if number % 50 and month < MONTHS - number % 3:  # some are late
                yield start + month * MONTH, _payment(number, month)
    for number in range(1, OFFERS + 1):
        yield start + MONTHS * MONTH, _offer(number, towns, today)


def _rent(number: int) -> int:
    return 1_200_00 + number % 240 * 10_00


def _lease(number: int, first: int, last: int, deposits: str) -> Iterator[Event]:
    owner, tenant, rent = _owner(number), account(f"tenant {number}"), _rent(number)
    terms = LeaseOffers.Terms(
        unitId=number, headLeaseId=0, landlords=[owner], tenants=[tenant], payee=owner, refundee=tenant, occupants=2,
        fromDay=first, toDay=last, rent=rent, dueDay=1 + number % 28, deposit=rent, graceDays=5, lateFee=1_000,
        noticeDays=30, sublettable=False, deposits=deposits, track=0, decider=7, houseRules=word("r"),
        inventory=word("i"), text=word("t"), offerDeadline=first * DAY, salt=word(f"salt {number}"),
    )  # fmt: skip
    yield LeaseOffers.LeaseSigned(number, number, word(f"terms {number}"), terms, rent, 3, first * DAY, owner)
    yield Units.UnitOccupied(number, number, 0, owner, first, last)
    yield Leases.LeaseFunded(number, tenant, 2 * rent, tenant)
    yield Escrow.EscrowTaken(number, deposits, tenant, 2 * rent, 2 * rent)
    for side in (True, False):
        yield Leases.ConditionConfirmed(number, owner if side else tenant, side, word(f"condition {number}"))
    yield Leases.HandedOver(number, word(f"condition {number}"), owner, rent)
    yield Escrow.EscrowAwarded(number, owner, rent, rent)
    yield Escrow.EscrowPaidOut(number, owner, owner, rent)


def _payment(number: int, month: int) -> Event:
    owner, tenant, rent = _owner(number), account(f"tenant {number}"), _rent(number)
    payment, covered = month * LEASES + number, (month + 2) * rent
    return Rents.RentPaid(payment, number, tenant, owner, tenant, False, rent, covered, month + 1, [rent])


def _body(number: int) -> dict[str, Any]:
    return {"area": 30_00 + number % 90 * 1_00, "rooms": 1 + number % 4, "floor": "3/6", "text": "朝南，近公交站。"}


def _offer(number: int, towns: list[int], today: int) -> Event:
    home = LEASES + number
    offer = Listings.Offer(
        rent=_rent(number * 7), deposit=_rent(number * 7), earliestDay=today + number % 60,
        shortestMonths=1 + number % 6, longestMonths=24, validUntil=(today + 100) * DAY, agentFee=0,
        licence=bytes32(""), description=word(f"description {number}"),
    )  # fmt: skip
    return Listings.UnitOffered(number, home, _owner(home), home, 0, towns[home % len(towns)], offer)


def _describe() -> None:
    """The landlord as somebody whom a visitor can act as, and what listers published."""
    landlord = Persona.objects.create(id=LANDLORD, name_zh="出租人", name_en="Landlord")
    PersonaAccount.objects.create(address=_owner(1), persona=landlord, purpose="titles", index=2**30)
    ListingDescription.objects.all().delete()
    rows = [
        ListingDescription(
            commitment=word(f"description {number}"),
            salt=b"",
            body=json.dumps(_body(number), ensure_ascii=False),
            created=int(time.time()),
        )
        for number in range(1, OFFERS + 1)
    ]
    ListingDescription.objects.bulk_create(rows, batch_size=1_000)
