"""The event stream over real sockets and real files."""

import asyncio
import contextlib
import json
import os
import re
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from citychain.indexer import events
from citychain.indexer.events import EventStream, look_at_file

ORIGIN = "http://localhost:8000"
Scenario = Callable[[int], Awaitable[None]]


def read_model(path: Path, head: int) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE IF NOT EXISTS indexer_progress (id PRIMARY KEY, head, final)")
        connection.execute("CREATE TABLE IF NOT EXISTS indexer_block (number PRIMARY KEY, time)")
        connection.execute("REPLACE INTO indexer_progress VALUES (1, ?, ?)", (head, head - 1))
        connection.execute("REPLACE INTO indexer_block VALUES (?, ?)", (head, 1_790_000_000 + head))
    connection.close()


def history(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS outbox_requestevent (id INTEGER PRIMARY KEY)")
        connection.execute("INSERT INTO outbox_requestevent DEFAULT VALUES")
    connection.close()


async def connect(port: int, head: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(head.encode())
    return reader, writer


def request(port: int, target: str = "/events", **headers: str) -> str:
    lines = {"Host": f"localhost:{port}", **headers}
    return f"GET {target} HTTP/1.1\r\n" + "".join(f"{k}: {v}\r\n" for k, v in lines.items()) + "\r\n"


async def answer(port: int, head: str) -> str:
    """The status line of an answer that ends."""
    reader, writer = await connect(port, head)
    text = (await asyncio.wait_for(reader.read(), 5)).decode()
    writer.close()
    return text.partition("\r\n")[0]


async def next_event(reader: asyncio.StreamReader) -> tuple[str, Any]:
    while True:
        message = (await asyncio.wait_for(reader.readuntil(b"\n\n"), 5)).decode()
        if message.startswith("event: "):
            name, _id, data = (line.partition(": ")[2] for line in message.strip().splitlines())
            return name, json.loads(data)


def play(tmp_path: Path, scenario: Scenario) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    async def main() -> None:
        stream = EventStream(
            read_model=partial(look_at_file, tmp_path / "read"),
            outbox=partial(look_at_file, tmp_path / "city"),
            origin=ORIGIN,
            hosts={f"localhost:{port}"},
        )
        serving = asyncio.create_task(stream.serve(port))
        await asyncio.sleep(0.05)
        try:
            await scenario(port)
        finally:
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)

    asyncio.run(main())


def test_clients_hear_of_blocks_and_requests(tmp_path: Path) -> None:
    async def scenario(port: int) -> None:
        reader, writer = await connect(port, request(port, Origin=ORIGIN))
        head = (await reader.readuntil(b"\r\n\r\n")).decode().splitlines()
        assert head[:4] == ["HTTP/1.1 200 OK", "Content-Type: text/event-stream", "Cache-Control: no-store", head[3]]
        assert f"Access-Control-Allow-Origin: {ORIGIN}" in head
        read_model(tmp_path / "read", 17)
        assert await next_event(reader) == ("head", {"head": 17, "final": 16, "time": 1_790_000_017})
        history(tmp_path / "city")
        assert await next_event(reader) == ("requests", {"last": 1})
        read_model(tmp_path / "read", 18)
        assert await next_event(reader) == ("head", {"head": 18, "final": 17, "time": 1_790_000_018})
        history(tmp_path / "city")
        assert await next_event(reader) == ("requests", {"last": 2})
        later, other = await connect(port, request(port))  # a client that comes later hears at once how things stand
        assert await next_event(later) == ("head", {"head": 18, "final": 17, "time": 1_790_000_018})
        assert await next_event(later) == ("requests", {"last": 2})
        writer.close()
        other.close()

    play(tmp_path, scenario)


def test_client_that_comes_again_hears_only_what_changed(tmp_path: Path) -> None:
    async def scenario(port: int) -> None:
        first, writer = await connect(port, request(port))
        message = ""
        while not message.startswith("event: requests"):
            message = (await asyncio.wait_for(first.readuntil(b"\n\n"), 5)).decode()
        (seen,) = re.findall(r"^id: (.+)$", message, re.MULTILINE)
        read_model(tmp_path / "read", 18)
        assert await next_event(first) == ("head", {"head": 18, "final": 17, "time": 1_790_000_018})
        again, other = await connect(port, request(port, **{"Last-Event-ID": seen}))
        assert await next_event(again) == ("head", {"head": 18, "final": 17, "time": 1_790_000_018})
        history(tmp_path / "city")
        assert await next_event(again) == ("requests", {"last": 2})
        writer.close()
        other.close()

    read_model(tmp_path / "read", 17)
    history(tmp_path / "city")
    play(tmp_path, scenario)


def test_strangers_are_refused(tmp_path: Path) -> None:
    async def scenario(port: int) -> None:
        assert [
            await answer(port, request(port, Host="evil.example")),
            await answer(port, request(port, Origin="http://evil.example")),
            await answer(port, request(port, "/")),
            await answer(port, request(port).replace("GET", "POST")),
        ] == [
            "HTTP/1.1 421 Misdirected Request",
            "HTTP/1.1 403 Forbidden",
            "HTTP/1.1 404 Not Found",
            "HTTP/1.1 405 Method Not Allowed",
        ]
        assert await answer(port, "GET /events HTTP/1.1\r\n" + "X: y\r\n" * 5_000 + "\r\n") == ""

    play(tmp_path, scenario)


def test_clients_above_the_cap_are_told_to_come_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "MOST_CLIENTS", 5)

    async def scenario(port: int) -> None:
        clients = [await connect(port, request(port)) for _ in range(5)]
        for reader, _writer in clients:
            await reader.readuntil(b"\r\n\r\n")
        assert await answer(port, request(port)) == "HTTP/1.1 503 Service Unavailable"
        clients[0][1].close()
        await asyncio.sleep(0.1)
        reader, writer = await connect(port, request(port))
        assert (await reader.readline()).decode() == "HTTP/1.1 200 OK\r\n"
        for _reader, client in [*clients, (reader, writer)]:
            client.close()

    play(tmp_path, scenario)


def test_command_serves_until_it_is_told_to_stop(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "CITYCHAIN_HOME": str(tmp_path), "CITYCHAIN_EVENTS_PORT": str(port)}
    read_model(tmp_path / "readmodel.sqlite3", 17)
    process = subprocess.Popen([sys.executable, "-m", "citychain", "events", "run"], env=environment)
    try:
        for _ in range(200):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)) as client:
                client.sendall(request(port).encode())
                client.settimeout(5)
                received = b""
                while b"event: head" not in received:
                    received += client.recv(4096)
                break
            time.sleep(0.05)
        else:
            pytest.fail("the event stream did not start")
        process.terminate()
        assert process.wait(5) == 0
    finally:
        process.kill()
        process.wait()


def test_heartbeat_keeps_the_connection_busy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "HEARTBEAT_SECONDS", 0.1)

    async def scenario(port: int) -> None:
        reader, writer = await connect(port, request(port))
        assert await asyncio.wait_for(reader.readuntil(b": still here\n\n"), 5)
        writer.close()

    play(tmp_path, scenario)
