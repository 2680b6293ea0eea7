"""What may pass the gate: the methods, the limits, and what is changed in a call before the engine sees it.

Whatever is not listed is refused, so a cheat method of a later engine is refused too. A call is always written anew
from its parsed form: two parsers that read one text differently (a key given twice, say) can't be played off.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import rlp  # type: ignore[import-untyped]

from citychain.network.genesis import GAS_LIMIT
from citychain.network.published import Final

#: All limits of the gate. Bytes, seconds, gas or counts.
MAX_BODY = 2 * 2**20
MAX_BATCH = 1_000
MAX_DEPTH = 64
MAX_ANSWER = 64 * 2**20
MAX_SECONDS = 20
MAX_GAS = 30_000_000
#: What all calls of one HTTP request may burn together: some seconds of anvil at worst.
MAX_TOTAL_GAS = 240_000_000
MAX_LOG_BLOCKS = 10_000
MAX_FEE_BLOCKS = 1_024
MAX_SIMULATED_BLOCKS = 16
MAX_SIMULATED_CALLS = 1_000
MAX_TRANSACTION = 128 * 1024

_OFFERED = """
    web3_clientVersion web3_sha3 net_version net_listening net_peerCount
    eth_chainId eth_syncing eth_accounts eth_blockNumber eth_gasPrice eth_maxPriorityFeePerGas eth_blobBaseFee
    eth_feeHistory eth_getBalance eth_getCode eth_getStorageAt eth_getTransactionCount eth_getProof
    eth_getBlockByNumber eth_getBlockByHash eth_getBlockReceipts eth_getHeaderByNumber eth_getHeaderByHash
    eth_getBlockTransactionCountByNumber eth_getBlockTransactionCountByHash
    eth_getUncleCountByBlockNumber eth_getUncleCountByBlockHash
    eth_getTransactionByHash eth_getTransactionByBlockNumberAndIndex eth_getTransactionByBlockHashAndIndex
    eth_getRawTransactionByHash eth_getTransactionReceipt
    eth_getLogs eth_newFilter eth_newBlockFilter eth_newPendingTransactionFilter eth_getFilterChanges
    eth_getFilterLogs eth_uninstallFilter
    eth_call eth_estimateGas eth_createAccessList eth_simulateV1 eth_sendRawTransaction
