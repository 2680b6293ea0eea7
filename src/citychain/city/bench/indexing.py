"""From blocks to rows: a chain of transfers read into an empty read model, projections included, beside two peers.

The transfers are real ones of a bank's deposits, each a transaction of its own, read from the node's gate over HTTP.
"bare executemany" writes the same rows, already made, into the same tables and indexes in as many transactions, and so
does "COPY" in PostgreSQL. web3.py reads the same logs from the same gate and decodes them (`process_log`), and writes
nothing.
"""

import contextlib
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connections, transaction
from django.utils.translation import gettext_lazy as _
from web3 import Web3

from citychain.chain.artifacts import artifact
from citychain.chain.rpc import RpcError
from citychain.chain.transactions import sign_1559
from citychain.errors import Conflict
from citychain.indexer import postgresql
from citychain.indexer.engine import Indexer
from citychain.indexer.location import databases
from citychain.indexer.models import Progress
from citychain.indexer.rebuild import read_models
from citychain.indexer.tables import table
from citychain.money.bindings import Deposits
from citychain.money.models import Payment

from .rows import Row, row
from .small_city import SmallCity, small_city

ALIAS, BARE = "bench", "bench-bare"
TRANSFERS = 40_000
#: Logs that web3.py decodes, of all: it is slow, and each costs the same.
DECODED = 4_000
#: Transactions sent at once, and those of one signer that may wait.
AT_ONCE, MOST_WAITING = 500, 60


class NotEmpty(Conflict):
    code = "bench-database-not-empty"
    message = _("The database for the measurement holds a read model already. Name an empty one.")


def run(say: Callable[[str], None], runs: int, transfers: int = TRANSFERS, url: str = "") -> list[Row]:
    """Transfers indexed a second; into PostgreSQL too where `url` names an empty database, which it leaves empty."""
    with small_city(say) as city:
        say(f"making {transfers} transfers")
        make(city, transfers)
        city.settle()
        head = city.rpc.head().number
        ours, bare, library, served, copied = [], [], [], [], []
        for number in range(1, runs + 1):
            say(f"indexing, run {number} of {runs}")
            with read_database() as path:
                ours.append(index(city))
                bare.append(copy(path))
            library.append(decode(city, head))
            if url:
                with server_database(url):
                    served.append(index(city))
                    copied.append(copy_in())
    peers = {"bare executemany": bare, "web3.py process_log": library}
    what = f"{transfers:,} transfers indexed into SQLite"
    measured = [
        row(what, "transfers/s", ours, peers=peers, beside="bare executemany", goal=0.6),
        row(what, "transfers/s", [statistics.median(ours)], peers=peers, goal=100_000),
    ]
    if url:
        what = f"{transfers:,} transfers indexed into PostgreSQL"
        measured.append(row(what, "transfers/s", served, peers={"COPY": copied}, beside="COPY", goal=0.5))
    return measured


def make(city: SmallCity, transfers: int) -> None:
    """Sends them as raw transactions and waits until the last is in a block."""
    chain_id, signers = city.rpc.chain_id(), city.signers
    raws = [
        sign_1559(
            signers[number % len(signers)],
            chain_id=chain_id,
            nonce=number // len(signers),
            to=city.deposits,
            data=Deposits.transfer(to=signers[(number * 7 + 1) % len(signers)].address, value=1 + number % 99).data(),
            gas=100_000,
            max_fee=10**10,
            tip=10**6,
        ).raw
        for number in range(transfers)
    ]
    last = signers[(transfers - 1) % len(signers)].address
    for start in range(0, transfers, AT_ONCE):
        for answer in city.rpc.send_raw(raws[start : start + AT_ONCE]):
            if isinstance(answer, RpcError):
                raise answer
        while city.rpc.nonce(last, "pending") - city.rpc.nonce(last, "latest") > MOST_WAITING:
            time.sleep(0.05)
    while city.rpc.nonce(last, "latest") <= (transfers - 1) // len(signers):
        time.sleep(0.1)


@contextlib.contextmanager
def read_database() -> Iterator[Path]:
    """An empty read database in a file of its own, under ALIAS."""
    with tempfile.TemporaryDirectory(dir=settings.CITYCHAIN_HOME) as folder:
        like = databases("", Path(folder))["readmodel"]
        connections.settings[ALIAS] = {**connections["readmodel"].settings_dict, **like}
        call_command("migrate", database=ALIAS, verbosity=0, interactive=False, skip_checks=True)
        try:
            yield Path(like["NAME"])
        finally:
            connections[ALIAS].close()
            del connections[ALIAS]
            del connections.settings[ALIAS]


