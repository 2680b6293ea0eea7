"""Passkeys through the portal: an account is opened, signed in to, signed for, lost and got back by guardians."""

import re
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from citychain.chain.bindings import Authority
from citychain.chain.council import GUARDIAN_ROLE
from citychain.chain.keys import Key, message_digest
from citychain.chain.sending import transact
from citychain.identity import passkeys, recovery
from citychain.identity.bindings import Passkeys
from citychain.identity.models import Guardian, Passkey, PasskeyAccount, SignIn
from citychain.identity.webauthn import decode
from citychain.outbox.models import Request
from citychain.outbox.tests.city import CUSTOMERS, DEPLOYER, STRANGER
from citychain.outbox.tests.conftest import Workers

from .device import Device
from .district import COURT, COURT_ID, District
from .test_sessions import sign_in as sign_in_with_wallet

pytestmark = [
    pytest.mark.django_db(databases=["default", "readmodel"]),
    pytest.mark.filterwarnings("ignore:No directory at"),
]
PHONE, TABLET = Device("phone"), Device("tablet")
FRIEND, SISTER = CUSTOMERS[:2]
DAY = 86_400


@pytest.fixture(autouse=True)
def no_attempts_yet() -> None:
    cache.clear()


def browser() -> Client:
    return Client(HTTP_ACCEPT_LANGUAGE="en", HTTP_USER_AGENT="a phone", HTTP_HOST="localhost:8000")


def register(client: Client, device: Device, account: str = "") -> Any:
    fields = {"credential": device.credential, "key": device.spki, "account": account}
    return client.post("/passkeys/new/", fields, headers={"accept": "application/json"})


def sign_in(client: Client, device: Device, **changes: str) -> Any:
    asked = client.post("/sign-in/passkey/message/").json()
    signed = device.sign(decode("challenge", asked["challenge"]))
    return client.post("/sign-in/passkey/", {"token": asked["token"], **signed, **changes})


def confirm(client: Client, page: Any, device: Device | Key, district: District) -> Any:
    """Signs the summary on the page, as its script does."""
    token = re.search(r'name="token" value="([^"]+)"', page.content.decode())
    assert token is not None, page.content.decode()
    asked = client.post("/sign/prepare/", {"token": token[1]}).json()
    digest = decode("challenge", asked["challenge"])
    fields = device.sign(digest) if isinstance(device, Device) else {"signature": "0x" + device.sign(digest).hex()}
    return client.post("/sign/", {"token": token[1], "prepared": asked["prepared"], **fields})


@pytest.fixture
def holder(district: District, workers: Workers) -> Client:
    """The browser of a person who made a passkey on their phone and signed in with it."""
    client = browser()
    assert register(client, PHONE).status_code == 200
    workers.block()
    assert sign_in(client, PHONE).status_code == 302
    return client


def account_of(device: Device) -> PasskeyAccount:
    return PasskeyAccount.objects.get(x=device.x, y=device.y)


def choose(holder: Client, workers: Workers, district: District) -> str:
    """The friend, the sister and the court become guardians; returns the account."""
    choices = {"person_0": FRIEND.address, "person_1": SISTER.address, "institution_2": str(COURT_ID)}
    assert confirm(holder, holder.post("/passkeys/guardians/", choices), PHONE, district).status_code == 302
    workers.block()
    return account_of(PHONE).address


def vote(guardian: Key, device: Device, act: str, workers: Workers, district: District) -> Any:
    client = browser()
    sign_in_with_wallet(client, guardian)
    page = client.get("/passkeys/wards/").content.decode()
    commitment = re.search(r'name="guardian" value="([^"]+)"', page)
    assert commitment is not None, page
    fields = {"guardian": commitment[1], "credential": device.credential, "act": act}
    answer = confirm(client, client.post("/passkeys/wards/", fields), guardian, district)
    workers.block()
    return answer


# --- registering ------------------------------------------------------------------------------------------------------


def test_new_passkey_opens_an_account_that_somebody_forgotten_asked_for(district: District, workers: Workers) -> None:
    client = browser()
    answer = register(client, PHONE).json()
    assert client.get("/passkeys/opened/", {"account": answer["account"]}).json() == {"open": False}
    workers.block()
    assert client.get("/passkeys/opened/", {"account": answer["account"]}).json() == {"open": True}
    row = account_of(PHONE)
    foretold = district.ask(district.book.address("Passkeys"), Passkeys.accountOf(PHONE.x, PHONE.y))
    assert (row.address, answer["account"]) == (foretold, foretold)
    assert passkeys.credentials(row.address) == [PHONE.credential]
    assert Request.objects.get().signer not in {key.address for key in (DEPLOYER, *CUSTOMERS)}


