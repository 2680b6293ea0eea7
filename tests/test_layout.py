"""Nothing is cut off or runs into its neighbour, on a small phone, a tablet and a desk, in both languages."""

from typing import Any

import pytest

from .conftest import City
from .test_journey import ACT, act_as

WIDTHS = (390, 768, 1440)
PAGES = {
    "": [
        "/",
        "/titles/",
        "/titles/3/",
        "/institutions/",
        "/institutions/1/",
        "/passkeys/lost/",
        "/search/?q=%E9%93%B6%E8%A1%8C",
        "/api/docs",
        "/errors/",
        "/exports/",
    ],
    "r007": ["/", "/operator/", "/requests/", "/money/", "/money/send/", "/passkeys/wards/", "/programs/"],
    "registry-xiong": ["/titles/register/"],
    "lake-bank": ["/money/desk/"],
    "court": ["/money/desk/"],
}
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


def _cut(page: Any) -> dict[str, list[str]]:
    found = {}
    page.wait_for_load_state()
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        if cut := page.evaluate(CUT):
            found[f"{page.url} at {width}"] = cut
    return found


@pytest.mark.browser
def test_page_fits_every_screen(visitor: Any, city: City) -> None:
    found: dict[str, list[str]] = {}
    for persona, pages in PAGES.items():
        if persona:
            act_as(visitor, city, persona)
        for path in pages:
            visitor.goto(city.url + path)
            found |= _cut(visitor)
    assert found == {}


@pytest.mark.browser
def test_summary_and_request_fit_every_screen(visitor: Any, city: City) -> None:
    act_as(visitor, city, "registry-xiong")
    visitor.goto(city.url + "/titles/register/")
    visitor.select_option("#id_village", index=1)
    visitor.fill("#id_area", "999999.99")
    visitor.fill("#id_address", "米宁庄村民委员会第十七号楼四单元七百四十六室" * 3)
    visitor.fill("#id_number", "冀（2026）雄安不动产权第0000001号 " * 2)
    visitor.select_option("#id_owner", "r008")
    visitor.select_option("#id_second_owner", "r009")
    visitor.fill("#id_second_share", "33.33")
    visitor.locator(ACT).click()
    found = _cut(visitor)
    visitor.locator(ACT).click()
    visitor.wait_for_url("**/requests/*/")
    assert found | _cut(visitor) == {}
