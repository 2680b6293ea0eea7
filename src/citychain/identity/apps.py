from django.apps import AppConfig


class IdentityConfig(AppConfig):
    name = "citychain.identity"
    label = "identity"
    #: What anybody may request, with the greatest gas a request may ask for; the contract decides who may.
    published = {
        "Institutions.accredit": 900_000,
        "Institutions.describe": 300_000,
        "Institutions.renew": 200_000,
        "Institutions.suspend": 200_000,
        "Institutions.revoke": 200_000,
        "Institutions.reinstate": 200_000,
        "Institutions.offerSuccession": 250_000,
        "Institutions.withdrawSuccession": 200_000,
        "Institutions.acceptSuccession": 300_000,
        "Institutions.addKey": 500_000,
        "Institutions.changeScopes": 500_000,
        "Institutions.rotateKey": 600_000,
        "Institutions.removeKey": 250_000,
    }
