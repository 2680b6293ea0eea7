"""What becomes of the deposit after the end: claims item by item, answers, decisions. Silence deducts nothing."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from citychain.chain import clock
from citychain.chain.abi import Function, bytes32
from citychain.money.desk_forms import AmountField
from citychain.portal.wording import yuan

from ...bindings import Settlements
from .. import queries
from ..models import Lease
from ..rents_models import SettlementItem, SettlementPart
from ..wording import ITEMS, PARTS
from .base import Case, LeaseForm, WordsField

Step = SettlementPart.Step
DAY = 86_400
#: SettlementClaims' times, in seconds.
CLAIM_SECONDS, REMIND_SECONDS, BILL_SECONDS, LAST_SECONDS = 14 * DAY, 14 * DAY, 60 * DAY, 365 * DAY
#: Items that the form has room for; the record takes 16.
ROOM = range(3)


def ended_at(row: Lease) -> int:
    """When the lease ended or will (UTC seconds)."""
    return int(row.to_day) * DAY - 8 * 3600


class DepositForm(LeaseForm):
    """Something about one part of the settlement, where `steps` say that it may be."""

    contract = "Settlements"
    steps: ClassVar[tuple[str, ...]] = ()
    part = forms.ChoiceField(label=_("About"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = self.parts_of(self.case)
        field: Any = self.fields["part"]
        field.choices = [(name, PARTS[name]) for name in names]
        field.initial = names[0] if names else ""
        if len(names) == 1:
            field.widget = forms.HiddenInput()

    @classmethod
    def by(cls, case: Case) -> str:
        raise NotImplementedError

    @classmethod
    def ripe(cls, case: Case, part: SettlementPart) -> bool:
        """Whether this can be done now to a part that stands at one of `steps`."""
        return True

    @classmethod
    def parts_of(cls, case: Case) -> list[str]:
        if case.row.state != Lease.State.RUNNING or case.running:
            return []
        found = queries.settlement(case.row.id)
        return [name for name, part in found.items() if part.step in cls.steps and cls.ripe(case, part)]

    @classmethod
    def signer_of(cls, case: Case) -> str:
        account = cls.by(case)
        return account if account and cls.parts_of(case) else ""

    @property
    def chosen(self) -> str:
        return str(self.cleaned_data["part"])

    def about(self) -> dict[str, Any]:
        return {"leaseId": self.lease, "part": list(PARTS).index(self.chosen)}


class ItemsForm(DepositForm):
    """Claims by item: what for, how much, why; photos are evidence of all of them."""

    photographed = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for number in ROOM:
            about = {"number": number + 1}
            kinds = [("", "—"), *ITEMS.items()]
            label = gettext("Item %(number)s") % about
            self.fields[f"kind_{number}"] = forms.ChoiceField(label=label, choices=kinds, required=False)
            label = gettext("Amount of item %(number)s, in yuan") % about
            self.fields[f"amount_{number}"] = AmountField(label=label, required=False)
            label = gettext("Evidence of item %(number)s") % about
            self.fields[f"why_{number}"] = WordsField(label=label, required=False)

    @classmethod
    def by(cls, case: Case) -> str:
        return case.payee

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for number in ROOM:
            given = [bool(data.get(f"{name}_{number}")) for name in ("kind", "amount", "why")]
            if any(given) and not all(given):
                self.add_error(f"kind_{number}", gettext("An item needs what it is for, an amount and its evidence."))
        if not self.errors and not any(data.get(f"kind_{number}") for number in ROOM):
            self.add_error("kind_0", gettext("Claim at least one item, or give the deposit back."))
        return data

    def items(self) -> list[Settlements.ItemClaimed]:
        data = self.cleaned_data
        return [
            Settlements.ItemClaimed(
                kind=bytes32(data[f"kind_{number}"]),
                evidence=self.write("evidence", data[f"why_{number}"]),
                amount=data[f"amount_{number}"],
            )
            for number in ROOM
            if data[f"kind_{number}"]
        ]

    def sentences(self) -> Sequence[str]:
        data = self.cleaned_data
        rows = [number for number in ROOM if data[f"kind_{number}"]]
        claimed = [f"{ITEMS[data[f'kind_{n}']]}: {yuan(data[f'amount_{n}'])} · {data[f'why_{n}']}" for n in rows]
        return [gettext("You claim from the deposit:"), *claimed, *self.photo_words()]


class ClaimForm(ItemsForm):
    title = _("Claim from the deposit")
    warning = _("You claim once. What you don’t claim goes back to the tenant at once.")
    reserve = AmountField(
        label=_("Kept back for the last bills, in yuan"),
        nothing=True,
        required=False,
        help_text=_("Waits at most 60 days after the end."),
    )

    @classmethod
    def parts_of(cls, case: Case) -> list[str]:
        over = case.row.state == Lease.State.RUNNING and not case.running
        first = over and not queries.settlement(case.row.id) and clock.now() < ended_at(case.row) + CLAIM_SECONDS
        return ["claims"] if first and case.row.held else []

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        asked = sum(data.get(f"amount_{number}") or 0 for number in ROOM) + (data.get("reserve") or 0)
        if asked > self.case.row.held:
            words = gettext("Only %(sum)s are in escrow.") % {"sum": yuan(self.case.row.held)}
            self.add_error("amount_0", words)
        return data

    def call(self) -> Function[Any]:
        reserve = self.cleaned_data["reserve"] or 0
        return Settlements.stateClaims(leaseId=self.lease, items=self.items(), reserve=reserve)


class BillsForm(ItemsForm):
    title = _("Claim the last bills")
    warning = _("You claim once. What you don’t claim goes back to the tenant at once.")
    steps = (Step.RESERVED,)

    @classmethod
    def ripe(cls, case: Case, part: SettlementPart) -> bool:
        return clock.now() < ended_at(case.row) + BILL_SECONDS

    def call(self) -> Function[Any]:
        return Settlements.stateBills(leaseId=self.lease, items=self.items())


class ReleaseForm(DepositForm):
    title = _("Give the deposit back")
    warning = _("All that is open goes back to the tenant. This can’t be undone.")

    @classmethod
    def by(cls, case: Case) -> str:
        return case.party

    @classmethod
    def parts_of(cls, case: Case) -> list[str]:
        if case.row.state != Lease.State.RUNNING or case.running:
            return []
        found, now = queries.settlement(case.row.id), clock.now()
        if not found:
            in_time = case.payee or now >= ended_at(case.row) + CLAIM_SECONDS
            return ["claims"] if case.row.held and in_time else []
        return [name for name, part in found.items() if _released(case, part, now)]

    def call(self) -> Function[Any]:
        return Settlements.releaseDeposit(**self.about())

    def sentences(self) -> Sequence[str]:
        part = queries.settlement(self.lease).get(self.chosen)
        values = {"sum": yuan(part.open if part else self.case.row.held)}
        return [gettext("%(sum)s go back to the tenant.") % values]


def _released(case: Case, part: SettlementPart, now: int) -> bool:
    """Whether what is open in a part may go back to the tenants now."""
    if part.step == Step.RESERVED:
        return bool(case.payee) or now >= ended_at(case.row) + BILL_SECONDS
    if part.step == Step.STATED:
        return now >= part.deadline + REMIND_SECONDS
    if part.step == Step.CONTESTED:
        return now >= part.contested_at + LAST_SECONDS
    return bool(part.step == Step.AT_COURT and not part.decided and now >= part.deadline)


class AmountsForm(DepositForm):
    """An amount for each item that is open in the part."""

    whole: ClassVar[bool] = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = self.parts_of(self.case)
        data = self.data.get("part") or self.initial.get("part") or (names[0] if names else "")
        self.rows: list[SettlementItem] = queries.items(self.lease, str(data)) if data in names else []
        for row in self.rows:
            label = f"{ITEMS.get(row.kind, row.kind)}, {gettext('at most %(sum)s') % {'sum': yuan(row.rest)}}"
            initial = f"{row.rest / 100:.2f}" if self.whole else None
            self.fields[f"item_{row.position}"] = AmountField(label=label, nothing=True, initial=initial)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for row in self.rows:
            if (data.get(f"item_{row.position}") or 0) > row.rest:
                words = gettext("At most %(sum)s is open.") % {"sum": yuan(row.rest)}
                self.add_error(f"item_{row.position}", words)
        return data

    def amounts(self) -> list[int]:
        return [self.cleaned_data[f"item_{row.position}"] for row in self.rows]

    def lines(self) -> list[str]:
        """Each item with its amount."""
        pairs = zip(self.rows, self.amounts(), strict=True)
        return [f"{ITEMS.get(row.kind, row.kind)}: {yuan(amount)}" for row, amount in pairs]


OPEN = (Step.STATED, Step.REMINDED, Step.CONTESTED, Step.DECIDED, Step.AT_COURT)


class AcceptClaimsForm(AmountsForm):
    title = _("Accept claims")
    warning = _("What you accept is the landlord’s at once. As a first answer it objects to the rest.")
    steps = OPEN

    @classmethod
    def by(cls, case: Case) -> str:
        return case.first([case.row.refundee])

    def call(self) -> Function[Any]:
        return Settlements.acceptClaims(**self.about(), amounts=self.amounts())

    def sentences(self) -> Sequence[str]:
        return [gettext("You accept that these are deducted from the deposit:"), *self.lines()]


class WithdrawClaimsForm(AmountsForm):
    title = _("Withdraw claims")
    warning = _("What you give up goes back to the tenant at once.")
    steps = OPEN

    @classmethod
    def by(cls, case: Case) -> str:
        return case.payee

    def call(self) -> Function[Any]:
        return Settlements.withdrawClaims(**self.about(), amounts=self.amounts())

    def sentences(self) -> Sequence[str]:
        return [gettext("You give up:"), *self.lines()]


class ContestClaimsForm(DepositForm):
    title = _("Object to the claims")
    photographed = True
    warning = _("Then somebody decides on the evidence; the landlord has to prove what they claim.")
    steps = (Step.STATED, Step.REMINDED)
    reason = WordsField(label=_("Why"))

    @classmethod
    def by(cls, case: Case) -> str:
        return case.tenant

    def call(self) -> Function[Any]:
        reason = self.write("objection", self.cleaned_data["reason"])
        return Settlements.contestClaims(**self.about(), reason=reason)

    def sentences(self) -> Sequence[str]:
        return [
            gettext("You object to everything that is open; whoever decides reads why:"),
            self.cleaned_data["reason"],
        ]


class RemindForm(DepositForm):
    title = _("Remind the tenant")
    warning = _("Without a reminder by two ways nothing can be decided against a silent tenant.")
    steps = (Step.STATED,)
    proof = WordsField(label=_("How you reminded them, by which two ways"))

    @classmethod
    def by(cls, case: Case) -> str:
        return case.payee

    @classmethod
    def ripe(cls, case: Case, part: SettlementPart) -> bool:
        return bool(part.deadline <= clock.now() < part.deadline + REMIND_SECONDS)

    def call(self) -> Function[Any]:
        return Settlements.remindTenants(**self.about(), proof=self.write("reminder", self.cleaned_data["proof"]))

    def sentences(self) -> Sequence[str]:
        return [gettext("You reminded the tenant:"), self.cleaned_data["proof"]]


class ReferForm(DepositForm):
    title = _("Bring it before the decider")
    steps = (Step.REMINDED,)

    @classmethod
    def by(cls, case: Case) -> str:
        return case.party

    @classmethod
    def ripe(cls, case: Case, part: SettlementPart) -> bool:
        return bool(part.deadline <= clock.now())

    def call(self) -> Function[Any]:
        return Settlements.referClaims(**self.about())

    def sentences(self) -> Sequence[str]:
        return [gettext("The tenant didn’t answer twice: now it is decided on the evidence.")]


class DecideClaimsForm(AmountsForm):
    title = _("Decide about the deposit")
    warning = _("Either side may go to court within 14 days, unless this is an arbitral award, which is final.")
    steps = (Step.CONTESTED,)
    whole = False
    reasons = WordsField(label=_("Reasons"))

    @classmethod
    def by(cls, case: Case) -> str:
        """Whose turn it is: the lease's decider, or the city's where that was called."""
        return case.city_decider

    def call(self) -> Function[Any]:
        reasons = self.write("decision", self.cleaned_data["reasons"])
        return Settlements.decideClaims(**self.about(), amounts=self.amounts(), reasons=reasons)

    def sentences(self) -> Sequence[str]:
        reasons = self.cleaned_data["reasons"]
        return [gettext("Of the deposit the landlord gets:"), *self.lines(), gettext("Your reasons:"), reasons]


class ReplaceDeciderForm(DepositForm):
    title = _("Call the city’s decider")
    steps = (Step.CONTESTED,)

    @classmethod
    def by(cls, case: Case) -> str:
        return case.party if case.row.track != Lease.Track.MEDIATION else ""

    @classmethod
    def ripe(cls, case: Case, part: SettlementPart) -> bool:
        return bool(part.deadline <= clock.now())

    def call(self) -> Function[Any]:
        return Settlements.replaceDecider(**self.about())

    def sentences(self) -> Sequence[str]:
        return [gettext("Who should have decided didn’t in time: the city’s decider does now.")]


class GoToCourtForm(DepositForm):
    title = _("Go to court about the deposit")
    warning = _("What is open waits for the court, for at most 180 days unless it says otherwise.")
    steps = (Step.DECIDED, Step.CONTESTED)
    filing = WordsField(label=_("The court’s receipt of your filing"))

    @classmethod
    def by(cls, case: Case) -> str:
        return case.party

    @classmethod
    def ripe(cls, case: Case, part: SettlementPart) -> bool:
        now = clock.now()
        if part.step == Step.DECIDED:
            return bool(now < part.deadline)
        return bool(case.row.track == Lease.Track.MEDIATION or now >= part.deadline)

    def call(self) -> Function[Any]:
        return Settlements.goToCourt(**self.about(), filing=self.write("filing", self.cleaned_data["filing"]))

    def sentences(self) -> Sequence[str]:
        return [gettext("You took it to court:"), self.cleaned_data["filing"]]


class EnforceForm(DepositForm):
    title = _("Carry the decision out")
    steps = (Step.DECIDED, Step.AT_COURT)

    @classmethod
    def by(cls, case: Case) -> str:
        return case.party

    @classmethod
    def ripe(cls, case: Case, part: SettlementPart) -> bool:
        return bool(part.decided and part.deadline <= clock.now())

    def call(self) -> Function[Any]:
        return Settlements.enforceDecision(**self.about())

    def sentences(self) -> Sequence[str]:
        return [gettext("The time to go to court is over: the decision is carried out.")]
