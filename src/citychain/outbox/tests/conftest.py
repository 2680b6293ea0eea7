"""A small city on a real node, one for the session; each test begins at the same block with empty databases."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from citychain.chain.rpc import _shared, connect
from citychain.indexer.engine import Indexer
from citychain.outbox.relayer import Relayer

from .city import RELAYER, City, running


@pytest.fixture(scope="session")
def whole_city() -> Iterator[City]:
    with running(City) as city:
        yield city


@pytest.fixture
def chain(whole_city: City, settings: Any, tmp_path: Path) -> Iterator[City]:
    """The chain's side alone."""
    settings.CITYCHAIN_RPC_URL = whole_city.rpc.url
    settings.CITYCHAIN_HOME = tmp_path
    whole_city.book.save()
    snapshot = whole_city.rpc.call("evm_snapshot")
    yield whole_city
    whole_city.rpc.call("anvil_dropAllTransactions")
    whole_city.rpc.call("evm_revert", snapshot)
    whole_city.set_clock()
    settings.CITYCHAIN_RPC_URL = whole_city.rpc.url
    connect().close()
    _shared.cache_clear()


@pytest.fixture
def city(engine: str, chain: City, db: Any) -> City:
    return chain


class Workers:
    """Indexer and relayer, driven by hand."""

    def __init__(self, city: City) -> None:
        self.city = city
        self.indexer = Indexer(city.rpc, city.book)
        self.relayer = Relayer(city.rpc, city.book, [RELAYER], age=0)

    def read(self) -> None:
        while self.indexer.step():
            pass

    def relay(self) -> None:
        while self.relayer.step():
            pass

    def block(self, **mining: Any) -> None:
        """Sends what waits, mines one block, reads it, settles."""
        self.relay()
        self.city.mine(**mining)
        self.read()
        self.relay()

    def finalise(self) -> None:
        self.city.finalise()
        self.read()
        self.relay()


@pytest.fixture
def workers(city: City) -> Workers:
    return Workers(city)
