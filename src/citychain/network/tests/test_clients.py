"""Standard clients through the gate, unmodified."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from web3 import Web3
from web3.types import Wei

from citychain.network.embedded import EmbeddedNode
from citychain.network.genesis import load_genesis
from citychain.network.tests.conftest import KEYS


def mine_while(node: EmbeddedNode, busy: Callable[[], bool]) -> None:
    """Blocks as the node's own loop makes them, faster."""
    while busy():
        if node.pending():
            node.mine()


def test_web3_works_through_the_gate(url: str, node: EmbeddedNode) -> None:
    web3 = Web3(Web3.HTTPProvider(url))
    sender = KEYS[0]
    fields: dict[str, Any] = {
        "to": KEYS[1].address,
        "value": 5,
        "gas": web3.eth.estimate_gas({"from": sender.address, "to": KEYS[1].address, "value": Wei(5)}),
        "maxFeePerGas": web3.eth.gas_price * 2,
        "maxPriorityFeePerGas": web3.eth.max_priority_fee,
        "nonce": web3.eth.get_transaction_count(sender.address),
        "chainId": web3.eth.chain_id,
    }
    digest = web3.eth.send_raw_transaction(sender.sign_transaction(fields).raw_transaction)
    block = node.mine()
    receipt = web3.eth.wait_for_transaction_receipt(digest, timeout=5)
    assert (receipt["status"], receipt["blockNumber"]) == (1, block.number)
    assert web3.eth.get_block("finalized")["hash"].to_0x_hex() == block.hash
    assert web3.eth.get_block("safe")["number"] == block.number
    assert web3.eth.chain_id == load_genesis(node.home).chain_id
    assert web3.eth.fee_history(1, "latest", [50])["oldestBlock"] == block.number
    assert web3.eth.get_logs({"fromBlock": 0}) == []
    assert web3.is_connected() and len(web3.eth.accounts) == 0 and web3.eth.syncing is False


def test_viem_works_through_the_gate(url: str, node: EmbeddedNode, settings: object) -> None:
    runtime = shutil.which("node")
    if runtime is None:
        pytest.skip("node is not installed")
    modules = Path(settings.CITYCHAIN_NODE_MODULES)  # type: ignore[attr-defined]
    script = node.home / "viem_client.mjs"
    script.write_text(Path(__file__).with_name("viem_client.mjs").read_text())
    (node.home / "node_modules").symlink_to(modules)
    command = [runtime, str(script), url, "0x" + bytes(KEYS[0].key).hex()]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        mine_while(node, lambda: process.poll() is None)
        output, errors = process.communicate()
    assert errors == ""
    assert json.loads(output) == {
        "id": load_genesis(node.home).chain_id,
        "status": "success",
        "block": 1,
        "final": 1,
        "fees": True,
        "rich": True,
        "changes": 0,
        "refused": "MethodNotFoundRpcError",
    }
