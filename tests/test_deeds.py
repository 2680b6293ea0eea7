"""A registrar whose key is their own registers a home and opens its transfer: with a wallet, and with a passkey."""

from collections.abc import Iterator
from typing import Any

import pytest

from .city import ACT, City
from .signer import Signer, index_of
from .test_journey import SECONDS
from .test_titles_file import HEADER
from .wallet import Wallet

PASSKEY_SIGNS = '[data-passkey-act="request"]'


def _final(page: Any) -> None:
    page.wait_for_url("**/requests/*/")
    page.locator(".title .tag", has_text="Final").wait_for(timeout=SECONDS)


def _fill_in(page: Any, city: City, number: str) -> None:
    page.goto(city.url + "/titles/register/")
    page.select_option("#id_village", index=1)
    page.fill("#id_area", "88.5")
    page.fill("#id_address", f"building {number}")
    page.fill("#id_number", number)
    page.select_option("#id_owner", "r003")
    page.locator(ACT).click()


@pytest.fixture
def office(city: City) -> Iterator[Signer]:
    signer = Signer(city, "registry-rong")
    yield signer
    signer.http.close()


@pytest.mark.browser
@pytest.mark.parametrize("visitor", ["en"], indirect=True)
def test_registrar_signs_deed_and_request_with_a_wallet_and_a_passkey(
    visitor: Any, city: City, device: None, office: Signer
) -> None:
    wallet = Wallet(city.home / "keys" / "sandbox.mnemonic", index_of(city, "registry-rong", "office"))
    wallet.attach(visitor)
    visitor.goto(city.url + "/sign-in/?next=/titles/register/")
    visitor.locator("[data-wallets] button").click()
    visitor.wait_for_url(city.url + "/titles/register/")
    _fill_in(visitor, city, "wallet 1")
    assert "building wallet 1" in visitor.locator("[aria-labelledby=document-title]").inner_text()
    before = office.requests()
    wallet.asked.clear()
    wallet.declines = 2
    visitor.locator("[data-wallets] button").click()
    visitor.locator("[data-wallet-says]", has_text="You declined").wait_for()
    assert office.requests() == before
    visitor.locator("[data-wallets] button").click()
    _final(visitor)
    assert wallet.asked.count("eth_signTypedData_v4") == 3
    visitor.goto(city.url + "/titles/")
    visitor.locator("#list tbody tr a").first.click()
    assert "building wallet 1" in visitor.locator("main").inner_text()
    home = visitor.url

    visitor.goto(home + "open-transfer/")
    visitor.fill("#id_owner_account", "0x" + "d1" * 20)
    visitor.fill("#id_number", "wallet 2")
    visitor.locator(ACT).click()
    visitor.locator("[data-wallets] button").click()
    _final(visitor)
    visitor.goto(home)
    assert "0xd1d1" in visitor.locator("main").inner_text()

    rows = [f"130629100001,住宅,{60 + row},home {row},file {row},r150,," for row in range(1, 22)]
    content = "\r\n".join([HEADER, *rows]).encode()
    visitor.goto(city.url + "/titles/files/")
    visitor.set_input_files("input[type=file]", {"name": "homes.csv", "mimeType": "text/csv", "buffer": content})
    visitor.locator(ACT).click()
    visitor.get_by_role("button", name="Keep the file and begin to sign").click()
    visitor.wait_for_url("**/titles/files/*/")
    file = visitor.url
    for group in ("Sign the next 20 homes", "Sign the next 1 home"):
        visitor.goto(file)
        visitor.get_by_role("button", name=group).click()
        visitor.locator("[data-wallets] button").click()
        visitor.wait_for_url(file)
    visitor.get_by_text("21 of 21 registered").wait_for(timeout=SECONDS)

    visitor.context.clear_cookies(name="sessionid")
    visitor.goto(city.url + "/sign-in/?next=/passkeys/")
    visitor.locator('[data-passkey-act="new"]').click()
    visitor.wait_for_url(city.url + "/passkeys/", timeout=SECONDS)
    account = visitor.locator("main dl [data-copy]").first.get_attribute("data-copy")
    institutions = office.http.get("/institutions").json()["institutions"]
    [registry] = [row["id"] for row in institutions if "Rongcheng" in row["name"] and row["kind"] == "registrar"]
    office.waits_for(office.does("Institutions", "addKey", institution=registry, account=account, scopes=["titles"]))
    _fill_in(visitor, city, "passkey 1")
    visitor.locator(PASSKEY_SIGNS).click()
    visitor.locator("[data-passkey-says]", has_text="1 of 2 is signed").wait_for()
    visitor.locator(PASSKEY_SIGNS).click()
    _final(visitor)
