"""Looks at every page once in each language, and writes down all that the tests of layout and accessibility ask.

English on a desk in light colours, Chinese on a phone in dark ones; each page is made wider and narrower from there.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings

from .city import ACT, City, become
from .pages import Tour, Visit
from .screens import Screens

WIDTHS = (360, 768, 1440, 3840)
AXE = Path(settings.ROOT) / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
RUN_AXE = """async (tags) => (await axe.run(document, {runOnly: {type: "tag", values: tags}})).violations
  .flatMap((rule) => rule.nodes.map((node) => `${rule.id}: ${node.target.join(" ")}: ${node.failureSummary}`))"""
#: Elements whose text is wider than they are, and how much wider the page is than the screen.
CUT = """() => {
  const wide = [...document.querySelectorAll("main :is(h1, h2, p, dt, dd, th, td, li, label, code), footer p")]
    .filter((one) => one.checkVisibility() && !one.closest(".map, .visually-hidden"))
    .filter((one) => !(one.closest("thead")?.clientWidth <= 1))
    .filter((one) => getComputedStyle(one).display !== "inline" && one.scrollWidth > one.clientWidth + 1)
    .map((one) => `${one.tagName}: ${one.innerText.slice(0, 60)}`);
  const page = document.documentElement;
  return [...wide, ...(page.scrollWidth > page.clientWidth ? [`page ${page.scrollWidth}`] : [])];
}"""
#: Cumulative Layout Shift since the page began to load, after two more frames.
SHIFT = """() => new Promise((done) => {
  let sum = 0;
  const add = (entry) => { if (!entry.hadRecentInput) sum += entry.value; };
  new PerformanceObserver((list) => list.getEntries().forEach(add)).observe({ type: "layout-shift", buffered: true });
  requestAnimationFrame(() => requestAnimationFrame(() => done(sum)));
})"""


@dataclass
class Seen:
    """One page in one language. `weight` is what came over the network, compressed, without maps, which come later."""

    reader: str
    cut: dict[int, list[str]]
    barriers: list[str]
    shift: float
    weight: int
    problems: list[str]


@dataclass
class _Network:
    """What a page loads, and what goes wrong in it."""

    loaded: list[tuple[str, int]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)

    def listen(self, page: Any) -> None:
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.send("Network.setCacheDisabled", {"cacheDisabled": True})
        session.on(
            "Network.responseReceived", lambda told: self.names.update({told["requestId"]: told["response"]["url"]})
        )
        session.on(
            "Network.loadingFinished",
            lambda told: self.loaded.append((self.names.get(told["requestId"], ""), int(told["encodedDataLength"]))),
        )
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("console", lambda said: self.problems.append(said.text) if _is_problem(said) else None)

    def weight(self) -> int:
        return sum(size for url, size in self.loaded if not Path(url).name.startswith("map"))


def _is_problem(said: Any) -> bool:
    """Pages that are missing or closed answer with a status that the browser reports; they are meant to."""
    return said.type == "error" and "Failed to load resource" not in said.text


class Looker:
    """A browser in one language that writes down what it sees."""

    def __init__(self, page: Any, city: City, language: str) -> None:
        self.page, self.city, self.language = page, city, language
        self.seen: dict[str, Seen] = {}
        self._reader = ""
        self._network = _Network()
        self._network.listen(page)
        self._axe = AXE.read_text()
        self._home = page.viewport_size
        folder = os.environ.get("CITYCHAIN_SCREENS")
        self._screens = Screens(page, Path(folder), language) if folder else None

    def visit(self, visit: Visit) -> None:
        self._become(visit.reader)
        self.open(visit.path)
        self.look(visit.kind)

    def open(self, path: str) -> None:
        self._network.loaded.clear()
        self._network.problems.clear()
        self.page.goto(self.city.url + path)

    def look(self, name: str) -> None:
        """Writes down what is wrong with the page as it stands."""
        self.page.wait_for_load_state()
        shift, weight = self.page.evaluate(SHIFT), self._network.weight()
        self.page.evaluate(self._axe)
        barriers = self.page.evaluate(RUN_AXE, RULES)
        if self._screens:
            self._screens.take(name, self._reader)
        cut = {}
        for width in WIDTHS:
            self.page.set_viewport_size({"width": width, "height": self._home["height"]})
            if found := self.page.evaluate(CUT):
                cut[width] = found
        self.page.set_viewport_size(self._home)
        self.seen[f"{self._reader}: {name}"] = Seen(
            self._reader, cut, barriers, shift, weight, list(self._network.problems)
        )

    def propose(self, name: str, reader: str, path: str, fill: Callable[[Any], None]) -> None:
        """Looks at the summary before signing that a form leads to, and at the request once it is signed."""
        self._become(reader)
        self.open(path)
        fill(self.page)
        self.page.locator(ACT).click()
        self.page.wait_for_load_state()
        self.look(f"{name}-summary")
        self.page.locator(ACT).click()
        self.page.wait_for_url("**/requests/*/")
        self.look(f"{name}-request")

    def _become(self, reader: str) -> None:
        if reader != self._reader:
            become(self.page, self.city, reader)
            self._reader = reader


def _pays(page: Any) -> None:
    page.select_option("#id_person", "r002")
    page.fill("#id_amount", "10000.99")
    page.fill("#id_note", "九月份房租及物业管理费、取暖费、车位费 " * 3)


def _registers(page: Any) -> None:
    page.select_option("#id_village", index=1)
    page.fill("#id_area", "999999.99")
    page.fill("#id_address", "米宁庄村民委员会第十七号楼四单元七百四十六室" * 3)
    page.fill("#id_number", "冀（2026）雄安不动产权第0000001号 " * 2)
    page.select_option("#id_owner", "r008")
    page.select_option("#id_second_owner", "r009")
    page.fill("#id_second_share", "33.33")


#: Forms whose summary is looked at: name, who, where, and how it is filled in.
FORMS: tuple[tuple[str, str, str, Callable[[Any], None]], ...] = (
    ("pay", "r001", "/money/send/", _pays),
    ("register", "registry-xiong", "/titles/register/", _registers),
)


def look_at_all(page: Any, city: City, tour: Tour, language: str) -> dict[str, Seen]:
    """Every page of the tour, and every form's summary and request."""
    looker = Looker(page, city, language)
    for visit in tour.all():
        looker.visit(visit)
    for form in FORMS:
        looker.propose(*form)
    return looker.seen
