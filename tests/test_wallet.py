"""A resident with a wallet of their own signs in, sends money, and ends the session from another browser."""

from typing import Any

import pytest

from .city import ACT, City
from .signer import index_of
from .test_journey import SECONDS, WORDS
from .wallet import Wallet

SIGNED_IN = 'header a[href="/sign-in/sessions/"]'


@pytest.fixture
def wallet(city: City, visitor: Any) -> Wallet:
    """The wallet of the persona r010, whose money account has a balance, in the visitor's browser."""
    made = Wallet(city.home / "keys" / "sandbox.mnemonic", index_of(city, "r010", "money"))
    made.attach(visitor)
    return made


@pytest.mark.browser
def test_resident_with_a_wallet_signs_in_and_sends(visitor: Any, city: City, wallet: Wallet) -> None:
    words = WORDS[visitor.language]
    visitor.goto(city.url + "/money/")
    visitor.locator('header a[href*="/sign-in/"]').click()
    visitor.locator("[data-wallets] button").wait_for()
    wallet.declines = 1
    visitor.locator("[data-wallets] button").click()
    visitor.locator("[data-wallet-says]", has_text=words["declined"]).wait_for()
    visitor.locator("[data-wallets] button").click()
    visitor.wait_for_url(city.url + "/money/")
    assert visitor.locator(SIGNED_IN).count() == 1

    visitor.goto(city.url + "/money/send/")
    visitor.select_option("#id_person", "r011")
    visitor.fill("#id_amount", "3.21")
    visitor.fill("#id_note", "by my own key")
    visitor.locator(ACT).click()
    visitor.locator("[data-wallets] button").click()
    visitor.wait_for_url("**/requests/*/")
    visitor.locator(".title .tag", has_text=words["final"]).wait_for(timeout=SECONDS)
    assert wallet.asked[-1] == "eth_signTypedData_v4"
    assert "wallet_addEthereumChain" in wallet.asked
    visitor.goto(city.url + "/money/")
    visitor.locator("#own a").first.click()
    first = visitor.locator("#lines tbody tr").first.inner_text()
    assert "3.21" in first and "by my own key" in first

    visitor.goto(city.url + "/sign-in/sessions/")
    visitor.locator("tbody button").first.click()
    visitor.wait_for_url(city.url + "/")
    assert visitor.locator(SIGNED_IN).count() == 0
