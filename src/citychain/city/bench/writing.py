"""From a signature to the block that holds it, beside the peers, on one node.

The task is the same for all: `transfer` of bank deposits, each by its signer, until the block that holds it. Ours takes
signed requests through the durable outbox (checked, simulated, stored, batched); viem and AsyncWeb3 sign as they go;
the other peers send what was signed before.
"""

import asyncio
import json
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from eth_account import Account
from hexbytes import HexBytes
from web3 import AsyncHTTPProvider, AsyncWeb3
from web3.types import Nonce, TxParams, Wei

from citychain.chain import clock
from citychain.chain.artifacts import artifact
from citychain.chain.bindings import Forwarder
from citychain.chain.forwarding import ForwardRequest
from citychain.chain.keys import Key
from citychain.chain.keystore import load_or_create
from citychain.chain.rpc import RpcError
from citychain.chain.transactions import sign_1559
from citychain.errors import CityError
from citychain.money.bindings import Deposits
from citychain.network.bench import gate_batch
from citychain.outbox.models import Request
from citychain.outbox.services import submit, submit_many

from .rows import Row, row
from .small_city import SmallCity, small_city

REQUESTS, LIBRARY_REQUESTS, IDLE_REQUESTS, REBUILD_REQUESTS = 4_000, 1_000, 30, 500
#: Handed in together: to our outbox, by one call; to a library's client, as so many that wait at a time.
AT_ONCE_OURS, AT_ONCE = 500, 64
BATCH, TRANSFER_GAS, BATCH_GAS = 60, 150_000, 12_000_000
FEE, TIP = 10**10, 10**9
PATIENCE = 120.0
BATCHES, RAW = "presigned executeBatch", "presigned raw transactions"
VIEM, WEB3 = "viem", "AsyncWeb3"
#: What each ratio must reach.
GOALS = {RAW: 1.0, BATCHES: 0.4, VIEM: 15.0}


