"""What a request does, in the words of a counter officer, by the published name of the function."""

from citychain.chain.addressbook import AddressBook
from citychain.chain.artifacts import bindings
from citychain.errors import CityError
from citychain.outbox import published
from citychain.outbox.models import Request
from citychain.outbox.wording import Fact, facts
from citychain.portal.wording import short, yuan


def words_of(target: str, data: bytes) -> tuple[str, list[Fact]]:
    """What a call does in words, and its arguments: "" where the address book does not know the function, no arguments
    where they do not fit it."""
    try:
        found = published.lookup(AddressBook.load(), target, data)
    except CityError:
        return "", []
    contract, _dot, function = found.name.partition(".")
    try:
        return str(found.words), facts(getattr(bindings(contract), function).decode(data))
    except ValueError:
        return str(found.words), []


def facts_of(request: Request) -> list[Fact]:
    """The arguments that were signed."""
    return words_of(request.target, bytes(request.data))[1]


def act_of(request: Request) -> str:
    """What it does in words, with its amount; the contract's address and the selector where neither is known."""
    words, found = words_of(request.target, bytes(request.data))
    amount = next((fact.value for fact in found if fact.kind == "money"), None)
    if not words:
        return f"{short(request.target)} {request.selector}"
    return words if amount is None else f"{words} · {yuan(amount)}"


def contract_of(request: Request) -> str:
    """The name of the contract that it calls, "" for one that the address book does not know."""
    try:
        entry = AddressBook.load().by_address(request.target)
    except CityError:
        return ""
    return entry.contract if entry else ""
