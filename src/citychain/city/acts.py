"""What a request does, in the words of a counter officer, by the published name of the function."""

from citychain.chain.addressbook import AddressBook
from citychain.chain.artifacts import bindings
from citychain.errors import CityError
from citychain.outbox import published
from citychain.outbox.models import Request
from citychain.outbox.wording import Fact, facts
from citychain.portal.wording import short, yuan


def facts_of(request: Request) -> list[Fact]:
    """The arguments that were signed; none where the address book does not know the function, or they do not fit it."""
    found = _published(request)
    if found is None:
        return []
    contract, _dot, function = found.name.partition(".")
    try:
        return facts(getattr(bindings(contract), function).decode(bytes(request.data)))
    except ValueError:
        return []


def act_of(request: Request) -> str:
    """What it does in words, with its amount; the contract's address and the selector where neither is known."""
    found = _published(request)
    if found is None:
        return f"{short(request.target)} {request.selector}"
    amount = next((fact.value for fact in facts_of(request) if fact.kind == "money"), None)
    return str(found.words) if amount is None else f"{found.words} · {yuan(amount)}"


def contract_of(request: Request) -> str:
    """The name of the contract that it calls, "" for one that the address book does not know."""
    try:
        entry = AddressBook.load().by_address(request.target)
    except CityError:
        return ""
    return entry.contract if entry else ""


def _published(request: Request) -> published.Published | None:
    """What it calls, None where that is not open to requests."""
    try:
        return published.lookup(AddressBook.load(), request.target, bytes(request.data))
    except CityError:
        return None
