"""Acts on one lease, each of which says who may sign what and puts it in words before."""

from django.utils.functional import Promise

from .base import Case, LeaseForm
from .deposits import (
    AcceptClaimsForm,
    BillsForm,
    ClaimForm,
    ContestClaimsForm,
    DecideClaimsForm,
    EnforceForm,
    GoToCourtForm,
    ReferForm,
    ReleaseForm,
    RemindForm,
    ReplaceDeciderForm,
    WithdrawClaimsForm,
)
from .endings import (
    AcceptForm,
    AgreeForm,
    CallOffForm,
    ContestForm,
    CourtAwardForm,
    CourtHoldForm,
    DecideForm,
    DemandForm,
    EndForm,
    ExtendForm,
    NoticeForm,
    OrderEndForm,
    TakeBackForm,
    TerminateForm,
    WithdrawDemandForm,
)
from .filings import (
    CancelForm,
    ContestReportForm,
    EndReportedForm,
    FileForm,
    ReportForm,
    ReturnForm,
    SubmitForm,
    WithdrawReportForm,
)
from .money import AllowForm, FundForm, HandoverForm, LapseForm, PayOutForm, SponsorForm
from .rents import (
    AllowRentForm,
    ClaimFeeForm,
    ContestFeeForm,
    CreditForm,
    DecideCreditForm,
    DecideFeeForm,
    MandateForm,
    PayFeeForm,
    PayRentForm,
    RevokeMandateForm,
    WaiveFeeForm,
)

__all__ = ["ACTS", "DECIDING", "FILING", "Case", "LeaseForm", "offered", "signer_of"]

#: By the name in their address, in the order in which their buttons stand.
ACTS: dict[str, type[LeaseForm]] = {
    "allow": AllowForm,
    "fund": FundForm,
    "sponsor": SponsorForm,
    "handover": HandoverForm,
    "pay-rent": PayRentForm,
    "allow-rent": AllowRentForm,
    "claim": ClaimForm,
    "accept-claims": AcceptClaimsForm,
    "contest-claims": ContestClaimsForm,
    "decide-claims": DecideClaimsForm,
    "release": ReleaseForm,
    "enforce": EnforceForm,
    "remind": RemindForm,
    "refer": ReferForm,
    "replace-decider": ReplaceDeciderForm,
    "claim-bills": BillsForm,
    "withdraw-claims": WithdrawClaimsForm,
    "go-to-court": GoToCourtForm,
    "agree": AgreeForm,
    "accept": AcceptForm,
    "contest": ContestForm,
    "decide": DecideForm,
    "pay-out": PayOutForm,
    "lapse": LapseForm,
    "mandate": MandateForm,
    "revoke-mandate": RevokeMandateForm,
    "claim-fee": ClaimFeeForm,
    "contest-fee": ContestFeeForm,
    "decide-fee": DecideFeeForm,
    "pay-fee": PayFeeForm,
    "waive-fee": WaiveFeeForm,
    "credit": CreditForm,
    "decide-credit": DecideCreditForm,
    "submit-filing": SubmitForm,
    "file-lease": FileForm,
    "return-filing": ReturnForm,
    "contest-report": ContestReportForm,
    "end-reported": EndReportedForm,
    "withdraw-report": WithdrawReportForm,
    "report-outside": ReportForm,
    "cancel-filing": CancelForm,
    "extend": ExtendForm,
    "notice": NoticeForm,
    "end": EndForm,
    "demand": DemandForm,
    "terminate": TerminateForm,
    "withdraw-demand": WithdrawDemandForm,
    "take-back": TakeBackForm,
    "call-off": CallOffForm,
    "order-end": OrderEndForm,
    "court-hold": CourtHoldForm,
    "court-award": CourtAwardForm,
}

#: Acts of who decides between the parties.
DECIDING = ("decide", "decide-claims", "decide-fee", "decide-credit")
#: What a clerk of the housing bureau does with what was submitted.
FILING = ("file-lease", "return-filing")


def signer_of(name: str, case: Case) -> str:
    """The account that may sign this act now, "" where none may."""
    return ACTS[name].signer_of(case)


def offered(case: Case) -> list[tuple[str, Promise]]:
    """What the reader may do with the lease now: the name of each act and what its button says."""
    return [(name, kind.title) for name, kind in ACTS.items() if signer_of(name, case)]
