"""What the processes of an episode run: the city's own commands, and a node that the simulation can ask for faults."""

import json
import select
import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from django.conf import settings
from django.core.management import call_command
from django.core.servers.basehttp import get_internal_wsgi_application

from citychain.network.embedded import EmbeddedNode
from citychain.network.errors import ReorgRefused

from .founding import found
from .looking import look

#: Blocks between head and final, so that there is something to reorganise.
FINALITY_LAG = 64
#: Seconds between blocks while transactions wait, and while none do; the longest blocks asked for at once.
INTERVAL, HEARTBEAT = 0.1, 0.5
THREADS = 4


def node(control: str) -> None:
    """An embedded node under a finality lag, which takes commands on the Unix socket `control`, one a connection:

    {"rewind": n}    drops the last n blocks: a reorg, once others take their place. Answers how many were dropped
    {"drop": null}   forgets the transactions that wait
    {"mine": n}      makes n blocks at once
    {"hold": bool}   makes no blocks unasked while true
    Every answer has the head and the final block's number.
    """
    Path(control).unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(control)
        server.listen(16)
        stopping: list[int] = []
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda number, _frame: stopping.append(number))
        engine = EmbeddedNode(settings.CITYCHAIN_HOME, finality_lag=FINALITY_LAG)
        try:
            engine.start()
            _drive(engine, server, stopping)
        finally:
            engine.stop()


def _drive(engine: EmbeddedNode, server: socket.socket, stopping: list[int]) -> None:
    last, held = time.monotonic(), False
    while not stopping:
        if select.select([server], [], [], 0.02)[0]:
            with server.accept()[0] as connection, connection.makefile("rw") as file:
                asked = json.loads(file.readline())
                held = asked.get("hold", held)
                print(json.dumps(_obey(engine, asked)), file=file, flush=True)
        waited = time.monotonic() - last
        if not held and (waited >= HEARTBEAT or (waited >= INTERVAL and engine.pending())):
            engine.mine()
            last = time.monotonic()


def _obey(engine: EmbeddedNode, asked: dict[str, Any]) -> dict[str, Any]:
    dropped = 0
    if "rewind" in asked:
        try:
            engine.rewind(asked["rewind"])
            dropped = asked["rewind"]
        except ReorgRefused:
            pass
    if "drop" in asked:
        engine.call("anvil_dropAllTransactions")
    for _ in range(asked.get("mine", 0)):
        engine.mine()
    return {"head": engine.head.number, "hash": engine.head.hash, "time": engine.head.time, "dropped": dropped}


def command(*words: str) -> Any:
    """A job that is one of the city's commands."""
    return lambda: call_command(*words)


class Pool(WSGIServer):
    """WSGI on a few threads, whose database connections stay open as granian's do."""

    request_queue_size = 128

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", port), Quiet)
        self._threads = ThreadPoolExecutor(THREADS)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._threads.submit(self.process_request_thread, request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            self.finish_request(request, client_address)
        except OSError:
            pass  # the reader went away
        finally:
            self.shutdown_request(request)


class Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None: ...


def portal(port: str) -> None:
    """The portal's application as granian would serve it."""
    settings.CITYCHAIN_RPC_SECONDS = 5
    server = Pool(int(port))
    server.set_app(get_internal_wsgi_application())
    server.serve_forever()


def told(*words: str) -> Any:
    """A job that is one of the city's commands whose output goes to a file."""

    def run(path: str) -> None:
        with Path(path).open("w") as file:
            call_command(*words, stdout=file)

    return run


JOBS: dict[str, Any] = {
    "node": node,
    "gate": command("gate", "run"),
    "indexer": command("indexer", "run"),
    "relayer": command("relayer", "run"),
    "portal": portal,
    "found": lambda: found(settings.CITYCHAIN_HOME),
    "look": look,
    "rebuild": told("rebuild", "--check"),
    "verify": told("journal", "verify"),
}
