"""The event stream: tells browsers, over server-sent events, that there is a new block or a request changed.

One small asyncio process without Django's ORM. One poller looks at both databases five times a second for all clients,
at files read-only; a page that can't connect polls by itself.

    GET /events   ->  event: head      data: {"head": 17, "final": 17, "time": 1790000000}
                      event: requests  data: {"last": 4711}      id of the newest line of any request's history

A message tells how it is now, so none is missed that matters: who connects again with Last-Event-ID (EventSource does)
gets at once what changed meanwhile, and nothing that did not.
"""

import asyncio
import contextlib
import json
import logging
import os
import signal
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections

from .router import READ_ALIAS
from .tables import Row

POLL_SECONDS = 0.2
HEARTBEAT_SECONDS = 15.0
MOST_CLIENTS = 1_000
#: A client that lets this many bytes pile up is dropped; its browser connects again.
MOST_UNSENT = 64 * 1024
LONGEST_REQUEST = 16 * 1024
HEAD = (
    "SELECT p.head, p.final, b.time FROM indexer_progress p JOIN indexer_block b ON b.number = p.head WHERE p.id = 1",
    ("head", "final", "time"),
)
REQUESTS = ("SELECT max(id) FROM outbox_requestevent", ("last",))

#: Asks one database: the first row of the answer, None while there is none.
Look = Callable[[str], Row | None]

log = logging.getLogger(__name__)


def look_at_file(path: Path, query: str) -> Row | None:
    """The first row of a SQLite file's answer; None while file, table or row is missing."""
    try:
        with contextlib.closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
            row: Row | None = connection.execute(query).fetchone()
    except sqlite3.OperationalError:
        return None
    return row


def look_at_server(alias: str, query: str) -> Row | None:
    """The same of a database server, through a connection that its thread keeps while it works."""
    try:
        with connections[alias].cursor() as cursor:
            cursor.execute(query)
            row: Row | None = cursor.fetchone()
    except DatabaseError:
        connections[alias].close()
        return None
    return row


def look_at(alias: str) -> Look:
    if connections[alias].vendor == "sqlite":
        return partial(look_at_file, Path(connections[alias].settings_dict["NAME"]))
    return partial(look_at_server, alias)


def _headers(request: str) -> dict[str, str]:
    lines = (line.partition(":") for line in request.split("\r\n")[1:])
    return {name.strip().lower(): value.strip() for name, _, value in lines}


def _answer(status: str, *headers: str) -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status}", *headers, "Connection: close", "", ""]).encode()


class EventStream:
    """Serves /events to browsers of `origin`. `hosts` are the Host headers that it answers to."""

    def __init__(self, *, read_model: Look, outbox: Look, origin: str, hosts: set[str]) -> None:
        self._sources = {"head": (read_model, *HEAD), "requests": (outbox, *REQUESTS)}
        self._origin = origin
        self._hosts = hosts
        #: By event, its newest message, and what tells its state in ids.
        self._latest: dict[str, bytes] = {}
        self._states: dict[str, str] = {}
        self._clients: set[asyncio.StreamWriter] = set()

    async def serve(self, port: int) -> None:
        """Listens on 127.0.0.1 until cancelled."""
        server = await asyncio.start_server(self._client, "127.0.0.1", port, limit=LONGEST_REQUEST, backlog=1024)
        try:
            await asyncio.gather(self._poll(), self._beat())
        finally:
            server.close()
            for client in list(self._clients):
                client.close()

    async def _poll(self) -> None:
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(1) as thread:
            while True:
                for name, (look, query, names) in self._sources.items():
                    found = await loop.run_in_executor(thread, look, query)
                    if found is not None and found[0] is not None:
                        data = json.dumps(dict(zip(names, found, strict=True)))
                        state = "-".join([name, *map(str, found)])
                        if self._states.get(name) != state:
                            self._states[name] = state
                            identity = ".".join(self._states.values())
                            self._latest[name] = f"event: {name}\nid: {identity}\ndata: {data}\n\n".encode()
                            self._send(self._latest[name])
                await asyncio.sleep(POLL_SECONDS)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_SECONDS)
            self._send(b": still here\n\n")

    def _send(self, message: bytes) -> None:
        for client in list(self._clients):
            if client.transport.get_write_buffer_size() > MOST_UNSENT:
                client.transport.abort()
            else:
                client.write(message)

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), timeout=5)).decode("latin-1")
            refusal = self._refusal(request)
            if refusal:
                writer.write(refusal)
                return
            writer.write(
                _answer(
                    "200 OK",
                    "Content-Type: text/event-stream",
                    "Cache-Control: no-store",
                    "X-Accel-Buffering: no",
                    "X-Content-Type-Options: nosniff",
                    f"Access-Control-Allow-Origin: {self._origin}",
                    "Vary: Origin",
                )
                + b"retry: 2000\n\n"
                + b"".join(self._news(request))
            )
            self._clients.add(writer)
            while await reader.read(1024):  # nothing is expected: this returns when the client goes
                pass
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError):
            pass
        finally:
            self._clients.discard(writer)
            writer.close()

    def _news(self, request: str) -> list[bytes]:
        """The newest messages, without those whose state the client's Last-Event-ID tells."""
        known = _headers(request).get("last-event-id", "").split(".")
        return [message for name, message in self._latest.items() if self._states[name] not in known]

    def _refusal(self, request: str) -> bytes | None:
        first, headers = request.partition("\r\n")[0], _headers(request)
        if headers.get("host") not in self._hosts:
            return _answer("421 Misdirected Request")
        if headers.get("origin", self._origin) != self._origin:
            return _answer("403 Forbidden")
        method, _, target = first.partition(" ")
        if target.partition(" ")[0].partition("?")[0] != "/events":
            return _answer("404 Not Found")
        if method != "GET":
            return _answer("405 Method Not Allowed", "Allow: GET")
        if len(self._clients) >= MOST_CLIENTS:
            return _answer("503 Service Unavailable", "Retry-After: 30")
        return None


async def _until_stopped(stream: EventStream, port: int) -> None:
    serving = asyncio.create_task(stream.serve(port))
    loop, parent = asyncio.get_running_loop(), os.getppid()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, serving.cancel)
    while os.getppid() == parent and not serving.done():
        await asyncio.wait([serving], timeout=1)
    serving.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await serving


def run() -> None:
    """Serves until SIGTERM, SIGINT, or the parent process is gone."""
    port = settings.CITYCHAIN_EVENTS_PORT
    stream = EventStream(
        read_model=look_at(READ_ALIAS),
        outbox=look_at(DEFAULT_DB_ALIAS),
        origin=settings.CITYCHAIN_ORIGIN,
        hosts={urlsplit(settings.CITYCHAIN_EVENTS_URL).netloc, f"localhost:{port}", f"127.0.0.1:{port}"},
    )
    log.info("events started")
    asyncio.run(_until_stopped(stream, port))
    log.info("events ended")
