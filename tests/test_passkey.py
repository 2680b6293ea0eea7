"""A resident without a wallet makes a passkey, sends money with it, and chooses who can restore the account."""

import sqlite3
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from eth_account import Account

from .city import ACT, City
from .test_journey import SECONDS, WORDS

SIGNED_IN = 'header a[href="/sign-in/sessions/"]'
PASSKEY_SIGNS = '[data-passkey-act="request"]'


@pytest.fixture
def device(visitor: Any) -> Iterator[None]:
    """A phone that knows its holder: Chromium's virtual authenticator."""
    session = visitor.context.new_cdp_session(visitor)
    session.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    options |= {"isUserVerified": True, "automaticPresenceSimulation": True}
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    yield
    session.detach()


class Bank:
    """The teller of a bank of the demonstration city, by API."""

    def __init__(self, city: City) -> None:
        with sqlite3.connect(city.home / "city.sqlite3") as rows:
            asked = (
                "SELECT \"index\" FROM identity_personaaccount WHERE persona_id = 'lake-bank' AND purpose = 'office'"
            )
            (index,) = rows.execute(asked).fetchone()
        rows.close()
        Account.enable_unaudited_hdwallet_features()
        mnemonic = (city.home / "keys" / "sandbox.mnemonic").read_text().strip()
        self.teller = Account.from_mnemonic(mnemonic, account_path=f"m/44'/60'/0'/0/{index}")
        self.http = httpx.Client(base_url=city.url + "/api", timeout=30)
        banks = self.http.get("/banks").json()["banks"]
        self.deposits = next(bank["address"] for bank in banks if "Baiyangdian" in str(bank))

    def does(self, function: str, **arguments: Any) -> str:
        """Hands a request in; its address."""
        asked = {"signer": self.teller.address.lower(), "contract": self.deposits, "function": function}
        answer = self.http.post("/requests/prepare", json={**asked, "arguments": arguments})
        assert answer.status_code == 200, answer.text
        prepared = answer.json()
        signed = self.teller.sign_typed_data(full_message=prepared["typed_data"])
        body = {"request": prepared["request"], "signature": "0x" + bytes(signed.signature).hex()}
        answer = self.http.post("/requests", json=body)
        assert answer.status_code == 202, answer.text
        return f"/requests/{answer.json()['id']}/"


@pytest.fixture
def bank(city: City) -> Iterator[Bank]:
    teller = Bank(city)
    yield teller
    teller.http.close()


@pytest.mark.browser
@pytest.mark.parametrize("visitor", ["en"], indirect=True)
def test_resident_with_a_passkey_signs_in_and_sends(visitor: Any, city: City, device: None, bank: Bank) -> None:
    words = WORDS[visitor.language]
    visitor.goto(city.url + "/sign-in/?next=/passkeys/")
    visitor.locator('[data-passkey-act="new"]').click()
    visitor.wait_for_url(city.url + "/passkeys/", timeout=SECONDS)
    account = visitor.locator("main dl [data-copy]").first.get_attribute("data-copy")
    reference = "0x" + account[2:].rjust(64, "0")
    for function, arguments in (
        ("openAccounts", {"holders": [account]}),
        ("mint", {"to": account, "amount": 500_00, "ref": reference}),
    ):
        visitor.goto(city.url + bank.does(function, **arguments))
        visitor.locator(".title .tag", has_text=words["final"]).wait_for(timeout=SECONDS)

    visitor.goto(city.url + "/money/send/")
    visitor.select_option("#id_person", "r011")
    visitor.fill("#id_amount", "4.56")
    visitor.fill("#id_note", "with my finger")
    visitor.locator(ACT).click()
    visitor.locator(PASSKEY_SIGNS).click()
    visitor.wait_for_url("**/requests/*/")
    visitor.locator(".title .tag", has_text=words["final"]).wait_for(timeout=SECONDS)

    visitor.goto(city.url + "/passkeys/guardians/")
    for place, institution in enumerate(("8", "9", "10")):
        visitor.select_option(f"#id_institution_{place}", institution)
    visitor.locator(ACT).click()
    visitor.locator(PASSKEY_SIGNS).click()
    visitor.wait_for_url("**/requests/*/")
    visitor.locator(".title .tag", has_text=words["final"]).wait_for(timeout=SECONDS)
    visitor.goto(city.url + "/passkeys/")
    assert visitor.locator('[aria-labelledby="guardians-title"] ol li').count() == 3

    visitor.goto(city.url + "/sign-in/sessions/")
    visitor.locator("tbody button").first.click()
    visitor.wait_for_url(city.url + "/")
    visitor.goto(city.url + "/sign-in/")
    visitor.locator('[data-passkey-act="sign-in"]').click()
    visitor.locator(SIGNED_IN).wait_for()

    visitor.goto(city.url + "/passkeys/lost/?account=" + account)
    visitor.locator('[data-passkey-act="lost"]').click()
    code = visitor.locator("[data-passkey-code] strong")
    code.wait_for()
    visitor.reload()
    assert visitor.locator("main ul li .mono").count() == 1
