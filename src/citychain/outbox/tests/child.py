"""A process of its own on a state folder: ``python child.py JOB ARGUMENT``, for tests that kill or race it.

submit N            submits N requests, three of each customer
relay POINT         steps the relayer, killed (SIGKILL) when it reaches the point: see POINTS
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
from citychain.chain.forwarding import ForwardRequest  # noqa: E402
from citychain.chain.rpc import Rpc, connect  # noqa: E402
from citychain.errors import CityError  # noqa: E402
from citychain.indexer.engine import Indexer  # noqa: E402
from citychain.outbox import batches, lane, relayer, returns, services, settlement, story  # noqa: E402
from citychain.outbox.models import Executed, RelayTransaction, Request, RequestEvent  # noqa: E402
from citychain.outbox.relayer import Relayer  # noqa: E402
from citychain.outbox.tests.city import CUSTOMERS, GAS, RELAYER  # noqa: E402

LAG = 2


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
    worker, indexer = Relayer(rpc, book, [RELAYER], age=0), Indexer(rpc, book)
    while indexer.step():
        pass
    if point in BEFORE_SENDING:
        POINTS[point]()
    while worker.step():
        pass
    mine(rpc, indexer)
    POINTS[point]()
    for _ in range(LAG + 1):
        while worker.step():
            pass
        mine(rpc, indexer)
    raise SystemExit(f"{point} was not reached")


def finish() -> None:
    rpc, book = connect(), AddressBook.load()
    worker, indexer = Relayer(rpc, book, [RELAYER], age=0), Indexer(rpc, book)
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
    story.tell = die


def included() -> None:
    returns.take_back = die


BEFORE_SENDING = {"before_storing", "stored", "half_sent", "sent"}
POINTS = {
    function.__name__: function
    for function in (before_storing, stored, half_sent, sent, mined, half_settled, in_a_transaction, included)
}
JOBS = {"submit": (submit, int), "relay": (relay, str), "race": (race, int)}

if __name__ == "__main__":
    # Small batches and writes, so that there are several.
    batches.MOST_GAS, story.AT_ONCE = 1_000_000, 8
    if sys.argv[1] == "finish":
        finish()
    else:
        job, kind = JOBS[sys.argv[1]]
        job(kind(sys.argv[2]))  # type: ignore[operator]
