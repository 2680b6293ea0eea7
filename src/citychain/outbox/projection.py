"""From the Forwarder's events to what spent each nonce."""

from collections.abc import Iterator

from citychain.chain.bindings import Forwarder
from citychain.indexer.rows import Log, Put, RowChange

from .models import Executed


def on_executed(event: Forwarder.RequestExecuted, log: Log) -> Iterator[RowChange]:
    yield _spent(event.signer, event.nonce, log, digest=event.digest, success=event.success, reason=event.reason)


def on_cancelled(event: Forwarder.RequestCancelled, log: Log) -> Iterator[RowChange]:
    yield _spent(event.signer, event.nonce, log, digest="", success=False, reason=b"")


def _spent(signer: str, nonce: int, log: Log, *, digest: str, success: bool, reason: bytes) -> Put:
    return Put(
        Executed,
        {
            "id": f"{signer}:{nonce}",
            "signer": signer,
            "nonce": nonce,
            "digest": digest,
            "success": success,
            "cancelled": not digest,
            "reason": "0x" + reason.hex(),
            "block": log.block,
            "log_index": log.log_index,
            "tx": log.tx,
            "time": log.time,
        },
    )


SUBSCRIPTIONS = {
    "Forwarder.RequestExecuted": on_executed,
    "Forwarder.RequestCancelled": on_cancelled,
}
