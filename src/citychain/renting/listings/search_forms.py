"""What somebody looks for among homes to let."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from citychain.identity.forms import DayInput
from citychain.money.desk_forms import AmountField
from citychain.portal import places

from .. import units_queries
from ..wording import UNITS
from .board import Wanted


class DayNumberField(forms.DateField):
    """A day in the city; as the record counts days when cleaned, None for one left empty."""

    widget = DayInput

    def clean(self, value: Any) -> int | None:
        found = super().clean(value)
        return None if found is None else units_queries.number_of(found)


class SearchForm(forms.Form):
    """GET parameters of the list; what is wrong is ignored, so that any link shows something."""

    county = forms.ChoiceField(label=_("County"), required=False)
    town = forms.ChoiceField(label=_("Town"), required=False)
    kind = forms.ChoiceField(label=_("What it is"), required=False)
    rent_min = AmountField(label=_("Rent from, yuan a month"), required=False, nothing=True, help_text="")
    rent_max = AmountField(label=_("Rent to, yuan a month"), required=False, nothing=True, help_text="")
    area_min = forms.DecimalField(label=_("At least so many m²"), required=False, min_value=0, max_value=100_000)
    months = forms.IntegerField(label=_("For how many months"), required=False, min_value=1, max_value=240)
    day = DayNumberField(label=_("Move in on"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        every = [("", _("all"))]
        fields: dict[str, Any] = self.fields
        fields["county"].choices = [*every, *((county.code, county.name) for county in places.counties())]
        fields["town"].choices = [*every, *((town.code, town.name) for town in places.towns())]
        fields["kind"].choices = [*every, *UNITS.items()]

    def wanted(self) -> Wanted:
        self.is_valid()
        data = {name: self.cleaned_data.get(name) for name in self.fields}
        return Wanted(
            town=int(data["town"]) if data["town"] else None,
            county=int(data["county"]) if data["county"] else None,
            kind=data["kind"] or "",
            rent_min=data["rent_min"],
            rent_max=data["rent_max"],
            area_min=None if data["area_min"] is None else int(data["area_min"] * 100),
            months=data["months"],
            day=data["day"],
        )
