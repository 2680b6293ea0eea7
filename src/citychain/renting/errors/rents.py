"""Errors of rent: one class for each Solidity error."""

from django.utils.translation import gettext_lazy as _

from citychain.errors import ContractError


class AmountAboveDue(ContractError):
    code = "amount-above-due"
    solidity = "AmountAboveDue"
    message = _("At most {most} fen can be paid or credited now.")


class AmountAboveOverpaid(ContractError):
    code = "amount-above-overpaid"
    solidity = "AmountAboveOverpaid"
    message = _("Only {most} fen were paid too much.")


class FeeAboveMost(ContractError):
    code = "fee-above-most"
    solidity = "FeeAboveMost"
    message = _("The fee is {most} fen, or at most that.")


class FeeStateWrong(ContractError):
    code = "fee-state-wrong"
    solidity = "FeeStateWrong"
    message = _("The late fee of this month doesn’t stand where this could be done.")


class KindMissing(ContractError):
    code = "kind-missing"
    solidity = "KindMissing"
    message = _("Say in a word what the credit is for.")


class LeaseNotBegun(ContractError):
    code = "lease-not-begun"
    solidity = "LeaseNotBegun"
    message = _("The keys haven’t been handed over: no rent is owed yet.")


class MandateTimeInvalid(ContractError):
    code = "mandate-time-invalid"
    solidity = "MandateTimeInvalid"
    message = _("Automatic payment ends on a day ahead, within three years.")


class MonthInvalid(ContractError):
    code = "month-invalid"
    solidity = "MonthInvalid"
    message = _("The lease has no month {month}.")


class NotATenant(ContractError):
    code = "not-a-tenant"
    solidity = "NotATenant"
    message = _("Only a tenant of the lease may do this.")


class NotThePayee(ContractError):
    code = "not-the-payee"
    solidity = "NotThePayee"
    message = _("Only who receives the rent of the lease may do this.")


class NothingToCollect(ContractError):
    code = "nothing-to-collect"
    solidity = "NothingToCollect"
    message = _("Nothing is due now, or the most for this month was taken.")


class PayeeReachable(ContractError):
    code = "payee-reachable"
    solidity = "PayeeReachable"
    message = _("Who receives the rent has an account at the bank: pay them.")


class PaymentFinal(ContractError):
    code = "payment-final"
    solidity = "PaymentFinal"
    message = _("There is no such payment, or it is final.")


class RentMandateMissing(ContractError):
    code = "rent-mandate-missing"
    solidity = "RentMandateMissing"
    message = _("{payer} lets nobody collect rent of this lease, or not any more.")


class RentNotLate(ContractError):
    code = "rent-not-late"
    solidity = "RentNotLate"
    message = _("The rent of this month isn’t late: it is paid, or the days of grace last.")
