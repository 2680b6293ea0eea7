"""JSON-RPC in, JSON-RPC out: admits each call by the rules, asks the engine, and puts the answers in order."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import msgspec

from citychain.network import published
from citychain.network.rules import (
    INVALID_REQUEST,
    LIMIT_EXCEEDED,
    MAX_BATCH,
    MAX_DEPTH,
    PARSE_ERROR,
    UNAVAILABLE,
    Call,
    Refusal,
    admit,
    share_gas,
)
from citychain.network.upstream import Upstream

#: A string, also one that never ends: the search stays linear.
_STRING = re.compile(rb'"[^"\\]*+(?:\\.?[^"\\]*+)*+(?:"|\Z)', re.DOTALL)
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode
_decode_answers = msgspec.json.Decoder(list[msgspec.Raw]).decode


class Answers:
    """What the engine of <home> says to calls from outside."""

    def __init__(self, home: Path, methods: frozenset[str]) -> None:
        self._home, self._methods = home, methods
        self._upstream = Upstream(home)

    async def answer(self, body: bytes) -> bytes:
        """The JSON-RPC answer to a JSON-RPC text."""
        if _too_deep(body):
            return error(None, Refusal(PARSE_ERROR, "ParseError", f"Lists and objects nest over {MAX_DEPTH} levels."))
        try:
            request = _decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return error(None, Refusal(PARSE_ERROR, "ParseError", "The body is not JSON."))
        final = published.read_final(self._home)
        if final is None:
            return error(None, Refusal(UNAVAILABLE, "NodeUnavailable", "The node has never run on this state folder."))
        if isinstance(request, list):
            return await self._batch(request, final)
        try:
            call = admit(request, final, self._methods)
            share_gas([call])
            return await self._upstream.ask(_encode(call))
        except Refusal as refusal:
            return error(request, refusal)

    async def _batch(self, requests: list[Any], final: published.Final) -> bytes:
        if not requests:
            return error(None, Refusal(INVALID_REQUEST, "InvalidRequest", "The batch is empty."))
        if len(requests) > MAX_BATCH:
            return error(None, Refusal(LIMIT_EXCEEDED, "BatchTooLarge", f"At most {MAX_BATCH} calls in a batch."))
        calls: list[Call] = []
        refused: dict[int, bytes] = {}
        for index, request in enumerate(requests):
            try:
                calls.append(admit(request, final, self._methods))
            except Refusal as refusal:
                refused[index] = error(request, refusal)
        if not calls:
            return b"[" + b",".join(refused.values()) + b"]"
        try:
            share_gas(calls)
            text = await self._upstream.ask(_encode(calls))
        except Refusal as refusal:
            return b"[" + b",".join(error(request, refusal) for request in requests) + b"]"
        if not refused:
            return text
        answers = iter(_decode_answers(text))
        return _encode([msgspec.Raw(refused[i]) if i in refused else next(answers) for i in range(len(requests))])

    async def health(self) -> tuple[bool, bytes]:
        """Whether the engine answers, and where the chain is."""
        final = published.read_final(self._home)
        running = published.read_running(self._home)
        try:
            await self._upstream.ask(b'{"jsonrpc":"2.0","id":0,"method":"eth_chainId","params":[]}')
        except Refusal as refusal:
            down = {"ok": False, "engine": "embedded", "reason": refusal.message, "final": final}
            return False, _encode(down)
        chain_id = running.chain_id if running else None
        return True, _encode({"ok": True, "engine": "embedded", "chain_id": chain_id, "final": final})

    def close(self) -> None:
        """Ends the connections to the engine; what waits for an answer is told that it is not running."""
        self._upstream.close()


def _too_deep(body: bytes) -> bool:
    """Whether lists and objects nest too deep, or do not close.

    py_ecc (under web3) raises Python's recursion limit to 100,000: in such a process a parser that relies on the limit
    crashes on deep input. Each pass takes the innermost pairs away.
    """
    brackets = _STRING.sub(b"", body).translate(None, _NOT_BRACKETS)
    for _level in range(MAX_DEPTH):
        if not brackets:
            return False
        brackets = brackets.replace(b"[]", b"").replace(b"{}", b"")
    return bool(brackets)


def error(request: Any, refusal: Refusal) -> bytes:
    identity = request.get("id") if isinstance(request, dict) else None
    if isinstance(identity, bool) or not isinstance(identity, int | str):
        identity = None
    error = {"code": refusal.code, "message": refusal.message, "data": {"name": refusal.name}}
    return _encode({"jsonrpc": "2.0", "id": identity, "error": error})
