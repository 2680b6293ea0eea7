"""What the forms of an institution's desk share: the case, who may sign, and the words before it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from citychain.chain import clock
from citychain.chain.abi import Act, Function, bytes32
from citychain.chain.addressbook import AddressBook

from .. import queries
from ..models import Institution

#: Notice.NOTICE: what gives power that another decided waits so long under the guardian's veto.
NOTICE_DAYS = 2


@dataclass(frozen=True)
class Case:
    """One institution and the accounts of who looks at it."""

    row: Institution
    accounts: list[str]

    @cached_property
    def _rows(self) -> dict[int, Institution]:
        return {row.id: row for row in queries.institutions()}

    @cached_property
    def _roots(self) -> set[int]:
        return {row.id for row in self._rows.values() if row.accredited_by == 0}

    @property
    def name(self) -> str:
        return queries.localized(self.row.name)

    def name_of(self, institution: int) -> str:
        return queries.localized(self._rows[institution].name)

    def may_act(self, institution: int) -> bool:
        return queries.may_act(self._rows[institution], self._rows, clock.now())

    @property
    def is_council(self) -> bool:
        return self.row.accredited_by == 0

    @cached_property
    def is_acting(self) -> bool:
        return self.may_act(self.row.id)

    @cached_property
    def is_founding(self) -> bool:
        """Whether nothing waits for a notice yet."""
        return clock.now() < queries.founding_ends()

    @cached_property
    def council(self) -> str:
        """The account that may decide for the council; "" when none may."""
        return queries.acting_key(self.accounts, self._roots, "accredit")

    @cached_property
    def accreditor(self) -> str:
        """The account that may decide about it for who answers for it, or for the council; "" when none of them may."""
        above = queries.answering_for(self.row, self._rows)
        return queries.acting_key(self.accounts, {above.id, *self._roots}, "accredit") if above else ""

    def own(self, scope: str) -> str:
        """The account that may act for the institution itself in this scope; "" when none may."""
        return queries.acting_key(self.accounts, {self.row.id}, scope)

    def holder(self, scope: str) -> str:
        """The account that may decide what is its own affair: its own, or while it may not act its accreditor's."""
        if self.is_council:
            return ""
        return self.own(scope) or ("" if self.is_acting else self.accreditor)

    def peers(self) -> list[Institution]:
        """Those of its kind that may act now, but for itself: who could succeed it."""
        others = [row for row in self._rows.values() if row.kind == self.row.kind and row.id != self.row.id]
        return [row for row in others if self.may_act(row.id)]


class InstitutionForm(forms.Form):
    """Something that is decided about one institution. The contract decides whether it may be."""

    title: ClassVar[Promise]
    warning: ClassVar[Promise | str] = ""

    def __init__(self, *args: Any, case: Case, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.case = case

    @classmethod
    def signer_of(cls, case: Case) -> str:
        """The account of the reader's that may sign this now, "" where it is not theirs to do."""
        raise NotImplementedError

    def call(self) -> Function[Any]:
        raise NotImplementedError

    def act(self) -> Act:
        return Act(AddressBook.load().address("Institutions"), self.call())

    def sentences(self) -> Sequence[str]:
        raise NotImplementedError

    def choose(self, field: str, rows: Sequence[tuple[str | int, str | Promise]]) -> None:
        self.fields[field].choices = rows  # type: ignore[attr-defined]

    def waits(self, what: str) -> list[str]:
        """The sentence `what`, which says that something waits; none in the founding, when nothing does."""
        return [] if self.case.is_founding else [what % {"days": NOTICE_DAYS}]


class DecisionForm(InstitutionForm):
    """A decision with a reason that everybody can read."""

    reason = forms.RegexField(
        r"^[ -~]+$",
        max_length=31,
        label=gettext_lazy("Reason"),
        help_text=gettext_lazy(
            "A short code in Latin letters, such as reserve-report-late. Everybody can read it, for ever."
        ),
    )

    @property
    def _reason(self) -> str:
        return bytes32(self.cleaned_data["reason"])