def test_same_passkey_again_is_the_same_account(holder: Client) -> None:
    assert register(browser(), PHONE).json()["account"] == account_of(PHONE).address
    assert (Passkey.objects.count(), Request.objects.count()) == (1, 1)


def test_name_of_another_passkey_is_refused(holder: Client) -> None:
    other = Device("other")
    other.credential = PHONE.credential
    answer = register(browser(), other)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid-input")


@pytest.mark.parametrize("credential", ["", "*", "A" * 1400])
def test_malformed_passkey_is_refused(district: District, credential: str) -> None:
    device = Device("phone")
    device.credential = credential
    assert register(browser(), device).status_code == 400
    assert Passkey.objects.count() == 0


def test_site_without_passkeys_says_why_and_makes_none(district: District, settings: Any) -> None:
    settings.CITYCHAIN_ORIGIN, settings.ALLOWED_HOSTS = "http://city.example.org", ["city.example.org"]
    client = Client(HTTP_ACCEPT_LANGUAGE="en", HTTP_HOST="city.example.org")
    page = client.get("/sign-in/").content.decode()
    assert "browsers have them on https" in page and "data-passkey" not in page
    answer = register(client, PHONE)
    assert (answer.status_code, answer.json()["code"]) == (403, "passkeys-impossible")


# --- signing in -------------------------------------------------------------------------------------------------------


def test_passkey_opens_a_session_of_its_account(holder: Client) -> None:
    assert list(SignIn.objects.values_list("account", flat=True)) == [account_of(PHONE).address]
    assert "My passkey" in holder.get("/passkeys/").content.decode()


def test_text_for_a_passkey_names_the_site_and_no_account(district: District) -> None:
    asked = browser().post("/sign-in/passkey/message/").json()
    lines = asked["message"].splitlines()
    assert lines[0] == "localhost:8000 wants you to sign in with your passkey."
    assert decode("challenge", asked["challenge"]) == message_digest(asked["message"])


def test_unknown_passkey_another_signer_and_a_second_use_are_refused(holder: Client) -> None:
    client = browser()
    assert sign_in(client, TABLET).status_code == 403
    assert sign_in(client, TABLET, credential=PHONE.credential).status_code == 403
    asked = client.post("/sign-in/passkey/message/").json()
    fields = {"token": asked["token"], **PHONE.sign(decode("challenge", asked["challenge"]))}
    answers = [client.post("/sign-in/passkey/", fields).status_code for _time in range(2)]
    assert answers == [302, 400]


def test_tokens_of_wallets_and_passkeys_are_not_exchanged(holder: Client) -> None:
    client = browser()
    asked = client.post("/sign-in/message/", {"account": account_of(PHONE).address}).json()
    fields = {"token": asked["token"], **PHONE.sign(message_digest(asked["message"]))}
    assert client.post("/sign-in/passkey/", fields).status_code == 403
    asked = client.post("/sign-in/passkey/message/").json()
    assert client.post("/sign-in/", {"token": asked["token"], "signature": "0x" + "11" * 65}).status_code == 400


def test_attempts_are_limited(holder: Client) -> None:
    assert [sign_in(browser(), TABLET).status_code for _time in range(11)][-2:] == [403, 429]


# --- guardians and recovery -------------------------------------------------------------------------------------------


def test_guardians_are_known_to_the_holder_and_not_to_the_record(
    holder: Client, workers: Workers, district: District
) -> None:
    account = choose(holder, workers, district)
    page = holder.get("/passkeys/").content.decode()
    assert FRIEND.address in page and SISTER.address in page and "Court" in page
    data = b"".join(bytes(row.data) for row in Request.objects.filter(signer=account))
    assert bytes.fromhex(FRIEND.address[2:]) not in data
    rows = Guardian.objects.filter(account=account)
    assert account_of(PHONE).guardians == ",".join(row.commitment for row in rows)


@pytest.mark.parametrize(
    "choices",
    [
        {},
        {"person_0": FRIEND.address, "person_1": FRIEND.address, "institution_2": str(COURT_ID)},
        {"person_0": FRIEND.address, "person_1": "0x1", "institution_2": str(COURT_ID)},
        {"person_0": FRIEND.address, "institution_0": "2", "person_1": SISTER.address, "institution_2": str(COURT_ID)},
    ],
)
def test_other_than_three_guardians_are_asked_for_again(holder: Client, choices: dict[str, str]) -> None:
    page = holder.post("/passkeys/guardians/", choices)
    assert page.status_code == 200 and "field__error" in page.content.decode()


