"""Leases of the demonstration city: offers that personas sign, money into escrow, keys, and how some of them end.

Tenants rent with an account made for the lease. The lease's bank credits it with what they paid at its counter, so that
nothing on the record joins it with the account that they use every day (docs/privacy.md; tests/test_observer.py).
"""

import random
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field

from citychain.chain.abi import Act
from citychain.identity import personas
from citychain.identity.models import Persona, PersonaAccount
from citychain.money import queries as money
from citychain.money.bindings import Deposits
from citychain.renting import queries as titles
from citychain.renting.bindings import Leases, Rents
from citychain.renting.leases import offers, queries, terms
from citychain.renting.leases.models import Lease, LeaseApplication, LeaseOffer
from citychain.renting.leases.offer_forms import NONE
from citychain.renting.leases.wording import both_languages
from citychain.renting.units_models import Unit

from . import cast, filings, rents, writing
from .history import DAY, Happening, Story
from .lettings import BEIJING, Letting, sign_as, write

#: Days of the story on which leases begin, and how many on each. The last ones wait for somebody.
COHORTS = {180: 12, 240: 14, 300: 14, 360: 10, 393: 10}
#: The day on which people who rent already rent another place, with another account.
AGAIN = 360
DECIDERS = ("adjudicator", "adjudicator", "adjudicator", "arbitration", "mediation")
#: Tenants whom visitors can act as at once: by day and position of the lease, their place among the residents.
FEATURED = {(300, 0): 6, (393, 0): 7, (393, 5): 3}
RULES = "夜间十点后保持安静；室内禁烟。 Quiet after ten at night; no smoking indoors."
INVENTORY = "床两张、餐桌一张、冰箱、洗衣机、热水器。 Two beds, a table, a fridge, a washing machine, a boiler."
CONDITION = "各房间完好，厨房墙面有一处划痕。 All rooms in good order; one scratch on the kitchen wall.\n{meters}"


@dataclass
class Homes:
    """Units that are free to be let, handed out one after the other."""

    story: Story
    units: list[Unit] = field(default_factory=list)
    #: Who rents, in an order that isn't the one in which they came to the city.
    people: list[Persona] = field(default_factory=list)
    tenants: int = 0
    twice: set[str] = field(default_factory=set)
    lettings: list[Letting] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.people = self.story.people[60:]
        random.Random(secrets.randbits(64)).shuffle(self.people)

    def next(self, day: int, count: int) -> list[Letting]:
        if len(self.units) < count:  # more were confirmed since
            taken = {one.unit.id for one in self.lettings}
            self.units = [unit for unit in _to_let() if unit.id not in taken]
        found = []
        for position, unit in enumerate(self.units[:count]):
            owners = [row.account for row in titles.owners(titles.title(unit.title))]
            owning = {_person(account).id for account in owners}
            tenant = self._tenant(owning, again=day == AGAIN)
            if (day, position) in FEATURED:
                tenant = self.story.people[FEATURED[day, position]]
            account = personas.add_account(tenant, f"lease:{len(self.lettings) + position}")
            bank = self.story.bank_of[_person(owners[0]).id]
            found.append(Letting(unit, sorted(owners), owners[0], tenant, account, bank))
        self.units = self.units[count:]
        self.lettings += found
        return found

    def _tenant(self, owning: set[str], *, again: bool) -> Persona:
        """Somebody who rents for the first time, or `again`, and doesn't own the place."""
        if again:
            renting = {one.tenant.id: one.tenant for one in self.lettings}
            free = [person for slug, person in renting.items() if slug not in owning | self.twice]
            self.twice.add(free[0].id)
            return free[0]
        while (tenant := self.people[self.tenants]).id in owning:
            self.tenants += 1
        self.tenants += 1
        return tenant


def _to_let() -> list[Unit]:
    """Confirmed units without parts, and rooms: no place twice."""
    rows = list(Unit.objects.filter(state=Unit.State.CONFIRMED).order_by("id"))
    parents = {row.parent for row in rows}
    seized = {row.title for row in rows if any(b.kind == "seizure" for b in titles.encumbrances(row.title))}
    return [row for row in rows if row.id not in parents and row.title not in seized]


