"""Acts on a lease before the housing bureau: submit, file, give back, cancel; report another lease of its place."""

import json
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from citychain.chain import clock
from citychain.chain.abi import Function
from citychain.portal.wording import calendar_day

from ...bindings import Filings
from .. import filings, queries, real_names
from ..filing_models import Filing
from .base import Case, LeaseForm, WordsField

State = Filing.State


class FilingForm(LeaseForm):
    contract = "Filings"


class SubmitForm(FilingForm):
    """What the bureau asks of both sides. Companies and people from elsewhere have documents of other kinds."""

    title = _("Submit to the housing bureau")
    warning = _("The bureau reads this, and both sides of the lease. The public record gets a salted commitment.")
    address = forms.CharField(label=_("Address of the home"), max_length=200)
    landlord_name = forms.CharField(label=_("Landlord: name as in the document"), max_length=120)
    landlord_document = forms.ChoiceField(label=_("Landlord: document"), choices=real_names.DOCUMENTS.items)
    landlord_number = forms.CharField(label=_("Landlord: number of the document"), max_length=30)
    tenant_name = forms.CharField(label=_("Tenant: name as in the document"), max_length=120)
    tenant_document = forms.ChoiceField(label=_("Tenant: document"), choices=real_names.DOCUMENTS.items)
    tenant_number = forms.CharField(label=_("Tenant: number of the document"), max_length=30)
    others = forms.CharField(
        label=_("Everybody else who owns, rents or lives there"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Name, document and number, one person a line."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        before = filings.submission(self.case.filing, self.case.filed) if self.case.side else {}
        for name, value in before.items():
            if name in self.fields:
                self.fields[name].initial = value

    @classmethod
    def signer_of(cls, case: Case) -> str:
        if queries.is_over(case.row) or not filings.may_be_submitted(case.row, case.filing):
            return ""
        if case.landlord or case.payee:
            return case.landlord or case.payee
        return case.tenant if case.tenant and filings.is_tenants_turn(case.row) else ""

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for side in ("landlord", "tenant"):
            kind, number = data.get(f"{side}_document"), data.get(f"{side}_number")
            if kind and number:
                data[f"{side}_number"] = number = real_names.tidy(number)
                wrong = real_names.fault(kind, number)
                if wrong:
                    self.add_error(f"{side}_number", str(wrong))
        return data

    def call(self) -> Function[Any]:
        text = json.dumps(self.cleaned_data, ensure_ascii=False, sort_keys=True)
        return Filings.submitFiling(leaseId=self.lease, document=self.write("filing", text))

    def sentences(self) -> Sequence[str]:
        return [
            gettext("You submit lease %(number)s to the housing bureau:") % {"number": self.lease},
            *filings.words(self.cleaned_data),
            gettext("The lease is valid whether it is filed or not."),
        ]


class BureauForm(FilingForm):
    """By a clerk of the housing bureau, about what was submitted."""

    shown_title = _("What was submitted")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        told = filings.submission(self.case.filing, self.case.filed)
        terms = filings.terms_words(self.case.row)
        missing = gettext("The text isn’t kept here; what was submitted can’t be read.")
        self.shown = "\n".join([*(filings.words(told, whole=True) if told else [missing]), *terms])

    @classmethod
    def signer_of(cls, case: Case) -> str:
        return case.bureau if case.filing and case.filing.state == State.SUBMITTED else ""

    @property
    def filing(self) -> Filing:
        assert self.case.filing is not None  # nobody may sign without one
        return self.case.filing


class FileForm(BureauForm):
    title = _("File the lease")
    warning = _("The certificate stands until it is replaced or cancelled, openly.")
    number = forms.CharField(label=_("Filing number"), max_length=40)

    def call(self) -> Function[Any]:
        told = filings.submission(self.filing)
        body = filings.certificate_of(self.case.row, told, self.cleaned_data["number"])
        text = json.dumps(body, ensure_ascii=False, sort_keys=True)
        document, certificate = self.filing.document, self.write("certificate", text)
        return Filings.fileLease(leaseId=self.lease, document=document, certificate=certificate)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not filings.submission(self.filing):
            raise forms.ValidationError(gettext("The text isn’t kept here; give the filing back."))
        return data

    def sentences(self) -> Sequence[str]:
        values = {"lease": self.lease, "number": self.cleaned_data["number"]}
        return [
            gettext("You file lease %(lease)s under the number %(number)s.") % values,
            *filings.words(filings.submission(self.filing)),
            gettext("Both sides get a certificate with what you read here."),
        ]


class ReturnForm(BureauForm):
    title = _("Give it back with reasons")
    why = WordsField(label=_("What is missing or wrong"))

    def call(self) -> Function[Any]:
        reason = self.write("returned", self.cleaned_data["why"])
        return Filings.returnFiling(leaseId=self.lease, document=self.filing.document, reason=reason)

    def sentences(self) -> Sequence[str]:
        return [
            gettext("You give the filing of lease %(number)s back. They can submit it again.") % {"number": self.lease},
            self.cleaned_data["why"],
        ]


class CancelForm(FilingForm):
    title = _("Cancel the certificate")
    warning = _("Whoever relied on the certificate sees that it is cancelled. The lease itself stays as it is.")
    why = WordsField(label=_("Why it is cancelled"))

    @classmethod
    def signer_of(cls, case: Case) -> str:
        return case.bureau if case.filing and case.filing.certificate else ""

    def call(self) -> Function[Any]:
        return Filings.cancelFiling(leaseId=self.lease, reason=self.write("cancelled", self.cleaned_data["why"]))

    def sentences(self) -> Sequence[str]:
        return [
            gettext("The certificate of lease %(number)s is cancelled.") % {"number": self.lease},
            self.cleaned_data["why"],
        ]


# --- another lease of the same place ---------------------------------------------------------------------------------


class ReportForm(FilingForm):
    title = _("Report a lease outside of the record")
    warning = _("Unless a party objects within three days, this lease ends and everything paid goes back.")
    why = WordsField(label=_("What you found: who, which days, what you saw"))

    @classmethod
    def signer_of(cls, case: Case) -> str:
        return case.bureau if case.pending and not case.reported else ""

    def call(self) -> Function[Any]:
        evidence = self.write("outside", self.cleaned_data["why"])
        return Filings.reportOutsideLease(leaseId=self.lease, evidence=evidence)

    def sentences(self) -> Sequence[str]:
        return [
            gettext("You found another lease of the place of lease %(number)s:") % {"number": self.lease},
            self.cleaned_data["why"],
            gettext("It ends no lease whose keys were handed over."),
        ]


class ContestReportForm(FilingForm):
    title = _("Object to the report")
    warning = _("From then on only a court can end this lease for the other one.")
    why = WordsField(label=_("Why it is wrong"))

    @classmethod
    def signer_of(cls, case: Case) -> str:
        return case.party if case.reported and not case.reported.outside_objection else ""

    def call(self) -> Function[Any]:
        reason = self.write("objection", self.cleaned_data["why"])
        return Filings.contestOutsideLease(leaseId=self.lease, reason=reason)

    def sentences(self) -> Sequence[str]:
        return [gettext("You object to the report of another lease:"), self.cleaned_data["why"]]


class WithdrawReportForm(FilingForm):
    title = _("Take the report back")

    @classmethod
    def signer_of(cls, case: Case) -> str:
        return case.bureau if case.filing and case.filing.outside_from and not queries.is_over(case.row) else ""

    def call(self) -> Function[Any]:
        return Filings.withdrawOutsideLease(leaseId=self.lease)

    def sentences(self) -> Sequence[str]:
        return [gettext("The report about lease %(number)s is taken back.") % {"number": self.lease}]


class EndReportedForm(FilingForm):
    title = _("End it for the other lease")
    warning = _("It is over for good, and what was paid goes back to the tenant.")

    @classmethod
    def signer_of(cls, case: Case) -> str:
        report = case.reported
        if not report or report.outside_objection or clock.now() < report.outside_from:
            return ""
        return case.party or case.bureau

    def call(self) -> Function[Any]:
        return Filings.endForOutsideLease(leaseId=self.lease)

    def sentences(self) -> Sequence[str]:
        report = self.case.reported
        day = calendar_day(clock.local_time(report.outside_from)) if report else ""
        return [
            gettext("Nobody objected to the report until %(day)s: the lease has no effect.") % {"day": day},
            gettext("Everything that was paid goes back to the tenant."),
        ]
