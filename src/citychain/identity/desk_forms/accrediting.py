"""Institutions begin, are named and go on: what whoever answers for them decides."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from citychain.chain import clock
from citychain.chain.abi import Function, bytes32
from citychain.chain.clock import local_time

from .. import queries
from ..bindings import Institutions
from ..forms import DayField
from ..models import Institution
from ..wording import kind_name
from .base import Case, InstitutionForm
from .keys import NewKeyField

#: Institutions.MAX_TEXT: bytes of a name or a web page, in UTF-8.
MOST_BYTES = 200


class NamedForm(InstitutionForm):
    """A public name in both languages, and a web page."""

    chinese = forms.CharField(label=gettext_lazy("Name in Chinese"), max_length=MOST_BYTES)
    english = forms.CharField(
        label=gettext_lazy("Name in English"),
        max_length=MOST_BYTES,
        required=False,
        help_text=gettext_lazy("Readers of English see it; left empty, they see the Chinese name."),
    )
    web_page = forms.URLField(
        label=gettext_lazy("Web page"), required=False, max_length=MOST_BYTES, assume_scheme="https"
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if len(self.full_name.encode()) > MOST_BYTES:
            self.add_error("chinese", _("Both names together take at most 200 bytes: some 40 signs and 70 letters."))
        if len(data.get("web_page", "").encode()) > MOST_BYTES:
            self.add_error("web_page", _("At most %(most)s bytes.") % {"most": MOST_BYTES})
        return data

    @property
    def full_name(self) -> str:
        """As the record holds it: queries.localized() takes it apart."""
        parts = (self.cleaned_data.get("chinese", ""), self.cleaned_data.get("english", ""))
        return queries.SEPARATOR.join(part for part in parts if part)


class AccreditForm(NamedForm):
    """A new institution, on the page of the one that will answer for it."""

    title = gettext_lazy("Accredit a new institution")
    field_order = ("kind", "chinese", "english", "web_page", "until", "account")
    kind = forms.ChoiceField(label=gettext_lazy("Kind"))
    until = DayField(label=gettext_lazy("Valid until"), help_text=gettext_lazy("The last day; it can be renewed."))
    account = NewKeyField(label=gettext_lazy("Its first key"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.choose("kind", [(kind, kind_name(kind)) for kind in queries.kinds_accredited_by(self.case.row.kind)])

    @classmethod
    def signer_of(cls, case: Case) -> str:
        return case.own("accredit") if queries.kinds_accredited_by(case.row.kind) else ""

    def clean_until(self) -> int:
        return _ahead(self.cleaned_data["until"])

    def call(self) -> Function[Any]:
        data = self.cleaned_data
        return Institutions.accredit(
            kind=bytes32(data["kind"]),
            name=self.full_name,
            webPage=data["web_page"],
            validFrom=clock.now(),
            validUntil=data["until"],
            firstKey=data["account"],
        )

    def sentences(self) -> Sequence[str]:
        data = self.cleaned_data
        named = {"new": self.full_name, "kind": kind_name(data["kind"]), "name": self.case.name}
        return [
            _("You accredit %(new)s (%(kind)s). %(name)s answers for it from now on.") % named,
            _valid_until(data["until"]),
            _("Its first key, %(account)s, may sign everything for it.") % {"account": data["account"]},
            *self.waits(_("It may act after %(days)s days; until then a guardian can veto it.")),
        ]


class DescribeForm(NamedForm):
    title = gettext_lazy("Change its name or web page")

    def __init__(self, *args: Any, case: Case, **kwargs: Any) -> None:
        chinese, _separator, english = case.row.name.partition(queries.SEPARATOR)
        initial = {"chinese": chinese, "english": english, "web_page": case.row.web_page}
        super().__init__(*args, case=case, initial=initial, **kwargs)

    @classmethod
    def signer_of(cls, case: Case) -> str:
        return case.council if case.is_council else case.accreditor

    def call(self) -> Function[Any]:
        data = self.cleaned_data
        return Institutions.describe(institution=self.case.row.id, name=self.full_name, webPage=data["web_page"])

    def sentences(self) -> Sequence[str]:
        named = {"name": self.case.name, "new": self.full_name}
        page = self.cleaned_data["web_page"]
        return [
            _("%(name)s is called %(new)s from now on.") % named,
            _("Its web page is %(page)s.") % {"page": page} if page else _("It names no web page."),
            _("The record keeps the earlier name and web page."),
        ]


class RenewForm(InstitutionForm):
    title = gettext_lazy("Renew its validity")
    until = DayField(label=gettext_lazy("Valid until"), help_text=gettext_lazy("The last day; it can be renewed."))

    @classmethod
    def signer_of(cls, case: Case) -> str:
        return case.accreditor if case.row.state in (Institution.State.ACTIVE, Institution.State.SUSPENDED) else ""

    def clean_until(self) -> int:
        return _ahead(self.cleaned_data["until"], after=self.case.row.valid_from)

    def call(self) -> Function[Any]:
        return Institutions.renew(institution=self.case.row.id, validUntil=self.cleaned_data["until"])

    def sentences(self) -> Sequence[str]:
        row, said = self.case.row, [_("You set how long %(name)s is accredited.") % {"name": self.case.name}]
        said.append(_valid_until(self.cleaned_data["until"]))
        if row.valid_until <= clock.now():
            said.append(_("Its term had ended."))
            said += self.waits(_("It may act after %(days)s days; until then a guardian can veto it."))
        if row.offered_to:
            named = {"name": self.case.name, "to": self.case.name_of(row.offered_to)}
            said.append(_("The offer of the duties of %(name)s to %(to)s ends.") % named)
        return said


def _ahead(until: int, after: int = 0) -> int:
    if until <= max(clock.now(), after):
        raise forms.ValidationError(_("The last day lies ahead, and after the day from which it is valid."))
    return until


def _valid_until(until: int) -> str:
    return _("It is valid until the end of %(day)s.") % {"day": local_time(until).date().isoformat()}
