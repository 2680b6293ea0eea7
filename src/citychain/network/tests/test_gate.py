"""The gate before a real node: who may ask, what, how much, and what `finalized` means."""

import json
import socket
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from citychain.network import rules, upstream
from citychain.network.embedded import EmbeddedNode
from citychain.network.gate import LocalGate
from citychain.network.genesis import load_genesis
from citychain.network.tests.conftest import KEYS, ORIGIN, send, transfer

Open = Callable[..., EmbeddedNode]


def ask(http: httpx.Client, method: str, *params: Any) -> Any:
    return http.post("/", json={"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).json()


def name(answer: Any) -> str:
    return str(answer["error"]["data"]["name"])


def test_gate_answers_single_calls_and_batches_in_order(http: httpx.Client, node: EmbeddedNode) -> None:
    chain_id = hex(load_genesis(node.home).chain_id)
    assert ask(http, "eth_chainId") == {"jsonrpc": "2.0", "id": 1, "result": chain_id}
    calls = [{"jsonrpc": "2.0", "id": f"x{i}", "method": m} for i, m in enumerate(["eth_chainId", "evm_mine"] * 50)]
    answers = http.post("/", json=calls).json()
    assert [answer["id"] for answer in answers] == [call["id"] for call in calls]
    assert [answer.get("result") for answer in answers] == [chain_id, None] * 50


def test_gate_takes_signed_transactions(http: httpx.Client, node: EmbeddedNode) -> None:
    raw = transfer(node.home, KEYS[0], 0)
    digest = ask(http, "eth_sendRawTransaction", raw)["result"]
    block = node.mine()
    receipt = ask(http, "eth_getTransactionReceipt", digest)["result"]
    assert (receipt["status"], receipt["blockHash"]) == ("0x1", block.hash)


@pytest.mark.parametrize("tag", ["safe", "finalized", "Finalized"])
def test_final_tags_mean_our_final_block(open_node: Open, tag: str) -> None:
    node = open_node(finality_lag=3)
    blocks = []
    for nonce in range(5):
        send(node, 1, nonce)
        blocks.append(node.mine())
    with LocalGate(node.home, ORIGIN) as url, httpx.Client(base_url=url) as http:
        assert ask(http, "eth_getBlockByNumber", tag, False)["result"]["hash"] == blocks[1].hash
        assert ask(http, "eth_getTransactionCount", KEYS[0].address, tag)["result"] == "0x2"
        assert ask(http, "eth_getTransactionCount", KEYS[0].address, {"blockNumber": tag})["result"] == "0x2"
        assert len(ask(http, "eth_getBlockReceipts", tag)["result"]) == 5
        assert ask(http, "eth_getBlockTransactionCountByNumber", tag)["result"] == "0x5"
        assert ask(http, "eth_feeHistory", "0x1", tag, [])["result"]["oldestBlock"] == "0x2"
        assert ask(http, "eth_getLogs", {"fromBlock": tag, "toBlock": tag})["result"] == []
        assert ask(http, "eth_blockNumber")["result"] == "0x5"


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "0.0.0.0", "", "localhost@evil.example"])
def test_gate_refuses_hosts_that_are_not_loopback(http: httpx.Client, host: str) -> None:
    response = http.post("/", json={"jsonrpc": "2.0", "id": 1, "method": "eth_chainId"}, headers={"Host": host})
    assert (response.status_code, name(response.json())) == (403, "HostRefused")


@pytest.mark.parametrize("host", ["localhost", "localhost:8545", "127.0.0.1:1", "[::1]:8545"])
def test_gate_serves_loopback_hosts(http: httpx.Client, host: str) -> None:
    response = http.post("/", json={"jsonrpc": "2.0", "id": 1, "method": "net_version"}, headers={"Host": host})
    assert response.status_code == 200


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "http://localhost:8000.evil.example", "http://localhost:9000", "file://"]
)
@pytest.mark.parametrize("method", ["POST", "GET", "OPTIONS"])
def test_gate_refuses_pages_of_other_sites(http: httpx.Client, origin: str, method: str) -> None:
    response = http.request(method, "/", headers={"Origin": origin, "Content-Type": "application/json"})
    assert (response.status_code, name(response.json())) == (403, "OriginRefused")
    assert "access-control-allow-origin" not in response.headers


