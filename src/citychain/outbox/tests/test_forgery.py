"""What a thief can't do: with a signature that he saw, with the key of a wallet's officer, with the relayer's own key.

Each forgery is tried twice: handed in like any request, and put on the chain by the relayer's account, past all checks
of ours. Nothing moves and no nonce is spent.
"""

import time
from collections.abc import Callable

import msgspec
import pytest

from citychain.chain.bindings import Forwarder
from citychain.chain.council import wallet_signature
from citychain.chain.forwarding import CancelRequest, Domain, ForwardRequest
from citychain.chain.keys import HALF_ORDER
from citychain.chain.transactions import sign_1559
from citychain.errors import CityError
from citychain.outbox import services
from citychain.outbox.models import Executed, Request

from .city import CUSTOMERS, FIRST_BALANCE, OFFICERS, RELAYER, STRANGER, City
from .conftest import Workers

pytestmark = pytest.mark.django_db(databases=["default", "readmodel"])
ALICE, BOB, CAROL = CUSTOMERS[:3]
ORDER = 2 * HALF_ORDER + 1
Signed = tuple[ForwardRequest, bytes]


def altered(field: str, city: City) -> Signed:
    request, signature = city.signed(ALICE, city.transfer(7, BOB))
    changes = {
        "sender": CAROL.address,
        "to": city.forwarder,
        "gas": request.gas - 1,
        "nonce": request.nonce + 1,
        "deadline": request.deadline + 1,
        "data": city.transfer(8, BOB).data(),
    }
    return msgspec.structs.replace(request, **{field: changes[field]}), signature


def other_domain(city: City, chain_id: int, forwarder: str) -> Signed:
    request = city.request(ALICE.address, city.transfer(7, BOB))
    return request, ALICE.sign(request.digest(Domain(chain_id, forwarder)))


def twin(city: City) -> Signed:
    """The malleable twin: the other s, which fits the same key (EIP-2)."""
    request, signature = city.signed(ALICE, city.transfer(7, BOB))
    s = ORDER - int.from_bytes(signature[32:64], "big")
    return request, signature[:32] + s.to_bytes(32, "big") + bytes((55 - signature[64],))


def compact(city: City) -> Signed:
    """The same signature in 64 bytes (EIP-2098)."""
    request, signature = city.signed(ALICE, city.transfer(7, BOB))
    s = int.from_bytes(signature[32:64], "big") | (signature[64] - 27) << 255
    return request, signature[:32] + s.to_bytes(32, "big")


def by(city: City, forger: int) -> Signed:
    request = city.request(ALICE.address, city.transfer(7, BOB))
    return request, city.sign(request, (RELAYER, STRANGER)[forger])


def wallet(city: City, *officers: int, digest_of: int | None = None, wallet: str = "") -> Signed:
    request = city.request(city.wallet, city.transfer(7, BOB))
    about = request if digest_of is None else city.request(city.wallet, city.transfer(digest_of, BOB))
    digest = about.digest(city.book.domain)
    signing = [OFFICERS[number] for number in officers]
    return request, wallet_signature(city.book.chain_id, wallet or city.wallet, digest, signing)


FORGERIES: dict[str, Callable[[City], Signed]] = {
    **{f"altered {field}": lambda city, field=field: altered(field, city)  # type: ignore[misc]
       for field in ("sender", "to", "gas", "nonce", "deadline", "data")},
    "another chain": lambda city: other_domain(city, city.book.chain_id + 1, city.forwarder),
    "another forwarder": lambda city: other_domain(city, city.book.chain_id, city.deposits),
    "high s": twin,
    "64 bytes": compact,
    "by the relayer": lambda city: by(city, 0),
    "by a stranger": lambda city: by(city, 1),
    "nothing": lambda city: (city.request(ALICE.address, city.transfer(7, BOB)), bytes(65)),
    "one officer of two": lambda city: wallet(city, 0),
    "one officer twice": lambda city: wallet(city, 0, 0),
    "officers about another request": lambda city: wallet(city, 0, 1, digest_of=8),
    "officers of another wallet": lambda city: wallet(city, 0, 1, wallet=BOB.address),
}  # fmt: skip


@pytest.mark.parametrize("name", FORGERIES)
def test_forgery_is_refused_and_moves_nothing_on_the_chain(city: City, workers: Workers, name: str) -> None:
    forged = FORGERIES[name](city)
    with pytest.raises(CityError) as caught:
        services.submit(*forged)
    assert (400 <= caught.value.status < 410, Request.objects.count()) == (True, 0)
    city.execute(RELAYER, forged)
    workers.read()
    assert [city.spent(account) for account in (ALICE.address, CAROL.address, city.wallet)] == [0, 0, 0]
    assert (city.balance(BOB.address), Executed.objects.count()) == (FIRST_BALANCE, 0)


