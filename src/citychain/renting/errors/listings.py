"""Errors of offers to let: ours first, then one class for each Solidity error."""

from django.utils.translation import gettext_lazy as _

from citychain.errors import ContractError, NotFound


class NoSuchListing(NotFound):
    code = "no-such-listing"
    message = _("There is no offer {what}.")


class AlreadyOffered(ContractError):
    code = "already-offered"
    solidity = "AlreadyOffered"
    message = _("The place {unitId} is offered already, as No. {listingId}.")


class EarliestDayInvalid(ContractError):
    code = "earliest-day-invalid"
    solidity = "EarliestDayInvalid"
    message = _("A lease begins today at the earliest, and within a year.")


class LicenceMissing(ContractError):
    code = "licence-missing"
    solidity = "LicenceMissing"
    message = _("Who offers a home for its owners shows a licence.")


class ListingNotActive(ContractError):
    code = "listing-not-active"
    solidity = "ListingNotActive"
    message = _("The offer {listingId} is over.")


class ListingStillActive(ContractError):
    code = "listing-still-active"
    solidity = "ListingStillActive"
    message = _("The offer {listingId} stands: only who made it or an owner ends it.")


class MonthsInvalid(ContractError):
    code = "months-invalid"
    solidity = "MonthsInvalid"
    message = _("The shortest time is a month at least, and no longer than the longest.")


class NotAnAgent(ContractError):
    code = "not-an-agent"
    solidity = "NotAnAgent"
    message = _("Who lets in person shows no licence and asks no fee.")


class NotOfferable(ContractError):
    code = "not-offerable"
    solidity = "NotOfferable"
    message = _("The place {unitId} can’t be offered: it is not confirmed, let, or seized.")


class NotTheLister(ContractError):
    code = "not-the-lister"
    solidity = "NotTheLister"
    message = _("Only who made the offer changes it.")


class OfferTimeInvalid(ContractError):
    code = "offer-time-invalid"
    solidity = "OfferTimeInvalid"
    message = _("An offer ends in the future, within 180 days.")


class RentMissing(ContractError):
    code = "rent-missing"
    solidity = "RentMissing"
    message = _("The rent is more than nothing.")
