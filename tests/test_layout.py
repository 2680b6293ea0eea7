"""Nothing is cut off or jumps, from a small phone to a wall, in both languages, on every page."""

import pytest

from .looking import Seen


@pytest.mark.browser
def test_page_fits_every_screen(walk: dict[str, Seen]) -> None:
    assert {place: seen.cut for place, seen in walk.items() if seen.cut} == {}


@pytest.mark.browser
def test_page_does_not_jump_while_it_loads(walk: dict[str, Seen]) -> None:
    """Cumulative Layout Shift below 0.1, which web.dev calls good."""
    assert {place: seen.shift for place, seen in walk.items() if seen.shift >= 0.1} == {}
