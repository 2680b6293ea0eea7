"""Errors of renting: ours first, then one class for each Solidity error of Titles and Units; of leases beside."""

from django.utils.translation import gettext_lazy as _

from citychain.errors import Conflict, ContractError, InvalidInput, NotFound

from . import filings as filings
from . import leases as leases
from . import listings as listings
from . import rents as rents
from . import settlements as settlements
from .filings import NoCertificate as NoCertificate
from .listings import NoSuchListing as NoSuchListing


class NoSuchTitle(NotFound):
    code = "no-such-title"
    message = _("There is no title {what}.")


class NoSuchUnit(NotFound):
    code = "no-such-unit"
    message = _("There is no unit {what}.")


class NoSuchLease(NotFound):
    code = "no-such-lease"
    message = _("There is no lease {what}.")


class NoSuchPhoto(NotFound):
    code = "no-such-photo"
    message = _("There is no photo {what} of this lease.")


class NoSuchOffer(NotFound):
    code = "no-such-offer"
    message = _("There is no such offer, or it isn’t one of yours.")


class OfferClosed(Conflict):
    code = "offer-closed"
    message = _("This offer can’t be signed or changed: {reason}.")


class WrongOfferSignature(InvalidInput):
    code = "wrong-offer-signature"
    message = _("This is not the signature of {account} on these terms. Nothing was kept.")


class EncumbranceNotInForce(ContractError):
    code = "encumbrance-not-in-force"
    solidity = "EncumbranceNotInForce"
    message = _("This mortgage or seizure is not in force.")


class TooManyEncumbrances(ContractError):
    code = "too-many-encumbrances"
    solidity = "TooManyEncumbrances"
    message = _("The title carries as many mortgages and seizures as it can.")


class PeriodInvalid(ContractError):
    code = "period-invalid"
    solidity = "PeriodInvalid"
    message = _("The period must end after it begins, and in the future.")


class NotThisHolder(ContractError):
    code = "not-this-holder"
    solidity = "NotThisHolder"
    message = _("This right belongs to another institution.")


class TitleSeized(ContractError):
    code = "title-seized"
    solidity = "TitleSeized"
    message = _("A court has seized title {titleId}; it can't change until the court releases it.")


class TitleNotTransferable(ContractError):
    code = "title-not-transferable"
    solidity = "TitleNotTransferable"
    message = _("A title moves when its owners and the registrar agree, never by its holder alone.")


class TitleNotApprovable(ContractError):
    code = "title-not-approvable"
    solidity = "TitleNotApprovable"
    message = _("Nobody can be approved to move a title.")


class TitleNotRegistered(ContractError):
    code = "title-not-registered"
    solidity = "TitleNotRegistered"
    message = _("There is no title {titleId}, or it was cancelled.")


class NotThisRegistrar(ContractError):
    code = "not-this-registrar"
    solidity = "NotThisRegistrar"
    message = _("Another registrar keeps this title.")


class CommitmentMissing(ContractError):
    code = "commitment-missing"
    solidity = "CommitmentMissing"
    message = _("The deed's commitment is missing.")


class CommitmentAlreadyRegistered(ContractError):
    code = "commitment-already-registered"
    solidity = "CommitmentAlreadyRegistered"
    message = _("This deed is registered already, as title {titleId}.")


class TownCodeInvalid(ContractError):
    code = "town-code-invalid"
    solidity = "TownCodeInvalid"
    message = _("{townCode} is not the code of a town.")


class OwnerCountInvalid(ContractError):
    code = "owner-count-invalid"
    solidity = "OwnerCountInvalid"
    message = _("A title has between one owner and as many as the record allows.")


class OwnerInvalid(ContractError):
    code = "owner-invalid"
    solidity = "OwnerInvalid"
    message = _("{account} can't own a title.")


class OwnerRepeated(ContractError):
    code = "owner-repeated"
    solidity = "OwnerRepeated"
    message = _("{account} is named twice among the owners.")


class SharesInvalid(ContractError):
    code = "shares-invalid"
    solidity = "SharesInvalid"
    message = _("The owners' shares must sum to 100 %.")


class NobodyMustConsent(ContractError):
    code = "nobody-must-consent"
    solidity = "NobodyMustConsent"
    message = _("At least one owner must be asked for consent.")


class TransferAlreadyOpen(ContractError):
    code = "transfer-already-open"
    solidity = "TransferAlreadyOpen"
    message = _("Another transfer of title {titleId} is open.")


class TransferNotOpen(ContractError):
    code = "transfer-not-open"
    solidity = "TransferNotOpen"
    message = _("This transfer is not open any more.")


class TransferLapsed(ContractError):
    code = "transfer-lapsed"
    solidity = "TransferLapsed"
    message = _("The time for this transfer has passed; ask the registrar for a new one.")


class DeadlineInvalid(ContractError):
    code = "deadline-invalid"
    solidity = "DeadlineInvalid"
    message = _("The deadline is past or too far ahead.")


class NotAParty(ContractError):
    code = "not-a-party"
    solidity = "NotAParty"
    message = _("{account} is no party to this transfer.")