def test_replayed_request_runs_once(city: City, workers: Workers) -> None:
    signed = city.signed(ALICE, city.transfer(7, BOB))
    request = services.submit(*signed)
    workers.block()
    workers.finalise()
    assert services.submit(*signed).id == request.id
    for sender in (RELAYER, STRANGER, RELAYER):
        city.execute(sender, signed, signed)
    assert (city.spent(ALICE.address), city.balance(BOB.address)) == (1, FIRST_BALANCE + 7)


def test_expired_request_does_nothing_and_stays_out(city: City, workers: Workers) -> None:
    deadline = int(time.time()) + 60
    signed = city.signed(ALICE, city.transfer(7, BOB), deadline=deadline)
    city.mine(time=deadline + 1)
    city.execute(RELAYER, signed)
    workers.read()
    assert city.balance(BOB.address) == FIRST_BALANCE
    assert list(Executed.objects.values_list("signer", "nonce", "success")) == [(ALICE.address, 0, False)]
    with pytest.raises(CityError) as caught:
        services.submit(*city.signed(ALICE, deadline=int(time.time()) - 1))
    assert caught.value.code == "deadline-out-of-range"


# --- the relayer's key in a thief's hands ----------------------------------------------------------------------------


def test_stolen_relayer_key_cancels_nothing(city: City) -> None:
    digest = CancelRequest(ALICE.address, 0).digest(city.book.domain)
    for signature in (RELAYER.sign(digest), STRANGER.sign(digest), bytes(65)):
        call = Forwarder.cancel(from_=ALICE.address, nonce=0, signature_=signature)
        city.send(RELAYER, city.forwarder, call.data())
        city.mine()
    assert city.spent(ALICE.address) == 0


def test_stolen_relayer_key_speaks_for_nobody(city: City) -> None:
    """The signer behind the calldata (ERC-2771) counts only from the forwarder."""
    city.send(RELAYER, city.deposits, city.transfer(7, BOB).data() + bytes.fromhex(ALICE.address[2:]))
    city.mine()
    assert (city.balance(ALICE.address), city.balance(BOB.address)) == (FIRST_BALANCE, FIRST_BALANCE)


def test_stolen_relayer_key_can_only_order_and_delay(city: City, workers: Workers) -> None:
    """A thief puts later requests first: they do not run, and the signer's own order stays. Of several signers' he may
    choose the order."""
    first = city.signed(ALICE, city.transfer(1, BOB), nonce=0)
    second = city.signed(ALICE, city.transfer(2, BOB), nonce=1)
    city.execute(RELAYER, second, city.signed(CAROL, city.transfer(4, BOB)), first)
    assert (city.spent(ALICE.address), city.spent(CAROL.address)) == (1, 1)
    assert city.balance(BOB.address) == FIRST_BALANCE + 5


def test_starved_request_spends_nothing(city: City) -> None:
    """Sent with too little gas, a whole batch reverts: nobody's call fails for want of gas with its nonce spent."""
    request, signature = city.signed(ALICE, city.transfer(7, BOB))
    data = Forwarder.ForwardRequestData(
        request.sender, request.to, 0, request.gas, request.nonce, request.deadline, request.data, signature
    )
    fields = {"gas": 150_000, "max_fee": 10**11, "tip": 1, "nonce": city.rpc.nonce(RELAYER.address)}
    made = sign_1559(
        RELAYER,
        chain_id=city.book.chain_id,
        to=city.forwarder,
        data=Forwarder.executeBatch(requests=[data]).data(),
        **fields,
    )
    city.rpc.send_raw([made.raw])
    city.mine()
    receipt = city.rpc.receipt(made.hash)
    assert receipt is not None and receipt["status"] == "0x0"
    assert city.spent(ALICE.address) == 0


def test_signers_go_directly_while_the_relayer_is_silent(city: City, workers: Workers) -> None:
    city.rpc.call("anvil_setBalance", ALICE.address, hex(10**20))
    signed = city.signed(ALICE, city.transfer(1, BOB))
    request = services.submit(*signed)
    city.execute(ALICE, signed)
    city.act(ALICE, city.deposits, city.transfer(2, BOB))
    assert city.balance(BOB.address) == FIRST_BALANCE + 3
    workers.read()
    workers.relay()
    workers.finalise()
    request.refresh_from_db()
    assert request.state == "final"
