"""What a network of four must bear, done to one on this machine: scripted, seeded, with a verdict (docs/network.md).

A trial goes on with the trial network that is there, or makes one and waits until something is final.
"""

import itertools
import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from . import trial
from .clients import Clients
from .rehearsal import Rehearsal

#: Epochs that finality may stand still while one of four is away.
STANDSTILL = 2


class Verdict(msgspec.Struct, frozen=True):
    """Seconds, if not said otherwise. `standstill` is the longest time without a new final block, `back` how long the
    last members took to follow again, `returned` how long finality took after that was asked of it (None: it never
    stopped). `sent` and `final` count transfers; `wrong` names every member that disagrees about what was final."""

    trial: str
    seed: int
    standstill: float
    back: float
    returned: float | None
    blocks: int
    sent: int
    final: int
    wrong: list[str]
    good: bool


def run(names: Sequence[str], seed: int, home: Path, clients: Clients, say: Callable[[str], None]) -> list[Verdict]:
    """Runs these trials (TRIALS) one after the other on one network. Raises TrialStuck when something that must happen
    does not for ten minutes, KeysInUse when the network runs already."""
    network = Rehearsal(home, trial.make(home, clients, say), clients)
    try:
        say(f"Four members start; waiting for a final block, which takes {4 * network.epoch + 10} s after genesis")
        network.start(network.names)
        network.tick_until("the first final block", lambda: bool(network.advances) and _whole(network))
        return [_judge(name, seed, network, say) for name in names]
    finally:
        network.close()


def _judge(name: str, seed: int, network: Rehearsal, say: Callable[[str], None]) -> Verdict:
    head, begun, known = network.head, time.monotonic(), len(network.advances)
    sent, sure = network.sent, network.sure
    back, returned = TRIALS[name](network, random.Random(seed), say)
    network.tick_until("one more final block", lambda: len(network.advances) > known)
    marks = [begun, *network.advances[known:], time.monotonic()]
    standstill = max(later - earlier for earlier, later in itertools.pairwise(marks))
    wrong = sorted({*network.disagreeing(), *(f"block {number}" for number in network.lost)})
    bears = returned is not None or standstill <= STANDSTILL * network.epoch + network.slot
    return Verdict(
        trial=name,
        seed=seed,
        standstill=round(standstill, 1),
        back=round(back, 1),
        returned=None if returned is None else round(returned, 1),
        blocks=network.head - head,
        sent=network.sent - sent,
        final=network.sure - sure,
        wrong=wrong,
        good=not wrong and bears and network.sure > sure,
    )


def _kill(network: Rehearsal, chance: random.Random, say: Callable[[str], None]) -> tuple[float, float | None]:
    """kill -9 of one of four under load, at a moment of its epoch that the seed chooses; it comes back by itself."""
    back = 0.0
    for _ in range(2):
        _wait(network, chance.uniform(0, network.epoch / 4))
        name = chance.choice(network.names)
        say(f"kill -9 of {name}")
        network.kill([name])
        _wait(network, chance.uniform(5, 20))
        network.start([name])
        back = max(back, network.tick_until(f"{name} follows again", lambda name=name: network.follows(name)))  # type: ignore[misc]
    return back, None


def _half(network: Rehearsal, chance: random.Random, say: Callable[[str], None]) -> tuple[float, float | None]:
    """Two of four away: blocks go on, finality stops within an epoch, and returns after they do."""
    names = chance.sample(network.names, 2)
    say(f"kill -9 of {names[0]} and {names[1]}")
    network.kill(names)
    _wait(network, network.epoch)
    head, sure = network.head, len(network.advances)
    _wait(network, network.epoch)
    if len(network.advances) > sure or network.head == head:
        network.lost.append(network.head)
    say("They start again")
    return _start(network, names)


def _restart(network: Rehearsal, chance: random.Random, say: Callable[[str], None]) -> tuple[float, float | None]:
    """kill -9 of all at once."""
    _wait(network, chance.uniform(0, network.epoch / 4))
    say("kill -9 of all")
    network.kill(network.names)
    _wait(network, 5)
    return _start(network, network.names)


TRIALS = {"kill": _kill, "half": _half, "restart": _restart}


def _start(network: Rehearsal, names: list[str]) -> tuple[float, float]:
    """Until they follow, and until something new is final: seconds from their start."""
    begun, sure = time.monotonic(), len(network.advances)
    network.start(names)
    back = network.tick_until("they follow again", lambda: _whole(network))
    network.tick_until("finality returns", lambda: len(network.advances) > sure)
    return back, time.monotonic() - begun


def _whole(network: Rehearsal) -> bool:
    return network.living == network.names and all(network.follows(name) for name in network.names)


def _wait(network: Rehearsal, seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        network.tick()
