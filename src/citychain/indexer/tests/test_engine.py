"""The indexer against a real node: what it reads, what it undoes, and when it stops."""

from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.db import connections

from citychain.chain.addressbook import Entry
from citychain.indexer.engine import Indexer, NodeBehind
from citychain.indexer.errors import ProjectionFailed, RebuildNeeded, ReorgBelowFinal
from citychain.indexer.models import Block, Progress, Undo
from citychain.indexer.rebuild import read_models
from citychain.indexer.tables import table

from .chain import LAG, Chain
from .engines import both_engines

NOBODY = "0x" + "00" * 20
ALICE, BOB, CAROL = ("0x" + letter * 40 for letter in "abc")


def read(chain: Chain, alias: str) -> None:
    indexer = Indexer(chain.rpc, chain.book, alias)
    while indexer.step():
        pass


def rows(alias: str) -> dict[str, list[Any]]:
    """Every row of every read model."""
    found = {}
    for model in read_models():
        with connections[alias].cursor() as cursor:
            cursor.execute(table(model, connections[alias]).select_all)
            found[model._meta.label] = cursor.fetchall()
    return found


def balances(alias: str) -> dict[str, int]:
    accounts = apps.get_model("money", "Account").objects.using(alias)
    return dict(accounts.values_list("holder", "balance"))


def progress(alias: str) -> Progress:
    return Progress.objects.using(alias).get(id=1)


def live(chain: Chain, alias: str) -> None:
    """A bank with two customers and 30 blocks of payments, read as they come."""
    chain.open_bank(ALICE, BOB)
    chain.transfer(NOBODY, ALICE, 1_000)
    chain.mine()
    for n in range(30):
        chain.transfer(ALICE, BOB, n)
        if n % 3 == 0:
            chain.transfer(BOB, ALICE, 1)
        chain.mine()
    read(chain, alias)


@both_engines
def test_step_reads_blocks_rows_and_progress_together(chain: Chain, alias: str) -> None:
    live(chain, alias)
    head = chain.rpc.head()
    found = progress(alias)
    assert (found.head, found.head_hash, found.final) == (head.number, head.hash, head.number - LAG)
    assert Block.objects.using(alias).count() == head.number + 1
    assert balances(alias) == {ALICE: 1_000 - sum(range(30)) + 10, BOB: sum(range(30)) - 10}
    assert not Indexer(chain.rpc, chain.book, alias).step()


@both_engines
def test_reading_the_same_range_again_gives_the_same_rows(
    chain: Chain, alias: str, new_database: Callable[[], str]
) -> None:
    live(chain, alias)
    again = new_database()
    read(chain, again)
    assert rows(again) == rows(alias)


@pytest.mark.parametrize(
    ("engine", "depth"),
    [*(("sqlite", depth) for depth in range(1, 21)), ("postgresql", 1), ("postgresql", 20)],
    indirect=["engine"],
)
def test_reorg_is_undone_to_the_rows_of_a_rebuild(
    chain: Chain, alias: str, new_database: Callable[[], str], depth: int
) -> None:
    live(chain, alias)
    payment = chain.request("Transfer", **{"from": ALICE, "to": BOB, "value": 7})
    opening = chain.request("AccountOpened", account=CAROL, custodian=True)
    chain.reorg(depth, payment, opening)
    read(chain, alias)
    fresh = new_database()
    read(chain, fresh)
    assert rows(alias) == rows(fresh)
    assert (ALICE in balances(alias), CAROL in balances(alias)) == (True, True)
    assert progress(alias).head_hash == chain.rpc.head().hash


def test_reorg_to_a_shorter_chain_is_undone(chain: Chain, alias: str, new_database: Callable[[], str]) -> None:
    live(chain, alias)
    chain.rpc.call("anvil_rollback", 5)
    read(chain, alias)
    fresh = new_database()
    read(chain, fresh)
    assert rows(alias) == rows(fresh)
    assert progress(alias).head == chain.rpc.head().number


@both_engines
def test_reorg_below_final_stops_the_indexer(chain: Chain, alias: str) -> None:
    live(chain, alias)
    known, before = progress(alias), rows(alias)
    chain.reorg(LAG + 3)
    with pytest.raises(ReorgBelowFinal) as stopped:
        read(chain, alias)
    assert stopped.value.details == {"block": known.final, "final": known.final}
    found = progress(alias)
    assert (found.stale_since, found.stale_reason) == (known.head + 1, str(stopped.value))
    assert rows(alias) == before


