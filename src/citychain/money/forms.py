"""The form for sending money. Amounts are typed in yuan and leave as fen."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from citychain.errors import CityError
from citychain.identity.forms import ADDRESS, AddressField
from citychain.identity.models import PersonaAccount

from . import asking, queries, services
from .asking import Asked
from .models import Account


class SendForm(forms.Form):
    """`account` is one of the sender's own accounts; the recipient is a name from the sandbox, one of the sender's own
    `contacts` (account to name), or an account. `asked` is the link that the payment answers."""

    account = forms.ChoiceField(label=_("From"))
    person = forms.ChoiceField(
        label=_("To"), required=False, help_text=_("Choose a name, or leave empty and give an account below.")
    )
    address = forms.CharField(
        label=_("A contact, or the recipient’s account"),
        required=False,
        max_length=42,
        help_text=_("A name from your contacts, or an account that begins with 0x."),
        widget=forms.TextInput(attrs={"list": "contacts", "autocomplete": "off"}),
    )
    amount = forms.CharField(label=_("Amount in yuan"), max_length=30, help_text=_("For example 3000 or 3,000.50"))
    note = forms.CharField(
        label=_("Words for the recipient"),
        required=False,
        max_length=140,
        help_text=_("Only you and the recipient can read them. The public record does not hold them."),
    )

    def __init__(
        self, *args: Any, accounts: list[Account], contacts: dict[str, str], asked: Asked | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.contacts, self.asked = contacts, asked
        # the account with the most money first: one that a lease or a title needs is often empty
        accounts = sorted(accounts, key=lambda row: (-queries.available(row), row.id))
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
        choices = [(row.persona_id, f"{row.persona.name} · …{row.address[-4:]}") for row in people]
        if choices:
            self.fields["person"].choices = [("", "—"), *choices]  # type: ignore[attr-defined]
            self.fields["person"].either = True  # type: ignore[attr-defined]
        else:
            del self.fields["person"]
        self.fields["address"].either = True  # type: ignore[attr-defined]

    def clean_amount(self) -> int:
        try:
            return services.parse_amount(self.cleaned_data["amount"])
        except CityError as problem:
            raise forms.ValidationError(str(problem.details["reason"])) from problem

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        person, address = data.get("person", ""), self._account((data.get("address") or "").strip())
        if person and address:
            self.add_error("address", _("Give a name or an account, not both."))
        elif person:
            data["recipient"] = PersonaAccount.objects.get(persona_id=person, purpose="money").address
        elif address:
            if not ADDRESS.fullmatch(address):
                self.add_error(
                    "address", _("Not one of your contacts, and no account: that is 0x and 40 figures or letters.")
                )
            data["recipient"] = address
        else:
            self.add_error("person" if "person" in self.fields else "address", _("Say who gets the money."))
        if not self.errors:
            self._choose_bank(data)
        return data

    def _account(self, typed: str) -> str:
        """The account of the contact with this name, else what was typed."""
        return next((one for one, name in self.contacts.items() if name.casefold() == typed.casefold()), typed.lower())

    def _choose_bank(self, data: dict[str, Any]) -> None:
        """The recipient's bank: the one that the link names, the sender's own where they have an account there,
        otherwise any they have."""
        account = self.accounts[data["account"]]
        banks = queries.banks_of(data["recipient"])
        if not banks:
            self.add_error("address" if data.get("address") else "person", _("This account is not open at any bank."))
            return
        wanted = self.asked.bank if self.asked and self.asked.holder == data["recipient"] else account.bank
        data["recipient_bank"] = next((bank for bank in (wanted, account.bank) if bank in banks), min(banks))
        if (data["recipient"], data["recipient_bank"]) == (account.holder, account.bank):
            self.add_error("address", _("The money would stay where it is: this is the account it comes from."))
        available = queries.available(account)
        if data["amount"] > available:
            self.add_error("amount", _("Only ¥%(available)s are available.") % {"available": f"{available / 100:,.2f}"})


class CodeForm(forms.Form):
    """What a QR code or a message held: the parameters for sending when cleaned."""

    code = forms.CharField(label=_("Link or account"), max_length=2000, help_text=_("Paste what you were sent."))

    def clean_code(self) -> str:
        parameters = asking.read_code(self.cleaned_data["code"])
        if not parameters:
            raise forms.ValidationError(_("This is neither a link that was made here nor an account."))
        return parameters


class ContactForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=40, help_text=_("As you call them. Only you see it."))
    account = AddressField(label=_("Account"), help_text=_("It begins with 0x."))
