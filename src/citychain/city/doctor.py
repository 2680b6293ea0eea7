"""Looks at a machine and an installation, and says what to mend. Changes nothing."""

import os
import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from django.conf import settings
from django.db import DatabaseError, connections
from django.db.migrations.executor import MigrationExecutor
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from citychain.chain import clock
from citychain.chain.addressbook import AddressBook
from citychain.chain.deployed import check_deployment
from citychain.chain.rpc import RpcError, connect
from citychain.errors import CityError
from citychain.indexer import postgresql
from citychain.indexer import queries as index
from citychain.network.anvil import program
from citychain.portal import assets
from citychain.portal.incidents import incident

from . import supervision

#: Seconds that the newest block may lie ahead of this machine's clock.
CLOCK_SECONDS = 15
OLDEST, NEWEST = (3, 11), (3, 13)


@dataclass(frozen=True)
class Finding:
    """One thing looked at. `bad` needs a hand; `wait` is no fault but keeps something from being looked at."""

    name: str
    state: Literal["good", "wait", "bad"]
    words: str | Promise
    remedy: str | Promise = ""


def examine() -> list[Finding]:
    """Everything, in the order in which things depend on each other."""
    return [finding for look in LOOKS for finding in _safely(look)]


def _safely(look: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    """A look that fails is a finding too: what it says is what an operator would meet."""
    try:
        yield from look()
    except (CityError, RpcError, DatabaseError, OSError) as problem:
        yield Finding(look.__name__, "bad", str(problem))


def python() -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    if OLDEST <= sys.version_info[:2] <= NEWEST:
        yield Finding("python", "good", version)
    else:
        yield Finding("python", "bad", version, _("Install Python 3.11, 3.12 or 3.13 and run: make install"))


def programs() -> Iterator[Finding]:
    yield Finding("node program", "good", str(program()))
    assets.url("app.js")
    yield Finding("portal files", "good", _("built"))


def folder() -> Iterator[Finding]:
    home = supervision.check_home()
    free = shutil.disk_usage(home).free // 2**20
    yield Finding("state folder", "good", _("{home}, {free} MB free").format(home=home, free=free))
    for path in (
        home / "keys",
        *sorted((home / "keys").glob("*")),
        *sorted((home / "vault").glob("*")),
        home / "secret",
    ):
        if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077:
            yield Finding(
                "keys", "bad", _("others on this machine may read {path}").format(path=path), f"chmod go= {path}"
            )


def ports() -> Iterator[Finding]:
    if supervision.running() is None:
        supervision.check_ports()
        yield Finding("ports", "good", _("free"))


def databases() -> Iterator[Finding]:
    for alias in ("default", "readmodel"):
        if not _exists(alias):
            yield Finding("databases", "wait", _("not made yet"), "make up")
            return
        executor = MigrationExecutor(connections[alias])
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            yield Finding(
                "databases", "bad", _("older than the program"), _("Restart the city: it brings them up to date")
            )
            return
    where = "PostgreSQL" if connections["default"].vendor == "postgresql" else "SQLite"
    yield Finding("databases", "good", _("{where}, as the program expects").format(where=where))


def _exists(alias: str) -> bool:
    connection = connections[alias]
    if connection.vendor == "postgresql":
        return not postgresql.empty(alias)
    return Path(connection.settings_dict["NAME"]).exists()


def workers() -> Iterator[Finding]:
    if supervision.running() is None:
        yield Finding("workers", "wait", _("the city is not running"), "make up")
        return
    missing = [name for name, process in supervision.workers().items() if process is None]
    if missing:
        words = _("not running: {names}").format(names=", ".join(missing))
        logs = settings.CITYCHAIN_HOME / "logs"
        yield Finding("workers", "bad", words, _("Read the end of their logs in {logs}").format(logs=logs))
    else:
        yield Finding("workers", "good", _("all running"))


def chain() -> Iterator[Finding]:
    if supervision.running() is None and not os.environ.get("CITYCHAIN_RPC_URL"):
        return
    rpc = connect()
    head = rpc.head()
    yield Finding("node", "good", _("answers, block {number}").format(number=head.number))
    ahead = head.time - clock.now()
    if ahead > CLOCK_SECONDS:
        words = _("{seconds} s behind the newest block").format(seconds=ahead)
        yield Finding("clock", "bad", words, _("Set this machine's clock; the node waits until it has caught up"))
    else:
        yield Finding("clock", "good", _("fits the newest block"))
    check_deployment(AddressBook.load(), rpc)
    yield Finding("contracts", "good", _("what runs is what was deployed"))
    seen = index.head()
    if seen.unwitnessed is not None:
        words = _("block {number} was read without a second member").format(number=seen.unwitnessed)
        yield Finding("witness", "wait", words, _("When it answers again, compare: citychain rebuild --check"))
    trouble = incident(seen)
    if trouble is None:
        yield Finding("record", "good", _("read up to now"))
    else:
        remedy = _("See “When something stops” in docs/operations.md")
        yield Finding("record", "bad", f"{trouble.kind}, {trouble.since}", remedy)


LOOKS = (python, programs, folder, ports, databases, workers, chain)
