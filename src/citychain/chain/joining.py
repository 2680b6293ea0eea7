"""A contract joins a city that runs: anybody creates it, the council's decision lets it in."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from django.apps import apps

from .abi import Act, Function
from .addressbook import AddressBook, Entry
from .artifacts import artifact, bindings
from .bindings import Authority
from .council import administer
from .deploy import REPLACEMENT_DELAY, DeploymentFailed, Step, creation_code, entry, sign
from .keys import Key
from .rpc import Rpc
from .sending import included, pause, receipts, send
from .transactions import create_address

#: What the council decides for the contract at this address.
Opening = Callable[[AddressBook, str], list[Act]]


def joining_contracts() -> list[str]:
    """Names of the contracts that parts of the city name as `joins` in their AppConfig, in the order of the parts."""
    return [name for config in apps.get_app_configs() for name in getattr(config, "joins", ())]


class Role(NamedTuple):
    """What only contracts of the city may call: `functions` ("Units.occupy") by the contracts named in `holders`. Parts
    of the city name theirs as `roles` in their AppConfig; numbers are Authority's, each used once."""

    number: int
    label: str
    functions: tuple[str, ...]
    holders: tuple[str, ...]


def roles() -> list[Role]:
    """Roles of all parts."""
    return [role for config in apps.get_app_configs() for role in getattr(config, "roles", ())]


def creation_arguments(book: AddressBook, contract: str, *arguments: Any) -> tuple[Any, ...]:
    """What a contract is created with: addresses of the city's contracts, for each that its constructor names first
    (`authority_` and `titles` are the Authority and Titles), then `arguments`. Raises NotDeployed."""
    names = artifact(contract).constructor_names
    city = names[: len(names) - len(arguments)]
    return (*(book.address(name.rstrip("_").capitalize()) for name in city), *arguments)


def opening(book: AddressBook, target: str) -> list[Act]:
    """What every contract needs: requests may call it, and its administration waits before it changes hands; then the
    roles of its functions, and those that it holds."""
    authority, entry = book.address("Authority"), book.by_address(target)
    return [
        Act(authority, Authority.setTarget(target=target, registered=True)),
        Act(authority, Authority.setTargetAdminDelay(target=target, newDelay=REPLACEMENT_DELAY)),
        *(Act(authority, right) for right in (_rights(entry.contract, target) if entry else ())),
    ]


def _rights(contract: str, target: str) -> Iterator[Function]:
    for role in roles():
        names = [name for owner, name in (function.split(".") for function in role.functions) if owner == contract]
        if names:
            selectors = ["0x" + getattr(bindings(contract), name).selector.hex() for name in names]
            yield Authority.labelRole(roleId=role.number, label=role.label)
            yield Authority.setTargetFunctionRole(target=target, selectors=selectors, roleId=role.number)
        if contract in role.holders:
            yield Authority.grantRole(roleId=role.number, account=target, executionDelay=0)


def join(
    rpc: Rpc,
    contract: str,
    *arguments: Any,
    officers: Sequence[Key],
    deployer: Key,
    key: str = "",
    decision: Opening = opening,
    wait: Callable[[], None] = pause,
) -> int:
    """Creates the contract (creation_arguments), enters it in the address book under `key` (its name unless given), and
    has the council open it.

    Returns 0 when it is open, else the time (UTC seconds) from which the same call goes on: the council's delay. Safe
    to repeat, also after a kill. `deployer` pays and decides nothing. Raises ContractError when the council's decision
    is refused, NotDeployed when it needs a contract that the city does not have.
    """
    book, key = AddressBook.load(), key or contract
    row = next((known for known in book.entries if known.key == key), None)
    if row is None:
        row = _create(rpc, book, contract, arguments, key, deployer, wait)
        book = book.with_entry(row)
        book.save()
    if rpc.view(book.address("Authority"), Authority.isTarget(target=row.address)):
        return 0
    return administer(rpc, book, decision(book, row.address), officers=officers, carrier=deployer, wait=wait)


def _create(
    rpc: Rpc,
    book: AddressBook,
    contract: str,
    arguments: tuple[Any, ...],
    key: str,
    deployer: Key,
    wait: Callable[[], None],
) -> Entry:
    """Creates the contract, unless one of the deployer's transactions did already."""
    code = creation_code(contract, *creation_arguments(book, contract, *arguments))
    step = Step(f"create {key}", 1, "", code)
    chain_id, next_nonce = rpc.chain_id(), rpc.nonce(deployer.address, "latest")
    tries = [sign(step, deployer, chain_id, nonce) for nonce in range(next_nonce + 1)]
    made = [
        n for n, receipt in enumerate(receipts(rpc, [t.hash for t in tries])) if receipt and receipt["status"] == "0x1"
    ]
    nonce = made[-1] if made else next_nonce
    if not made:
        send(rpc, tries[nonce])
    receipt = included(rpc, [tries[nonce].hash], wait)[0]
    if receipt["status"] != "0x1":
        raise DeploymentFailed(step=step.name)
    return entry(rpc, contract, key, create_address(deployer.address, nonce), int(receipt["blockNumber"], 16))
