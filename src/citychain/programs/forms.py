"""What a person tells about a program."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from citychain.errors import CityError

from . import receivers


class KeyForm(forms.Form):
    name = forms.CharField(label=_("What is it for?"), max_length=80, help_text=_("For example: monthly report"))


class WebhookForm(forms.Form):
    """`account` is one of the visitor's own."""

    account = forms.ChoiceField(label=_("Requests signed by"))
    url = forms.CharField(
        label=_("Address of your program"),
        max_length=500,
        help_text=_("It begins with https and is reachable from the internet."),
    )

    def __init__(self, *args: Any, accounts: tuple[str, ...], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["account"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(account, account) for account in accounts]

    def clean_url(self) -> str:
        url: str = self.cleaned_data["url"]
        try:
            receivers.parse(url)
        except CityError as problem:
            raise forms.ValidationError(str(problem)) from problem
        return url
