"""What a registrar does about its own mistakes: put the right deed in the wrong one's place, or undo a registration."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from citychain.chain.abi import Function
from citychain.identity.models import Paper
from citychain.money.desk_forms import ReferenceField

from ..bindings import Titles
from ..services import write_deed
from .base import Case, TitleForm, is_past
from .deeds import DeedForm

WHY = _("In Latin letters, such as “area misread”. Everybody can read it, for ever: nothing about a person.")


class CorrectForm(TitleForm, DeedForm):
    title = _("Correct the deed")
    warning = _("The earlier deed stays in the history. An open transfer of the title ends.")
    reason = ReferenceField(label=_("Reason"), help_text=WHY)
    field_order = ("village", "use", "area", "address", "number", "reason")

    @classmethod
    def signer_of(cls, case: Case) -> str:
        return "" if case.burdens else case.registrars_hand

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors:
            self.deed = write_deed(self.body())
        return data

    def call(self) -> Function[Any]:
        return Titles.correct(
            titleId=self.case.row.id,
            newCommitment=self.deed.commitment,
            townCode=self.body().town,
            reason=self.cleaned_data["reason"],
        )

    def sentences(self) -> Sequence[str]:
        values = {"number": self.case.row.id, "address": self.body().address, "village": self.village_found().name}
        return [
            gettext("Title No. %(number)s now means the home at %(address)s, %(village)s.") % values,
            self.deed_words(),
            gettext("Its owners and their shares stay."),
        ]

    def papers(self) -> Sequence[Paper]:
        return [self.deed]


class ReverseForm(TitleForm):
    title = _("Undo the registration")
    warning = _("The title ends for good; its history stays. Register the home anew if it should have another.")
    reason = ReferenceField(label=_("Reason"), help_text=WHY)

    @classmethod
    def signer_of(cls, case: Case) -> str:
        first = case.row.owners_version == 1
        return case.registrar if first and not case.burdens and not is_past(case.reversible_until) else ""

    def call(self) -> Function[Any]:
        return Titles.reverseRegistration(titleId=self.case.row.id, reason=self.cleaned_data["reason"])

    def sentences(self) -> Sequence[str]:
        return [
            gettext("The registration of title No. %(number)s is undone.") % {"number": self.case.row.id},
            gettext("Nobody owns anything by it from then on."),
        ]
