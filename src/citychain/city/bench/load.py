"""A load generator for HTTP/1.1 on one thread: plain sockets and epoll, so that it takes little from what it measures.

Closed loop: each connection asks again as soon as it has its answer; tells the greatest rate. Open loop: requests come
at their times whether or not earlier ones are answered, as people do; tells how long they wait. The status of every
answer is checked.
"""

import contextlib
import itertools
import random
import select
import socket
import time
from collections import deque
from collections.abc import Iterator, Sequence

import msgspec

RECEIVE = 1 << 16
#: Nothing answers for so long: the server hangs.
PATIENCE = 20.0


class Load(msgspec.Struct, frozen=True):
    """Answers a second, and the seconds that half and 99 of 100 took at most. `cpu` is the share of one core that the
    generator itself used."""

    rate: float
    median: float
    p99: float
    cpu: float


class UnexpectedAnswer(Exception):
    """The server answered something else than it was asked for."""


class Connection:
    """One kept connection; takes one request at a time."""

    def __init__(self, address: tuple[str, int], status: int) -> None:
        self.socket = socket.create_connection(address)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.started = 0.0
        self._status = b"HTTP/1.1 %d" % status
        self._got = b""

    def ask(self, request: bytes, started: float) -> None:
        self.started = started
        self.socket.sendall(request)

    def answered(self) -> bool:
        """Reads what is there; whether the answer is whole now. Raises UnexpectedAnswer."""
        part = self.socket.recv(RECEIVE)
        self._got += part
        end = self._got.find(b"\r\n\r\n")
        if not part or (end >= 0 and not self._got.startswith(self._status)):
            raise UnexpectedAnswer(self._got[:400].decode(errors="replace") or "connection closed")
        if end < 0 or len(self._got) < end + 4 + _length(self._got[:end]):
            return False
        self._got = b""
        return True


def _length(head: bytes) -> int:
    """A 304 names the length of what it does not send, or none."""
    if head.startswith(b"HTTP/1.1 304"):
        return 0
    at = head.lower().index(b"content-length:") + 15
    return int(head[at : at + 12].split(b"\r")[0])


def get(url_host: str, path: str, **headers: str) -> bytes:
    """The bytes of a GET request; underscores in names of headers are hyphens."""
    lines = [f"GET {path} HTTP/1.1", f"Host: {url_host}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def closed(
    address: tuple[str, int], requests: Sequence[bytes], *, status: int = 200, connections: int = 32, seconds: float = 3
) -> Load:
    """The requests in turn, again and again, for `seconds`. Raises UnexpectedAnswer."""
    taken: list[float] = []
    turns = itertools.cycle(requests)
    cpu = time.process_time()
    with _connected(address, status, connections) as (poll, open_):
        now = start = time.perf_counter()
        for connection in open_.values():
            connection.ask(next(turns), start)
        while now < start + seconds:
            events = poll.poll(PATIENCE)
            now = time.perf_counter()
            if not events:
                raise UnexpectedAnswer(f"nothing in {PATIENCE:.0f} s")
            for number, _event in events:
                connection = open_[number]
                if connection.answered():
                    taken.append(now - connection.started)
                    connection.ask(next(turns), now)
    return _told(taken, now - start, time.process_time() - cpu)


def opened(
    address: tuple[str, int],
    requests: Sequence[bytes],
    *,
    rate: float,
    status: int = 200,
    connections: int = 64,
    seconds: float = 3,
) -> Load:
    """Requests at random times, `rate` a second on average. Waiting for a free connection counts, and so does up to a
    millisecond by which this program itself is late. Raises UnexpectedAnswer."""
    chance = random.Random(1)
    taken: list[float] = []
    waiting: deque[float] = deque()
    turns = itertools.cycle(requests)
    cpu = time.process_time()
    with _connected(address, status, connections) as (poll, open_):
        idle = deque(open_.values())
        now = start = time.perf_counter()
        due = start + chance.expovariate(rate)
        while due < start + seconds or len(idle) < connections:
            while due <= now and due < start + seconds:
                waiting.append(due)
                due += chance.expovariate(rate)
            while waiting and idle:
                idle.popleft().ask(next(turns), waiting.popleft())
            for number, _event in poll.poll(0.001):
                if open_[number].answered():
                    taken.append(time.perf_counter() - open_[number].started)
                    idle.append(open_[number])
            now = time.perf_counter()
            if now > start + seconds + PATIENCE:
                raise UnexpectedAnswer(f"{connections - len(idle)} requests without an answer")
    return _told(taken, now - start, time.process_time() - cpu)


@contextlib.contextmanager
def _connected(
    address: tuple[str, int], status: int, connections: int
) -> Iterator[tuple[select.epoll, dict[int, Connection]]]:
    """Connections by their file's number, and what tells which of them has something to read."""
    with contextlib.ExitStack() as stack:
        poll = stack.enter_context(select.epoll())
        open_ = {}
        for _ in range(connections):
            connection = Connection(address, status)
            stack.callback(connection.socket.close)
            open_[connection.socket.fileno()] = connection
            poll.register(connection.socket.fileno(), select.EPOLLIN)
        yield poll, open_


def _told(taken: list[float], seconds: float, cpu: float) -> Load:
    taken.sort()
    return Load(len(taken) / seconds, taken[len(taken) // 2], taken[len(taken) * 99 // 100], cpu / seconds)
