"""A lease in a browser, in Chinese on a phone and in English on a desk: an applicant, an owner, their bank, the housing
bureau, an adjudicator and somebody else. From the first word over the keys, with photos, filing, rent and messages, to
the history that the tenant takes along and another landlord checks."""

import io
import json
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

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
#: Whoever has rented for months; whoever applies, in each language; and what the pages say.
RENTS = "r007"
TENANTS = {"zh-hans": "r006", "en": "r005"}
SAYS = {
    "zh-hans": {"rent": "月租金 ¥900.00", "water": "水表: 412", "force": "履行中", "held": r"现托管金额\s+¥900.00"},
    "en": {"rent": "Rent a month ¥900.00", "water": "Water meter: 412", "force": "In force",
           "held": r"In escrow now\s+¥900.00"},
}  # fmt: skip
FILING = {
    "#id_address": "容城县 1号楼2单元301室", "#id_landlord_name": "雄安城市运营公司",
    "#id_landlord_number": "91350100M000100Y43", "#id_tenant_name": "Ada Lovelace", "#id_tenant_number": "P1234567",
}  # fmt: skip


def _free(city: City) -> tuple[int, int, str]:
    """A free unit, its title, and the persona who owns it."""
    with closing(sqlite3.connect(city.home / "readmodel.sqlite3")) as rows:
        unit, title, owner = rows.execute(FREE).fetchone()
    with closing(sqlite3.connect(city.home / "city.sqlite3")) as rows:
        [persona] = rows.execute("select persona_id from identity_personaaccount where address = ?", [owner]).fetchone()
    return unit, title, persona


