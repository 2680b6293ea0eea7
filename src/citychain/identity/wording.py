"""Kinds of institutions, what their keys may sign and steps of their history, in words."""

from collections.abc import Iterable

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

KINDS: dict[str, Promise] = {
    "council": _("Council"),
    "registrar": _("Housing registrar"),
    "supervisor": _("Banking supervisor"),
    "bank": _("Bank"),
    "court": _("Court"),
    "adjudicator": _("Adjudicator"),
    "employer": _("Employer"),
    "contractor": _("Contractor"),
    "auditor": _("Auditor"),
    "utility": _("Utility"),
    "arbitrator": _("Arbitration commission"),
    "mediator": _("Mediation committee"),
    "identity": _("Identity centre"),
    "housing": _("Housing bureau"),
}

STEPS: dict[str, Promise] = {
    "InstitutionAccredited": _("Accredited"),
    "InstitutionDescribed": _("Name or web page changed"),
    "InstitutionRenewed": _("Validity renewed"),
    "InstitutionSuspended": _("Suspended"),
    "InstitutionRevoked": _("Revoked"),
    "InstitutionReinstated": _("Reinstated"),
    "InstitutionVetoed": _("Vetoed by the guardian"),
    "SuccessionOffered": _("Duties offered to a successor"),
    "SuccessionWithdrawn": _("Offer of duties withdrawn"),
    "SuccessionVetoed": _("Offer of duties vetoed by the guardian"),
    "SuccessionAccepted": _("Duties passed to a successor"),
    "KeyAdded": _("Key added"),
    "KeyScopesChanged": _("What a key may do changed"),
    "KeyRemoved": _("Key removed"),
}
#: What a key of an institution may sign (docs/institutions.md).
SCOPES: dict[str, Promise] = {
    "*": _("everything"),
    "titles": _("titles of homes"),
    "mint": _("money issued and withdrawn"),
    "accounts": _("customers’ accounts"),
    "clearing": _("clearing with other banks"),
    "mortgage": _("mortgages"),
    "order": _("court orders"),
    "keys": _("its own keys"),
    "accredit": _("institutions that it answers for"),
    "succession": _("who succeeds it"),
}
#: Why an institution was suspended, revoked or reinstated: codes that the record holds.
REASONS: dict[str, Promise] = {
    "reserve-report-late": _("Report of reserves is late"),
    "report-received": _("Report was received"),
}


def kind_name(kind: str) -> str | Promise:
    """An unknown kind by its own name."""
    return KINDS.get(kind, kind)


def step_words(event: str) -> str | Promise:
    return STEPS.get(event, event)


def reason_words(code: str) -> str | Promise:
    """An unknown code by itself."""
    return REASONS.get(code, code)


def scope_words(scopes: Iterable[str]) -> str:
    """What these scopes allow, one after another; an unknown one by its own name."""
    return gettext(", ").join(str(SCOPES.get(scope, scope)) for scope in scopes)
