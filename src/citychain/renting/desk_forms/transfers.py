"""A transfer of a title: opened, agreed to by everybody concerned, completed or called off."""

import datetime
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from citychain.chain import clock
from citychain.chain.abi import Function
from citychain.chain.clock import local_time
from citychain.identity import queries as identity
from citychain.identity.forms import DayField
from citychain.identity.models import Paper

from .. import queries
from ..bindings import Titles
from ..services import owners_of, write_deed
from .base import BurdenForm, Case, TitleForm, until
from .deeds import OWNERS, OwnersForm

#: Titles.MAX_TRANSFER_TIME, and what the form offers.
LONGEST, USUAL = 366 * 86_400, 30 * 86_400


class OpenTransferForm(TitleForm, OwnersForm):
    """The new deed says what the present one says, but for its number."""

    title = _("Open a transfer")
    warning = _("Nothing passes yet: everybody concerned must agree first.")
    number = forms.CharField(label=_("Number of the new deed"), max_length=60)
    deadline = DayField(label=_("Last day to agree"), help_text=_("At most 366 days ahead."))
    field_order = (*OWNERS, "number", "deadline")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = local_time(clock.now()).date() + datetime.timedelta(seconds=USUAL)
        self.fields["deadline"].initial = offered

    @classmethod
    def signer_of(cls, case: Case) -> str:
        if case.transfer or case.seizures or queries.deed(case.row.commitment) is None:
            return ""
        return case.registrars_hand

    def clean_deadline(self) -> int:
        return a_day_ahead(self.cleaned_data["deadline"], LONGEST)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors:
            self.deed = write_deed(queries.deed_body(self.case.row)._replace(number=data["number"]))
            self.accounts, self.shares = self.draft(self.deed)
        return data

    def call(self) -> Function[Any]:
        return Titles.openTransfer(
            titleId=self.case.row.id,
            newOwners=owners_of(self.shares),
            newCommitment=self.deed.commitment,
            deadline=self.cleaned_data["deadline"],
        )

    def sentences(self) -> Sequence[str]:
        data = self.cleaned_data
        return [
            gettext("Title No. %(number)s is to pass to %(names)s.")
            % {"number": self.case.row.id, "names": self.names()},
            gettext("The new deed is %(deed)s; the home stays as it is described.") % {"deed": data["number"]},
            gettext("Present owners, new owners and the bank of each mortgage must agree by %(day)s.")
            % {"day": until(data["deadline"])},
        ]

    def papers(self) -> Sequence[Paper]:
        return [self.deed, *self.accounts]


class OfTransferForm(TitleForm):
    """Something about the transfer that is open."""

    @property
    def numbers(self) -> dict[str, int]:
        assert self.case.transfer is not None  # signer_of lets nobody come here without one
        return {"titleId": self.case.row.id, "transferId": self.case.transfer.id}

    def outcome(self) -> list[str]:
        """Who gets what, in names that the parties and the registrar may know."""
        gets = [party for party in self.case.parties if party.gets]
        names = identity.names_of({party.account for party in gets})
        return [
            gettext("%(name)s gets %(share)s %% of title No. %(number)s.")
            % {
                "name": f"{names.get(party.account, '')} ({party.account})".strip(),
                "share": f"{party.gets / 100:g}",
                "number": self.case.row.id,
            }
            for party in gets
        ]


class ConsentForm(OfTransferForm):
    title = _("Agree to the transfer")
    warning = _("You can’t take your consent back. Until the transfer is complete you can still cancel the transfer.")

    @classmethod
    def signer_of(cls, case: Case) -> str:
        return next((p.account for p in case.parties if not p.agreed and p.account in case.accounts), "")

    def call(self) -> Function[Any]:
        return Titles.consentToTransfer(**self.numbers)

    def sentences(self) -> Sequence[str]:
        party = next(party for party in self.case.parties if party.account == self.signer)
        mine = (
            gettext("You receive %(share)s %% of it.") % {"share": f"{party.gets / 100:g}"}
            if party.gets
            else gettext("You give up your share in it when the registrar completes the transfer.")
        )
        return [*self.outcome(), mine]


class CompleteForm(OfTransferForm):
    title = _("Complete the transfer")
    warning = _("The title belongs to the new owners from then on. Only a court can undo it.")

    @classmethod
    def signer_of(cls, case: Case) -> str:
        return case.registrar if case.agreed and not case.seizures else ""

    def call(self) -> Function[Any]:
        return Titles.completeTransfer(**self.numbers)

    def sentences(self) -> Sequence[str]:
        return [gettext("Everybody concerned has agreed."), *self.outcome()]


class CancelForm(OfTransferForm):
    title = _("Cancel the transfer")
    warning = _("All consents given to it are void. Another transfer can be opened.")

    @classmethod
    def signer_of(cls, case: Case) -> str:
        own = next((party.account for party in case.parties if party.account in case.accounts), "")
        return own or (case.registrar if case.transfer else "")

    def call(self) -> Function[Any]:
        return Titles.cancelTransfer(**self.numbers)

    def sentences(self) -> Sequence[str]:
        return [gettext("The transfer of title No. %(number)s ends; its owners stay.") % {"number": self.case.row.id}]


class AgreeAsBankForm(OfTransferForm, BurdenForm):
    title, label = _("Agree as the bank of the mortgage"), _("Mortgage")
    warning = _("The mortgage stays on the title and binds the new owners.")

    @classmethod
    def choices_of(cls, case: Case) -> list[Any]:
        return case.silent if case.transfer else []

    def call(self) -> Function[Any]:
        return Titles.consentAsMortgagee(**self.numbers, encumbranceId=self.chosen().id)

    def sentences(self) -> Sequence[str]:
        return [
            gettext("The bank agrees that title No. %(number)s passes to new owners with its mortgage.")
            % {"number": self.case.row.id}
        ]


def a_day_ahead(moment: int, longest: int) -> int:
    """The end of a day that is not over and at most `longest` seconds away."""
    if not clock.now() < moment <= clock.now() + longest:
        raise forms.ValidationError(_("The day is past, or too far ahead."))
    return moment
