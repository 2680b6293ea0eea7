"""What officers sign together: from the first signature on a form to the chain, and every way in which it ends."""

import re
from typing import Any

import pytest
from django.test import Client

from citychain.chain import clock
from citychain.chain.abi import Act
from citychain.chain.bindings import Safe
from citychain.chain.council import call
from citychain.chain.keys import Key
from citychain.identity import personas, shared
from citychain.identity.errors import NotAnOfficer, NotShared, NotThisProposal, ProposalClosed
from citychain.identity.models import Approval, InstitutionKey, Persona, PersonaAccount, Proposal, SharedAccount
from citychain.identity.tests.district import District
from citychain.outbox.models import Request
from citychain.outbox.tests.city import COUNCIL, OFFICERS, RELAYER, STRANGER, key
from citychain.outbox.tests.conftest import Workers

pytestmark = [
    pytest.mark.django_db(databases=["default", "readmodel"]),
    pytest.mark.filterwarnings("ignore:No directory at"),
]

BOARD_ID = 7
FIRST, SECOND = OFFICERS
PEOPLE: dict[str, Key] = {"first": FIRST, "second": SECOND, "stranger": STRANGER}


class SafeKey:
    """Stands where a key's address is wanted."""

    def __init__(self, address: str) -> None:
        self.address = address


@pytest.fixture
def office(district: District, workers: Workers, monkeypatch: pytest.MonkeyPatch) -> Workers:
    """A supervisor whose only key is a Safe of two officers has accredited a bank; both officers have their seats."""
    district.accredit(COUNCIL, "supervisor", "Board", SafeKey(district.wallet))  # type: ignore[arg-type]
    for index, name in enumerate(PEOPLE):
        person = Persona.objects.create(id=name, name_zh=name, name_en=name.title(), role_zh="官员", role_en="Officer")
        PersonaAccount.objects.create(address=PEOPLE[name].address, persona=person, purpose="office", index=index)
    monkeypatch.setattr(personas, "derive", lambda index: list(PEOPLE.values())[index])
    workers.block()
    for name in ("first", "second"):
        assert _as(name).post("/proposals/enter/", {"account": district.wallet}).status_code == 302
    return workers


def _as(name: str) -> Client:
    browser = Client(HTTP_ACCEPT_LANGUAGE="en")
    browser.post("/act-as/", {"persona": name})
    return browser


def _propose(name: str = "first", spare: str = "spare", **others: str) -> Proposal:
    """The board gets another key, signed by one officer on its page."""
    browser = _as(name)
    typed = {"act": "1", "account": key(spare).address, "scopes": ["keys"], **others}
    summary = browser.post(f"/institutions/{BOARD_ID}/add-key/", typed).content.decode()
    assert "Several officers sign this" in summary
    token = re.search(r'name="token" value="([^"]+)"', summary)
    assert token is not None, summary
    answer = browser.post("/sign/", {"token": token[1]})
    assert answer.status_code == 302, answer.content.decode()
    assert browser.post("/sign/", {"token": token[1]}).headers["Location"] == answer.headers["Location"]
    return Proposal.objects.get(id=answer.headers["Location"].split("/")[-2])


def _answer(name: str, proposal: Proposal, act: str) -> Any:
    return _as(name).post(f"/proposals/{proposal.id}/", {"act": act})


def _page(name: str, proposal: Proposal) -> str:
    return _as(name).get(f"/proposals/{proposal.id}/").content.decode()


def _state(proposal: Proposal) -> str:
    proposal.refresh_from_db()
    return proposal.state


def _keys() -> set[str]:
    return set(InstitutionKey.objects.filter(institution=BOARD_ID, current=True).values_list("address", flat=True))


def test_second_signature_sends_the_act_on_its_way(district: District, office: Workers) -> None:
    proposal = _propose()
    assert (Proposal.objects.count(), Request.objects.count()) == (1, 0)
    assert "1 of 2 signatures are there" in _page("first", proposal)
    home = _as("second").get("/").content.decode()
    assert "Your signature is missing" in home and str(proposal.id) in home
    assert "You are about to" not in home
    assert _answer("second", proposal, "sign").status_code == 302
    assert _state(proposal) == "submitted"
    office.block()
    assert key("spare").address in _keys()
    found = Request.objects.get(signer=district.wallet)
    assert found.id == proposal.request
    assert (found.signer, found.reason) == (district.wallet, "")
    assert "Your signature is missing" not in _as("second").get("/").content.decode()


def test_only_officers_see_and_sign_a_proposal(office: Workers) -> None:
    proposal = _propose()
    assert _as("stranger").get(f"/proposals/{proposal.id}/").status_code == 404
    assert _answer("stranger", proposal, "sign").status_code == 404
    assert Client().get(f"/proposals/{proposal.id}/").status_code in (302, 401, 403)
    assert _as("stranger").post("/proposals/enter/", {"account": shared.of([FIRST.address])[0]}).status_code == 403
    assert _as("stranger").post("/proposals/enter/", {"account": STRANGER.address}).status_code == 404


def test_signatures_of_others_are_refused_by_name(district: District, office: Workers) -> None:
    proposal = _propose()
    digest = shared.officers_digest(district.wallet, shared.digest_of(proposal))
    with pytest.raises(NotAnOfficer):
        shared.sign(proposal, STRANGER.address, STRANGER.sign(digest))
    with pytest.raises(NotThisProposal):
        shared.sign(proposal, SECOND.address, STRANGER.sign(digest))
    with pytest.raises(NotThisProposal):
        shared.sign(proposal, SECOND.address, SECOND.sign(shared.digest_of(proposal)))
    assert Approval.objects.count() == 1