"""
METHODS = frozenset(_OFFERED.split())
#: Where nothing more is made: the chain of a journal that came to its end.
READING = METHODS - {"eth_sendRawTransaction"}

PARSE_ERROR, INVALID_REQUEST, METHOD_NOT_FOUND, INVALID_PARAMS = -32700, -32600, -32601, -32602
UNAVAILABLE, LIMIT_EXCEEDED = -32002, -32005  # EIP-1474

_FINAL_TAGS = ("safe", "finalized")
_BLOCK_KEYS = ("fromBlock", "toBlock", "blockNumber")


class Refusal(Exception):
    """The gate's answer in place of the engine's. `name` is stable, for programs; `message` is for people."""

    def __init__(self, code: int, name: str, message: str) -> None:
        super().__init__(message)
        self.code, self.name, self.message = code, name, message


class Call(msgspec.Struct, frozen=True):
    """A call as the engine gets it."""

    id: int | str
    method: str
    params: list[Any]
    jsonrpc: str = "2.0"


def admit(raw: Any, final: Final, methods: frozenset[str] = METHODS) -> Call:
    """The call to pass on, its final tags resolved and its gas capped. Raises Refusal."""
    if not isinstance(raw, dict):
        raise Refusal(INVALID_REQUEST, "InvalidRequest", "A call is a JSON object.")
    identity, method, params = raw.get("id"), raw.get("method"), raw.get("params", [])
    if isinstance(identity, bool) or not isinstance(identity, int | str):
        raise Refusal(INVALID_REQUEST, "InvalidRequest", "A call needs an id, a whole number or a text.")
    if isinstance(identity, int) and not -(2**63) <= identity < 2**63:
        raise Refusal(INVALID_REQUEST, "InvalidRequest", "The id is not a 64-bit number.")
    if not isinstance(method, str) or method not in methods:
        raise Refusal(METHOD_NOT_FOUND, "MethodNotAllowed", f"{str(method)[:80]} is not offered here.")
    if not isinstance(params, list):
        raise Refusal(INVALID_PARAMS, "InvalidParams", "params must be a list.")
    params = [_resolve(param, final) for param in params]
    check = _CHECKS.get(method)
    if check:
        try:
            check(params, final)
        except (TypeError, ValueError, AttributeError, LookupError) as error:
            raise Refusal(INVALID_PARAMS, "InvalidParams", f"{method}: {error}") from error
    return Call(identity, method, params)


def share_gas(calls: Sequence[Call]) -> None:
    """Bounds what admitted calls of one request burn together; those that name no gas share what the others leave.

    Raises Refusal when those that name it ask for more than MAX_TOTAL_GAS.
    """
    messages = [message for call in calls for message in _messages(call)]
    asked = sum(int(message["gas"], 16) for message in messages if message.get("gas"))
    if asked > MAX_TOTAL_GAS:
        raise Refusal(LIMIT_EXCEEDED, "TooMuchGas", f"At most {MAX_TOTAL_GAS} gas in all calls of one request.")
    silent = [message for message in messages if not message.get("gas")]
    for message in silent:
        message["gas"] = hex(min(MAX_GAS, (MAX_TOTAL_GAS - asked) // len(silent)))


def _messages(call: Call) -> list[dict[str, Any]]:
    """What a call makes the engine execute."""
    if call.method == "eth_simulateV1":
        return [message for block in call.params[0]["blockStateCalls"] for message in block.get("calls") or []]
    return [call.params[0]] if _CHECKS.get(call.method) is _cap_gas else []


def _resolve(value: Any, final: Final) -> Any:
    """`safe` and `finalized` become the number of our final block, wherever a block may be named."""
    if isinstance(value, str):
        return hex(final.number) if value.lower() in _FINAL_TAGS else value
    if isinstance(value, dict):
        return {key: _resolve(item, final) if key in _BLOCK_KEYS else item for key, item in value.items()}
    return value


def _log_range(params: list[Any], final: Final) -> None:
    query = params[0]
    if query.get("blockHash") is not None:
        return
    first, last = (_block_number(query.get(key), final) for key in ("fromBlock", "toBlock"))
    if last - first >= MAX_LOG_BLOCKS:
        raise Refusal(LIMIT_EXCEEDED, "LogRangeTooLarge", f"At most {MAX_LOG_BLOCKS} blocks in one eth_getLogs.")


def _block_number(text: str | None, final: Final) -> int:
    """A quantity or a tag as a number; the open tags mean the head."""
    if text is None or text.lower() in ("latest", "pending"):
        return final.head
    if text.lower() == "earliest":
        return 0
    if not text.startswith("0x"):
        raise ValueError(f"{text[:40]} is not a block number")
    return int(text, 16)


def _cap_gas(params: list[Any], _final: Final) -> None:
    _cap_message(params[0])
    _cap_block_gas(params[3] if len(params) > 3 else None)


def _cap_message(message: dict[str, Any]) -> None:
    if message.get("gas"):
        message["gas"] = hex(min(int(message["gas"], 16), MAX_GAS))


def _cap_block_gas(overrides: Any) -> None:
    if overrides and overrides.get("gasLimit") is not None:
        overrides["gasLimit"] = hex(min(int(overrides["gasLimit"], 16), GAS_LIMIT))


def _cap_simulation(params: list[Any], _final: Final) -> None:
    blocks = params[0]["blockStateCalls"]
    calls = [call for block in blocks for call in block.get("calls") or []]
    if len(blocks) > MAX_SIMULATED_BLOCKS or len(calls) > MAX_SIMULATED_CALLS:
        raise Refusal(
            LIMIT_EXCEEDED,
            "SimulationTooLarge",
            f"At most {MAX_SIMULATED_BLOCKS} blocks and {MAX_SIMULATED_CALLS} calls in one eth_simulateV1.",
        )
    for call in calls:
        _cap_message(call)
    for block in blocks:
        _cap_block_gas(block.get("blockOverrides"))


def _fee_blocks(params: list[Any], _final: Final) -> None:
    count = params[0] if isinstance(params[0], int) else int(params[0], 16)
    if count > MAX_FEE_BLOCKS:
        raise Refusal(LIMIT_EXCEEDED, "FeeRangeTooLarge", f"At most {MAX_FEE_BLOCKS} blocks in one eth_feeHistory.")


def _transaction(params: list[Any], _final: Final) -> None:
    """Size as go-ethereum's pool; and a legacy transaction must name its chain (EIP-155), else it is valid on all."""
    raw = bytes.fromhex(params[0].removeprefix("0x"))
    if len(raw) > MAX_TRANSACTION:
        raise Refusal(LIMIT_EXCEEDED, "TransactionTooLarge", f"At most {MAX_TRANSACTION} bytes in one transaction.")
    if raw[:1] >= b"\xc0" and _recovery(raw) in (27, 28):
        raise Refusal(INVALID_PARAMS, "ChainIdMissing", "The transaction is signed for every chain; EIP-155 is needed.")


def _recovery(raw: bytes) -> int:
    try:
        return int.from_bytes(rlp.decode(raw)[6], "big")
    except (rlp.DecodingError, IndexError) as error:
        raise ValueError("the transaction is not RLP") from error


_CHECKS = {
    "eth_getLogs": _log_range,
    "eth_newFilter": _log_range,
    "eth_call": _cap_gas,
    "eth_estimateGas": _cap_gas,
    "eth_createAccessList": _cap_gas,
    "eth_simulateV1": _cap_simulation,
    "eth_feeHistory": _fee_blocks,
    "eth_sendRawTransaction": _transaction,
}
