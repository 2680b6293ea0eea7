"""The form for sending money. Amounts are typed in yuan and leave as fen."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from citychain.errors import CityError
from citychain.identity.models import PersonaAccount

from . import queries, services
from .models import Account


class SendForm(forms.Form):
    """`account` is one of the sender's own accounts; the recipient is a name from the sandbox or an account address."""

    account = forms.ChoiceField(label=_("From"))
    person = forms.ChoiceField(
        label=_("To"), required=False, help_text=_("Choose a name, or leave empty and give an account below.")
    )
    address = forms.CharField(
        label=_("Account of the recipient"),
        required=False,
        max_length=42,
        help_text=_("Only if the name is not in the list. It begins with 0x."),
    )
    amount = forms.CharField(label=_("Amount in yuan"), max_length=30, help_text=_("For example 3000 or 3,000.50"))
    note = forms.CharField(
        label=_("Words for the recipient"),
        required=False,
        max_length=140,
        help_text=_("Only you and the recipient can read them. The public record does not hold them."),
    )

    def __init__(self, *args: Any, accounts: list[Account], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.accounts = {row.id: row for row in accounts}
        banks = {bank.address: bank for bank in queries.banks()}
        own = {row.holder for row in accounts}
        self.fields["account"].choices = [  # type: ignore[attr-defined]
            (row.id, f"{queries.bank_name(banks[row.bank])} · ¥{queries.available(row) / 100:,.2f}") for row in accounts
        ]
        people = (
            PersonaAccount.objects.filter(purpose="money")
            .exclude(persona__accounts__address__in=own)
            .select_related("persona")
            .order_by("persona__position", "index")
        )
        self.fields["person"].choices = [  # type: ignore[attr-defined]
            ("", "—"),
            *((row.persona_id, f"{row.persona.name} · …{row.address[-4:]}") for row in people),
        ]

    def clean_amount(self) -> int:
        try:
            return services.parse_amount(self.cleaned_data["amount"])
        except CityError as problem:
            raise forms.ValidationError(str(problem.details["reason"])) from problem

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        person, address = data.get("person"), (data.get("address") or "").strip().lower()
        if person and address:
            self.add_error("address", _("Give a name or an account, not both."))
        elif person:
            data["recipient"] = PersonaAccount.objects.get(persona_id=person, purpose="money").address
        elif address:
            if len(address) != 42 or not address.startswith("0x") or set(address[2:]) - set("0123456789abcdef"):
                self.add_error("address", _("An account is 0x and 40 figures or letters from a to f."))
            data["recipient"] = address
        else:
            self.add_error("person", _("Say who gets the money."))
        if not self.errors:
            self._choose_bank(data)
        return data

    def _choose_bank(self, data: dict[str, Any]) -> None:
        """The recipient's bank: the sender's own bank where they have an account there, otherwise any they have."""
        account = self.accounts[data["account"]]
        banks = queries.banks_of(data["recipient"])
        if not banks:
            self.add_error("address" if data.get("address") else "person", _("This account is not open at any bank."))
            return
        data["recipient_bank"] = account.bank if account.bank in banks else min(banks)
        if (data["recipient"], data["recipient_bank"]) == (account.holder, account.bank):
            self.add_error("address", _("The money would stay where it is: this is the account it comes from."))
        available = queries.available(account)
        if data["amount"] > available:
            self.add_error("amount", _("Only ¥%(available)s are available.") % {"available": f"{available / 100:,.2f}"})