class AlreadyConsented(ContractError):
    code = "already-consented"
    solidity = "AlreadyConsented"
    message = _("You have agreed already.")


class ConsentMissing(ContractError):
    code = "consent-missing"
    solidity = "ConsentMissing"
    message = _("{account} has not agreed yet.")


class MortgageeConsentMissing(ContractError):
    code = "mortgagee-consent-missing"
    solidity = "MortgageeConsentMissing"
    message = _("A bank with a mortgage on this home has not agreed yet.")


class BatchInvalid(ContractError):
    code = "batch-invalid"
    solidity = "BatchInvalid"
    message = _("Nothing to register, or too much at once.")


class AlreadyTransferred(ContractError):
    code = "already-transferred"
    solidity = "AlreadyTransferred"
    message = _("Title {titleId} has passed to others since; only a court can undo that.")


class ReversalTimeOver(ContractError):
    code = "reversal-time-over"
    solidity = "ReversalTimeOver"
    message = _("The registration of title {titleId} is older than thirty days; only a court can undo it now.")


class TooManySeizuresOfCourt(ContractError):
    code = "too-many-seizures-of-court"
    solidity = "TooManySeizuresOfCourt"
    message = _("Title {titleId} carries as many seizures of this court as it can; release one first.")


class TitleEncumbered(ContractError):
    code = "title-encumbered"
    solidity = "TitleEncumbered"
    message = _("A bank or a court holds a right in title {titleId}; it must be released first.")


# --- Units: what is let ---------------------------------------------------------------------------------------------


class UnitNotInUse(ContractError):
    code = "unit-not-in-use"
    solidity = "UnitNotInUse"
    message = _("There is no place {unitId} to let, or it was withdrawn.")


class UnitNotConfirmed(ContractError):
    code = "unit-not-confirmed"
    solidity = "UnitNotConfirmed"
    message = _("The registrar has not confirmed the place {unitId} yet.")


class UnitKindInvalid(ContractError):
    code = "unit-kind-invalid"
    solidity = "KindInvalid"
    message = _("A place to let is a whole home, a flat, a room or a bed.")


class ParentInvalid(ContractError):
    code = "parent-invalid"
    solidity = "ParentInvalid"
    message = _("The place can't be a part of {parent}: a bed is in a room, a room in a flat or a home, of one title.")


class WholeExcludes(ContractError):
    code = "whole-excludes"
    solidity = "WholeExcludes"
    message = _(
        "Title {titleId} is let as a whole, or in parts: declare this below the whole, or withdraw those first."
    )


class TooManyParts(ContractError):
    code = "too-many-parts"
    solidity = "TooManyParts"
    message = _("The place {unitId} has as many parts as it can; declare the building flat by flat.")


class UnitHasParts(ContractError):
    code = "unit-has-parts"
    solidity = "UnitHasParts"
    message = _("The place {unitId} has parts; withdraw them first.")


class OccupantsInvalid(ContractError):
    code = "occupants-invalid"
    solidity = "OccupantsInvalid"
    message = _("{occupants} people can't be the most who live in one place.")


class NotALandlord(ContractError):
    code = "not-a-landlord"
    solidity = "NotALandlord"
    message = _("{account} may not let this place.")


class LandlordCountInvalid(ContractError):
    code = "landlord-count-invalid"
    solidity = "LandlordCountInvalid"
    message = _("A place is let by one account or a few, not by {count}.")


class MandateInvalid(ContractError):
    code = "mandate-invalid"
    solidity = "MandateInvalid"
    message = _("A mandate is for somebody else, says what for, and ends in the future, within three years.")


class MandateMissing(ContractError):
    code = "mandate-missing"
    solidity = "MandateMissing"
    message = _("{delegate} has no such mandate from you.")


class DaysTaken(ContractError):
    code = "days-taken"
    solidity = "DaysTaken"
    message = _("On some of these days the place, a part of it or what it is a part of is let already.")


class DaysInvalid(ContractError):
    code = "days-invalid"
    solidity = "DaysInvalid"
    message = _("A lease begins today or later, ends after that, and lasts twenty years at most.")


class LeaseInvalid(ContractError):
    code = "lease-invalid"
    solidity = "LeaseInvalid"
    message = _("The lease {leaseId} can't take this place.")


class OutsideHeadLease(ContractError):
    code = "outside-head-lease"
    solidity = "OutsideHeadLease"
    message = _("The sublease goes beyond its head lease, or that one allows no subletting.")


class TooManyOccupations(ContractError):
    code = "too-many-occupations"
    solidity = "TooManyOccupations"
    message = _("The place {unitId} has as many leases ahead as it can.")


class UnitSeized(ContractError):
    code = "unit-seized"
    solidity = "UnitSeized"
    message = _("A court has seized the title of the place {unitId}; it can't be let until the court releases it.")


class UnitStillOccupied(ContractError):
    code = "unit-still-occupied"
    solidity = "UnitStillOccupied"
    message = _("The place {unitId} is let; it can't be withdrawn before that ends.")
