"""Rent of the demonstration city's leases, and how some of them end: paid, late, contested, decided, settled."""

from collections.abc import Callable

from citychain.chain.abi import Act, Function, bytes32
from citychain.identity import personas
from citychain.money.bindings import Deposits
from citychain.renting.bindings import Escrow, LeaseChanges, Rents, Settlements
from citychain.renting.leases import queries
from citychain.renting.leases.models import Lease

from .history import DAY, Story
from .lettings import BEIJING, Letting, sign_as, write

#: Days on which rent is paid; tenants who pay by hand and stop, one who pays ahead, by the number of their lease.
RENT_DAYS = range(204, 394, 30)
LATE_PAYERS, PAYS_AHEAD = (13, 27), 5


# --- rent ------------------------------------------------------------------------------------------------------------


def rent_day(story: Story, lettings: list[Letting]) -> None:
    """Money comes into the tenants' accounts; rent that is due is triggered or paid by hand, some of it late, some
    ahead; landlords have their credits paid out."""
    rows = [(number, one, _row(one)) for number, one in enumerate(lettings)]
    due = [line for line in rows if _owes(line[2])]
    for _number, letting, row in due:
        credit = Deposits.mint(to=letting.account, amount=2 * row.rent, ref=story.reference())
        story.world.sign(story.key(letting.bank), Act(story.deposits(letting.bank), credit))
    story.world.flush()
    anybody = personas.account(story.officers["utility"], "office")
    for number, letting, row in due:
        rent = queries.rent(row)
        if number % 2 == 0:
            call: Function = Rents.collectRent(leaseId=row.id, payer=letting.account)
            sign_as(story, anybody, "Rents", call)
        elif number not in LATE_PAYERS or story.world.miner.time < story.start + 310 * DAY:
            following = rent.next.amount if number == PAYS_AHEAD and rent.next else 0
            amount = min(rent.arrears + following, rent.payable)
            sign_as(story, letting.account, "Rents", Rents.payRent(leaseId=row.id, amount=amount))
    for letting in lettings:
        for row_ in queries.credits_of(letting.lease):
            pay = Escrow.payOut(leaseId=letting.lease, account=row_.account)
            sign_as(story, row_.account, "Escrow", pay)
    story.world.flush()


def _row(letting: Letting) -> Lease:
    return Lease.objects.get(id=letting.lease)


def _owes(row: Lease) -> bool:
    return row.state == Lease.State.RUNNING and bool(queries.rent(row).arrears)


def _late(story: Story, lettings: list[Letting]) -> None:
    """A landlord claims a late fee, and the tenant objects."""
    letting = lettings[LATE_PAYERS[0]]
    rent = queries.rent(_row(letting))
    assert rent.next is not None
    fee = Rents.claimLateFee(leaseId=letting.lease, month=rent.next.number, amount=_row(letting).late_fee)
    sign_as(story, letting.payee, "Rents", fee)
    story.world.flush()
    why = write(letting.lease, "objection", "银行停机两天。 The bank was down for two days.", letting.account, story)
    contest = Rents.contestLateFee(leaseId=letting.lease, month=rent.next.number, reason=why)
    sign_as(story, letting.account, "Rents", contest)
    story.world.flush()


def _end_some(story: Story, lettings: list[Letting]) -> None:
    """One tenant gives notice; one couple and their tenant agree on an end."""
    today = (story.world.miner.time + BEIJING) // DAY
    notice, agreed = lettings[1], lettings[4]
    sign_as(story, notice.account, "LeaseChanges", LeaseChanges.giveNotice(leaseId=notice.lease, toDay=today + 31))
    for account in (*agreed.landlords, agreed.account):
        sign_as(story, account, "LeaseChanges", LeaseChanges.agreeEnd(leaseId=agreed.lease, toDay=today + 10))
    story.world.flush()