def run(say: Callable[[str], None], runs: int) -> list[Row]:
    """The rows of requests, what they cost, and how long one waits in an idle city."""
    with small_city(say) as city:
        contest = Contest(city)
        ours: list[float] = []
        peers: dict[str, list[float]] = {name: [] for name in (RAW, BATCHES, VIEM, WEB3)}
        costs: dict[str, list[float]] = {}
        grown: dict[str, list[float]] = {}
        for number in range(1, runs + 1):
            say(f"writing, run {number} of {runs}")
            signed = contest.requests(REQUESTS)
            cpu, stored = city.cpu(), city.stored()
            ours.append(contest.outbox(signed))
            _add(costs, cpu, city.cpu(), 1_000 / REQUESTS)
            _add(grown, stored, city.stored(), 1 / REQUESTS)
            peers[BATCHES].append(contest.batches(REQUESTS))
            peers[RAW].append(contest.raw(REQUESTS))
            peers[VIEM].append(contest.viem(LIBRARY_REQUESTS))
            peers[WEB3].append(contest.web3(LIBRARY_REQUESTS))
        say("one request at a time")
        waits = sorted(contest.alone() for _ in range(IDLE_REQUESTS))
        say("requests while the read model is rebuilt")
        accepted = contest.accepting(REBUILD_REQUESTS)
        memory = city.memory()
    what = "signed requests through the outbox to inclusion"
    rows = [row(what, "requests/s", ours, peers={beside: peers[beside], **peers}, beside=beside, goal=goal)
            for beside, goal in GOALS.items()]  # fmt: skip
    p95 = waits[len(waits) * 95 // 100]
    late = {"median": [statistics.median(waits)], "block time": [1.0]}
    rows.append(row("signature accepted to final, idle city, p95", "s", [p95], peers=late, goal=2))
    busy = {"median": [statistics.median(accepted)]}
    p99 = accepted[len(accepted) * 99 // 100]
    rows.append(row("a request is accepted while the read model is rebuilt, p99", "ms", [p99], peers=busy, goal=200))
    share = statistics.median(ours) / 1_000 / (os.cpu_count() or 1) * 100
    for name, seconds in costs.items():
        shares = {"% of the machine": [share * second for second in seconds]}
        rows.append(row(f"processor for 1,000 requests: {name}", "s", seconds, peers=shares))
    rows += [row(f"growth with 1,000 requests: {name}", "kB", size) for name, size in grown.items()]
    passed = gate_batch()
    alone = {"the engine alone": [passed.engine_seconds * 1_000]}
    rows.append(row("a batch of 100 reads through the gate", "ms", [passed.gate_seconds * 1_000], peers=alone))
    rows += [row(f"memory: {name}", "MB", [size]) for name, size in memory.items()]
    return rows


def _add(found: dict[str, list[float]], before: dict[str, float], after: dict[str, float], factor: float) -> None:
    for name, figure in after.items():
        found.setdefault(name, []).append((figure - before[name]) * factor)


class Contest:
    """The contestants. Each returns transfers included a second."""

    def __init__(self, city: SmallCity) -> None:
        self.city = city
        self.rpc = city.rpc
        self.chain_id = city.rpc.chain_id()
        self.batcher = load_or_create(city.home / "keys", "batcher")
        self._chance = random.Random(1)

    def requests(self, count: int) -> list[tuple[ForwardRequest, bytes]]:
        """Distinct signed requests, each signer's in order."""
        forwarder, signers = self.city.book.address("Forwarder"), self.city.signers
        nonces = [self.rpc.view(forwarder, Forwarder.nonces(owner=key.address)) for key in signers]
        signed = []
        for number in range(count):
            at = number % len(signers)
            key, data = signers[at], self._transfer(number)
            request = ForwardRequest(
                key.address, self.city.deposits, TRANSFER_GAS, nonces[at], clock.now() + 3000, data
            )
            nonces[at] += 1
            signed.append((request, key.sign(request.digest(self.city.book.domain))))
        return signed

    def _transfer(self, number: int) -> bytes:
        to = self.city.signers[(number + 1) % len(self.city.signers)].address
        return Deposits.transfer(to=to, value=1 + number % 7).data()

    def outbox(self, signed: Sequence[tuple[ForwardRequest, bytes]]) -> float:
        """Ours: the durable outbox and the relayer, until the read model says included."""
        started = time.perf_counter()
        for first in range(0, len(signed), AT_ONCE_OURS):
            for answer in submit_many(signed[first : first + AT_ONCE_OURS]):
                if isinstance(answer, CityError):
                    raise answer
        waiting = Request.objects.filter(state__in=[Request.State.RECEIVED, Request.State.SENT])
        self._wait(lambda: not waiting.exists())
        return len(signed) / (time.perf_counter() - started)

    def alone(self) -> float:
        """One request in an idle city: seconds from the call that hands it in until it is final."""
        time.sleep(2 + self._chance.random())
        [(request, signature)] = self.requests(1)
        started = time.perf_counter()
        final = Request.objects.filter(id=submit(request, signature).id, state=Request.State.FINAL)
        self._wait(final.exists)
        return time.perf_counter() - started

    def accepting(self, count: int) -> list[float]:
        """Milliseconds that each of so many requests took to be checked and stored, one after the other, while the read
        model is built a second time beside the live one again and again."""
        waits: list[float] = []
        signed = self.requests(count)
        command = [sys.executable, "-m", "citychain", "rebuild", "--check"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as first:
            building = first
            for request, signature in signed:
                if building.poll() is not None:
                    building = subprocess.Popen(command, stdout=subprocess.DEVNULL)
                started = time.perf_counter()
                submit(request, signature)
                waits.append((time.perf_counter() - started) * 1_000)
                time.sleep(0.02)
            building.wait()
        return sorted(waits)

    def batches(self, count: int) -> float:
        """executeBatch transactions of such requests, signed before: what the node allows at best."""
        nonce = self.rpc.nonce(self.batcher.address)
        signed = self.requests(count)
        raws, hashes = [], []
        for at, first in enumerate(range(0, count, BATCH)):
            carried = [_carried(request, signature) for request, signature in signed[first : first + BATCH]]
            data = Forwarder.executeBatch(requests=carried).data()
            made = self._sign(self.batcher, nonce + at, self.city.book.address("Forwarder"), data, BATCH_GAS)
            raws.append(made.raw)
            hashes.append(made.hash)
        return self._send(raws, hashes[-1], count)

    def raw(self, count: int) -> float:
        """The same transfers as transactions of their signers, signed before."""
        signers = self.city.signers
        nonces = [self.rpc.nonce(key.address) for key in signers]
        raws, hashes = [], []
        for number in range(count):
            at = number % len(signers)
            data = self._transfer(number)
            made = self._sign(signers[at], nonces[at], self.city.deposits, data, TRANSFER_GAS)
            nonces[at] += 1
            raws.append(made.raw)
            hashes.append(made.hash)
        return self._send(raws, hashes[-1], count)

    def viem(self, count: int) -> float:
        """viem's writeContract, signing as it goes."""
        task = {
            "url": self.rpc.url,
            "chainId": self.chain_id,
            "token": self.city.deposits,
            "count": count,
            "atOnce": AT_ONCE,
            "keys": ["0x" + key.secret.hex() for key in self.city.signers],
        }
        command = ["node", str(Path(__file__).parent / "viem.mjs")]
        done = subprocess.run(
            command, input=json.dumps(task), capture_output=True, text=True, check=True, cwd=settings.ROOT
        )
        return float(done.stdout)

    def web3(self, count: int) -> float:
        """AsyncWeb3 and eth-account, signing as it goes."""
        return asyncio.run(self._web3(count))

    async def _web3(self, count: int) -> float:
        web3 = AsyncWeb3(AsyncHTTPProvider(self.rpc.url))
        token = web3.eth.contract(
            abi=artifact("Deposits").abi, address=AsyncWeb3.to_checksum_address(self.city.deposits)
        )
        accounts = [Account.from_key(key.secret) for key in self.city.signers]
        nonces = [self.rpc.nonce(key.address) for key in self.city.signers]
        turn = asyncio.Semaphore(AT_ONCE)

        async def one(number: int) -> HexBytes:
            at = number % len(accounts)
            asked: TxParams = {"from": accounts[at].address, "nonce": Nonce(nonces[at]), "chainId": self.chain_id}
            asked |= {"gas": TRANSFER_GAS, "maxFeePerGas": Wei(FEE), "maxPriorityFeePerGas": Wei(TIP)}
            nonces[at] += 1
            async with turn:
                to = accounts[(at + 1) % len(accounts)].address
                call = token.functions.transfer(to, 1 + number % 7)
                made = await call.build_transaction(asked)
                return await web3.eth.send_raw_transaction(accounts[at].sign_transaction(made).raw_transaction)

        started = time.perf_counter()
        hashes = await asyncio.gather(*(one(number) for number in range(count)))
        for sent in hashes:
            await web3.eth.wait_for_transaction_receipt(sent, poll_latency=0.02)
        rate = count / (time.perf_counter() - started)
        await web3.provider.disconnect()
        return rate

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