def test_two_proposals_go_in_their_order(office: Workers) -> None:
    first, then = _propose(spare="one"), _propose(spare="two")
    assert then.nonce == first.nonce + 1
    _answer("second", then, "sign")
    assert _state(then) == "collecting"
    assert "All signatures are there" in _page("second", then)
    _answer("second", first, "sign")
    assert (_state(first), _state(then)) == ("submitted", "submitted")
    office.block()
    assert {key("one").address, key("two").address} <= _keys()


def test_proposal_that_another_overtook_is_closed_with_the_reason(office: Workers) -> None:
    first, then = _propose(spare="one"), _propose(spare="two")
    _answer("first", first, "withdraw")
    late = _propose(spare="three")  # takes the number that became free
    assert late.nonce == first.nonce
    _answer("second", late, "sign")
    _answer("second", then, "sign")
    assert (_state(first), _state(late), _state(then)) == ("withdrawn", "submitted", "submitted")


def test_officer_who_declines_ends_what_needs_them(office: Workers) -> None:
    proposal = _propose()
    _answer("second", proposal, "decline")
    assert _state(proposal) == "withdrawn"
    assert _answer("second", proposal, "sign").status_code == 409
    assert _answer("first", _propose(spare="other"), "decline").status_code == 409


def test_overdue_proposal_takes_no_signature(office: Workers, monkeypatch: pytest.MonkeyPatch) -> None:
    proposal = _propose()
    monkeypatch.setattr(clock, "now", lambda: proposal.deadline)
    with pytest.raises(ProposalClosed):
        shared.require_open(proposal)
    assert "Its time is over" in _page("second", proposal)


def test_act_that_the_record_refuses_is_closed_with_its_reason(district: District, office: Workers) -> None:
    first, again = _propose(), _propose()  # the same key twice
    _answer("second", first, "sign")
    office.block()
    _answer("second", again, "sign")
    assert _state(again) == "refused"
    assert again.refusal in _page("first", again)
    assert again.refusal != ""


def test_officer_who_left_does_not_count(district: District, office: Workers) -> None:
    proposal = _propose()
    gone = _head(district)
    change = Act(
        district.wallet,
        Safe.swapOwner(prevOwner="0x" + "0" * 39 + "1", oldOwner=gone, newOwner=STRANGER.address),
    )
    call(district.rpc, district.wallet, change, officers=OFFICERS, carrier=RELAYER, wait=district.mine)
    left = next(name for name in ("first", "second") if PEOPLE[name].address == gone)
    stays = "second" if left == "first" else "first"
    row = shared.ask(district.wallet)
    assert sorted(row.officers) == sorted([PEOPLE[stays].address, STRANGER.address])
    assert _as(left).get(f"/proposals/{proposal.id}/").status_code == 404
    assert _as("stranger").get(f"/proposals/{proposal.id}/").status_code == 200


def _head(district: District) -> str:
    """The owner that the Safe lists first."""
    return district.rpc.view(district.wallet, Safe.getOwners())[0].lower()


def test_proposals_are_deleted_when_their_time_is_over(office: Workers, monkeypatch: pytest.MonkeyPatch) -> None:
    proposal = _propose()
    monkeypatch.setattr(clock, "now", lambda: proposal.deadline + 90 * 86_400)
    assert (shared.purge(), Proposal.objects.count()) == (0, 1)
    monkeypatch.setattr(clock, "now", lambda: proposal.deadline + 90 * 86_400 + 1)
    assert (shared.purge(), Proposal.objects.count(), Approval.objects.count()) == (1, 0, 0)


def test_key_of_one_person_is_no_shared_account(office: Workers) -> None:
    with pytest.raises(NotShared):
        shared.ask(STRANGER.address)
    assert SharedAccount.objects.count() == 1


def test_api_collects_the_same_signatures(district: District, office: Workers) -> None:
    browser = Client()

    def post(path: str, body: dict[str, Any], status: int = 200) -> dict[str, Any]:
        answer = browser.post(f"/api/{path}", body, content_type="application/json")
        assert answer.status_code == status, answer.content
        found: dict[str, Any] = answer.json()
        return found

    account = browser.get(f"/api/shared-accounts/{district.wallet}").json()
    assert (account["officers"], account["threshold"]) == (sorted(one.address for one in OFFICERS), 2)
    wish = {"institution": BOARD_ID, "account": key("by api").address, "scopes": ["keys"]}
    body = {"account": district.wallet, "contract": "Institutions", "function": "addKey", "arguments": wish}
    prepared = post("proposals/prepare", body)
    digest = shared.officers_digest(district.wallet, bytes.fromhex(prepared["digest"][2:]))
    signed = {one.address: "0x" + one.sign(digest).hex() for one in OFFICERS}
    first = {"request": prepared["request"], "officer": FIRST.address, "signature": signed[FIRST.address]}
    made = post("proposals", first, 201)
    assert post("proposals", first, 201)["id"] == made["id"]
    assert (made["state"], made["signed"], made["threshold"]) == ("collecting", [FIRST.address], 2)
    assert post(f"proposals/{made['id']}/submit", {})["state"] == "collecting"
    second = {"officer": SECOND.address, "signature": signed[SECOND.address]}
    assert post(f"proposals/{made['id']}/signatures", second)["state"] == "submitted"
    assert post(f"proposals/{made['id']}/signatures", second, 409)["code"] == "proposal-closed"
    office.block()
    assert key("by api").address in _keys()
    done = browser.get(f"/api/proposals/{made['id']}").json()
    assert browser.get(f"/api/requests/{done['request']}").json()["reason"] == ""
    assert browser.get("/api/proposals/nothing").status_code == 404
