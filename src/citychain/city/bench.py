"""Speed of the whole path, beside its peers, on one node in one run: `make bench`.

The task is the same for all: `transfer` of bank deposits, each by its signer, until the block that holds it. Ours takes
signed requests through the durable outbox (checked, simulated, stored, batched); the peers send what was signed before.
Figures are medians; a ratio is ours by the peer's.
"""

import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command

from citychain.chain import clock
from citychain.chain.abi import Act, Function, bytes32
from citychain.chain.addressbook import AddressBook
from citychain.chain.banks import add_bank
from citychain.chain.bindings import Forwarder
from citychain.chain.deploy import deploy
from citychain.chain.forwarding import ForwardRequest
from citychain.chain.hashing import keccak
from citychain.chain.keys import Key
from citychain.chain.keystore import load_or_create
from citychain.chain.rpc import NodeUnavailable, Rpc, RpcError, connect
from citychain.chain.transactions import sign_1559
from citychain.identity.bindings import Institutions
from citychain.money.bindings import Deposits
from citychain.network.genesis import make_genesis
from citychain.outbox.models import Request
from citychain.outbox.services import submit_many

from .sandbox.council import Council
from .sandbox.world import World

SIGNERS, REQUESTS, VIEM_REQUESTS, RUNS = 100, 2_000, 300, 3
BATCH, TRANSFER_GAS, BATCH_GAS = 60, 150_000, 12_000_000
FEE, TIP = 10**10, 10**9
ETHER = 10**18
PATIENCE = 120.0
BANK = 2


def run(say: Callable[[str], None]) -> list[dict[str, Any]]:
    """All figures, in the form of var/bench.json."""
    with _city(say) as (rpc, book, signers):
        bench = Contest(rpc, book, signers)
        peers: dict[str, list[float]] = {"presigned executeBatch": [], "presigned raw transactions": [], "viem": []}
        ours: list[float] = []
        for number in range(1, RUNS + 1):
            say(f"run {number} of {RUNS}")
            ours.append(bench.outbox(REQUESTS))
            peers["presigned executeBatch"].append(bench.batches(REQUESTS))
            peers["presigned raw transactions"].append(bench.raw(REQUESTS))
            peers["viem"].append(bench.viem(VIEM_REQUESTS))
    figures = {name: round(statistics.median(rates), 1) for name, rates in peers.items()}
    best = statistics.median(ours)
    limit = figures["presigned executeBatch"]
    return [
        {
            "name": "signed requests through the outbox to inclusion",
            "unit": "requests/s",
            "ours": round(best, 1),
            "peers": figures,
            "limit": limit,
            "ratio": round(best / limit, 3),
            "goal": 0.2,
            "met": best / limit >= 0.2,
        }
    ]


@contextmanager
def _city(say: Callable[[str], None]) -> Iterator[tuple[Rpc, AddressBook, list[Key]]]:
    """A small city in a folder of its own: one bank, signers with accounts, the real processes."""
    home = Path(settings.CITYCHAIN_HOME)
    say("preparing a small city")
    for database in ("default", "readmodel"):
        call_command("migrate", database=database, verbosity=0, interactive=False)
    signers = [Key(keccak(b"bench%d" % number)) for number in range(SIGNERS)]
    keys = {name: load_or_create(home / "keys", name) for name in ("deployer", "relayer", "bank", "batcher")}
    start = int(time.time()) - 10 * 86_400
    rich = [*signers, *keys.values()]
    make_genesis(home, accounts={key.address: 1_000 * ETHER for key in rich}, genesis_time=start)
    council = Council(home)
    with World(home) as world:
        world.at(start + 60)
        deploy(council.plan(), world.rpc, keys["deployer"])
        world.use([keys["relayer"]])
        accreditation = Institutions.accredit(
            kind=bytes32("bank"),
            name="Bench Bank",
            webPage="",
            validFrom=start,
            validUntil=start + 10**9,
            firstKey=keys["bank"].address,
        )
        council.requester(world)(Act(world.book.address("Institutions"), accreditation))
        world.flush()
        for seconds in (120, 4 * 86_400):
            world.at(start + seconds)
            add_bank(world.rpc, BANK, "Bench", "BENCH", officers=council.signing, deployer=keys["deployer"])
            world.refresh()
        deposits = world.book.address(f"Deposits:{BANK}")
        calls: list[Function] = [Deposits.openAccounts(holders=[key.address for key in signers])]
        calls += [Deposits.mint(to=key.address, amount=10**9, ref="0x" + keccak(key.secret).hex()) for key in signers]
        for call in calls:
            world.sign(keys["bank"], Act(deposits, call))
        world.flush()
    with ExitStack() as stack:
        for command in ("node", "gate", "indexer", "relayer"):
            process = subprocess.Popen([sys.executable, "-m", "citychain", command, "run"], stderr=subprocess.DEVNULL)
            stack.callback(process.wait)
            stack.callback(process.terminate)
        yield _ready(), AddressBook.load(), signers


