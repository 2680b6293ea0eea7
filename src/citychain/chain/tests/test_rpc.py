"""The client against a real node, and against servers that misbehave."""

import contextlib
import socketserver
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from citychain.chain import clock, jsonrpc
from citychain.chain.abi import bytes32
from citychain.chain.bindings import Parameters
from citychain.chain.deploy import deploy
from citychain.chain.errors import UnknownParameter, from_revert
from citychain.chain.plan import Plan
from citychain.chain.rpc import Call, NodeUnavailable, Rpc, RpcError
from citychain.chain.sending import included
from citychain.chain.transactions import sign_1559

from .conftest import CHAIN_ID, DEPLOYER, key

# Runtime code that returns block.timestamp, and code that reverts with 0xdeadbeef.
TELLS_TIME = "0x4260005260206000f3"
REFUSES = "0x63deadbeef6000526004601cfd"
CLOCK, WALL = "0x" + "c1" * 20, "0x" + "a1" * 20


@contextlib.contextmanager
def server(answer: Callable[[int], bytes]) -> Iterator[tuple[Rpc, list[int]]]:
    """Answers the n-th connection's first request with these bytes, then hangs up."""
    seen: list[int] = []

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.recv(65_536)
            seen.append(1)
            self.request.sendall(answer(len(seen)))

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as listening:
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        rpc = Rpc(f"http://127.0.0.1:{listening.server_address[1]}")
        try:
            yield rpc, seen
        finally:
            rpc.close()
            listening.shutdown()


def http(body: bytes, status: bytes = b"200 OK") -> bytes:
    return b"HTTP/1.1 %s\r\nconnection: close\r\ncontent-length: %d\r\n\r\n%s" % (status, len(body), body)


# --- a real node ---------------------------------------------------------------------------------------------------


def test_headers_are_linked_and_missing_ones_are_none(rpc: Rpc) -> None:
    rpc.call("anvil_mine", "0x3")
    head = rpc.head()
    assert (head.number, rpc.header(head.number), rpc.header(head.number + 1)) == (3, head, None)
    headers = rpc.headers(0, 3)
    assert [header.parent for header in headers[1:]] == [header.hash for header in headers[:-1]]
    with pytest.raises(NodeUnavailable):
        rpc.headers(3, 4)


def test_batch_keeps_the_order_and_errors_their_place(rpc: Rpc) -> None:
    answers = rpc.batch([("eth_chainId", ()), ("eth_nothing", ()), ("eth_blockNumber", ())])
    assert (answers[0], answers[2]) == (hex(CHAIN_ID), "0x0")
    assert isinstance(answers[1], RpcError)
    assert rpc.batch([]) == []


def test_method_that_the_node_lacks_raises_its_number(rpc: Rpc) -> None:
    with pytest.raises(RpcError) as problem:
        rpc.call("eth_nothing")
    assert problem.value.number == -32601


def test_revert_of_a_view_carries_its_bytes(rpc: Rpc, home: Path, plan: Plan) -> None:
    book = deploy(plan, rpc, DEPLOYER)
    with pytest.raises(RpcError) as problem:
        rpc.view(book.address("Parameters"), Parameters.get(name=bytes32("nothing")))
    assert type(from_revert(problem.value.data)) is UnknownParameter


def test_view_of_an_address_without_code_is_a_value_error(rpc: Rpc) -> None:
    with pytest.raises(ValueError):
        rpc.view(WALL, Parameters.get(name=bytes32("nothing")))


def test_logs_are_those_of_the_addresses_in_chain_order(rpc: Rpc, home: Path, plan: Plan) -> None:
    book = deploy(plan, rpc, DEPLOYER)
    both = [book.address("Parameters"), book.address("Authority")]
    logs = rpc.logs(0, rpc.head().number, both)
    assert {log.address for log in logs} == set(both)
    assert [(log.block, log.log_index) for log in logs] == sorted((log.block, log.log_index) for log in logs)
    added = next(log for log in logs if log.topics[0] == Parameters.ParameterAdded.topic)
    assert Parameters.ParameterAdded.decode(added.topics, added.data).value == 30