def _person(account: str) -> Persona:
    return PersonaAccount.objects.select_related("persona").get(address=account).persona


def happenings() -> dict[int, list[Happening]]:
    """What happens on which day of the story."""
    homes: list[Homes] = []

    def first(story: Story) -> None:
        homes.append(Homes(story))
        _open_escrow(story)

    def cohort(day: int, count: int) -> Happening:
        def happen(story: Story) -> None:
            lettings = homes[0].next(day, count)
            _conclude(story, lettings, day)
            if day == max(COHORTS):
                _leave_waiting(story, lettings)
                filings.submit_all(story, [one for one in lettings if one.lease][:2])
                return
            _hand_over(story, lettings)
            # one was given back once; the last of the third day is still to be submitted
            filings.file_all(story, lettings[:-1] if day == 300 else lettings, returned=0 if day == 240 else None)

        return happen

    found: dict[int, list[Happening]] = {172: [first]}
    for day, count in COHORTS.items():
        found.setdefault(day, []).append(cohort(day, count))
    for day in rents.RENT_DAYS:
        found.setdefault(day, []).append(lambda story: rents.rent_day(story, homes[0].lettings))
    found.setdefault(writing.WRITTEN, []).append(lambda story: writing.talk(story, homes[0].lettings))
    for day, act in rents.LATER.items():
        found.setdefault(day, []).append(lambda story, act=act: act(story, homes[0].lettings))  # type: ignore[misc]
    return found


# --- beginning -------------------------------------------------------------------------------------------------------


def _open_escrow(story: Story) -> None:
    """Each bank opens the escrow's account: that of a custodian, so that a court reaches one lease and not all."""
    escrow = story.world.book.address("Escrow")
    for slug in cast.slugs("bank"):
        call = Deposits.openAccount(holder=escrow, custodian=True)
        story.world.sign(story.key(slug), Act(story.deposits(slug), call))
    story.world.flush()


def _conclude(story: Story, lettings: list[Letting], day: int) -> None:
    """Offers that all sign, accounts at the bank with the tenants' money, the lease concluded and paid."""
    for position, letting in enumerate(lettings):
        letting.offer = _offer(story, letting, day, position)
    kept = [letting for letting in lettings if letting.offer]
    _open_accounts(story, kept)
    story.world.flush()
    for letting in kept:
        credit = Deposits.mint(to=letting.account, amount=_needed(letting), ref=story.reference())
        story.world.sign(story.key(letting.bank), Act(story.deposits(letting.bank), credit))
    for letting in kept:
        assert letting.offer is not None
        act = offers.conclusion(letting.offer)
        story.world.sign(personas.key(letting.payee), act)
    story.world.flush()
    for letting in kept:
        assert letting.offer is not None
        found = queries.concluded(letting.offer.terms_hash)
        assert found is not None
        letting.lease = found.id
        escrow = story.world.book.address("Escrow")
        allow = Deposits.approve(spender=escrow, value=found.deposit + found.first_rent)
        story.world.sign(personas.key(letting.account), Act(story.deposits(letting.bank), allow))
    story.world.flush()
    if day == max(COHORTS):
        kept = kept[:-1]  # one is signed and waits to be paid
    for letting in kept:
        sign_as(story, letting.account, "Leases", Leases.fund(leaseId=letting.lease, payer=letting.account))
    story.world.flush()


def _open_accounts(story: Story, lettings: Iterable[Letting]) -> None:
    """At each lease's bank, for the tenant and for who is paid, where they have none."""
    wanted = {(one.bank, holder): story.deposits(one.bank) for one in lettings for holder in (one.account, one.payee)}
    for (slug, holder), target in wanted.items():
        if target not in money.banks_of(holder):
            call = Deposits.openAccount(holder=holder, custodian=False)
            story.world.sign(story.key(slug), Act(target, call))


def _needed(letting: Letting) -> int:
    """Deposit and three months' rent, in fen."""
    assert letting.offer is not None
    found = offers.terms_of(letting.offer)
    return found.deposit + 3 * found.rent


