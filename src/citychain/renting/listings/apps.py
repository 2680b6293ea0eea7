from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ListingsConfig(AppConfig):
    name = "citychain.renting.listings"
    label = "listings"
    #: Its places in the main navigation: the name of the URL and the words of the link.
    places = (("homes", _("To let")),)
    #: Contracts that the council lets into a city after its deployment.
    joins = ("Listings",)
    #: What anybody may request, with the greatest gas a request may ask for; the contract decides who may.
    published = {
        "Listings.offerUnit": 2_500_000,
        "Listings.changePrice": 2_000_000,
        "Listings.prolongOffer": 2_000_000,
        "Listings.withdrawOffer": 250_000,
        "Listings.closeOffer": 2_000_000,
    }
    #: What each of them does, in the words of a counter officer.
    words = {
        "Listings.offerUnit": _("Offer a home to let"),
        "Listings.changePrice": _("Change what an offer costs"),
        "Listings.prolongOffer": _("Prolong an offer"),
        "Listings.withdrawOffer": _("Take an offer back"),
        "Listings.closeOffer": _("Close an offer that is over"),
    }
    labels = {
        "agentFee": _("Fee of the agent"),
        "description": _("Commitment to the description"),
        "earliestDay": _("Free from"),
        "licence": _("Commitment to the agent’s licence"),
        "listingId": _("Number of the offer"),
        "longestMonths": _("Longest, in months"),
        "offer": _("The offer"),
        "shortestMonths": _("Shortest, in months"),
    }
