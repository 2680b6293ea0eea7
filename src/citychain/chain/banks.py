"""A bank joins: its deposit contract, and the council's decision that lets it clear."""

from collections.abc import Callable, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from citychain.errors import Conflict

from .abi import Act, bytes32
from .addressbook import AddressBook, Entry
from .artifacts import bindings
from .bindings import Authority
from .council import administer
from .deploy import CLEARING_ROLE, REPLACEMENT_DELAY, DeploymentFailed, Step, creation_code, entry, sign
from .keys import Key
from .rpc import Rpc
from .sending import included, pause, receipts, send
from .transactions import create_address


class NotABank(Conflict):
    code = "not-a-bank"
    message = _("Institution {institution} is not an accredited bank.")


def add_bank(
    rpc: Rpc,
    institution: int,
    name: str,
    symbol: str,
    *,
    officers: Sequence[Key],
    deployer: Key,
    wait: Callable[[], None] = pause,
) -> int:
    """Deploys Deposits for an accredited bank, enters it in the address book, and has the council open it.

    Returns 0 when the bank clears, else the time (UTC seconds) from which the same call goes on: the council's delay.
    Safe to repeat, also after a kill. `deployer` pays and decides nothing. Raises NotABank, and ContractError when the
    council's decision is refused.
    """
    book = AddressBook.load()
    key = f"Deposits:{institution}"
    known = next((row for row in book.entries if row.key == key), None)
    row = known or _create(rpc, book, institution, name, symbol, key, deployer, wait)
    if known is None:
        book = book.with_entry(row)
        book.save()
    clearing = book.address("Clearing")
    if rpc.view(clearing, bindings("Clearing").bankOf(deposits=row.address)):
        return 0
    acts = opening(book, row.address)
    return administer(rpc, book, acts, officers=officers, carrier=deployer, wait=wait)


def opening(book: AddressBook, deposits: str) -> list[Act]:
    """What the council decides so that a bank's deposits take part in everything."""
    authority, clearing = book.address("Authority"), book.address("Clearing")
    contract: Any = bindings("Deposits")
    selectors = ["0x" + function.selector.hex() for function in (contract.clearingBurn, contract.clearingMint)]
    return [
        Act(authority, Authority.setTarget(target=deposits, registered=True)),
        Act(
            authority,
            Authority.setTargetFunctionRole(target=deposits, selectors=selectors, roleId=CLEARING_ROLE),
        ),
        Act(clearing, bindings("Clearing").registerBank(deposits=deposits)),
        Act(authority, Authority.setTargetAdminDelay(target=deposits, newDelay=REPLACEMENT_DELAY)),
    ]


def _create(
    rpc: Rpc,
    book: AddressBook,
    institution: int,
    name: str,
    symbol: str,
    key: str,
    deployer: Key,
    wait: Callable[[], None],
) -> Entry:
    """Creates the contract, unless one of the deployer's transactions did already."""
    kind = rpc.view(book.address("Institutions"), bindings("Institutions").kindOf(institution=institution))
    if kind != bytes32("bank"):
        raise NotABank(institution=institution)
    code = creation_code("Deposits", book.address("Authority"), book.address("Institutions"), institution, name, symbol)
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
    address = create_address(deployer.address, nonce)
    return entry(rpc, "Deposits", key, address, int(receipt["blockNumber"], 16))
