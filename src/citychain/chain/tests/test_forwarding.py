"""A signature is valid in one city alone."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from citychain.chain import clock
from citychain.chain.addressbook import AddressBook
from citychain.chain.artifacts import bindings
from citychain.chain.bindings import Forwarder
from citychain.chain.deploy import deploy
from citychain.chain.errors import WrongNonce, WrongSignature
from citychain.chain.forwarding import CancelRequest, Domain, ForwardRequest
from citychain.chain.plan import Plan
from citychain.chain.rpc import Rpc
from citychain.chain.sending import transact

from .conftest import DEPLOYER, ETHER, key, running_node

TENANT, STRANGER = key(51), key(52)


@pytest.fixture
def second() -> Iterator[Rpc]:
    """Another chain, as `make reset` would begin it: same keys, another chain id."""
    yield from running_node(chain_id=7_654_322)


def request_to(book: AddressBook, deadline: int = 900) -> ForwardRequest:
    data = bindings("Deposits").transfer(to=STRANGER.address, value=1).data()
    return ForwardRequest(TENANT.address, book.address("Titles"), 100_000, 0, clock.now() + deadline, data)


def signed(request: ForwardRequest, domain: Domain) -> Forwarder.execute:
    return Forwarder.execute(
        request=Forwarder.ForwardRequestData(
            from_=request.sender,
            to=request.to,
            value=0,
            gas=request.gas,
            nonce=request.nonce,
            deadline=request.deadline,
            data=request.data,
            signature=TENANT.sign(request.digest(domain)),
        )
    )


def executed(rpc: Rpc, forwarder: str, since: int) -> list[Forwarder.RequestExecuted]:
    logs = rpc.logs(since, rpc.head().number, [forwarder])
    return [Forwarder.RequestExecuted.decode(log.topics, log.data) for log in logs]


def test_digest_is_the_forwarders_and_the_event_names_it(rpc: Rpc, home: Path, plan: Plan) -> None:
    book = deploy(plan, rpc, DEPLOYER)
    request, since = request_to(book), rpc.head().number + 1
    call = signed(request, book.domain)
    digest = "0x" + request.digest(book.domain).hex()
    assert rpc.view(book.address("Forwarder"), Forwarder.digestOf(request=call.request)) == digest
    transact(rpc, DEPLOYER, book.address("Forwarder"), call.data())
    assert [(event.digest, event.signer) for event in executed(rpc, book.address("Forwarder"), since)] == [
        (digest, TENANT.address)
    ]
    with pytest.raises(WrongNonce):
        transact(rpc, DEPLOYER, book.address("Forwarder"), call.data())


def test_signature_of_one_city_is_refused_by_every_other(rpc: Rpc, second: Rpc, home: Path, plan: Plan) -> None:
    first_book = deploy(plan, rpc, DEPLOYER)
    AddressBook.path().unlink()
    reset_book = deploy(plan, second, DEPLOYER)
    assert reset_book.address("Forwarder") == first_book.address("Forwarder")  # so only the chain id tells them apart
    AddressBook.path().unlink()
    rpc.call("anvil_setBalance", STRANGER.address, hex(1000 * ETHER))
    beside_book = deploy(plan, rpc, STRANGER)
    request = request_to(first_book)
    for node, book in ((second, reset_book), (rpc, beside_book)):
        assert book.domain != first_book.domain
        with pytest.raises(WrongSignature):
            transact(node, DEPLOYER, book.address("Forwarder"), signed(request, first_book.domain).data())


def test_cancelling_spends_the_nonce(rpc: Rpc, home: Path, plan: Plan) -> None:
    book = deploy(plan, rpc, DEPLOYER)
    cancellation = CancelRequest(TENANT.address, 0)
    signature = TENANT.sign(cancellation.digest(book.domain))
    call = Forwarder.cancel(from_=TENANT.address, nonce=0, signature_=signature)
    transact(rpc, DEPLOYER, book.address("Forwarder"), call.data())
    assert rpc.view(book.address("Forwarder"), Forwarder.nonces(owner=TENANT.address)) == 1
    with pytest.raises(WrongNonce):
        transact(rpc, DEPLOYER, book.address("Forwarder"), signed(request_to(book), book.domain).data())
