"""The form that chooses movements of a statement. It lives in the address, so that a choice can be kept and sent."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from citychain.identity.forms import DayField

from .desk_forms import AmountField
from .statements import Choice


class StatementForm(forms.Form):
    """`names` are those of the other parties, by account; "" is the bank itself."""

    since = DayField(label=_("From day"), required=False, begins=True)
    until = DayField(label=_("To day"), required=False)
    direction = forms.ChoiceField(
        label=_("Direction"), required=False, choices=[("", _("In and out")), ("in", _("In")), ("out", _("Out"))]
    )
    other = forms.CharField(label=_("Other party"), required=False, max_length=60)
    words = forms.CharField(label=_("Words or reference"), required=False, max_length=66)
    least = AmountField(label=_("At least, yuan"), required=False, help_text="", nothing=True)
    most = AmountField(label=_("At most, yuan"), required=False, help_text="", nothing=True)

    def __init__(self, data: Mapping[str, Any], *, names: Mapping[str, str]) -> None:
        super().__init__(data)
        self.names = names

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for low, high in (("since", "until"), ("least", "most")):
            first, last = data.get(low), data.get(high)
            if first is not None and last is not None and first > last:
                self.add_error(high, _("This is less than where it begins."))
        return data

    @property
    def choice(self) -> Choice:
        data = dict(self.cleaned_data)
        sought = data.pop("other").strip().casefold()
        others = {one for one, name in self.names.items() if sought in name.casefold() or (one and sought in one)}
        return Choice(**data, others=others if sought else None)
