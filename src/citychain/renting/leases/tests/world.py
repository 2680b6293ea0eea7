"""A city on a real anvil in which somebody lets a home: direct calls, one after another."""

from typing import Any

import msgspec

from citychain.chain.abi import Function, bytes32
from citychain.chain.bindings import Authority, Parameters
from citychain.chain.keys import Key
from citychain.identity.bindings import Institutions
from citychain.identity.tests.district import COURT, REGISTRAR, District
from citychain.indexer.rows import Log
from citychain.money.bindings import Deposits
from citychain.outbox.tests.city import BANK, COUNCIL, CUSTOMERS, DEPLOYER, key
from citychain.renting.bindings import (
    Escrow,
    Filings,
    LeaseChanges,
    LeaseOffers,
    Leases,
    Rents,
    Settlements,
    Titles,
    Units,
)
from citychain.renting.leases import offers, queries, terms

OWNER, TENANT, SPONSOR, HEIR = CUSTOMERS[:4]
ADJUDICATOR, IDENTITY, CITYS, BUYER = (key(name) for name in ("adjudicator", "identity", "city's decider", "buyer"))
CLERK = key("clerk of the housing bureau")
#: Ids follow those of the district.
ADJUDICATOR_ID, IDENTITY_ID, CITYS_ID, BUREAU_ID = 7, 8, 9, 10
DAY, WHOLE = 86_400, 1
DEED, HOME, WHY, TEXT = ("0x" + byte * 32 for byte in ("d1", "a1", "e1", "f1"))
RENT, DEPOSIT, LATE_FEE = 30_000, 60_000, 1_500
NUMBERS = {
    "lease.deposit-months": 2, "lease.advance-months": 3, "lease.late-percent": 5, "lease.notice-days": 30,
    "lease.cure-days": 15, "lease.leave-days": 15, "lease.reserve-percent": 10, "lease.filing-days": 30,
    "lease.default-decider": CITYS_ID,
}  # fmt: skip


class Letting:
    """One home of one owner, confirmed, and everything that a lease of it needs."""

    def __init__(self, district: District) -> None:
        self.district = district
        for kind in ("adjudicator", "identity", "housing"):
            define = Institutions.defineKind(bytes32(kind), [bytes32("council")])
            district.act(DEPLOYER, district.institutions, define)
        district.accredit(COUNCIL, "adjudicator", "Adjudicator", ADJUDICATOR)
        district.accredit(COUNCIL, "identity", "Identity", IDENTITY)
        district.accredit(COUNCIL, "adjudicator", "City's Decider", CITYS)
        district.accredit(COUNCIL, "housing", "Housing Bureau", CLERK)
        for name, value in NUMBERS.items():
            add = Parameters.add(bytes32(name), bytes32("count"), value, 0, 10_000)
            district.act(DEPLOYER, district.parameters, add)
        escrow = district.book.address("Escrow")
        district.act(BANK, district.deposits, Deposits.openAccount(holder=escrow, custodian=True))
        owners = [Titles.Owner(OWNER.address, 10_000, True)]
        district.done(REGISTRAR, district.titles, Titles.register(130638100, DEED, owners))
        self.do(OWNER, Units.declareUnit(1, 0, WHOLE, HOME))
        self.do(REGISTRAR, Units.confirmUnit(1, 4))

    def do(self, by: Key, call: Function[Any]) -> Log:
        contract = self.district.deposits if call.contract == "Deposits" else self.district.book.address(call.contract)
        return self.district.done(by, contract, call)

    @property
    def today(self) -> int:
        return (self.district.now + 8 * 3_600) // DAY

    def go_to(self, day: int) -> None:
        """Noon of a day in Asia/Shanghai."""
        self.district.mine(time=max(day * DAY + 4 * 3_600, self.district.now + 1))

    def terms(self, **changes: Any) -> terms.Terms:
        """Two hundred days from tomorrow on."""
        draft = terms.Terms(
            unitId=1, headLeaseId=0, landlords=[OWNER.address], tenants=[TENANT.address], payee=OWNER.address,
            refundee=TENANT.address, occupants=2, fromDay=self.today + 1, toDay=self.today + 201, rent=RENT, dueDay=5,
            deposit=DEPOSIT, graceDays=5, lateFee=LATE_FEE, noticeDays=30, sublettable=False,
            deposits=self.district.deposits, track=0, decider=ADJUDICATOR_ID, houseRules=TEXT, inventory=TEXT,
            text=TEXT, offerDeadline=self.district.now + 7 * DAY, salt=HOME,
        )  # fmt: skip
        return msgspec.structs.replace(draft, **changes)

    def conclude(self, **changes: Any) -> Log:
        found = self.terms(**changes)
        digest = terms.digest(self.district.book, found)
        signed = {one.address: one.sign(digest) for one in (OWNER, TENANT)}
        return self.do(SPONSOR, LeaseOffers.conclude(terms=found, signatures=offers.signatures(found, signed)))

    def allow(self, by: Key, contract: str, amount: int = 500_000) -> None:
        spender = self.district.book.address(contract)
        self.do(by, Deposits.approve(spender=spender, value=amount))

    def run(self, lease: int = 1, **changes: Any) -> None:
        """A lease whose keys were handed over on its first day."""
        self.conclude(**changes)
        self.allow(TENANT, "Escrow")
        self.do(TENANT, Leases.fund(leaseId=lease, payer=TENANT.address))
        for by in (OWNER, TENANT):
            self.do(by, Leases.confirmHandover(leaseId=lease, condition=WHY))
        self.go_to(self.terms().fromDay)

    def grant(self, role: int, by: Key = DEPLOYER) -> None:
        """Lets a key do what only contracts may."""
        self.district.act(DEPLOYER, self.district.authority, Authority.grantRole(role, by.address, 0))


