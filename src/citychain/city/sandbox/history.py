"""What happened in the demonstration city: a year of accreditations, money, titles, disputes, told day by day.

Each chapter signs requests in the world and flushes them; chapters run in order, and days never go back.
"""

import os
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from django.db import transaction

from citychain.chain.abi import Act, Function, bytes32
from citychain.chain.hashing import keccak
from citychain.chain.keys import Key
from citychain.identity import personas
from citychain.identity.bindings import Institutions
from citychain.identity.models import Persona
from citychain.money.bindings import Clearing, Deposits
from citychain.portal import places
from citychain.renting import services as renting
from citychain.renting.bindings import Titles, Units
from citychain.renting.models import Title
from citychain.renting.units_models import Unit

from . import cast
from .world import World

DAY = 86_400
#: The root of the trust chain.
COUNCIL_ID = 1
YEARS_VALID = 20 * 365 * DAY
CHUNK = 100
SETTLED_DAYS = (100, 190, 280, 370)
PAY_DAYS = range(40, 400, 30)
#: Homes whose owners let them; numbers of IUnits.UnitKind.
LET, WHOLE, A_ROOM = 48, 1, 3
USES = ("住宅", "住宅", "住宅", "公寓", "商业")

Progress = Callable[[int, str], None]


@dataclass
class Story:
    """The cast with its accounts, and what later chapters need to remember."""

    world: World
    start: int
    draw: random.Random = field(default_factory=lambda: random.Random(cast.SEED))
    people: list[Persona] = field(default_factory=list)
    officers: dict[str, Persona] = field(default_factory=dict)
    institutions: dict[str, int] = field(default_factory=dict)
    bank_of: dict[str, str] = field(default_factory=dict)

    def day(self, number: int, hour: int = 9) -> None:
        self.world.at(self.start + number * DAY + hour * 3600)

    def key(self, slug: str) -> Key:
        """The office key of an institution's officer."""
        return personas.key(personas.account(self.officers[slug], "office"))

    def money_key(self, person: Persona) -> Key:
        return personas.key(personas.account(person, "money"))

    def money_account(self, person: Persona) -> str:
        return personas.account(person, "money")

    def deposits(self, slug: str) -> str:
        return self.world.book.address(f"Deposits:{self.institutions[slug]}")

    def sign(self, key: Key, contract: str, function: Function) -> None:
        self.world.sign(key, Act(self.world.book.address(contract), function))

    def reference(self) -> str:
        """A fresh salted commitment, as a bank's core system or a court would write."""
        return "0x" + keccak(os.urandom(32)).hex()


Happening = Callable[[Story], None]


def make_officers() -> list[Key]:
    """Personas who hold the council's account together; their keys in the cast's order."""
    found = []
    for position, (slug, name_zh, name_en) in enumerate(cast.OFFICERS):
        officer = Persona.objects.create(
            id=slug,
            name_zh=name_zh,
            name_en=name_en,
            role_zh=cast.COUNCIL_ZH,
            role_en=cast.COUNCIL_EN,
            institution=COUNCIL_ID,
            featured=True,
            position=len(cast.BODIES) + position,
        )
        found.append(personas.key(personas.add_account(officer, "office")))
    return found


def make_guardian() -> Key:
    """The persona who may veto what waits; their key."""
    slug, name_zh, name_en, role_zh, role_en = cast.GUARDIAN
    guardian = Persona.objects.create(
        id=slug,
        name_zh=name_zh,
        name_en=name_en,
        role_zh=role_zh,
        role_en=role_en,
        featured=True,
        position=len(cast.BODIES) + len(cast.OFFICERS),
    )
    return personas.key(personas.add_account(guardian, "office"))


