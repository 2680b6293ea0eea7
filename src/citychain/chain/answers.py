"""What a node tells, as values; and how it writes them."""

from typing import Any

import msgspec


class Header(msgspec.Struct, frozen=True):
    """A block's header; `transactions` are hashes."""

    number: int
    hash: str
    parent: str
    time: int
    transactions: list[str]
    base_fee: int
    gas_used: int


class RawLog(msgspec.Struct, frozen=True, gc=False):
    """A log as the node gives it; `log_index` counts within the block."""

    address: str
    topics: list[str]
    data: bytes
    block: int
    block_hash: str
    tx: str
    tx_index: int
    log_index: int


class Call(msgspec.Struct, frozen=True):
    """A call to simulate."""

    sender: str
    to: str
    data: bytes
    gas: int


class CallResult(msgspec.Struct, frozen=True):
    """`data` is the return value, or the revert bytes when not `success`."""

    success: bool
    gas_used: int
    data: bytes


class WireLog(msgspec.Struct, gc=False):
    address: str
    topics: list[str]
    data: str
    blockNumber: str
    blockHash: str
    transactionHash: str
    transactionIndex: str
    logIndex: str


def call(call: Call) -> dict[str, str]:
    return {"from": call.sender, "to": call.to, "gas": hex(call.gas), "data": "0x" + call.data.hex()}


def call_result(found: dict[str, Any]) -> CallResult:
    success = found["status"] == "0x1"
    data = found.get("returnData", "0x")
    if not success and data in ("0x", None):
        data = (found.get("error") or {}).get("data") or "0x"
    return CallResult(success, int(found["gasUsed"], 16), bytes.fromhex(data[2:]))


def header(found: dict[str, Any]) -> Header:
    return Header(
        int(found["number"], 16),
        found["hash"],
        found["parentHash"],
        int(found["timestamp"], 16),
        found["transactions"],
        int(found.get("baseFeePerGas") or "0x0", 16),
        int(found["gasUsed"], 16),
    )


def log(found: WireLog) -> RawLog:
    return RawLog(
        found.address.lower(),
        found.topics,
        bytes.fromhex(found.data[2:]),
        int(found.blockNumber, 16),
        found.blockHash,
        found.transactionHash,
        int(found.transactionIndex, 16),
        int(found.logIndex, 16),
    )