def _quarrel(story: Story, lettings: list[Letting]) -> None:
    """A tenant demands a repair; a landlord and a tenant talk about going on."""
    repair, longer = lettings[7], lettings[8]
    text = "热水器已坏两周，请维修。 The boiler has been broken for two weeks; please have it repaired."
    breach = write(repair.lease, "breach", text, repair.account, story)
    call = LeaseChanges.demandCure(leaseId=repair.lease, breach=breach, cureDays=15)
    sign_as(story, repair.account, "LeaseChanges", call)
    to_day = Lease.objects.get(id=longer.lease).to_day + 180
    sign_as(story, longer.account, "LeaseChanges", LeaseChanges.agreeExtension(leaseId=longer.lease, toDay=to_day))
    story.world.flush()


# --- the end ---------------------------------------------------------------------------------------------------------


def _items(story: Story, letting: Letting, *items: tuple[str, int, str]) -> list[Settlements.ItemClaimed]:
    """Items with their evidence: what for, fen, words."""
    return [
        Settlements.ItemClaimed(bytes32(kind), write(letting.lease, "evidence", text, letting.payee, story), amount)
        for kind, amount, text in items
    ]


def _claim_some(story: Story, lettings: list[Letting]) -> None:
    """Of three leases that ended one landlord gives the deposit back, two claim from it."""
    back, contested, silent = lettings[0], lettings[1], lettings[3]
    sign_as(story, back.payee, "Settlements", Settlements.releaseDeposit(leaseId=back.lease, part=0))
    cleaning = (
        "cleaning",
        200_00,
        "退租时未打扫，保洁发票见附件。 Not cleaned; the cleaner's bill is attached.",
    )
    damage = ("damage", 350_00, "浴室门破损，照片见附件。 The bathroom door is broken; photos are attached.")
    for letting in (contested, silent):
        items = _items(story, letting, cleaning, damage)
        call = Settlements.stateClaims(leaseId=letting.lease, items=items, reserve=_row(letting).deposit // 20)
        sign_as(story, letting.payee, "Settlements", call)
    story.world.flush()


def _contest(story: Story, lettings: list[Letting]) -> None:
    text = "门在入住时已有裂缝，见交房记录。 The door was cracked when I moved in; see the handover report."
    letting = lettings[1]
    why = write(letting.lease, "objection", text, letting.account, story)
    sign_as(story, letting.account, "Settlements", Settlements.contestClaims(leaseId=letting.lease, part=0, reason=why))
    story.world.flush()


def _decide(story: Story, lettings: list[Letting]) -> None:
    """The adjudicator: the cleaning is proved, the door isn't."""
    text = "保洁费有发票证明；门在交房时已损坏。 The bill proves the cleaning; the crack was there before."
    letting = lettings[1]
    officer = personas.account(story.officers["adjudicator"], "office")
    reasons = write(letting.lease, "decision", text, officer, story)
    call = Settlements.decideClaims(leaseId=letting.lease, part=0, amounts=[200_00, 0], reasons=reasons)
    sign_as(story, officer, "Settlements", call)
    story.world.flush()


def _remind(story: Story, lettings: list[Letting]) -> None:
    letting = lettings[3]
    text = "短信和挂号信各一次。 Once by text message, once by registered letter."
    proof = write(letting.lease, "reminder", text, letting.payee, story)
    sign_as(story, letting.payee, "Settlements", Settlements.remindTenants(leaseId=letting.lease, part=0, proof=proof))
    story.world.flush()


def _release(story: Story, lettings: list[Letting]) -> None:
    """A landlord who claimed nothing in time: the tenant has the deposit given back."""
    letting = lettings[4]
    sign_as(story, letting.account, "Settlements", Settlements.releaseDeposit(leaseId=letting.lease, part=0))
    story.world.flush()


def _enforce(story: Story, lettings: list[Letting]) -> None:
    letting = lettings[1]
    call = Settlements.enforceDecision(leaseId=letting.lease, part=0)
    sign_as(story, letting.account, "Settlements", call)
    story.world.flush()


#: What becomes of single leases, by day.
LATER: dict[int, Callable[[Story, list[Letting]], None]] = {
    330: _end_some,
    357: _release,
    363: _claim_some,
    365: _late,
    366: _contest,
    375: _quarrel,
    380: _decide,
    388: _remind,
    395: _enforce,
}