@contextlib.contextmanager
def server_database(url: str) -> Iterator[None]:
    """An empty read model in the database at `url`, under ALIAS; its schema goes at the end. Raises NotEmpty."""
    connections.settings[ALIAS] = connections.configure_settings(databases(url, Path()))["readmodel"]
    try:
        if not postgresql.empty(ALIAS):
            raise NotEmpty
        call_command("migrate", database=ALIAS, verbosity=0, interactive=False, skip_checks=True)
        try:
            yield
        finally:
            with connections[ALIAS].cursor() as cursor:
                cursor.execute(f"DROP SCHEMA {postgresql.schema(ALIAS)} CASCADE")
    finally:
        connections[ALIAS].close()
        del connections[ALIAS]
        del connections.settings[ALIAS]


def index(city: SmallCity) -> float:
    """Ours."""
    indexer = Indexer(city.rpc, city.book, ALIAS)
    started = time.perf_counter()
    while indexer.step():
        pass
    return Payment.objects.using(ALIAS).count() / (time.perf_counter() - started)


def copy(path: Path) -> float:
    """The rows of the read model at `path` into an empty one, by sqlite3's executemany alone."""
    blocks = Progress.objects.using(ALIAS).get(id=1).head + 1
    found = [table(model, connections[ALIAS]) for model in read_models()]
    with contextlib.closing(sqlite3.connect(path)) as full:
        rows = {one.label: full.execute(one.select_all).fetchall() for one in found}
    payments = rows[Payment._meta.label]
    target = path.with_name("bare.sqlite3")
    with contextlib.closing(sqlite3.connect(path)) as full, contextlib.closing(sqlite3.connect(target)) as empty:
        empty.execute("PRAGMA journal_mode=WAL")
        empty.execute("PRAGMA synchronous=NORMAL")
        for (made,) in full.execute("SELECT sql FROM sqlite_master WHERE sql NOT NULL AND name NOT LIKE 'sqlite_%'"):
            empty.execute(made)
        some = max(1, len(payments) // blocks)
        started = time.perf_counter()
        for one in found:
            mine = rows[one.label]
            for start in range(0, len(mine), some):
                empty.executemany(one.insert.replace("%s", "?"), mine[start : start + some])
                empty.commit()
        return len(payments) / (time.perf_counter() - started)


def copy_in() -> float:
    """The rows of the read model into an empty one beside it, by COPY alone."""
    blocks = Progress.objects.using(ALIAS).get(id=1).head + 1
    found = {model._meta.db_table: table(model, connections[ALIAS]) for model in read_models()}
    rows = {}
    for name, one in found.items():
        with connections[ALIAS].cursor() as cursor:
            cursor.execute(one.select_all)
            rows[name] = cursor.fetchall()
    payments = rows[Payment._meta.db_table]
    some = max(1, len(payments) // blocks)
    with postgresql.copy(ALIAS, BARE):
        call_command("migrate", database=BARE, verbosity=0, interactive=False, skip_checks=True)
        started = time.perf_counter()
        for name, one in found.items():
            for start in range(0, len(rows[name]), some):
                with (
                    transaction.atomic(using=BARE),
                    connections[BARE].cursor() as cursor,
                    cursor.copy(f"COPY {name} ({', '.join(one.columns)}) FROM STDIN") as copying,
                ):
                    for each in rows[name][start : start + some]:
                        copying.write_row(each)
        return len(payments) / (time.perf_counter() - started)


def decode(city: SmallCity, last: int) -> float:
    """web3.py, with logs of the newest transfers up to block `last`."""
    web3 = Web3(Web3.HTTPProvider(settings.CITYCHAIN_RPC_URL))
    contract: Any = web3.eth.contract(address=Web3.to_checksum_address(city.deposits), abi=artifact("Deposits").abi)
    started, count = time.perf_counter(), 0
    while count < DECODED and last > 0:
        first = max(1, last - 1)
        logs = web3.eth.get_logs(
            {"address": contract.address, "fromBlock": first, "toBlock": last, "topics": [Deposits.Transfer.topic]}
        )
        count += len([contract.events.Transfer().process_log(log) for log in logs])
        last = first - 1
    return count / (time.perf_counter() - started)
