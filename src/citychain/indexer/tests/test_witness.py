"""Reading beside a second member: a real node, asked directly and through a proxy that alters its answers."""

import contextlib
import http.server
import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from citychain.chain.rpc import Rpc
from citychain.indexer import witness
from citychain.indexer.engine import Indexer
from citychain.indexer.errors import MembersDisagree
from citychain.indexer.models import Progress

from .chain import LAG, Chain
from .test_engine import ALICE, BOB, balances, progress, read

Change = Callable[[dict[str, Any]], None]


class Liar:
    """Passes requests on to a node; `change` alters each result that it brings back."""

    def __init__(self, node: str) -> None:
        self.change: Change = lambda result: None
        liar = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                answer = httpx.post(node, content=body, headers={"content-type": "application/json"}).json()
                for reply in answer if isinstance(answer, list) else [answer]:
                    results = reply.get("result")
                    for result in results if isinstance(results, list) else [results]:
                        if isinstance(result, dict):
                            liar.change(result)
                told = json.dumps(answer).encode()
                self.send_response(200)
                self.send_header("content-length", str(len(told)))
                self.end_headers()
                self.wfile.write(told)

            def log_message(self, *_args: Any) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def liar(chain: Chain) -> Iterator[Liar]:
    liar = Liar(chain.rpc.url)
    yield liar
    liar.stop()


def more_money(result: dict[str, Any]) -> None:
    """Another amount in every event."""
    if "topics" in result and len(result["data"]) == 66:
        result["data"] = "0x" + f"{int(result['data'], 16) + 1:064x}"


def another_time(result: dict[str, Any]) -> None:
    if "parentHash" in result:
        result["timestamp"] = hex(int(result["timestamp"], 16) + 1)


def another_branch(result: dict[str, Any]) -> None:
    """Another hash of every block, which all that refers to it follows."""
    for name in ("hash", "parentHash", "blockHash"):
        if name in result:
            result[name] = "0x" + "55" * 4 + result[name][10:]


def read_beside(chain: Chain, liar: Liar, alias: str) -> None:
    """The liar is whom the city reads from; the honest node is the witness."""
    with contextlib.closing(Rpc(liar.url)) as rpc:
        run(Indexer(rpc, chain.book, alias, witness=chain.rpc))


def run(indexer: Indexer) -> None:
    while indexer.step():
        pass


@pytest.fixture
def payments(chain: Chain, new_database: Callable[[], str]) -> str:
    """A bank with payments on the chain; an empty read model."""
    chain.open_bank(ALICE, BOB)
    for n in range(LAG + 10):
        chain.transfer("0x" + "00" * 20, ALICE, n)
        chain.mine()
    return new_database()


def test_two_members_that_agree_are_read(chain: Chain, liar: Liar, payments: str, new_database: Any) -> None:
    read_beside(chain, liar, payments)
    alone = new_database()
    read(chain, alone)
    assert balances(payments) == balances(alone)
    assert progress(payments).unwitnessed is None


@pytest.mark.parametrize(
    ("lie", "what"), [(more_money, "events"), (another_time, "header"), (another_branch, "0x55555555")]
)
def test_member_that_lies_stops_the_indexer(
    chain: Chain, liar: Liar, payments: str, lie: Change, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(witness, "PATIENCE", 0.0)
    liar.change = lie
    with pytest.raises(MembersDisagree) as stopped:
        read_beside(chain, liar, payments)
    assert what in stopped.value.details["what"]
    assert balances(payments) == {}
    assert progress(payments).stale_reason == str(stopped.value)


def test_member_that_starts_to_lie_leaves_what_was_read(
    chain: Chain, liar: Liar, payments: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_beside(chain, liar, payments)
    honest, head = balances(payments), progress(payments).head
    liar.change = more_money
    chain.transfer(ALICE, BOB, 7)
    chain.mine()
    with pytest.raises(MembersDisagree) as stopped:
        read_beside(chain, liar, payments)
    assert stopped.value.details == {"block": head + 1, "what": "events"}
    assert balances(payments) == honest


def test_silent_witness_does_not_stop_the_city(
    chain: Chain, payments: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(witness, "PATIENCE", 0.0)
    with contextlib.closing(Rpc("http://127.0.0.1:9")) as nobody:
        run(Indexer(chain.rpc, chain.book, payments, witness=nobody))
    found = Progress.objects.using(payments).get(id=1)
    assert found.unwitnessed == found.head == chain.rpc.head().number
    assert len([line for line in caplog.messages if "not confirmed" in line]) == 1


def test_branch_that_is_not_final_is_waited_for(
    chain: Chain, liar: Liar, payments: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_beside(chain, liar, payments)
    monkeypatch.setattr(witness, "PATIENCE", 0.5)
    chain.mine()
    asked: list[str] = []
    newest = chain.rpc.head().number

    def once_another(result: dict[str, Any]) -> None:
        if result.get("number") == hex(newest) and len(asked) < 2:
            asked.append(result["hash"])
            result["hash"] = "0x" + "66" * 32

    liar.change = once_another
    with contextlib.closing(Rpc(liar.url)) as rpc:
        run(Indexer(chain.rpc, chain.book, payments, witness=rpc))
    assert len(asked) == 2
    assert (progress(payments).head, progress(payments).unwitnessed) == (newest, None)
