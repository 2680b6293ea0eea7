"""Forms of a bank's desk about accounts: opening one or many, and closing."""

from collections.abc import Sequence

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from citychain.chain.abi import Act
from citychain.identity.forms import ADDRESS, AddressField

from . import queries
from .bindings import Deposits
from .desk_forms import DeskForm, holder, yuan

#: Accounts that are opened with one signature (DepositAccounts.MAX_BATCH).
MANY = 200


class OpenAccountForm(DeskForm):
    scope, title = "accounts", _("Open an account")
    holder = AddressField(label=_("Account of the customer"), help_text=_("It begins with 0x."))

    def act(self) -> Act:
        return Act(self.bank.address, Deposits.openAccount(holder=self.cleaned_data["holder"], custodian=False))

    def sentences(self) -> Sequence[str]:
        who = holder(self.cleaned_data["holder"])
        return [
            _("%(bank)s opens an account for %(who)s.") % {"bank": self.bank_name, "who": who},
            gettext("From then on anybody can pay money to it. The bank has checked who the customer is."),
        ]


class OpenManyForm(DeskForm):
    """Lines as they are pasted from a list. They are opened together or not at all, so each line is looked at first."""

    scope, title = "accounts", _("Open several accounts")
    holders = forms.CharField(
        label=_("Accounts of the customers"),
        max_length=100 * MANY,
        widget=forms.Textarea(attrs={"rows": 10, "spellcheck": "false"}),
        help_text=_("One on each line, at most 200. What follows the account on its line is left out."),
    )

    def clean_holders(self) -> list[str]:
        found: dict[str, int] = {}
        wrong, double = [], []
        for number, line in enumerate(self.cleaned_data["holders"].splitlines(), 1):
            first = line.replace(",", " ").replace(";", " ").lower().split()[:1]
            if first and not ADDRESS.fullmatch(first[0]):
                wrong.append(number)
            elif first and found.setdefault(first[0], number) != number:
                double.append(number)
        has = {found[one] for one in queries.opened(self.bank, found)}
        problems = (
            (_("No account stands first on line %(lines)s."), wrong),
            (_("The same account stands on an earlier line: %(lines)s."), double),
            (_("The account is open at your bank already: line %(lines)s."), sorted(has)),
        )
        errors = [text % {"lines": ", ".join(map(str, lines))} for text, lines in problems if lines]
        if len(found) > MANY:
            errors.append(_("These are %(count)s accounts, at most 200 are opened at once.") % {"count": len(found)})
        if errors:
            raise forms.ValidationError(errors)
        return list(found)

    def act(self) -> Act:
        return Act(self.bank.address, Deposits.openAccounts(holders=self.cleaned_data["holders"]))

    def sentences(self) -> Sequence[str]:
        holders = self.cleaned_data["holders"]
        values = {"bank": self.bank_name, "count": len(holders), "first": holders[0], "last": holders[-1]}
        return [
            _("%(bank)s opens %(count)s accounts, from %(first)s to %(last)s.") % values,
            gettext("All are opened or none. The bank has checked who each customer is."),
        ]


class CloseAccountForm(DeskForm):
    scope, title = "accounts", _("Close an account")
    warning = _("Payments to it fail from then on. The bank can open it again; its history stays.")
    holder = AddressField(label=_("Account of the customer"), help_text=_("It begins with 0x."))

    def clean_holder(self) -> str:
        address = self.check_open("holder")
        row = queries.account(self.bank.address, address)
        if row.balance:
            left = yuan(row.balance)
            raise forms.ValidationError(
                _("It still holds %(left)s. The customer asks to be paid out first.") % {"left": left}
            )
        if queries.held(row):
            raise forms.ValidationError(_("A court holds this account. It can be closed when the hold has ended."))
        return address

    def act(self) -> Act:
        return Act(self.bank.address, Deposits.closeAccount(holder=self.cleaned_data["holder"]))

    def sentences(self) -> Sequence[str]:
        who = holder(self.cleaned_data["holder"])
        return [
            _("%(bank)s closes the account of %(who)s. It is empty.") % {"bank": self.bank_name, "who": who},
        ]