def _photo() -> dict[str, Any]:
    out = io.BytesIO()
    Image.new("RGB", (900, 600), "#c8b89a").save(out, "JPEG")
    return {"name": "wall.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


@pytest.mark.browser
def test_home_is_let_from_application_to_a_history(visitor: Any, city: City, tmp_path: Path) -> None:
    words, says, renter = WORDS[visitor.language], SAYS[visitor.language], TENANTS[visitor.language]
    unit, title, owner = _free(city)

    become(visitor, city, renter)
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
    assert "¥900.00" in visitor.locator("main").inner_text()
    visitor.locator('form[action="/leases/offers/sign/"] button').click()
    visitor.wait_for_url("**/leases/offers/0x*/")
    offer = visitor.url

    become(visitor, city, "lake-bank")
    for step, filled in (("open", {}), ("credit", {"#id_amount": "5000", "#id_reference": f"slip {unit}"})):
        visitor.goto(city.url + "/money/desk/")
        visitor.locator(f'main a[href$="/{step}/"]').first.click()
        visitor.fill("#id_holder", tenant)
        for selector, value in filled.items():
            visitor.fill(selector, value)
        visitor.locator(ACT).click()
        sign_and_wait(visitor, words)

    become(visitor, city, renter)
    visitor.goto(city.url + "/")
    visitor.locator('a[href^="/leases/offers/0x"]').first.click()
    visitor.goto(offer)
    visitor.locator('form[action="/leases/offers/sign/"] button').click()
    visitor.wait_for_url(offer)
    visitor.locator('button[value="conclude"]').click()
    sign_and_wait(visitor, words)
    visitor.goto(offer)
    visitor.locator('main a.button[href^="/leases/"]').click()
    lease = visitor.url
    visitor.goto(city.url + "/leases/")
    assert lease.removeprefix(city.url) in [
        link.get_attribute("href") for link in visitor.locator("#moves a").all()
    ]  # it is the tenant's move
    for act in ("allow", "fund"):
        _act(visitor, lease, act)
        sign_and_wait(visitor, words)

    become(visitor, city, owner)
    visitor.goto(f"{lease}handover/")
    visitor.set_input_files("#id_photos", [_photo()])
    for selector, value in {"#id_report": "墙面完好。", "#id_water": "412"}.items():
        visitor.fill(selector, value)
    visitor.locator(ACT).click()
    sign_and_wait(visitor, words)
    become(visitor, city, renter)
    visitor.goto(f"{lease}handover/")
    assert says["water"] in visitor.locator("main").inner_text() or "412" in visitor.locator("main").inner_text()
    assert visitor.locator(".photos img").count() == 1
    visitor.check("#id_same")
    visitor.locator(ACT).click()
    sign_and_wait(visitor, words)
    visitor.goto(lease)
    shown = visitor.locator("main").inner_text()
    assert says["force"] in shown
    assert re.search(says["held"], shown)

    _rent(visitor, city, lease, renter, words)
    _repair(visitor, city, lease, renter, owner)
    _filing(visitor, city, lease, renter, owner, words)
    _history(visitor, city, lease, renter, tmp_path)
    become(visitor, city, "r001")
    visitor.goto(lease)
    everybody = visitor.locator("main").inner_text()
    assert "墙面完好" not in everybody and "水龙头" not in everybody and "Lovelace" not in everybody


def _rent(page: Any, city: City, lease: str, renter: str, words: dict[str, str]) -> None:
    """From now on by itself; and by hand, by somebody whose lease has run for months, a part ahead."""
    _act(page, lease, "allow-rent", {"#id_amount": "3000"})
    sign_and_wait(page, words)
    _act(page, lease, "mandate", {"#id_most": "900"})
    sign_and_wait(page, words)
    page.goto(lease)
    assert "¥900.00" in page.locator("#rent dl").inner_text()
    become(page, city, RENTS)
    page.goto(city.url + "/leases/")
    for path in [str(link.get_attribute("href")) for link in page.locator("#mine tbody a").all()]:
        older = city.url + path
        page.goto(older)
        if page.locator('#acts a[href$="/pay-rent/"]').count():
            break
    _act(page, older, "pay-rent", {"#id_amount": "100"})
    sign_and_wait(page, words)
    page.goto(older)
    assert "¥100.00" in str(page.locator("#rent").text_content())
    become(page, city, renter)


def _repair(page: Any, city: City, lease: str, renter: str, owner: str) -> None:
    page.goto(f"{lease}messages/")
    page.select_option("#id_kind", "repair")
    page.fill("#id_text", "水龙头漏水。")
    page.set_input_files("#id_photos", [_photo()])
    page.locator(ACT).click()
    page.locator("#m1 .photos img").wait_for()
    become(page, city, owner)
    page.goto(f"{lease}messages/")
    page.locator("#m1 form button").click()
    page.locator("#m1").wait_for()
    assert page.locator("#m1 form").count() == 0
    become(page, city, renter)
    page.goto(f"{lease}readings/")
    assert page.locator("tbody tr").count() >= 2


def _filing(page: Any, city: City, lease: str, renter: str, owner: str, words: dict[str, str]) -> None:
    become(page, city, owner)
    page.goto(f"{lease}submit-filing/")
    page.select_option("#id_landlord_document", "company")
    page.select_option("#id_tenant_document", "passport")
    for selector, value in FILING.items():
        page.fill(selector, value)
    page.locator(ACT).click()
    sign_and_wait(page, words)
    become(page, city, "housing")
    page.goto(city.url + "/leases/filings/")
    number = lease.rstrip("/").rpartition("/")[2]
    page.locator(f'#waiting a[href="/leases/{number}/file-lease/"]').click()
    assert "P1234567" in page.locator("main").inner_text()
    page.fill("#id_number", f"雄租备 {number}")
    page.locator(ACT).click()
    sign_and_wait(page, words)
    become(page, city, renter)
    page.goto(lease)
    certificate = page.context.request.get(f"{lease}certificate/")
    assert certificate.body().startswith(b"%PDF")
    assert f"雄租备 {number}" in page.locator("#filing").inner_text()


def _history(page: Any, city: City, lease: str, renter: str, folder: Path) -> None:
    """The tenant signs it; who is no party checks the file."""
    page.goto(f"{lease}history/")
    page.locator(ACT).click()
    with page.expect_download() as download:
        page.locator('form[action="/leases/history/sign/"] button').first.click()
    file = folder / "history.json"
    download.value.save_as(file)
    assert json.loads(file.read_text())["signature"]
    become(page, city, "r001")
    page.goto(city.url + "/leases/history/check/")
    page.set_input_files("#id_file", file)
    page.locator(ACT).click()
    assert page.locator(".tag--bad").count() == 0
    assert page.locator(".tag--good").count() > 0
    become(page, city, renter)


@pytest.mark.browser
@pytest.mark.parametrize("visitor", ["zh-hans"], indirect=True)
def test_adjudicator_decides_what_waits_with_reasons(visitor: Any, city: City) -> None:
    become(visitor, city, "adjudicator")
    visitor.goto(city.url + "/leases/")
    waits = visitor.locator("#decide li").count()
    visitor.locator('#decide a[href$="/decide-fee/"]').first.click()
    visitor.fill("#id_amount", "1")
    visitor.fill("#id_reason", "银行出具了停机证明。")
    visitor.locator(ACT).click()
    assert "银行出具了停机证明。" in visitor.locator("main").inner_text()
    sign_and_wait(visitor, WORDS["zh-hans"])
    visitor.goto(city.url + "/leases/")
    assert visitor.locator("#decide li").count() == waits - 1


def _act(page: Any, lease: str, name: str, filled: dict[str, str] | None = None) -> None:
    page.goto(lease)
    page.locator(f'#acts a[href$="/{name}/"]').click()
    for selector, value in (filled or {}).items():
        page.fill(selector, value)
    page.locator(ACT).click()