def test_lost_passkey_is_replaced_with_two_guardians_after_seven_days(
    holder: Client, workers: Workers, district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = choose(holder, workers, district)
    answer = register(browser(), TABLET, account).json()
    name = recovery.key_hash(TABLET.x, TABLET.y)
    assert answer == {"account": account, "code": f"{name[2:6]} {name[6:10]} {name[10:14]} {name[14:18]}"}
    assert sign_in(browser(), TABLET).status_code == 403
    vote(FRIEND, TABLET, "support", workers, district)
    assert "one guardian supports it" in holder.get("/passkeys/").content.decode()
    vote(COURT, TABLET, "support", workers, district)
    page = browser().get("/passkeys/lost/", {"account": account}).content.decode()
    assert "two guardians support it" in page and answer["code"] in page
    later = account_of(PHONE).ready_at
    district.mine(time=later)
    monkeypatch.setattr("citychain.chain.clock.now", lambda: later)
    vote(SISTER, TABLET, "finish", workers, district)
    assert account_of(TABLET).address == account
    assert sign_in(browser(), TABLET).status_code == 302
    assert sign_in(browser(), PHONE).status_code == 403
    assert holder.get("/passkeys/").status_code == 401  # the old passkey's session ended with it


def test_holder_who_lost_nothing_stops_the_recovery(holder: Client, workers: Workers, district: District) -> None:
    account = choose(holder, workers, district)
    register(browser(), TABLET, account)
    vote(FRIEND, TABLET, "support", workers, district)
    vote(SISTER, TABLET, "support", workers, district)
    assert "Stop the recovery" in holder.get("/passkeys/").content.decode()
    confirm(holder, holder.post("/passkeys/veto/"), PHONE, district)
    workers.block()
    assert not account_of(PHONE).supported
    assert holder.post("/passkeys/veto/")["Location"] == "/passkeys/"


def test_holder_signs_an_objection_that_anybody_brings_while_requests_are_not_carried(
    holder: Client, workers: Workers, district: District
) -> None:
    register(browser(), TABLET, choose(holder, workers, district))
    assert holder.get("/passkeys/veto/signed/")["Location"] == "/passkeys/"
    vote(FRIEND, TABLET, "support", workers, district)
    district.act(DEPLOYER, district.authority, Authority.grantRole(GUARDIAN_ROLE, DEPLOYER.address, 0))
    district.act(DEPLOYER, district.authority, Authority.switchOffForwarder())
    assert "Sign with your passkey" in holder.get("/passkeys/veto/signed/").content.decode()
    digest = decode("challenge", holder.post("/passkeys/veto/challenge/").json()["challenge"])
    refused = Device("another phone").sign(digest)
    assert "did not sign this objection" in holder.post("/passkeys/veto/signed/", refused).content.decode()
    page = holder.post("/passkeys/veto/signed/", PHONE.sign(digest)).content.decode()
    carried = re.search(r"0x([0-9a-f]{500,})", page)
    assert carried is not None, page
    transact(district.rpc, STRANGER, district.book.address("Passkeys"), bytes.fromhex(carried[1]), district.mine)
    workers.block()
    assert not account_of(PHONE).supported


def test_guardian_withdraws(holder: Client, workers: Workers, district: District) -> None:
    register(browser(), TABLET, choose(holder, workers, district))
    vote(FRIEND, TABLET, "support", workers, district)
    assert account_of(PHONE).supported
    vote(FRIEND, TABLET, "withdraw", workers, district)
    assert not account_of(PHONE).supported


def test_strangers_have_no_wards_and_no_passkey_page(holder: Client, workers: Workers, district: District) -> None:
    choose(holder, workers, district)
    stranger = browser()
    assert stranger.get("/passkeys/").status_code == 401
    sign_in_with_wallet(stranger, CUSTOMERS[5])
    assert stranger.get("/passkeys/").status_code == 401
    assert "nobody’s guardian" in stranger.get("/passkeys/wards/").content.decode()
    commitment = Guardian.objects.first()
    assert commitment is not None
    fields = {"guardian": commitment.commitment, "act": "withdraw"}
    assert stranger.post("/passkeys/wards/", fields).status_code == 404


def test_lost_page_names_what_is_wrong_with_the_account(holder: Client) -> None:
    for account, reason in ((CUSTOMERS[0].address, "not an account"), (account_of(PHONE).address, "no guardians")):
        assert reason in browser().get("/passkeys/lost/", {"account": account}).content.decode()


def test_purge_deletes_what_the_record_does_not_have_when_it_is_old(
    holder: Client, workers: Workers, district: District
) -> None:
    register(browser(), TABLET, choose(holder, workers, district))
    before = set(Guardian.objects.values_list("commitment", flat=True))
    choose(holder, workers, district)
    assert recovery.purge() == 0
    for model in (Guardian, Passkey):
        model.objects.update(created="2020-01-01T00:00:00Z")
    assert recovery.purge() == 4
    assert before & set(Guardian.objects.values_list("commitment", flat=True)) == set()
    assert list(Passkey.objects.values_list("credential", flat=True)) == [PHONE.credential]
