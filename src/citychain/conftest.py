"""What every test has: the installation's language and the wall clock, whatever the test before left. And what tests of
several parts stand on: read databases of their own, and a city with every kind of institution."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from django.conf import settings as installation
from django.utils import translation

from citychain.chain import clock
from citychain.chain.rpc import _shared, connect
from citychain.identity.tests.district import District
from citychain.identity.tests.replay import Replay
from citychain.indexer.tests.engines import engine, migrated, new_database, postgresql  # noqa: F401 - fixtures
from citychain.outbox.tests.city import running
from citychain.outbox.tests.conftest import Workers
from citychain.renting.listings import board

# How long an example takes says more about the machine's load than about the code. A run is the same everywhere;
# `pytest --hypothesis-profile=explore` looks for examples that nobody has seen.
hypothesis.settings.register_profile("explore", deadline=None)
hypothesis.settings.register_profile("city", deadline=None, derandomize=True)
hypothesis.settings.load_profile("city")


@pytest.fixture(autouse=True)
def wall_clock() -> Iterator[None]:
    """No test leaves its simulated time or its board of offers to the next one."""
    yield
    clock.simulate(None)
    board.forget()


@pytest.fixture(autouse=True)
def language() -> Iterator[None]:
    with translation.override(installation.LANGUAGE_CODE):
        yield


@pytest.fixture(scope="session")
def whole_district() -> Iterator[District]:
    with running(District) as district:
        yield district


@pytest.fixture
def district(whole_district: District, settings: Any, tmp_path: Path) -> Iterator[District]:
    """Each test begins at the same block."""
    settings.CITYCHAIN_RPC_URL = whole_district.rpc.url
    settings.CITYCHAIN_HOME = tmp_path
    whole_district.book.save()
    snapshot = whole_district.rpc.call("evm_snapshot")
    yield whole_district
    whole_district.rpc.call("anvil_dropAllTransactions")
    whole_district.rpc.call("evm_revert", snapshot)
    whole_district.set_clock()
    settings.CITYCHAIN_RPC_URL = whole_district.rpc.url
    connect().close()
    _shared.cache_clear()


@pytest.fixture
def workers(district: District) -> Workers:
    """The district's indexer and relayer, driven by hand."""
    return Workers(district)


@pytest.fixture
def replay(district: District, new_database: Callable[[], str]) -> Replay:  # noqa: F811
    return Replay(district, new_database)