def everything(letting: Letting) -> None:
    """Each event of leases at least once: three leases of one home, one after another."""
    ended(letting)
    settled(letting, 3)


def ended(letting: Letting) -> None:
    """Leases 1 and 2: one is called off, the other ends in a quarrel."""
    _lapsed(letting)
    _quarrelled(letting)


def _lapsed(letting: Letting) -> None:
    """Lease 1 is called off; a sponsor said that they would pay, and took it back; it was filed, and reported."""
    letting.conclude()
    _filed(letting)
    for pays in (True, False):
        letting.do(SPONSOR, Leases.sponsor(leaseId=1, pays=pays))
    for by in (OWNER, TENANT):
        letting.do(by, LeaseChanges.agreeLapse(leaseId=1))


def _filed(letting: Letting) -> None:
    """Lease 1 is submitted and given back, filed, changed and cancelled; a lease outside is reported and is none."""
    do, about = letting.do, {"leaseId": 1}
    submit = Filings.submitFiling(**about, document=DEED)
    do(OWNER, submit)
    do(CLERK, Filings.returnFiling(**about, document=DEED, reason=WHY))
    do(OWNER, submit)
    do(CLERK, Filings.fileLease(**about, document=DEED, certificate=TEXT))
    do(OWNER, submit)
    do(CLERK, Filings.cancelFiling(**about, reason=WHY))
    do(CLERK, Filings.reportOutsideLease(**about, evidence=WHY))
    do(TENANT, Filings.contestOutsideLease(**about, reason=WHY))
    do(CLERK, Filings.withdrawOutsideLease(**about))


def _quarrelled(letting: Letting) -> None:
    """Lease 2: demands, a decision, accounts replaced, a court; it ends by a decision."""
    letting.run(2, salt=DEED)
    about = {"leaseId": 2}
    do = letting.do
    do(TENANT, LeaseChanges.demandCure(**about, breach=WHY, cureDays=15))
    do(TENANT, LeaseChanges.withdrawDemand(**about))
    do(OWNER, LeaseChanges.demandCure(**about, breach=WHY, cureDays=15))
    do(OWNER, LeaseChanges.agreeEnd(**about, toDay=letting.today + 50))
    end = queries.hash_of("end", ("uint32", letting.today + 50))
    do(OWNER, LeaseChanges.withdrawAgreement(**about, what=end))
    do(TENANT, LeaseChanges.agreeRefundee(**about, refundee=TENANT.address))
    do(OWNER, LeaseChanges.agreePayee(**about, payee=OWNER.address))
    announce = LeaseChanges.announceReplacement(**about, account=TENANT.address, by=HEIR.address, reason=WHY)
    do(IDENTITY, announce)
    do(TENANT, LeaseChanges.stopReplacement(**about, account=TENANT.address))
    do(IDENTITY, announce)
    extension = LeaseChanges.agreeExtension(**about, toDay=letting.terms().toDay + 200)
    for by in (OWNER, TENANT):
        do(by, extension)
    letting.go_to(letting.today + 16)
    do(HEIR, LeaseChanges.replaceAccount(**about, account=TENANT.address))
    notify = LeaseChanges.notifyTermination(**about, toDay=letting.today + 60, reason=WHY)
    do(OWNER, notify)
    do(HEIR, LeaseChanges.contestTermination(**about, reason=WHY))
    letting.go_to(letting.today + 16)
    decide = LeaseChanges.decideTermination(**about, byLandlord=True, toDay=letting.today + 1, reasons=WHY)
    do(ADJUDICATOR, decide)
    do(COURT, Escrow.holdForCourt(**about, caseNumber=bytes32("case 1"), until=letting.district.now + DAY))
    do(COURT, Escrow.orderAward(**about, caseNumber=bytes32("case 1"), to=OWNER.address, amount=1_000))
    do(COURT, Escrow.orderCredit(2, bytes32("case 1"), OWNER.address, HEIR.address, 500))
    move = Escrow.announcePayOut(**about, account=OWNER.address, to=SPONSOR.address, reason=WHY)
    do(BANK, move)
    do(OWNER, Escrow.stopPayOut(**about, account=OWNER.address))
    do(OWNER, Escrow.payOut(**about, account=OWNER.address))
    letting.go_to(letting.today + 2)


