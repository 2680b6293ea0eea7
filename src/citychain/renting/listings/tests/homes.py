"""A home of one owner with a confirmed whole and a room, and offers of them."""

from typing import Any

from citychain.chain.abi import Function
from citychain.chain.bindings import Authority
from citychain.chain.keys import Key
from citychain.identity.tests.district import REGISTRAR, District
from citychain.indexer.rows import Log
from citychain.outbox.tests.city import CUSTOMERS, DEPLOYER
from citychain.renting.bindings import Listings, Titles, Units

OWNER, AGENT, TENANT = CUSTOMERS[:3]
TOWN, DEED, HOME, ROOM, ABOUT, LICENCE = (
    130638100,
    *("0x" + byte * 32 for byte in ("d1", "a1", "a2", "ab", "1c")),
)
WHOLE, A_ROOM, LEASES_ROLE, DAY, NONE = 1, 3, 3, 86_400, "0x" + "00" * 32


def do(district: District, by: Key, call: Function[Any], contract: str = "Listings") -> Log:
    return district.done(by, district.book.address(contract), call)


def declare(district: District) -> None:
    """Title 1 of one owner; unit 1 is the whole, unit 2 a room of it, both confirmed."""
    district.done(REGISTRAR, district.titles, Titles.register(TOWN, DEED, [Titles.Owner(OWNER.address, 10_000, True)]))
    do(district, OWNER, Units.declareUnit(1, 0, WHOLE, HOME), "Units")
    do(district, OWNER, Units.declareUnit(1, 1, A_ROOM, ROOM), "Units")
    do(district, REGISTRAR, Units.confirmUnit(1, 4), "Units")
    do(district, REGISTRAR, Units.confirmUnit(2, 2), "Units")


def occupy(district: District, unit: int, lease: int, from_day: int, to_day: int) -> None:
    """As a contract of leases does."""
    role = Authority.grantRole(roleId=LEASES_ROLE, account=DEPLOYER.address, executionDelay=0)
    district.act(DEPLOYER, district.authority, role)
    do(district, DEPLOYER, Units.occupy(unit, lease, 0, "0x" + "00" * 20, from_day, to_day), "Units")


def today(district: District) -> int:
    return (district.now + 8 * 3600) // DAY


def terms(district: District, **changes: Any) -> Listings.Offer:
    values = {
        "rent": 3_500_00, "deposit": 7_000_00, "earliestDay": today(district) + 10, "shortestMonths": 6,
        "longestMonths": 24, "validUntil": district.now + 30 * DAY, "agentFee": 0, "licence": NONE,
        "description": ABOUT,
    }  # fmt: skip
    return Listings.Offer(**{**values, **changes})


def offer(district: District, unit: int = 2, **changes: Any) -> Log:
    """By the owner."""
    return do(district, OWNER, Listings.offerUnit(unit, 0, terms(district, **changes)))
