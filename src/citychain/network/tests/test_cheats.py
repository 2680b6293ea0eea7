"""No method that changes the engine behind the city's back passes the gate: all names in the engine's own program are
tried, so a later engine's new ones are too."""

import re

import httpx
import pytest

from citychain.network.anvil import program
from citychain.network.embedded import EmbeddedNode
from citychain.network.rules import MAX_BATCH, METHODS

PREFIXES = (
    "anvil evm hardhat debug admin personal miner txpool ots trace erigon wallet tenderly engine clique les eth net"
)
KNOWN = """
anvil_addBalance anvil_autoImpersonateAccount anvil_dealERC20 anvil_dropAllTransactions anvil_dropTransaction
anvil_dumpState anvil_enableTraces anvil_getAutomine anvil_getBlobByHash anvil_getIntervalMining
anvil_impersonateAccount anvil_impersonateSignature anvil_increaseTime anvil_loadState anvil_metadata anvil_mine
anvil_mine_detailed anvil_nodeInfo anvil_removeBlockTimestampInterval anvil_removePoolTransactions anvil_reorg
anvil_reset anvil_revert anvil_rollback anvil_setAutomine anvil_setBalance anvil_setBlockGasLimit
anvil_setBlockTimestampInterval anvil_setChainId anvil_setCode anvil_setCoinbase anvil_setERC20Allowance
anvil_setERC20Balance anvil_setIntervalMining anvil_setLoggingEnabled anvil_setMinGasPrice
anvil_setNextBlockBaseFeePerGas anvil_setNextBlockTimestamp anvil_setNonce anvil_setPrevRandao anvil_setRpcUrl
anvil_setStorageAt anvil_setTime anvil_snapshot anvil_stopImpersonatingAccount
evm_increaseTime evm_mine evm_mine_detailed evm_revert evm_setAccountNonce evm_setAutomine evm_setBlockGasLimit
evm_setIntervalMining evm_setNextBlockTimestamp evm_setTime evm_snapshot
hardhat_addBalance hardhat_dropTransaction hardhat_dumpState hardhat_getAutomine hardhat_impersonateAccount
hardhat_loadState hardhat_metadata hardhat_mine hardhat_reset hardhat_setBalance hardhat_setCode hardhat_setCoinbase
hardhat_setLoggingEnabled hardhat_setMinGasPrice hardhat_setNextBlockBaseFeePerGas hardhat_setNonce
hardhat_setPrevRandao hardhat_setStorageAt hardhat_stopImpersonatingAccount
tenderly_addBalance tenderly_setBalance tenderly_addErc20Balance tenderly_setErc20Balance
debug_traceTransaction debug_traceCall debug_codeByHash debug_dbGet debug_setHead debug_getRawTransaction
admin_addPeer admin_nodeInfo admin_startHTTP admin_stopHTTP personal_sign personal_unlockAccount personal_importRawKey
personal_sendTransaction miner_start miner_stop miner_setEtherbase miner_setGasLimit
txpool_content txpool_inspect txpool_status txpool_contentFrom
eth_sendTransaction eth_sendTransactionSync eth_sendUnsignedTransaction eth_sendRawTransactionSync
eth_sendRawTransactionConditional eth_sign eth_signTransaction eth_signTypedData eth_signTypedData_v3
eth_signTypedData_v4 eth_fillTransaction eth_submitWork eth_submitHashrate eth_getWork eth_subscribe eth_requestAccounts
wallet_getCapabilities wallet_sendTransaction engine_newPayloadV4 engine_forkchoiceUpdatedV3
"""


def cheats() -> list[str]:
    """Every method-like name in anvil's program (its strings run together, so also many that are none)."""
    prefix = b"(?:" + "|".join(PREFIXES.split()).encode() + b")_"
    found = re.findall(prefix + rb"\w{2,50}?(?=" + prefix + rb"|\W)", program().read_bytes())
    names = set(KNOWN.split()) | {name.decode() for name in found}
    assert len(names) > 400
    return sorted(names - METHODS)


def variants(name: str) -> list[str]:
    head, _, tail = name.partition("_")
    spellings = [name.upper(), name.lower(), f"{head.upper()}_{tail}", f"{head}_{tail.capitalize()}", f"{head}.{tail}"]
    marked = [name + " ", " " + name, name + "\0", "\ufeff" + name, name.replace("_", "__"), name + "\n", f"/{name}"]
    return [spelling for spelling in [name, *spellings, *marked] if spelling not in METHODS]


def test_every_method_of_the_list_reads_or_sends_what_a_key_has_signed() -> None:
    families = {name.split("_")[0] for name in METHODS}
    assert families == {"eth", "net", "web3"}
    assert [name for name in sorted(METHODS) if re.search("send|sign|set|submit|mine|fill", name, re.IGNORECASE)] == [
        "eth_sendRawTransaction"
    ]


def test_no_cheat_passes_the_gate_in_any_spelling(http: httpx.Client, node: EmbeddedNode) -> None:
    before = node.call("eth_getBlockByNumber", "latest", False)
    names = [spelling for name in cheats() for spelling in variants(name)]
    calls = [{"jsonrpc": "2.0", "id": i, "method": name, "params": []} for i, name in enumerate(names)]
    for start in range(0, len(calls), MAX_BATCH):
        batch = calls[start : start + MAX_BATCH]
        answers = http.post("/", json=batch).json()
        assert [(a["id"], a["error"]["data"]["name"]) for a in answers] == [
            (call["id"], "MethodNotAllowed") for call in batch
        ]
    assert node.call("eth_getBlockByNumber", "latest", False) == before


@pytest.mark.parametrize(
    "body",
    [
        '{"jsonrpc":"2.0","id":1,"method":"anvil_mine","params":[]}',
        '{"jsonrpc":"2.0","id":1,"method":"eth_chainId","method":"anvil_mine","params":[]}',
        '{"jsonrpc":"2.0","id":1,"method":"anvil_mine","method":"eth_chainId","params":[]}',
        '{"jsonrpc":"2.0","id":1,"\\u006dethod":"anvil_mine","method":"eth_chainId","params":[]}',
        '{"jsonrpc":"2.0","id":1,"Method":"anvil_mine","method":"eth_chainId","params":[]}',
        '{"jsonrpc":"2.0","id":"1\\"}\\n{\\"method\\":\\"anvil_mine\\"","method":"eth_chainId","params":[]}',
        '{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]}\n{"jsonrpc":"2.0","id":2,"method":"anvil_mine"}',
        '[[{"jsonrpc":"2.0","id":1,"method":"anvil_mine","params":[]}]]',
        '[{"jsonrpc":"2.0","id":1,"method":"eth_chainId"},{"jsonrpc":"2.0","id":2,"method":"anvil_mine","params":[]}]',
        '{"jsonrpc":"2.0","method":"anvil_mine","params":[]}',
    ],
)
def test_no_cheat_passes_by_a_text_that_two_parsers_read_differently(
    http: httpx.Client, node: EmbeddedNode, body: str
) -> None:
    http.post("/", content=body, headers={"Content-Type": "application/json"})
    assert node.call("eth_blockNumber") == "0x0"
