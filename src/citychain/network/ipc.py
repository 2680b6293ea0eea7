"""JSON-RPC over anvil's Unix socket: one request at a time, each answer is one line."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from citychain.network.errors import NodeRefused, NodeUnavailable


class Ipc:
    """One connection. anvil's frame parser is quadratic in the size of a request: keep requests below a few MB."""

    def __init__(self, path: Path, timeout: float = 600) -> None:
        """Raises NodeUnavailable."""
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(timeout)
        try:
            self._socket.connect(str(path))
        except OSError as error:
            self._socket.close()
            raise NodeUnavailable(reason=error.strerror or str(error)) from error

    def call(self, method: str, *params: Any) -> Any:
        """The result. Raises NodeRefused with the node's own words, NodeUnavailable."""
        answer = self._exchange({"jsonrpc": "2.0", "id": 0, "method": method, "params": params})
        return _result(method, answer)

    def batch(self, calls: Sequence[tuple[str, Sequence[Any]]]) -> list[Any]:
        """Results in order; anvil starts the calls in order. Raises NodeRefused at the first error."""
        if not calls:
            return []
        answers = self._exchange(
            [{"jsonrpc": "2.0", "id": i, "method": m, "params": p} for i, (m, p) in enumerate(calls)]
        )
        if not isinstance(answers, list) or [answer.get("id") for answer in answers] != list(range(len(calls))):
            raise NodeUnavailable(reason=f"an answer to a batch was out of order: {str(answers)[:200]}")
        return [_result(calls[i][0], answer) for i, answer in enumerate(answers)]

    def close(self) -> None:
        self._socket.close()

    def _exchange(self, request: Any) -> Any:
        try:
            self._socket.sendall(msgspec.json.encode(request) + b"\n")
            chunks: list[bytes] = []
            while not chunks or not chunks[-1].endswith(b"\n"):
                chunk = self._socket.recv(1 << 20)
                if not chunk:
                    raise NodeUnavailable(reason="it closed the connection")
                chunks.append(chunk)
        except OSError as error:
            raise NodeUnavailable(reason=str(error)) from error
        return msgspec.json.decode(b"".join(chunks))


def _result(method: str, answer: Any) -> Any:
    if "error" in answer:
        raise NodeRefused(method=method, reason=answer["error"].get("message", "no reason"))
    return answer["result"]
