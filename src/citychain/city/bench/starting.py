"""How long the embedded node takes to start on a chain of 100,000 transactions."""

from collections.abc import Callable

from citychain.chain.hashing import keccak
from citychain.chain.keys import Key
from citychain.chain.transactions import sign_1559
from citychain.network import bench

from .rows import Row, row

TRANSACTIONS, SENDERS = 100_000, 100
CHAIN_ID = 31_337


def run(say: Callable[[str], None]) -> list[Row]:
    """Once: it is long, and varies little."""
    say(f"signing {TRANSACTIONS} transactions, mining them, starting again")
    senders = [Key(keccak(b"start%d" % number)) for number in range(SENDERS)]
    raws = [
        sign_1559(
            senders[number % SENDERS],
            chain_id=CHAIN_ID,
            nonce=number // SENDERS,
            to=senders[(number + 1) % SENDERS].address,
            data=b"",
            gas=21_000,
            max_fee=10**11,
            tip=10**9,
            value=1,
        ).raw
        for number in range(TRANSACTIONS)
    ]
    found = bench.restore([key.address for key in senders], raws, CHAIN_ID)
    peers = {"making the snapshot": [found.snapshot_seconds], "making all blocks again": [found.replay_seconds]}
    return [
        row(f"start of the node with {TRANSACTIONS:,} transactions", "s", [found.restore_seconds], peers=peers, goal=5),
        row(f"snapshot of {TRANSACTIONS:,} transactions", "MB", [found.snapshot_bytes / 2**20]),
        row(f"memory of the node with {TRANSACTIONS:,} transactions", "MB", [found.memory / 2**20]),
    ]
