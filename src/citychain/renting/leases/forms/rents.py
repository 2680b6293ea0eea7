"""Rent: paid by hand or by itself, credited, late."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from citychain.chain import clock
from citychain.chain.abi import Act, Function, bytes32
from citychain.chain.addressbook import AddressBook
from citychain.chain.rpc import connect
from citychain.identity.forms import DayField
from citychain.money import queries as money
from citychain.money.bindings import Deposits
from citychain.money.desk_forms import AmountField
from citychain.portal.wording import yuan

from ...bindings import Rents
from .. import queries
from ..models import Lease
from ..rents_models import LateFee
from ..wording import day
from .base import Case, LeaseForm, WordsField


def _purse(case: Case) -> str:
    """The reader's account that pays rent: a tenant's at the lease's bank, another of theirs, or whoever's it is."""
    if case.row.state != Lease.State.RUNNING or not (case.tenant or case.first(queries.sponsors(case.row.id))):
        return ""
    holders = {row.holder for row in money.accounts(case.accounts) if row.bank == case.row.deposits}
    wanted = [*case.sides[1], *queries.sponsors(case.row.id), *case.accounts]
    return next((account for account in wanted if account in holders and account in case.accounts), "")


def _allowance(case: Case, payer: str) -> int:
    """What Rents may draw from the payer, in fen. Asks the node."""
    spender = AddressBook.load().address("Rents")
    return int(connect().view(case.row.deposits, Deposits.allowance(owner=payer, spender=spender)))


class RentForm(LeaseForm):
    contract = "Rents"


class AllowRentForm(LeaseForm):
    title = _("Allow rent to be paid from your account")
    warning = _("Nothing is paid yet. Only you, or an automatic payment that you set up, can use it for rent.")
    amount = AmountField(label=_("At most, in yuan"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        left = sum(month.amount - covered for month, covered in queries.rent(self.case.row).months)
        self.fields["amount"].initial = f"{left / 100:.2f}"

    @classmethod
    def signer_of(cls, case: Case) -> str:
        payer = _purse(case)
        found = queries.rent(case.row) if payer else None
        wanted = found and found.next
        return payer if wanted and _allowance(case, payer) < wanted.amount else ""

    def call(self) -> Function[Any]:
        return Deposits.approve(spender=AddressBook.load().address("Rents"), value=self.cleaned_data["amount"])

    def act(self) -> Act:
        return Act(self.case.row.deposits, self.call())

    def sentences(self) -> Sequence[str]:
        values = {"sum": yuan(self.cleaned_data["amount"])}
        return [gettext("Rent of up to %(sum)s may be paid from your account.") % values]


class PayRentForm(RentForm):
    title = _("Pay rent")
    warning = _("It goes straight to the landlord’s account and covers the oldest month first.")
    amount = AmountField(label=_("Amount in yuan"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rent = queries.rent(self.case.row)
        following = self.rent.next
        amount = self.rent.arrears or (following.amount if following else 0)
        self.fields["amount"].initial = f"{min(amount, self.rent.payable) / 100:.2f}"
        most = gettext("At most %(sum)s can be paid now.") % {"sum": yuan(self.rent.payable)}
        self.fields["amount"].help_text = most

    @classmethod
    def signer_of(cls, case: Case) -> str:
        payer = _purse(case)
        return payer if payer and queries.rent(case.row).payable and _allowance(case, payer) else ""

    def clean_amount(self) -> int:
        amount = int(self.cleaned_data["amount"])
        if amount > self.rent.payable:
            words = gettext("At most %(sum)s can be paid now.") % {"sum": yuan(self.rent.payable)}
            raise forms.ValidationError(words)
        return amount

    def call(self) -> Function[Any]:
        return Rents.payRent(leaseId=self.lease, amount=self.cleaned_data["amount"])

    def sentences(self) -> Sequence[str]:
        values = {"sum": yuan(self.cleaned_data["amount"]), "number": self.lease}
        return [gettext("You pay %(sum)s of the rent of lease %(number)s.") % values]


class MandateForm(RentForm):
    title = _("Let rent pay itself")
    warning = _("Anybody may trigger it when rent is due: never before, never twice, never above the most.")
    most = AmountField(label=_("At most in a calendar month, in yuan"))
    until = DayField(label=_("Until"), required=False, help_text=_("Empty: three years."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["most"].initial = f"{self.case.row.rent / 100:.2f}"

    @classmethod
    def signer_of(cls, case: Case) -> str:
        payer = _purse(case)
        there = payer and queries.mandates(lease_id=case.row.id, payers=[payer]).exists()
        return payer if payer and not there and queries.rent(case.row).next else ""

    def call(self) -> Function[Any]:
        until = self.cleaned_data["until"] or clock.now() + 3 * 365 * 86_400
        return Rents.giveRentMandate(leaseId=self.lease, most=self.cleaned_data["most"], validUntil=until)

    def sentences(self) -> Sequence[str]:
        values = {"sum": yuan(self.cleaned_data["most"]), "number": self.lease}
        return [gettext("Rent of lease %(number)s that is due is paid by itself, at most %(sum)s a month.") % values]


class RevokeMandateForm(RentForm):
    title = _("End automatic payment")

    @classmethod
    def signer_of(cls, case: Case) -> str:
        return case.first([row.payer for row in queries.mandates(lease_id=case.row.id)])

    def call(self) -> Function[Any]:
        return Rents.revokeRentMandate(leaseId=self.lease)

    def sentences(self) -> Sequence[str]:
        return [gettext("From now on you pay the rent of lease %(number)s by hand.") % {"number": self.lease}]


class CreditForm(RentForm):
    title = _("Credit rent")
    warning = _("It can’t be taken back.")
    KINDS = (("repair", _("A repair that the tenant paid")), ("reduction", _("The home couldn’t be used")))
    kind = forms.ChoiceField(label=_("What for"), choices=KINDS)
    amount = AmountField()
    reason = WordsField(label=_("Why"))

    @classmethod
    def signer_of(cls, case: Case) -> str:
        return case.payee if case.running and queries.rent(case.row).next else ""

    def call(self) -> Function[Any]:
        data = self.cleaned_data
        about = {"leaseId": self.lease, "amount": data["amount"], "kind": bytes32(data["kind"])}
        return Rents.creditRent(**about, reason=self.write("credit", data["reason"]))

    def sentences(self) -> Sequence[str]:
        values = {"sum": yuan(self.cleaned_data["amount"])}
        return [gettext("The tenant owes %(sum)s less rent, because:") % values, self.cleaned_data["reason"]]


class DecideCreditForm(CreditForm):
    title = _("Decide about a reduction of rent")
    warning = _("Both sides see the decision and its reasons. A court can always come in.")

    @classmethod
    def signer_of(cls, case: Case) -> str:
        return case.decider if case.running and case.demands else ""

    def call(self) -> Function[Any]:
        data = self.cleaned_data
        about = {"leaseId": self.lease, "amount": data["amount"], "kind": bytes32(data["kind"])}
        return Rents.decideCredit(**about, reason=self.write("decision", data["reason"]))


class FeeForm(RentForm):
    """About the late fee of one month, which the reader chooses."""

    month = forms.TypedChoiceField(label=_("Rent due on"), coerce=int)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        due = {one.number: one for one in queries.months(self.case.row)}
        field: Any = self.fields["month"]
        field.choices = [(number, day(due[number].due_day)) for number in self.months_of(self.case) if number in due]

    @classmethod
    def months_of(cls, case: Case) -> list[int]:
        raise NotImplementedError

    @classmethod
    def by(cls, case: Case) -> str:
        raise NotImplementedError

    @classmethod
    def signer_of(cls, case: Case) -> str:
        account = cls.by(case) if case.row.state == Lease.State.RUNNING else ""
        return account if account and cls.months_of(case) else ""


def _in(case: Case, *states: str) -> list[int]:
    return [number for number, fee in queries.late_fees(case.row.id).items() if fee.state in states]


class ClaimFeeForm(FeeForm):
    title = _("Claim a late fee")
    warning = _("It is a claim: nothing is deducted. The tenant may object, and then it is decided.")
    amount = AmountField()

    @classmethod
    def by(cls, case: Case) -> str:
        return case.payee if case.row.late_fee else ""

    @classmethod
    def months_of(cls, case: Case) -> list[int]:
        fees, today = queries.late_fees(case.row.id), queries.today()
        found = queries.rent(case.row).months
        late = [one for one, covered in found if covered < one.amount and today > one.due_day + case.row.grace_days]
        return [one.number for one in late if one.number not in fees]

    def clean_amount(self) -> int:
        amount, most = int(self.cleaned_data["amount"]), self.case.row.late_fee
        if amount > most:
            raise forms.ValidationError(gettext("At most %(sum)s, says the lease.") % {"sum": yuan(most)})
        return amount

    def call(self) -> Function[Any]:
        data = self.cleaned_data
        return Rents.claimLateFee(leaseId=self.lease, month=data["month"], amount=data["amount"])

    def sentences(self) -> Sequence[str]:
        return [gettext("You claim a late fee of %(sum)s.") % {"sum": yuan(self.cleaned_data["amount"])}]


class ContestFeeForm(FeeForm):
    title = _("Object to a late fee")
    reason = WordsField(label=_("Why"))

    @classmethod
    def by(cls, case: Case) -> str:
        return case.tenant

    @classmethod
    def months_of(cls, case: Case) -> list[int]:
        return _in(case, LateFee.State.CLAIMED)

    def call(self) -> Function[Any]:
        data = self.cleaned_data
        reason = self.write("objection", data["reason"])
        return Rents.contestLateFee(leaseId=self.lease, month=data["month"], reason=reason)

    def sentences(self) -> Sequence[str]:
        return [gettext("You object to the late fee; whoever decides reads why:"), self.cleaned_data["reason"]]


class DecideFeeForm(FeeForm):
    title = _("Decide about a late fee")
    warning = _("Both sides see the decision and its reasons. A court can always come in.")
    amount = AmountField(label=_("What of it stands, in yuan"), nothing=True)
    reason = WordsField(label=_("Reasons"))

    @classmethod
    def by(cls, case: Case) -> str:
        return case.decider

    @classmethod
    def months_of(cls, case: Case) -> list[int]:
        return _in(case, LateFee.State.CONTESTED)

    def call(self) -> Function[Any]:
        data = self.cleaned_data
        about = {"leaseId": self.lease, "month": data["month"], "amount": data["amount"]}
        return Rents.decideLateFee(**about, reason=self.write("decision", data["reason"]))

    def sentences(self) -> Sequence[str]:
        values = {"sum": yuan(self.cleaned_data["amount"])}
        return [gettext("Of the late fee %(sum)s stand, because:") % values, self.cleaned_data["reason"]]


class WaiveFeeForm(FeeForm):
    title = _("Waive a late fee")

    @classmethod
    def by(cls, case: Case) -> str:
        return case.payee

    @classmethod
    def months_of(cls, case: Case) -> list[int]:
        return _in(case, LateFee.State.CLAIMED, LateFee.State.CONTESTED, LateFee.State.DECIDED)

    def call(self) -> Function[Any]:
        return Rents.waiveLateFee(leaseId=self.lease, month=self.cleaned_data["month"])

    def sentences(self) -> Sequence[str]:
        return [gettext("You give the late fee up.")]


class PayFeeForm(FeeForm):
    title = _("Pay a late fee")

    @classmethod
    def by(cls, case: Case) -> str:
        return _purse(case)

    @classmethod
    def months_of(cls, case: Case) -> list[int]:
        found = queries.late_fees(case.row.id)
        states = (LateFee.State.CLAIMED, LateFee.State.DECIDED)
        return [number for number, fee in found.items() if fee.state in states and fee.amount]

    def fee(self) -> int:
        return int(queries.late_fees(self.lease)[self.cleaned_data["month"]].amount)

    def call(self) -> Function[Any]:
        return Rents.payLateFee(leaseId=self.lease, month=self.cleaned_data["month"], amount=self.fee())

    def sentences(self) -> Sequence[str]:
        return [gettext("You pay the late fee of %(sum)s.") % {"sum": yuan(self.fee())}]
