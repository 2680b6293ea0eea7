"""WCAG 2.2 AA as far as a program can tell (axe-core), on every page, light and dark; and what a page weighs."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from .conftest import City
from .test_journey import act_as
from .test_layout import PAGES

AXE = Path(settings.ROOT) / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
RUN = """async (tags) => (await axe.run(document, {runOnly: {type: "tag", values: tags}})).violations
  .flatMap((rule) => rule.nodes.map((node) => `${rule.id}: ${node.target.join(" ")}: ${node.failureSummary}`))"""
#: Bytes that a page may take over the network, compressed; maps and charts come when they are scrolled into view.
BUDGET = 150_000
LATER = ("map", "chart")


@pytest.mark.browser
def test_page_has_no_barrier_that_axe_finds(visitor: Any, city: City) -> None:
    axe, found = AXE.read_text(), {}
    for persona, pages in PAGES.items():
        if persona:
            act_as(visitor, city, persona)
        for path in pages:
            visitor.goto(city.url + path)
            visitor.evaluate(axe)
            for scheme in ("light", "dark"):
                visitor.emulate_media(color_scheme=scheme, reduced_motion="reduce")
                if barriers := visitor.evaluate(RUN, RULES):
                    found[f"{path}, {scheme}"] = barriers
    assert found == {}


@pytest.mark.browser
def test_page_weighs_little(visitor: Any, city: City) -> None:
    network = visitor.context.new_cdp_session(visitor)
    network.send("Network.enable")
    network.send("Network.setCacheDisabled", {"cacheDisabled": True})
    loaded: list[tuple[str, int]] = []
    names: dict[str, str] = {}
    network.on("Network.responseReceived", lambda told: names.update({told["requestId"]: told["response"]["url"]}))
    network.on(
        "Network.loadingFinished",
        lambda told: loaded.append((names.get(told["requestId"], ""), int(told["encodedDataLength"]))),
    )
    heavy = {}
    for path in PAGES[""]:
        loaded.clear()
        visitor.goto(city.url + path)
        weight = sum(size for url, size in loaded if not Path(url).name.startswith(LATER))
        if not 0 < weight <= BUDGET:
            heavy[path] = weight
    assert heavy == {}


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
