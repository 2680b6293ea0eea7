"""What who answers for an institution decides about it, and what a guardian and the council stop or end."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from citychain.chain import clock
from citychain.chain.abi import Function

from .. import queries
from ..bindings import Institutions
from ..models import Institution
from .base import Case, DecisionForm, InstitutionForm


class AccreditorsForm(DecisionForm):
    """Decided by who answers for it, while its state is one of `states`."""

    states: ClassVar[tuple[str, ...]]

    @classmethod
    def signer_of(cls, case: Case) -> str:
        return case.accreditor if case.row.state in cls.states else ""


class SuspendForm(AccreditorsForm):
    title = gettext_lazy("Suspend the institution")
    warning = gettext_lazy("It binds at once, also for everybody that the institution answers for.")
    states = (Institution.State.ACTIVE,)

    def call(self) -> Function[Any]:
        return Institutions.suspend(institution=self.case.row.id, reason=self._reason)

    def sentences(self) -> Sequence[str]:
        return [
            _("You suspend %(name)s.") % {"name": self.case.name},
            _("It may not act any more from the block that records this, until it is reinstated."),
        ]


class ReinstateForm(AccreditorsForm):
    title = gettext_lazy("Reinstate the institution")
    states = (Institution.State.SUSPENDED,)

    @classmethod
    def signer_of(cls, case: Case) -> str:
        return case.council if case.row.state == Institution.State.REVOKED else super().signer_of(case)

    def call(self) -> Function[Any]:
        return Institutions.reinstate(institution=self.case.row.id, reason=self._reason)

    def sentences(self) -> Sequence[str]:
        lifted = [_("You lift the suspension of %(name)s."), _("You lift the revocation of %(name)s.")]
        return [
            lifted[self.case.row.state == Institution.State.REVOKED] % {"name": self.case.name},
            *self.waits(_("It may act again after %(days)s days; until then a guardian can veto it.")),
        ]


class RevokeForm(AccreditorsForm):
    title = gettext_lazy("Revoke the institution")
    warning = gettext_lazy("Only the council can undo this.")
    states = (Institution.State.ACTIVE, Institution.State.SUSPENDED)

    def call(self) -> Function[Any]:
        return Institutions.revoke(institution=self.case.row.id, reason=self._reason)

    def sentences(self) -> Sequence[str]:
        return [
            _("You end the accreditation of %(name)s.") % {"name": self.case.name},
            _("It may not act any more, and neither may anybody that it answers for."),
        ]


class VetoForm(DecisionForm):
    """By a guardian of the city, while something about the institution waits."""

    title = gettext_lazy("Veto what waits")
    warning = gettext_lazy("Only the council can decide about the institution again, and that waits anew.")

    @classmethod
    def signer_of(cls, case: Case) -> str:
        waits = queries.vetoable(clock.now()).filter(id=case.row.id).exists()
        return queries.guardian_among(case.accounts) if waits else ""

    def call(self) -> Function[Any]:
        return Institutions.veto(institution=self.case.row.id, reason=self._reason)

    def sentences(self) -> Sequence[str]:
        row, said = self.case.row, []
        suspends = row.state == Institution.State.ACTIVE and row.notice_until > clock.now()
        if suspends:
            said.append(_("You stop %(name)s before it can use what was decided for it.") % {"name": self.case.name})
            said.append(_("It may not act from the block that records this, as if the council had suspended it."))
        if row.offered_to and (suspends or row.offer_from > clock.now()):
            named = {"name": self.case.name, "to": self.case.name_of(row.offered_to)}
            said.append(_("The offer of the duties of %(name)s to %(to)s ends.") % named)
        return said


class EndFoundingForm(InstitutionForm):
    """By the council, on its own page, while the city is founded."""

    title = gettext_lazy("End the founding of the city")
    warning = gettext_lazy("Nobody can begin the founding again.")

    @classmethod
    def signer_of(cls, case: Case) -> str:
        return case.council if case.is_council and case.is_founding else ""

    def call(self) -> Function[Any]:
        return Institutions.endFounding()

    def sentences(self) -> Sequence[str]:
        return [
            _("The founding of the city ends, for good."),
            _("What is decided for an institution by another waits from then on, and a guardian can veto it."),
        ]
