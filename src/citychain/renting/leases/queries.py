"""What pages and the API ask about leases and offers."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from citychain.chain import clock
from citychain.chain.codec import encode
from citychain.chain.hashing import keccak

from .. import units_queries
from ..errors import NoSuchLease, NoSuchOffer
from . import schedule, terms
from .models import (
    Lease,
    LeaseAgreement,
    LeaseApplication,
    LeaseCondition,
    LeaseCredit,
    LeaseDemand,
    LeaseOffer,
    LeasePaper,
    LeaseParty,
    LeaseReplacement,
    LeaseSponsor,
    LeaseStep,
)
from .rents_models import LateFee, RentMandate, RentPayment, SettlementItem, SettlementPart

#: Leases.HANDOVER_DAYS.
HANDOVER_DAYS = 14


def leases(
    *, unit: int | None = None, state: str = "", accounts: Collection[str] | None = None, sort: str = "-id"
) -> QuerySet[Lease]:
    """Leases by filters, the newest first; `accounts` are parties of them now."""
    found = Lease.objects.all()
    if unit is not None:
        found = found.filter(unit=unit)
    if state in Lease.State.values:
        found = found.filter(state=state)
    if accounts is not None:
        found = found.filter(id__in=_of(accounts))
    return found.order_by(sort if sort in {"id", "-id", "from_day", "-from_day", "rent", "-rent"} else "-id", "-id")


def _of(accounts: Collection[str]) -> set[int]:
    """Leases in which one of the accounts stands now: on a side, as payee, or with a credit."""
    rows = LeaseParty.objects.filter(account__in=accounts).values_list("lease", "side", "version")
    standing = {(lease, side, version) for lease, side, version in rows}
    wanted = {lease for lease, _side, _version in standing}
    found = {
        row.id
        for row in Lease.objects.filter(id__in=wanted)
        if {(row.id, "landlord", row.landlords), (row.id, "tenant", row.tenants)} & standing
    }
    found |= set(Lease.objects.filter(payee__in=accounts).values_list("id", flat=True))
    found |= set(LeaseSponsor.objects.filter(account__in=accounts).values_list("lease", flat=True))
    return found | set(LeaseCredit.objects.filter(account__in=accounts, amount__gt=0).values_list("lease", flat=True))


def lease(lease_id: int) -> Lease:
    """Raises NoSuchLease."""
    row = Lease.objects.filter(id=lease_id).first()
    if row is None:
        raise NoSuchLease(what=lease_id)
    return row


def sides(row: Lease) -> tuple[list[str], list[str]]:
    """Accounts of the landlords and of the tenants now."""
    parties = LeaseParty.objects.filter(lease=row.id).order_by("account")
    landlords = [one.account for one in parties if one.side == "landlord" and one.version == row.landlords]
    return landlords, [one.account for one in parties if one.side == "tenant" and one.version == row.tenants]


def side_of_each(rows: Collection[Lease], accounts: Collection[str]) -> dict[int, str]:
    """On which side of each lease one of the accounts stands, "" on none; who is paid the rent is on the landlords'."""
    wanted = {row.id: {"landlord": row.landlords, "tenant": row.tenants} for row in rows}
    found = {row.id: "landlord" if row.payee in accounts else "" for row in rows}
    for one in LeaseParty.objects.filter(lease__in=wanted, account__in=list(accounts)):
        if wanted[one.lease][one.side] == one.version and found[one.lease] != "landlord":
            found[one.lease] = one.side
    return found


def is_over(row: Lease) -> bool:
    """Whether its last day is past, or it never took effect."""
    return bool(row.state == Lease.State.LAPSED or (row.state == Lease.State.RUNNING and row.to_day <= today()))


def today() -> int:
    return units_queries.today()


def months(row: Lease) -> list[schedule.Month]:
    """What is due for each month of the lease as it stands."""
    return list(schedule.months(rent=row.rent, due=row.due_day, from_day=row.from_day, to_day=row.to_day))


