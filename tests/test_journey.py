"""The first journey of a stranger: look around, act as somebody, send money, register a home, and kill it all."""

from typing import Any

import pytest

from .city import ACT, City

SECONDS = 30_000

WORDS = {
    "en": {
        "final": "Final",
        "strip": "Demonstration city. Nobody here is real.",
        "county": "Xiongxian",
        "declined": "You declined",
    },
    "zh-hans": {"final": "最终确认", "strip": "演示城市", "county": "雄县", "declined": "您在钱包中拒绝了"},
}


def act_as(page: Any, city: City, persona: str) -> None:
    page.goto(city.url + "/")
    page.locator("details.menu summary").click()
    page.locator(f'button[name="persona"][value="{persona}"]').click()
    page.wait_for_load_state()


def sign_and_wait(page: Any, words: dict[str, str]) -> str:
    """Signs the summary and waits until the request's page says final; returns the page's address."""
    page.locator(ACT).click()
    page.wait_for_url("**/requests/*/")
    page.locator(".title .tag", has_text=words["final"]).wait_for(timeout=SECONDS)
    address: str = page.url
    return address


@pytest.mark.browser
def test_stranger_looks_sends_and_registers(visitor: Any, city: City) -> None:
    words = WORDS[visitor.language]
    visitor.goto(city.url + "/")
    assert words["strip"] in visitor.locator(".strip").inner_text()
    assert words["county"] in visitor.locator("#towns").inner_text()
    assert visitor.locator("#banks tbody tr").count() == 2
    visitor.goto(city.url + "/institutions/")
    assert visitor.locator("#tree a").count() == 17

    act_as(visitor, city, "r001")
    visitor.goto(city.url + "/money/send/")
    visitor.select_option("#id_person", "r002")
    visitor.fill("#id_amount", "12.34")
    visitor.fill("#id_note", "for the tea")
    visitor.locator(ACT).click()
    sign_and_wait(visitor, words)
    visitor.goto(city.url + "/money/")
    visitor.locator("#own a").first.click()
    first = visitor.locator("#lines tbody tr").first.inner_text()
    assert "12.34" in first
    assert "for the tea" in first

    act_as(visitor, city, "registry-rong")
    visitor.goto(city.url + "/titles/register/")
    visitor.select_option("#id_village", index=1)
    visitor.fill("#id_area", "88.5")
    visitor.fill("#id_address", "1-1-101")
    visitor.fill("#id_number", f"test {visitor.language}")
    visitor.select_option("#id_owner", "r003")
    visitor.locator(ACT).click()
    sign_and_wait(visitor, words)
    visitor.goto(city.url + "/titles/")
    newest = visitor.locator("#list tbody tr").first
    newest.locator("a").click()
    assert "1-1-101" in visitor.locator("main").inner_text()
    act_as(visitor, city, "r004")
    visitor.go_back()
    visitor.goto(city.url + "/titles/")
    visitor.locator("#list tbody tr a").first.click()
    assert "1-1-101" not in visitor.locator("main").inner_text()


@pytest.mark.browser
def test_killed_city_comes_back_with_everything(visitor: Any, city: City) -> None:
    words = WORDS[visitor.language]
    act_as(visitor, city, "r005")
    visitor.goto(city.url + "/money/send/")
    visitor.select_option("#id_person", "r006")
    visitor.fill("#id_amount", "1.11")
    visitor.locator(ACT).click()
    visitor.locator(ACT).click()
    visitor.wait_for_url("**/requests/*/")
    address = visitor.url
    visitor.goto("about:blank")
    before = city.json("status")
    city.kill()
    city.up()
    visitor.goto(address)
    visitor.locator(".title .tag", has_text=words["final"]).wait_for(timeout=SECONDS)
    after = city.json("status")
    assert after["final"] >= before["final"]
    assert after["chain_id"] == before["chain_id"]


def test_commands_answer_well_on_a_running_city(city: City) -> None:
    status = city.json("status")
    assert status["well"] is True
    assert None not in status["workers"].values()
    assert city.json("rebuild", "--check")["same"] is True
    assert len(city.json("request", "list")) > 0
    assert {finding["state"] for finding in city.json("doctor")} == {"good"}
    assert city.command("status", "--nonsense").returncode == 2


def test_second_start_is_refused_in_one_sentence(city: City) -> None:
    again = city.command("up")
    assert again.returncode == 1
    assert "already running" in again.stderr
    assert "Traceback" not in again.stderr
