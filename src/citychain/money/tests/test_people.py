"""Contacts, and links to be paid by, as the people who use them see them."""

import datetime
import html
import re
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from django.test import Client

from citychain.chain import clock
from citychain.identity.models import Persona, PersonaAccount
from citychain.money import asking
from citychain.money.models import Account, Contact

from .pages import LAKE, LI, SUN, WANG, act_as, form, main, text

pytestmark = [
    pytest.mark.django_db(databases=["default", "readmodel"]),
    pytest.mark.filterwarnings("ignore:No directory at"),
    pytest.mark.usefixtures("city"),
]
ASK = {"account": f"{LAKE}:{LI}", "amount": "12.50", "words": "茶 & tea", "until": "", "named": "on"}


def _asked(**changes: Any) -> asking.Asked:
    values = {"bank": LAKE, "holder": LI, "amount": 1_250, "words": "茶 & tea", "name": "Li", "until": 2**40}
    return asking.Asked(**{**values, **changes})


def _today() -> datetime.date:
    return clock.local_time(clock.now()).date()


def _path(link: str) -> str:
    parts = urlsplit(link)
    return f"{parts.path}?{parts.query}"


def test_contact_is_kept_renamed_paid_and_forgotten(reader: Client) -> None:
    act_as(reader, "wang")
    assert "No contacts yet" in text(reader.get("/money/contacts/"))
    assert reader.post("/money/contacts/", {"name": "Tea", "account": LI}).status_code == 302
    assert reader.post("/money/contacts/", {"name": "Tea shop", "account": LI.upper().replace("X", "x")})
    assert list(Contact.objects.values_list("owner", "account", "name")) == [("persona:wang", LI, "Tea shop")]
    assert f'<option value="Tea shop">{LI[:6]}…{LI[-4:]}</option>' in main(reader.get("/money/send/"))
    summary = text(reader.post("/money/send/", form(person="", address="tea SHOP")))
    assert "You pay ¥12.34 to Tea shop, whose account ends in a2a2." in summary
    assert 'value="Tea shop"' in main(reader.get("/money/contacts/", {"account": LI}))
    reader.post("/money/contacts/", {"forget": LI})
    assert Contact.objects.count() == 0


def test_contacts_are_seen_by_their_owner_alone(reader: Client) -> None:
    assert reader.get("/money/contacts/").status_code == 401
    Contact.objects.create(owner="persona:wang", account=LI, name="Tea shop")
    act_as(reader, "sun").post("/money/contacts/", {"forget": LI})
    assert (Contact.objects.count(), "Tea shop" in main(reader.get("/money/contacts/"))) == (1, False)


@pytest.mark.parametrize(
    ("name", "account", "error"),
    [
        ("tea SHOP", SUN, "another of your contacts has this name"),
        ("Sun", "0x12", "An account begins with 0x and has 40 digits after it."),
    ],
)
def test_contact_is_refused_with_the_reason(reader: Client, name: str, account: str, error: str) -> None:
    Contact.objects.create(owner="persona:wang", account=LI, name="Tea shop")
    answer = act_as(reader, "wang").post("/money/contacts/", {"name": name, "account": account})
    assert (answer.status_code, error in text(answer), Contact.objects.count()) == (422, True, 1)


def test_asking_makes_a_link_that_fills_the_payment_in(reader: Client) -> None:
    until = (_today() + datetime.timedelta(3)).isoformat()
    page = main(act_as(reader, "li").get("/money/ask/", {**ASK, "until": until}))
    assert page.count("<svg") >= 1
    link = html.unescape(re.findall(r'<p class="qr__link"><a href="([^"]+)"', page)[0])
    opened = act_as(Client(HTTP_ACCEPT_LANGUAGE="en"), "wang").get(_path(link))
    assert "Li asks you for ¥12.50 . “茶 &amp; tea”" in text(opened)
    typed = dict(re.findall(r'<input[^>]* name="(address|amount|note)" value="([^"]*)"', main(opened)))
    assert typed == {"address": LI, "amount": "12.50", "note": "茶 &amp; tea"}


