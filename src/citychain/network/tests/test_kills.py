"""The node is killed at every point where it makes something durable. Nothing final may be lost, nothing half kept."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from citychain.network import published
from citychain.network.embedded import EmbeddedNode
from citychain.network.ipc import Ipc
from citychain.network.tests.conftest import KEYS, send, transfer
from citychain.network.verify import verify

Open = Callable[..., EmbeddedNode]

#: Runs a node in a process of its own that kills itself before or after its Nth call of one system call.
CHILD = """
import django, os, pathlib, signal, sys
django.setup()
from citychain.network.embedded import EmbeddedNode
from citychain.network.tests.conftest import send
name, when, number = sys.argv[2], sys.argv[3], int(sys.argv[4])
real, calls = getattr(os, name), 0
def hook(*arguments):
    global calls
    calls += 1
    if calls == number and when == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    if calls == number and when == "half":
        real(arguments[0], arguments[1][: len(arguments[1]) // 2])
        os.kill(os.getpid(), signal.SIGKILL)
    result = real(*arguments)
    if calls == number and when == "after":
        os.kill(os.getpid(), signal.SIGKILL)
    return result
setattr(os, name, hook)
node = EmbeddedNode(pathlib.Path(sys.argv[1]))
node.start()
for nonce in range(4):
    send(node, 1, nonce)
    block = node.mine()
    print("final", block.number, block.hash, flush=True)
    if nonce == 1:
        node.snapshot()
node.stop()
"""

#: The child's calls: fsync 1-3 journal made, 4-5 blocks, 6-7 snapshot file, 8 its record, 9-10 blocks;
#: write 1-2 blocks, 3 snapshot record, 4-5 blocks; replace 1 journal, 2 final, 3 run.json, 4-5 final, 6 snapshot,
#: 7-8 final.
STEPS = [
    *[("fsync", "before", number) for number in range(1, 11)],
    *[("fsync", "after", number) for number in (4, 8)],
    *[("write", "before", number) for number in (1, 3)],
    *[("write", "half", number) for number in range(1, 6)],
    *[("replace", "before", number) for number in (1, 2, 3, 4, 6, 8)],
]


@pytest.mark.parametrize(("name", "when", "number"), STEPS, ids=lambda value: str(value))
def test_kill_loses_nothing_that_was_final(home: Path, open_node: Open, name: str, when: str, number: int) -> None:
    child = subprocess.run(
        [sys.executable, "-c", CHILD, str(home), name, when, str(number)], capture_output=True, text=True, timeout=60
    )
    assert child.returncode == -signal.SIGKILL, child.stderr
    said = dict(re.findall(r"final (\d+) (0x\w+)", child.stdout))
    known = published.read_final(home)
    node = open_node()
    hashes = {str(n): node.call("eth_getBlockByNumber", hex(n), False)["hash"] for n in range(node.head.number + 1)}
    assert {block: hashes[block] for block in said} == said
    assert node.head.number - len(said) in (0, 1)
    assert known is None or hashes[str(known.number)] == known.hash
    sent = int(node.call("eth_getTransactionCount", KEYS[0].address, "latest"), 16)
    assert sent == node.head.number
    send(node, 1, sent)
    assert node.mine().transactions == len(KEYS)
    assert verify(home).good


def test_kill_of_the_running_command_keeps_what_its_clients_saw_final(home: Path, open_node: Open) -> None:
    environment = {**os.environ, "CITYCHAIN_HOME": str(home)}
    for round_ in range(3):
        command = [sys.executable, "-m", "citychain", "node", "run"]
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None and process.stdout.readline().startswith("Block ")
            running = published.read_running(home)
            assert running is not None
            engine = Ipc(Path(running.socket))
            for nonce in range(round_ * 3, round_ * 3 + 3):
                engine.call("eth_sendRawTransaction", transfer(home, KEYS[0], nonce))
                limit = time.monotonic() + 10
                while int(engine.call("eth_getTransactionCount", KEYS[0].address, "latest"), 16) <= nonce:
                    assert time.monotonic() < limit
                    time.sleep(0.02)
            head = int(engine.call("eth_blockNumber"), 16)
            limit = time.monotonic() + 10
            while (known := published.read_final(home)) is None or known.number < head:
                assert time.monotonic() < limit
                time.sleep(0.01)
            engine.close()
            process.kill()
    node = open_node()
    assert int(node.call("eth_getTransactionCount", KEYS[0].address, "latest"), 16) == 9
    assert verify(home).good