def _ready() -> Rpc:
    rpc, deadline = connect(), time.monotonic() + 30
    while True:
        try:
            rpc.chain_id()
            return rpc
        except (NodeUnavailable, RpcError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


class Contest:
    """The contestants. Each returns transfers included a second."""

    def __init__(self, rpc: Rpc, book: AddressBook, signers: Sequence[Key]) -> None:
        self.rpc, self.book, self.signers = rpc, book, signers
        self.deposits = book.address(f"Deposits:{BANK}")
        self.chain_id = rpc.chain_id()
        self.batcher = load_or_create(Path(settings.CITYCHAIN_HOME) / "keys", "batcher")

    def _requests(self, count: int) -> list[tuple[ForwardRequest, bytes]]:
        """Distinct signed requests, each signer's in order."""
        nonces = [
            self.rpc.view(self.book.address("Forwarder"), Forwarder.nonces(owner=key.address)) for key in self.signers
        ]
        signed = []
        for number in range(count):
            at = number % len(self.signers)
            key, to = self.signers[at], self.signers[(at + 1) % len(self.signers)]
            data = Deposits.transfer(to=to.address, value=1 + number % 7).data()
            request = ForwardRequest(key.address, self.deposits, TRANSFER_GAS, nonces[at], clock.now() + 3000, data)
            nonces[at] += 1
            signed.append((request, key.sign(request.digest(self.book.domain))))
        return signed

    def outbox(self, count: int) -> float:
        """Ours: the durable outbox and the relayer, until the read model says included."""
        signed = self._requests(count)
        started = time.perf_counter()
        ids = [answer.id for first in range(0, count, 500) for answer in submit_many(signed[first : first + 500])]  # type: ignore[union-attr]
        waiting = Request.objects.filter(id__in=ids, state__in=[Request.State.RECEIVED, Request.State.SENT])
        self._wait(lambda: not waiting.exists())
        return count / (time.perf_counter() - started)

    def batches(self, count: int) -> float:
        """executeBatch transactions of such requests, signed before: what the node allows at best."""
        nonce = self.rpc.nonce(self.batcher.address)
        signed = self._requests(count)
        raws, hashes = [], []
        for at, first in enumerate(range(0, count, BATCH)):
            carried = [_carried(request, signature) for request, signature in signed[first : first + BATCH]]
            data = Forwarder.executeBatch(requests=carried).data()
            made = self._sign(self.batcher, nonce + at, self.book.address("Forwarder"), data, BATCH_GAS)
            raws.append(made.raw)
            hashes.append(made.hash)
        return self._send(raws, hashes[-1], count)

    def raw(self, count: int) -> float:
        """The same transfers as transactions of their signers, signed before."""
        nonces = [self.rpc.nonce(key.address) for key in self.signers]
        raws, hashes = [], []
        for number in range(count):
            at = number % len(self.signers)
            to = self.signers[(at + 1) % len(self.signers)].address
            data = Deposits.transfer(to=to, value=1 + number % 7).data()
            made = self._sign(self.signers[at], nonces[at], self.deposits, data, TRANSFER_GAS)
            nonces[at] += 1
            raws.append(made.raw)
            hashes.append(made.hash)
        return self._send(raws, hashes[-1], count)

    def viem(self, count: int) -> float:
        """viem's writeContract, 64 at a time, signing as it goes."""
        script = Path(__file__).parent / "bench_viem.mjs"
        task = {
            "url": self.rpc.url,
            "chainId": self.chain_id,
            "token": self.deposits,
            "count": count,
            "keys": ["0x" + key.secret.hex() for key in self.signers],
        }
        done = subprocess.run(
            ["node", str(script)], input=json.dumps(task), capture_output=True, text=True, check=True, cwd=settings.ROOT
        )
        return float(done.stdout)

    def _sign(self, key: Key, nonce: int, to: str, data: bytes, gas: int) -> Any:
        return sign_1559(key, chain_id=self.chain_id, nonce=nonce, to=to, data=data, gas=gas, max_fee=FEE, tip=TIP)

    def _send(self, raws: list[bytes], last: str, count: int) -> float:
        started = time.perf_counter()
        size = max(1, min(500, 400_000 // max(map(len, raws))))
        for first in range(0, len(raws), size):
            for answer in self.rpc.send_raw(raws[first : first + size]):
                if isinstance(answer, RpcError):
                    raise answer
        self._wait(lambda: self.rpc.receipt(last) is not None)
        return count / (time.perf_counter() - started)

    def _wait(self, done: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not done():
            if time.monotonic() > deadline:
                raise TimeoutError("the node does not include what it was sent")
            time.sleep(0.01)


def _carried(request: ForwardRequest, signature: bytes) -> Forwarder.ForwardRequestData:
    return Forwarder.ForwardRequestData(
        from_=request.sender,
        to=request.to,
        value=0,
        gas=request.gas,
        nonce=request.nonce,
        deadline=request.deadline,
        data=request.data,
        signature=signature,
    )


def machine() -> str:
    """Processor and cores, for the record."""
    names = [line.split(":", 1)[1].strip() for line in _cpu_lines() if line.startswith("model name")]
    return f"{names[0] if names else 'unknown'}, {os.cpu_count()} cores"


def _cpu_lines() -> list[str]:
    path = Path("/proc/cpuinfo")
    return path.read_text().splitlines() if path.exists() else []


def free_port() -> int:
    """A port that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def scratch_home() -> tempfile.TemporaryDirectory[str]:
    """A state folder for one run."""
    return tempfile.TemporaryDirectory(prefix="citychain-bench-")
