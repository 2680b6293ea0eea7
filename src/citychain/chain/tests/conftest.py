"""A real node for each test that asks for one, fresh, on a port of its own; and a small city on it."""

import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.test import override_settings

from citychain.chain.keys import Key
from citychain.chain.plan import Council, Number, Plan
from citychain.chain.rpc import NodeUnavailable, Rpc

ETHER = 10**18
CHAIN_ID = 7_654_321


def key(number: int) -> Key:
    return Key(number.to_bytes(32, "big"))


DEPLOYER = key(1)
OFFICERS = [key(11), key(12), key(13)]
RECOVERY_OFFICERS = [key(21), key(22), key(23)]
GUARDIAN = key(31)


def _anvil() -> Path:
    """The one anvil of this platform that npm installed."""
    modules = Path(settings.CITYCHAIN_NODE_MODULES) / "@foundry-rs"
    return next(path for path in sorted(modules.glob("anvil-*/bin/anvil")))


@pytest.fixture
def rpc() -> Iterator[Rpc]:
    """An anvil that mines each transaction at once; the deployer has ether."""
    yield from running_node()


def running_node(chain_id: int = CHAIN_ID) -> Iterator[Rpc]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    arguments = ["--port", str(port), "--chain-id", str(chain_id), "--hardfork", "osaka", "--gas-limit", "60000000"]
    node = subprocess.Popen([_anvil(), *arguments, "--accounts", "0", "--quiet"], stdout=subprocess.DEVNULL)
    client = Rpc(f"http://127.0.0.1:{port}")
    try:
        deadline = time.monotonic() + 20
        while True:
            try:
                client.chain_id()
                break
            except NodeUnavailable:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)
        client.call("anvil_setBalance", DEPLOYER.address, hex(1000 * ETHER))
        yield client
    finally:
        client.close()
        node.kill()
        node.wait()


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A state folder of its own."""
    with override_settings(CITYCHAIN_HOME=tmp_path):
        yield tmp_path


@pytest.fixture
def plan() -> Plan:
    return make_plan()


def make_plan(delay: int = 3600) -> Plan:
    return Plan(
        council_name="新区管理委员会 Council",
        council_web_page="https://council.example.org/",
        council=Council([officer.address for officer in OFFICERS], delay),
        recovery=Council([officer.address for officer in RECOVERY_OFFICERS], 14 * 86_400),
        guardian=GUARDIAN.address,
        kinds={"supervisor": ["council"], "bank": ["council", "supervisor"], "registrar": ["council"]},
        numbers=[Number("filing-days", "days", 30, 1, 365)],
    )
