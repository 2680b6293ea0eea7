"""Forms of a bank's desk: deposits, withdrawals, and how it stands with other banks; accounts in account_forms.py."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from citychain.chain.abi import Act
from citychain.chain.addressbook import AddressBook
from citychain.identity import queries as identity
from citychain.identity.forms import AddressField

from . import queries
from .account_forms import CloseAccountForm, OpenAccountForm, OpenManyForm
from .bindings import Clearing, Deposits
from .desk_forms import AmountField, DeskForm, ReferenceField, holder, yuan
from .models import Settlement, Withdrawal


class MintForm(DeskForm):
    scope, title = "mint", _("Credit a deposit")
    warning = _("The bank owes this money from then on. It can’t take it back by itself; only a court can reverse it.")
    holder = AddressField(label=_("Account of the customer"), help_text=_("It begins with 0x."))
    amount = AmountField()
    reference = ReferenceField()

    def clean_holder(self) -> str:
        return self.check_open("holder")

    def act(self) -> Act:
        data = self.cleaned_data
        return Act(self.bank.address, Deposits.mint(to=data["holder"], amount=data["amount"], ref=data["reference"]))

    def sentences(self) -> Sequence[str]:
        data = self.cleaned_data
        values = {"bank": self.bank_name, "amount": yuan(data["amount"]), "who": holder(data["holder"])}
        total = yuan(self.bank.supply + data["amount"])
        return [
            _("%(bank)s received %(amount)s for %(who)s and credits it.") % values,
            _("What the bank owes its customers rises to %(total)s.") % {"total": total},
            gettext("The reference can be used once, so that the same deposit is never credited twice."),
        ]


class WithdrawalForm(DeskForm):
    """Something about one withdrawal that waits."""

    scope = "burn"
    withdrawal = forms.ChoiceField(label=_("Withdrawal"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rows = {row.id: row for row in queries.waiting_withdrawals(self.bank)}
        self.choose("withdrawal", [(key, f"{yuan(row.amount)} · …{row.holder[-4:]}") for key, row in self.rows.items()])

    def chosen(self) -> Withdrawal:
        return self.rows[self.cleaned_data["withdrawal"]]

    def number(self) -> int:
        return int(self.chosen().id.rpartition(":")[2])


class SettleWithdrawalForm(WithdrawalForm):
    title = _("Pay out a withdrawal")
    warning = _("Sign first, pay then: the deposit ends with your signature.")

    def act(self) -> Act:
        return Act(self.bank.address, Deposits.settleWithdrawal(withdrawalId=self.number()))

    def sentences(self) -> Sequence[str]:
        row = self.chosen()
        values = {"amount": yuan(row.amount), "who": holder(row.holder), "bank": self.bank_name}
        return [
            _("%(amount)s leave the account of %(who)s; the deposit ends.") % values,
            _("%(bank)s pays the same amount to the customer outside this record.") % values,
        ]


class RefuseWithdrawalForm(WithdrawalForm):
    title = _("Refuse a withdrawal")
    reason = ReferenceField(label=_("Reason"))

    def act(self) -> Act:
        reason = self.cleaned_data["reason"]
        return Act(self.bank.address, Deposits.refuseWithdrawal(withdrawalId=self.number(), reason=reason))

    def sentences(self) -> Sequence[str]:
        row = self.chosen()
        values = {"amount": yuan(row.amount), "who": holder(row.holder)}
        return [_("The bank does not pay out %(amount)s to %(who)s; the customer may spend it again.") % values]


class BetweenBanksForm(DeskForm):
    """Something between the desk's bank and another one."""

    scope = "clearing"
    other = forms.ChoiceField(label=_("Other bank"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = {row.id: identity.localized(row.name) for row in identity.institutions()}
        self.names = {str(other): rows[other] for other, *_rest in queries.standing_with(self.bank)}
        self.choose("other", list(self.names.items()))

    def values(self) -> dict[str, str]:
        data = self.cleaned_data
        return {"bank": self.bank_name, "other": self.names[data["other"]], "amount": yuan(data["amount"])}


class SetLimitForm(BetweenBanksForm):
    title = _("Set a limit for another bank")
    amount = AmountField(
        nothing=True,
        help_text=_("For example 3000 or 3,000.50. With 0 no payment from that bank arrives here any more."),
    )

    def act(self) -> Act:
        data = self.cleaned_data
        call = Clearing.setLimit(creditor=self.institution, debtor=int(data["other"]), limit=data["amount"])
        return Act(AddressBook.load().address("Clearing"), call)

    def sentences(self) -> Sequence[str]:
        if self.cleaned_data["amount"] == 0:
            return [
                _("%(bank)s takes no more payments from customers of %(other)s.") % self.values(),
                gettext("What is owed already stays owed, and payments the other way go on."),
            ]
        return [
            _("%(bank)s lets %(other)s owe it at most %(amount)s.") % self.values(),
            gettext("Payments that would make it more are refused. What is owed already stays owed."),
        ]


class ProposeSettlementForm(BetweenBanksForm):
    title = _("Propose a settlement between banks")
    amount = AmountField()
    reference = ReferenceField()

    def act(self) -> Act:
        data = self.cleaned_data
        call = Clearing.proposeSettlement(
            debtor=self.institution, creditor=int(data["other"]), amount=data["amount"], ref=data["reference"]
        )
        return Act(AddressBook.load().address("Clearing"), call)

    def sentences(self) -> Sequence[str]:
        return [
            _("%(bank)s says that it paid %(amount)s to %(other)s in central bank money.") % self.values(),
            gettext("Nothing changes until the other bank confirms the same amount and reference."),
        ]


class SettlementForm(DeskForm):
    """Something about one settlement that was proposed."""

    scope = "clearing"
    settlement = forms.ChoiceField(label=_("Settlement"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.names = {row.id: identity.localized(row.name) for row in identity.institutions()}
        self.rows = {row.id: row for row in self.answerable()}
        self.choose(
            "settlement",
            [
                (key, f"{self.names[row.debtor]} → {self.names[row.creditor]} · {yuan(row.amount)}")
                for key, row in self.rows.items()
            ],
        )

    def answerable(self) -> Sequence[Settlement]:
        return list(queries.open_settlements(self.institution))

    def chosen(self) -> Settlement:
        return self.rows[self.cleaned_data["settlement"]]

    def values(self) -> dict[str, str]:
        row = self.chosen()
        names = {"debtor": self.names[row.debtor], "creditor": self.names[row.creditor]}
        return {**names, "amount": yuan(row.amount)}


class ConfirmSettlementForm(SettlementForm):
    title = _("Confirm a settlement between banks")

    def answerable(self) -> Sequence[Settlement]:
        return list(queries.open_settlements(self.institution).filter(creditor=self.institution))

    def act(self) -> Act:
        row = self.chosen()
        call = Clearing.confirmSettlement(debtor=row.debtor, creditor=row.creditor, amount=row.amount, ref=row.ref)
        return Act(AddressBook.load().address("Clearing"), call)

    def sentences(self) -> Sequence[str]:
        return [
            _("%(creditor)s received %(amount)s from %(debtor)s in central bank money.") % self.values(),
            gettext("What is owed falls by this amount. The reference settles once."),
        ]


class DropSettlementForm(SettlementForm):
    title = _("Drop a settlement between banks")

    def act(self) -> Act:
        row = self.chosen()
        call = Clearing.dropSettlement(debtor=row.debtor, creditor=row.creditor, ref=row.ref)
        return Act(AddressBook.load().address("Clearing"), call)

    def sentences(self) -> Sequence[str]:
        return [
            _("The proposal that %(debtor)s paid %(amount)s to %(creditor)s is dropped; nothing else changes.")
            % self.values()
        ]


#: What a bank's desk does, by the last part of the address.
BANK_DESK: dict[str, type[DeskForm]] = {
    "open": OpenAccountForm,
    "open-many": OpenManyForm,
    "close": CloseAccountForm,
    "credit": MintForm,
    "pay-out": SettleWithdrawalForm,
    "refuse": RefuseWithdrawalForm,
    "limit": SetLimitForm,
    "propose": ProposeSettlementForm,
    "confirm": ConfirmSettlementForm,
    "drop": DropSettlementForm,
}
