"""Signing in with an account's key, by EIP-4361, and the sessions that follow."""

import datetime
import json
import shutil
import subprocess
from typing import Any

import pytest
from django.core import signing
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from eth_utils.address import to_checksum_address

from citychain.chain.abi import Act
from citychain.chain.artifacts import bindings
from citychain.chain.council import wallet_signature
from citychain.chain.forwarding import ForwardRequest
from citychain.chain.keys import Key, checksum, message_digest
from citychain.identity import acting, sessions
from citychain.identity.models import SignIn
from citychain.outbox.models import Request
from citychain.outbox.tests.city import CUSTOMERS, FIRST_BALANCE, OFFICERS
from citychain.outbox.tests.conftest import Workers

from .district import District
from .test_acting import visit

pytestmark = [
    pytest.mark.django_db(databases=["default", "readmodel"]),
    pytest.mark.filterwarnings("ignore:No directory at"),
]
ALICE, BOB = CUSTOMERS[:2]
VIEM = """
import { parseSiweMessage, validateSiweMessage } from "viem/siwe";
import { hashMessage } from "viem";
const text = process.argv[1];
const message = parseSiweMessage(text);
const good = validateSiweMessage({ message, address: process.argv[2], domain: "localhost:8000", nonce: message.nonce });
console.log(JSON.stringify({ ...message, good, digest: hashMessage(text) }));
"""


@pytest.fixture(autouse=True)
def no_attempts_yet() -> None:
    cache.clear()


@pytest.fixture
def browser() -> Client:
    return Client(HTTP_ACCEPT_LANGUAGE="en", HTTP_USER_AGENT="a phone", HTTP_HOST="localhost:8000")


def ask(browser: Client, account: str = ALICE.address) -> dict[str, str]:
    answer = browser.post("/sign-in/message/", {"account": checksum(account)})
    found: dict[str, str] = answer.json()
    return found


def sign_in(browser: Client, key: Key = ALICE, **changes: str) -> Any:
    asked = ask(browser, key.address)
    signature = "0x" + key.sign(message_digest(asked["message"])).hex()
    fields = {"token": asked["token"], "signature": signature, **changes}
    return browser.post("/sign-in/", fields)


def test_address_is_written_as_wallets_write_it() -> None:
    for key in CUSTOMERS:
        assert checksum(key.address) == to_checksum_address(key.address)


def test_message_is_what_wallets_read_by_eip_4361(district: District, browser: Client, settings: Any) -> None:
    runtime = shutil.which("node")
    if runtime is None:
        pytest.skip("node is not installed")
    text = ask(browser)["message"]
    done = subprocess.run(
        [runtime, "--input-type=module", "-e", VIEM, text, checksum(ALICE.address)],
        cwd=settings.CITYCHAIN_NODE_MODULES,
        capture_output=True,
        text=True,
        check=True,
    )
    read = json.loads(done.stdout)
    assert read["good"] is True
    assert read["digest"] == "0x" + message_digest(text).hex()
    assert (read["address"], read["chainId"]) == (checksum(ALICE.address), district.book.chain_id)
    assert (read["domain"], read["uri"], read["version"]) == ("localhost:8000", settings.CITYCHAIN_ORIGIN, "1")
    assert read["nonce"] in text and len(read["nonce"]) == 32


def test_key_of_the_account_opens_a_session(district: District, browser: Client) -> None:
    assert sign_in(browser, next="/titles/")["Location"] == "/titles/"
    session = SignIn.objects.get()
    assert (session.account, session.agent, session.ended) == (ALICE.address, "a phone", None)
    page = browser.get("/money/").content.decode()
    assert f"{ALICE.address[:6]}…{ALICE.address[-4:]}" in page


def test_other_keys_signature_opens_none(district: District, browser: Client) -> None:
    asked = ask(browser)
    signature = "0x" + BOB.sign(message_digest(asked["message"])).hex()
    answer = browser.post("/sign-in/", {"token": asked["token"], "signature": signature})
    assert (answer.status_code, SignIn.objects.count()) == (403, 0)


