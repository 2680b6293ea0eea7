"""What can be let under a title: owners declare and withdraw it, the registrar confirms it or strikes it out."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from citychain.chain.abi import Act, Function
from citychain.chain.addressbook import AddressBook
from citychain.identity.models import Paper
from citychain.money.desk_forms import ReferenceField

from .. import queries, units_queries
from ..bindings import Units
from ..units_models import Unit
from ..units_projection import KINDS
from ..units_services import describe
from ..wording import UNITS
from .base import Case, TitleForm
from .corrections import WHY


class UnitsForm(TitleForm):
    """Something about what can be let. Nobody signs it in a city that has no contract for it yet."""

    def act(self) -> Act:
        return Act(AddressBook.load().address("Units"), self.call())


def _there() -> bool:
    return bool(AddressBook.load().all("Units"))


def _owner(case: Case, *, must_consent: bool = False) -> str:
    """The reader's own account that owns the title in whole or in part, "" when none does."""
    owners = {one.account for one in queries.owners(case.row) if one.must_consent or not must_consent}
    return next((account for account in case.own if account in owners), "") if _there() else ""


def _name(row: Unit) -> str:
    return f"{UNITS[row.kind]} · {row.id}"


class DeclareUnitForm(UnitsForm):
    title = _("Declare what can be let")
    warning = _("Nothing is let yet, and nobody can let it before the registrar has confirmed it.")
    kind = forms.ChoiceField(label=_("What it is"))
    parent = forms.TypedChoiceField(label=_("Part of"), coerce=int)
    description = forms.CharField(
        label=_("Which one"),
        max_length=200,
        help_text=_("Such as “north room, with balcony”. Owners and the registrar read it; the record never holds it."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rows = {row.id: row for row in units_queries.of_title(self.case.row.id)}
        whole = any(row.kind == Unit.Kind.WHOLE for row in self.rows.values())
        fields: dict[str, Any] = self.fields
        fields["kind"].choices = [(kind, words) for kind, words in UNITS.items() if kind != "whole" or not self.rows]
        above = [(row.id, _name(row)) for row in self.rows.values() if row.kind != Unit.Kind.BED]
        fields["parent"].choices = above if whole else [(0, _("of no other unit")), *above]

    @classmethod
    def signer_of(cls, case: Case) -> str:
        return _owner(case)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        parent = self.rows.get(data.get("parent", 0))
        if parent and "kind" in data and KINDS.index(data["kind"]) <= KINDS.index(Unit.Kind(parent.kind)):
            self.add_error("parent", gettext("A part is smaller than what it is a part of."))
        if not self.errors:
            self.paper = describe(data["description"])
        return data

    def call(self) -> Function[Any]:
        kind = KINDS.index(self.cleaned_data["kind"]) + 1
        return Units.declareUnit(self.case.row.id, self.cleaned_data["parent"], kind, self.paper.commitment)

    def sentences(self) -> Sequence[str]:
        data = self.cleaned_data
        values = {"kind": UNITS[data["kind"]], "number": self.case.row.id, "which": data["description"]}
        return [
            gettext("You declare that this can be let under title No. %(number)s: %(kind)s (%(which)s).") % values,
            gettext("The public record gets its kind and a salted commitment to the description."),
        ]

    def papers(self) -> Sequence[Paper]:
        return [self.paper]


class UnitForm(UnitsForm):
    """Something about one unit of the title."""

    unit = forms.TypedChoiceField(label=_("Unit"), coerce=int)
    #: Whether it must have no parts and no lease, to be let no more.
    vacant: ClassVar[bool] = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rows = {row.id: row for row in self.choices_of(self.case)}
        known = units_queries.descriptions(self.rows.values())
        field: Any = self.fields["unit"]
        field.choices = [
            (row.id, " · ".join(filter(None, (_name(row), known.get(row.commitment))))) for row in self.rows.values()
        ]

    @classmethod
    def choices_of(cls, case: Case) -> list[Unit]:
        rows = units_queries.of_title(case.row.id)
        return units_queries.vacant(rows) if cls.vacant else rows

    @classmethod
    def by(cls, case: Case) -> str:
        raise NotImplementedError

    @classmethod
    def signer_of(cls, case: Case) -> str:
        signer = cls.by(case)
        return signer if signer and _there() and cls.choices_of(case) else ""

    def chosen(self) -> Unit:
        return self.rows[self.cleaned_data["unit"]]

    def values(self) -> dict[str, Any]:
        return {"unit": _name(self.chosen()), "number": self.case.row.id}


class ConfirmUnitForm(UnitForm):
    title: ClassVar[Promise] = _("Confirm what can be let")
    warning = _("From now on it can be let to as many people. You may confirm another number later.")
    occupants = forms.IntegerField(label=_("Most people who may live there"), min_value=1, max_value=1000)
    vacant = False

    @classmethod
    def by(cls, case: Case) -> str:
        return case.registrar

    def call(self) -> Function[Any]:
        return Units.confirmUnit(self.chosen().id, self.cleaned_data["occupants"])

    def sentences(self) -> Sequence[str]:
        values = {**self.values(), "most": self.cleaned_data["occupants"]}
        return [
            gettext("You have seen that there is such a place under title No. %(number)s: %(unit)s.") % values,
            gettext("You have seen that it is not declared twice."),
            gettext("At most %(most)s people may live there.") % values,
        ]


class WithdrawUnitForm(UnitForm):
    title: ClassVar[Promise] = _("Withdraw what can be let")
    warning = _("It is withdrawn for good. To let it again, declare it anew.")

    @classmethod
    def by(cls, case: Case) -> str:
        return _owner(case, must_consent=True)

    def call(self) -> Function[Any]:
        return Units.withdrawUnit(self.chosen().id)

    def sentences(self) -> Sequence[str]:
        return [gettext("This is let no more under title No. %(number)s: %(unit)s.") % self.values()]


class StrikeUnitForm(UnitForm):
    title: ClassVar[Promise] = _("Withdraw what should not be let")
    warning = _("It is withdrawn for good. To let it again, declare it anew.")
    reason = ReferenceField(label=_("Reason"), help_text=WHY)

    @classmethod
    def by(cls, case: Case) -> str:
        return case.registrar

    def call(self) -> Function[Any]:
        return Units.strikeUnit(self.chosen().id, self.cleaned_data["reason"])

    def sentences(self) -> Sequence[str]:
        return [gettext("This is let no more under title No. %(number)s: %(unit)s.") % self.values()]
