"""One episode: a seed decides every request and every fault; then all heals, and what is left must be what is true."""

import json
import random
import shutil
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import httpx

from citychain.chain.addressbook import AddressBook
from citychain.chain.rpc import Rpc
from citychain.city.sandbox import cast
from citychain.city.sandbox.council import Council

from . import checks
from .actors import (
    BANKS,
    COUNCIL,
    FIRST_BALANCE,
    HOMES,
    KINDS,
    LIMIT,
    OFFICERS,
    REGISTRAR,
    RESIDENTS,
    SUPERVISED,
    SUPERVISOR,
)
from .acts import Acts
from .clients import Accepted, Client, Reader, Signers
from .disk import SmallDisk
from .faults import Faults
from .model.city import City, Rule
from .processes import Processes
from .proxy import FaultProxy
from .stepping import Clock
from .vandal import Vandal

CLIENTS = 4
#: Most requests drawn in one step, and the longest pause after it, seconds.
MOST_ACTS, LONGEST_PAUSE = 3, 0.15
#: Seconds for clients to get their answers once all is well, and for the city to end every request.
ANSWER_SECONDS, END_SECONDS = 120, 300
#: Seconds that the clock is stepped, and blocks made, while requests are waited for.
STEP_SECONDS, BLOCKS = 2, 8
#: Seconds in which the indexer must notice that what was final is not any more.
BETRAYAL_SECONDS = 120
PATHS = ["/", "/requests/", "/money/", "/titles/", "/institutions/", "/api/blocks/1", "/api/institutions"]


class Failed(Exception):
    """What must be true is not: one line each."""


@dataclass
class Counts:
    """What happened in one or more episodes."""

    episodes: Counter[str] = field(default_factory=Counter)
    kills: Counter[str] = field(default_factory=Counter)
    crashes: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    replies: Counter[str] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    attacks: Counter[str] = field(default_factory=Counter)
    reads: Counter[int] = field(default_factory=Counter)

    def add(self, other: "Counts") -> None:
        for member in fields(self):
            getattr(self, member.name).update(getattr(other, member.name))