# --- rent and deposit ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Rent:
    """How the rent of a lease stands today, in fen: `arrears` are due and not covered, `payable` is the most that can
    be paid now, `overpaid` what came in above all that it owes. Months are with what of each is covered."""

    months: list[tuple[schedule.Month, int]]
    arrears: int
    payable: int
    overpaid: int

    @property
    def next(self) -> schedule.Month | None:
        """The first month that isn't covered."""
        return next((month for month, covered in self.months if covered < month.amount), None)


def rent(row: Lease) -> Rent:
    """As RentRecords counts it: what was paid covers the oldest months first."""
    day, left, found = today(), int(row.covered), []
    for month in months(row):
        covered = min(left, month.amount)
        found.append((month, covered))
        left -= covered
    due = [month.amount for month, _covered in found if month.due_day <= day]
    ahead = [month.amount for month, _covered in found[: len(due) + row.advance_months]]
    return Rent(found, max(sum(due) - row.covered, 0), max(sum(ahead) - row.covered, 0), left)


def payments(lease_id: int) -> QuerySet[RentPayment]:
    """The newest first."""
    return RentPayment.objects.filter(lease=lease_id).order_by("-id")


def mandates(*, lease_id: int | None = None, payers: Collection[str] | None = None) -> QuerySet[RentMandate]:
    """Automatic payments that are in force."""
    found = RentMandate.objects.filter(valid_until__gt=clock.now()).order_by("id")
    if lease_id is not None:
        found = found.filter(lease=lease_id)
    return found if payers is None else found.filter(payer__in=payers)


def late_fees(lease_id: int) -> dict[int, LateFee]:
    """By the month's number."""
    return {row.month: row for row in LateFee.objects.filter(lease=lease_id).order_by("month")}


def settlement(lease_id: int) -> dict[str, SettlementPart]:
    """Parts of the settlement of its deposit that have begun, by their names."""
    return {row.part: row for row in SettlementPart.objects.filter(lease=lease_id)}


def items(lease_id: int, part: str) -> list[SettlementItem]:
    return list(SettlementItem.objects.filter(lease=lease_id, part=part).order_by("position"))


def history(lease_id: int) -> QuerySet[LeaseStep]:
    """Oldest first."""
    return LeaseStep.objects.filter(lease=lease_id).order_by("id")


def credits_of(lease_id: int) -> list[LeaseCredit]:
    """Whom the escrow owes how much for the lease."""
    return list(LeaseCredit.objects.filter(lease=lease_id, amount__gt=0).order_by("id"))


def conditions(lease_id: int) -> dict[str, LeaseCondition]:
    """What each side confirmed last, by its name."""
    return {row.side: row for row in LeaseCondition.objects.filter(lease=lease_id)}


def sponsors(lease_id: int) -> list[str]:
    return list(LeaseSponsor.objects.filter(lease=lease_id).values_list("account", flat=True))


def replacements(lease_id: int) -> list[LeaseReplacement]:
    return list(LeaseReplacement.objects.filter(lease=lease_id).order_by("id"))


def demands(row: Lease) -> dict[str, LeaseDemand]:
    """Open demands by the side that made them."""
    found = LeaseDemand.objects.filter(lease=row.id)
    return {one.side: one for one in found if not (row.way == "accepted" and one.notified_at and one.at < row.changed)}


# --- agreements ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Agreement:
    """What some accounts agreed to and others are still to. `kind`: lapse, end, extension, notice, accept, or "" for
    what no page can tell; `day` where it is about one; `missing` are the accounts whose word is wanted."""

    what: str
    kind: str
    day: int
    agreed: list[str]
    missing: list[str]


def agreements(row: Lease) -> list[Agreement]:
    """What is on the table now, the oldest first."""
    by_what: dict[str, list[str]] = {}
    for one in LeaseAgreement.objects.filter(lease=row.id, at__gt=row.changed).order_by("at"):
        by_what.setdefault(one.what, []).append(one.account)
    if not by_what:
        return []
    landlords, tenants = sides(row)
    known = _meanings(row, set(by_what))
    found = []
    for what, agreed in by_what.items():
        kind, day, whose = known.get(what, ("", 0, ""))
        wanted = {"landlord": landlords, "tenant": tenants}.get(whose, [*landlords, *tenants])
        found.append(Agreement(what, kind, day, agreed, [account for account in wanted if account not in agreed]))
    return found


