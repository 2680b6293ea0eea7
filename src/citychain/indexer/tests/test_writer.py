"""Writing and undoing rows, against a plain dict that plays by the same rules."""

from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.db import connections, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from citychain.indexer import writer
from citychain.indexer.models import Undo
from citychain.indexer.rows import Add, Change, Delete, Put, RowChange
from citychain.indexer.tables import table

from .engines import both_engines

pytestmark = both_engines
Plain = dict[str, tuple[Any, ...]]
GREATEST = 2**63 - 1


def bank() -> Any:
    return apps.get_model("money", "Bank")


def stored(alias: str) -> Plain:
    found = table(bank(), connections[alias])
    with connections[alias].cursor() as cursor:
        cursor.execute(found.select_all)
        return {row[found.key_position]: row for row in cursor.fetchall()}


def apply(alias: str, changes: list[RowChange], undo_block: int | None = None) -> None:
    with transaction.atomic(using=alias):
        writer.apply(changes, alias, undo_block)


keys = st.sampled_from(["0xa", "0xb", "0xc", "0xd"])
numbers = st.integers(0, 10**9)
steps = st.one_of(
    st.tuples(st.just("put"), keys, numbers),
    st.tuples(st.just("change"), keys, numbers),
    st.tuples(st.just("add"), keys, st.integers(-(10**9), 10**9)),
    st.tuples(st.just("delete"), keys, st.just(0)),
)
blocks = st.lists(st.lists(steps, max_size=12), min_size=1, max_size=6)


def whole(key: str, number: int) -> dict[str, Any]:
    return {"address": key, "institution": 7, "name": "n", "symbol": "s", "supply": number}


def played(model: Plain, kind: str, key: str, number: int) -> RowChange | None:
    """The change that goes with a step, after doing it to the dict; None where it is not possible."""
    row = model.get(key)
    if kind in ("change", "delete") and row is None:
        return None
    match kind:
        case "put":
            model[key] = (key, 7, "n", "s", number, 0, False)
            return Put(bank(), whole(key, number))
        case "change":
            assert row is not None
            model[key] = (*row[:5], number, True)
            return Change(bank(), key, {"accounts": number, "retired": True})
        case "add":
            row = row or (key, 7, "n", "s", 0, 0, False)
            model[key] = (*row[:4], row[4] + number, row[5] + 1, row[6])
            made = {"address": key, "institution": 7, "name": "n", "symbol": "s"}
            return Add(bank(), made, {"supply": number, "accounts": 1})
        case _:
            del model[key]
            return Delete(bank(), key)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=blocks, start=st.lists(st.tuples(keys, numbers), max_size=4), final=st.integers(0, 6))
def test_apply_and_undo_agree_with_a_plain_dict(
    alias: str, history: list[list[tuple[str, str, int]]], start: list[tuple[str, int]], final: int
) -> None:
    bank().objects.using(alias).all().delete()
    Undo.objects.using(alias).all().delete()
    model: Plain = {}
    apply(alias, [change for key, n in start if (change := played(model, "put", key, n))])
    states = [dict(model)]
    for block, block_steps in enumerate(history, start=1):
        changes = [change for step in block_steps if (change := played(model, *step))]
        apply(alias, changes, undo_block=block)
        states.append(dict(model))
        assert stored(alias) == states[-1]
    writer.forget_until(final, alias)
    for block in range(len(history) - 1, min(final, len(history)) - 1, -1):
        with transaction.atomic(using=alias):
            writer.undo_after(block, alias)
        assert stored(alias) == states[block]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=blocks)
def test_one_batch_gives_the_rows_of_many(
    new_database: Callable[[], str], alias: str, history: list[list[tuple[str, str, int]]]
) -> None:
    bank().objects.using(alias).all().delete()
    model: Plain = {}
    apply(alias, [change for block in history for step in block if (change := played(model, *step))])
    assert stored(alias) == model


