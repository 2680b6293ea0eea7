"""The questions that we ask an Ethereum node."""

import functools
from collections.abc import Sequence
from typing import Any

from django.conf import settings

from . import answers, clock
from .abi import Function, Result
from .answers import Call, CallResult, Header, RawLog
from .jsonrpc import JsonRpc, NodeUnavailable, RpcError, decoder

__all__ = ["Call", "CallResult", "Header", "NodeUnavailable", "RawLog", "Rpc", "RpcError", "connect", "second"]

#: Null is never taken for a range without logs.
_LOGS = decoder(list[answers.WireLog])


class Rpc(JsonRpc):
    """A node behind `url`, which has `seconds` for each answer. Safe to share between threads."""

    def chain_id(self) -> int:
        return int(self.call("eth_chainId"), 16)

    def head(self) -> Header:
        """The newest block."""
        return self._header("latest")

    def final(self) -> Header:
        """The newest block that can't be undone."""
        return self._header("finalized")

    def _header(self, tag: str) -> Header:
        found = self.call("eth_getBlockByNumber", tag, False)
        if found is None:
            raise NodeUnavailable(reason=f"no {tag} block yet")
        return answers.header(found)

    def header(self, number: int) -> Header | None:
        """The block with this number on the present chain, None when there is none."""
        found = self.call("eth_getBlockByNumber", hex(number), False)
        return None if found is None else answers.header(found)

    def headers(self, first: int, last: int) -> list[Header]:
        """Blocks first to last, both included; raises NodeUnavailable when one is missing."""
        found = self.batch([("eth_getBlockByNumber", (hex(n), False)) for n in range(first, last + 1)])
        if any(not isinstance(block, dict) for block in found):
            raise NodeUnavailable(reason=f"blocks {first} to {last} are not all there")
        return [answers.header(block) for block in found]

    def logs(self, first: int, last: int, addresses: Sequence[str]) -> list[RawLog]:
        """Logs of these contracts in blocks first to last, in chain order."""
        asked = {"fromBlock": hex(first), "toBlock": hex(last), "address": list(addresses)}
        return [answers.log(found) for found in self._ask(_LOGS, "eth_getLogs", asked)]

    def send_raw(self, raws: Sequence[bytes]) -> list[str | RpcError]:
        """Sends signed transactions in order; the hash or the node's refusal for each."""
        return self.batch([("eth_sendRawTransaction", ("0x" + raw.hex(),)) for raw in raws])

    def receipt(self, tx: str) -> dict[str, Any] | None:
        """The node's receipt as it is, None while the transaction is not included."""
        return self.call("eth_getTransactionReceipt", tx)  # type: ignore[no-any-return]

    def nonce(self, address: str, tag: str = "pending") -> int:
        """Transactions that the account has sent."""
        return int(self.call("eth_getTransactionCount", address, tag), 16)

    def code(self, address: str, block: str = "latest") -> bytes:
        return bytes.fromhex(self.call("eth_getCode", address, block)[2:])

    def view(self, to: str, function: Function[Result], block: str = "latest", sender: str | None = None) -> Result:
        """Calls a view; the decoded result. A revert raises RpcError with its bytes in `data`."""
        call = {"to": to, "data": "0x" + function.data().hex()}
        if sender:
            call["from"] = sender
        result = self.call("eth_call", call, block)
        return type(function).result(bytes.fromhex(result[2:]))

    def simulate(self, calls: Sequence[Call]) -> list[CallResult]:
        """Runs the calls one after the other on the head's state, each seeing the effects of those before."""
        return self.simulate_each([calls])[0]

    def simulate_each(self, sequences: Sequence[Sequence[Call]]) -> list[list[CallResult]]:
        """Several sequences, each on the head's state alone, in one round trip (eth_simulateV1).

        The block that they run in is the next one and its time is now; left to itself anvil 1.7.1 makes it the year
        1970.
        """
        head = self.head()
        block = {"number": hex(head.number + 1), "time": hex(max(head.time + 1, clock.now()))}
        asked = [
            {"blockStateCalls": [{"blockOverrides": block, "calls": [answers.call(one) for one in calls]}]}
            for calls in sequences
        ]
        replies = self.batch([("eth_simulateV1", (one, "latest")) for one in asked])
        results = []
        for reply in replies:
            if isinstance(reply, RpcError):
                raise reply
            results.append([answers.call_result(call) for call in reply[0]["calls"]])
        return results


@functools.lru_cache(maxsize=4)
def _shared(url: str, seconds: float) -> Rpc:
    return Rpc(url, seconds)


def second() -> Rpc | None:
    """The node of another institution, where settings name one."""
    return _shared(settings.CITYCHAIN_WITNESS, settings.CITYCHAIN_RPC_SECONDS) if settings.CITYCHAIN_WITNESS else None


def connect() -> Rpc:
    """The city's node, as settings name it; one connection pool in a process."""
    return _shared(settings.CITYCHAIN_RPC_URL, settings.CITYCHAIN_RPC_SECONDS)
