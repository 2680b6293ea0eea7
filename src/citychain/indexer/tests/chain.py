"""A real anvil whose one contract emits whatever event a test asks for, under the names of the city's contracts."""

import contextlib
import itertools
import socket
import subprocess
import time
from collections.abc import Iterator
from typing import Any

from citychain.chain.addressbook import AddressBook, Entry
from citychain.chain.artifacts import artifact, bindings, type_of
from citychain.chain.codec import encode
from citychain.chain.rpc import NodeUnavailable, Rpc
from citychain.network.anvil import program

#: Blocks between head and final on this node: anvil calls head minus two epochs final.
LAG = 24
TOPICS = 4
_START = 1 + 32 * TOPICS
ZERO: dict[str, Any] = {"address": "0x" + "00" * 20, "string": "", "bool": False, "bytes32": bytes(32)}


def _emitter() -> bytes:
    """A contract that logs its calldata: one byte with the number of topics, four topics, data."""
    size = bytes([0x60, _START, 0x36, 0x03])  # PUSH1 start, CALLDATASIZE, SUB
    branches, offsets, at = [], [], 12 * TOPICS + 1
    for count in range(1, TOPICS + 1):
        topics = b"".join(bytes([0x60, 1 + 32 * i, 0x35]) for i in reversed(range(count)))
        copy = size + bytes([0x60, _START, 0x60, 0x00, 0x37])  # CALLDATACOPY to memory 0
        branches.append(b"\x5b" + copy + topics + size + bytes([0x60, 0x00, 0xA0 + count, 0x00]))
        offsets.append(at)
        at += len(branches[-1])
    jumps = [
        bytes([0x60, 0x00, 0x35, 0x60, 0xF8, 0x1C, 0x60, count, 0x14, 0x60, offset, 0x57])
        for count, offset in enumerate(offsets, start=1)
    ]
    code = b"".join(jumps) + b"\xfe" + b"".join(branches)
    return bytes([0x60, len(code), 0x60, 0x0C, 0x60, 0x00, 0x39, 0x60, len(code), 0x60, 0x00, 0xF3]) + code


def event_data(contract: str, event: str, values: dict[str, Any]) -> str:
    """The emitter's calldata for an event, from the contract's artifact. Arguments left out are zero or empty."""
    abi = next(item for item in artifact(contract).abi if item["type"] == "event" and item["name"] == event)
    topics = [bytes.fromhex(getattr(bindings(contract), event).topic[2:])]
    plain = []
    for item in abi["inputs"]:
        kind = type_of(item)
        value = values.get(item["name"], ZERO.get(kind, 0))
        if item["indexed"]:
            topics.append(encode((kind,), (value,)))
        else:
            plain.append((kind, value))
    data = encode(tuple(kind for kind, _ in plain), tuple(value for _, value in plain))
    padded = topics + [bytes(32)] * (TOPICS - len(topics))
    return "0x" + (bytes([len(topics)]) + b"".join(padded) + data).hex()


class Chain:
    """Blocks are mined by hand; `deposits` is the address at which the city believes a bank's deposits to be."""

    def __init__(self, rpc: Rpc) -> None:
        self.rpc = rpc
        self.sender: str = self.rpc.call("eth_accounts")[0]
        receipt = self._mined({"from": self.sender, "data": "0x" + _emitter().hex()})
        self.deposits: str = receipt["contractAddress"].lower()
        entry = Entry("Deposits", "Deposits:1", self.deposits, int(receipt["blockNumber"], 16), "0x", "0x")
        self.book = AddressBook(self.rpc.chain_id(), self.sender, [entry])
        self._numbers = itertools.count(1)

    def _mined(self, transaction: dict[str, str]) -> dict[str, Any]:
        tx = self.rpc.call("eth_sendTransaction", transaction)
        self.mine()
        receipt = self.rpc.receipt(tx)
        assert receipt is not None
        return receipt

    def mine(self, blocks: int = 1) -> None:
        self.rpc.call("anvil_mine", hex(blocks))

    def request(self, event: str, **values: Any) -> dict[str, str]:
        """A transaction that emits one event of Deposits."""
        data = event_data("Deposits", event, values)
        return {"from": self.sender, "to": self.deposits, "data": data, "gas": "0x30d40"}

    def emit(self, event: str, **values: Any) -> None:
        """Waits in the pool for the next block."""
        self.rpc.call("eth_sendTransaction", self.request(event, **values))

    def transfer(self, sender: str, to: str, value: int) -> None:
        self.emit("Transfer", **{"from": sender, "to": to, "value": value})

    def open_bank(self, *holders: str) -> None:
        """One block: the bank and its customers' accounts."""
        self.emit("DepositsCreated", bank=1, name="Bank", symbol="B")
        for holder in holders:
            self.emit("AccountOpened", account=holder, custodian=False)
        self.mine()

    def reorg(self, depth: int, *requests: dict[str, str]) -> None:
        """Replaces the newest blocks by as many new ones; the first of them holds `requests`."""
        self.rpc.call("anvil_reorg", depth, [[request, 0] for request in requests])


@contextlib.contextmanager
def running() -> Iterator[Chain]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    arguments = ["--port", str(port), "--no-mining", "--quiet", "--slots-in-an-epoch", str(LAG // 2)]
    arguments += ["--order", "fifo", "--max-persisted-states", "0", "--chain-id", "777", "--accounts", "1"]
    process = subprocess.Popen([program(), *arguments], stdout=subprocess.DEVNULL)
    try:
        rpc, chain = Rpc(f"http://127.0.0.1:{port}"), None
        for _ in range(100):
            try:
                chain = Chain(rpc)
                break
            except NodeUnavailable:
                time.sleep(0.05)
        assert chain is not None
        yield chain
        rpc.close()
    finally:
        process.kill()
        process.wait()
