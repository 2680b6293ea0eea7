"""A small city for measurements in a folder of its own: one bank, signers with accounts, the real processes."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil
from django.conf import settings
from django.core.management import call_command
from django.db import connections

from citychain.chain.abi import Act, Function, bytes32
from citychain.chain.addressbook import AddressBook
from citychain.chain.banks import add_bank
from citychain.chain.deploy import deploy
from citychain.chain.hashing import keccak
from citychain.chain.keys import Key
from citychain.chain.keystore import load_or_create
from citychain.chain.rpc import NodeUnavailable, Rpc, RpcError, connect
from citychain.city.sandbox.council import Council
from citychain.city.sandbox.world import World
from citychain.identity.bindings import Institutions
from citychain.indexer.models import Progress
from citychain.money.bindings import Deposits
from citychain.network.genesis import make_genesis
from citychain.outbox.accounts import relayer_keys

SIGNERS = 100
ETHER = 10**18
BANK = 2
PROCESSES = ("node", "gate", "indexer", "relayer")


class SmallCity:
    """A city that runs. `deposits` is its bank's contract, in which each signer has money."""

    def __init__(self, home: Path, rpc: Rpc, signers: list[Key], processes: dict[str, psutil.Process]) -> None:
        self.home = home
        self.rpc = rpc
        self.book = AddressBook.load()
        self.signers = signers
        self.deposits = self.book.address(f"Deposits:{BANK}")
        self._processes = processes

    def settle(self) -> None:
        """Waits until the newest block is read, and a snapshot that the node may be making is made."""
        head = self.rpc.head().number
        while (read := Progress.objects.filter(id=1).first()) is None or read.head < head:
            time.sleep(0.1)
        time.sleep(5)
        _ready()

    def cpu(self) -> dict[str, float]:
        """Seconds of processor that each process used so far, its children's included; "bench" is this one."""
        used = {"bench": time.process_time()}
        for name, process in self._processes.items():
            times = [member.cpu_times() for member in (process, *process.children(recursive=True))]
            used[name] = sum(time.user + time.system for time in times)
        return used

    def memory(self) -> dict[str, float]:
        """MB that each process holds."""
        held = {}
        for name, process in self._processes.items():
            family = (process, *process.children(recursive=True))
            held[name] = sum(member.memory_info().rss for member in family) / 2**20
        return held

    def stored(self) -> dict[str, float]:
        """Bytes of the databases and of the journal."""
        sizes = {"journal": float(sum(path.stat().st_size for path in (self.home / "node").glob("journal*")))}
        for name, alias in (("outbox", "default"), ("read model", "readmodel")):
            with connections[alias].cursor() as cursor:
                cursor.execute("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()")
                sizes[name] = float(cursor.fetchone()[0])
        return sizes


@contextmanager
def small_city(say: Callable[[str], None]) -> Iterator[SmallCity]:
    """In settings.CITYCHAIN_HOME, which must be empty."""
    home = Path(settings.CITYCHAIN_HOME)
    say("preparing a small city")
    for database in ("default", "readmodel"):
        call_command("migrate", database=database, verbosity=0, interactive=False)
    signers = [Key(keccak(b"bench%d" % number)) for number in range(SIGNERS)]
    _write(home, signers)
    with ExitStack() as stack:
        processes = {}
        for name in PROCESSES:
            process = subprocess.Popen([sys.executable, "-m", "citychain", name, "run"], stderr=subprocess.DEVNULL)
            stack.callback(process.wait)
            stack.callback(process.terminate)
            processes[name] = psutil.Process(process.pid)
        yield SmallCity(home, _ready(), signers, processes)


def _write(home: Path, signers: list[Key]) -> None:
    keys = {name: load_or_create(home / "keys", name) for name in ("deployer", "bank", "batcher")}
    relayers = relayer_keys()
    start = int(time.time()) - 10 * 86_400
    rich = [*signers, *keys.values(), *relayers]
    make_genesis(home, accounts={key.address: 1_000 * ETHER for key in rich}, genesis_time=start)
    council = Council(home)
    with World(home) as world:
        world.at(start + 60)
        deploy(council.plan(), world.rpc, keys["deployer"])
        world.use(relayers)
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


def free_port() -> int:
    """A port that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def scratch_home() -> tempfile.TemporaryDirectory[str]:
    """A state folder for one run."""
    return tempfile.TemporaryDirectory(prefix="citychain-bench-")


def scratch_environment(home: str, **others: str) -> dict[str, str]:
    """This process's, but for what names an installation: a measurement must never reach a real one."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CITYCHAIN_", "DATABASE_"))}
    return {
        **kept,
        "CITYCHAIN_HOME": home,
        "CITYCHAIN_NODE_MODULES": str(settings.CITYCHAIN_NODE_MODULES),
        "CITYCHAIN_RPC_PORT": str(free_port()),
        "CITYCHAIN_LOG": "ERROR",
        **others,
    }