def make_cast(story: Story) -> None:
    """Personas with their accounts: officers with an office account, residents with one for money."""
    with transaction.atomic():
        for position, body in enumerate(cast.BODIES):
            officer = Persona.objects.create(
                id=body.slug,
                name_zh=body.officer_zh,
                name_en=body.officer_en,
                role_zh=body.name_zh,
                role_en=body.name_en,
                featured=True,
                position=position,
            )
            personas.add_account(officer, "office")
            personas.add_account(officer, "money")
            story.officers[body.slug] = officer
        for number, resident in enumerate(cast.residents()):
            person = Persona.objects.create(
                id=resident.slug,
                name_zh=resident.name_zh,
                name_en=resident.name_en,
                role_zh="居民",
                role_en="Resident",
                featured=number < 8,
                position=100 + number,
            )
            personas.add_account(person, "money")
            story.people.append(person)


def accredit(story: Story, by_council: Callable[[Act], None]) -> None:
    """Day 1: the council accredits; the supervisor accredits the banks. Ids follow the order of the cast."""
    story.day(1)
    target = story.world.book.address("Institutions")
    for number, body in enumerate(cast.BODIES, start=2):
        now = story.start + DAY
        call = Institutions.accredit(
            kind=bytes32(body.kind),
            name=body.name,
            webPage=body.web_page,
            validFrom=now,
            validUntil=now + YEARS_VALID,
            firstKey=story.key(body.slug).address,
        )
        if body.accreditor == "council":
            by_council(Act(target, call))
        else:
            story.world.flush()
            story.world.sign(story.key(body.accreditor), Act(target, call))
            story.world.flush()
        story.institutions[body.slug] = number
        Persona.objects.filter(id=body.slug).update(institution=number)
    story.world.flush()


def open_accounts(story: Story) -> None:
    """Day 7: residents choose a bank; the banks open accounts and set limits for each other."""
    story.day(7)
    banks = [body.slug for body in cast.BODIES if body.kind == "bank"]
    holders: dict[str, list[str]] = {slug: [] for slug in banks}
    everybody = [*story.people, *(story.officers[body.slug] for body in cast.BODIES if body.kind != "bank")]
    for number, person in enumerate(everybody):
        story.bank_of[person.id] = banks[number % len(banks)]
        holders[banks[number % len(banks)]].append(story.money_account(person))
    for slug in banks:
        for first in range(0, len(holders[slug]), CHUNK):
            call = Deposits.openAccounts(holders=holders[slug][first : first + CHUNK])
            story.world.sign(story.key(slug), Act(story.deposits(slug), call))
        for other in banks:
            if other != slug:
                limit = Clearing.setLimit(
                    creditor=story.institutions[slug], debtor=story.institutions[other], limit=5_000_000_00
                )
                story.sign(story.key(slug), "Clearing", limit)
    story.world.flush()


def opening_balances(story: Story) -> None:
    """Day 8: what people and firms paid in before."""
    story.day(8)
    for person in story.people:
        _mint(story, person, story.draw.randrange(5_000_00, 80_000_00, 100))
    for slug, amount in (("employer", 30_000_000_00), ("contractor", 12_000_000_00), ("utility", 800_000_00)):
        _mint(story, story.officers[slug], amount)
    story.world.flush()


def _mint(story: Story, person: Persona, amount: int) -> None:
    bank = story.bank_of[person.id]
    call = Deposits.mint(to=story.money_account(person), amount=amount, ref=story.reference())
    story.world.sign(story.key(bank), Act(story.deposits(bank), call))


def pay(story: Story, payer: Persona, payee: Persona, amount: int) -> None:
    """A payment with a reference, through clearing where the banks differ."""
    from_bank, to_bank = story.bank_of[payer.id], story.bank_of[payee.id]
    to = story.money_account(payee)
    if from_bank == to_bank:
        call: Function = Deposits.transferWithReference(to=to, amount=amount, ref=story.reference())
        story.world.sign(story.money_key(payer), Act(story.deposits(from_bank), call))
    else:
        call = Clearing.pay(
            fromDeposits=story.deposits(from_bank),
            toDeposits=story.deposits(to_bank),
            to=to,
            amount=amount,
            ref=story.reference(),
        )
        story.sign(story.money_key(payer), "Clearing", call)