def test_transaction_sent_twice_is_refused_the_second_time(rpc: Rpc) -> None:
    signed = sign_1559(
        DEPLOYER, chain_id=CHAIN_ID, nonce=0, to=WALL, data=b"", gas=21_000, max_fee=10**10, tip=0, value=1
    )
    first, second = rpc.send_raw([signed.raw, signed.raw])
    assert first == signed.hash
    assert isinstance(second, RpcError)
    assert included(rpc, [signed.hash])[0]["status"] == "0x1"
    assert rpc.nonce(DEPLOYER.address) == 1
    assert rpc.receipt("0x" + "00" * 32) is None


def test_simulation_happens_now_in_the_next_block(rpc: Rpc) -> None:
    rpc.call("anvil_setCode", CLOCK, TELLS_TIME)
    rpc.call("anvil_setCode", WALL, REFUSES)
    time = rpc.head().time + 1_000_000
    clock.simulate(time)
    try:
        told, refused = rpc.simulate(
            [Call(key(5).address, CLOCK, b"", 50_000), Call(key(5).address, WALL, b"", 50_000)]
        )
    finally:
        clock.simulate(None)
    assert (told.success, int.from_bytes(told.data, "big")) == (True, time)
    assert (refused.success, refused.data.hex()) == (False, "deadbeef")
    assert told.gas_used > 21_000


# --- servers that misbehave ----------------------------------------------------------------------------------------


def test_nobody_there_is_unavailable() -> None:
    with server(lambda n: b"") as (rpc, _seen):
        pass
    with pytest.raises(NodeUnavailable):
        rpc = Rpc(rpc.url)
        rpc.chain_id()


@pytest.mark.parametrize(
    "body",
    [http(b"<html>"), http(b"{}x"), http(b"busy", b"503 Service Unavailable"), http(b"[]"), b"nonsense\r\n\r\n", b""],
)
def test_answer_that_is_no_json_rpc_is_unavailable(body: bytes) -> None:
    with server(lambda n: body) as (rpc, _seen), pytest.raises(NodeUnavailable):
        rpc.call("eth_chainId")
    with server(lambda n: body) as (rpc, _seen), pytest.raises(NodeUnavailable):
        rpc.batch([("eth_chainId", ())])
    with server(lambda n: body) as (rpc, _seen), pytest.raises(NodeUnavailable):
        rpc.logs(0, 1, [WALL])


def test_refusal_with_a_status_keeps_the_nodes_words() -> None:
    body = b'{"jsonrpc":"2.0","id":1,"error":{"code":-32005,"message":"too much"}}'
    with server(lambda n: http(body, b"429 Too Many Requests")) as (rpc, _seen), pytest.raises(RpcError) as problem:
        rpc.call("eth_chainId")
    assert (problem.value.number, problem.value.reason) == (-32005, "too much")


@pytest.mark.parametrize(
    "body",
    [b'{"message":"API rate limit exceeded"}', b'{"jsonrpc":"2.0","id":1}', b'{"jsonrpc":"2.0","id":7,"result":[]}'],
)
def test_answer_to_another_question_is_unavailable_and_never_an_empty_one(body: bytes) -> None:
    """A range of blocks was read as one without logs."""
    asked: list[Callable[[Rpc], object]] = [
        lambda rpc: rpc.logs(0, 1, [WALL]),
        lambda rpc: rpc.call("eth_getTransactionReceipt", "0x"),
        lambda rpc: rpc.batch([("eth_blockNumber", ())]),
    ]
    for ask in asked:
        with server(lambda n: http(body)) as (rpc, _), pytest.raises(NodeUnavailable):
            ask(rpc)


