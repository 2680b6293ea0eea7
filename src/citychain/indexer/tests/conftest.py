"""Real nodes."""

from collections.abc import Callable, Iterator

import pytest

from .chain import Chain, running


@pytest.fixture
def chain() -> Iterator[Chain]:
    with running() as chain:
        yield chain


@pytest.fixture
def alias(new_database: Callable[[], str]) -> str:
    return new_database()
