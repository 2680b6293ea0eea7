"""Which open transfers wait for somebody: found by indexes, in as many queries for fifty as for one."""

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from citychain.chain import clock
from citychain.renting import waiting
from citychain.renting.models import Transfer, TransferOwner

from .rows import BANK, LI, REGISTRY, WANG, add_burden, add_officer, add_step, add_title

pytestmark = [
    pytest.mark.django_db(databases=["default", "readmodel"]),
    pytest.mark.usefixtures("registry"),
]
ZHAO = "0x" + "2a" * 20


def add_transfer(number: int, *, state: str = "open", seconds: int = 1_000) -> None:
    """Of a title of Wang and Li, to Zhao."""
    add_title(number)
    deadline = clock.now() + seconds
    Transfer.objects.create(id=number, title=number, commitment="0x", deadline=deadline, state=state)
    row = {"transfer": number, "position": 0, "title": number, "account": ZHAO, "share": 10_000}
    TransferOwner.objects.create(id=f"{number}:0", **row)


def agree(number: int, *accounts: str) -> None:
    for place, account in enumerate(accounts):
        add_step(number * 100 + 10 + place, number, "TransferConsented", transferId=number, account=account)


def ids(*accounts: str) -> list[int]:
    return [row.id for row in waiting.waiting_for(accounts)]


def test_transfer_waits_for_each_party_then_for_bank_and_registrar() -> None:
    teller, registrar = add_officer("teller", BANK), add_officer("registrar", REGISTRY)
    for number in (1, 2, 3):
        add_transfer(number)
    add_transfer(4, state="cancelled")
    add_transfer(5, seconds=-1)
    add_burden(1, 2, "mortgage")
    assert (ids(WANG), ids(ZHAO), ids(teller), ids(registrar)) == ([3, 2, 1], [3, 2, 1], [2], [])
    agree(1, WANG, LI, ZHAO)
    agree(2, WANG, LI, ZHAO)
    agree(3, ZHAO)
    assert (ids(WANG), ids(ZHAO), ids(teller), ids(registrar)) == ([3], [], [2], [1])
    add_step(299, 2, "MortgageeConsented", transferId=2, encumbranceId=1)
    assert (ids(teller), ids(registrar), ids(WANG, registrar)) == ([], [2, 1], [3, 2, 1])
    assert ids() == []


def test_what_waits_is_found_by_indexes_in_a_fixed_number_of_queries() -> None:
    accounts = [WANG, add_officer("teller", BANK), add_officer("registrar", REGISTRY)]
    counts = []
    for number in (1, *range(2, 30)):
        add_transfer(number)
        if number in (1, 29):
            with CaptureQueriesContext(connections["readmodel"]) as asked:
                assert len(ids(*accounts)) == number
            counts.append(len(asked))
    assert counts[0] == counts[1]
    if connections["readmodel"].vendor != "sqlite":
        return
    with connections["readmodel"].cursor() as cursor:
        for query in asked.captured_queries:
            cursor.execute("EXPLAIN QUERY PLAN " + query["sql"])
            plan = [str(row[3]) for row in cursor.fetchall()]
            scans = [step for step in plan if step.startswith("SCAN") and "identity_" not in step]
            assert scans == [], query["sql"]