@pytest.mark.parametrize("origin", [ORIGIN, "chrome-extension://nkbihfbeogaeaoehlefnkodbefgpgknn"])
def test_gate_serves_the_portal_and_wallets(http: httpx.Client, origin: str) -> None:
    preflight = http.options("/", headers={"Origin": origin, "Access-Control-Request-Method": "POST"})
    assert (preflight.status_code, preflight.headers["access-control-allow-origin"]) == (204, origin)
    assert preflight.headers["access-control-allow-headers"] == "content-type"
    response = http.post("/", json={"jsonrpc": "2.0", "id": 1, "method": "net_version"}, headers={"Origin": origin})
    assert response.headers["access-control-allow-origin"] == origin


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_gate_refuses_what_a_form_can_send(http: httpx.Client, kind: str) -> None:
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "eth_chainId"})
    response = http.post("/", content=body, headers={"Content-Type": kind})
    assert (response.status_code, name(response.json())) == (415, "MediaType")


def test_gate_offers_no_websocket(http: httpx.Client) -> None:
    headers = {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "AA==",
    }
    assert http.get("/", headers=headers).status_code == 404


@pytest.mark.parametrize(
    "head",
    [
        b"POST / HTTP/1.1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost : localhost\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nno colon\r\n\r\n",
        b"nonsense\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: -5\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9999999\r\n\r\n",
    ],
)
def test_gate_closes_on_requests_that_can_be_read_two_ways(url: str, head: bytes) -> None:
    with socket.create_connection(("127.0.0.1", urlsplit(url).port or 0), timeout=5) as raw:
        raw.sendall(head)
        answer = b""
        while chunk := raw.recv(4096):
            answer += chunk
    assert answer.split(b" ")[1] in (b"403", b"411", b"413")


def test_gate_refuses_bad_json_rpc_by_name(http: httpx.Client) -> None:
    def post(text: str) -> Any:
        return http.post("/", content=text, headers={"Content-Type": "application/json"}).json()

    assert name(post("{")) == "ParseError"
    assert name(post("[" * 100_000)) == "ParseError"
    assert name(post('{"a":' * 100_000 + "}" * 100_000)) == "ParseError"
    assert name(post("[" * 65 + "]" * 65)) == "ParseError"
    assert name(post("[" * 64 + "]" * 64 + "x")) == "ParseError"
    assert name(post('"\\"' * 500_000)) == "ParseError"
    assert name(post('{"jsonrpc":"2.0","id":1,"method":"' + "[" * 100 + '"}')) == "MethodNotAllowed"
    assert name(post("[]")) == "InvalidRequest"
    assert name(post("5")) == "InvalidRequest"
    assert name(post('{"jsonrpc":"2.0","method":"eth_chainId"}')) == "InvalidRequest"
    assert name(post('{"jsonrpc":"2.0","id":99999999999999999999,"method":"eth_chainId"}')) == "InvalidRequest"
    assert name(post('{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":{}}')) == "InvalidParams"
    assert name(post('{"jsonrpc":"2.0","id":1,"method":"eth_call","params":[null]}')) == "InvalidParams"
    assert name(post('{"jsonrpc":"2.0","id":1,"method":"eth_getLogs","params":[{"fromBlock":"5"}]}')) == "InvalidParams"


def test_gate_keeps_its_limits(http: httpx.Client, node: EmbeddedNode, monkeypatch: pytest.MonkeyPatch) -> None:
    node.mine()
    call = {"jsonrpc": "2.0", "id": 1, "method": "eth_chainId"}
    assert name(http.post("/", json=[call] * (rules.MAX_BATCH + 1)).json()) == "BatchTooLarge"
    assert len(http.post("/", json=[call] * rules.MAX_BATCH).json()) == rules.MAX_BATCH
    large = http.post("/", content=b" " * (rules.MAX_BODY + 1), headers={"Content-Type": "application/json"})
    assert (large.status_code, name(large.json())) == (413, "BodyTooLarge")
    assert name(ask(http, "eth_getLogs", {"fromBlock": "0x0", "toBlock": hex(10_000)})) == "LogRangeTooLarge"
    assert ask(http, "eth_getLogs", {"fromBlock": "0x0", "toBlock": hex(1)})["result"] == []
    assert name(ask(http, "eth_feeHistory", "0x401", "latest", [])) == "FeeRangeTooLarge"
    assert name(ask(http, "eth_simulateV1", {"blockStateCalls": [{}] * 17}, "latest")) == "SimulationTooLarge"
    assert name(ask(http, "eth_sendRawTransaction", "0x" + "02" * (128 * 1024 + 1))) == "TransactionTooLarge"
    monkeypatch.setattr(rules, "MAX_LOG_BLOCKS", 1)
    assert name(ask(http, "eth_getLogs", {"fromBlock": "earliest"})) == "LogRangeTooLarge"
    assert name(ask(http, "eth_newFilter", {"fromBlock": "earliest", "toBlock": "latest"})) == "LogRangeTooLarge"


