"""How a lease is called off, goes on, or ends: by all, by notice, for a breach, by a decision, by a court."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from citychain.chain import clock
from citychain.chain.abi import Function
from citychain.identity.forms import DayField
from citychain.money.desk_forms import AmountField, ReferenceField
from citychain.portal.wording import yuan

from ...bindings import Escrow, LeaseChanges
from .. import queries
from ..models import Lease
from ..wording import agreement, day
from .base import Case, LastDayField, LeaseForm, WordsField

#: LeaseEndings.ANSWER_TIME and NOTIFY_TIME, seconds.
ANSWER_SECONDS, NOTIFY_SECONDS = 15 * 86_400, 180 * 86_400
LAST_DAY = _("Last day of the lease")


class CallOffForm(LeaseForm):
    title = _("Call the lease off")
    warning = _("Once all accounts of both sides agree it has no effect, and what was paid goes back to the tenant.")

    @classmethod
    def signer_of(cls, case: Case) -> str:
        return case.landlord or case.tenant if case.pending else ""

    def call(self) -> Function[Any]:
        return LeaseChanges.agreeLapse(leaseId=self.lease)

    def sentences(self) -> Sequence[str]:
        return [gettext("You agree that lease %(number)s has no effect.") % {"number": self.lease}]


class EndForm(LeaseForm):
    title = _("Agree on an earlier end")
    warning = _("It is the last day once all accounts of both sides agreed to the same.")
    day = LastDayField(label=LAST_DAY)

    @classmethod
    def signer_of(cls, case: Case) -> str:
        return case.landlord or case.tenant if case.running else ""

    def call(self) -> Function[Any]:
        return LeaseChanges.agreeEnd(leaseId=self.lease, toDay=self.cleaned_data["day"])

    def sentences(self) -> Sequence[str]:
        values = {"number": self.lease, "day": day(self.cleaned_data["day"] - 1)}
        return [gettext("You agree that %(day)s is the last day of lease %(number)s.") % values]


class ExtendForm(LeaseForm):
    title = _("Agree to go on")
    warning = _("It goes on at the same terms once all accounts of both sides agreed to the same.")
    day = LastDayField(label=LAST_DAY)

    @classmethod
    def signer_of(cls, case: Case) -> str:
        return case.landlord or case.tenant if case.running else ""

    def call(self) -> Function[Any]:
        return LeaseChanges.agreeExtension(leaseId=self.lease, toDay=self.cleaned_data["day"])

    def sentences(self) -> Sequence[str]:
        values = {"number": self.lease, "day": day(self.cleaned_data["day"] - 1)}
        return [gettext("You agree that lease %(number)s goes on to %(day)s.") % values]


class AgreeForm(LeaseForm):
    """Says the same as somebody said before."""

    title = _("Agree too")
    what = forms.ChoiceField(label=_("To what"))
    ABOUT = ("lapse", "end", "extension", "notice", "accept")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.open = {one.what: one for one in self.choices_of(self.case)}
        field: Any = self.fields["what"]
        field.choices = [(what, agreement(one)) for what, one in self.open.items()]

    @classmethod
    def choices_of(cls, case: Case) -> list[queries.Agreement]:
        return [one for one in case.agreements if one.kind in cls.ABOUT and case.first(one.missing)]

    @classmethod
    def signer_of(cls, case: Case) -> str:
        found = cls.choices_of(case)
        return case.first(found[0].missing) if found else ""

    def call(self) -> Function[Any]:
        one = self.open[self.cleaned_data["what"]]
        about = {"leaseId": self.lease, "toDay": one.day}
        if one.kind == "lapse":
            return LeaseChanges.agreeLapse(leaseId=self.lease)
        if one.kind == "accept":
            return LeaseChanges.acceptTermination(leaseId=self.lease)
        if one.kind == "end":
            return LeaseChanges.agreeEnd(**about)
        return LeaseChanges.giveNotice(**about) if one.kind == "notice" else LeaseChanges.agreeExtension(**about)

    def sentences(self) -> Sequence[str]:
        one = self.open[self.cleaned_data["what"]]
        left = len(one.missing) - 1
        last = gettext("You are the last: it takes effect.") if not left else ""
        return [gettext("You agree: %(what)s.") % {"what": agreement(one)}, *filter(None, [last])]


class TakeBackForm(LeaseForm):
    title = _("Take your agreement back")
    what = forms.ChoiceField(label=_("Which one"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["what"]
        field.choices = [(one.what, agreement(one)) for one in self.choices_of(self.case)]

    @classmethod
    def choices_of(cls, case: Case) -> list[queries.Agreement]:
        return [one for one in case.agreements if case.first(one.agreed)]

    @classmethod
    def signer_of(cls, case: Case) -> str:
        found = cls.choices_of(case)
        return case.first(found[0].agreed) if found else ""

    def call(self) -> Function[Any]:
        return LeaseChanges.withdrawAgreement(leaseId=self.lease, what=self.cleaned_data["what"])

    def sentences(self) -> Sequence[str]:
        return [gettext("You take back what you agreed to about lease %(number)s.") % {"number": self.lease}]


class NoticeForm(LeaseForm):
    title = _("Give notice")
    warning = _("It can’t be taken back once all accounts of your side gave it.")
    day = LastDayField(label=LAST_DAY)

    @classmethod
    def signer_of(cls, case: Case) -> str:
        return case.landlord or case.tenant if case.running and case.row.notice_days else ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        least = day(queries.today() + self.case.row.notice_days - 1)
        self.fields["day"].help_text = gettext("%(day)s at the earliest.") % {"day": least}

    def call(self) -> Function[Any]:
        return LeaseChanges.giveNotice(leaseId=self.lease, toDay=self.cleaned_data["day"])

    def sentences(self) -> Sequence[str]:
        values = {"number": self.lease, "day": day(self.cleaned_data["day"] - 1)}
        return [gettext("You give notice: %(day)s is the last day of lease %(number)s.") % values]


class DemandForm(LeaseForm):
    title = _("Demand that a breach be put right")
    photographed = True
    breach = WordsField(label=_("What is wrong"))
    days = forms.IntegerField(label=_("Days to put it right"), min_value=1, max_value=366, initial=15)

    @classmethod
    def signer_of(cls, case: Case) -> str:
        return case.party if case.running and case.side not in case.demands else ""

    def call(self) -> Function[Any]:
        data = self.cleaned_data
        commitment = self.write("breach", data["breach"])
        return LeaseChanges.demandCure(leaseId=self.lease, breach=commitment, cureDays=data["days"])

    def sentences(self) -> Sequence[str]:
        values = {"days": self.cleaned_data["days"]}
        return [
            gettext("You demand that the other side put this right within %(days)s days:") % values,
            self.cleaned_data["breach"],
        ]


class WithdrawDemandForm(LeaseForm):
    title = _("Take your demand back")

    @classmethod
    def signer_of(cls, case: Case) -> str:
        return case.party if case.side and case.side in case.demands else ""

    def call(self) -> Function[Any]:
        return LeaseChanges.withdrawDemand(leaseId=self.lease)

    def sentences(self) -> Sequence[str]:
        return [gettext("You take your demand about lease %(number)s back.") % {"number": self.lease}]


class TerminateForm(LeaseForm):
    title = _("Notify the termination")
    warning = _("Nothing ends by itself: the other side accepts, or whoever decides says what becomes of it.")
    day = LastDayField(label=LAST_DAY)
    reason = WordsField(label=_("Why"))

    @classmethod
    def signer_of(cls, case: Case) -> str:
        one = case.demands.get(case.side)
        now = clock.now()
        ripe = one and not one.notified_at and one.cure_until <= now < one.cure_until + NOTIFY_SECONDS
        return case.party if ripe else ""

    def call(self) -> Function[Any]:
        data = self.cleaned_data
        reason = self.write("termination", data["reason"])
        return LeaseChanges.notifyTermination(leaseId=self.lease, toDay=data["day"], reason=reason)

    def sentences(self) -> Sequence[str]:
        values = {"day": day(self.cleaned_data["day"] - 1)}
        return [
            gettext("You notify that the lease ends, with %(day)s as the last day, because:") % values,
            self.cleaned_data["reason"],
        ]


class AnswerForm(LeaseForm):
    """To a termination that the other side notified."""

    @classmethod
    def signer_of(cls, case: Case) -> str:
        other = {"landlord": "tenant", "tenant": "landlord"}.get(case.side, "")
        one = case.demands.get(other)
        return cls.by(case) if one and one.notified_at else ""

    @classmethod
    def by(cls, case: Case) -> str:
        return case.party


class ContestForm(AnswerForm):
    title = _("Object to the termination")
    reason = WordsField(label=_("Why"))

    def call(self) -> Function[Any]:
        reason = self.write("objection", self.cleaned_data["reason"])
        return LeaseChanges.contestTermination(leaseId=self.lease, reason=reason)

    def sentences(self) -> Sequence[str]:
        return [gettext("You object to the termination; whoever decides reads why:"), self.cleaned_data["reason"]]


class AcceptForm(AnswerForm):
    title = _("Accept the termination")
    warning = _("The lease ends as notified once all accounts of your side accepted. This can’t be undone.")

    @classmethod
    def by(cls, case: Case) -> str:
        return case.landlord or case.tenant

    def call(self) -> Function[Any]:
        return LeaseChanges.acceptTermination(leaseId=self.lease)

    def sentences(self) -> Sequence[str]:
        return [gettext("You accept that lease %(number)s ends as notified.") % {"number": self.lease}]


class DecideForm(LeaseForm):
    title = _("Decide about the termination")
    warning = _("Both sides see the decision and its reasons. A court can always come in.")
    whose = forms.ChoiceField(label=_("Notified by"))
    day = LastDayField(label=LAST_DAY, required=False, help_text=_("Leave it empty when the lease goes on."))
    reasons = WordsField(label=_("Reasons"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        words = {"landlord": _("Landlord"), "tenant": _("Tenant")}
        field: Any = self.fields["whose"]
        field.choices = [(side, words[side]) for side in self.ripe(self.case)]

    @classmethod
    def ripe(cls, case: Case) -> list[str]:
        now = clock.now()
        found = case.demands.items()
        return [side for side, one in found if one.notified_at and one.notified_at + ANSWER_SECONDS <= now]

    @classmethod
    def signer_of(cls, case: Case) -> str:
        return case.decider if case.row.track != Lease.Track.MEDIATION and cls.ripe(case) else ""

    def call(self) -> Function[Any]:
        data = self.cleaned_data
        return LeaseChanges.decideTermination(
            leaseId=self.lease,
            byLandlord=data["whose"] == "landlord",
            toDay=data["day"] or 0,
            reasons=self.write("decision", data["reasons"]),
        )

    def sentences(self) -> Sequence[str]:
        last = self.cleaned_data["day"]
        ends = gettext("The lease ends: %(day)s is the last day.") % {"day": day(last - 1)} if last else ""
        return [ends or gettext("The lease goes on."), gettext("Your reasons:"), self.cleaned_data["reasons"]]


CASE = _("Everybody can read it, for ever: nothing about a person.")


class OrderEndForm(LeaseForm):
    title = _("Order the end of the lease")
    warning = _("It binds at once.")
    case_number = ReferenceField(label=_("Case number"), help_text=CASE)
    day = LastDayField(label=LAST_DAY, required=False, help_text=_("Not asked before keys are handed over."))

    @classmethod
    def signer_of(cls, case: Case) -> str:
        return case.court if case.running or case.pending else ""

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if self.case.running and not data.get("day"):
            self.add_error("day", gettext("Name the last day."))
        return data

    def call(self) -> Function[Any]:
        data = self.cleaned_data
        number, last = data["case_number"], data["day"] or 0
        return LeaseChanges.orderEnd(leaseId=self.lease, caseNumber=number, toDay=last)

    def sentences(self) -> Sequence[str]:
        last = self.cleaned_data["day"]
        if last:
            return [gettext("The court ends the lease: %(day)s is the last day.") % {"day": day(last - 1)}]
        return [gettext("The court says that the lease has no effect.")]


class CourtHoldForm(LeaseForm):
    title = _("Keep the money in escrow")
    contract = "Escrow"
    warning = _("Until then nobody is awarded any of it but by this court.")
    case_number = ReferenceField(label=_("Case number"), help_text=CASE)
    until = DayField(label=_("Until"), help_text=_("At most 366 days ahead."))

    @classmethod
    def signer_of(cls, case: Case) -> str:
        return case.court if case.row.held else ""

    def call(self) -> Function[Any]:
        data = self.cleaned_data
        return Escrow.holdForCourt(leaseId=self.lease, caseNumber=data["case_number"], until=data["until"])

    def sentences(self) -> Sequence[str]:
        return [gettext("The court keeps %(sum)s in escrow.") % {"sum": yuan(self.case.row.held)}]


class CourtAwardForm(LeaseForm):
    title = _("Award money in escrow")
    contract = "Escrow"
    warning = _("It is that party’s at once and can be paid out by anyone’s call.")
    case_number = ReferenceField(label=_("Case number"), help_text=CASE)
    to = forms.ChoiceField(label=_("To whom"))
    amount = AmountField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        row = self.case.row
        field: Any = self.fields["to"]
        field.choices = [(row.payee, _("Landlord")), (row.refundee, _("Tenant"))]

    @classmethod
    def signer_of(cls, case: Case) -> str:
        return case.court if case.row.held else ""

    def call(self) -> Function[Any]:
        data = self.cleaned_data
        number, amount = data["case_number"], data["amount"]
        return Escrow.orderAward(leaseId=self.lease, caseNumber=number, to=data["to"], amount=amount)

    def sentences(self) -> Sequence[str]:
        to = gettext("Landlord") if self.cleaned_data["to"] == self.case.row.payee else gettext("Tenant")
        return [f"{to}: {yuan(self.cleaned_data['amount'])}"]
