"""Filters of the list of titles, and the registrar's form."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from citychain.identity.models import Persona
from citychain.portal import places

from .models import Title
from .services import WHOLE
from .wording import USES


class FilterForm(forms.Form):
    """GET parameters of the list; what is wrong is ignored, so that any link shows something."""

    county = forms.ChoiceField(label=_("County"), required=False)
    town = forms.ChoiceField(label=_("Town"), required=False)
    state = forms.ChoiceField(label=_("State"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        every = [("", _("all"))]
        fields: dict[str, Any] = self.fields
        fields["county"].choices = [*every, *((county.code, county.name) for county in places.counties())]
        fields["town"].choices = [*every, *((town.code, town.name) for town in places.towns())]
        fields["state"].choices = [
            *every,
            (Title.State.REGISTERED, _("Registered")),
            (Title.State.CANCELLED, _("Cancelled")),
        ]


class RegisterForm(forms.Form):
    """A deed and its owners. `area` is typed in m2 and leaves in 0.01 m2; shares leave in basis points."""

    village = forms.ChoiceField(label=_("Village or community"))
    use = forms.ChoiceField(label=_("Use"), choices=list(USES.items()))
    area = forms.DecimalField(
        label=_("Area in m²"), min_value=Decimal("1"), max_value=Decimal("1000000"), decimal_places=2, max_digits=9
    )
    address = forms.CharField(
        label=_("Full address"), max_length=200, help_text=_("Kept here; the record never holds it.")
    )
    number = forms.CharField(label=_("Number of the deed"), max_length=60)
    owner = forms.ChoiceField(label=_("Owner"))
    second_owner = forms.ChoiceField(label=_("Second owner"), required=False)
    second_share = forms.DecimalField(
        label=_("Share of the second owner, %"),
        required=False,
        min_value=Decimal("0.01"),
        max_value=Decimal("99.99"),
        decimal_places=2,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["village"].choices = [
            ("", "—"),
            *(
                (f"{county.name} · {town.name}", [(v.code, v.name) for v in places.villages(town.code)])
                for county in places.counties()
                for town in places.towns()
                if town.county == county.code
            ),
        ]
        people = [("", "—"), *((p.id, f"{p.name} · {p.id}") for p in Persona.objects.filter(institution=0))]
        fields["owner"].choices = fields["second_owner"].choices = people
        for name in ("area", "second_share"):
            fields[name].widget = forms.TextInput(attrs={"inputmode": "decimal"})

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        second, share = data.get("second_owner"), data.get("second_share")
        if second and second == data.get("owner"):
            self.add_error("second_owner", _("This person is the owner already."))
        if bool(second) != bool(share) and "second_share" not in self.errors:
            self.add_error("second_share", _("A second owner needs a share, and a share needs a second owner."))
        if "area" in data:
            data["area"] = int(data["area"] * 100)
        shares = int((share or 0) * 100)
        data["shares"] = [WHOLE - shares, shares] if second else [WHOLE]
        return data
