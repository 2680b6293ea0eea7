"""Journeys of people at work, each once: a resident with a keyboard, a bank's officer, an auditor, an operator.

The residents with a wallet and with a passkey have files of their own (test_wallet.py, test_passkey.py). Officers and
operators are on a phone in Chinese, auditors at a desk in English.
"""

import csv
import io
import signal
import sqlite3
import time
from contextlib import closing
from typing import Any

import httpx
import psutil
import pytest
from eth_account import Account

from .city import ACT, City, become
from .test_journey import SECONDS, WORDS, sign_and_wait

FOCUSED = """() => {
  const one = document.activeElement, style = getComputedStyle(one), box = one.getBoundingClientRect();
  return one.matches(":focus-visible") && parseFloat(style.outlineWidth) > 0 && style.outlineStyle !== "none"
    && box.width > 0 && box.height > 0;
}"""
#: The most stops of the Tab key on the way to anything on a page.
STOPS = 80
ON_A_DESK = pytest.mark.parametrize("visitor", ["en"], indirect=True)
ON_A_PHONE = pytest.mark.parametrize("visitor", ["zh-hans"], indirect=True)


def _tab_to(page: Any, selector: str) -> None:
    """Tabs until what the selector names has the focus; on the way the focus is always seen."""
    for _stop in range(STOPS):
        page.keyboard.press("Tab")
        if page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            assert page.evaluate(FOCUSED), selector
            return
        assert page.evaluate("() => document.activeElement === document.body") or page.evaluate(FOCUSED), page.evaluate(
            "() => document.activeElement.outerHTML"
        )
    raise AssertionError(f"{selector} is not reached by the Tab key")


def _enter(page: Any) -> None:
    with page.expect_navigation():
        page.keyboard.press("Enter")


@pytest.mark.browser
@ON_A_DESK
def test_resident_with_a_keyboard_alone_sends_money(visitor: Any, city: City) -> None:
    visitor.goto(city.url + "/")
    visitor.keyboard.press("Tab")
    assert visitor.evaluate("() => document.activeElement.matches('a.skip')")
    assert visitor.evaluate(FOCUSED)
    visitor.keyboard.press("Enter")
    assert visitor.evaluate("() => document.activeElement.id") == "content"

    visitor.goto(city.url + "/")
    _tab_to(visitor, "details.menu summary")
    visitor.keyboard.press("Enter")
    for target in (
        'button[name="persona"][value="r005"]',
        '.nav a[href="/money/"]',
        'main a[href="/money/send/"]',
    ):
        _tab_to(visitor, target)
        _enter(visitor)
    _tab_to(visitor, "#id_person")
    visitor.keyboard.press("ArrowDown")
    _tab_to(visitor, "#id_amount")
    visitor.keyboard.type("2.22")
    _enter(visitor)
    _tab_to(visitor, ACT)
    _enter(visitor)
    assert "/requests/" in visitor.url
    visitor.locator(".title .tag", has_text=WORDS["en"]["final"]).wait_for(timeout=SECONDS)
    assert "¥2.22" in visitor.locator("main").inner_text()


@pytest.mark.browser
@ON_A_PHONE
def test_bank_officer_opens_an_account_and_credits_a_deposit(visitor: Any, city: City) -> None:
    customer = Account.create().address.lower()
    become(visitor, city, "lake-bank")
    for step, filled in (("open", {}), ("credit", {"#id_amount": "1234.50", "#id_reference": "counter 7, slip 1024"})):
        visitor.goto(city.url + "/money/desk/")
        visitor.locator(f'main a[href$="/{step}/"]').first.click()
        visitor.fill("#id_holder", customer)
        for selector, value in filled.items():
            visitor.fill(selector, value)
        visitor.locator(ACT).click()
        visitor.locator("main h1").wait_for()
        sign_and_wait(visitor, WORDS["zh-hans"])
    visitor.goto(f"{city.url}/chain/accounts/{customer}/")
    assert "1,234.50" in visitor.locator("main").inner_text()


@pytest.mark.browser
@ON_A_PHONE
def test_court_orders_who_owns_a_home(visitor: Any, city: City) -> None:
    become(visitor, city, "court")
    visitor.goto(city.url + "/money/desk/")
    visitor.locator('main a[href="/titles/"]').click()
    visitor.goto(city.url + "/titles/?burden=none&state=registered&sort=id")
    visitor.locator("#list tbody tr a").first.click()
    home = visitor.url
    visitor.locator("#acts a[href$='/order-ownership/']").click()
    visitor.fill("#id_case_number", "2026-0638-17")
    visitor.select_option("#id_owner", "r003")
    visitor.select_option("#id_village", index=1)
    visitor.fill("#id_area", "88.5")
    visitor.fill("#id_address", "17号楼")
    visitor.fill("#id_number", "冀（2026）执行第17号")
    visitor.locator(ACT).click()
    assert "另一份裁判可以另定权利人" in visitor.locator("main").inner_text()
    sign_and_wait(visitor, WORDS["zh-hans"])
    visitor.goto(home)
    assert "2026-0638-17" in visitor.locator("aside").inner_text()


