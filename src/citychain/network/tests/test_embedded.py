import json
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from citychain.network import embedded, published
from citychain.network.embedded import EmbeddedNode
from citychain.network.errors import BlockTimeRefused, GenesisRefused, JournalDamaged, NodeRunning, ReorgRefused
from citychain.network.tests.conftest import KEYS, send, transfer

Open = Callable[..., EmbeddedNode]


def all_hashes(node: EmbeddedNode) -> list[str]:
    numbers = range(node.head.number + 1)
    return [node.call("eth_getBlockByNumber", hex(number), False)["hash"] for number in numbers]


def test_node_makes_blocks_only_when_told(node: EmbeddedNode) -> None:
    send(node, 2, 0)
    assert (node.head.number, node.pending()) == (0, 10)
    block = node.mine()
    assert (block.number, block.transactions, node.pending()) == (1, 10, 0)
    assert block == embedded.Block(1, node.head.hash, node.head.time, 10)


def test_node_publishes_the_final_block_after_it_is_durable(node: EmbeddedNode) -> None:
    block = node.mine()
    assert published.read_final(node.home) == published.Final(1, block.hash, block.time, 1)
    running = published.read_running(node.home)
    assert running is not None and running.socket == str(node.socket)
    node.stop()
    assert published.read_running(node.home) is None
    assert published.read_final(node.home) == published.Final(1, block.hash, block.time, 1)


def test_node_restores_the_same_blocks(open_node: Open) -> None:
    node = open_node()
    for nonce in range(4):
        send(node, 1, nonce)
        node.mine()
    hashes, balance = all_hashes(node), node.call("eth_getBalance", KEYS[0].address, "latest")
    node.stop()
    again = open_node()
    assert all_hashes(again) == hashes
    assert again.call("eth_getBalance", KEYS[0].address, "latest") == balance
    send(again, 1, 4)
    assert again.mine().transactions == 5


def test_node_restores_blocks_whose_transactions_were_replaced_held_back_and_left_over(open_node: Open) -> None:
    node = open_node()
    for nonce in (1, 2, 3):
        node.call("eth_sendRawTransaction", transfer(node.home, KEYS[0], nonce))
    send(node, 20, 4)
    for key in KEYS[1:]:
        for nonce in (3, 2, 1, 0):
            node.call("eth_sendRawTransaction", transfer(node.home, key, nonce))
    assert node.mine().transactions == 24 * 4
    node.call("eth_sendRawTransaction", transfer(node.home, KEYS[0], 0))
    assert node.mine().transactions == 24
    hashes = all_hashes(node)
    node.stop()
    assert all_hashes(open_node()) == hashes


def test_node_restores_a_snapshot_and_the_blocks_after_it(open_node: Open, caplog: pytest.LogCaptureFixture) -> None:
    node = open_node()
    send(node, 3, 0)
    node.mine()
    node.snapshot()
    send(node, 1, 3)
    node.mine()
    hashes = all_hashes(node)
    node.stop()
    again = open_node()
    assert caplog.messages[0].startswith("Restored block 2: state of block 1, then 1 blocks with 5 transactions")
    assert all_hashes(again) == hashes
    send(again, 1, 4)
    assert again.mine().transactions == 5


def test_node_keeps_one_snapshot(node: EmbeddedNode) -> None:
    for _ in range(2):
        node.mine()
        node.snapshot()
    assert [path.name for path in (node.home / "node").glob("snapshot-*")] == ["snapshot-2.json"]


@pytest.mark.parametrize("doctor", ["balance", "storage", "code", "truncate", "remove"])
def test_node_refuses_a_doctored_snapshot_and_replays(
    open_node: Open, doctor: str, caplog: pytest.LogCaptureFixture
) -> None:
    node = open_node()
    send(node, 1, 0)
    node.mine()
    node.snapshot()
    hashes, address = all_hashes(node), KEYS[0].address
    balance = node.call("eth_getBalance", address, "latest")
    node.stop()
    path = node.home / "node" / "snapshot-1.json"
    state = json.loads(path.read_text())
    account = state["accounts"][address.lower()]
    if doctor == "balance":
        account["balance"] = hex(10**30)
    elif doctor == "storage":
        account["storage"] = {"0x" + "00" * 32: "0x" + "00" * 31 + "01"}
    elif doctor == "code":
        account["code"] = "0x60016000f3"
    path.write_text(json.dumps(state))
    if doctor == "truncate":
        path.write_text(path.read_text()[:1000])
    elif doctor == "remove":
        path.unlink()
    again = open_node()
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]
    assert caplog.messages[1].startswith("Restored block 1: state of block 0, then 1 blocks with 5 transactions")
    assert all_hashes(again) == hashes
    assert again.call("eth_getBalance", address, "latest") == balance
    assert again.call("eth_getCode", address, "latest") == "0x"
    assert again.call("eth_getStorageAt", address, "0x0", "latest") == "0x" + "00" * 32