def test_payer_calls_the_asker_by_their_own_name(reader: Client) -> None:
    Contact.objects.create(owner="persona:wang", account=LI, name="Tea shop")
    opened = act_as(reader, "wang").get(_path(_asked(amount=0, words="").link))
    assert "Tea shop asks you for money." in text(opened)


def test_asker_who_does_not_say_their_name_stays_unnamed(reader: Client) -> None:
    page = text(act_as(reader, "wang").get(_path(_asked(name="").link)))
    assert "…a2a2 asks you for ¥12.50" in page


def test_link_pays_into_the_bank_that_it_names(reader: Client) -> None:
    other = "0x" + "b2" * 20
    Account.objects.create(id=f"{other}:{LI}", bank=other, holder=LI, open=True)
    answer = act_as(reader, "wang").post(_path(_asked(bank=other).link), form(person="", address=LI))
    assert "It arrives at Forest Bank" in text(answer)


@pytest.mark.parametrize(
    "change", [{"uint256": "125000"}, {"address": SUN}, {"words": "x"}, {"until": "x"}, {"by": "City"}]
)
def test_altered_link_says_so(reader: Client, change: dict[str, str]) -> None:
    query = dict(parse_qsl(urlsplit(_asked().link).query)) | change
    answer = act_as(reader, "wang").get("/money/send/?" + urlencode(query))
    assert (answer.status_code, "This link is not as it was made" in text(answer)) == (400, True)


def test_link_without_its_seal_is_altered(reader: Client) -> None:
    query = dict(parse_qsl(urlsplit(_asked().link).query))
    del query["seal"]
    assert act_as(reader, "wang").get("/money/send/?" + urlencode(query)).status_code == 400


def test_expired_link_says_so(reader: Client) -> None:
    answer = act_as(reader, "wang").get(_path(_asked(until=1_600_000_000).link))
    assert (answer.status_code, "This link was good until 2020-09-13." in text(answer)) == (410, True)


@pytest.mark.parametrize("until", ["2020-01-01", "9999-01-01", "x"])
def test_asking_needs_a_day_within_a_year(reader: Client, until: str) -> None:
    answer = act_as(reader, "li").get("/money/ask/", {**ASK, "until": until})
    assert (answer.status_code, "The link" in text(answer)) == (422, False)


def test_code_is_a_link_of_ours_or_an_account(reader: Client, settings: Any) -> None:
    link = _asked().link
    assert dict(parse_qsl(asking.read_code(f" {link}\n"))) == dict(parse_qsl(urlsplit(link).query))
    assert asking.read_code(f"ethereum:{LI.upper().replace('X', 'x')}@1") == f"address={LI}"
    strange = ["", "x", link.replace(settings.CITYCHAIN_ORIGIN, "https://elsewhere.example"), "http://[", f"{WANG}0"]
    assert [asking.read_code(text) for text in strange] == [""] * 5
    answer = act_as(reader, "wang").get("/money/send/", {"code": link})
    assert (answer.status_code, answer["Location"]) == (302, _path(link))
    assert reader.get("/money/send/", {"code": "x"}).status_code == 400


def test_account_page_offers_sending_and_keeping(reader: Client) -> None:
    offers = (f"/money/send/?address={LI}", f"/money/contacts/?account={LI}")
    page = main(act_as(reader, "wang").get(f"/chain/accounts/{LI}/"))
    assert [page.count(offer) for offer in offers] == [1, 1]
    own = main(reader.get(f"/chain/accounts/{WANG}/"))
    assert "/money/contacts/?account=" not in own


def test_sending_without_a_list_of_names_needs_an_account(reader: Client) -> None:
    PersonaAccount.objects.exclude(persona_id="wang").delete()
    Persona.objects.exclude(id="wang").delete()
    act_as(reader, "wang")
    assert 'name="person"' not in main(reader.get("/money/send/"))
    assert "Say who gets the money." in text(reader.post("/money/send/", form(address="")))
