"""Forms of the desk of titles, each of which says who may sign what and puts it in words before."""

from django.utils.functional import Promise

from .base import Case, TitleForm
from .burdens import ExtendSeizureForm, MortgageForm, ReleaseMortgageForm, ReleaseSeizureForm, SeizeForm
from .corrections import CorrectForm, ReverseForm
from .deeds import RegisterForm
from .orders import OrderMortgageReleaseForm, OrderOwnershipForm, OrderReversalForm
from .transfers import AgreeAsBankForm, CancelForm, CompleteForm, ConsentForm, OpenTransferForm
from .units import ConfirmUnitForm, DeclareUnitForm, StrikeUnitForm, WithdrawUnitForm

__all__ = ["ACTS", "Case", "RegisterForm", "TitleForm", "offered", "signer_of"]

#: Acts on one title by the name in their address, in the order in which their buttons stand.
ACTS: dict[str, type[TitleForm]] = {
    "consent": ConsentForm,
    "agree": AgreeAsBankForm,
    "complete": CompleteForm,
    "open-transfer": OpenTransferForm,
    "cancel-transfer": CancelForm,
    "mortgage": MortgageForm,
    "release-mortgage": ReleaseMortgageForm,
    "seize": SeizeForm,
    "extend-seizure": ExtendSeizureForm,
    "release-seizure": ReleaseSeizureForm,
    "declare-unit": DeclareUnitForm,
    "confirm-unit": ConfirmUnitForm,
    "withdraw-unit": WithdrawUnitForm,
    "strike-unit": StrikeUnitForm,
    "order-ownership": OrderOwnershipForm,
    "order-mortgage-release": OrderMortgageReleaseForm,
    "order-reversal": OrderReversalForm,
    "correct": CorrectForm,
    "reverse": ReverseForm,
}


def signer_of(name: str, case: Case) -> str:
    """The account that may sign this act now, "" where none may."""
    return ACTS[name].signer_of(case) if case.registered else ""


def offered(case: Case) -> list[tuple[str, Promise]]:
    """What the reader may do with the title now: the name of each act and what its button says."""
    return [(name, kind.title) for name, kind in ACTS.items() if signer_of(name, case)]
