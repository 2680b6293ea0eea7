"""Loads the demonstration city into an empty state folder: `citychain sandbox load`, and the first `citychain up`.

All or nothing: what an interrupted load left is removed and the load starts over, because nobody can have used it yet.
"""

import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.utils.translation import gettext_lazy as _

from citychain.chain import clock
from citychain.chain.keystore import load_or_create
from citychain.errors import Conflict
from citychain.identity import shared
from citychain.identity.errors import NotASandbox
from citychain.identity.models import Institution, Persona
from citychain.indexer import postgresql
from citychain.money.models import Payment
from citychain.network.genesis import make_genesis
from citychain.outbox.accounts import relayer_keys
from citychain.renting.models import Title

from . import history, leases, listings
from .council import Council, add_contracts, deploy_city
from .world import World

#: The year and a bit of history lies before today.
GENESIS_DAYS = 400
ETHER = 10**18
#: What a load makes; removed when one was interrupted.
PARTS = ("node", "keys", "addresses.json", "deployment.json")


class AlreadyLoaded(Conflict):
    code = "sandbox-already-loaded"
    message = _("The demonstration city is loaded already. To begin again: make reset")


class DatabaseTaken(Conflict):
    code = "database-taken"
    message = _(
        "The database that DATABASE_URL names holds a city already (schema {schema}). Name another one, or set it aside"
        " with: citychain reset"
    )


def _marker() -> Path:
    return Path(settings.CITYCHAIN_HOME) / "sandbox.json"


def loaded() -> bool:
    """Whether a demonstration city was loaded completely."""
    return _marker().exists()


def load(progress: Callable[[int, str], None]) -> dict[str, int]:
    """Writes the whole history; `progress` takes percent and words. Returns what was made.

    Raises AlreadyLoaded, NotASandbox, Stuck, and what the parts raise.
    """
    if not settings.CITYCHAIN_SANDBOX:
        raise NotASandbox()
    if loaded():
        raise AlreadyLoaded()
    started = time.monotonic()
    home = Path(settings.CITYCHAIN_HOME)
    _clear(home)
    progress(0, "preparing")
    for database in ("default", "readmodel"):
        call_command("migrate", database=database, verbosity=0, interactive=False)
    deployer, relayers = load_or_create(home / "keys", "deployer"), relayer_keys()
    start = int(time.time()) - GENESIS_DAYS * history.DAY
    make_genesis(home, accounts={key.address: 1_000 * ETHER for key in (deployer, *relayers)}, genesis_time=start)
    with World(home) as world:
        world.at(start + history.DAY // 2)
        progress(2, "deploying contracts")
        council = Council(home, history.make_officers(), history.make_guardian())
        deploy_city(world, deployer, council)
        world.use(relayers)
        story = history.Story(world, start)
        progress(6, "accrediting institutions")
        history.make_cast(story)
        history.accredit(story, council.requester(world))
        progress(9, "the council lets contracts in")
        add_contracts(council, story, deployer)
        progress(12, "opening accounts")
        history.open_accounts(story)
        history.opening_balances(story)
        history.live(
            story,
            lambda percent, words: progress(16 + percent * 80 // 100, words),
            history.together(leases.happenings(), listings.happenings()),
        )
        shared.ask(world.book.address("Council"), world.rpc)
        progress(97, "today")
        _today(world)
    made = _count()
    _marker().write_text(json.dumps({"simulated": True, "seconds": round(time.monotonic() - started, 1), **made}))
    progress(100, "done")
    return made


def _today(world: World) -> None:
    """One block at the present time, read by the indexer; then a snapshot, so that the next start is quick."""
    world.miner.stop()
    clock.simulate(None)
    world.node.mine()
    while world.indexer.step():
        pass
    world.node.snapshot()


def _clear(home: Path) -> None:
    """What is in a database server is never deleted: it may be another city's."""
    for alias in ("default", "readmodel"):
        if connections[alias].vendor == "postgresql" and not postgresql.empty(alias):
            raise DatabaseTaken(schema=postgresql.schema(alias))
    for name in PARTS:
        path = home / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    connections.close_all()
    for path in home.glob("*.sqlite3*"):
        path.unlink()


def _count() -> dict[str, int]:
    return {
        "institutions": Institution.objects.count(),
        "personas": Persona.objects.count(),
        "titles": Title.objects.count(),
        "payments": Payment.objects.count(),
    }