def test_signature_of_another_text_opens_none(district: District, browser: Client) -> None:
    first, second = ask(browser), ask(browser)
    signature = "0x" + ALICE.sign(message_digest(first["message"])).hex()
    answer = browser.post("/sign-in/", {"token": second["token"], "signature": signature})
    assert (answer.status_code, SignIn.objects.count()) == (403, 0)


def test_signature_opens_one_session_once(district: District, browser: Client) -> None:
    asked = ask(browser)
    fields = {"token": asked["token"], "signature": "0x" + ALICE.sign(message_digest(asked["message"])).hex()}
    assert browser.post("/sign-in/", fields).status_code == 302
    stolen = Client(HTTP_ACCEPT_LANGUAGE="en")
    assert stolen.post("/sign-in/", fields).status_code == 400
    sessions.end(ALICE.address, SignIn.objects.get().id)
    assert stolen.post("/sign-in/", fields).status_code == 400
    assert SignIn.objects.count() == 1


@pytest.mark.parametrize("token", ["", "nonsense", signing.dumps({"account": ALICE.address}, salt="another")])
def test_token_that_is_not_ours_is_refused(district: District, browser: Client, token: str) -> None:
    assert sign_in(browser, token=token).status_code == 400
    assert SignIn.objects.count() == 0


def test_old_message_is_refused(district: District, browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "MESSAGE_SECONDS", -1)
    assert sign_in(browser).status_code == 400


@pytest.mark.parametrize("signature", ["", "0x", "0xzz", "0x" + "00" * 65, "0x" + "11" * 5000])
def test_signature_that_is_none_is_refused(district: District, browser: Client, signature: str) -> None:
    assert sign_in(browser, signature=signature).status_code in (400, 403)
    assert SignIn.objects.count() == 0


def test_contract_account_signs_in_by_its_officers(district: District, browser: Client) -> None:
    asked = ask(browser, district.wallet)
    digest = message_digest(asked["message"])
    for officers, status in ((OFFICERS[:1], 403), (OFFICERS, 302)):
        signature = wallet_signature(district.book.chain_id, district.wallet, digest, officers)
        fields = {"token": asked["token"], "signature": "0x" + signature.hex()}
        assert browser.post("/sign-in/", fields).status_code == status
    assert SignIn.objects.get().account == district.wallet


def test_attempts_are_limited_but_a_right_signature_never_waits(district: District, browser: Client) -> None:
    for attempt in range(sessions.ATTEMPTS_A_MINUTE + 1):
        answer = sign_in(browser, signature="0x" + "11" * 65)
        assert answer.status_code == (403 if attempt < sessions.ATTEMPTS_A_MINUTE else 429)
    assert answer["Retry-After"] == "60"
    assert sign_in(browser).status_code == 302


def test_session_ends_with_time_and_without_use(district: District, browser: Client) -> None:
    sign_in(browser)
    now = timezone.now()
    for change in (
        {"created": now - sessions.LIFETIME},
        {"seen": now - sessions.IDLE},
        {"ended": now},
    ):
        SignIn.objects.update(created=now, seen=now, ended=None)
        assert browser.get("/requests/").status_code == 200
        SignIn.objects.update(**change)
        assert browser.get("/requests/").status_code == 401


def test_use_is_noted_now_and_then(district: District, browser: Client) -> None:
    sign_in(browser)
    before = timezone.now() - sessions.GRAIN - datetime.timedelta(seconds=1)
    SignIn.objects.update(seen=before)
    browser.get("/requests/")
    seen = SignIn.objects.get().seen
    assert seen > before
    browser.get("/requests/")
    assert SignIn.objects.get().seen == seen


def test_who_tries_to_guess_keeps_nobody_at_another_address_from_signing_in(district: District) -> None:
    """Behind the proxy all come from 127.0.0.1."""
    told = {"language": "en", "token": ask(Client(HTTP_HOST="localhost:8000"))["token"], "signature": "0x" + "11" * 65}
    thief, holder = (Client(HTTP_HOST="localhost:8000", HTTP_X_FORWARDED_FOR=f"192.0.2.{end}") for end in (1, 2))
    tried = [thief.post("/sign-in/", told).status_code for _ in range(sessions.ATTEMPTS_A_MINUTE + 1)]
    assert tried == [403] * sessions.ATTEMPTS_A_MINUTE + [429]
    assert holder.post("/sign-in/", told).status_code == 403


