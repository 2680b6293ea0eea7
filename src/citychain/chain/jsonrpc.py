"""JSON-RPC 2.0 over HTTP: one connection pool, batches, time-outs; repeats only what may be repeated.

A read whose connection breaks is asked once more. A write is not: whoever sent a transaction looks whether it is there
before sending it again. What the node answers as an error is never repeated here. Where several servers are named, one
that is away is left out for a while; a write that may have reached it is not sent to another.
"""

import itertools
import re
import time
from collections.abc import Sequence
from typing import Any, Generic, TypeVar

import httpx
import msgspec
from django.utils.translation import gettext_lazy as _

from citychain.errors import CityError, Unavailable

Answer = TypeVar("Answer")

CONNECT_SECONDS = 2.0
#: How long a server that was away is not asked, while another answers.
AWAY_SECONDS = 10.0
#: How the names of methods begin that change nothing.
READS = ("eth_get", "eth_call", "eth_block", "eth_chainId", "eth_simulate", "eth_estimate", "eth_fee", "web3_", "net_")
#: What an HTML page, a cut reply or another program's answer is called.
NOT_JSON = "not JSON-RPC"
#: A reply that belongs to another question, or says nothing.
NOT_OURS = "not an answer to what was asked"
#: EIP-1474 "resource unavailable": what the gate says while the node behind it is away.
UNAVAILABLE = -32002
#: How a reply (the first of a batch) begins that says so.
_AWAY, _BEGINNING = re.compile(rb'"code": ?-32002'), 200
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


class _Error(msgspec.Struct):
    code: int
    message: str
    data: Any = None


class _Reply(msgspec.Struct, Generic[Answer]):
    id: int | None = None
    result: Answer | msgspec.UnsetType = msgspec.UNSET
    error: _Error | None = None


def decoder(kind: type[Answer]) -> "msgspec.json.Decoder[_Reply[Answer]]":
    """Of replies whose results are of this type, and nothing else."""
    return msgspec.json.Decoder(_Reply[kind])  # type: ignore[valid-type]


_reply = msgspec.json.Decoder(_Reply[Any])
_replies = msgspec.json.Decoder(list[_Reply[Any]])
_encode = msgspec.json.encode


class JsonRpc:
    """A server at `url`, which has `seconds` for each answer. Safe to share between threads.

    `url` may name several servers of one chain, with spaces between them: the first that is not away is asked.
    """

    def __init__(self, url: str, seconds: float = 30) -> None:
        self.url = url
        self._servers = url.split()
        self._away: dict[str, float] = {}
        timeout = httpx.Timeout(seconds, connect=CONNECT_SECONDS)
        self._client = httpx.Client(
            timeout=timeout, headers={"content-type": "application/json"}, transport=httpx.HTTPTransport(retries=1)
        )
        self._ids = itertools.count(1)

    def close(self) -> None:
        self._client.close()

    def _post(self, body: bytes, *methods: str) -> bytes:
        reads = all(method.startswith(READS) for method in methods)
        problem: NodeUnavailable | None = None
        for server in self._present():
            try:
                return self._ask_server(server, body, 2 if reads else 1)
            except NodeUnavailable as caught:
                self._leave_out(server)
                problem = problem or caught
                if not reads and not isinstance(caught.__cause__, httpx.ConnectError | httpx.ConnectTimeout):
                    break
        raise problem or NodeUnavailable(reason="no server is named")

    def _ask_server(self, server: str, body: bytes, attempts: int) -> bytes:
        while True:
            attempts -= 1
            try:
                response = self._client.post(server, content=body)
            except httpx.HTTPError as problem:
                if attempts and isinstance(problem, httpx.RemoteProtocolError | httpx.ReadError):
                    continue
                raise NodeUnavailable(reason=str(problem) or type(problem).__name__) from problem
            if response.status_code >= 500 and not response.content.startswith((b"{", b"[")):
                raise NodeUnavailable(reason=f"HTTP {response.status_code}")
            if len(self._servers) > 1 and _AWAY.search(response.content, 0, _BEGINNING):
                raise NodeUnavailable(reason="the node behind it is away")
            return response.content

    def _present(self) -> list[str]:
        """Servers to ask, in their order; all of them when all are away."""
        now = time.monotonic()
        return [server for server in self._servers if self._away.get(server, 0) <= now] or self._servers

    def _leave_out(self, server: str) -> None:
        self._away[server] = time.monotonic() + AWAY_SECONDS

    def call(self, method: str, *params: Any) -> Any:
        """The result; raises RpcError, NodeUnavailable."""
        return self._ask(_reply, method, *params)

    def _ask(self, decoder: "msgspec.json.Decoder[_Reply[Answer]]", method: str, *params: Any) -> Answer:
        number = next(self._ids)
        body = _encode({"jsonrpc": "2.0", "id": number, "method": method, "params": params})
        try:
            reply = decoder.decode(self._post(body, method))
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


def _raised(error: _Error) -> RpcError | NodeUnavailable:
    if error.code == UNAVAILABLE:
        return NodeUnavailable(reason=error.message)
    return RpcError(error.code, error.message, error.data)