def together(*stories: Mapping[int, Sequence[Happening]]) -> dict[int, list[Happening]]:
    """What happens in all stories, by day, those of one day in the order of the stories."""
    found: dict[int, list[Happening]] = {}
    for story in stories:
        for day, happenings in story.items():
            found.setdefault(day, []).extend(happenings)
    return found


def live(story: Story, progress: Progress, happenings: Mapping[int, Sequence[Happening]]) -> None:
    """Days 10 to 395: titles are registered, wages and bills paid; some things go wrong and are mended. `happenings`
    are what else takes place, by day."""
    homes = iter(_homes(story))
    days = sorted({*range(10, 396, 8), *PAY_DAYS, *SETTLED_DAYS, *_events(), *happenings})
    each = -(-cast.TITLES // len(range(10, 396, 8)))
    events = _events()
    for number, day in enumerate(days):
        story.day(day)
        if (day - 10) % 8 == 0:
            with transaction.atomic():
                for _ in range(each):
                    if (home := next(homes, None)) is not None:
                        _register(story, *home)
        if day in PAY_DAYS:
            _pay_day(story)
        for happen in (*events.get(day, ()), *happenings.get(day, ())):
            happen(story)
        story.world.flush()
        progress(number * 100 // len(days), f"day {day} of 400")


def _homes(story: Story) -> Iterator[tuple[places.Village, Persona, Persona | None]]:
    """Villages in turn, several of each town, with an owner and sometimes a second one."""
    villages = [list(places.villages(town.code)) for town in places.towns()]
    villages = [found for found in villages if found]
    for number in range(cast.TITLES):
        of_town = villages[number % len(villages)]
        village = of_town[(number // len(villages)) % len(of_town)]
        owner = story.people[story.draw.randrange(len(story.people))]
        second = story.people[story.draw.randrange(len(story.people))] if number % 3 == 0 else None
        yield village, owner, None if second is owner else second


def _registrar_of(village: places.Village) -> str:
    return {"130638": "registry-xiong", "130629": "registry-rong", "130632": "registry-an"}[village.code[:6]]


def _register(story: Story, village: places.Village, owner: Persona, second: Persona | None) -> None:
    registrar = story.key(_registrar_of(village))
    number = f"冀（{story.draw.randrange(2018, 2026)}）雄安不动产权第{story.draw.randrange(10**6):06d}号"
    block, stair, room = story.draw.randrange(1, 60), story.draw.randrange(1, 5), story.draw.randrange(101, 1804)
    address = f"{village.name}{block}号楼{stair}单元{room}室"
    body = renting.DeedBody(
        town=int(village.town),
        village=village.code,
        use=story.draw.choice(USES),
        area=story.draw.randrange(45_00, 160_00, 10),
        address=address,
        number=number,
    )
    commitment = renting.keep_deed(body, registrar)
    people = [owner] if second is None else [owner, second]
    shares = [renting.WHOLE] if second is None else [6_000, 4_000]
    owners = [
        renting.Share(personas.add_account(person, f"title:{commitment[2:18]}"), share)
        for person, share in zip(people, shares, strict=True)
    ]
    story.world.sign(registrar, renting.register_title(town=body.town, commitment=commitment, owners=owners))


def _pay_day(story: Story) -> None:
    employer, contractor, utility = (story.officers[slug] for slug in ("employer", "contractor", "utility"))
    for number, person in enumerate(story.people[:40]):
        pay(story, employer if number % 2 else contractor, person, 6_800_00 + number * 50_00)
    for person in story.people[:25]:
        pay(story, person, utility, story.draw.randrange(80_00, 400_00))
    for _ in range(12):
        payer, payee = story.draw.sample(story.people[:60], 2)
        pay(story, payer, payee, story.draw.randrange(50_00, 1_500_00, 100))


def _settle(story: Story) -> None:
    """The bank that owes pays in central bank money; the other confirms."""
    first, second = story.institutions["lake-bank"], story.institutions["millennium-bank"]
    debt = story.world.rpc.view(story.world.book.address("Clearing"), Clearing.netDebt(debtor=first, creditor=second))
    if debt == 0:
        return
    debtor, creditor = ("lake-bank", "millennium-bank") if debt > 0 else ("millennium-bank", "lake-bank")
    what = (story.institutions[debtor], story.institutions[creditor], abs(debt), story.reference())
    story.sign(story.key(debtor), "Clearing", Clearing.proposeSettlement(*what))
    story.world.flush()
    story.sign(story.key(creditor), "Clearing", Clearing.confirmSettlement(*what))


def _supervise(reason: str, suspend: bool) -> Happening:
    """The supervisor suspends a bank and lifts it again: everybody can see that it binds at once."""

    def happen(story: Story) -> None:
        bank = story.institutions["millennium-bank"]
        call: Function = (
            Institutions.suspend(institution=bank, reason=bytes32(reason))
            if suspend
            else Institutions.reinstate(institution=bank, reason=bytes32(reason))
        )
        story.sign(story.key("supervisor"), "Institutions", call)
        story.world.flush()

    return happen


def _hold(story: Story) -> None:
    """A court holds money in an account, and releases part of it by redirecting to who is entitled."""
    person = story.people[50]
    bank = story.bank_of[person.id]
    call = Deposits.hold(
        caseNumber=story.reference(),
        account=story.money_account(person),
        amount=2_000_00,
        expiry=story.world.miner.time + 300 * DAY,
    )
    story.world.sign(story.key("court"), Act(story.deposits(bank), call))


def _mortgages(story: Story) -> None:
    """Some homes carry a mortgage, one a seizure."""
    registrars = {story.institutions[body.slug]: body.slug for body in cast.BODIES if body.kind == "registrar"}
    now = story.world.miner.time
    for title in Title.objects.order_by("id")[:60:4]:
        call = Titles.recordMortgage(
            titleId=title.id,
            bank=story.institutions["lake-bank"],
            ref=story.reference(),
            validFrom=now,
            validUntil=now + 20 * 365 * DAY,
        )
        story.sign(story.key(registrars[title.registrar]), "Titles", call)
    seized = Title.objects.order_by("id")[2]
    order = Titles.seize(titleId=seized.id, caseNumber=story.reference(), validUntil=now + 300 * DAY)
    story.sign(story.key("court"), "Titles", order)


def _let(story: Story) -> None:
    """Owners declare what they let, some of it room by room, and registrars confirm most of it."""
    registrars = {story.institutions[body.slug]: body.slug for body in cast.BODIES if body.kind == "registrar"}
    homes = list(Title.objects.order_by("id")[:LET])
    keys = {home.id: personas.key(home.holder) for home in homes}
    for home in homes:
        story.sign(keys[home.id], "Units", Units.declareUnit(home.id, 0, WHOLE, story.reference()))
    story.world.flush()
    wholes = {row.title: row.id for row in Unit.objects.all()}
    confirmed = homes[: -LET // 10]
    for home in [home for home in confirmed[::4] for _room in range(2)]:
        room = Units.declareUnit(home.id, wholes[home.id], A_ROOM, story.reference())
        story.sign(keys[home.id], "Units", room)
    for home in confirmed:
        story.sign(story.key(registrars[home.registrar]), "Units", Units.confirmUnit(wholes[home.id], 4))
    story.world.flush()
    registrar_of = {home.id: story.key(registrars[home.registrar]) for home in homes}
    for row in Unit.objects.filter(kind=Unit.Kind.ROOM):
        story.sign(registrar_of[row.title], "Units", Units.confirmUnit(row.id, 2))


def _events() -> dict[int, list[Happening]]:
    happenings: dict[int, list[Happening]] = {day: [_settle] for day in SETTLED_DAYS}
    happenings.setdefault(150, []).append(_mortgages)
    happenings.setdefault(170, []).append(_let)
    happenings.setdefault(200, []).append(_supervise("reserve-report-late", True))
    happenings.setdefault(202, []).append(_supervise("report-received", False))
    happenings.setdefault(230, []).append(_hold)
    return happenings
