"""Transactions of the city's own servers: sent once, waited for, their refusal in words.

Requests of persons and institutions do not come this way: they go through the outbox.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from citychain.errors import Unavailable

from .errors import from_revert
from .keys import Key
from .rpc import Call, Rpc, RpcError
from .transactions import SignedTransaction, sign_1559

#: Wei for a unit of gas: the most that is paid, and the share of whoever makes the block.
MAX_FEE = 10 * 10**9
TIP = 10**9
#: Gas that a call may use; what it leaves costs nothing.
CALL_GAS = 15_000_000
PATIENCE = 300.0

Receipt = dict[str, Any]


class NotIncluded(Unavailable):
    code = "not-included"
    message = _("The node has not included a transaction within {seconds} seconds. Nothing was lost; run it again.")


def pause() -> None:
    """What is done between two looks, where nothing else makes blocks."""
    time.sleep(0.05)


def receipts(rpc: Rpc, hashes: Sequence[str]) -> list[Receipt | None]:
    """The receipts of these transactions, None for one that is not included. Raises RpcError, NodeUnavailable."""
    found = rpc.batch([("eth_getTransactionReceipt", (tx,)) for tx in hashes])
    for answer in found:
        if isinstance(answer, RpcError):
            raise answer
    return found


def included(rpc: Rpc, hashes: Sequence[str], wait: Callable[[], None] = pause) -> list[Receipt]:
    """The same once all are there; raises NotIncluded when they do not come."""
    deadline = time.monotonic() + PATIENCE
    while True:
        found = [receipt for receipt in receipts(rpc, hashes) if receipt is not None]
        if len(found) == len(hashes):
            return found
        if time.monotonic() > deadline:
            raise NotIncluded(seconds=PATIENCE)
        wait()


def send(rpc: Rpc, transaction: SignedTransaction) -> None:
    """Sends it, unless the node has it already. Raises RpcError when the node refuses it."""
    answer = rpc.send_raw([transaction.raw])[0]
    if isinstance(answer, RpcError) and not rpc.call("eth_getTransactionByHash", transaction.hash):
        raise answer


def transact(rpc: Rpc, key: Key, to: str, data: bytes, wait: Callable[[], None] = pause) -> Receipt:
    """Calls a contract from a server's own account and returns the receipt once it is included.

    Tries it first: a call that would be refused raises its ContractError and is not sent. Raises NodeUnavailable, and
    ContractError too when the state changed between trying and inclusion.
    """
    tried = rpc.simulate([Call(key.address, to, data, CALL_GAS)])[0]
    if not tried.success:
        raise from_revert(tried.data)
    signed = sign_1559(
        key,
        chain_id=rpc.chain_id(),
        nonce=rpc.nonce(key.address),
        to=to,
        data=data,
        gas=CALL_GAS,
        max_fee=MAX_FEE,
        tip=TIP,
    )
    send(rpc, signed)
    receipt = included(rpc, [signed.hash], wait)[0]
    if receipt["status"] != "0x1":
        raise from_revert(rpc.simulate([Call(key.address, to, data, CALL_GAS)])[0].data)
    return receipt
