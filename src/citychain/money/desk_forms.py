"""What the forms of a bank's and a court's desk share. Amounts are typed in yuan and leave as fen.

Such a form knows the call that it makes (`act`) and says in words what that will do (`sentences`), before anybody
signs. The contract decides whether it may be.
"""

import re
from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from citychain.chain.abi import Act, bytes32
from citychain.errors import CityError
from citychain.identity import queries as identity

from . import queries, services
from .models import Bank

#: Bytes of a reference that is typed as text, and one as the record shows it.
REFERENCE_LENGTH, RECORDED = 31, re.compile(r"0x[0-9a-f]{64}")


class AmountField(forms.CharField):
    """Yuan as typed; fen when cleaned, None for a field left empty. 0 only where `nothing` may be meant."""

    def __init__(self, *, nothing: bool = False, **kwargs: Any) -> None:
        self.nothing = nothing
        super().__init__(
            **{"label": _("Amount in yuan"), "help_text": _("For example 3000 or 3,000.50"), "max_length": 30, **kwargs}
        )

    def clean(self, value: Any) -> int | None:
        typed = str(super().clean(value))
        try:
            return services.parse_amount(typed, nothing=self.nothing) if typed else None
        except CityError as problem:
            raise forms.ValidationError(str(problem.details["reason"])) from problem


class ReferenceField(forms.CharField):
    """A file number as typed; 32 bytes in hex when cleaned. Danger: everybody can read it for ever. With `recorded`
    also the hex of a reference that the record holds already."""

    def __init__(self, *, recorded: bool = False, **kwargs: Any) -> None:
        self.recorded = recorded
        super().__init__(
            **{
                "label": _("Reference"),
                "max_length": 66 if recorded else REFERENCE_LENGTH,
                "help_text": _(
                    "From your own files, in Latin letters. Everybody can read it, for ever: nothing about a person."
                ),
                **kwargs,
            }
        )

    def clean(self, value: Any) -> str:
        text = str(super().clean(value))
        if self.recorded and RECORDED.fullmatch(text.lower()):
            return text.lower()
        if len(text) > REFERENCE_LENGTH:
            raise forms.ValidationError(_("At most %(most)s letters.") % {"most": REFERENCE_LENGTH})
        if not (text.isascii() and text.isprintable()):
            raise forms.ValidationError(_("Only Latin letters, figures and signs."))
        return bytes32(text)


def yuan(fen: int) -> str:
    return f"¥{fen / 100:,.2f}"


class DeskForm(forms.Form):
    """What an institution does at one bank. `scope` is what its key must allow; "order" is a court's."""

    scope: ClassVar[str]
    title: ClassVar[Promise]
    warning: ClassVar[Promise | str] = ""

    def __init__(self, *args: Any, bank: Bank, institution: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.bank, self.institution = bank, institution

    @property
    def bank_name(self) -> str:
        return queries.bank_name(self.bank)

    def act(self) -> Act:
        raise NotImplementedError

    def sentences(self) -> Sequence[str]:
        raise NotImplementedError

    def check_open(self, field: str) -> str:
        """The account in this field. Raises ValidationError when it is not open at the desk's bank."""
        address: str = self.cleaned_data[field]
        if not queries.opened(self.bank, [address]):
            raise forms.ValidationError(_("This account is not open at %(bank)s.") % {"bank": self.bank_name})
        return address

    def choose(self, field: str, rows: Sequence[tuple[str, str]]) -> None:
        self.fields[field].choices = rows  # type: ignore[attr-defined]


def holder(address: str) -> str:
    """How a sentence names an account: an institution by its name too, a person by the account alone."""
    name = identity.public_name(address)
    return f"{name} ({address})" if name else address
