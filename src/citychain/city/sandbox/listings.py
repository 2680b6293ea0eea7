"""Homes to let in the demonstration city: more places that registrars confirm, and offers of them by owners and agents.

Areas are those of the deeds; everything else that a description says is made up, and says so.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from citychain.chain.abi import bytes32
from citychain.identity import personas
from citychain.renting import queries as titles
from citychain.renting import units_services
from citychain.renting.bindings import Listings, Titles, Units
from citychain.renting.listings import queries, services
from citychain.renting.listings.models import Listing
from citychain.renting.models import Title
from citychain.renting.units_models import Unit

from . import cast
from .history import A_ROOM, DAY, WHOLE, Happening, Story

BEIJING = 8 * 3600
#: Homes with something to let, and how many offers there are of it.
HOMES, OFFERS = 100, 120
#: Days of the story on which they are offered, and on which some offers change.
OFFERED, CHANGED = 377, 389
#: Every so many homes is let room by room, by an agent.
BY_ROOM, BY_AGENT = 4, 9
#: The agent, by place among the residents, and the licence they show.
AGENT, LICENCE = 150, "冀雄经纪〔2025〕第0150号"
TEXTS = (
    "南北通透，近公交站，家具齐全。 Light from two sides, near a bus stop, furnished.",
    "新装修，带阳台，步行十分钟到学校。 Newly done, with a balcony, ten minutes’ walk to a school.",
    "安静，朝南，拎包入住。 Quiet, facing south, ready to move into.",
    "近公园，可做饭，有洗衣机。 Near a park, with a kitchen and a washing machine.",
    "临湖，采光好，有电梯。 By the lake, bright, with a lift.",
)
SIMULATED = "（模拟描述） (Simulated description.)"


@dataclass(frozen=True)
class Place:
    """A unit with who offers it, as an agent or not, and its area (0.01 m²)."""

    unit: Unit
    lister: str
    agent: bool
    area: int


def happenings() -> dict[int, list[Happening]]:
    """What happens on which day of the story."""
    return {OFFERED: [_offer], CHANGED: [_change]}


def _offer(story: Story) -> None:
    declared = set(Unit.objects.values_list("title", flat=True))
    homes = [
        row
        for row in Title.objects.filter(state=Title.State.REGISTERED).order_by("id")
        if row.id not in declared and not titles.encumbrances(row.id)
    ][:HOMES]
    _declare(story, homes)
    agent = personas.add_account(story.people[AGENT], "agent")
    draw = random.Random(cast.SEED + OFFERED)
    places = [place for number, home in enumerate(homes) for place in _places(story, number, home, agent, draw)]
    story.world.flush()
    today = (story.world.miner.time + BEIJING) // DAY
    for number, place in enumerate(places[:OFFERS]):
        about = services.describe(
            area=place.area,
            rooms=1 if place.unit.kind == Unit.Kind.ROOM else 1 + place.area // 3500,
            floor=f"{draw.randrange(1, 7)}/{draw.choice((6, 11, 18))}",
            text=f"{TEXTS[number % len(TEXTS)]} {SIMULATED}",
            licence=LICENCE if place.agent else "",
        )
        about.save()
        a_metre = draw.randrange(35, 65) if place.unit.kind == Unit.Kind.ROOM else draw.randrange(22, 40)
        rent = max(300_00, place.area * a_metre // 5000 * 5000)
        shortest = draw.choice((1, 3, 6, 12))
        offer = Listings.Offer(
            rent=rent,
            deposit=rent * draw.choice((1, 1, 2)),
            earliestDay=today + draw.randrange(10, 100),
            shortestMonths=shortest,
            longestMonths=draw.choice((12, 24, 36)),
            validUntil=story.world.miner.time + draw.randrange(60, 175) * DAY,
            agentFee=rent // 2 if place.agent else 0,
            licence=services.licence_commitment(about),
            description=about.commitment,
        )
        story.sign(personas.key(place.lister), "Listings", Listings.offerUnit(place.unit.id, 0, offer))


def _declare(story: Story, homes: Sequence[Title]) -> None:
    """Each home as a whole, some room by room; the registrar confirms them."""
    registrars = {story.institutions[slug]: slug for slug in cast.slugs("registrar")}
    registrar_of = {home.id: story.key(registrars[home.registrar]) for home in homes}
    for number, home in enumerate(homes):
        by_room = number % BY_ROOM == 0
        for words in ("北间", "南间") if by_room else ("整套",):
            which = units_services.describe(words)
            which.save()
            call = Units.declareUnit(home.id, 0, A_ROOM if by_room else WHOLE, which.commitment)
            story.sign(personas.key(home.holder), "Units", call)
    story.world.flush()
    for unit in Unit.objects.filter(title__in=registrar_of, state=Unit.State.DECLARED).order_by("id"):
        people = 2 if unit.kind == Unit.Kind.ROOM else 4
        story.sign(registrar_of[unit.title], "Units", Units.confirmUnit(unit.id, people))
    story.world.flush()


def _places(story: Story, number: int, home: Title, agent: str, draw: random.Random) -> list[Place]:
    """The home's units; its owners let one of them list it, or the agent."""
    by_agent = number % BY_AGENT == 0
    lister = agent if by_agent else home.holder
    until = story.world.miner.time + 365 * DAY
    for owner in titles.owners(home):
        if owner.must_consent and owner.account != lister:
            call = Units.giveMandate(home.id, lister, bytes32("list"), until)
            story.sign(personas.key(owner.account), "Units", call)
    deed = titles.deed(home.commitment)
    whole = int(deed["area"]) if deed else 60_00
    return [
        Place(unit, lister, by_agent, whole if unit.kind == Unit.Kind.WHOLE else draw.randrange(10_00, 24_00, 50))
        for unit in Unit.objects.filter(title=home.id).order_by("id")
    ]


def _change(story: Story) -> None:
    """Some become cheaper, one is prolonged, one withdrawn; a court seizes one, and its offer is closed."""
    rows = list(Listing.objects.order_by("id"))
    for row in rows[2::7]:
        rent = row.rent * 95 // 100 // 1000 * 1000
        story.sign(personas.key(row.lister), "Listings", Listings.changePrice(row.id, rent, min(row.deposit, rent)))
    until = story.world.miner.time + 180 * DAY
    story.sign(personas.key(rows[0].lister), "Listings", Listings.prolongOffer(rows[0].id, until))
    story.sign(personas.key(rows[-1].lister), "Listings", Listings.withdrawOffer(rows[-1].id))
    seized = rows[-2]
    order = Titles.seize(titleId=seized.title, caseNumber=bytes32("2026-0417"), validUntil=until)
    story.sign(story.key("court"), "Titles", order)
    story.world.flush()
    assert queries.fault(Listing.objects.get(id=seized.id)) == "seized"
    story.sign(story.key("court"), "Listings", Listings.closeOffer(seized.id))