def test_sessions_are_listed_and_ended_from_another_device(district: District, browser: Client) -> None:
    desk = Client(HTTP_ACCEPT_LANGUAGE="en", HTTP_USER_AGENT="a desk")
    stranger = Client(HTTP_ACCEPT_LANGUAGE="en", HTTP_USER_AGENT="a stranger's")
    sign_in(browser), sign_in(desk), sign_in(stranger, key=BOB)
    page = desk.get("/sign-in/sessions/").content.decode()
    assert "a phone" in page and "a desk" in page and "stranger" not in page
    foreign = SignIn.objects.get(account=BOB.address).id
    assert desk.post("/sign-in/sessions/", {"session": foreign}).status_code == 404
    desk.post("/sign-in/sessions/", {"session": ""})
    assert [c.get("/requests/").status_code for c in (browser, desk, stranger)] == [401, 200, 200]
    mine = SignIn.objects.get(account=ALICE.address, ended=None).id
    assert desk.post("/sign-in/sessions/", {"session": mine})["Location"] == "/"
    assert desk.get("/requests/").status_code == 401


def test_cookie_of_a_stolen_database_opens_nothing(district: District, browser: Client) -> None:
    sign_in(browser)
    assert sessions.current(SignIn.objects.get().id) is None


# --- a wallet signs an act ------------------------------------------------------------------------------------------


def propose(district: District, value: int = 7) -> str:
    act = Act(district.deposits, bindings("Deposits").transfer(to=BOB.address, value=value))
    page = acting.propose(visit(), signer=ALICE.address, act=act, title="Send", sentences=["You send 0.07."])
    return page.content.decode().split('name="token" value="')[1].split('"')[0]


def prepared(browser: Client, token: str) -> dict[str, Any]:
    answer = browser.post("/sign/prepare/", {"token": token})
    found: dict[str, Any] = answer.json()
    return found


def signature(district: District, typed_data: dict[str, Any], key: Key = ALICE) -> str:
    asked = {**typed_data["message"], "data": bytes.fromhex(typed_data["message"]["data"][2:])}
    request = ForwardRequest(*(asked[name] for name in ("from", "to", "gas", "nonce", "deadline", "data")))
    return "0x" + key.sign(request.digest(district.book.domain)).hex()


def test_wallets_act_is_what_was_shown_once(district: District, browser: Client, workers: Workers) -> None:
    sign_in(browser)
    token = propose(district, value=70)
    asked = prepared(browser, token)
    fields = {"token": token, "prepared": asked["prepared"], "signature": signature(district, asked["typed_data"])}
    first = browser.post("/sign/", fields)
    assert browser.post("/sign/", fields)["Location"] == first["Location"]
    request = Request.objects.get()
    assert (request.signer, request.target) == (ALICE.address, district.deposits)
    workers.block()
    workers.finalise()
    assert district.balance(BOB.address) == FIRST_BALANCE + 70


def test_wallet_cannot_hand_in_another_summarys_request(district: District, browser: Client) -> None:
    sign_in(browser)
    small, large = propose(district, value=1), propose(district, value=1_000)
    asked = prepared(browser, large)
    fields = {"token": small, "prepared": asked["prepared"], "signature": signature(district, asked["typed_data"])}
    assert browser.post("/sign/", fields).status_code == 400
    assert Request.objects.count() == 0


def test_wallets_act_needs_its_own_signature(district: District, browser: Client) -> None:
    sign_in(browser)
    token = propose(district)
    asked = prepared(browser, token)
    fields = {"token": token, "prepared": asked["prepared"], "signature": signature(district, asked["typed_data"], BOB)}
    assert browser.post("/sign/", fields).status_code in (400, 403, 409, 422)
    assert browser.post("/sign/", {"token": token}).status_code == 400
    assert Request.objects.count() == 0


def test_pages_where_one_signs_take_no_markup_from_text(district: District, browser: Client) -> None:
    answer = browser.get("/sign-in/")
    assert "require-trusted-types-for 'script'" in answer["Content-Security-Policy"]
    assert "trusted-types 'none'" in answer["Content-Security-Policy"]
