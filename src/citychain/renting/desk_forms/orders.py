"""What a court orders about a title in a case: who owns it, that its registration be undone, that a mortgage ends."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from citychain.chain.abi import Function
from citychain.identity.models import Paper
from citychain.money.desk_forms import ReferenceField
from citychain.portal import places

from .. import queries
from ..bindings import Titles
from ..models import Encumbrance
from ..services import owners_of, write_deed
from .base import BurdenForm, Case, TitleForm, institution
from .deeds import OWNERS, DeedForm, OwnersForm

CASE_HELP = _("The number of the judgment, in Latin letters. Everybody can read it, for ever: nothing about a person.")


class OrderForm(TitleForm):
    """An order in a case. What another court seized waits until that court releases it."""

    case_number = ReferenceField(label=_("Case"), help_text=CASE_HELP)

    @classmethod
    def signer_of(cls, case: Case) -> str:
        return "" if case.seized_by_others else case.court


class OrderOwnershipForm(OrderForm, DeedForm, OwnersForm):
    """The court writes the new deed as a whole: it does not see the one that the registrar keeps."""

    title = _("Order who owns it")
    warning = _("From the next block it belongs to them. Another order can name other owners; this one stays in sight.")
    field_order = ("case_number", *OWNERS, "village", "use", "area", "address", "number")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        villages = [(village.code, village.name) for village in places.villages(str(self.case.row.town))]
        self.fields["village"].choices = [("", "—"), *villages]  # type: ignore[attr-defined]

    @classmethod
    def signer_of(cls, case: Case) -> str:
        return "" if case.seized_by_others else queries.may_act(case.own, "court", "order")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors:
            self.deed = write_deed(self.body())
            self.accounts, self.shares = self.draft(self.deed)
        return data

    def call(self) -> Function[Any]:
        return Titles.orderOwnership(
            titleId=self.case.row.id,
            caseNumber=self.cleaned_data["case_number"],
            owners=owners_of(self.shares),
            newCommitment=self.deed.commitment,
        )

    def sentences(self) -> Sequence[str]:
        values = {"number": self.case.row.id, "names": self.names(), "address": self.body().address}
        return [
            gettext("The court orders that title No. %(number)s belongs to %(names)s, whoever owns it now.") % values,
            gettext("Its new deed means the home at %(address)s.") % values,
            self.deed_words(),
            gettext("Mortgages stay on it. An open transfer of it ends."),
        ]

    def papers(self) -> Sequence[Paper]:
        return [self.deed, *self.accounts]


class OrderReversalForm(OrderForm):
    title = _("Order that the registration be undone")
    warning = _(
        "The title ends for good; its history stays. Only the registrar can register the home, as another title."
    )

    @classmethod
    def signer_of(cls, case: Case) -> str:
        return "" if case.mortgages else super().signer_of(case)

    def call(self) -> Function[Any]:
        return Titles.orderReversal(titleId=self.case.row.id, caseNumber=self.cleaned_data["case_number"])

    def sentences(self) -> Sequence[str]:
        return [
            gettext("The court orders that the registration of title No. %(number)s be undone.")
            % {"number": self.case.row.id},
            gettext("Nobody owns anything by it from then on. An open transfer of it ends."),
        ]


class OrderMortgageReleaseForm(OrderForm, BurdenForm):
    title, label = _("Order that a mortgage be released"), _("Mortgage")
    warning = _("The bank loses its security at once. Only the registrar can record a mortgage again, with the owners.")

    @classmethod
    def choices_of(cls, case: Case) -> list[Encumbrance]:
        return case.mortgages

    @classmethod
    def own(cls, case: Case) -> list[Encumbrance]:
        return cls.choices_of(case)

    @classmethod
    def signer_of(cls, case: Case) -> str:
        return case.court if case.mortgages else ""

    def call(self) -> Function[Any]:
        return Titles.orderMortgageRelease(encumbranceId=self.chosen().id, caseNumber=self.cleaned_data["case_number"])

    def sentences(self) -> Sequence[str]:
        values = {"bank": institution(self.chosen()), "number": self.case.row.id}
        return [gettext("The court ends the mortgage of %(bank)s on title No. %(number)s in its place.") % values]
