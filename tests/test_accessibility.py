"""WCAG 2.2 AA as far as a program can tell (axe-core), on every page, light and dark; weight; the keyboard."""

from typing import Any

import pytest

from .city import City
from .looking import Seen

#: Bytes that a page may take over the network, compressed; maps come when they are scrolled into view.
BUDGET = 150_000


@pytest.mark.browser
def test_page_has_no_barrier_that_axe_finds(walk: dict[str, Seen]) -> None:
    assert {place: seen.barriers for place, seen in walk.items() if seen.barriers} == {}


@pytest.mark.browser
def test_page_runs_without_an_error(walk: dict[str, Seen]) -> None:
    assert {place: seen.problems for place, seen in walk.items() if seen.problems} == {}


@pytest.mark.browser
def test_public_page_weighs_little(walk: dict[str, Seen]) -> None:
    weights = {place: seen.weight for place, seen in walk.items() if not seen.reader}
    assert {place: weight for place, weight in weights.items() if not 0 < weight <= BUDGET} == {}


@pytest.mark.browser
def test_slash_goes_to_the_search_and_enter_finds(visitor: Any, city: City) -> None:
    visitor.goto(f"{city.url}/institutions/")
    visitor.keyboard.press("/")
    visitor.keyboard.type("Titles/")
    assert visitor.input_value("#search") == "Titles/"
    visitor.keyboard.press("Backspace")
    visitor.keyboard.press("Enter")
    visitor.wait_for_url("**/search/?q=Titles")
    assert visitor.locator('main a[href^="/chain/contracts/0x"]').count() == 1
