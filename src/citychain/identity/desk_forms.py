"""What its accreditor and its own officers decide about an institution: who may sign what, and the words before it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from citychain.chain import clock
from citychain.chain.abi import Act, Function, bytes32
from citychain.chain.addressbook import AddressBook

from . import queries
from .bindings import Institutions
from .models import Institution, InstitutionKey

#: Notice.NOTICE: what gives power that another decided waits so long under the guardian's veto.
NOTICE_DAYS = 2
#: What a key of an institution can be allowed, beside everything (docs/institutions.md): of every kind, and of some.
SCOPES = ("keys", "accredit", "succession")
SCOPES_OF = {
    "registrar": ("titles",),
    "bank": ("mint", "accounts", "clearing", "mortgage"),
    "court": ("order",),
}
SCOPE_WORDS: dict[str, Promise] = {
    "*": gettext_lazy("everything"),
    "titles": gettext_lazy("titles of homes"),
    "mint": gettext_lazy("money issued and withdrawn"),
    "accounts": gettext_lazy("customers’ accounts"),
    "clearing": gettext_lazy("clearing with other banks"),
    "mortgage": gettext_lazy("mortgages"),
    "order": gettext_lazy("court orders"),
    "keys": gettext_lazy("its own keys"),
    "accredit": gettext_lazy("institutions that it answers for"),
    "succession": gettext_lazy("who succeeds it"),
}


@dataclass(frozen=True)
class Case:
    """One institution and the accounts of who looks at it."""

    row: Institution
    accounts: list[str]

    @cached_property
    def _rows(self) -> dict[int, Institution]:
        return {row.id: row for row in queries.institutions()}

    @property
    def name(self) -> str:
        return queries.localized(self.row.name)

    @cached_property
    def is_acting(self) -> bool:
        return queries.may_act(self.row, self._rows, clock.now())

    @cached_property
    def accreditor(self) -> str:
        """The account that may decide about it for who answers for it, or for the council; "" when none of them may."""
        above = queries.answering_for(self.row, self._rows)
        if above is None:
            return ""
        deciders = {above.id, *(row.id for row in self._rows.values() if row.accredited_by == 0)}
        return queries.acting_key(self.accounts, deciders, "accredit")

    @cached_property
    def key_manager(self) -> str:
        """The account that may set its keys: its own, or while it may not act its accreditor's."""
        if self.row.accredited_by == 0:
            return ""
        own = queries.acting_key(self.accounts, {self.row.id}, "keys")
        return own or ("" if self.is_acting else self.accreditor)

    @cached_property
    def keys(self) -> list[InstitutionKey]:
        return [key for key in queries.keys(self.row.id) if key.current]


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
    states: ClassVar[tuple[str, ...]]

    @classmethod
    def signer_of(cls, case: Case) -> str:
        return case.accreditor if case.row.state in cls.states else ""

    @property
    def _reason(self) -> str:
        return bytes32(self.cleaned_data["reason"])


class SuspendForm(DecisionForm):
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


class ReinstateForm(DecisionForm):
    title = gettext_lazy("Reinstate the institution")
    states = (Institution.State.SUSPENDED,)

    def call(self) -> Function[Any]:
        return Institutions.reinstate(institution=self.case.row.id, reason=self._reason)

    def sentences(self) -> Sequence[str]:
        return [
            _("You lift the suspension of %(name)s.") % {"name": self.case.name},
            _("It may act again after %(days)s days; until then a guardian can veto it.") % {"days": NOTICE_DAYS},
        ]


class RevokeForm(DecisionForm):
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


class AccountField(forms.RegexField):
    """An account that was never a key: 0x and 40 digits; lower case when cleaned."""

    def __init__(self, **kwargs: Any) -> None:
        never = gettext_lazy("It must never have been a key here.")
        super().__init__(re.compile(r"^0x[0-9a-fA-F]{40}$"), help_text=never, **kwargs)

    def clean(self, value: Any) -> str:
        return str(super().clean(value)).lower()


