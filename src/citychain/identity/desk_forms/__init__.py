"""Forms of what is decided about institutions, each of which says who may sign what and puts it in words before."""

from django.utils.functional import Promise

from .accrediting import AccreditForm, DescribeForm, RenewForm
from .base import Case, InstitutionForm
from .decisions import EndFoundingForm, ReinstateForm, RevokeForm, SuspendForm, VetoForm
from .keys import SCOPES, SCOPES_OF, AddKeyForm, ChangeScopesForm, RemoveKeyForm, RotateKeyForm
from .succession import AcceptForm, OfferForm, WithdrawOfferForm

__all__ = ["ACTS", "SCOPES", "SCOPES_OF", "Case", "InstitutionForm", "offered"]

#: Acts by the name in their address, in the order in which their buttons stand.
ACTS: dict[str, type[InstitutionForm]] = {
    "veto": VetoForm,
    "accept-duties": AcceptForm,
    "accredit": AccreditForm,
    "end-founding": EndFoundingForm,
    "add-key": AddKeyForm,
    "change-scopes": ChangeScopesForm,
    "rotate-key": RotateKeyForm,
    "remove-key": RemoveKeyForm,
    "describe": DescribeForm,
    "renew": RenewForm,
    "offer-duties": OfferForm,
    "withdraw-offer": WithdrawOfferForm,
    "reinstate": ReinstateForm,
    "suspend": SuspendForm,
    "revoke": RevokeForm,
}


def offered(case: Case) -> list[tuple[str, Promise]]:
    """What the reader may do about the institution now: the name of each act and what its button says."""
    return [(name, kind.title) for name, kind in ACTS.items() if kind.signer_of(case)]