class Episode:
    """The processes around a copy of the founded city in the empty `folder`, who uses them, what is done to them."""

    def __init__(self, founded: Path, folder: Path, seed: int, say: Callable[[str], None]) -> None:
        self.home, self.say, self._founded = folder / "home", say, founded
        self.home.mkdir()
        self.disk = SmallDisk(self.home)
        shutil.copytree(founded, self.home, dirs_exist_ok=True)
        self.counts = Counts(Counter(run=1))
        self.clock = Clock(folder / "clock")
        self.chance = random.Random(seed)
        self.book = AddressBook.load(self.home / "addresses.json")
        self.council = self.book.address("Council")
        self.addresses = {entry.key: entry.address for entry in self.book.entries}
        self.acts = Acts(self.chance, self.addresses, self.council, self.clock.now)
        gate, portal = free_port(), free_port()
        self.proxy = FaultProxy(gate)
        self.processes = Processes(self.home, folder / "clock", gate=gate, portal=portal, proxy=self.proxy.port)
        self.gate = f"http://127.0.0.1:{gate}"
        self.url = url = f"http://localhost:{portal}"
        signers = Signers(self.acts.keys, self.council, Council(self.home).signing, self.book.domain)
        self.clients = [Client(url, signers, self.addresses, self.clock.now) for _ in range(CLIENTS)]
        self.reader, self.vandal = Reader(url, seed, PATHS), Vandal(url, seed, self.book.domain)
        self.faults = Faults(self.chance, self.processes, self.proxy, self.clock, self.disk, self.counts.faults)

    @property
    def accepted(self) -> list[Accepted]:
        return [accepted for client in self.clients for accepted in client.accepted]

    def run(self, steps: int, *, betrayal: bool = False) -> Counts:
        """Lives so many steps, mends all, checks; and, for a `betrayal`, reorganises below final. Raises Failed."""
        self.proxy.start()
        try:
            self.processes.heal()
            founded = self._seen()
            for thread in (*self.clients, self.reader, self.vandal):
                thread.start()
            self._live(steps)
            self._mend()
            self._end()
            self.vandal.finish()
            self._check(founded)
            if betrayal:
                self._betray()
        except TimeoutError as problem:
            raise Failed(str(problem)) from problem
        finally:
            self.processes.stop()
            self.proxy.stop()
            self.disk.close()
        return self.counts

    def _tend(self) -> None:
        self.processes.tend()
        if self.processes.stopped:
            words = [self.processes.last_words(name) for name in sorted(self.processes.stopped)]
            raise Failed(f"stopped on purpose: {words}")

    # --- the parts of an episode ------------------------------------------------------------------------------------

    def _live(self, steps: int) -> None:
        for step in range(steps):
            for _ in range(self.chance.randrange(MOST_ACTS + 1)):
                act = self.acts.draw()
                self.clients[int(act.signer, 16) % CLIENTS].put(act)
            if self.chance.randrange(4):
                self.say(f"step {step}: {self.faults.inject()}")
            time.sleep(self.chance.random() * LONGEST_PAUSE)
            self._tend()
            self.faults.pass_()

    def _mend(self) -> None:
        """Nothing is broken any more, and every client has its answers."""
        self.faults.heal()
        self.processes.heal()
        limit = time.monotonic() + ANSWER_SECONDS
        for client in self.clients:
            client.finish()
        for client in self.clients:
            while client.is_alive():
                client.join(0.1)
                self._tend()
                if time.monotonic() > limit:
                    raise Failed("a client got no answer to its request, although all was mended")
        self.reader.finish()

    def _end(self) -> None:
        """Waits until every accepted request has ended, and the read model has the node's head."""
        limit = time.monotonic() + END_SECONDS
        while True:
            self._tend()
            self.clock.step(STEP_SECONDS)
            self.processes.ask_node(mine=BLOCKS)
            seen = self._seen()
            live = Counter(request["state"] for request in seen["requests"] if request["state"] in checks.LIVE)
            if not live:
                break
            if time.monotonic() > limit:
                raise Failed(f"requests did not end in {END_SECONDS} s: {dict(live)}")
            time.sleep(0.3)
        head = self.processes.ask_node(hold=True)
        while head is None or self._seen()["progress"][0]["head_hash"] != head["hash"]:
            self._tend()
            if time.monotonic() > limit:
                raise Failed("the indexer did not come to the node's head")
            head = self.processes.ask_node(hold=True)

    def _betray(self) -> None:
        """A reorg below final: the node comes back with an older journal and makes other blocks from there. Whoever
        reads the chain must stop, and pages must say from where on they are not right."""
        self.processes.kill("node", BETRAYAL_SECONDS)
        shutil.rmtree(self.home / "node")
        shutil.copytree(self._founded / "node", self.home / "node")
        self.processes.start("node")
        limit = time.monotonic() + BETRAYAL_SECONDS
        while "indexer" not in self.processes.stopped:
            self.processes.ask_node(hold=False, mine=BLOCKS)
            self.processes.tend()
            if time.monotonic() > limit:
                raise Failed("the indexer goes on although blocks that were final are others now")
            time.sleep(0.1)
        stale = self._seen()["progress"][0]["stale_since"]
        page = httpx.get(self.url, headers={"Accept-Language": "en"}).text
        if stale is None or f"What you see ends before block {stale}" not in page:
            raise Failed(f"pages say nothing about a reorg below final (stale since {stale})")
        self.counts.faults["reorg below final"] += 1

    def _seen(self) -> Any:
        path = self.home.parent / "seen.json"
        if status := self.processes.job("look", str(path)):
            raise Failed(f"looking ended with status {status}")
        return json.loads(path.read_bytes())

    def _check(self, founded: Any) -> None:
        seen = {**self._seen(), "founded": founded["executed"]}
        wrong = list(self._wrong(seen))
        self.counts.kills.update(self.processes.kills)
        self.counts.crashes.update(self.processes.crashes)
        self.counts.replies.update(self.proxy.delivered)
        self.counts.states.update(request["state"] for request in seen["requests"])
        self.counts.reads.update(self.reader.statuses)
        self.counts.attacks.update(self.vandal.attacks)
        for client in self.clients:
            self.counts.refused.update(client.reasons)
        if wrong:
            raise Failed("\n".join(wrong))

    def _wrong(self, seen: Any) -> Iterator[str]:
        seen["requests"] = [r for r in seen["requests"] if r["digest"] not in {f["digest"] for f in seen["founded"]}]
        city = founded_city(self.council)
        broken = [*(words for client in self.clients for words in client.broken), *self.reader.broken]
        for words, times in Counter([*broken, *self.vandal.broken]).items():
            yield f"{words} ({times} times)"
        yield from checks.stories(seen, self.accepted)
        yield from checks.effects(seen, self.accepted, city)
        yield from checks.records(seen, city, self.addresses)
        yield from checks.titles(seen, city)
        rpc = Rpc(self.gate)
        yield from checks.balances(rpc, city, self.addresses)
        rpc.close()
        for job in ("rebuild", "verify"):
            path = self.home.parent / f"{job}.txt"
            if status := self.processes.job(job, str(path)):
                yield f"{job} ended with status {status}: {path.read_text()[-2000:]}"


def founded_city(council: str) -> City:
    """The model of the city that founding.found() writes."""
    city = City(cast.KINDS, council)
    for number, kind in KINDS.items():
        if number != COUNCIL:
            above = SUPERVISOR if number in SUPERVISED else COUNCIL
            city.accredited(number, kind, above, OFFICERS[number].address, 0)
    for bank, other in (BANKS, BANKS[::-1]):
        city.bank(bank, [resident.address for resident in RESIDENTS], FIRST_BALANCE)
        city.clearing.limits[bank, other] = LIMIT
    for town, commitment, owners in HOMES:
        assert city.apply(Rule("titles", "register", (town, commitment, owners)), OFFICERS[REGISTRAR].address, 1) == ""
    return city


def free_port() -> int:
    """A port that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
