"""Taking requests in: what is stored, and what is refused with which words."""

import pytest

from citychain.outbox import services
from citychain.outbox.models import Request

from .city import CUSTOMERS, City

pytestmark = pytest.mark.django_db(databases=["default", "readmodel"])
ALICE, BOB = CUSTOMERS[:2]


def test_submitted_request_is_stored_as_signed(city: City) -> None:
    request, signature = city.signed(ALICE)
    stored = services.submit(request, signature)
    stored.refresh_from_db()
    assert (stored.state, stored.signer, stored.nonce) == (Request.State.RECEIVED, ALICE.address, 0)
    assert stored.digest == "0x" + request.digest(city.book.domain).hex()
    assert (bytes(stored.data), bytes(stored.signature)) == (request.data, signature)
    assert [(event.state, event.detail) for event in stored.events.all()] == [("received", "Checked and stored.")]