def sold(letting: Letting) -> None:
    """The home is sold to somebody without an account at the bank, who takes the landlord's side of lease 2 over; rent
    of it that was open is lodged for them."""
    owners = [Titles.Owner(BUYER.address, 10_000, True)]
    deadline = letting.district.now + DAY
    letting.do(REGISTRAR, Titles.openTransfer(1, owners, TEXT, deadline))
    for by in (OWNER, BUYER):
        letting.do(by, Titles.consentToTransfer(1, 1))
    letting.do(REGISTRAR, Titles.completeTransfer(1, 1))
    letting.do(BUYER, LeaseChanges.takeOver(leaseId=2, landlords=[BUYER.address], payee=BUYER.address))
    letting.allow(TENANT, "Escrow")
    letting.do(TENANT, Rents.lodgeRent(leaseId=2, amount=1_000))


def settled(letting: Letting, lease: int) -> None:
    """A lease: rent by hand and by mandate, back and final; late fees; a court ends it; a deposit that is contested and
    decided."""
    letting.run(lease, salt=WHY)
    about = {"leaseId": lease}
    do = letting.do
    for by in (TENANT, OWNER):
        letting.allow(by, "Rents")
    until = letting.district.now + 300 * DAY
    do(TENANT, Rents.giveRentMandate(**about, most=RENT, validUntil=until))
    letting.go_to(letting.today + 40)
    do(SPONSOR, Rents.collectRent(**about, payer=TENANT.address))
    do(TENANT, Rents.revokeRentMandate(**about))
    do(TENANT, Rents.payRent(**about, amount=1_000))
    do(BANK, Rents.returnRent(paymentId=2, reason=WHY))
    do(BANK, Rents.settleRent(paymentId=2))
    do(OWNER, Rents.creditRent(**about, amount=500, kind=bytes32("repair"), reason=WHY))
    letting.go_to(letting.today + 80)
    _fees(letting, lease)
    do(TENANT, Rents.payRent(**about, amount=_payable(letting, lease)))
    do(COURT, LeaseChanges.orderEnd(**about, caseNumber=bytes32("case 2"), toDay=letting.today + 1))
    letting.go_to(letting.today + 2)
    do(OWNER, Rents.refundRent(**about, amount=1_000))
    _deposit(letting, lease)


def _payable(letting: Letting, lease: int) -> int:
    return int(letting.district.ask(letting.district.book.address("Rents"), Rents.payableOf(lease)))


def _fees(letting: Letting, lease: int) -> None:
    do, about = letting.do, {"leaseId": lease}
    target, ask = letting.district.book.address("Rents"), letting.district.ask
    months = [ask(target, Rents.monthOf(lease, number)) for number in range(ask(target, Rents.monthsOf(lease)))]
    late = [n for n, one in enumerate(months) if one.covered < one.amount and one.dueDay + 5 < letting.today]
    contested, waived = late[:2]
    for month in (contested, waived):
        do(OWNER, Rents.claimLateFee(**about, month=month, amount=LATE_FEE))
    do(TENANT, Rents.contestLateFee(**about, month=contested, reason=WHY))
    do(ADJUDICATOR, Rents.decideLateFee(**about, month=contested, amount=700, reason=WHY))
    do(TENANT, Rents.payLateFee(**about, month=contested, amount=700))
    do(OWNER, Rents.waiveLateFee(**about, month=waived))


def _deposit(letting: Letting, lease: int) -> None:
    do, part = letting.do, {"leaseId": lease, "part": 0}
    items = [Settlements.ItemClaimed(bytes32(kind), WHY, 3_000) for kind in ("cleaning", "damage")]
    do(OWNER, Settlements.stateClaims(leaseId=lease, items=items, reserve=2_000))
    letting.go_to(letting.today + 15)
    do(OWNER, Settlements.remindTenants(**part, proof=WHY))
    do(TENANT, Settlements.acceptClaims(**part, amounts=[1_000, 0]))
    do(OWNER, Settlements.withdrawClaims(**part, amounts=[500, 500]))
    letting.go_to(letting.today + 29)
    do(OWNER, Settlements.replaceDecider(**part))
    do(CITYS, Settlements.decideClaims(**part, amounts=[1_000, 1_000], reasons=WHY))
    do(TENANT, Settlements.goToCourt(**part, filing=WHY))
    letting.go_to(letting.today + 181)
    do(SPONSOR, Settlements.enforceDecision(**part))
    do(SPONSOR, Settlements.releaseDeposit(leaseId=lease, part=1))
