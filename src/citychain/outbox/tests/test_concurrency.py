"""Submissions at once, in threads, where the database lets more than one write at a time (PostgreSQL)."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connections

from citychain.chain.rpc import connect
from citychain.errors import CityError
from citychain.outbox import services
from citychain.outbox.models import Request, RequestEvent

from .city import CUSTOMERS, GAS, City

pytestmark = [
    pytest.mark.django_db(databases=["default", "readmodel"], transaction=True),
    pytest.mark.parametrize("engine", ["postgresql"], indirect=True),
]
ALICE = CUSTOMERS[0]


@pytest.fixture
def at_once() -> Iterator[Callable[..., list[Any]]]:
    """Calls each function in a thread of its own, all at one moment; what each returned or raised."""

    def run(*functions: Callable[[], Any]) -> list[Any]:
        barrier = threading.Barrier(len(functions))
        outcomes: list[Any] = [None] * len(functions)

        def call(place: int) -> None:
            try:
                barrier.wait(30)
                outcomes[place] = functions[place]()
            except Exception as problem:
                outcomes[place] = problem
            finally:
                connections.close_all()

        connect()  # the client that all share is made by one of them
        threads = [threading.Thread(target=call, args=(place,)) for place in range(len(functions))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        return outcomes

    yield run


def test_batches_in_opposite_orders_are_stored_once(city: City, at_once: Callable[..., list[Any]]) -> None:
    signed = [city.signed(customer, city.transfer(n + 1), nonce=n) for customer in CUSTOMERS for n in range(5)]
    turned = [pair for customer in reversed(CUSTOMERS) for pair in signed if pair[0].sender == customer.address]
    one, other = at_once(lambda: services.submit_many(signed), lambda: services.submit_many(turned))
    stored = {request.digest: request.id for request in Request.objects.all()}
    assert len(stored) == len(signed)
    assert {request.digest: request.id for request in one} == stored
    assert {request.digest: request.id for request in other} == stored
    assert RequestEvent.objects.count() == len(signed)


def test_of_many_requests_for_one_nonce_exactly_one_is_accepted(city: City, at_once: Callable[..., list[Any]]) -> None:
    signed = [city.signed(ALICE, city.transfer(value), nonce=0) for value in range(1, 9)]
    outcomes = at_once(*(lambda pair=pair: services.submit(*pair) for pair in signed))
    assert sorted(_told(outcome) for outcome in outcomes) == ["received", *["wrong-nonce"] * 7]
    assert Request.objects.count() == 1


def test_of_many_requests_with_one_key_exactly_one_is_accepted(city: City, at_once: Callable[..., list[Any]]) -> None:
    same = city.signed(ALICE, city.transfer(1), nonce=0)
    another = city.signed(ALICE, city.transfer(2), nonce=0, gas=GAS - 1)
    pairs = [same, another, same, same]
    outcomes = at_once(*(lambda pair=pair: services.submit(*pair, key="k") for pair in pairs))
    told = [_told(outcome) for outcome in outcomes]
    assert told in (["received", "key-reused", "received", "received"], ["key-reused", "received", *["key-reused"] * 2])
    assert Request.objects.count() == 1


def _told(outcome: Any) -> str:
    return outcome.code if isinstance(outcome, CityError) else str(getattr(outcome, "state", repr(outcome)))
