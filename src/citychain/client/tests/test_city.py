"""The client against answers that a good city never gives; docs/tutorial.md is run against a good one."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from citychain.client import City, Key, NotEnded, Refusal, Unreachable, Untrustworthy

KEY = Key(bytes([7] * 32))
BANK, THIEF, FORWARDER = "0x" + "b0" * 20, "0x" + "7f" * 20, "0x" + "f0" * 20
CONTRACTS = {
    "chain_id": 7,
    "domain": {"name": "citychain", "version": "1", "chainId": 7, "verifyingContract": FORWARDER},
    "contracts": [
        {
            "key": "Deposits:2", "contract": "Deposits", "address": BANK,
            "functions": [
                {"name": "approve", "signature": "approve(address,uint256)", "selector": "0x095ea7b3", "gas": 100_000}
            ],
        }
    ],
}  # fmt: skip
MESSAGE = {"from": KEY.address, "to": BANK, "value": 0, "gas": 90_000, "nonce": 0, "deadline": 9, "data": "0x095ea7b3"}
BUSY = {"type": "t", "title": "t", "status": 503, "detail": "later", "code": "overloaded", "retry": True}


class Answers(ThreadingHTTPServer):
    """Gives `bodies` by path; a list is given one after the other. Keeps what was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        self.bodies: dict[str, Any] = {"/api/contracts": CONTRACTS}
        self.asked: list[tuple[str, str]] = []
        super().__init__(("127.0.0.1", 0), _Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()


class _Handler(BaseHTTPRequestHandler):
    server: Answers

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        path = self.path.partition("?")[0]
        self.server.asked.append((self.path, self.headers.get("idempotency-key", "")))
        body = self.server.bodies[path]
        body = body.pop(0) if isinstance(body, list) else body
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(503 if isinstance(body, dict) and body.get("code") == "overloaded" else 200)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Retry-After", "0")
        self.end_headers()
        self.wfile.write(data)

    do_POST = do_GET

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def answers() -> Iterator[Answers]:
    server = Answers()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def city(answers: Answers) -> Iterator[City]:
    with City(f"http://127.0.0.1:{answers.server_port}/") as city:
        yield city


def test_request_that_is_what_was_asked_for_is_prepared(city: City, answers: Answers) -> None:
    answers.bodies["/api/requests/prepare"] = {"request": MESSAGE}
    prepared = city.prepare(KEY.address, "Deposits:2", "approve")
    assert (prepared.request.data, prepared.domain.chain_id) == (bytes.fromhex("095ea7b3"), 7)


@pytest.mark.parametrize(
    "changed", [{"from": THIEF}, {"to": THIEF}, {"data": "0xa9059cbb"}, {"data": "0x"}, {"gas": 100_001}]
)
def test_request_that_is_another_is_never_signed(city: City, answers: Answers, changed: dict[str, Any]) -> None:
    answers.bodies["/api/requests/prepare"] = {"request": {**MESSAGE, **changed}}
    with pytest.raises(Untrustworthy):
        city.act(KEY, BANK, "approve")
    assert [path for path, _key in answers.asked if path == "/api/requests"] == []


def test_busy_city_is_asked_again_and_a_write_keeps_its_key(city: City, answers: Answers) -> None:
    answers.bodies["/api/requests/prepare"] = {"request": MESSAGE}
    done = {
        "id": "i", "state": "received", "signer": KEY.address, "target": BANK, "function": "f", "nonce": 0, "tx": "",
        "block": None, "reason_code": "", "reason": "", "history": [],
    }  # fmt: skip
    answers.bodies["/api/requests"] = [BUSY, BUSY, done]
    prepared = city.prepare(KEY.address, BANK, "approve")
    assert city.submit(prepared, b"").id == "i"
    keys = [key for path, key in answers.asked if path == "/api/requests"]
    assert (len(keys), len(set(keys)), keys[0] != "") == (3, 1, True)
    answers.bodies["/api/requests/i"] = done
    with pytest.raises(NotEnded) as caught:
        city.wait("i", seconds=0)
    assert caught.value.request_id == "i"


def test_city_that_stays_busy_is_told_with_its_code(city: City, answers: Answers) -> None:
    answers.bodies["/api/status"] = BUSY
    with pytest.raises(Refusal) as caught:
        city.status()
    assert (caught.value.problem.code, len(answers.asked)) == ("overloaded", 4)


def test_what_is_no_city_is_unreachable(city: City, answers: Answers) -> None:
    answers.bodies["/api/status"] = b"<html>"
    with pytest.raises(Unreachable):
        city.status()
    answers.shutdown()
    answers.server_close()
    with City(city.url, timeout=1) as gone, pytest.raises(Unreachable):
        gone.status()


def test_list_is_drawn_page_after_page(city: City, answers: Answers) -> None:
    bank = {"institution": 1, "name": "n", "symbol": "s", "supply_fen": 1, "accounts": 1, "new_field": 1}
    pages = [{"banks": [{"address": a, **bank}], "next": n} for a, n in (("0x1", "0x1"), ("0x2", None))]
    answers.bodies["/api/banks"] = pages
    assert [found.address for found in city.banks()] == ["0x1", "0x2"]
    assert [path for path, _key in answers.asked] == ["/api/banks?limit=200", "/api/banks?limit=200&after=0x1"]
