"""Fields for accounts and days, and the forms of people who sign with a passkey."""

import datetime
import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from citychain.chain.clock import local_time

from . import queries, recovery
from .models import Institution, PasskeyAccount

ADDRESS = re.compile(r"0x[0-9a-f]{40}")
PLACES = range(3)


class AddressField(forms.CharField):
    """An account, in lower-case hex."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=42, **kwargs)

    def clean(self, value: Any) -> str:
        found = str(super().clean(value)).strip().lower()
        if found and not ADDRESS.fullmatch(found):
            raise forms.ValidationError(_("An account begins with 0x and has 40 digits after it."))
        return found


class DayInput(forms.DateInput):
    """A browser's own calendar, which wants the day as 2026-11-23 in every language."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class DayField(forms.DateField):
    """A day in the city; UTC seconds of its end when cleaned, with `begins` of its beginning; None for one left
    empty."""

    widget = DayInput

    def __init__(self, *, begins: bool = False, **kwargs: Any) -> None:
        self.moment = datetime.time.min if begins else datetime.time.max
        super().__init__(**kwargs)

    def clean(self, value: Any) -> int | None:
        day = super().clean(value)
        return day and int(datetime.datetime.combine(day, self.moment, tzinfo=local_time(0).tzinfo).timestamp())


class GuardiansForm(forms.Form):
    """Three guardians, each an institution or a person's account; `choices` in the cleaned data."""

    def __init__(self, *args: Any, account: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.account = account
        active = queries.institutions().filter(state=Institution.State.ACTIVE)
        institutions = [(str(row.id), queries.localized(row.name)) for row in active]
        for place in PLACES:
            self.fields[f"institution_{place}"] = forms.ChoiceField(
                label=_("Guardian %(number)s: an institution") % {"number": place + 1},
                required=False,
                choices=[("", "—"), *institutions],
            )
            self.fields[f"person_{place}"] = AddressField(
                label=_("or a person, by their account"),
                required=False,
                help_text=_("Ask for an account that they use for nothing else."),
            )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        choices = []
        for place in PLACES:
            institution, person = data.get(f"institution_{place}", ""), data.get(f"person_{place}", "")
            if bool(institution) == bool(person) and f"person_{place}" not in self.errors:
                self.add_error(f"institution_{place}", _("Choose an institution or give an account, one of the two."))
            if person and person == self.account:
                self.add_error(f"person_{place}", _("This is your own account."))
            choice = recovery.Choice(person, int(institution or 0))
            if choice in choices and choice != recovery.Choice():
                self.add_error(f"institution_{place}", _("Three different guardians are needed."))
            choices.append(choice)
        data["choices"] = choices
        return data


class LostForm(forms.Form):
    """Whose passkey was lost."""

    account = AddressField(label=_("Your account"), help_text=_("Your guardians can tell you, if you do not know it."))

    def clean_account(self) -> str:
        account: str = self.cleaned_data["account"]
        found = PasskeyAccount.objects.filter(address=account).first()
        if found is None:
            raise forms.ValidationError(_("This is not an account of a passkey."))
        if not found.guardians:
            raise forms.ValidationError(_("Its holder chose no guardians, so nobody can restore it."))
        return account
