"""What officers decide about an institution and its keys on its page, from the form to the chain."""

import pytest
from django.test import Client

from citychain.identity import queries
from citychain.identity.desk_forms import SCOPES, SCOPES_OF
from citychain.identity.models import Institution, InstitutionKey
from citychain.outbox.tests.city import key

from .district import COUNCIL_ID
from .office import GUARDIAN, SPARE, YOUNG_BANK, YOUNG_BANK_ID, Office
from .office import office as office  # the fixture

pytestmark = [
    pytest.mark.django_db(databases=["default", "readmodel"]),
    pytest.mark.filterwarnings("ignore:No directory at"),
]
KEYS = ["add-key", "change-scopes", "rotate-key", "remove-key"]


def _state() -> str:
    return queries.institution(YOUNG_BANK_ID).state


def test_accreditor_suspends_and_reinstates_with_a_reason(office: Office) -> None:
    assert office.buttons("overseer") == ["describe", "renew", "suspend", "revoke"]
    assert office.sign("overseer", "suspend", reason="reserve-report-late") == [
        "You suspend Young Bank.",
        "It may not act any more from the block that records this, until it is reinstated.",
        "It binds at once, also for everybody that the institution answers for.",
    ]
    assert _state() == Institution.State.SUSPENDED
    assert office.buttons("overseer") == [*KEYS, "describe", "renew", "offer-duties", "reinstate", "revoke"]
    assert office.sign("overseer", "reinstate", reason="report-received") == ["You lift the suspension of Young Bank."]
    assert _state() == Institution.State.ACTIVE


def test_after_the_founding_what_is_decided_waits_and_a_guardian_vetoes_it(office: Office) -> None:
    assert "The city is being founded" in office.page("council", f"/institutions/{COUNCIL_ID}/")
    assert office.buttons("council", COUNCIL_ID) == ["accredit", "end-founding", "describe"]
    office.sign("council", "end-founding", COUNCIL_ID)
    assert office.buttons("council", COUNCIL_ID) == ["accredit", "describe"]
    office.sign("overseer", "suspend", reason="late")
    waits = "It may act again after 2 days; until then a guardian can veto it."
    assert office.sign("overseer", "reinstate", reason="came")[-1] == waits
    assert "What was decided for Young Bank waits" in office.page("judge")
    assert "What waits, and can be vetoed" in office.page("judge", "/institutions/")
    assert (office.buttons("guardian"), queries.guardians()) == (["veto"], [GUARDIAN.address])
    assert office.sign("guardian", "veto", reason="not its word")[:2] == [
        "You stop Young Bank before it can use what was decided for it.",
        "It may not act from the block that records this, as if the council had suspended it.",
    ]
    assert (_state(), office.buttons("guardian")) == (Institution.State.SUSPENDED, [])


def test_institution_sets_its_own_keys_at_once(office: Office) -> None:
    office.end_founding()
    assert office.buttons("banker") == [*KEYS, "offer-duties"]
    account = SPARE.address.upper().replace("0X", "0x")
    assert office.sign("banker", "add-key", account=account, scopes=["mint", "keys"]) == [
        f"The account {SPARE.address} becomes a key of Young Bank.",
        "It may act in: money issued and withdrawn, its own keys.",
    ]
    added = InstitutionKey.objects.get(address=SPARE.address)
    assert (added.current, sorted(added.scopes.split(",")), added.valid_from) == (True, ["keys", "mint"], 0)
    office.sign("banker", "change-scopes", key=SPARE.address, scopes=["*", "mint"])
    assert InstitutionKey.objects.get(address=SPARE.address).scopes == "*"
    office.sign("banker", "remove-key", key=SPARE.address)
    assert not InstitutionKey.objects.get(address=SPARE.address).current
    assert office.fill("banker", "rotate-key", key=YOUNG_BANK.address, account=SPARE.address) == ["account"]
    office.sign("banker", "rotate-key", key=YOUNG_BANK.address, account=key("third").address)
    assert office.buttons("banker") == []


def test_key_that_another_names_waits(office: Office) -> None:
    office.end_founding()
    office.sign("overseer", "suspend", reason="key-lost")
    said = office.sign("overseer", "add-key", account=SPARE.address, scopes=["*"])
    assert said[-1] == "The key may sign after 2 days; until then a guardian can veto it."


def test_revoked_institution_has_nothing_left_to_decide_but_by_the_council(office: Office) -> None:
    assert office.sign("overseer", "revoke", reason="insolvent")[-1] == "Only the council can undo this."
    assert _state() == Institution.State.REVOKED
    assert office.buttons("overseer") == [*KEYS, "describe"]
    assert office.sign("council", "reinstate", reason="solvent-again") == ["You lift the revocation of Young Bank."]


def test_nobody_else_sees_or_opens_the_forms(office: Office) -> None:
    assert office.buttons("judge") == office.buttons("guardian") == []
    judge, overseer = Client(), Client()
    judge.post("/act-as/", {"persona": "judge"})
    overseer.post("/act-as/", {"persona": "overseer"})
    address = f"/institutions/{YOUNG_BANK_ID}/suspend/"
    assert judge.get(address).status_code == 403
    assert overseer.get(f"/institutions/{YOUNG_BANK_ID}/dissolve/").status_code == 404
    assert Client().get(address).status_code == 401


def test_form_names_the_field_that_is_wrong(office: Office) -> None:
    assert office.fill("overseer", "suspend", reason="雄安") == ["reason"]
    assert office.fill("banker", "add-key", account="0x12", scopes="fly") == ["account", "scopes"]


def test_scopes_are_those_that_the_contracts_ask_for() -> None:
    """docs/institutions.md lists what each kind's keys can be allowed."""
    assert {scope for kind in SCOPES_OF.values() for scope in kind} | set(SCOPES) == {
        *("accounts", "accredit", "clearing", "keys", "mint", "mortgage", "order", "succession", "titles"),
    }
