"""Errors of money: one class for each Solidity error of Deposits and Clearing (amounts arrive in fen)."""

from django.utils.translation import gettext_lazy as _

from citychain.errors import CityError, ContractError, InvalidInput, NotFound


class AmountInvalid(InvalidInput):
    code = "amount-invalid"


class AmountTooLarge(ContractError):
    code = "amount-too-large"
    solidity = "AmountTooLarge"
    message = _("The amount is larger than the record can hold.")


class AmountZero(ContractError):
    code = "amount-zero"
    solidity = "AmountZero"
    message = _("The amount must be more than nothing.")


class AccountNotOpen(ContractError):
    code = "account-not-open"
    solidity = "AccountNotOpen"
    message = _("{account} has no open account at this bank.")


class AccountAlreadyOpen(ContractError):
    code = "account-already-open"
    solidity = "AccountAlreadyOpen"
    message = _("{account} has an account at this bank already.")


class InvalidHolder(ContractError):
    code = "invalid-holder"
    solidity = "InvalidHolder"
    message = _("{account} can't hold an account.")


class CustodianHasNoCode(ContractError):
    code = "custodian-has-no-code"
    solidity = "CustodianHasNoCode"
    message = _("{account} is not a contract, so it can't keep money for others.")


class AccountNotEmpty(ContractError):
    code = "account-not-empty"
    solidity = "AccountNotEmpty"
    message = _("The account still holds money; pay it out before closing.")


class WithdrawalWaits(ContractError):
    code = "withdrawal-waits"
    solidity = "WithdrawalWaits"
    message = _("A withdrawal from this account is still waiting.")


class AccountHeld(ContractError):
    code = "account-held"
    solidity = "AccountHeld"
    message = _("A court holds money in this account.")


class InsufficientAvailable(ContractError):
    code = "insufficient-available"
    solidity = "InsufficientAvailable"
    message = _("Not enough money is available: {available} fen are, {needed} fen are needed.")


class NotThisBank(ContractError):
    code = "not-this-bank"
    solidity = "NotThisBank"
    message = _("You act for another bank than the one this account is at.")


class BatchTooLarge(ContractError):
    code = "batch-too-large"
    solidity = "BatchTooLarge"
    message = _("{length} are too many at once; at most {maximum}.")


class ReferenceUsed(ContractError):
    code = "reference-used"
    solidity = "ReferenceUsed"
    message = _("This reference was used before: the earlier one went through. Do not repeat it.")


class ReferenceMissing(ContractError):
    code = "reference-missing"
    solidity = "ReferenceMissing"
    message = _("A reference is needed.")


class WithdrawalNotWaiting(ContractError):
    code = "withdrawal-not-waiting"
    solidity = "WithdrawalNotWaiting"
    message = _("This withdrawal is not waiting any more.")


class NotWithdrawalHolder(ContractError):
    code = "not-withdrawal-holder"
    solidity = "NotWithdrawalHolder"
    message = _("Only who asked for the withdrawal may take it back.")


class WithdrawalNotDue(ContractError):
    code = "withdrawal-not-due"
    solidity = "WithdrawalNotDue"
    message = _("The bank still has time to answer.")


class CustodianCannotBeHeld(ContractError):
    code = "custodian-cannot-be-held"
    solidity = "CustodianCannotBeHeld"
    message = _("This account keeps money for others; hold the party's claim there instead.")


class ExpiryInvalid(ContractError):
    code = "expiry-invalid"
    solidity = "ExpiryInvalid"
    message = _("The end of the hold is past, earlier than its present end, or more than a year ahead.")


class TooManyHolds(ContractError):
    code = "too-many-holds"
    solidity = "TooManyHolds"
    message = _("This account carries as many holds as it can.")


class TooManyHoldsOfCourt(ContractError):
    code = "too-many-holds-of-court"
    solidity = "TooManyHoldsOfCourt"
    message = _("This account carries as many holds of this court as it can; release one first.")


class HoldNotInForce(ContractError):
    code = "hold-not-in-force"
    solidity = "HoldNotInForce"
    message = _("This hold is over.")


class NotThisCourt(ContractError):
    code = "not-this-court"
    solidity = "NotThisCourt"
    message = _("Another court ordered this.")


class RedirectExceedsHold(ContractError):
    code = "redirect-exceeds-hold"
    solidity = "RedirectExceedsHold"
    message = _("The order holds only {remaining} fen.")


class CaseNumberMissing(ContractError):
    code = "case-number-missing"
    solidity = "CaseNumberMissing"
    message = _("An order must name its case.")


class AlreadyReversed(ContractError):
    code = "already-reversed"
    solidity = "AlreadyReversed"
    message = _("This payment was already reversed in this case.")


class NotRegistered(ContractError):
    code = "bank-not-registered"
    solidity = "NotRegistered"
    message = _("This bank does not take part in clearing.")


class AlreadyRegistered(ContractError):
    code = "bank-already-registered"
    solidity = "AlreadyRegistered"
    message = _("This bank takes part in clearing already.")


class ForeignDeposits(ContractError):
    code = "foreign-deposits"
    solidity = "ForeignDeposits"
    message = _("This bank's contract belongs to another city.")


class SameDeposits(ContractError):
    code = "same-deposits"
    solidity = "SameDeposits"
    message = _("Payer and payee are at the same bank; pay directly.")


class SameBank(ContractError):
    code = "same-bank"
    solidity = "SameBank"
    message = _("A bank has no position with itself.")


class LimitExceeded(ContractError):
    code = "limit-exceeded"
    solidity = "LimitExceeded"
    message = _("The banks have reached the limit that they set for each other. Try again after they settle.")


class SettlementNotProposed(ContractError):
    code = "settlement-not-proposed"
    solidity = "SettlementNotProposed"
    message = _("No such settlement was proposed.")


class UnknownBank(NotFound):
    code = "unknown-bank"
    message = _("There is no bank {what}.")


class UnknownAccount(NotFound):
    code = "unknown-account"
    message = _("{what} has no account at this bank.")


class PaymentLinkAltered(InvalidInput):
    code = "payment-link-altered"
    message = _("This link is not as it was made: somebody altered it, or it was cut off. Do not pay by it.")


class PaymentLinkExpired(CityError):
    code = "payment-link-expired"
    status = 410
    message = _("This link was good until {day}. Ask whoever sent it for a new one.")
