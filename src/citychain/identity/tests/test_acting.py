"""Between a form and a signature: what is proposed is what is signed, once, and by whom it was made for."""

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from django.contrib.sessions.backends.signed_cookies import SessionStore
from django.db import IntegrityError
from django.http import HttpRequest
from django.test import Client, RequestFactory

from citychain.chain.abi import Act
from citychain.chain.artifacts import bindings
from citychain.chain.keys import Key
from citychain.errors import NotSignedIn
from citychain.identity import acting, personas
from citychain.identity.models import Paper, Persona, PersonaAccount
from citychain.outbox import services as outbox
from citychain.outbox.models import Request
from citychain.outbox.tests.city import CUSTOMERS, FIRST_BALANCE
from citychain.outbox.tests.conftest import Workers

from .district import District

pytestmark = [
    pytest.mark.django_db(databases=["default", "readmodel"]),
    pytest.mark.filterwarnings("ignore:No directory at"),
]
ALICE, BOB = CUSTOMERS[:2]


@pytest.fixture(autouse=True)
def cast(monkeypatch: pytest.MonkeyPatch) -> None:
    """Alice and Bob are personas, and customers of the district's bank."""
    for number, (name, key) in enumerate((("alice", ALICE), ("bob", BOB))):
        Persona.objects.create(id=name, name_zh=name, name_en=name, role_zh="居民", role_en="Resident")
        PersonaAccount.objects.create(address=key.address, persona_id=name, purpose="money", index=number)
    monkeypatch.setattr(personas, "derive", lambda index: [ALICE, BOB][index])


@pytest.fixture
def browser() -> Client:
    client = Client(HTTP_ACCEPT_LANGUAGE="en")
    client.post("/act-as/", {"persona": "alice"})
    return client


def visit(persona: str | None = None) -> HttpRequest:
    request = RequestFactory().get("/money/send/")
    request.session = SessionStore()
    request.session["persona"] = persona
    return request


def propose(district: District, signer: Key = ALICE, value: int = 7, papers: Sequence[Paper] = ()) -> str:
    """The token in the summary page of a transfer to Bob."""
    act = Act(district.deposits, bindings("Deposits").transfer(to=BOB.address, value=value))
    request = visit()
    page = acting.propose(
        request, signer=signer.address, act=act, title="Send", sentences=["You send 0.07."], papers=papers
    )
    found = re.search(r'name="token" value="([^"]+)"', page.content.decode())
    assert found is not None
    return found[1]


def sign(browser: Client, token: str) -> Any:
    return browser.post("/sign/", {"token": token})


def test_proposal_stores_nothing_until_it_is_confirmed(district: District, browser: Client) -> None:
    token = propose(district)
    assert Request.objects.count() == 0
    answer = sign(browser, token)
    request = Request.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/requests/{request.id}/")


def test_confirmed_proposal_is_what_was_shown(district: District, browser: Client, workers: Workers) -> None:
    sign(browser, propose(district, value=70))
    request = Request.objects.get()
    assert (request.signer, request.target, request.nonce) == (ALICE.address, district.deposits, 0)
    assert bytes(request.data) == bindings("Deposits").transfer(to=BOB.address, value=70).data()
    workers.block()
    workers.finalise()
    request.refresh_from_db()
    assert request.state == "final"
    assert district.balance(BOB.address) == FIRST_BALANCE + 70


def test_proposal_confirmed_twice_is_one_request(district: District, browser: Client, workers: Workers) -> None:
    token = propose(district)
    first = sign(browser, token)["Location"]
    workers.block()
    workers.finalise()
    assert sign(browser, token)["Location"] == first
    assert Request.objects.count() == 1
    assert district.spent(ALICE.address) == 1


def draft(number: int = 2) -> PersonaAccount:
    return PersonaAccount(address=f"0x{number:040x}", persona_id="alice", purpose=f"title:{number}", index=number)


def accounts() -> list[str]:
    return sorted(PersonaAccount.objects.filter(index__gt=1).values_list("purpose", flat=True))


def test_papers_are_stored_with_their_request_and_once(district: District, browser: Client) -> None:
    token = propose(district, papers=[draft(2), draft(3)])
    propose(district, papers=[draft(4)])
    assert accounts() == []
    sign(browser, token)
    sign(browser, token)
    assert (accounts(), Request.objects.count()) == (["title:2", "title:3"], 1)


