"""What the benchmark makes of its figures, and its load generator against a small server."""

import http.server
import socketserver
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from citychain.city.bench import load, rows, small_city
from citychain.city.management.commands.bench import _write

BODY = b"x" * 5_000


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers /, and 304 to whoever knows it."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        known, found = self.headers["If-None-Match"] == '"x"', self.path == "/"
        self.send_response(304 if known else 200 if found else 404)
        self.send_header("Content-Length", str(len(BODY)))
        self.end_headers()
        if not known:
            self.wfile.write(BODY)

    def log_message(self, *words: object) -> None:
        """Says nothing."""


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True


@pytest.fixture
def server() -> Iterator[tuple[str, int]]:
    with Server(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=partial(running.serve_forever, 0.05))
        thread.start()
        yield ("127.0.0.1", running.server_port)
        running.shutdown()
        thread.join()


@pytest.mark.parametrize(("headers", "status"), [({}, 200), ({"If_None_Match": '"x"'}, 304)])
def test_closed_loop_counts_whole_answers(server: tuple[str, int], headers: dict[str, str], status: int) -> None:
    found = load.closed(server, [load.get("localhost", "/", **headers)], status=status, connections=3, seconds=0.2)
    assert found.rate > 0
    assert 0 < found.median <= found.p99 < 20


def test_open_loop_sends_at_its_own_times(server: tuple[str, int]) -> None:
    found = load.opened(server, [load.get("localhost", "/")], rate=50, connections=3, seconds=0.5)
    assert 0 < found.rate < 100
    assert 0 < found.median <= found.p99 < 20


def test_wrong_answer_ends_a_measurement(server: tuple[str, int]) -> None:
    requests = [load.get("localhost", "/nothing")]
    for measure in (load.closed, partial(load.opened, rate=100)):
        with pytest.raises(load.UnexpectedAnswer, match="404 Not Found"):
            measure(server, requests, connections=1, seconds=0.2)


def test_row_compares_medians_with_its_limit() -> None:
    found = rows.row("x", "answers/s", [1, 300, 90], peers={"a": [100, 1], "b": [7, 7]}, beside="a", goal=1.5)
    assert (found.ours, found.peers, found.limit, found.ratio, found.met) == (
        90,
        {"a": 50.5, "b": 7},
        50.5,
        1.782,
        True,
    )


@pytest.mark.parametrize(
    ("unit", "ours", "goal", "met"),
    [
        ("answers/s", 10, 10, True),
        ("answers/s", 9, 10, False),
        ("s", 5, 5, True),
        ("ms", 6, 5, False),
        ("MB", 9, None, None),
    ],
)
def test_rate_is_to_be_reached_and_a_time_not_passed(
    unit: str, ours: float, goal: float | None, met: bool | None
) -> None:
    assert rows.row("x", unit, [ours], goal=goal).met == met


def test_page_is_written_anew_above_what_was_written_by_hand(tmp_path: Path) -> None:
    page = tmp_path / "benchmarks.md"
    page.write_text("old table\n\n## Why\n\nBecause.\n")
    for ours in (1, 12_345):
        _write(
            page,
            [rows.row("lookups", "answers/s", [ours], peers={"bare": [100_000]}, beside="bare", goal=1)],
            5,
            "a machine",
        )
    text = page.read_text()
    assert "| lookups | 12,345 answers/s | bare 100,000 | 0.123 | ≥ 1 | no |\n\n## Why\n\nBecause.\n" in text
    assert "old table" not in text


def test_measurement_knows_no_installation(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "CITYCHAIN_RPC_URL", "CITYCHAIN_HOME"):
        monkeypatch.setenv(name, "real")
    found = small_city.scratch_environment("/scratch", CITYCHAIN_ORIGIN="http://localhost:1")
    assert [name for name, value in found.items() if value == "real"] == []
    assert (found["CITYCHAIN_HOME"], found["CITYCHAIN_ORIGIN"]) == ("/scratch", "http://localhost:1")
