"""The form that makes a link to be paid by."""

import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from citychain.chain import clock
from citychain.identity.acting import Actor
from citychain.identity.forms import DayField

from . import queries
from .asking import Asked
from .desk_forms import AmountField
from .models import Account

#: How long a link is good when nobody says otherwise, and at most.
DAYS, MOST_DAYS = 7, 366


class AskForm(forms.Form):
    """`account` is one of the asker's own accounts."""

    account = forms.ChoiceField(label=_("Into my account"))
    amount = AmountField(required=False, help_text=_("Leave empty to let the payer say how much."))
    words = forms.CharField(
        label=_("What for"),
        required=False,
        max_length=140,
        help_text=_("Whoever has the link can read it. Only the payer and you see it with the payment."),
    )
    until = DayField(label=_("Good until"))
    named = forms.BooleanField(
        label=_("Show my name to whoever opens the link"),
        required=False,
        help_text=_("Without it they see only the account."),
    )

    def __init__(self, *args: Any, actor: Actor, accounts: list[Account], **kwargs: Any) -> None:
        in_a_week = clock.local_time(clock.now()).date() + datetime.timedelta(DAYS)
        super().__init__(*args, **kwargs)
        self.initial["until"] = in_a_week.isoformat()
        self.actor = actor
        self.accounts = {row.id: row for row in accounts}
        banks = {bank.address: bank for bank in queries.banks()}
        self.fields["account"].choices = [  # type: ignore[attr-defined]
            (row.id, f"{queries.bank_name(banks[row.bank])} · …{row.holder[-4:]}") for row in accounts
        ]

    def clean_until(self) -> int:
        until: int = self.cleaned_data["until"]
        if not clock.now() <= until <= clock.now() + MOST_DAYS * 86_400:
            raise forms.ValidationError(_("A day from today on, at most a year ahead."))
        return until

    def asked(self) -> Asked:
        data = self.cleaned_data
        account = self.accounts[data["account"]]
        name = self.actor.name if data["named"] else ""
        return Asked(account.bank, account.holder, data["amount"] or 0, data["words"], name, data["until"])
