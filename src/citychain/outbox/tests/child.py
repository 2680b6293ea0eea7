"""A process of its own on a state folder: ``python child.py JOB ARGUMENT``, for tests that kill or race it.

submit N            submits N requests, three of each customer
relay POINT         steps the relayer, killed (SIGKILL) when it reaches the point: see POINTS
doze POINT          steps the relayer, which stops itself (SIGSTOP) at the point, see DOZES; prints why it ends then
finish              runs indexer and relayer until nothing is live, mining; prints states and balances
race VALUE          says ready, waits for a line, submits a transfer with nonce 0; prints what came of it
"""

import json
import os
import signal
import sys
import time
from collections import Counter
from typing import Any

import django

django.setup()

from citychain.chain.addressbook import AddressBook  # noqa: E402 - Django comes first
from citychain.chain.artifacts import bindings  # noqa: E402
from citychain.chain.bindings import Authority  # noqa: E402
from citychain.chain.forwarding import ForwardRequest  # noqa: E402
from citychain.chain.rpc import Rpc, connect  # noqa: E402
from citychain.chain.sending import transact  # noqa: E402
from citychain.errors import CityError  # noqa: E402
from citychain.indexer.engine import Indexer  # noqa: E402
from citychain.outbox import batches, following, lane, relayer, returns, services, settlement, story  # noqa: E402
from citychain.outbox.models import Executed, RelayTransaction, Request, RequestEvent  # noqa: E402
from citychain.outbox.relayer import Relayer  # noqa: E402
from citychain.outbox.tests.city import CUSTOMERS, DEPLOYER, GAS, RELAYER, RELAYER_2  # noqa: E402

LAG = 2
LANES = [RELAYER, RELAYER_2]


def die(*_: Any, **__: Any) -> Any:
    os.kill(os.getpid(), signal.SIGKILL)


def signed(book: AddressBook, number: int, nonce: int, value: int) -> tuple[ForwardRequest, bytes]:
    data = bindings("Deposits").transfer(to=CUSTOMERS[-1].address, value=value).data()
    deadline = int(time.time()) + 900
    request = ForwardRequest(CUSTOMERS[number].address, book.address("Deposits"), GAS, nonce, deadline, data)
    return request, CUSTOMERS[number].sign(request.digest(book.domain))


