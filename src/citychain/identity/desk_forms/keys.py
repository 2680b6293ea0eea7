"""Which accounts sign for an institution, and what each of them may sign."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from citychain.chain.abi import Function, bytes32

from .. import queries
from ..bindings import Institutions
from ..forms import AddressField
from ..models import InstitutionKey
from ..wording import SCOPES as SCOPE_WORDS
from ..wording import scope_words
from .base import Case, InstitutionForm

#: What a key of an institution can be allowed, beside everything (docs/institutions.md): of every kind, and of some.
SCOPES = ("keys", "accredit", "succession")
SCOPES_OF = {
    "registrar": ("titles",),
    "bank": ("mint", "accounts", "clearing", "mortgage"),
    "court": ("order",),
}


class NewKeyField(AddressField):
    """An account that was never a key: 0x and 40 digits; lower case when cleaned."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(help_text=gettext_lazy("It must never have been a key here."), **kwargs)

    def clean(self, value: Any) -> str:
        account = super().clean(value)
        if InstitutionKey.objects.filter(address=account).exists():
            raise forms.ValidationError(_("This account is or was a key already. Give a fresh one."))
        return account


class ScopesField(forms.MultipleChoiceField):
    """What a key of an institution may sign; everything is everything alone when cleaned."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(label=gettext_lazy("May act in"), widget=forms.CheckboxSelectMultiple, **kwargs)

    def offer(self, kind: str) -> None:
        """To an institution of this kind."""
        named = ("*", *SCOPES_OF.get(kind, ()), *SCOPES)
        self.choices = [(scope, SCOPE_WORDS[scope]) for scope in named]

    def clean(self, value: Any) -> list[str]:
        chosen: list[str] = super().clean(value)
        return ["*"] if "*" in chosen else chosen


class KeyForm(InstitutionForm):
    """Something about the keys."""

    @classmethod
    def signer_of(cls, case: Case) -> str:
        return case.holder("keys")

    def key_waits(self) -> list[str]:
        """Another's decision about a key waits; the institution's own does not."""
        if self.case.own("keys"):
            return []
        return self.waits(_("The key may sign after %(days)s days; until then a guardian can veto it."))

    def may_sign(self) -> str:
        return _("It may act in: %(scopes)s.") % {"scopes": scope_words(self.cleaned_data["scopes"])}


class AddKeyForm(KeyForm):
    title = gettext_lazy("Add a key")
    account = NewKeyField(label=gettext_lazy("Account"))
    scopes = ScopesField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scopes"].offer(self.case.row.kind)  # type: ignore[attr-defined]

    def call(self) -> Function[Any]:
        data = self.cleaned_data
        scopes = [bytes32(scope) for scope in data["scopes"]]
        return Institutions.addKey(institution=self.case.row.id, account=data["account"], scopes=scopes)

    def sentences(self) -> Sequence[str]:
        named = {"name": self.case.name, "account": self.cleaned_data["account"]}
        return [
            _("The account %(account)s becomes a key of %(name)s.") % named,
            self.may_sign(),
            *self.key_waits(),
        ]


class HeldKeyForm(KeyForm):
    """Something about one of its keys."""

    key = forms.ChoiceField(label=gettext_lazy("Key"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        held = queries.keys(self.case.row.id).filter(current=True)
        self.choose("key", [(key.address, _short(key)) for key in held])


def _short(key: InstitutionKey) -> str:
    return f"{key.address[:6]}…{key.address[-4:]} · {scope_words(key.scopes.split(','))}"


class ChangeScopesForm(HeldKeyForm):
    title = gettext_lazy("Change what a key may sign")
    scopes = ScopesField(help_text=gettext_lazy("All that it may sign from now on; what is not chosen ends."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scopes"].offer(self.case.row.kind)  # type: ignore[attr-defined]

    def call(self) -> Function[Any]:
        data = self.cleaned_data
        scopes = [bytes32(scope) for scope in data["scopes"]]
        return Institutions.changeScopes(institution=self.case.row.id, account=data["key"], scopes=scopes)

    def sentences(self) -> Sequence[str]:
        named = {"account": self.cleaned_data["key"], "name": self.case.name}
        return [
            _("You change what the key %(account)s may sign for %(name)s.") % named,
            self.may_sign(),
            *self.key_waits(),
        ]


class RotateKeyForm(HeldKeyForm):
    title = gettext_lazy("Replace a key")
    warning = gettext_lazy("The old account is never a key again.")
    account = NewKeyField(label=gettext_lazy("New account"))

    def call(self) -> Function[Any]:
        old, new = self.cleaned_data["key"], self.cleaned_data["account"]
        return Institutions.rotateKey(institution=self.case.row.id, account=old, newAccount=new)

    def sentences(self) -> Sequence[str]:
        named = {"old": self.cleaned_data["key"], "new": self.cleaned_data["account"], "name": self.case.name}
        return [
            _("%(new)s takes the place of %(old)s as a key of %(name)s, with the same powers.") % named,
            *self.key_waits(),
        ]


class RemoveKeyForm(HeldKeyForm):
    title = gettext_lazy("Remove a key")
    warning = gettext_lazy("The account is never a key again.")

    def call(self) -> Function[Any]:
        return Institutions.removeKey(institution=self.case.row.id, account=self.cleaned_data["key"])

    def sentences(self) -> Sequence[str]:
        named = {"account": self.cleaned_data["key"], "name": self.case.name}
        return [_("%(account)s may not sign for %(name)s any more, at once.") % named]
