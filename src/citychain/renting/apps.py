from django.apps import AppConfig


class RentingConfig(AppConfig):
    name = "citychain.renting"
    label = "renting"
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
    }
