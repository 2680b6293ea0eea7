from django.apps import AppConfig


class MoneyConfig(AppConfig):
    name = "citychain.money"
    label = "money"
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
