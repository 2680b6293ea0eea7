"""JSON-RPC to an Ethereum node: one connection pool, batches, time-outs; repeats only what may be repeated.

A read whose connection breaks is asked once more. A write is not: whoever sent a transaction looks whether it is there
before sending it again. What the node answers as an error is never repeated here.
"""

import functools
import itertools
from collections.abc import Sequence
from typing import Any

import httpx
import msgspec
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from citychain.errors import CityError, Unavailable

from . import clock
from .abi import Function, Result

CONNECT_SECONDS = 2.0
#: How the names of methods begin that change nothing.
READS = ("eth_get", "eth_call", "eth_block", "eth_chainId", "eth_simulate", "eth_estimate", "eth_fee", "web3_", "net_")
#: What an HTML page, a cut reply or another program's answer is called.
NOT_JSON = "not JSON-RPC"
#: A reply that belongs to another question, or says nothing.
NOT_OURS = "not an answer to what was asked"
#: EIP-1474 "resource unavailable": what the gate says while the node behind it is away.
UNAVAILABLE = -32002
#: JSON-RPC 2.0 "internal error": the server's own trouble, not the question's.
INTERNAL = -32603


class NodeUnavailable(Unavailable):
    """Nothing that speaks JSON-RPC answered. Retrying helps; nothing was done."""

    code = "node-unavailable"
    message = _("The city's node does not answer ({reason}). Nothing was lost; try again in a moment.")


class RpcError(CityError):
    """The node answered with an error. `data` holds revert bytes where it gave some. Retrying helps where the trouble
    is the node's own."""

    code = "node-error"
    status = 502
    message = _("The city's node refused: {reason}")

    def __init__(self, number: int, reason: str, data: Any = None) -> None:
        super().__init__(number=number, reason=reason, data=data)
        self.number = number
        self.reason = reason
        self.retry = number == INTERNAL  # type: ignore[misc]
        self.data = bytes.fromhex(data[2:]) if isinstance(data, str) and data.startswith("0x") else b""


class Header(msgspec.Struct, frozen=True):
    """A block's header; `transactions` are hashes."""

    number: int
    hash: str
    parent: str
    time: int
    transactions: list[str]
    base_fee: int
    gas_used: int


class RawLog(msgspec.Struct, frozen=True):
    """A log as the node gives it; `log_index` counts within the block."""

    address: str
    topics: list[str]
    data: bytes
    block: int
    block_hash: str
    tx: str
    tx_index: int
    log_index: int


class Call(msgspec.Struct, frozen=True):
    """A call to simulate."""

    sender: str
    to: str
    data: bytes
    gas: int


class CallResult(msgspec.Struct, frozen=True):
    """`data` is the return value, or the revert bytes when not `success`."""

    success: bool
    gas_used: int
    data: bytes


class _Error(msgspec.Struct):
    code: int
    message: str
    data: Any = None


class _Reply(msgspec.Struct):
    id: int | None = None
    result: Any = msgspec.UNSET
    error: _Error | None = None


class _WireLog(msgspec.Struct):
    address: str
    topics: list[str]
    data: str
    blockNumber: str
    blockHash: str
    transactionHash: str
    transactionIndex: str
    logIndex: str


class _LogReply(msgspec.Struct):
    id: int | None = None
    result: list[_WireLog] | None = None
    error: _Error | None = None


_encode = msgspec.json.encode
_reply = msgspec.json.Decoder(_Reply)
_replies = msgspec.json.Decoder(list[_Reply])
_log_reply = msgspec.json.Decoder(_LogReply)


