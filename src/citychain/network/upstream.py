"""The gate's way to the engine: a few connections to its Unix socket, found anew whenever the node starts again."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from types import TracebackType

from citychain.network import published
from citychain.network.rules import LIMIT_EXCEEDED, MAX_ANSWER, MAX_SECONDS, UNAVAILABLE, Refusal

#: Requests that the engine works on at once; more wait their turn, within their own time limit.
CONNECTIONS = 16

_Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]
_DOWN = Refusal(UNAVAILABLE, "NodeUnavailable", "The node is not running or is just starting. Try again in a moment.")


class Upstream:
    """Passes whole JSON-RPC texts to the engine. One request on one connection at a time."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._idle: list[_Connection] = []
        self._all: set[asyncio.StreamWriter] = set()
        self._turns = asyncio.Semaphore(CONNECTIONS)

    async def ask(self, text: bytes) -> bytes:
        """The engine's answer, one line of JSON. Raises Refusal: node down, time or size limit."""
        try:
            async with asyncio.timeout(MAX_SECONDS), self._turns, _Lease(self) as (reader, writer):
                writer.write(text + b"\n")
                return await reader.readuntil(b"\n")
        except TimeoutError as error:
            raise Refusal(LIMIT_EXCEEDED, "TimeLimit", f"The request took longer than {MAX_SECONDS} s.") from error
        except asyncio.LimitOverrunError as error:
            raise Refusal(LIMIT_EXCEEDED, "AnswerTooLarge", f"The answer is over {MAX_ANSWER} bytes.") from error
        except (OSError, asyncio.IncompleteReadError) as error:
            raise _DOWN from error

    async def connection(self) -> _Connection:
        """An idle connection that is still alive, or a new one. Raises Refusal, OSError."""
        while self._idle:
            reader, writer = self._idle.pop()
            if not reader.at_eof() and not writer.is_closing():
                return reader, writer
            self.discard(writer)
        running = published.read_running(self._home)
        if running is None:
            raise _DOWN
        reader, writer = await asyncio.open_unix_connection(running.socket, limit=MAX_ANSWER)
        self._all.add(writer)
        return reader, writer

    def give_back(self, connection: _Connection) -> None:
        self._idle.append(connection)

    def discard(self, writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()
        self._all.discard(writer)

    def close(self) -> None:
        for writer in list(self._all):
            self.discard(writer)


class _Lease(AbstractAsyncContextManager[_Connection]):
    """A connection goes back only when its answer was read whole; else it is closed, as an answer may still come."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream

    async def __aenter__(self) -> _Connection:
        self._connection = await self._upstream.connection()
        return self._connection

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self._upstream.give_back(self._connection)
        else:
            self._upstream.discard(self._connection[1])
