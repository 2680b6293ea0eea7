"""How one institution's duties pass to another: offered, accepted, or taken back before."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from citychain.chain import clock
from citychain.chain.abi import Function

from .. import queries
from ..bindings import Institutions
from ..models import Institution
from .base import Case, InstitutionForm

#: Succession.OFFER_TERM.
OFFER_DAYS = 30


def _decider(case: Case) -> str:
    """The account that may offer its duties or take an offer back: of one that is revoked, only the council's."""
    if case.row.state == Institution.State.REVOKED:
        return case.council
    return "" if case.row.state == Institution.State.SUCCEEDED else case.holder("succession")


class OfferForm(InstitutionForm):
    title = gettext_lazy("Offer its duties to a successor")
    to = forms.TypedChoiceField(
        label=gettext_lazy("Successor"),
        coerce=int,
        help_text=gettext_lazy("An institution of the same kind, which has to accept."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.choose("to", [(row.id, queries.localized(row.name)) for row in self.case.peers()])

    @classmethod
    def signer_of(cls, case: Case) -> str:
        return _decider(case) if case.peers() else ""

    def call(self) -> Function[Any]:
        return Institutions.offerSuccession(institution=self.case.row.id, to=self.cleaned_data["to"])

    def sentences(self) -> Sequence[str]:
        case, to = self.case, self.cleaned_data["to"]
        named = {"name": case.name, "to": case.name_of(to), "days": OFFER_DAYS}
        said = [
            _("You offer the duties of %(name)s to %(to)s.") % named,
            _("%(to)s can accept within %(days)s days, and then carries all duties of %(name)s, for good.") % named,
        ]
        if not case.own("succession"):
            said += self.waits(_("It can accept after %(days)s days; until then a guardian can veto the offer."))
        if case.row.offered_to not in (0, to):
            earlier = {"name": case.name, "to": case.name_of(case.row.offered_to)}
            said.append(_("The offer of the duties of %(name)s to %(to)s ends.") % earlier)
        return said


class WithdrawOfferForm(InstitutionForm):
    title = gettext_lazy("Take back the offer of its duties")

    @classmethod
    def signer_of(cls, case: Case) -> str:
        return _decider(case) if case.row.offered_to else ""

    def call(self) -> Function[Any]:
        return Institutions.withdrawSuccession(institution=self.case.row.id)

    def sentences(self) -> Sequence[str]:
        named = {"name": self.case.name, "to": self.case.name_of(self.case.row.offered_to)}
        return [_("The offer of the duties of %(name)s to %(to)s ends.") % named]


class AcceptForm(InstitutionForm):
    """By the institution to which the duties are offered, on the page of the one that has them."""

    title = gettext_lazy("Take over its duties")
    warning = gettext_lazy("A succession that was accepted is never undone; it can only be followed by another.")

    @classmethod
    def signer_of(cls, case: Case) -> str:
        row = case.row
        if not row.offered_to or not row.offer_from <= clock.now() < row.offer_until:
            return ""
        # It counts only while whoever offered still could.
        offered_itself = row.offered_by == row.id
        in_force = case.is_acting if offered_itself else not case.is_acting and case.may_act(row.offered_by)
        return queries.acting_key(case.accounts, {row.offered_to}, "succession") if in_force else ""

    def call(self) -> Function[Any]:
        return Institutions.acceptSuccession(institution=self.case.row.id)

    def sentences(self) -> Sequence[str]:
        named = {"name": self.case.name, "to": self.case.name_of(self.case.row.offered_to)}
        return [
            _("%(to)s takes over all duties of %(name)s, and answers for everybody that it answered for.") % named,
            _("%(name)s may not act any more from the block that records this.") % named,
        ]
