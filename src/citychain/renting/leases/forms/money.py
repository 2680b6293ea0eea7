"""Paying for a lease, handing keys over, letting it lapse, and being paid."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from citychain.chain import clock
from citychain.chain.abi import Act, Function
from citychain.chain.addressbook import AddressBook
from citychain.chain.rpc import connect
from citychain.money import queries as money
from citychain.money.bindings import Deposits
from citychain.portal.wording import yuan

from ...bindings import Escrow, Leases
from .. import documents, queries
from ..models import Lease
from ..wording import bank_name
from .base import Case, LeaseForm, WordsField


def due(row: Lease) -> int:
    """What escrow takes for a signed lease, in fen."""
    return int(row.deposit + row.first_rent)


def _payer(case: Case) -> str:
    """The reader's account that may pay: a tenant's with an account at the lease's bank, or a sponsor's."""
    if case.row.state != Lease.State.SIGNED or clock.now() >= case.row.fund_by:
        return ""
    rows = [*case.sides[1], *queries.sponsors(case.row.id)]
    holders = {
        row.holder
        for row in money.accounts([account for account in rows if account in case.accounts])
        if row.bank == case.row.deposits
    }
    return next((account for account in rows if account in holders), "")


def allowed(row: Lease, payer: str) -> bool:
    """Whether the payer has let the escrow draw what is due. Asks the node."""
    spender = AddressBook.load().address("Escrow")
    return connect().view(row.deposits, Deposits.allowance(owner=payer, spender=spender)) >= due(row)


class AllowForm(LeaseForm):
    title = _("Pay, step 1 of 2: let the escrow draw")
    warning = _("Nothing is paid yet. The escrow can draw this sum for this lease alone, once you take step 2.")

    @classmethod
    def signer_of(cls, case: Case) -> str:
        payer = _payer(case)
        return payer if payer and not allowed(case.row, payer) else ""

    def call(self) -> Function[Any]:
        return Deposits.approve(spender=AddressBook.load().address("Escrow"), value=due(self.case.row))

    def act(self) -> Act:
        return Act(self.case.row.deposits, self.call())

    def sentences(self) -> Sequence[str]:
        row = self.case.row
        values = {"sum": yuan(due(row)), "deposit": yuan(row.deposit), "first": yuan(row.first_rent)}
        return [
            gettext("The escrow may draw %(sum)s from your account: deposit %(deposit)s and first rent %(first)s.")
            % values
        ]


class FundForm(LeaseForm):
    title = _("Pay deposit and first rent")
    warning = _("The money waits in escrow. If the keys aren’t handed over in time, all of it comes back.")
    contract = "Leases"

    @classmethod
    def signer_of(cls, case: Case) -> str:
        payer = _payer(case)
        return payer if payer and allowed(case.row, payer) else ""

    def call(self) -> Function[Any]:
        return Leases.fund(leaseId=self.lease, payer=self.signer)

    def sentences(self) -> Sequence[str]:
        row = self.case.row
        values = {"sum": yuan(due(row)), "bank": bank_name(row.deposits)}
        return [
            gettext("%(sum)s go from your account into escrow at %(bank)s, whole or not at all.") % values,
            gettext("From then on nobody else can rent this place for these days."),
        ]


class SponsorForm(LeaseForm):
    title = _("Pay for this lease")
    contract = "Leases"
    warning = _("Everybody can see that this account pays for the lease.")

    @classmethod
    def signer_of(cls, case: Case) -> str:
        """An employer's, or another account of the tenant's that has money at the lease's bank."""
        if case.row.state != Lease.State.SIGNED or clock.now() >= case.row.fund_by or _payer(case):
            return ""
        if not case.tenant:
            return ""
        rows = [row.holder for row in money.accounts(case.accounts) if row.bank == case.row.deposits]
        return next((account for account in rows if account not in case.sides[0]), "")

    def call(self) -> Function[Any]:
        return Leases.sponsor(leaseId=self.lease, pays=True)

    def sentences(self) -> Sequence[str]:
        return [gettext("This account pays deposit and first rent of lease %(number)s.") % {"number": self.lease}]