def submit(count: int) -> None:
    book = AddressBook.load()
    results = services.submit_many([signed(book, n // 3, n % 3, n + 1) for n in range(count)])
    assert all(isinstance(result, Request) for result in results), results


def mine(rpc: Rpc, indexer: Indexer) -> None:
    rpc.call("evm_mine")
    while indexer.step():
        pass


def relay(point: str) -> None:
    rpc, book = connect(), AddressBook.load()
    worker, indexer = Relayer(rpc, book, LANES, age=0), Indexer(rpc, book)
    while indexer.step():
        pass
    if point in BEFORE_SENDING:
        POINTS[point]()
    if point == "skipped":
        switch_off = Authority.setTarget(target=book.address("Deposits"), registered=False)
        transact(rpc, DEPLOYER, book.address("Authority"), switch_off.data(), lambda: mine(rpc, indexer))
    while worker.step():
        pass
    if point in PASSED_BY:
        POINTS[point]()
        rpc.call("evm_setBlockGasLimit", hex(40_000))
        for _ in range(following.STUCK_BLOCKS):
            mine(rpc, indexer)
            worker.step()
    mine(rpc, indexer)
    POINTS[point]()
    for _ in range(LAG + 1):
        while worker.step():
            pass
        mine(rpc, indexer)
    raise SystemExit(f"{point} was not reached")


def finish() -> None:
    rpc, book = connect(), AddressBook.load()
    worker, indexer = Relayer(rpc, book, LANES, age=0), Indexer(rpc, book)
    for _ in range(20):
        while worker.step():
            pass
        if not Request.objects.filter(state__in=Request.LIVE).exists():
            break
        mine(rpc, indexer)
        time.sleep(0.3)
    stories = Counter(
        tuple(RequestEvent.objects.filter(request=request).order_by("id").values_list("state", flat=True))
        for request in Request.objects.all()
    )
    balance = rpc.view(book.address("Deposits"), bindings("Deposits").balanceOf(CUSTOMERS[-1].address))
    print(
        json.dumps(
            {
                "states": Counter(Request.objects.values_list("state", flat=True)),
                "stories": sorted([list(states), count] for states, count in stories.items()),
                "executed": Executed.objects.filter(success=True).count(),
                "transactions": RelayTransaction.objects.count(),
                "balance": balance,
            }
        )
    )


def doze(point: str) -> None:
    rpc, book = connect(), AddressBook.load()
    worker, indexer = Relayer(rpc, book, LANES, age=0), Indexer(rpc, book)
    mine(rpc, indexer)
    place, name = DOZES[point]
    if point == "settling":
        while worker.step():
            pass
        mine(rpc, indexer)
    whole = getattr(place, name)

    def stopped(*arguments: Any) -> Any:
        if point == "sending":
            setattr(place, name, whole)
            os.kill(os.getpid(), signal.SIGSTOP)
        result = whole(*arguments)
        if point != "sending" and result:
            setattr(place, name, whole)
            os.kill(os.getpid(), signal.SIGSTOP)
        return result

    setattr(place, name, stopped)
    try:
        for _ in range(20):
            worker.step()
    except CityError as problem:
        print(problem.code)


def race(value: int) -> None:
    mine_is = signed(AddressBook.load(), 0, 0, value)
    print("ready", flush=True)
    sys.stdin.readline()
    try:
        print(services.submit(*mine_is).state)
    except CityError as problem:
        print(problem.code)


# --- where the relayer dies ------------------------------------------------------------------------------------------


def before_storing() -> None:
    relayer.Relayer._store = die  # type: ignore[method-assign]


def stored() -> None:
    lane.Lane.send = die  # type: ignore[method-assign]


def half_sent() -> None:
    whole = Rpc.send_raw

    def first(self: Rpc, raws: Any) -> Any:
        whole(self, raws[:1])
        die()

    Rpc.send_raw = first  # type: ignore[method-assign]


def sent() -> None:
    lane.Lane._note_sent = die  # type: ignore[method-assign]


def passed_by() -> None:
    lane.sign_again = die  # type: ignore[attr-defined]


def raised() -> None:
    whole = lane.Lane.raise_fee

    def and_die(*arguments: Any) -> Any:
        whole(*arguments)
        die()

    lane.Lane.raise_fee = and_die  # type: ignore[assignment, method-assign]


def mined() -> None:
    settlement.Settlement.step = die  # type: ignore[method-assign]


def half_settled() -> None:
    """After the first transaction, in the second."""
    whole, times = story.move, iter(range(4))

    def some(*arguments: Any, **fields: Any) -> None:
        if next(times) == 3:
            die()
        whole(*arguments, **fields)

    story.move = some


def in_a_transaction() -> None:
    """After the lines of their story, before their states."""
    whole = story.tell_all

    def and_die(*arguments: Any) -> None:
        whole(*arguments)
        die()

    story.tell_all = and_die  # type: ignore[assignment]


def included() -> None:
    returns.take_back = die


def skipped() -> None:
    returns._return = die


#: Where a relayer dozes off: before it sends, after it made signatures or read outcomes.
DOZES: dict[str, tuple[Any, str]] = {
    "storing": (lane.Lane, "sign"),
    "sending": (Rpc, "send_raw"),
    "settling": (settlement, "outcomes"),
}
BEFORE_SENDING = {"before_storing", "stored", "half_sent", "sent"}
PASSED_BY = {"passed_by", "raised"}
POINTS = {
    function.__name__: function
    for function in (
        *(before_storing, stored, half_sent, sent, passed_by, raised),
        *(mined, half_settled, in_a_transaction, included, skipped),
    )
}
JOBS = {"submit": (submit, int), "relay": (relay, str), "doze": (doze, str), "race": (race, int)}

if __name__ == "__main__":
    # Small batches and writes, so that there are several.
    batches.MOST_GAS, story.AT_ONCE = 1_000_000, 8
    if sys.argv[1] == "finish":
        finish()
    else:
        job, kind = JOBS[sys.argv[1]]
        job(kind(sys.argv[2]))  # type: ignore[operator]
