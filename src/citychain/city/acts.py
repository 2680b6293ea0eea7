"""What a request does, in the words of a counter officer, by the published name of the function."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from citychain.chain.addressbook import AddressBook
from citychain.chain.artifacts import bindings
from citychain.errors import CityError
from citychain.outbox import published
from citychain.outbox.models import Request
from citychain.outbox.wording import Fact, facts
from citychain.portal.wording import short, yuan

WORDS: dict[str, Promise] = {
    "Institutions.accredit": _("Accredit an institution"),
    "Institutions.describe": _("Change an institution’s name or web page"),
    "Institutions.renew": _("Renew an institution’s validity"),
    "Institutions.suspend": _("Suspend an institution"),
    "Institutions.revoke": _("Revoke an institution"),
    "Institutions.reinstate": _("Reinstate an institution"),
    "Institutions.offerSuccession": _("Offer an institution’s duties to a successor"),
    "Institutions.withdrawSuccession": _("Withdraw the offer to a successor"),
    "Institutions.acceptSuccession": _("Take over another institution’s duties"),
    "Institutions.addKey": _("Add a key of an institution"),
    "Institutions.changeScopes": _("Change what a key may sign"),
    "Institutions.rotateKey": _("Replace a key of an institution"),
    "Institutions.removeKey": _("Remove a key of an institution"),
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
    "Titles.register": _("Register a title"),
    "Titles.registerMany": _("Register several titles"),
    "Titles.correct": _("Correct a title"),
    "Titles.reverseRegistration": _("Reverse a registration"),
    "Titles.orderReversal": _("Order that a registration be undone"),
    "Titles.openTransfer": _("Open a transfer of a title"),
    "Titles.consentToTransfer": _("Consent to a transfer"),
    "Titles.consentAsMortgagee": _("Consent to a transfer as mortgagee"),
    "Titles.completeTransfer": _("Complete a transfer of a title"),
    "Titles.cancelTransfer": _("Cancel a transfer of a title"),
    "Titles.recordMortgage": _("Record a mortgage"),
    "Titles.releaseMortgage": _("Release a mortgage"),
    "Titles.orderMortgageRelease": _("Order that a mortgage be released"),
    "Titles.seize": _("Seize a title"),
    "Titles.extendSeizure": _("Extend a seizure"),
    "Titles.releaseSeizure": _("Release a seizure"),
    "Titles.orderOwnership": _("Order who owns a title"),
}


def facts_of(request: Request) -> list[Fact]:
    """The arguments that were signed; none where the address book does not know the function, or they do not fit it."""
    name = _name(request)
    if name is None:
        return []
    contract, _dot, function = name.partition(".")
    try:
        return facts(getattr(bindings(contract), function).decode(bytes(request.data)))
    except ValueError:
        return []


def act_of(request: Request) -> str:
    """What it does in words, with its amount; the contract's address and the selector where neither is known."""
    name = _name(request)
    if name is None:
        return f"{short(request.target)} {request.selector}"
    amount = next((fact.value for fact in facts_of(request) if fact.kind == "money"), None)
    return str(WORDS[name]) if amount is None else f"{WORDS[name]} · {yuan(amount)}"


def contract_of(request: Request) -> str:
    """The name of the contract that it calls, "" for one that the address book does not know."""
    try:
        entry = AddressBook.load().by_address(request.target)
    except CityError:
        return ""
    return entry.contract if entry else ""


def _name(request: Request) -> str | None:
    """The published name of the function."""
    try:
        return published.lookup(AddressBook.load(), request.target, bytes(request.data)).name
    except CityError:
        return None
