"""Forms of a court's desk: to hold money, to let it go, to have it paid to somebody, to take a payment back."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from citychain.chain import clock
from citychain.chain.abi import Act
from citychain.chain.clock import local_time
from citychain.identity.forms import AddressField, DayField

from . import queries
from .bindings import Deposits
from .desk_forms import AmountField, DeskForm, ReferenceField, holder, yuan
from .models import Hold

#: How far ahead a hold may end.
DAYS = 366


class OrderHoldForm(DeskForm):
    scope, title = "order", _("Order that money be held")
    warning = _("Leave the person what they must live on: the contract cannot judge that.")
    case = ReferenceField(label=_("Case"))
    account = AddressField(label=_("Account to hold"), help_text=_("It begins with 0x."))
    amount = AmountField(help_text=_("It may be more than the balance: then later income is held too."))
    expiry = DayField(label=_("Last day"), help_text=_("At most 366 days ahead. The hold then ends by itself."))

    def clean_account(self) -> str:
        return self.check_open("account")

    def clean_expiry(self) -> int:
        return within_a_year(self.cleaned_data["expiry"])

    def act(self) -> Act:
        data = self.cleaned_data
        call = Deposits.hold(
            caseNumber=data["case"], account=data["account"], amount=data["amount"], expiry=data["expiry"]
        )
        return Act(self.bank.address, call)

    def sentences(self) -> Sequence[str]:
        data = self.cleaned_data
        values = {"amount": yuan(data["amount"]), "who": holder(data["account"]), "bank": self.bank_name}
        return [
            _("The court holds %(amount)s in the account of %(who)s at %(bank)s.") % values,
            until(data["expiry"]),
            gettext("The holder can spend only what is beyond it. Older holds are served first."),
        ]


def within_a_year(expiry: int) -> int:
    """The end of a hold; raises ValidationError when the contract would refuse it (CourtOrders.MAX_HOLD)."""
    if not clock.now() < expiry <= clock.now() + DAYS * 86_400:
        raise forms.ValidationError(_("From today on, at most 366 days ahead."))
    return expiry


def until(expiry: int) -> str:
    return str(_("It ends by itself after %(day)s.") % {"day": local_time(expiry).date().isoformat()})


class HoldForm(DeskForm):
    """Something about one of the court's own holds at this bank."""

    scope = "order"
    hold = forms.ChoiceField(label=_("Hold"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rows = {row.id: row for row in queries.holds_in_force(self.institution).filter(bank=self.bank.address)}
        self.choose(
            "hold", [(key, f"{yuan(row.amount)} · …{row.account[-4:]} · #{key[43:]}") for key, row in self.rows.items()]
        )

    def chosen(self) -> Hold:
        return self.rows[self.cleaned_data["hold"]]

    def number(self) -> int:
        return int(self.chosen().id.rpartition(":")[2])

    def values(self) -> dict[str, str]:
        return {"amount": yuan(self.chosen().amount), "who": holder(self.chosen().account)}


class ExtendHoldForm(HoldForm):
    title = _("Extend a hold")
    expiry = DayField(label=_("New last day"), help_text=_("At most 366 days ahead. The hold then ends by itself."))

    def clean_expiry(self) -> int:
        expiry = within_a_year(self.cleaned_data["expiry"])
        if "hold" in self.cleaned_data and expiry <= self.chosen().expiry:
            raise forms.ValidationError(_("The hold goes on longer than that already."))
        return expiry

    def act(self) -> Act:
        return Act(self.bank.address, Deposits.extendHold(orderId=self.number(), expiry=self.cleaned_data["expiry"]))

    def sentences(self) -> Sequence[str]:
        return [
            _("The hold of %(amount)s in the account of %(who)s goes on.") % self.values(),
            until(self.cleaned_data["expiry"]),
        ]


class ReleaseHoldForm(HoldForm):
    title = _("Release a hold")
    warning = _("A released hold does not come back: the court would have to order a new one, behind all others.")

    def act(self) -> Act:
        return Act(self.bank.address, Deposits.releaseHold(orderId=self.number()))

    def sentences(self) -> Sequence[str]:
        return [
            _("The court holds %(amount)s in the account of %(who)s no longer; it is free at once.") % self.values()
        ]


class RedirectHoldForm(HoldForm):
    title = _("Order that held money be paid to somebody")
    warning = _("Paid is paid: a wrong payment can only be held and paid back from the account that received it.")
    to = AddressField(label=_("Account that receives it"), help_text=_("An account at the same bank."))
    amount = AmountField()

    def clean_to(self) -> str:
        return self.check_open("to")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if {"hold", "amount"} <= data.keys() and data["amount"] > self.chosen().amount:
            held = yuan(self.chosen().amount)
            self.add_error("amount", _("The hold is for %(held)s only.") % {"held": held})
        return data

    def act(self) -> Act:
        data = self.cleaned_data
        return Act(self.bank.address, Deposits.redirect(orderId=self.number(), to=data["to"], amount=data["amount"]))

    def sentences(self) -> Sequence[str]:
        data = self.cleaned_data
        values = {**self.values(), "amount": yuan(data["amount"]), "to": holder(data["to"])}
        left = yuan(self.chosen().amount - data["amount"])
        return [
            _("%(amount)s are paid from the account of %(who)s to %(to)s, by order of the court.") % values,
            _("The hold goes on for %(left)s.") % {"left": left},
        ]


class ReverseForm(DeskForm):
    scope, title = "order", _("Order that a payment be reversed")
    warning = _("A payment is reversed once in a case. Only what is available can be taken; hold the rest.")
    case = ReferenceField(label=_("Case"))
    payer = AddressField(label=_("Account that received it wrongly"), help_text=_("It begins with 0x."))
    to = AddressField(label=_("Account that gets it back"), help_text=_("It begins with 0x."))
    amount = AmountField()
    reference = ReferenceField(
        recorded=True,
        label=_("Reference of the wrong payment"),
        help_text=_("As the bank wrote it, or as the record shows it: 0x and 64 figures or letters."),
    )

    def clean_payer(self) -> str:
        return self.check_open("payer")

    def clean_to(self) -> str:
        return self.check_open("to")

    def act(self) -> Act:
        data = self.cleaned_data
        call = Deposits.reverse(
            caseNumber=data["case"],
            from_=data["payer"],
            to=data["to"],
            amount=data["amount"],
            originalReference=data["reference"],
        )
        return Act(self.bank.address, call)

    def sentences(self) -> Sequence[str]:
        data = self.cleaned_data
        values = {"amount": yuan(data["amount"]), "who": holder(data["payer"]), "to": holder(data["to"])}
        return [_("%(amount)s go back from %(who)s to %(to)s, by order of the court.") % values]


#: What a court's desk does, by the last part of the address.
COURT_DESK: dict[str, type[DeskForm]] = {
    "hold": OrderHoldForm,
    "extend": ExtendHoldForm,
    "release": ReleaseHoldForm,
    "redirect": RedirectHoldForm,
    "reverse": ReverseForm,
}
