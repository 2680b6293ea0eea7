"""The one door to the chain: JSON-RPC over HTTP on the loopback address, for any standard client.

Promises: only methods in rules.METHODS reach the engine; `safe` and `finalized` mean our final block; limits are those
of rules.py; every refusal is a JSON-RPC error with a name, at once also while the node is down.

Who may ask, against pages of other sites open in the operator's browser:
- Host must be a loopback name: a site that points its own name at 127.0.0.1 (DNS rebinding) is refused.
- Origin must be absent (programs), the portal's, or a browser extension's: a wallet such as MetaMask asks from its own
  background page, and an extension that may reach this host is not bound by CORS anyway.
- The body must be application/json, so a page can't send one without a preflight; a WebSocket is not offered.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

from citychain.network.jsonrpc import Answers, error
from citychain.network.rules import INVALID_REQUEST, MAX_BODY, METHODS, Refusal

MAX_HEAD = 16 * 1024
#: Seconds that a silent connection is kept, and that a started request may take to arrive.
IDLE_SECONDS, ARRIVAL_SECONDS = 75, 20
_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
_EXTENSIONS = ("chrome-extension://", "moz-extension://", "safari-web-extension://")


class Response(Exception):
    """An HTTP answer given before JSON-RPC begins."""

    def __init__(self, status: HTTPStatus, name: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.body = error(None, Refusal(INVALID_REQUEST, name, message))


class Gate:
    """Serves <home>'s node. `origin` is the portal's, `methods` are those that pass."""

    def __init__(self, home: Path, origin: str, methods: frozenset[str] = METHODS) -> None:
        self._origin = origin
        self._answers = Answers(home, methods)
        self._clients: set[asyncio.StreamWriter] = set()

    async def serve(self, port: int) -> int:
        """Listen on 127.0.0.1:`port` (0 picks one) and return the port. Raises OSError when it is taken."""
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", port, limit=MAX_HEAD, backlog=512)
        return int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Stop listening and end every connection."""
        self._server.close()
        self._answers.close()
        for writer in self._clients:
            writer.transport.abort()
        while self._clients:
            await asyncio.sleep(0.005)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._clients.add(writer)
        try:
            while await self._exchange(reader, writer):
                pass
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            writer.close()
            self._clients.discard(writer)

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """One request and its answer; whether the connection may serve another."""
        async with asyncio.timeout(IDLE_SECONDS):
            head = await reader.readuntil(b"\r\n\r\n")
        method, path, headers = _parse_head(head)
        try:
            origin = self._check_sender(headers)
        except Response as response:
            _write(writer, response.status, response.body, {}, close=True)
            return False
        cors = {"Access-Control-Allow-Origin": origin, "Vary": "Origin"} if origin else {}
        try:
            status, body = await self._handle(method, path, headers, reader, writer, cors)
        except Response as response:
            _write(writer, response.status, response.body, cors, close=True)
            return False
        keep = headers.get("connection", "").lower() != "close"
        _write(writer, status, body, cors, close=not keep)
        await writer.drain()
        return keep

    async def _handle(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        cors: dict[str, str],
    ) -> tuple[HTTPStatus, bytes]:
        if method == "OPTIONS":
            if cors:
                cors |= {"Access-Control-Allow-Methods": "POST", "Access-Control-Allow-Headers": "content-type"}
                cors |= {"Access-Control-Max-Age": "600", "Access-Control-Allow-Private-Network": "true"}
            return HTTPStatus.NO_CONTENT, b""
        if method == "GET" and path == "/health":
            good, body = await self._answers.health()
            return HTTPStatus.OK if good else HTTPStatus.SERVICE_UNAVAILABLE, body
        if method != "POST" or path != "/":
            raise Response(HTTPStatus.NOT_FOUND, "NotFound", "POST / with JSON-RPC, or GET /health.")
        if headers.get("content-type", "").split(";")[0].strip().lower() != "application/json":
            raise Response(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "MediaType", "Send application/json.")
        length = headers.get("content-length", "")
        if not (length.isascii() and length.isdigit()) or "transfer-encoding" in headers:
            raise Response(HTTPStatus.LENGTH_REQUIRED, "LengthRequired", "Send a Content-Length.")
        if int(length) > MAX_BODY:
            raise Response(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "BodyTooLarge", f"At most {MAX_BODY} bytes.")
        if headers.get("expect", "").lower() == "100-continue":
            writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        async with asyncio.timeout(ARRIVAL_SECONDS):
            body = await reader.readexactly(int(length))
        return HTTPStatus.OK, await self._answers.answer(body)

    def _check_sender(self, headers: Mapping[str, str]) -> str:
        """The origin to name in CORS headers, empty for a program. Raises Response (403) for strangers."""
        try:
            host = urlsplit("//" + headers.get("host", "")).hostname
        except ValueError:
            host = None
        if host not in _HOSTS:
            raise Response(HTTPStatus.FORBIDDEN, "HostRefused", "Only localhost, 127.0.0.1 and [::1] are served.")
        origin = headers.get("origin", "")
        if origin and origin != self._origin and not origin.startswith(_EXTENSIONS):
            raise Response(HTTPStatus.FORBIDDEN, "OriginRefused", "Pages of other sites are not served.")
        return origin


def _parse_head(head: bytes) -> tuple[str, str, dict[str, str]]:
    """Method, path and headers in lower case. What can't be read becomes an empty Host, which is refused."""
    first, *lines = head[:-4].decode("latin-1").split("\r\n")
    method, _, rest = first.partition(" ")
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        name = name.lower()
        if not colon or name != name.strip() or (name in headers and name in ("host", "origin", "content-length")):
            return method, "", {}
        headers[name] = value.strip()
    return method, rest.partition(" ")[0], headers


def _write(
    writer: asyncio.StreamWriter, status: HTTPStatus, body: bytes, headers: Mapping[str, str], *, close: bool
) -> None:
    lines = [
        f"HTTP/1.1 {status.value} {status.phrase}",
        f"Content-Length: {len(body)}",
        "Content-Type: application/json",
        "Cache-Control: no-store",
        *(f"{name}: {value}" for name, value in headers.items()),
        "Connection: close" if close else "Connection: keep-alive",
    ]
    writer.write("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body)


class LocalGate:
    """The gate in a thread of this process, for programs that drive the node by hand (the sandbox's loader, tests).

    with LocalGate(home, origin) as url: ...
    """

    def __init__(self, home: Path, origin: str, port: int = 0, methods: frozenset[str] = METHODS) -> None:
        self._loop = asyncio.new_event_loop()
        self._gate = Gate(home, origin, methods)
        self.url = f"http://127.0.0.1:{self._loop.run_until_complete(self._gate.serve(port))}"
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> str:
        self._thread.start()
        return self.url

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._gate.close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()