def test_undo_of_several_blocks_at_once_is_exact(alias: str) -> None:
    apply(alias, [Put(bank(), whole("0xa", 1))])
    before = stored(alias)
    apply(alias, [Add(bank(), {"address": "0xa"}, {"supply": 5}), Put(bank(), whole("0xb", 2))], undo_block=1)
    apply(alias, [Delete(bank(), "0xa"), Change(bank(), "0xb", {"supply": 9})], undo_block=2)
    apply(alias, [Put(bank(), whole("0xa", 3)), Delete(bank(), "0xb")], undo_block=3)
    writer.undo_after(0, alias)
    assert (stored(alias), Undo.objects.using(alias).count()) == (before, 0)


def test_zero_character_is_replaced(alias: str) -> None:
    apply(alias, [Put(bank(), {**whole("0xa", 1), "name": "a\0b"})])
    assert stored(alias) == {"0xa": ("0xa", 7, "a\ufffdb", "s", 1, 0, False)}


def test_many_rows_are_written_in_one_batch(alias: str) -> None:
    apply(alias, [Put(bank(), whole(f"0x{n}", n)) for n in range(2_000)])
    apply(alias, [Add(bank(), {"address": f"0x{n}"}, {"supply": 1}) for n in range(2_000)], undo_block=1)
    assert [row[4] for row in sorted(stored(alias).values(), key=lambda row: row[4])] == list(range(1, 2_001))


def test_rows_of_one_transaction_replace_each_other(alias: str) -> None:
    with transaction.atomic(using=alias):
        for number in range(3):
            writer.apply([Put(bank(), whole(f"0x{n}\t\\N\n中", number)) for n in range(number, 50)], alias)
    supplies = {row[4] for key, row in stored(alias).items() if key not in ("0x0\t\\N\n中", "0x1\t\\N\n中")}
    assert (len(stored(alias)), supplies) == (50, {2})
    assert (stored(alias)["0x0\t\\N\n中"][4], stored(alias)["0x1\t\\N\n中"][4]) == (0, 1)


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        (lambda: Change(bank(), "0xz", {"supply": 1}), "there is no money.Bank '0xz'"),
        (lambda: Delete(bank(), "0xz"), "there is no money.Bank '0xz'"),
        (lambda: Add(bank(), {"address": "0xz"}, {"supply": 1}), "money.Bank: no value for institution"),
        (lambda: Put(bank(), {"address": "0xz"}), "money.Bank: no value for institution"),
        (lambda: Put(bank(), {"institution": 1}), "money.Bank: no value for address"),
        (lambda: Change(bank(), "0xa", {"colour": 1}), "money.Bank has no field colour"),
        (lambda: Change(bank(), "0xa", {"address": "0xb"}), "money.Bank: a primary key can't change"),
        (
            lambda: Change(bank(), "0xa", {"supply": GREATEST + 1}),
            f"money.Bank.supply: {GREATEST + 1} is not an integer of 64 bits",
        ),
        (
            lambda: Add(bank(), {"address": "0xa"}, {"supply": GREATEST}),
            f"money.Bank.supply: {GREATEST + 5} is not an integer of 64 bits",
        ),
        (lambda: Change(bank(), "0xa", {"supply": True}), "money.Bank.supply: True is not an integer of 64 bits"),
        (lambda: Change(bank(), "0xa", {"supply": 1.0}), "money.Bank.supply: 1.0 is not an integer of 64 bits"),
        (lambda: Change(bank(), "0xa", {"retired": 1}), "money.Bank.retired: 1 is not bool"),
        (
            lambda: Put(bank(), whole("x" * 43, 1)),
            f"money.Bank.address: '{'x' * 43}' is not a text of at most 42 characters",
        ),
    ],
)
def test_change_that_can_not_be_done_is_refused_and_nothing_is_written(
    alias: str, change: Callable[[], RowChange], cause: str
) -> None:
    apply(alias, [Put(bank(), whole("0xa", 5))])
    before = stored(alias)
    with pytest.raises(writer.ChangeRefused) as refused:
        apply(alias, [Put(bank(), whole("0xb", 1)), change()], undo_block=1)
    assert (refused.value.position, refused.value.cause) == (1, cause)
    assert (stored(alias), Undo.objects.using(alias).count()) == (before, 0)
