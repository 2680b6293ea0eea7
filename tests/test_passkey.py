"""A resident without a wallet makes a passkey, sends money with it, and chooses who can restore the account."""

from collections.abc import Iterator
from typing import Any

import pytest

from .city import ACT, City
from .signer import Signer
from .test_journey import SECONDS, WORDS

SIGNED_IN = 'header a[href="/sign-in/sessions/"]'
PASSKEY_SIGNS = '[data-passkey-act="request"]'


@pytest.fixture
def teller(city: City) -> Iterator[Signer]:
    """The teller of a bank."""
    signer = Signer(city, "lake-bank")
    yield signer
    signer.http.close()


@pytest.mark.browser
@pytest.mark.parametrize("visitor", ["en"], indirect=True)
def test_resident_with_a_passkey_signs_in_and_sends(visitor: Any, city: City, device: None, teller: Signer) -> None:
    words = WORDS[visitor.language]
    visitor.goto(city.url + "/sign-in/?next=/passkeys/")
    visitor.locator('[data-passkey-act="new"]').click()
    visitor.wait_for_url(city.url + "/passkeys/", timeout=SECONDS)
    account = visitor.locator("main dl [data-copy]").first.get_attribute("data-copy")
    banks = teller.http.get("/banks").json()["banks"]
    deposits = next(bank["address"] for bank in banks if "Baiyangdian" in str(bank))
    reference = "0x" + account[2:].rjust(64, "0")
    for function, arguments in (
        ("openAccounts", {"holders": [account]}),
        ("mint", {"to": account, "amount": 500_00, "ref": reference}),
    ):
        teller.waits_for(teller.does(deposits, function, **arguments))

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
