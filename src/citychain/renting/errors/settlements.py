"""Errors of the settlement of deposits: one class for each Solidity error."""

from django.utils.translation import gettext_lazy as _

from citychain.errors import ContractError


class AmountAboveItem(ContractError):
    code = "amount-above-item"
    solidity = "AmountAboveItem"
    message = _("Item {index} has only {open} fen open.")


class AmountCountWrong(ContractError):
    code = "amount-count-wrong"
    solidity = "AmountCountWrong"
    message = _("Give one amount for each of the {count} items.")


class ClaimsAboveDeposit(ContractError):
    code = "claims-above-deposit"
    solidity = "ClaimsAboveDeposit"
    message = _("Claims can come to {most} fen at most.")


class DeadlineAhead(ContractError):
    code = "deadline-ahead"
    solidity = "DeadlineAhead"
    message = _("The time of who has to act isn’t over yet.")


class DeadlinePassed(ContractError):
    code = "deadline-passed"
    solidity = "DeadlinePassed"
    message = _("The time for this is over.")


class ItemIncomplete(ContractError):
    code = "item-incomplete"
    solidity = "ItemIncomplete"
    message = _("Item {index} needs a word for what it is, evidence and an amount.")


class LeaseNotEnded(ContractError):
    code = "lease-not-ended"
    solidity = "LeaseNotEnded"
    message = _("The lease hasn’t ended: its deposit stays until then.")


class NoOtherDecider(ContractError):
    code = "no-other-decider"
    solidity = "NoOtherDecider"
    message = _("Nobody else decides. Go to court.")


class NotTheRefundee(ContractError):
    code = "not-the-refundee"
    solidity = "NotTheRefundee"
    message = _("Only the tenant to whom the deposit goes back may accept this.")


class ReserveTooLarge(ContractError):
    code = "reserve-too-large"
    solidity = "ReserveTooLarge"
    message = _("At most {most} fen may wait for the last bills.")


class StepWrong(ContractError):
    code = "step-wrong"
    solidity = "StepWrong"
    message = _("The settlement of the deposit doesn’t stand where this could be done.")


class TooManyItems(ContractError):
    code = "too-many-items"
    solidity = "TooManyItems"
    message = _("At most 16 items can be claimed.")
