"""Filters of the list of titles."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from citychain.identity import queries as identity
from citychain.identity.forms import AddressField
from citychain.portal import places

from .models import Title


class FilterForm(forms.Form):
    """GET parameters of the list; what is wrong is ignored, so that any link shows something."""

    county = forms.ChoiceField(label=_("County"), required=False)
    town = forms.ChoiceField(label=_("Town"), required=False)
    state = forms.ChoiceField(label=_("State"), required=False)
    burden = forms.ChoiceField(label=_("Burden"), required=False)
    registrar = forms.ChoiceField(label=_("Registrar"), required=False)
    owner = AddressField(label=_("Owner’s account"), required=False)

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
        fields["burden"].choices = [
            *every,
            ("none", _("nothing")),
            ("any", _("mortgage or seizure")),
            ("mortgage", _("mortgage")),
            ("seizure", _("seizure")),
        ]
        registrars = identity.institutions().filter(kind="registrar")
        fields["registrar"].choices = [*every, *((str(row.id), identity.localized(row.name)) for row in registrars)]
