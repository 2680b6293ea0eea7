"""Whose move it is: what waits for somebody in all their leases, and until when. A fixed number of queries, however
many leases they have.

Everything here follows from the read model; the contract alone decides what may be done. Times in UTC seconds.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db.models import Model
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from citychain.chain import clock
from citychain.components import Tone
from citychain.portal.wording import yuan

from . import documents, filings, queries
from .filing_models import Filing
from .models import (
    Lease,
    LeaseAgreement,
    LeaseCondition,
    LeaseCredit,
    LeaseDemand,
    LeaseSponsor,
)
from .rents_models import LateFee, RentMandate, SettlementPart

DAY, BEIJING = 86_400, 8 * 3_600
#: Days before its due day from which a payment of rent is a move.
SOON = 10
#: SettlementClaims and SettlementDisputes, in seconds.
CLAIM, REMIND, BILLS, DECIDE = 14 * DAY, 14 * DAY, 60 * DAY, 28 * DAY

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True)
class Move:
    """Something that waits for the reader in a lease, at best until `until`; 0 where no time runs."""

    lease: int
    words: str
    until: int = 0
    tone: Tone = "wait"


def start_of(day: int) -> int:
    """When a day of Asia/Shanghai begins."""
    return day * DAY - BEIJING


def moves(accounts: Collection[str], rows: Iterable[Lease] | None = None) -> list[Move]:
    """What waits for these accounts in `rows`, all their leases where none are given; the most urgent first, and what
    has no time last."""
    if rows is None:
        rows = queries.leases(accounts=accounts)
    standing = _Standing([row for row in rows if _is_open(row)], set(accounts))
    found = [move for row in standing.rows for move in standing.of(row)]
    return sorted(found, key=lambda one: (one.until == 0, one.until, one.lease))


def _is_open(row: Lease) -> bool:
    """Whether anything may still have to be done about a lease by its parties."""
    return row.state != Lease.State.LAPSED or row.held > 0


class _Standing:
    """What the record says of some leases, read at once."""

    def __init__(self, rows: list[Lease], accounts: set[str]) -> None:
        self.rows, self.accounts = rows, accounts
        self.now, self.today = clock.now(), queries.today()
        ids = [row.id for row in rows]
        self.sides = queries.side_of_each(rows, accounts)
        self.conditions = _by_lease(LeaseCondition, ids)
        self.agreements = _by_lease(LeaseAgreement, ids)
        self.demands = _by_lease(LeaseDemand, ids)
        self.fees = _by_lease(LateFee, ids)
        self.parts = _by_lease(SettlementPart, ids)
        self.credits = _by_lease(LeaseCredit, ids)
        self.mandates = _by_lease(RentMandate, ids)
        self.sponsors = _by_lease(LeaseSponsor, ids)
        self.repairs: dict[int, int] = defaultdict(int)
        for lease in documents.open_repairs(ids):
            self.repairs[lease] += 1
        self.filings = Filing.objects.in_bulk(ids)
        self.filing_days = filings.days() if rows else None

    def _is_mine(self, row: Any) -> bool:
        return row.account in self.accounts

    def of(self, row: Lease) -> Iterator[Move]:
        side = self.sides[row.id]
        for credit in self.credits[row.id]:
            if credit.amount and self._is_mine(credit):
                yield Move(row.id, _("Have %(sum)s paid out") % {"sum": yuan(credit.amount)})
        if row.state == Lease.State.SIGNED:
            yield from self._unpaid(row, side)
        if row.state in (Lease.State.SIGNED, Lease.State.FUNDED):
            yield from self._reported(row, side)
        if row.state == Lease.State.FUNDED:
            yield from self._without_keys(row, side)
        if row.state == Lease.State.RUNNING and row.to_day > self.today:
            yield from self._running(row, side)
        if row.state == Lease.State.RUNNING and row.to_day <= self.today:
            yield from self._ended(row, side)
        if side and row.state != Lease.State.LAPSED and row.to_day > self.today:
            yield from self._filing(row, side)

    def _unpaid(self, row: Lease, side: str) -> Iterator[Move]:
        if side == "tenant" or any(self._is_mine(one) for one in self.sponsors[row.id]):
            words = _("Pay deposit and first rent, %(sum)s") % {"sum": yuan(row.deposit + row.first_rent)}
            yield Move(row.id, words, row.fund_by)

    def _reported(self, row: Lease, side: str) -> Iterator[Move]:
        found = self.filings.get(row.id)
        if side and found and found.outside_from and not found.outside_objection:
            words = _("Object if the report of another lease of the place is wrong")
            yield Move(row.id, words, found.outside_from, "bad")

    def _without_keys(self, row: Lease, side: str) -> Iterator[Move]:
        said = {one.side: one.condition for one in self.conditions[row.id]}
        mine, other = said.get(side), said.get("tenant" if side == "landlord" else "landlord")
        if side and (mine is None or (other is not None and mine != other)):
            words = _("Confirm the condition that the other side wrote down") if other else _("Hand the keys over")
            yield Move(row.id, words, start_of(row.from_day + queries.HANDOVER_DAYS))

    def _running(self, row: Lease, side: str) -> Iterator[Move]:
        if side == "tenant":
            yield from self._rent(row)
            for fee in self.fees[row.id]:
                if fee.state == LateFee.State.CLAIMED:
                    yield Move(row.id, _("Pay or contest a late fee of %(sum)s") % {"sum": yuan(fee.amount)})
        if side == "landlord" and self.repairs[row.id]:
            count = self.repairs[row.id]
            words = ngettext("%(count)s repair is asked for", "%(count)s repairs are asked for", count)
            yield Move(row.id, words % {"count": count})
        yield from self._demanded(row, side)
        agreed = defaultdict(set)
        for one in self.agreements[row.id]:
            if one.at > row.changed:
                agreed[one.what].add(one.account)
        if side and any(not known & self.accounts for known in agreed.values()):
            yield Move(row.id, _("Answer what the other side proposes"))

    def _rent(self, row: Lease) -> Iterator[Move]:
        rent = queries.rent(row)
        due = rent.next
        if rent.arrears and due:
            words = _("Rent is overdue: %(sum)s") % {"sum": yuan(rent.arrears)}
            yield Move(row.id, words, start_of(due.due_day), "bad")
        elif due and due.due_day - self.today <= SOON:
            itself = any(one.valid_until > self.now for one in self.mandates[row.id])
            words = _("Rent pays itself: %(sum)s") if itself else _("Pay the rent: %(sum)s")
            yield Move(row.id, words % {"sum": yuan(due.amount)}, start_of(due.due_day), "plain" if itself else "wait")

    def _demanded(self, row: Lease, side: str) -> Iterator[Move]:
        for one in self.demands[row.id]:
            over = row.way == "accepted" and one.notified_at and one.at < row.changed
            if not side or one.side == side or over or one.contested:
                continue
            if one.notified_at:
                yield Move(row.id, _("Accept the termination, or object"), start_of(one.to_day), "bad")
            else:
                yield Move(row.id, _("Put right what the other side demands"), one.cure_until)

    def _filing(self, row: Lease, side: str) -> Iterator[Move]:
        found = self.filings.get(row.id)
        if self.filing_days is None or not filings.may_be_submitted(row, found):
            return
        until = start_of(row.from_day + self.filing_days)
        if side == "landlord":
            back = found and found.state == Filing.State.RETURNED
            words = _("The housing bureau gave the lease back: submit it again") if back else ""
            yield Move(row.id, words or _("Submit the lease to the housing bureau"), 0 if back else until)
        elif self.now >= until:
            yield Move(row.id, _("The landlord didn’t submit the lease to the housing bureau; you may"), tone="plain")

    def _ended(self, row: Lease, side: str) -> Iterator[Move]:
        end, parts = start_of(row.to_day), self.parts[row.id]
        if not parts and row.held and side:
            if self.now >= end + CLAIM:
                yield Move(row.id, _("Have the deposit given back: nothing was claimed in time"))
            elif side == "landlord":
                yield Move(row.id, _("Claim from the deposit, or give it back"), end + CLAIM)
        for part in parts:
            yield from self._settling(row, side, part, end)

    def _settling(self, row: Lease, side: str, part: SettlementPart, end: int) -> Iterator[Move]:
        step, answer = SettlementPart.Step, _("Answer what is claimed from the deposit")
        if part.step in (step.STATED, step.REMINDED) and side == "tenant" and self.now < part.deadline:
            yield Move(row.id, answer, part.deadline, "bad")
        elif part.step == step.STATED and side == "landlord" and self.now >= part.deadline:
            yield Move(row.id, _("Remind the tenant, by two ways"), part.deadline + REMIND)
        elif part.step == step.REMINDED and side and self.now >= part.deadline:
            yield Move(row.id, _("Nobody answered: bring the claims before the decider"))
        elif part.step == step.RESERVED and side == "landlord":
            yield Move(row.id, _("Claim the last bills"), end + BILLS)
        elif part.step == step.CONTESTED and side and self.now >= part.contested_at + DECIDE:
            yield Move(row.id, _("The decider is late: call the city’s"))
        elif part.step == step.DECIDED and side:
            over = self.now >= part.deadline
            words = _("Have the decision carried out") if over else _("Go to court if the decision is wrong")
            yield Move(row.id, words, 0 if over else part.deadline, "wait" if over else "plain")


def _by_lease(model: type[Row], ids: list[int]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for row in model._default_manager.filter(lease__in=ids).order_by("pk"):
        found[row.lease].append(row)  # type: ignore[attr-defined]
    return found
