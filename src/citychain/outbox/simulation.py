"""Runs calls on the head's state as the Forwarder would make them, before anything is stored (eth_simulateV1)."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from citychain.chain.rpc import Call, Rpc

#: What fits into one simulation: gas (geth allows 50 million), calls, and bytes of calldata.
MOST_GAS, MOST_CALLS, MOST_BYTES = 40_000_000, 500, 500_000


class Step(NamedTuple):
    """A call of `data` to `to` by `signer` with `gas`. `new` tells a request under test from those accepted before."""

    signer: str
    to: str
    data: bytes
    gas: int
    new: bool


class Verdict(NamedTuple):
    """What became of a new request; `data` are the revert bytes when it failed. `behind` tells that requests of its
    signer were ahead of it, which may end otherwise than the simulation guessed: then a failure is only a warning."""

    success: bool
    data: bytes
    behind: bool


def run(rpc: Rpc, forwarder: str, steps: Sequence[Step]) -> list[Verdict]:
    """A verdict for each new step, in order. Steps run in order, each seeing what those before it did, as far as they
    fit into one simulation; beyond that each simulation begins at the head's state again."""
    ahead: set[str] = set()
    verdicts = []
    for part in _split(steps):
        outcomes = rpc.simulate([_call(forwarder, step) for step in part])
        for step, outcome in zip(part, outcomes, strict=True):
            if step.new:
                verdicts.append(Verdict(outcome.success, outcome.data, step.signer in ahead))
            ahead.add(step.signer)
    return verdicts


def _call(forwarder: str, step: Step) -> Call:
    """ERC-2771: the signer stands behind the calldata. The signed gas is the call's own: what the transaction around a
    simulated call costs comes on top."""
    data = step.data + bytes.fromhex(step.signer[2:])
    return Call(forwarder, step.to, data, step.gas + 21_000 + 16 * len(data) - 12 * data.count(0))


def _split(steps: Sequence[Step]) -> Iterator[list[Step]]:
    part: list[Step] = []
    gas = size = 0
    for step in steps:
        if gas + step.gas > MOST_GAS or len(part) == MOST_CALLS or size + len(step.data) > MOST_BYTES:
            yield part
            part, gas, size = [], 0, 0
        part.append(step)
        gas += step.gas
        size += len(step.data)
    if part:
        yield part
