"""The pages of programs: what is shown once, what belongs to its owner alone."""

import re
from typing import Any

import pytest
from django.test import Client

from citychain.identity.models import Persona, PersonaAccount
from citychain.outbox.models import RequestEvent
from citychain.programs import webhooks
from citychain.programs.models import ApiKey, Delivery, Webhook

pytestmark = [
    pytest.mark.django_db(databases=["default", "readmodel"]),
    pytest.mark.filterwarnings("ignore:No directory at"),
]
WANG, LI = "0x" + "1a" * 20, "0x" + "2b" * 20


@pytest.fixture(autouse=True)
def people(settings: Any) -> None:
    settings.CITYCHAIN_SANDBOX = True
    for index, (name, account) in enumerate([("wang", WANG), ("li", LI)]):
        person = Persona.objects.create(id=name, name_zh=name, name_en=name, role_zh="", role_en="", position=index)
        PersonaAccount.objects.create(address=account, persona=person, purpose="money", index=index)


def _browser(persona: str) -> Client:
    client = Client(HTTP_ACCEPT_LANGUAGE="en")
    client.post("/act-as/", {"persona": persona})
    return client


def test_programs_need_somebody_signed_in() -> None:
    assert Client().get("/programs/").status_code == 401
    assert Client().post("/programs/keys/", {"name": "x"}).status_code == 401


def test_key_is_shown_once_and_works() -> None:
    wang = _browser("wang")
    made = wang.post("/programs/keys/", {"name": "quarterly audit"})
    assert made["Cache-Control"] == "no-store, private"
    (key,) = set(re.findall(r"cck_[\w-]{20,}", made.content.decode()))
    assert Client(headers={"authorization": f"Bearer {key}"}).get("/api/status").status_code == 200
    page = wang.get("/programs/").content.decode()
    assert (page.count(key), page.count("quarterly audit") > 0) == (0, True)
    assert "quarterly audit" not in _browser("li").get("/programs/").content.decode()
    row = ApiKey.objects.get()
    assert _browser("li").post("/programs/keys/revoke/", {"key": row.id}).status_code == 404
    assert wang.post("/programs/keys/revoke/", {"key": row.id}).status_code == 302
    assert ApiKey.objects.count() == 0


def test_webhook_is_added_tried_replayed_and_removed_by_its_owner_alone() -> None:
    wang = _browser("wang")
    made = wang.post("/programs/webhooks/", {"account": WANG, "url": "https://example.org/hook"}).content.decode()
    row = Webhook.objects.get()
    assert made.count(row.secret) > 0
    assert row.secret not in wang.get("/programs/").content.decode()
    page = f"/programs/webhooks/{row.id}/"
    assert wang.post(page, {"test": "1"}).status_code == 302
    delivery = Delivery.objects.get()
    Delivery.objects.update(state="failed", attempts=10, trouble="its name has no address")
    shown = wang.get(page).content.decode()
    assert shown.count("its name has no address") == 1
    assert row.secret not in shown
    assert [_browser("li").get(page).status_code, _browser("li").post(page, {"remove": "1"}).status_code] == [404, 404]
    assert wang.post(page, {"replay": str(delivery.id)}).status_code == 302
    assert (Delivery.objects.get().state, Delivery.objects.get().attempts) == ("waiting", 0)
    assert wang.post(page, {"replay": "nonsense"}).status_code == 404
    assert wang.post(page, {"remove": "1"}).status_code == 302
    assert (Webhook.objects.count(), Delivery.objects.count(), RequestEvent.objects.count()) == (0, 0, 0)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"account": LI, "url": "https://example.org/"}, "valid choice"),
        ({"account": WANG, "url": "http://example.org/"}, "must begin with https"),
        ({"account": WANG, "url": "https://u:p@example.org/"}, "no password"),
        ({"account": WANG}, "required"),
    ],
)
def test_wrong_webhook_is_refused_at_its_field(given: dict[str, str], words: str) -> None:
    answer = _browser("wang").post("/programs/webhooks/", given)
    assert (answer.status_code, answer.content.decode().count(words) > 0) == (400, True)
    assert list(webhooks.of([WANG, LI])) == []
