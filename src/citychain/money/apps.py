from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MoneyConfig(AppConfig):
    name = "citychain.money"
    label = "money"
    #: Its places in the main navigation: the name of the URL and the words of the link.
    places = (("money", _("Money")),)
    #: What anybody may request, with the greatest gas a request may ask for; the contract decides who may.
    published = {
        "Deposits.transfer": 150_000,
        "Deposits.transferWithReference": 160_000,
        "Deposits.approve": 100_000,
        "Deposits.mint": 250_000,
        "Deposits.openAccount": 160_000,
        "Deposits.openAccounts": 7_000_000,
        "Deposits.closeAccount": 200_000,
        "Deposits.requestWithdrawal": 250_000,
        "Deposits.settleWithdrawal": 250_000,
        "Deposits.refuseWithdrawal": 200_000,
        "Deposits.cancelWithdrawal": 150_000,
        "Deposits.hold": 900_000,
        "Deposits.extendHold": 250_000,
        "Deposits.releaseHold": 600_000,
        "Deposits.redirect": 700_000,
        "Deposits.reverse": 500_000,
        "Clearing.pay": 400_000,
        "Clearing.setLimit": 250_000,
        "Clearing.proposeSettlement": 250_000,
        "Clearing.confirmSettlement": 250_000,
        "Clearing.dropSettlement": 200_000,
    }
    #: What each of them does, in the words of a counter officer.
    words = {
        "Deposits.transfer": _("Pay"),
        "Deposits.transferWithReference": _("Pay, with a reference"),
        "Deposits.approve": _("Let another account draw money"),
        "Deposits.mint": _("Credit a deposit"),
        "Deposits.openAccount": _("Open an account"),
        "Deposits.openAccounts": _("Open several accounts"),
        "Deposits.closeAccount": _("Close an account"),
        "Deposits.requestWithdrawal": _("Ask to be paid out"),
        "Deposits.settleWithdrawal": _("Pay out a withdrawal"),
        "Deposits.refuseWithdrawal": _("Refuse a withdrawal"),
        "Deposits.cancelWithdrawal": _("Take back a withdrawal"),
        "Deposits.hold": _("Order that money be held"),
        "Deposits.extendHold": _("Extend a hold"),
        "Deposits.releaseHold": _("Release a hold"),
        "Deposits.redirect": _("Order that held money be paid to somebody"),
        "Deposits.reverse": _("Order that a payment be reversed"),
        "Clearing.pay": _("Pay to an account at another bank"),
        "Clearing.setLimit": _("Set a limit for another bank"),
        "Clearing.proposeSettlement": _("Propose a settlement between banks"),
        "Clearing.confirmSettlement": _("Confirm a settlement between banks"),
        "Clearing.dropSettlement": _("Drop a settlement between banks"),
    }
