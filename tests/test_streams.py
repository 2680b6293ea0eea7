"""Many open pages that listen to the event stream leave the portal its speed."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import httpx

from .city import City

STREAMS, ASKED, ROUNDS = 200, 60, 4


@contextmanager
def _listening(city: City, count: int) -> Iterator[None]:
    """So many browsers, each of which has heard of a block."""
    port = city.environment["CITYCHAIN_EVENTS_PORT"]
    request = f"GET /events HTTP/1.1\r\nHost: localhost:{port}\r\nOrigin: {city.url}\r\n\r\n".encode()
    with ExitStack() as open_streams:
        streams = [open_streams.enter_context(socket.create_connection(("127.0.0.1", int(port)))) for _ in range(count)]
        for stream in streams:
            stream.settimeout(20)
            stream.sendall(request)
        for stream in streams:
            heard = b""
            while b"event: head" not in heard:
                heard += (read := stream.recv(4096))
                assert read, heard
        yield


def _slow(reader: httpx.Client) -> float:
    """Seconds that the second slowest of so many took; of a page that is made anew each time."""
    waits = []
    for number in range(ASKED):
        started = time.perf_counter()
        assert reader.get("/titles/", params={"page_size": 5, "unused": number}).status_code == 200
        waits.append(time.perf_counter() - started)
    return sorted(waits)[-2]


def test_two_hundred_open_streams_leave_pages_their_speed(city: City) -> None:
    """In one round of a few: in the others the machine may have had other work on one side."""
    ratios: list[float] = []
    with httpx.Client(base_url=city.url, timeout=20) as reader:
        while len(ratios) < ROUNDS and min(ratios, default=9.0) >= 2:
            alone = _slow(reader)
            with _listening(city, STREAMS):
                ratios.append(_slow(reader) / alone)
    assert min(ratios) < 2, ratios
