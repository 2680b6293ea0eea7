"""A lease from the first word to the keys, in a browser: an applicant, an owner, their bank. On a phone in Chinese."""

import re
import sqlite3
from contextlib import closing
from typing import Any

import pytest

from .city import ACT, City, become
from .test_journey import WORDS, sign_and_wait

#: A confirmed unit that nobody rented, of a title with one owner, and who that is.
FREE = """
select u.id, t.id, o.account from renting_unit u
join renting_title t on t.id = u.title
join renting_titleowner o on o.title = t.id and o.version = t.owners_version
where u.state = 'confirmed' and t.id not in (select title from renting_encumbrance where kind = 'seizure')
  and u.id not in (select parent from renting_unit)
  and u.id not in (select unit from leases_lease) and u.title not in
  (select v.title from renting_unit v join leases_lease l on l.unit = v.id)
  and (select count(*) from renting_titleowner p where p.title = t.id and p.version = t.owners_version) = 1
order by u.id limit 1
"""
TENANT = "r006"


def _free(city: City) -> tuple[int, int, str]:
    """A free unit, its title, and the persona who owns it."""
    with closing(sqlite3.connect(city.home / "readmodel.sqlite3")) as rows:
        unit, title, owner = rows.execute(FREE).fetchone()
    with closing(sqlite3.connect(city.home / "city.sqlite3")) as rows:
        [persona] = rows.execute("select persona_id from identity_personaaccount where address = ?", [owner]).fetchone()
    return unit, title, persona


@pytest.mark.browser
@pytest.mark.parametrize("visitor", ["zh-hans"], indirect=True)
def test_home_is_let_from_application_to_keys(visitor: Any, city: City) -> None:
    words = WORDS["zh-hans"]
    unit, title, owner = _free(city)

    become(visitor, city, TENANT)
    visitor.goto(f"{city.url}/titles/{title}/")
    visitor.locator(f'#units a[href="/leases/apply/?unit={unit}"]').click()
    visitor.fill("#id_message", "一人居住，不养宠物。")
    visitor.locator(ACT).click()
    visitor.wait_for_url("**/leases/")

    become(visitor, city, owner)
    visitor.goto(city.url + "/leases/")
    assert "一人居住，不养宠物。" in visitor.locator("main").inner_text()
    visitor.locator(f'a[href^="/leases/offer/?unit={unit}&application="]').first.click()
    tenant = visitor.input_value("#id_tenant")
    for selector, value in {"#id_rent": "900", "#id_deposit": "900", "#id_late_fee": "10"}.items():
        visitor.fill(selector, value)
    visitor.locator(ACT).click()
    assert "月租金 ¥900.00" in visitor.locator("main").inner_text()
    visitor.locator('form[action="/leases/offers/sign/"] button').click()
    visitor.wait_for_url("**/leases/offers/0x*/")
    offer = visitor.url

    become(visitor, city, "lake-bank")
    for step, filled in (("open", {}), ("credit", {"#id_amount": "5000", "#id_reference": "slip 2048"})):
        visitor.goto(city.url + "/money/desk/")
        visitor.locator(f'main a[href$="/{step}/"]').first.click()
        visitor.fill("#id_holder", tenant)
        for selector, value in filled.items():
            visitor.fill(selector, value)
        visitor.locator(ACT).click()
        sign_and_wait(visitor, words)

    become(visitor, city, TENANT)
    visitor.goto(offer)
    visitor.locator('form[action="/leases/offers/sign/"] button').click()
    visitor.wait_for_url(offer)
    visitor.locator('button[value="conclude"]').click()
    sign_and_wait(visitor, words)
    visitor.goto(offer)
    visitor.locator('main a.button[href^="/leases/"]').click()
    lease = visitor.url
    for act in ("allow", "fund"):
        _act(visitor, lease, act)
        sign_and_wait(visitor, words)

    become(visitor, city, owner)
    _act(visitor, lease, "handover", {"#id_report": "墙面完好。", "#id_water": "412"})
    sign_and_wait(visitor, words)
    become(visitor, city, TENANT)
    visitor.goto(f"{lease}handover/")
    assert "水表: 412" in visitor.locator("main").inner_text()
    visitor.check("#id_same")
    visitor.locator(ACT).click()
    sign_and_wait(visitor, words)

    visitor.goto(lease)
    shown = visitor.locator("main").inner_text()
    assert "履行中" in shown
    assert re.search(r"现托管金额\s+¥900.00", shown)
    become(visitor, city, "r001")
    visitor.goto(lease)
    assert "墙面完好" not in visitor.locator("main").inner_text()


def _act(page: Any, lease: str, name: str, filled: dict[str, str] | None = None) -> None:
    page.goto(lease)
    page.locator(f'#acts a[href$="/{name}/"]').click()
    for selector, value in (filled or {}).items():
        page.fill(selector, value)
    page.locator(ACT).click()
