from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RentingConfig(AppConfig):
    name = "citychain.renting"
    label = "renting"
    #: Its places in the main navigation: the name of the URL and the words of the link.
    places = (("titles", _("Homes")),)
    #: Contracts that the council lets into a city after its deployment.
    joins = ("Units",)
    #: What anybody may request, with the greatest gas a request may ask for; the contract decides who may.
    published = {
        "Titles.register": 1_000_000,
        "Titles.registerMany": 8_000_000,
        "Titles.correct": 300_000,
        "Titles.reverseRegistration": 300_000,
        "Titles.orderReversal": 300_000,
        "Titles.openTransfer": 900_000,
        "Titles.consentToTransfer": 200_000,
        "Titles.consentAsMortgagee": 200_000,
        "Titles.completeTransfer": 1_200_000,
        "Titles.cancelTransfer": 400_000,
        "Titles.recordMortgage": 450_000,
        "Titles.releaseMortgage": 250_000,
        "Titles.orderMortgageRelease": 250_000,
        "Titles.seize": 350_000,
        "Titles.extendSeizure": 200_000,
        "Titles.releaseSeizure": 250_000,
        "Titles.orderOwnership": 1_200_000,
        "Units.declareUnit": 400_000,
        "Units.confirmUnit": 250_000,
        "Units.withdrawUnit": 250_000,
        "Units.strikeUnit": 250_000,
        "Units.giveMandate": 200_000,
        "Units.revokeMandate": 150_000,
    }
    #: What each of them does, in the words of a counter officer.
    words = {
        "Titles.register": _("Register a title"),
        "Titles.registerMany": _("Register several titles"),
        "Titles.correct": _("Correct a title"),
        "Titles.reverseRegistration": _("Reverse a registration"),
        "Titles.orderReversal": _("Order that a registration be undone"),
        "Titles.openTransfer": _("Open a transfer of a title"),
        "Titles.consentToTransfer": _("Consent to a transfer"),
        "Titles.consentAsMortgagee": _("Consent to a transfer as mortgagee"),
        "Titles.completeTransfer": _("Complete a transfer of a title"),
        "Titles.cancelTransfer": _("Cancel a transfer of a title"),
        "Titles.recordMortgage": _("Record a mortgage"),
        "Titles.releaseMortgage": _("Release a mortgage"),
        "Titles.orderMortgageRelease": _("Order that a mortgage be released"),
        "Titles.seize": _("Seize a title"),
        "Titles.extendSeizure": _("Extend a seizure"),
        "Titles.releaseSeizure": _("Release a seizure"),
        "Titles.orderOwnership": _("Order who owns a title"),
        "Units.declareUnit": _("Declare what can be let"),
        "Units.confirmUnit": _("Confirm what can be let"),
        "Units.withdrawUnit": _("Withdraw what can be let"),
        "Units.strikeUnit": _("Withdraw what should not be let"),
        "Units.giveMandate": _("Let somebody act for an owner"),
        "Units.revokeMandate": _("End a mandate"),
    }
    labels = {
        "delegate": _("Who may act"),
        "occupants": _("Most people who may live there"),
        "parent": _("Part of the unit, by its number"),
        "scope": _("For what"),
        "unitId": _("Number of the unit"),
    }