class HandoverForm(LeaseForm):
    """One side writes the condition down, the other confirms it, with the keys in hand."""

    title = _("Confirm the handover")
    contract = "Leases"
    photographed = True
    warning = _("Once both sides confirmed the same, the lease runs and the first rent is the landlord’s.")
    report = WordsField(
        label=_("Condition of the home"),
        required=False,
        help_text=_("Room by room: what is there, what is damaged. Both sides confirm the same words."),
    )
    water = forms.CharField(label=_("Water meter"), max_length=40, required=False)
    power = forms.CharField(label=_("Power meter"), max_length=40, required=False)
    gas = forms.CharField(label=_("Gas meter"), max_length=40, required=False)
    keys = forms.IntegerField(label=_("Keys handed over"), min_value=0, max_value=99, required=False)
    same = forms.BooleanField(label=_("I confirm what the other side wrote, as it stands above"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        other = "tenant" if self.case.side == "landlord" else "landlord"
        self.theirs = queries.conditions(self.lease).get(other)
        self.shown = self.case.text(self.theirs.condition) if self.theirs else ""
        if not self.shown:
            del self.fields["same"]
        self.order_fields(["same", "report", "photos"])

    @classmethod
    def signer_of(cls, case: Case) -> str:
        in_time = queries.today() < case.row.from_day + queries.HANDOVER_DAYS
        return case.party if case.row.state == Lease.State.FUNDED and in_time else ""

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not data.get("same") and not data.get("report"):
            self.add_error("report", gettext("Write down how the home is."))
        return data

    def text(self) -> str:
        """What this side wrote, with its meters."""
        data = self.cleaned_data
        meters = [(self.fields[name].label, data[name]) for name in ("water", "power", "gas", "keys") if data[name]]
        return "\n".join([data["report"], *(f"{label}: {value}" for label, value in meters)])

    def call(self) -> Function[Any]:
        if self.cleaned_data.get("same") and self.theirs:
            return Leases.confirmHandover(leaseId=self.lease, condition=self.theirs.condition)
        return Leases.confirmHandover(leaseId=self.lease, condition=self.write("condition", self.text()))

    def sentences(self) -> Sequence[str]:
        if self.cleaned_data.get("same"):
            return [
                gettext("You confirm the condition that the other side wrote down:"),
                *documents.split(self.shown).words.splitlines(),
                gettext("The keys are handed over: the lease runs from now on."),
            ]
        return [
            gettext("You write this down; the other side confirms the same:"),
            *self.text().splitlines(),
            *self.photo_words(),
        ]


class LapseForm(LeaseForm):
    title = _("Let the lease lapse")
    contract = "Leases"
    warning = _("It is over for good, and what was paid goes back to the tenant.")

    @classmethod
    def signer_of(cls, case: Case) -> str:
        row, today = case.row, queries.today()
        over = row.state == Lease.State.SIGNED and (clock.now() >= row.fund_by or today > row.from_day)
        late = row.state == Lease.State.FUNDED and today >= row.from_day + queries.HANDOVER_DAYS
        return case.party if over or late else ""

    def call(self) -> Function[Any]:
        return Leases.lapse(leaseId=self.lease)

    def sentences(self) -> Sequence[str]:
        return [gettext("The time of lease %(number)s is over: it has no effect.") % {"number": self.lease}]


class PayOutForm(LeaseForm):
    title = _("Have your credit paid out")
    contract = "Escrow"

    @classmethod
    def signer_of(cls, case: Case) -> str:
        return case.first([row.account for row in queries.credits_of(case.row.id)])

    def call(self) -> Function[Any]:
        return Escrow.payOut(leaseId=self.lease, account=self.signer)

    def sentences(self) -> Sequence[str]:
        amount = next(row.amount for row in queries.credits_of(self.lease) if row.account == self.signer)
        values = {"sum": yuan(amount), "bank": bank_name(self.case.row.deposits)}
        return [gettext("%(sum)s go from the escrow into your account at %(bank)s.") % values]