def test_node_that_is_behind_is_waited_for(chain: Chain, alias: str) -> None:
    live(chain, alias)
    known, before = progress(alias), rows(alias)
    chain.rpc.call("anvil_rollback", LAG + 5)
    with pytest.raises(NodeBehind) as waiting:
        read(chain, alias)
    assert waiting.value.details == {"what": "node", "head": known.head - LAG - 5, "final": known.final}
    assert (rows(alias), progress(alias).stale_since) == (before, None)
    chain.mine(LAG)  # other blocks than those that were read
    with pytest.raises(ReorgBelowFinal):
        read(chain, alias)


@both_engines
def test_undo_log_holds_only_blocks_above_final(chain: Chain, alias: str) -> None:
    live(chain, alias)
    final = progress(alias).final
    blocks = {number >> 20 for number in Undo.objects.using(alias).values_list("id", flat=True)}
    assert blocks == set(range(final + 1, progress(alias).head + 1))
    chain.mine(LAG)
    read(chain, alias)
    blocks = {number >> 20 for number in Undo.objects.using(alias).values_list("id", flat=True)}
    assert blocks == set(range(final + LAG + 1, final + 2 * LAG + 1))


@both_engines
@pytest.mark.parametrize("final", [True, False])
def test_failing_projection_stops_with_its_place(chain: Chain, alias: str, final: bool) -> None:
    live(chain, alias)
    good = chain.rpc.head().number
    chain.mine()
    chain.transfer(ALICE, BOB, 1)
    chain.transfer(CAROL, ALICE, 5)  # from an account that no bank opened
    chain.mine()
    if final:
        chain.mine(LAG + 5)
    with pytest.raises(ProjectionFailed) as stopped:
        read(chain, alias)
    details = stopped.value.details
    block = chain.rpc.call("eth_getBlockByNumber", hex(good + 2), False)
    assert (details["block"], details["log_index"], details["tx"], details["subscription"]) == (
        good + 2,
        1,
        block["transactions"][1],
        "citychain.money.projection.on_transfer",
    )
    found = progress(alias)
    assert (found.head, found.stale_since, found.stale_reason) == (good + 1, good + 2, str(stopped.value))


def test_event_that_can_not_be_decoded_stops_with_its_place(chain: Chain, alias: str) -> None:
    live(chain, alias)
    request = chain.request("Transfer", **{"from": ALICE, "to": BOB, "value": 1})
    chain.rpc.call(
        "eth_sendTransaction", {**request, "data": "0x01" + request["data"][4:]}
    )  # one topic instead of three
    chain.mine()
    with pytest.raises(ProjectionFailed) as stopped:
        read(chain, alias)
    assert stopped.value.details["cause"] == "IndexError: list index out of range"


def test_unknown_events_and_other_contracts_are_ignored(chain: Chain, alias: str) -> None:
    live(chain, alias)
    before = balances(alias)
    chain.emit("Approval", owner=ALICE, spender=BOB, value=1)
    chain.mine()
    read(chain, alias)
    assert balances(alias) == before


def test_new_contract_is_read_from_its_deployment(chain: Chain, alias: str) -> None:
    live(chain, alias)
    indexer = Indexer(chain.rpc, chain.book, alias)
    assert not indexer.step()
    next_block = chain.rpc.head().number + 1
    indexer.book = chain.book.with_entry(Entry("Clearing", "Clearing", "0x" + "11" * 20, next_block, "0x", "0x"))
    assert not indexer.step()
    chain.mine()
    assert indexer.step()


def test_contract_deployed_in_a_block_already_read_needs_a_rebuild(chain: Chain, alias: str) -> None:
    live(chain, alias)
    head = chain.rpc.head().number
    chain.book = chain.book.with_entry(Entry("Clearing", "Clearing", "0x" + "11" * 20, head, "0x", "0x"))
    with pytest.raises(RebuildNeeded):
        read(chain, alias)
    assert progress(alias).stale_since == head + 1


def test_nothing_is_read_before_the_deployment(chain: Chain, alias: str) -> None:
    empty = type(chain.book)(chain.book.chain_id, chain.book.deployer, [])
    assert not Indexer(chain.rpc, empty, alias).step()
    assert not Progress.objects.using(alias).exists()
