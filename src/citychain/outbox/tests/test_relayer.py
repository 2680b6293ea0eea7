"""From received to final, rejected or expired, on a real node."""

import pytest

from citychain.outbox import services
from citychain.outbox.models import Request

from .city import CUSTOMERS, FIRST_BALANCE, City
from .conftest import Workers

pytestmark = pytest.mark.django_db(databases=["default", "readmodel"])
ALICE, BOB = CUSTOMERS[:2]


def states(*requests: Request) -> list[str]:
    for request in requests:
        request.refresh_from_db()
    return [request.state for request in requests]


def test_request_goes_from_received_to_final(city: City, workers: Workers) -> None:
    request = services.submit(*city.signed(ALICE, city.transfer(7, BOB)))
    workers.relay()
    assert states(request) == ["sent"]
    workers.block()
    assert states(request) == ["included"]
    workers.finalise()
    assert states(request) == ["final"]
    assert [event.code for event in request.events.all()] == ["accepted", "sent", "included", "final"]
    assert city.balance(BOB.address) == FIRST_BALANCE + 7
