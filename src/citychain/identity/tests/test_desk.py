"""What officers decide about institutions on their pages, from the form to the chain."""

import re

import pytest
from django.test import Client

from citychain.chain.keys import Key
from citychain.identity import personas, queries
from citychain.identity.desk_forms import SCOPES, SCOPES_OF
from citychain.identity.models import Institution, InstitutionKey, Persona, PersonaAccount
from citychain.identity.tests.district import COURT, COURT_ID, SUPERVISOR, SUPERVISOR_ID, District
from citychain.outbox.models import Request
from citychain.outbox.tests.city import key
from citychain.outbox.tests.conftest import Workers

pytestmark = [
    pytest.mark.django_db(databases=["default", "readmodel"]),
    pytest.mark.filterwarnings("ignore:No directory at"),
]

YOUNG_BANK_ID = 7
YOUNG_BANK, SPARE = key("young bank"), key("spare")
OFFICERS: dict[str, tuple[Key, int]] = {
    "overseer": (SUPERVISOR, SUPERVISOR_ID),
    "banker": (YOUNG_BANK, YOUNG_BANK_ID),
    "judge": (COURT, COURT_ID),
}


@pytest.fixture
def office(district: District, workers: Workers, monkeypatch: pytest.MonkeyPatch) -> Workers:
    """The supervisor has accredited a bank; it, the bank and a court have an officer."""
    for index, (name, (held, institution)) in enumerate(OFFICERS.items()):
        officer = Persona.objects.create(
            id=name, name_zh=name, name_en=name.title(), role_zh="官员", role_en="Officer", institution=institution
        )
        PersonaAccount.objects.create(address=held.address, persona=officer, purpose="office", index=index)
    keys = [held for held, _institution in OFFICERS.values()]
    monkeypatch.setattr(personas, "derive", lambda index: keys[index])
    district.accredit(SUPERVISOR, "bank", "Young Bank", YOUNG_BANK)
    workers.block()
    return workers


def _as(name: str) -> Client:
    browser = Client(HTTP_ACCEPT_LANGUAGE="en")
    browser.post("/act-as/", {"persona": name})
    return browser


def _sign(name: str, act: str, workers: Workers, /, **typed: str | list[str]) -> str:
    """Fills the form in, signs its summary and waits for the block. Returns the summary."""
    browser = _as(name)
    summary = browser.post(f"/institutions/{YOUNG_BANK_ID}/{act}/", {"act": "1", **typed}).content.decode()
    token = re.search(r'name="token" value="([^"]+)"', summary)
    assert token is not None, summary
    assert browser.post("/sign/", {"token": token[1]}).status_code == 302
    workers.block()
    assert Request.objects.order_by("-created", "-nonce")[0].reason == ""
    return summary


def _buttons(name: str) -> list[str]:
    page = _as(name).get(f"/institutions/{YOUNG_BANK_ID}/").content.decode()
    return re.findall(rf'href="/institutions/{YOUNG_BANK_ID}/([a-z-]+)/"', page)


def _state() -> str:
    return queries.institution(YOUNG_BANK_ID).state


def test_accreditor_suspends_and_reinstates_with_a_reason(office: Workers) -> None:
    assert _buttons("overseer") == ["suspend", "revoke"]
    summary = _sign("overseer", "suspend", office, reason="reserve-report-late")
    assert "You suspend Young Bank." in summary and "It binds at once" in summary
    assert _state() == Institution.State.SUSPENDED
    assert _buttons("overseer") == ["add-key", "rotate-key", "remove-key", "reinstate", "revoke"]
    assert "after 2 days" in _sign("overseer", "reinstate", office, reason="report-received")
    assert _state() == Institution.State.ACTIVE


def test_institution_sets_its_own_keys_at_once(office: Workers) -> None:
    assert _buttons("banker") == ["add-key", "rotate-key", "remove-key"]
    summary = _sign(
        "banker", "add-key", office, account=SPARE.address.upper().replace("0X", "0x"), scopes=["mint", "keys"]
    )
    assert "It may act in: money issued and withdrawn, its own keys." in summary and "veto" not in summary
    added = InstitutionKey.objects.get(address=SPARE.address)
    assert (added.current, sorted(added.scopes.split(",")), added.valid_from) == (True, ["keys", "mint"], 0)
    _sign("banker", "remove-key", office, key=SPARE.address)
    assert not InstitutionKey.objects.get(address=SPARE.address).current
    _sign("banker", "rotate-key", office, key=YOUNG_BANK.address, account=key("third").address)
    assert _buttons("banker") == []


def test_revoked_institution_has_nothing_left_to_decide_but_by_the_council(office: Workers) -> None:
    assert "Only the council can undo this." in _sign("overseer", "revoke", office, reason="insolvent")
    assert _state() == Institution.State.REVOKED
    assert _buttons("overseer") == ["add-key", "rotate-key", "remove-key"]


def test_nobody_else_sees_or_opens_the_forms(office: Workers) -> None:
    assert _buttons("judge") == []
    address = f"/institutions/{YOUNG_BANK_ID}/suspend/"
    assert _as("judge").get(address).status_code == 403
    assert _as("overseer").get(f"/institutions/{YOUNG_BANK_ID}/dissolve/").status_code == 404
    assert Client().get(address).status_code == 401


def test_form_names_the_field_that_is_wrong(office: Workers) -> None:
    page = _as("overseer").post(f"/institutions/{YOUNG_BANK_ID}/suspend/", {"act": "1", "reason": "雄安"})
    assert (page.status_code, list(page.context["form"].errors)) == (422, ["reason"])
    page = _as("banker").post(
        f"/institutions/{YOUNG_BANK_ID}/add-key/", {"act": "1", "account": "0x12", "scopes": "fly"}
    )
    assert (page.status_code, sorted(page.context["form"].errors)) == (422, ["account", "scopes"])


def test_scopes_are_those_that_the_contracts_ask_for() -> None:
    """docs/institutions.md lists what each kind's keys can be allowed."""
    assert {scope for kind in SCOPES_OF.values() for scope in kind} | set(SCOPES) == {
        *("accounts", "accredit", "clearing", "keys", "mint", "mortgage", "order", "succession", "titles"),
    }