class Rpc:
    """A node behind `url`, which has `seconds` for each answer. Safe to share between threads."""

    def __init__(self, url: str, seconds: float = 30) -> None:
        self.url = url
        timeout = httpx.Timeout(seconds, connect=CONNECT_SECONDS)
        self._client = httpx.Client(
            timeout=timeout, headers={"content-type": "application/json"}, transport=httpx.HTTPTransport(retries=1)
        )
        self._ids = itertools.count(1)

    def close(self) -> None:
        self._client.close()

    def _post(self, body: bytes, *methods: str) -> bytes:
        attempts = 2 if all(method.startswith(READS) for method in methods) else 1
        while True:
            attempts -= 1
            try:
                response = self._client.post(self.url, content=body)
            except httpx.HTTPError as problem:
                if attempts and isinstance(problem, httpx.RemoteProtocolError | httpx.ReadError):
                    continue
                raise NodeUnavailable(reason=str(problem) or type(problem).__name__) from problem
            if response.status_code >= 500 and not response.content.startswith((b"{", b"[")):
                raise NodeUnavailable(reason=f"HTTP {response.status_code}")
            return response.content

    def call(self, method: str, *params: Any) -> Any:
        """The result; raises RpcError, NodeUnavailable."""
        number = next(self._ids)
        body = _encode({"jsonrpc": "2.0", "id": number, "method": method, "params": params})
        try:
            reply = _reply.decode(self._post(body, method))
        except msgspec.DecodeError as problem:
            raise NodeUnavailable(reason=NOT_JSON) from problem
        if reply.error is not None:
            raise _raised(reply.error)
        if reply.id != number or reply.result is msgspec.UNSET:
            raise NodeUnavailable(reason=NOT_OURS)
        return reply.result

    def batch(self, calls: Sequence[tuple[str, Sequence[Any]]]) -> list[Any]:
        """Results in the order of the calls; an error stands in the place of its result as an RpcError, not raised."""
        if not calls:
            return []
        body = _encode(
            [
                {"jsonrpc": "2.0", "id": i, "method": method, "params": params}
                for i, (method, params) in enumerate(calls)
            ]
        )
        content = self._post(body, *(method for method, _params in calls))
        try:
            if content.startswith(b"{"):
                whole = _reply.decode(content)
                raise _raised(whole.error) if whole.error else NodeUnavailable(reason=NOT_JSON)
            replies = {reply.id: reply for reply in _replies.decode(content)}
            ordered = [replies[i] for i in range(len(calls))]
        except (msgspec.DecodeError, KeyError) as problem:
            raise NodeUnavailable(reason=NOT_JSON) from problem
        if any(reply.error is None and reply.result is msgspec.UNSET for reply in ordered):
            raise NodeUnavailable(reason=NOT_OURS)
        answers = [_raised(reply.error) if reply.error else reply.result for reply in ordered]
        for answer in answers:
            if isinstance(answer, NodeUnavailable):
                raise answer
        return answers

    # --- what we ask -------------------------------------------------------------------------------------------------

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
        return _header(found)

    def header(self, number: int) -> Header | None:
        """The block with this number on the present chain, None when there is none."""
        found = self.call("eth_getBlockByNumber", hex(number), False)
        return None if found is None else _header(found)

    def headers(self, first: int, last: int) -> list[Header]:
        """Blocks first to last, both included; raises NodeUnavailable when one is missing."""
        found = self.batch([("eth_getBlockByNumber", (hex(n), False)) for n in range(first, last + 1)])
        if any(not isinstance(block, dict) for block in found):
            raise NodeUnavailable(reason=f"blocks {first} to {last} are not all there")
        return [_header(block) for block in found]

    def logs(self, first: int, last: int, addresses: Sequence[str]) -> list[RawLog]:
        """Logs of these contracts in blocks first to last, in chain order."""
        number = next(self._ids)
        body = _encode(
            {
                "jsonrpc": "2.0",
                "id": number,
                "method": "eth_getLogs",
                "params": [{"fromBlock": hex(first), "toBlock": hex(last), "address": list(addresses)}],
            }
        )
        try:
            reply = _log_reply.decode(self._post(body, "eth_getLogs"))
        except msgspec.DecodeError as problem:
            raise NodeUnavailable(reason=NOT_JSON) from problem
        if reply.error is not None:
            raise _raised(reply.error)
        if reply.id != number or reply.result is None:  # never taken for a range without logs
            raise NodeUnavailable(reason=NOT_OURS)
        return [
            RawLog(
                log.address.lower(),
                log.topics,
                bytes.fromhex(log.data[2:]),
                int(log.blockNumber, 16),
                log.blockHash,
                log.transactionHash,
                int(log.transactionIndex, 16),
                int(log.logIndex, 16),
            )
            for log in reply.result
        ]

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
        replies = self.batch(
            [
                (
                    "eth_simulateV1",
                    ({"blockStateCalls": [{"blockOverrides": block, "calls": [_call(c) for c in calls]}]}, "latest"),
                )
                for calls in sequences
            ]
        )
        results = []
        for reply in replies:
            if isinstance(reply, RpcError):
                raise reply
            results.append([_call_result(call) for call in reply[0]["calls"]])
        return results


def _call(call: Call) -> dict[str, str]:
    return {"from": call.sender, "to": call.to, "gas": hex(call.gas), "data": "0x" + call.data.hex()}


def _call_result(found: dict[str, Any]) -> CallResult:
    success = found["status"] == "0x1"
    data = found.get("returnData", "0x")
    if not success and data in ("0x", None):
        data = (found.get("error") or {}).get("data") or "0x"
    return CallResult(success, int(found["gasUsed"], 16), bytes.fromhex(data[2:]))


def _raised(error: _Error) -> RpcError | NodeUnavailable:
    if error.code == UNAVAILABLE:
        return NodeUnavailable(reason=error.message)
    return RpcError(error.code, error.message, error.data)


def _header(found: dict[str, Any]) -> Header:
    return Header(
        int(found["number"], 16),
        found["hash"],
        found["parentHash"],
        int(found["timestamp"], 16),
        found["transactions"],
        int(found.get("baseFeePerGas") or "0x0", 16),
        int(found["gasUsed"], 16),
    )


@functools.lru_cache(maxsize=4)
def _shared(url: str, seconds: float) -> Rpc:
    return Rpc(url, seconds)


def connect() -> Rpc:
    """The city's node, as settings name it; one connection pool in a process."""
    return _shared(settings.CITYCHAIN_RPC_URL, settings.CITYCHAIN_RPC_SECONDS)