def test_node_refuses_a_second_on_the_same_folder(node: EmbeddedNode) -> None:
    with pytest.raises(NodeRunning):
        EmbeddedNode(node.home).start()
    assert published.read_running(node.home) is not None


def test_node_refuses_a_genesis_that_is_not_the_journals(open_node: Open) -> None:
    node = open_node()
    node.mine()
    node.stop()
    path = node.home / "node" / "genesis.json"
    path.write_text(path.read_text().replace(hex(10**24), hex(10**25), 1))
    with pytest.raises(JournalDamaged) as damaged:
        open_node()
    assert damaged.value.details["block"] == 0


def test_node_refuses_to_begin_anew_when_its_journal_is_gone(open_node: Open) -> None:
    node = open_node()
    node.mine()
    node.stop()
    (node.home / "node" / "journal").unlink()
    with pytest.raises(GenesisRefused):
        open_node()


def test_node_without_genesis_says_so(tmp_path: Path) -> None:
    with pytest.raises(GenesisRefused):
        EmbeddedNode(tmp_path).start()


def test_block_times_always_increase(node: EmbeddedNode) -> None:
    first, second = node.mine(), node.mine()
    assert second.time == first.time + 1
    for time_ in (second.time, second.time - 1, 1):
        with pytest.raises(BlockTimeRefused):
            node.mine(time_)
    assert node.mine(second.time + 1000).time == second.time + 1000
    assert node.mine().time == second.time + 1001


def test_node_can_write_a_history_before_now(node: EmbeddedNode) -> None:
    start = node.head.time
    assert [node.mine(start + day * 86_400).time - start for day in (1, 2, 300)] == [86_400, 2 * 86_400, 300 * 86_400]
    assert abs(node.mine().time - time.time()) < 5


def test_node_started_a_day_later_goes_on_at_the_time_of_its_host(
    open_node: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = open_node()
    last = node.mine()
    node.stop()
    monkeypatch.setattr("citychain.network.embedded.time.time", lambda: last.time + 86_400.5)
    again = open_node()
    assert again.head.hash == last.hash
    assert [again.mine().time, again.mine().time] == [last.time + 86_400, last.time + 86_401]


def run_for(node: EmbeddedNode, seconds: float) -> None:
    stopping = threading.Event()
    timer = threading.Timer(seconds, stopping.set)
    timer.start()
    node.run(stopping)
    timer.join()


def test_run_makes_a_block_each_second_while_transactions_wait(node: EmbeddedNode) -> None:
    send(node, 1, 0)
    run_for(node, 2.5)
    assert (node.head.number, node.pending()) == (1, 0)


def test_run_makes_a_heartbeat_while_none_wait(node: EmbeddedNode, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "HEARTBEAT", 1.0)
    run_for(node, 2.5)
    assert node.head.number == 3


def test_run_waits_while_the_clock_is_behind_and_says_so(
    node: EmbeddedNode, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    head, real = node.mine(), time.time
    monkeypatch.setattr("citychain.network.embedded.time.time", lambda: real() - 3600)
    send(node, 1, 0)
    run_for(node, 1.5)
    assert node.head == embedded.Block(head.number, head.hash, head.time, 0)
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert caplog.messages[0].startswith("The clock is 3")
    monkeypatch.undo()
    run_for(node, 1.5)
    assert node.head.number == head.number + 1 and node.head.time > head.time


def test_run_goes_on_when_the_clock_steps_back_a_little(node: EmbeddedNode, monkeypatch: pytest.MonkeyPatch) -> None:
    head, real = node.mine(), time.time
    monkeypatch.setattr("citychain.network.embedded.time.time", lambda: real() - 3)
    send(node, 1, 0)
    run_for(node, 0.5)
    assert node.head.time == head.time + 1


def test_reorg_above_final_is_legal_and_final_never_goes_back(open_node: Open) -> None:
    node = open_node(finality_lag=2)
    blocks = [node.mine() for _ in range(5)]
    assert published.read_final(node.home) == published.Final(3, blocks[2].hash, blocks[2].time, 5)
    node.rewind(2)
    assert published.read_final(node.home) == published.Final(3, blocks[2].hash, blocks[2].time, 3)
    send(node, 1, 0)
    other = node.mine()
    assert (other.number, other.transactions) == (4, 5)
    with pytest.raises(ReorgRefused):
        node.rewind(2)
    hashes = all_hashes(node)
    node.stop()
    assert all_hashes(open_node(finality_lag=2)) == hashes


def test_reorg_of_a_final_block_is_refused(node: EmbeddedNode) -> None:
    node.mine()
    with pytest.raises(ReorgRefused):
        node.rewind(1)
