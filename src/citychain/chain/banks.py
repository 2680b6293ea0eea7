"""A bank joins: its deposit contract, and the council's decision that lets it clear."""

from collections.abc import Callable, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from citychain.errors import Conflict

from . import joining
from .abi import Act, bytes32
from .addressbook import AddressBook
from .artifacts import bindings
from .bindings import Authority
from .deploy import CLEARING_ROLE
from .keys import Key
from .rpc import Rpc
from .sending import pause


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
    """Has the Deposits of an accredited bank join (joining.join), under the key "Deposits:<institution>".

    Returns 0 when the bank clears, else the time (UTC seconds) from which the same call goes on. Raises NotABank.
    """
    institutions = AddressBook.load().address("Institutions")
    if rpc.view(institutions, bindings("Institutions").kindOf(institution=institution)) != bytes32("bank"):
        raise NotABank(institution=institution)
    key = f"Deposits:{institution}"
    terms: dict[str, Any] = {"key": key, "decision": opening, "officers": officers, "deployer": deployer, "wait": wait}
    return joining.join(rpc, "Deposits", institution, name, symbol, **terms)


def opening(book: AddressBook, deposits: str) -> list[Act]:
    """What the council decides so that a bank's deposits take part in everything."""
    authority, clearing = book.address("Authority"), book.address("Clearing")
    contract: Any = bindings("Deposits")
    selectors = ["0x" + function.selector.hex() for function in (contract.clearingBurn, contract.clearingMint)]
    return [
        *joining.opening(book, deposits),
        Act(
            authority,
            Authority.setTargetFunctionRole(target=deposits, selectors=selectors, roleId=CLEARING_ROLE),
        ),
        Act(clearing, bindings("Clearing").registerBank(deposits=deposits)),
    ]
