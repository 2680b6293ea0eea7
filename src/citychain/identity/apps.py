from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class IdentityConfig(AppConfig):
    name = "citychain.identity"
    label = "identity"
    #: Its places in the main navigation: the name of the URL and the words of the link.
    places = (("institutions", _("Institutions")),)
    #: Contracts that the council lets into a city after its deployment.
    joins = ("Passkeys",)
    #: What anybody may request, with the greatest gas a request may ask for; the contract decides who may.
    published = {
        "Institutions.accredit": 900_000,
        "Institutions.describe": 300_000,
        "Institutions.renew": 200_000,
        "Institutions.suspend": 200_000,
        "Institutions.revoke": 200_000,
        "Institutions.reinstate": 200_000,
        "Institutions.veto": 200_000,
        "Institutions.endFounding": 150_000,
        "Institutions.offerSuccession": 250_000,
        "Institutions.withdrawSuccession": 200_000,
        "Institutions.acceptSuccession": 300_000,
        "Institutions.addKey": 500_000,
        "Institutions.changeScopes": 500_000,
        "Institutions.rotateKey": 600_000,
        "Institutions.removeKey": 250_000,
        "Passkeys.open": 200_000,
        "Passkeys.chooseGuardians": 200_000,
        "Passkeys.supportRecovery": 350_000,
        "Passkeys.vetoRecovery": 150_000,
        "Passkeys.finishRecovery": 250_000,
    }
    #: What each of them does, in the words of a counter officer.
    words = {
        "Institutions.accredit": _("Accredit an institution"),
        "Institutions.describe": _("Change an institution’s name or web page"),
        "Institutions.renew": _("Renew an institution’s validity"),
        "Institutions.suspend": _("Suspend an institution"),
        "Institutions.revoke": _("Revoke an institution"),
        "Institutions.reinstate": _("Reinstate an institution"),
        "Institutions.veto": _("Veto what was decided for an institution"),
        "Institutions.endFounding": _("End the founding of the city"),
        "Institutions.offerSuccession": _("Offer an institution’s duties to a successor"),
        "Institutions.withdrawSuccession": _("Withdraw the offer to a successor"),
        "Institutions.acceptSuccession": _("Take over another institution’s duties"),
        "Institutions.addKey": _("Add a key of an institution"),
        "Institutions.changeScopes": _("Change what a key may sign"),
        "Institutions.rotateKey": _("Replace a key of an institution"),
        "Institutions.removeKey": _("Remove a key of an institution"),
        "Passkeys.open": _("Open the account of a passkey"),
        "Passkeys.chooseGuardians": _("Choose who can restore an account"),
        "Passkeys.supportRecovery": _("Support a new passkey for somebody"),
        "Passkeys.vetoRecovery": _("Stop the recovery of your account"),
        "Passkeys.finishRecovery": _("Put the new passkey in place"),
    }
    #: Words of arguments that other parts do not have.
    labels = {
        "guardian": _("Place of the guardian, from 0"),
        "guardians": _("Commitment to the guardian"),
        "qx": _("Passkey, first half"),
        "qy": _("Passkey, second half"),
        "salt": _("Salt"),
    }
