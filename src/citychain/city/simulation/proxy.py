"""A proxy between the workers and the RPC gate that spoils replies on demand, as bad networks and proxies do."""

import asyncio
import json
import threading
from collections import Counter, deque
from collections.abc import Callable
from typing import Any

HTML = b"<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
LIMITED = b'{"message":"API rate limit exceeded"}'
SLOW_SECONDS = 0.7

Reply = tuple[int, bytes]


def _json(change: Callable[[dict[str, Any]], dict[str, Any] | None]) -> Callable[[Reply], Reply]:
    """Changes each reply of a batch, or the one; None leaves it out."""

    def spoil(reply: Reply) -> Reply:
        try:
            found = json.loads(reply[1])
        except ValueError:
            return reply
        if isinstance(found, list):
            changed: Any = [new for old in found if (new := change(old)) is not None]
        else:
            changed = change(found) or {}
        return reply[0], json.dumps(changed).encode()

    return spoil


def _error(reply: dict[str, Any]) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": reply.get("id"), "error": {"code": -32603, "message": "internal error"}}


#: What a reply becomes. "refused" and "cut" end the connection before and within the reply; "slow" changes nothing.
FAULTS: dict[str, Callable[[Reply], Reply]] = {
    "slow": lambda reply: reply,
    "refused": lambda reply: reply,
    "cut": lambda reply: reply,
    "html": lambda _reply: (502, HTML),
    "html as 200": lambda _reply: (200, HTML),
    "rate limit": lambda _reply: (429, LIMITED),
    "empty": lambda _reply: (200, b""),
    "half": lambda reply: (200, reply[1][: len(reply[1]) // 2]),
    "error": _json(_error),
    "without result": _json(lambda reply: {name: value for name, value in reply.items() if name != "result"}),
    "another's": _json(lambda reply: {**reply, "id": 10**9}),
    "one missing": _json(lambda reply: None if reply.get("id") in (0, None) else reply),
}


class FaultProxy(threading.Thread):
    """Listens on 127.0.0.1:`port` for HTTP and asks the gate at `upstream`. `delivered` counts spoiled replies."""

    def __init__(self, upstream: int) -> None:
        super().__init__(daemon=True, name="fault proxy")
        self.delivered: Counter[str] = Counter()
        self._upstream = upstream
        self._armed: deque[str] = deque()
        self._loop = asyncio.new_event_loop()
        server = self._loop.run_until_complete(asyncio.start_server(self._connected, "127.0.0.1", 0))
        self._server = server
        self.port: int = server.sockets[0].getsockname()[1]

    def arm(self, faults: list[str]) -> None:
        """The next replies get these faults, one each."""
        self._armed.extend(faults)

    def heal(self) -> None:
        self._armed.clear()

    def run(self) -> None:
        self._loop.run_forever()

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self.join()
        self._server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            back, forth = await asyncio.open_connection("127.0.0.1", self._upstream)
        except OSError:
            writer.close()
            return
        try:
            while await self._exchange(reader, writer, back, forth):
                pass
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()
            forth.close()

    async def _exchange(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        back: asyncio.StreamReader,
        forth: asyncio.StreamWriter,
    ) -> bool:
        head, body = await _message(reader)
        fault = self._armed.popleft() if self._armed else ""
        if fault:
            self.delivered[fault] += 1
        if fault == "refused":
            return False
        forth.write(head + body)
        head, body = await _message(back)
        if fault == "slow":
            await asyncio.sleep(SLOW_SECONDS)
        if not fault:
            writer.write(head + body)
        else:
            status, content = FAULTS[fault]((200, body))
            begin = f"HTTP/1.1 {status} X\r\nContent-Length: {len(content)}\r\nContent-Type: application/json\r\n\r\n"
            answer = begin.encode() + content
            writer.write(answer[: len(answer) // 2] if fault == "cut" else answer)
        await writer.drain()
        return fault != "cut"


async def _message(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    """Head and body of one HTTP message."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n"):
        name, _colon, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    return head, await reader.readexactly(length)
