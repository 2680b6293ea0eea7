"""Amounts as people type them."""

import re
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citychain.money.errors import AmountInvalid
from citychain.money.services import parse_amount

#: The same amounts in every run, however slow the machine.
alike = settings(derandomize=True, deadline=None)
FEN = st.integers(1, 2**63 - 1)


@alike
@given(FEN)
def test_amount_written_as_yuan_is_read_as_the_same_fen(fen: int) -> None:
    assert parse_amount(f"{fen // 100}.{fen % 100:02}") == fen


@alike
@given(FEN)
def test_amount_as_pages_write_it_is_read_as_the_same_fen(fen: int) -> None:
    assert parse_amount(f"¥{fen // 100:,}.{fen % 100:02}") == fen


@alike
@given(st.text() | st.from_regex(r"[-+¥]?[0-9]{0,22}[.,][0-9]{0,4}([eE][-+]?[0-9]{1,6})?", fullmatch=True))
def test_amount_is_exactly_what_was_typed_or_refused(typed: str) -> None:
    try:
        fen = parse_amount(typed)
    except AmountInvalid:
        return
    assert 0 < fen < 2**63
    assert Decimal(fen) == Decimal(re.sub(r"[\s,，¥￥]", "", typed)) * 100


@pytest.mark.parametrize("typed", ["", " ", "¥", "NaN", "Infinity", "-0", "1e999999", "0.001", "92233720368547758.08"])
def test_amount_outside_the_record_is_refused(typed: str) -> None:
    with pytest.raises(AmountInvalid):
        parse_amount(typed)