class KeyForm(InstitutionForm):
    """Something about the keys."""

    @classmethod
    def signer_of(cls, case: Case) -> str:
        return case.key_manager

    def _waits(self) -> list[str]:
        """Another's decision about a key waits; the institution's own does not."""
        if queries.acting_key(self.case.accounts, {self.case.row.id}, "keys"):
            return []
        return [_("The key may sign after %(days)s days; until then a guardian can veto it.") % {"days": NOTICE_DAYS}]


class AddKeyForm(KeyForm):
    title = gettext_lazy("Add a key")
    account = AccountField(label=gettext_lazy("Account"))
    scopes = forms.MultipleChoiceField(label=gettext_lazy("May act in"), widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["scopes"]
        named = [*SCOPES_OF.get(self.case.row.kind, ()), *SCOPES]
        field.choices = [(scope, SCOPE_WORDS[scope]) for scope in ("*", *named)]

    def call(self) -> Function[Any]:
        scopes = ["*"] if "*" in self.cleaned_data["scopes"] else self.cleaned_data["scopes"]
        return Institutions.addKey(
            institution=self.case.row.id,
            account=self.cleaned_data["account"],
            scopes=[bytes32(scope) for scope in scopes],
        )

    def sentences(self) -> Sequence[str]:
        chosen = ["*"] if "*" in self.cleaned_data["scopes"] else self.cleaned_data["scopes"]
        named = {"name": self.case.name, "account": self.cleaned_data["account"]}
        return [
            _("The account %(account)s becomes a key of %(name)s.") % named,
            _("It may act in: %(scopes)s.") % {"scopes": _(", ").join(str(SCOPE_WORDS[scope]) for scope in chosen)},
            *self._waits(),
        ]


class HeldKeyForm(KeyForm):
    """Something about one of its keys."""

    key = forms.ChoiceField(label=gettext_lazy("Key"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["key"]
        field.choices = [
            (key.address, f"{key.address[:6]}…{key.address[-4:]} · {key.scopes}") for key in self.case.keys
        ]


class RotateKeyForm(HeldKeyForm):
    title = gettext_lazy("Replace a key")
    warning = gettext_lazy("The old account is never a key again.")
    account = AccountField(label=gettext_lazy("New account"))

    def call(self) -> Function[Any]:
        old, new = self.cleaned_data["key"], self.cleaned_data["account"]
        return Institutions.rotateKey(institution=self.case.row.id, account=old, newAccount=new)

    def sentences(self) -> Sequence[str]:
        named = {"old": self.cleaned_data["key"], "new": self.cleaned_data["account"], "name": self.case.name}
        return [
            _("%(new)s takes the place of %(old)s as a key of %(name)s, with the same powers.") % named,
            *self._waits(),
        ]


class RemoveKeyForm(HeldKeyForm):
    title = gettext_lazy("Remove a key")
    warning = gettext_lazy("The account is never a key again.")

    def call(self) -> Function[Any]:
        return Institutions.removeKey(institution=self.case.row.id, account=self.cleaned_data["key"])

    def sentences(self) -> Sequence[str]:
        named = {"account": self.cleaned_data["key"], "name": self.case.name}
        return [_("%(account)s may not sign for %(name)s any more, at once.") % named]


#: Acts by the name in their address, in the order in which their buttons stand.
ACTS: dict[str, type[InstitutionForm]] = {
    "add-key": AddKeyForm,
    "rotate-key": RotateKeyForm,
    "remove-key": RemoveKeyForm,
    "reinstate": ReinstateForm,
    "suspend": SuspendForm,
    "revoke": RevokeForm,
}


def offered(case: Case) -> list[tuple[str, Promise]]:
    """What the reader may do about the institution now: the name of each act and what its button says."""
    return [(name, kind.title) for name, kind in ACTS.items() if kind.signer_of(case)]