def test_papers_of_a_refused_proposal_are_not_kept(district: District, browser: Client) -> None:
    assert sign(browser, propose(district, value=FIRST_BALANCE + 1, papers=[draft()])).status_code == 422
    assert (accounts(), Request.objects.count()) == ([], 0)


def test_request_whose_papers_cannot_be_stored_is_not_kept(district: District, browser: Client) -> None:
    PersonaAccount.objects.create(address=f"0x{9:040x}", persona_id="bob", purpose="title:9", index=2)
    with pytest.raises(IntegrityError):
        sign(browser, propose(district, papers=[draft(3), draft(2)]))
    assert (accounts(), Request.objects.count()) == (["title:9"], 0)


def test_proposals_opened_side_by_side_are_both_signed(district: District, browser: Client) -> None:
    first, second = propose(district), propose(district)
    sign(browser, second)
    sign(browser, first)
    assert list(Request.objects.order_by("nonce").values_list("nonce", flat=True)) == [0, 1]


def test_proposal_that_another_request_overtakes_is_signed_anew(
    district: District, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare = outbox.prepare

    def overtaken(*arguments: Any) -> outbox.Prepared:
        prepared = prepare(*arguments)
        monkeypatch.setattr(outbox, "prepare", prepare)
        outbox.submit(*district.signed(ALICE))
        return prepared

    monkeypatch.setattr(outbox, "prepare", overtaken)
    assert sign(browser, propose(district)).status_code == 302
    assert list(Request.objects.order_by("nonce").values_list("nonce", flat=True)) == [0, 1]


@pytest.mark.parametrize("spoil", [lambda token: token[:-1], lambda token: "x" + token, lambda token: ""])
def test_tampered_proposal_is_refused(district: District, browser: Client, spoil: Any) -> None:
    assert sign(browser, spoil(propose(district))).status_code == 400
    assert Request.objects.count() == 0


def test_proposal_left_open_too_long_is_refused(
    district: District, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = propose(district)
    monkeypatch.setattr(acting, "PROPOSAL_SECONDS", -1)
    assert sign(browser, token).status_code == 400
    assert Request.objects.count() == 0


@pytest.fixture
def hanging() -> Iterator[str]:
    """The address of a node that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def test_node_that_hangs_is_an_answer_that_says_so(
    district: District, browser: Client, hanging: str, settings: Any
) -> None:
    token = propose(district)
    settings.CITYCHAIN_RPC_URL, settings.CITYCHAIN_RPC_SECONDS = hanging, 0.1
    page = sign(browser, token)
    assert (page.status_code, page["Retry-After"]) == (503, "5")
    assert "Code to quote: <code>node-unavailable</code>" in page.content.decode()
    call = {"contract": "Deposits", "function": "transfer", "arguments": {"to": BOB.address, "value": 1}}
    asked = {"signer": ALICE.address, **call}
    answer = browser.post("/api/requests/prepare", asked, content_type="application/json")
    assert (answer.status_code, answer["Retry-After"], answer.json()["code"]) == (503, "5", "node-unavailable")
    assert Request.objects.count() == 0


def test_portal_waits_five_seconds_for_the_node(tmp_path: Path) -> None:
    show = "import citychain.wsgi; from django.conf import settings; print(settings.CITYCHAIN_RPC_SECONDS)"
    environment = {**os.environ, "CITYCHAIN_HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", show], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "5.0\n"


def test_proposal_for_another_persona_is_refused(district: District, browser: Client) -> None:
    assert sign(browser, propose(district, signer=BOB)).status_code == 403
    assert Request.objects.count() == 0


def test_proposal_that_the_contract_refuses_is_not_kept(district: District, browser: Client) -> None:
    answer = sign(browser, propose(district, value=FIRST_BALANCE + 1))
    assert answer.status_code == 422
    assert "Not enough money is available" in answer.content.decode()
    assert Request.objects.count() == 0


def test_acting_needs_a_persona_of_this_sandbox(settings: Any) -> None:
    assert acting.addresses(acting.require(visit("alice"))) == [ALICE.address]
    settings.CITYCHAIN_SANDBOX = False
    with pytest.raises(NotSignedIn):
        acting.require(visit("alice"))
    assert acting.addresses(None) == []