@pytest.mark.browser
@ON_A_DESK
def test_auditor_follows_a_figure_to_the_chain_itself(visitor: Any, city: City) -> None:
    """From a bar on the home page to payments, transaction and block; then the file and the node must say the same."""
    become(visitor, city, "auditor")
    visitor.goto(city.url + "/")
    figures = visitor.locator("figure.chart", has=visitor.locator('a[href^="/activity/moved/"]'))
    figures.locator("summary").click()
    figures.locator("table a").first.click()
    line = visitor.locator("main table.table--cards tbody tr").first
    amount = round(float(line.locator("td.number").inner_text().replace(",", "")) * 100)
    line.locator("th a").click()
    tx = visitor.locator("main [data-copy]").first.get_attribute("data-copy")
    visitor.fill("#search", tx)
    visitor.keyboard.press("Enter")
    visitor.locator(f'main a[href="/chain/tx/{tx}/"]').first.click()
    visitor.locator('main a[href^="/chain/blocks/"]').first.click()
    block = int(visitor.url.rstrip("/").rpartition("/")[2])
    block_hash = visitor.locator("main dl [data-copy]").first.get_attribute("data-copy")

    with visitor.expect_download() as download:
        visitor.goto(city.url + "/exports/")
        visitor.locator('main a[href="/exports/payments.csv"]').click()
    text = download.value.path().read_text(encoding="utf-8-sig").split("\n", 1)[1]
    rows = [row for row in csv.DictReader(io.StringIO(text)) if row["tx"] == tx]
    assert amount in [int(row["amount"]) for row in rows]
    assert {int(row["block"]) for row in rows} == {block}

    asked = {"jsonrpc": "2.0", "id": 1, "method": "eth_getTransactionReceipt", "params": [tx]}
    url = f"http://127.0.0.1:{city.environment['CITYCHAIN_RPC_PORT']}"
    receipt = httpx.post(url, json=asked, timeout=30).json()["result"]
    assert (receipt["blockHash"], int(receipt["blockNumber"], 16)) == (block_hash, block)
    assert amount in [int(log["data"], 16) for log in receipt["logs"] if len(log["data"]) == 66]


@pytest.mark.browser
@ON_A_PHONE
def test_operator_meets_an_indexer_that_hangs(visitor: Any, city: City) -> None:
    """Every page says that nothing new is read, the operator's page says what to do, and both end with the cause."""
    become(visitor, city, "r006")
    with Hanging(city, "indexer"):
        visitor.goto(city.url + "/")
        visitor.locator("#incident .notice").wait_for()
        visitor.goto(city.url + "/operator/")
        record = visitor.locator("#checked tr", has=visitor.locator("th", has_text="record"))
        assert "docs/operations.md" in record.inner_text()
        visitor.goto(city.url + "/money/send/")
        visitor.select_option("#id_person", "r007")
        visitor.fill("#id_amount", "3.33")
        visitor.locator(ACT).click()
        visitor.locator(ACT).click()
        visitor.wait_for_url("**/requests/*/")
        visitor.locator("#incident .notice").wait_for()
    visitor.locator("#incident .notice").wait_for(state="detached", timeout=SECONDS)
    visitor.locator(".title .tag", has_text=WORDS["zh-hans"]["final"]).wait_for(timeout=SECONDS)
    visitor.goto(city.url + "/operator/")
    assert "docs/operations.md" not in visitor.locator("#checked").inner_text()


class Hanging:
    """A worker that hangs (SIGSTOP), and to whom ten minutes have passed: the newest block is older by as much."""

    def __init__(self, city: City, worker: str) -> None:
        assert city.process is not None
        processes = psutil.Process(city.process.pid).children(recursive=True)
        (self._process,) = (one for one in processes if worker in one.cmdline() and "run" in one.cmdline())
        self._rows = city.home / "readmodel.sqlite3"

    def __enter__(self) -> None:
        while True:  # until it hangs outside of a transaction
            self._process.send_signal(signal.SIGSTOP)
            try:
                return self._age(600)
            except sqlite3.OperationalError:
                self._process.send_signal(signal.SIGCONT)
                time.sleep(0.05)

    def __exit__(self, *problem: object) -> None:
        self._age(-600)
        self._process.send_signal(signal.SIGCONT)

    def _age(self, seconds: int) -> None:
        newest = "(SELECT head FROM indexer_progress WHERE id = 1)"
        with closing(sqlite3.connect(self._rows, timeout=1)) as connection, connection as rows:
            rows.execute(f"UPDATE indexer_block SET time = time - ? WHERE number = {newest}", (seconds,))
