"""Steps of a title's history and kinds of encumbrances, in words."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

STEPS: dict[str, Promise] = {
    "TitleRegistered": _("Registered"),
    "TitleCorrected": _("Deed corrected"),
    "RegistrationReversed": _("Registration undone"),
    "OwnershipOrdered": _("Ownership ordered by a court"),
    "TransferOpened": _("Transfer opened"),
    "TransferConsented": _("A party agreed to the transfer"),
    "MortgageeConsented": _("The bank of the mortgage agreed"),
    "TransferCancelled": _("Transfer cancelled"),
    "TitleTransferred": _("Transferred to new owners"),
    "MortgageRecorded": _("Mortgage recorded"),
    "MortgageReleased": _("Mortgage released"),
    "SeizureOrdered": _("Seized by a court"),
    "SeizureExtended": _("Seizure extended"),
    "SeizureReleased": _("Seizure released"),
}
#: Steps that make a new version of the deed or of the owners, or end the title.
VERSIONS = {"TitleRegistered", "TitleCorrected", "OwnershipOrdered", "TitleTransferred", "RegistrationReversed"}
BAD_STEPS = {"SeizureOrdered", "RegistrationReversed"}
ENCUMBRANCES: dict[str, Promise] = {"mortgage": _("Mortgage"), "seizure": _("Seizure by a court")}
USES: dict[str, Promise] = {
    "住宅": _("Home"),
    "公寓": _("Apartment"),
    "商业": _("Shop or office"),
}


def step_words(event: str) -> str | Promise:
    return STEPS.get(event, event)


#: Kinds of units, from a whole home to a bed.
UNITS: dict[str, Promise] = {
    "whole": _("The whole home"),
    "flat": _("A flat"),
    "room": _("A room"),
    "bed": _("A bed"),
}