def _offer(story: Story, letting: Letting, day: int, position: int) -> LeaseOffer:
    """An offer by the first owner that all sign; of the last day's, one waits for its tenant's signature."""
    today = (story.world.miner.time + BEIJING) // DAY
    rent = story.draw.randrange(1_200_00, 3_600_00, 100_00)
    decider = story.institutions[DECIDERS[position % len(DECIDERS)]]
    kinds = {body.slug: body.kind for body in cast.BODIES}
    draft = terms.Terms(
        unitId=letting.unit.id,
        headLeaseId=0,
        landlords=letting.landlords,
        tenants=[letting.account],
        payee=letting.payee,
        refundee=letting.account,
        occupants=1 + position % 2,
        fromDay=today + 1,
        toDay=today + 1 + (365 if position % 3 else 181),
        rent=rent,
        dueDay=(5, 1, 15)[position % 3],
        deposit=rent * (1 + position % 2),
        graceDays=5,
        lateFee=rent // 50,
        noticeDays=30,
        sublettable=False,
        deposits=story.deposits(letting.bank),
        track=("adjudicator", "arbitrator", "mediator").index(kinds[DECIDERS[position % len(DECIDERS)]]),
        decider=decider,
        houseRules=NONE,
        inventory=NONE,
        text=NONE,
        offerDeadline=story.world.miner.time + 7 * DAY,
        salt=NONE,
    )
    texts = {"houseRules": RULES, "inventory": INVENTORY, "other": ""}
    row = offers.write(draft, {**texts, "text": both_languages(draft, texts)}, letting.landlords[0])
    digest = bytes.fromhex(row.terms_hash[2:])
    row = offers.keep(row, personas.key(row.author).sign(digest))
    for account in (*letting.landlords[1:], letting.account):
        row = offers.sign(row, account, personas.key(account).sign(digest))
    return row


def _hand_over(story: Story, lettings: Iterable[Letting]) -> None:
    """The next day both sides confirm the same condition."""
    story.world.at(story.world.miner.time + DAY)
    for number, letting in enumerate(lettings):
        meters = f"水表 {100 + number * 7} · 电表 {2_300 + number * 131}"
        seen = writing.photos(2 if number == 0 else 0, letting.lease)
        commitment = write(letting.lease, "condition", CONDITION.format(meters=meters), letting.payee, story, seen)
        for account in (letting.payee, letting.account):
            call = Leases.confirmHandover(leaseId=letting.lease, condition=commitment)
            sign_as(story, account, "Leases", call)
    story.world.flush()
    spender = story.world.book.address("Rents")
    for number, letting in enumerate(lettings):
        row = Lease.objects.get(id=letting.lease)
        allow = Deposits.approve(spender=spender, value=14 * row.rent)
        story.world.sign(personas.key(letting.account), Act(story.deposits(letting.bank), allow))
        if number % 2 == 0:  # every second tenant lets the rent pay itself
            until = story.world.miner.time + 400 * DAY
            mandate = Rents.giveRentMandate(leaseId=letting.lease, most=row.rent, validUntil=until)
            sign_as(story, letting.account, "Rents", mandate)
    story.world.flush()


def _leave_waiting(story: Story, lettings: list[Letting]) -> None:
    """Of the newest leases one waits for the tenant's word about the condition, and people apply for other homes."""
    paid = [letting for letting in lettings if Lease.objects.get(id=letting.lease).state == Lease.State.FUNDED]
    first = paid[0]
    text = CONDITION.format(meters="水表 412 · 电表 5120")
    commitment = write(first.lease, "condition", text, first.payee, story, writing.photos(3, first.lease))
    call = Leases.confirmHandover(leaseId=first.lease, condition=commitment)
    sign_as(story, first.payee, "Leases", call)
    story.world.flush()
    today = (story.world.miner.time + BEIJING) // DAY
    taken = set(Lease.objects.values_list("unit", flat=True))
    free = [unit for unit in _to_let() if unit.id not in taken]
    for number, unit in enumerate(free[:4]):
        person = story.people[100 + number]
        LeaseApplication.objects.create(
            unit=unit.id,
            account=personas.add_account(person, f"lease:application-{number}"),
            name=person.name_zh,
            message="您好，我在附近上班，想租一年。 I work nearby and would like to rent for a year.",
            occupants=1,
            from_day=today + 10,
            to_day=today + 375,
            created=story.world.miner.time,
        )
