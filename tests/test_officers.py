"""Two officers of the council, one with a wallet at a desk, the other on a phone, sign what only both may do."""

import sqlite3
from contextlib import closing
from typing import Any

import pytest

from .city import ACT, City, become
from .test_journey import SECONDS, WORDS
from .wallet import Wallet

UTILITY = "/institutions/13/"


@pytest.mark.browser
@pytest.mark.parametrize("visitor", ["en"], indirect=True)
def test_two_officers_suspend_an_institution(visitor: Any, city: City, phone: Any) -> None:
    with closing(sqlite3.connect(city.home / "city.sqlite3")) as rows:
        asked = "SELECT \"index\" FROM identity_personaaccount WHERE persona_id = 'officer-1' AND purpose = 'office'"
        (index,) = rows.execute(asked).fetchone()
    wallet = Wallet(city.home / "keys" / "sandbox.mnemonic", index)
    wallet.attach(visitor)
    visitor.goto(f"{city.url}/sign-in/")
    visitor.locator("[data-wallets] button").click()
    visitor.wait_for_url(city.url + "/")
    visitor.goto(f"{city.url}{UTILITY}suspend/")
    visitor.fill("#id_reason", "inspection")
    visitor.locator(ACT).click()
    visitor.locator("[data-wallets] button").click()
    visitor.wait_for_url("**/proposals/*/")
    assert wallet.asked[-1] == "eth_signTypedData_v4"
    assert "1 of 2 signatures are there" in visitor.locator("main").inner_text()

    become(phone, city, "officer-2")
    phone.goto(city.url + "/")
    phone.locator('main a[href^="/proposals/"]').click()
    phone.locator('main button[value="sign"]').click()
    phone.locator('main a[href^="/requests/"]').click()
    phone.locator(".title .tag", has_text=WORDS["zh-hans"]["final"]).wait_for(timeout=SECONDS)
    visitor.goto(f"{city.url}{UTILITY}")
    assert "Suspended" in visitor.locator("main").inner_text()
