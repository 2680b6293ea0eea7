"""A real node on a state folder of its own, keys that hold ether, and the gate before it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from eth_account import Account
from eth_account.signers.local import LocalAccount

from citychain.network.embedded import EmbeddedNode
from citychain.network.gate import LocalGate
from citychain.network.genesis import load_genesis, make_genesis

ORIGIN = "http://localhost:8000"
KEYS: list[LocalAccount] = [Account.from_key(bytes([7] * 31 + [number])) for number in range(1, 6)]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A state folder with a genesis 400 days back."""
    wei: dict[str, int] = {key.address: 10**24 for key in KEYS}
    make_genesis(tmp_path, accounts=wei, genesis_time=int(time.time()) - 400 * 86_400)
    return tmp_path


@pytest.fixture
def open_node(home: Path) -> Iterator[Callable[..., EmbeddedNode]]:
    """Starts nodes on `home`; all are stopped in the end."""
    opened: list[EmbeddedNode] = []

    def start(finality_lag: int = 0) -> EmbeddedNode:
        node = EmbeddedNode(home, finality_lag=finality_lag)
        opened.append(node)
        node.start()
        return node

    yield start
    for node in opened:
        node.stop()


@pytest.fixture
def node(open_node: Callable[..., EmbeddedNode]) -> EmbeddedNode:
    return open_node()


@pytest.fixture
def url(node: EmbeddedNode) -> Iterator[str]:
    with LocalGate(node.home, ORIGIN) as url:
        yield url


@pytest.fixture
def http(url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=url, timeout=30) as client:
        yield client


def transfer(home: Path, key: LocalAccount, nonce: int, value: int = 1) -> str:
    """A signed transfer to the next key, as 0x hex."""
    to = KEYS[(KEYS.index(key) + 1) % len(KEYS)].address
    fields: dict[str, Any] = {
        "to": to,
        "value": value,
        "gas": 21_000,
        "nonce": nonce,
        "chainId": load_genesis(home).chain_id,
    }
    signed = key.sign_transaction({**fields, "maxFeePerGas": 10**11, "maxPriorityFeePerGas": 1, "type": 2})
    return "0x" + bytes(signed.raw_transaction).hex()


def send(node: EmbeddedNode, count: int, first_nonce: int) -> None:
    """`count` transfers of each key, into the pool."""
    for nonce in range(first_nonce, first_nonce + count):
        for key in KEYS:
            node.call("eth_sendRawTransaction", transfer(node.home, key, nonce))