def hash_of(kind: str, *values: tuple[str, int | bool]) -> str:
    """What LeaseChanges calls an agreement: keccak256(abi.encode(kind, values)); values as (Solidity type, value)."""
    return "0x" + keccak(encode(("string", *(t for t, _ in values)), (kind, *(v for _, v in values)))).hex()


def _meanings(row: Lease, wanted: set[str]) -> dict[str, tuple[str, int, str]]:
    """(kind, day, whose side it is, "" for both) of these hashes, as far as days tell them."""
    found = {hash_of("lapse"): ("lapse", 0, "")}
    for side, one in demands(row).items():
        values = (("bool", side == "landlord"), ("uint32", one.to_day), ("uint48", one.notified_at))
        other = "tenant" if side == "landlord" else "landlord"
        found[hash_of("accept", *values)] = ("accept", one.to_day, other)
    if wanted <= set(found):
        return found
    for day in range(row.from_day, row.to_day):
        found[hash_of("end", ("uint32", day))] = ("end", day, "")
        for side in ("landlord", "tenant"):
            key = hash_of("notice", ("bool", side == "landlord"), ("uint32", day))
            found[key] = ("notice", day, side)
    for day in range(row.to_day + 1, row.to_day + 3 * 366):
        found[hash_of("extension", ("uint32", day))] = ("extension", day, "")
    return found


# --- what only the parties know --------------------------------------------------------------------------------------


def paper(commitment: str) -> str:
    """What somebody wrote behind a commitment, "" where it isn't kept here or doesn't match."""
    row = LeasePaper.objects.filter(commitment=commitment).first()
    return row.text if row and terms.commitment(bytes(row.salt), row.text) == commitment else ""


def offer(terms_hash: str) -> LeaseOffer:
    """Raises NoSuchOffer."""
    row = LeaseOffer.objects.prefetch_related("parties").filter(terms_hash=terms_hash).first()
    if row is None:
        raise NoSuchOffer()
    return row


def offers_of(accounts: Collection[str]) -> list[LeaseOffer]:
    """Open offers that one of the accounts is to sign, or wrote."""
    open_ = LeaseOffer.objects.filter(deadline__gt=clock.now(), withdrawn=False).prefetch_related("parties")
    mine = open_.filter(Q(parties__account__in=accounts) | Q(author__in=accounts)).distinct()
    concluded = set(
        Lease.objects.filter(terms_hash__in=[row.terms_hash for row in mine]).values_list("terms_hash", flat=True)
    )
    return [row for row in mine if row.terms_hash not in concluded]


def offers_to_sign(accounts: Collection[str]) -> list[LeaseOffer]:
    """Open offers that wait for the signature of one of these accounts."""
    return [
        row
        for row in offers_of(accounts)
        if any(p.account in accounts and not p.signature and not p.declined for p in row.parties.all())
    ]


def disputed() -> list[Lease]:
    """Leases about which somebody may have to decide: a termination, a late fee, a deposit. The oldest first."""
    wanted = set(LeaseDemand.objects.filter(notified_at__gt=0).values_list("lease", flat=True))
    wanted |= set(LateFee.objects.filter(state=LateFee.State.CONTESTED).values_list("lease", flat=True))
    contested = SettlementPart.objects.filter(step=SettlementPart.Step.CONTESTED)
    wanted |= set(contested.values_list("lease", flat=True))
    return list(Lease.objects.filter(id__in=wanted).order_by("id"))


def concluded(terms_hash: str) -> Lease | None:
    """The lease that came of these terms."""
    return Lease.objects.filter(terms_hash=terms_hash).first()


def applications_to(unit_ids: Iterable[int]) -> QuerySet[LeaseApplication]:
    return LeaseApplication.objects.filter(unit__in=list(unit_ids), declined=False)


def applications_by(accounts: Collection[str]) -> QuerySet[LeaseApplication]:
    return LeaseApplication.objects.filter(account__in=accounts)


def application(application_id: int) -> LeaseApplication | None:
    return LeaseApplication.objects.filter(id=application_id).first()
