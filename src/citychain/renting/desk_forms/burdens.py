"""Mortgages and seizures: recorded, extended, released."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from citychain.chain.abi import Function
from citychain.identity import queries as identity
from citychain.identity.forms import DayField
from citychain.identity.models import Institution
from citychain.indexer import queries as index
from citychain.money.desk_forms import ReferenceField

from ..bindings import Titles
from ..models import Encumbrance
from .base import BurdenForm, Case, TitleForm, institution, until
from .transfers import a_day_ahead

#: Titles.MAX_SEIZURE_TIME: three years, the limit for immovables in the Supreme People's Court's interpretation of the
#: Civil Procedure Law.
LONGEST_SEIZURE = 3 * 366 * 86_400
LONGEST_MORTGAGE = 100 * 366 * 86_400


class MortgageForm(TitleForm):
    title = _("Record a mortgage")
    warning = _("Only the bank, or a court, can release it. An open transfer of the title ends.")
    bank = forms.TypedChoiceField(label=_("Bank"), coerce=int)
    reference = ReferenceField(label=_("Number of the mortgage contract"))
    last_day = DayField(label=_("Last day of the mortgage"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        banks = identity.institutions().filter(kind="bank", state=Institution.State.ACTIVE)
        self.banks = {row.id: identity.localized(row.name) for row in banks}
        self.fields["bank"].choices = list(self.banks.items())  # type: ignore[attr-defined]

    @classmethod
    def signer_of(cls, case: Case) -> str:
        return "" if case.seizures else case.registrar

    def clean_last_day(self) -> int:
        return a_day_ahead(self.cleaned_data["last_day"], LONGEST_MORTGAGE)

    def call(self) -> Function[Any]:
        data = self.cleaned_data
        return Titles.recordMortgage(
            titleId=self.case.row.id,
            bank=data["bank"],
            ref=data["reference"],
            validFrom=index.head().time,  # the record's own clock: the block that records it is later
            validUntil=data["last_day"],
        )

    def sentences(self) -> Sequence[str]:
        data = self.cleaned_data
        values = {
            "number": self.case.row.id,
            "bank": self.banks[data["bank"]],
            "day": until(data["last_day"]),
        }
        return [
            gettext("Title No. %(number)s secures a claim of %(bank)s until %(day)s.") % values,
            gettext("You have seen that its owners agree."),
            gettext("The title can pass to somebody else only when the bank agrees."),
        ]


class ReleaseMortgageForm(BurdenForm):
    title, label = _("Release the mortgage"), _("Mortgage")
    warning = _("The title no longer secures the bank’s claim. This can’t be taken back.")

    @classmethod
    def choices_of(cls, case: Case) -> list[Encumbrance]:
        return case.mortgages

    def call(self) -> Function[Any]:
        return Titles.releaseMortgage(encumbranceId=self.chosen().id)

    def sentences(self) -> Sequence[str]:
        values = {"bank": institution(self.chosen()), "number": self.case.row.id}
        return [gettext("%(bank)s releases its mortgage on title No. %(number)s.") % values]


class SeizeForm(TitleForm):
    title = _("Seize the title")
    warning = _("From the next block nobody can transfer or mortgage it.")
    case_number = ReferenceField(label=_("Case"))
    last_day = DayField(label=_("Last day"), help_text=_("At most three years ahead. The seizure then ends by itself."))

    @classmethod
    def signer_of(cls, case: Case) -> str:
        return case.court

    def clean_last_day(self) -> int:
        return a_day_ahead(self.cleaned_data["last_day"], LONGEST_SEIZURE)

    def call(self) -> Function[Any]:
        data = self.cleaned_data
        return Titles.seize(titleId=self.case.row.id, caseNumber=data["case_number"], validUntil=data["last_day"])

    def sentences(self) -> Sequence[str]:
        values = {"number": self.case.row.id, "day": until(self.cleaned_data["last_day"])}
        return [
            gettext("The court seizes title No. %(number)s until %(day)s.") % values,
            gettext("Its owners keep it and may live in it; it can’t pass to anybody."),
        ]


class OfSeizureForm(BurdenForm):
    label = _("Seizure")

    @classmethod
    def choices_of(cls, case: Case) -> list[Encumbrance]:
        return case.seizures


class ExtendSeizureForm(OfSeizureForm):
    title = _("Extend the seizure")
    last_day = DayField(label=_("New last day"), help_text=_("At most three years ahead."))

    def clean_last_day(self) -> int:
        return a_day_ahead(self.cleaned_data["last_day"], LONGEST_SEIZURE)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors and data["last_day"] <= self.chosen().valid_until:
            self.add_error("last_day", _("The seizure lasts until then already."))
        return data

    def call(self) -> Function[Any]:
        return Titles.extendSeizure(encumbranceId=self.chosen().id, validUntil=self.cleaned_data["last_day"])

    def sentences(self) -> Sequence[str]:
        values = {"number": self.case.row.id, "day": until(self.cleaned_data["last_day"])}
        return [gettext("The seizure of title No. %(number)s lasts until %(day)s.") % values]


class ReleaseSeizureForm(OfSeizureForm):
    title = _("Release the seizure")
    warning = _("From the next block its owners can dispose of the title again.")

    def call(self) -> Function[Any]:
        return Titles.releaseSeizure(encumbranceId=self.chosen().id)

    def sentences(self) -> Sequence[str]:
        return [gettext("The court ends its seizure of title No. %(number)s.") % {"number": self.case.row.id}]
