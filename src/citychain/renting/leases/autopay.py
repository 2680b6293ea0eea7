"""Rent that pays itself: requests that trigger the mandates whose rent is due. docs/renting.md

Anybody may trigger a mandate, so these are signed by a key that owns nothing. The contract never takes what isn't due,
nor the same twice: running this twice, or beside a stranger's, does no harm.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from django.conf import settings

from citychain.chain.addressbook import AddressBook
from citychain.chain.keystore import load_or_create
from citychain.chain.rpc import connect
from citychain.errors import CityError
from citychain.money import queries as money
from citychain.money.bindings import Deposits
from citychain.outbox import services as outbox

from ..bindings import Rents
from . import queries
from .models import Lease
from .rents_models import RentMandate

#: The name of the key in the state folder.
KEY = "autopay"


class Due(NamedTuple):
    """A mandate whose rent is due: what can be taken now, in fen, and why nothing can be, "" when it can."""

    lease: int
    payer: str
    amount: int
    problem: str


def due() -> Iterator[Due]:
    """Mandates of running leases with rent that is due today, the oldest lease first."""
    rows = {row.id: row for row in Lease.objects.filter(state=Lease.State.RUNNING)}
    for mandate in queries.mandates().order_by("lease", "payer"):
        row = rows.get(mandate.lease)
        amount = min(queries.rent(row).arrears, mandate.most) if row else 0
        if row and amount:
            yield Due(row.id, mandate.payer, amount, _problem(row, mandate, amount))


def _problem(row: Lease, mandate: RentMandate, amount: int) -> str:
    """Asked of the node, because allowances aren't in the read model."""
    spender = AddressBook.load().address("Rents")
    allowance = connect().view(row.deposits, Deposits.allowance(owner=mandate.payer, spender=spender))
    if allowance < amount:
        return "allowance"
    account = next((one for one in money.accounts([mandate.payer]) if one.bank == row.deposits), None)
    return "" if account and money.available(account) >= amount else "balance"


def collect() -> list[tuple[Due, str]]:
    """Submits a request for each mandate that can be collected, and returns them with the request's id, or with why
    there is none. The same rent has the same idempotency key on one day, so that a second run finds the first one's."""
    key, target = load_or_create(Path(settings.CITYCHAIN_HOME) / "keys", KEY), AddressBook.load().address("Rents")
    found = []
    for one in due():
        if one.problem:
            found.append((one, one.problem))
            continue
        call = Rents.collectRent(leaseId=one.lease, payer=one.payer)
        idempotency = f"rent-{one.lease}-{one.payer[2:10]}-{queries.today()}"
        try:
            prepared = outbox.prepare(key.address, target, call)
            signature = key.sign(prepared.request.digest(prepared.domain))
            found.append((one, str(outbox.submit(prepared.request, signature, key=idempotency).id)))
        except CityError as problem:
            found.append((one, str(problem)))
    return found
