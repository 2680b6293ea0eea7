"""Institutions over HTTP, on real rows."""

from typing import Any

import pytest
from django.test import Client

from citychain.chain import clock
from citychain.identity.models import Institution, InstitutionKey, InstitutionStep, Persona, PersonaAccount

pytestmark = [
    pytest.mark.django_db(databases=["default", "readmodel"]),
    pytest.mark.filterwarnings("ignore:No directory at"),
]
KEY, TX = "0x" + "1a" * 20, "0x" + "ab" * 32
COUNCIL, REGISTRAR, BANK = 1, 2, 3


@pytest.fixture
def city() -> None:
    for number, kind, above in ((COUNCIL, "council", 0), (REGISTRAR, "registrar", COUNCIL), (BANK, "bank", COUNCIL)):
        Institution.objects.create(
            id=number, kind=kind, name=f"机构 · {kind}", web_page="", state="active", accredited_by=above,
            valid_from=0, valid_until=2**48 - 1, accredited_at=0,
        )  # fmt: skip
    InstitutionKey.objects.create(address=KEY, institution=BANK, scopes="bank,manage", current=True, since=5)
    InstitutionStep.objects.create(
        id=7, institution=BANK, event="InstitutionAccredited", detail='{"kind": "bank"}', time=5, block=1, tx=TX
    )


@pytest.fixture
def http() -> Client:
    return Client(HTTP_ACCEPT_LANGUAGE="en")


def test_institution_has_chain_keys_and_history(city: None, http: Client) -> None:
    found = http.get(f"/api/institutions/{BANK}").json()
    assert (found["simulated"], found["chain"]) == (True, [BANK, COUNCIL])
    assert found["institution"]["name"] == "机构 · bank"
    assert found["institution"]["valid_until"] == {"seconds": 2**48 - 1, "text": None}
    since = {"seconds": 5, "text": "1970-01-01T08:00:05+08:00"}
    assert found["keys"] == [
        {"account": KEY, "scopes": ["bank", "manage"], "current": True, "since": since, "valid_from": since}
    ]
    step = {"event": "InstitutionAccredited", "detail": {"kind": "bank"}, "time": since, "block": 1, "tx": TX}
    assert found["history"] == [step]


def test_list_says_who_may_act_now(city: None, http: Client) -> None:
    Institution.objects.filter(id=REGISTRAR).update(valid_until=clock.now() - 1)
    Institution.objects.filter(id=BANK).update(state="suspended")
    found = http.get("/api/institutions").json()
    assert [(row["id"], row["may_act"]) for row in found["institutions"]] == [(1, True), (2, False), (3, False)]
    assert found["next"] is None


def test_list_is_paged_by_number(city: None, http: Client) -> None:
    first = http.get("/api/institutions", {"limit": 2}).json()
    rest = http.get("/api/institutions", {"limit": 2, "after": first["next"]}).json()
    assert [[row["id"] for row in page["institutions"]] for page in (first, rest)] == [[1, 2], [3]]
    assert (first["next"], rest["next"]) == (2, None)


def test_persons_are_not_told(city: None, http: Client) -> None:
    persona = Persona.objects.create(id="wang", name_zh="王淑珍", name_en="Wang Shuzhen", role_zh="", role_en="")
    PersonaAccount.objects.create(address=KEY, persona=persona, purpose="office", index=0)
    assert "Wang" not in http.get(f"/api/institutions/{BANK}").content.decode()


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("institutions/9", (404, "no-such-institution", None)),
        ("institutions/x", (400, "invalid-input", "institution_id")),
        ("institutions?after=9", (400, "invalid-input", "after")),
        ("institutions?limit=0", (400, "invalid-input", "limit")),
    ],
)
def test_what_is_not_there_is_refused(city: None, http: Client, path: str, expected: tuple[Any, ...]) -> None:
    answer = http.get(f"/api/{path}")
    assert (answer.status_code, answer.json()["code"], answer.json().get("field")) == expected
