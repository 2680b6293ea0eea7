"""Which requests go into one transaction: bounded by gas and bytes, each signer's in order, wallets apart.

A batch holds requests signed by keys, or requests that wallets (ERC-1271) signed, or one cancellation, or one request
that a transaction failed to carry before: so nobody's wallet and nobody's surprise is in the way of others.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from citychain.chain.bindings import Forwarder

from .checks import MOST_SIGNATURE
from .models import Request

#: Bounds of a transaction: gas (Osaka allows 2^24), and bytes (a node's pool takes 128 KiB).
MOST_GAS, MOST_BYTES = 12_000_000, 120_000
#: A transaction's own gas and bytes at most, without requests.
BASE_GAS, BASE_BYTES = 21_000 + 20_000, 400
#: What the Forwarder spends around one call at most: signature, nonce, Authority, event; and to ask a wallet.
CARRYING_GAS, WALLET_GAS = 60_000, 102_000
#: Bytes of one request in a batch besides its data and signature, with padding.
CARRYING_BYTES = 12 * 32 + 62


@dataclass
class Batch:
    """Requests of one transaction, in order. `gas` and `size` (bytes) are upper bounds of what it needs."""

    requests: list[Request]
    gas: int = BASE_GAS
    size: int = BASE_BYTES
    wallet: bool = False

    @property
    def cancellation(self) -> bytes:
        """The signature, where this cancels one request instead of carrying some."""
        return bytes(self.requests[0].cancellation)

    def data(self) -> bytes:
        """Calldata for the Forwarder."""
        if self.cancellation:
            first = self.requests[0]
            return Forwarder.cancel(from_=first.signer, nonce=first.nonce, signature_=self.cancellation).data()
        return Forwarder.executeBatch(requests=[_carried(request) for request in self.requests]).data()

    def fits(self, request: Request) -> bool:
        gas, size = cost(request)
        return self.wallet == request.wallet and self.gas + gas <= MOST_GAS and self.size + size <= MOST_BYTES

    def add(self, request: Request) -> None:
        gas, size = cost(request)
        self.requests.append(request)
        self.gas += gas
        self.size += size


def cost(request: Request) -> tuple[int, int]:
    """Gas and bytes that carrying the request takes at most, its calldata at 40 gas a byte (EIP-7623) included."""
    if request.cancellation:
        size = MOST_SIGNATURE
        return CARRYING_GAS + WALLET_GAS + 40 * size, size
    size = CARRYING_BYTES + len(request.data) + len(request.signature)
    # A call gets at most 63/64 of what is left.
    return request.gas * 64 // 63 + CARRYING_GAS + (WALLET_GAS if request.wallet else 0) + 40 * size, size


def pack(requests: Iterable[Request], most: int) -> list[Batch]:
    """At most `most` batches of the first of `requests`, to be sent in this order; the rest waits.

    Batches are closed in order: a later request of a signer is never in an earlier batch.
    """
    batches: list[Batch] = []
    #: The newest batch of each kind that may take more, and each signer's last batch.
    open_: dict[bool, int] = {}
    last: dict[str, int] = {}
    for request in requests:
        alone = bool(request.cancellation or request.attempts)
        place = None if alone else open_.get(request.wallet)
        if place is None or place < last.get(request.signer, 0) or not batches[place].fits(request):
            if len(batches) == most:
                break
            place = len(batches)
            batches.append(Batch([], wallet=request.wallet))
            if not alone:
                open_[request.wallet] = place
        batches[place].add(request)
        last[request.signer] = place
    return batches


def _carried(request: Request) -> Forwarder.ForwardRequestData:
    return Forwarder.ForwardRequestData(
        from_=request.signer,
        to=request.target,
        value=0,
        gas=request.gas,
        nonce=request.nonce,
        deadline=request.deadline,
        data=bytes(request.data),
        signature=bytes(request.signature),
    )
