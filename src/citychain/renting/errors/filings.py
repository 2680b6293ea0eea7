"""Errors of filings with the housing bureau: ours first, then one class for each Solidity error."""

from django.utils.translation import gettext_lazy as _

from citychain.errors import ContractError, NotFound


class NoCertificate(NotFound):
    code = "no-certificate"
    message = _("There is no certificate of lease {what} that you may read.")


class FilingStateWrong(ContractError):
    code = "filing-state-wrong"
    solidity = "FilingStateWrong"
    message = _("The filing of lease {leaseId} doesn’t stand so, or something else was submitted meanwhile.")


class LandlordsSubmit(ContractError):
    code = "landlords-submit"
    solidity = "LandlordsSubmit"
    message = _("The landlord still has time to submit this lease. After that you can do it as its tenant.")


class ObjectionOpen(ContractError):
    code = "objection-open"
    solidity = "ObjectionOpen"
    message = _("The parties may still object to the report.")


class ReportWrong(ContractError):
    code = "report-wrong"
    solidity = "ReportWrong"
    message = _("No report stands here that this could follow, or a party objected to it, or one stands already.")
