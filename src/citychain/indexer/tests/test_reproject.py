"""A part whose projections changed is made anew; the others are left as they are."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.apps import apps

from citychain.chain.addressbook import Entry
from citychain.indexer import rebuild
from citychain.indexer.engine import Indexer
from citychain.indexer.errors import RebuildNeeded, ReprojectionNeeded
from citychain.indexer.models import Progress, Source
from citychain.indexer.rows import Log, RowChange

from .chain import Chain
from .engines import both_engines
from .test_engine import ALICE, live, progress, read, rows
from .test_subscriptions import declared

pytestmark = both_engines


def doubled(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on a payment counts twice."""
    before = declared()["Deposits.Transfer"]

    def on_transfer_twice(event: Any, log: Log) -> Iterator[RowChange]:
        yield from before(type(event)(event.from_, event.to, 2 * event.value), log)

    monkeypatch.setitem(declared(), "Deposits.Transfer", on_transfer_twice)


def needed(chain: Chain, alias: str) -> list[str]:
    with pytest.raises(ReprojectionNeeded) as problem:
        Indexer(chain.rpc, chain.book, alias).step()
    parts: list[str] = problem.value.details["parts"]
    return parts


def test_changed_part_is_made_anew_and_no_other(
    chain: Chain, alias: str, new_database: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    live(chain, alias)
    block, payment = apps.get_model("indexer", "Block"), apps.get_model("money", "Payment")
    block.objects.using(alias).filter(number=3).update(time=7)  # whoever reads blocks again would mend it
    before = rows(alias)
    doubled(monkeypatch)
    parts = needed(chain, alias)
    assert parts == ["money"]
    final = progress(alias).final
    assert rebuild.reproject_held(chain.rpc, chain.book, parts, alias) == final
    assert progress(alias).head == final
    read(chain, alias)
    assert payment.objects.using(alias).count() == len(before["money.Payment"])
    assert block.objects.using(alias).get(number=3).time == 7
    fresh = new_database()
    read(chain, fresh)
    block.objects.using(fresh).filter(number=3).update(time=7)
    assert rows(alias) == rows(fresh) != before
    assert progress(alias).subscriptions == progress(fresh).subscriptions


def test_reorg_after_it_is_undone_exactly(
    chain: Chain, alias: str, new_database: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    live(chain, alias)
    doubled(monkeypatch)
    rebuild.reproject_held(chain.rpc, chain.book, needed(chain, alias), alias)
    read(chain, alias)
    chain.reorg(10, chain.request("AccountOpened", account=ALICE, custodian=True))
    read(chain, alias)
    fresh = new_database()
    read(chain, fresh)
    assert rows(alias) == rows(fresh)


def test_pages_keep_the_old_rows_when_it_fails(chain: Chain, alias: str, monkeypatch: pytest.MonkeyPatch) -> None:
    live(chain, alias)
    before, made = rows(alias), progress(alias).subscriptions
    doubled(monkeypatch)
    monkeypatch.setattr(rebuild, "_add_sources", lambda *_: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        rebuild.reproject_held(chain.rpc, chain.book, needed(chain, alias), alias)
    assert (rows(alias), progress(alias).subscriptions) == (before, made)


def test_part_that_is_gone_leaves_the_others(chain: Chain, alias: str, monkeypatch: pytest.MonkeyPatch) -> None:
    live(chain, alias)
    made = progress(alias).subscriptions
    Progress.objects.using(alias).update(subscriptions=made.replace("{", '{"parking": "0", ', 1))
    assert needed(chain, alias) == ["parking"]
    rebuild.reproject_held(chain.rpc, chain.book, ["parking"], alias)
    read(chain, alias)
    assert progress(alias).subscriptions == made


def test_new_part_brings_its_contract_along(chain: Chain, alias: str) -> None:
    """As when a use case joins a city that has been running: its contract is older than what was read."""
    live(chain, alias)
    true = rows(alias)
    made = progress(alias).subscriptions
    entry = Entry("Passkeys", "Passkeys", "0x" + "77" * 20, 1, "0x", "0x")
    chain.book = type(chain.book)(chain.book.chain_id, chain.book.deployer, [*chain.book.entries, entry])
    with pytest.raises(RebuildNeeded) as late:
        Indexer(chain.rpc, chain.book, alias).step()
    assert not isinstance(late.value, ReprojectionNeeded)
    without = made.replace('"identity"', '"another"')
    Progress.objects.using(alias).update(subscriptions=without)
    parts = needed(chain, alias)
    assert parts == ["another", "identity"]
    rebuild.reproject_held(chain.rpc, chain.book, parts, alias)
    assert sorted(Source.objects.using(alias).values_list("contract", flat=True)) == ["Deposits", "Passkeys"]
    read(chain, alias)
    assert (rows(alias), progress(alias).subscriptions) == (true, made)


def test_read_model_of_an_older_program_is_made_anew(chain: Chain, alias: str) -> None:
    live(chain, alias)
    Progress.objects.using(alias).update(subscriptions="0x" + "ab" * 32)
    with pytest.raises(RebuildNeeded):
        Indexer(chain.rpc, chain.book, alias).step()
