"""Errors of leases and their escrow: one class for each Solidity error."""

from django.utils.translation import gettext_lazy as _

from citychain.errors import ContractError


class AgreementUnchanged(ContractError):
    code = "agreement-unchanged"
    solidity = "AgreementUnchanged"
    message = _("You have agreed to this already, or have nothing to take back.")


class AlreadyAParty(ContractError):
    code = "already-a-party"
    solidity = "AlreadyAParty"
    message = _("{account} stands in the lease already, or is nobody’s account.")


class AmountAboveHeld(ContractError):
    code = "amount-above-held"
    solidity = "AmountAboveHeld"
    message = _("Only {held} fen are held there.")


class ConditionMissing(ContractError):
    code = "condition-missing"
    solidity = "ConditionMissing"
    message = _("Name the condition of the home that you confirm.")


class ConflictOfInterest(ContractError):
    code = "conflict-of-interest"
    solidity = "ConflictOfInterest"
    message = _("{account} is a party of the lease and acts for the institution that would decide; it can’t.")


class CureDaysInvalid(ContractError):
    code = "cure-days-invalid"
    solidity = "CureDaysInvalid"
    message = _("The other side needs at least {least} days to put this right, and at most 366.")


class DayInvalid(ContractError):
    code = "day-invalid"
    solidity = "DayInvalid"
    message = _("This day is past, outside of the lease, or changes nothing.")


class DemandWrong(ContractError):
    code = "demand-wrong"
    solidity = "DemandWrong"
    message = _("No demand of that side stands that this could follow now.")


class EndDayInvalid(ContractError):
    code = "end-day-invalid"
    solidity = "EndDayInvalid"
    message = _("The lease can end on a later day than this, and only before its present last day.")


class EscrowAccountMissing(ContractError):
    code = "escrow-account-missing"
    solidity = "EscrowAccountMissing"
    message = _("The bank has not opened an account for the escrow yet. Ask the bank.")


class FundingOver(ContractError):
    code = "funding-over"
    solidity = "FundingOver"
    message = _("The time to pay for this lease is over.")


class HandoverOver(ContractError):
    code = "handover-over"
    solidity = "HandoverOver"
    message = _("The time to hand over the keys of this lease is over.")


class HeldByOtherCourt(ContractError):
    code = "held-by-other-court"
    solidity = "HeldByOtherCourt"
    message = _("Another court keeps the money of lease {leaseId}.")


class HeldForCourt(ContractError):
    code = "held-for-court"
    solidity = "HeldForCourt"
    message = _("A court keeps the money of lease {leaseId} where it is for now.")


class HoldTooLong(ContractError):
    code = "hold-too-long"
    solidity = "HoldTooLong"
    message = _("A court can keep money for at most one year by one order.")


class LandlordsInvalid(ContractError):
    code = "landlords-invalid"
    solidity = "LandlordsInvalid"
    message = _("Name 1 to 16 landlords in rising order, nobody twice.")


class LeaseStateWrong(ContractError):
    code = "lease-state-wrong"
    solidity = "LeaseStateWrong"
    message = _("Lease {leaseId} is not in a state in which this can be done.")


class LeaseUnknown(ContractError):
    code = "lease-unknown"
    solidity = "LeaseUnknown"
    message = _("There is no lease {leaseId}.")


class NoMoney(ContractError):
    code = "no-money"
    solidity = "NoMoney"
    message = _("No money has come in for lease {leaseId} yet.")


class NoNotice(ContractError):
    code = "no-notice"
    solidity = "NoNotice"
    message = _("The terms of lease {leaseId} allow no ordinary notice.")


class NobodyDecides(ContractError):
    code = "nobody-decides"
    solidity = "NobodyDecides"
    message = _("In mediation nobody decides but the parties together, or a court.")


class NotABank(ContractError):
    code = "deposits-of-no-bank"
    solidity = "NotABank"
    message = _("{deposits} is no bank of this city.")


class NotAPayer(ContractError):
    code = "not-a-payer"
    solidity = "NotAPayer"
    message = _("{account} is no tenant of the lease and has not said that it pays for it.")


class NotLapsed(ContractError):
    code = "not-lapsed"
    solidity = "NotLapsed"
    message = _("Lease {leaseId} can still be paid for, or its keys handed over.")


class NotTheBank(ContractError):
    code = "not-the-bank"
    solidity = "NotTheBank"
    message = _("The money of this lease is kept at another bank.")


class NotTheDecider(ContractError):
    code = "not-the-decider"
    solidity = "NotTheDecider"
    message = _("Another institution decides about this lease.")


class NotTheOwner(ContractError):
    code = "not-the-owner"
    solidity = "NotTheOwner"
    message = _("Only the owner of {account} or the bank may do this.")


class NothingAnnounced(ContractError):
    code = "nothing-announced"
    solidity = "NothingAnnounced"
    message = _("Nothing is announced for {account}, or its time is over.")


class NothingToPay(ContractError):
    code = "nothing-to-pay"
    solidity = "NothingToPay"
    message = _("{account} has no credit in lease {leaseId}.")


class OfferOver(ContractError):
    code = "offer-over"
    solidity = "OfferOver"
    message = _("The offer of this lease has ended. Sign it anew with a later deadline.")


class OtherBank(ContractError):
    code = "other-bank"
    solidity = "OtherBank"
    message = _("The money of lease {leaseId} is kept at another bank.")


class PayeeInvalid(ContractError):
    code = "credit-payee-invalid"
    solidity = "PayeeInvalid"
    message = _("{account} can’t be paid.")


class PayeeNotAnOwner(ContractError):
    code = "payee-not-an-owner"
    solidity = "PayeeNotAnOwner"
    message = _("{payee} does not own the home. Rent goes to an owner, never to who signs for them.")


class MoneyNotMoved(ContractError):
    code = "money-not-moved"
    solidity = "SafeERC20FailedOperation"
    message = _("The bank’s contract {token} did not move the money.")


class SignatureInvalid(ContractError):
    code = "lease-signature-invalid"
    solidity = "SignatureInvalid"
    message = _("The signature of {account} on these terms is missing or wrong.")


class StillLandlords(ContractError):
    code = "still-landlords"
    solidity = "StillLandlords"
    message = _("The landlords of lease {leaseId} may still let the place.")


class TermAboveMost(ContractError):
    code = "term-above-most"
    solidity = "TermAboveMost"
    message = _("The term {field} is above {most}, the most that the city allows.")


class TermBelowLeast(ContractError):
    code = "term-below-least"
    solidity = "TermBelowLeast"
    message = _("The term {field} is below {least}, the least that the city allows.")


class TermInvalid(ContractError):
    code = "term-invalid"
    solidity = "TermInvalid"
    message = _("The term {field} is missing or breaks a rule.")


class TermsUsed(ContractError):
    code = "terms-used"
    solidity = "TermsUsed"
    message = _("Lease {leaseId} was concluded on these very terms.")


class TooEarly(ContractError):
    code = "too-early"
    solidity = "TooEarly"
    message = _("The time to object is not over yet.")


class TooManyOccupants(ContractError):
    code = "too-many-occupants"
    solidity = "TooManyOccupants"
    message = _("At most {most} people may live there.")


class TooSoon(ContractError):
    code = "too-soon"
    solidity = "TooSoon"
    message = _("The other side’s time to answer is not over yet.")