def test_range_without_logs_is_told_from_no_answer() -> None:
    with server(lambda n: http(b'{"jsonrpc":"2.0","id":1,"result":null}')) as (rpc, _), pytest.raises(NodeUnavailable):
        rpc.logs(0, 1, [WALL])
    with server(lambda n: http(b'{"jsonrpc":"2.0","id":1,"result":[]}')) as (rpc, _):
        assert rpc.logs(0, 1, [WALL]) == []


def test_trouble_of_the_nodes_own_is_worth_another_try() -> None:
    """`citychain soak --seed 4`: the indexer stopped for good."""
    for number, retry in ((-32603, True), (-32000, False)):
        body = b'{"jsonrpc":"2.0","id":1,"error":{"code":%d,"message":"no"}}' % number
        with server(lambda n, body=body: http(body)) as (rpc, _), pytest.raises(RpcError) as problem:  # type: ignore[misc]
            rpc.chain_id()
        assert problem.value.retry is retry


def test_read_over_a_broken_connection_is_asked_once_more() -> None:
    good = http(b'{"jsonrpc":"2.0","id":1,"result":"0x7"}')
    with server(lambda n: b"" if n == 1 else good) as (rpc, seen):
        assert rpc.chain_id() == 7
    assert len(seen) == 2


def test_write_over_a_broken_connection_is_not_repeated() -> None:
    with server(lambda n: b"") as (rpc, seen), pytest.raises(NodeUnavailable):
        rpc.send_raw([b"\2"])
    assert len(seen) == 1


def test_silent_node_is_unavailable_after_the_time_out() -> None:
    silence = threading.Event()

    def answer(n: int) -> bytes:
        silence.wait(5)
        return b""

    with server(answer) as (rpc, _seen), pytest.raises(NodeUnavailable):
        Rpc(rpc.url, seconds=0.2).chain_id()
    silence.set()


# --- several servers of one network --------------------------------------------------------------------------------

AWAY = b'{"jsonrpc":"2.0","id":1,"error":{"code":-32002,"message":"The node is not running."}}'
NUMBER = b'{"jsonrpc":"2.0","id":%d,"result":"0x7"}'


@contextlib.contextmanager
def both(first: str, second: str) -> Iterator[Rpc]:
    with contextlib.closing(Rpc(f"{first} {second}")) as rpc:
        yield rpc


def test_server_that_is_away_is_left_out_for_another() -> None:
    with (
        server(lambda n: http(AWAY)) as (first, seen),
        server(lambda n: http(NUMBER % n)) as (second, used),
        both(first.url, second.url) as rpc,
    ):
        assert [rpc.chain_id(), rpc.chain_id()] == [7, 7]
    assert (len(seen), len(used)) == (1, 2)


def test_first_server_is_asked_again_when_it_may_be_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonrpc, "AWAY_SECONDS", 0.0)
    with (
        server(lambda n: http(AWAY if n == 1 else NUMBER % 2)) as (first, seen),
        server(lambda n: http(NUMBER % n)) as (second, used),
        both(first.url, second.url) as rpc,
    ):
        assert [rpc.chain_id(), rpc.chain_id()] == [7, 7]
    assert (len(seen), len(used)) == (2, 1)


def test_write_that_can_not_have_arrived_goes_to_another_server() -> None:
    with server(lambda n: http(NUMBER % n)) as (second, used), both("http://127.0.0.1:9", second.url) as rpc:
        assert rpc.call("eth_sendRawTransaction", "0x01") == "0x7"
    assert len(used) == 1


def test_write_that_may_have_arrived_goes_nowhere_else() -> None:
    with (
        server(lambda n: b"") as (first, _seen),
        server(lambda n: http(NUMBER % 2)) as (second, used),
        both(first.url, second.url) as rpc,
    ):
        with pytest.raises(NodeUnavailable):
            rpc.call("eth_sendRawTransaction", "0x01")
        assert len(used) == 0
        assert rpc.call("eth_sendRawTransaction", "0x01") == "0x7"


def test_all_servers_away_is_unavailable() -> None:
    with both("http://127.0.0.1:9", "http://127.0.0.1:10") as rpc, pytest.raises(NodeUnavailable):
        rpc.head()