def test_gate_caps_the_gas_of_calls(http: httpx.Client) -> None:
    burn = {"to": KEYS[0].address, "data": "0x", "gas": hex(10**9)}
    gas_left = {KEYS[0].address: {"code": "0x5a60005260206000f3"}}
    for call in (burn, {"to": KEYS[0].address}):
        left = int(ask(http, "eth_call", call, "latest", gas_left)["result"], 16)
        assert rules.MAX_GAS - 30_000 < left < rules.MAX_GAS


def test_gate_bounds_the_gas_of_a_whole_request(http: httpx.Client) -> None:
    gas_left = {KEYS[0].address: {"code": "0x5a60005260206000f3"}}

    def call(**message: Any) -> dict[str, Any]:
        params = [{"to": KEYS[0].address, **message}, "latest", gas_left]
        return {"jsonrpc": "2.0", "id": 1, "method": "eth_call", "params": params}

    most, whole = rules.MAX_GAS, rules.MAX_TOTAL_GAS
    greedy = http.post("/", json=[call(gas=hex(most))] * (whole // most + 1)).json()
    assert {name(answer) for answer in greedy} == {"TooMuchGas"}
    for silent in (1, 4, 100):
        answers = http.post("/", json=[call(gas=hex(most)), *[call()] * silent]).json()
        shares = [int(answer["result"], 16) for answer in answers[1:]]
        share = min(most, (whole - most) // silent)
        assert all(share - 30_000 < left < share for left in shares)


def test_gate_bounds_the_gas_of_a_simulation(http: httpx.Client) -> None:
    def simulate(calls: int, **message: Any) -> Any:
        block = {"calls": [{"from": KEYS[0].address, "to": KEYS[1].address, **message}] * calls}
        return ask(http, "eth_simulateV1", {"blockStateCalls": [block]}, "latest")

    assert len(simulate(100)["result"][0]["calls"]) == 100
    assert name(simulate(9, gas=hex(rules.MAX_GAS))) == "TooMuchGas"


def test_gate_gives_up_on_a_call_that_takes_too_long(http: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upstream, "MAX_SECONDS", 0.01)
    loop = {KEYS[0].address: {"code": "0x5b600056"}}
    assert name(ask(http, "eth_call", {"to": KEYS[0].address}, "latest", loop)) == "TimeLimit"
    monkeypatch.undo()
    assert ask(http, "eth_blockNumber")["result"] == "0x0"


def test_gate_refuses_transactions_signed_for_every_chain(http: httpx.Client) -> None:
    fields: dict[str, Any] = {"to": KEYS[1].address, "value": 1, "gas": 21_000, "gasPrice": 10**11, "nonce": 0}
    raw = "0x" + bytes(KEYS[0].sign_transaction(fields).raw_transaction).hex()
    assert name(ask(http, "eth_sendRawTransaction", raw)) == "ChainIdMissing"


def test_gate_says_at_once_that_the_node_is_down_and_finds_it_again(open_node: Open) -> None:
    node = open_node()
    node.mine()
    with LocalGate(node.home, ORIGIN) as url, httpx.Client(base_url=url) as http:
        assert http.get("/health").json()["ok"] is True
        node.stop()
        assert name(ask(http, "eth_chainId")) == "NodeUnavailable"
        assert [name(a) for a in http.post("/", json=[{"id": 1, "method": "eth_chainId"}]).json()] == [
            "NodeUnavailable"
        ]
        health = http.get("/health")
        assert (health.status_code, health.json()["ok"], health.json()["final"]["number"]) == (503, False, 1)
        again = open_node()
        assert ask(http, "eth_blockNumber")["result"] == "0x1"
        assert http.get("/health").json() == {
            "ok": True,
            "engine": "embedded",
            "chain_id": load_genesis(node.home).chain_id,
            "final": {"number": 1, "hash": again.head.hash, "time": again.head.time, "head": 1},
        }
