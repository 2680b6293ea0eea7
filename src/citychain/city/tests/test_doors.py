"""Every address of the portal, tried by who is not signed in, by who may not, and by another site's page."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from citychain.identity import acting
from citychain.identity.models import Persona

pytestmark = [
    pytest.mark.django_db(databases=["default", "readmodel"]),
    pytest.mark.filterwarnings("ignore:No directory at"),
]
ACCOUNT, ID = "0x" + "1a" * 20, "00000000-0000-4000-8000-000000000000"
ARGUMENTS: dict[str, object] = {
    **dict.fromkeys(("request_id", "proposal_id", "webhook_id"), ID),
    **dict.fromkeys(("address", "bank", "holder"), ACCOUNT),
    **dict.fromkeys(("number", "institution_id", "title_id"), 1),
    "tx": "0x" + "ab" * 32, "table": "titles", "form": "csv", "kind": "titles", "period": "2026", "key": "k",
    "worker": "portal", "lease_id": 1, "listing_id": 1, "application_id": 1, "photo_id": ID, "position": 1,
    "terms_hash": "0x" + "ab" * 32, "secret": "s" * 32,
}  # fmt: skip
#: The acts whose forms are tried, by the address's name.
ACTS = {
    "home-act": "price",
    "institution-act": "suspend",
    "lease-act": "end",
    "title-act": "seize",
    "money-desk-step": "open",
}
#: Open to everybody; some have no record in an empty city, or say that it is not deployed.
PUBLIC = {
    "accessibility", "account", "activity", "activity-figures", "api-docs", "api-schema", "block", "contract",
    "descriptor", "export", "exports", "filings", "health", "home", "home-listing", "homes", "homes-compare",
    "institution", "institutions", "keepers", "lease", "lease-calendar-feed", "lease-history-check", "leases", "live",
    "money", "money-desk-movements", "passkey-lost", "passkey-opened", "refusals", "renting-statistics", "request",
    "search", "set_language", "sign-in", "styleguide", "title", "title-file-template", "title-register", "titles",
    "titles-compare", "titles-map", "transaction",
}  # fmt: skip
#: Nothing is to be read there: they take forms.
FORMS = {
    "act-as", "api-key-make", "api-key-revoke", "lease-application", "lease-history-prepare", "lease-history-sign",
    "lease-offer-prepare", "lease-offer-sign", "lease-repaired", "passkey-new", "proposal-prepare",
    "proposals-enter", "sign",
    "sign-in-message", "sign-in-passkey", "sign-in-passkey-message", "sign-prepare", "webhook-add",
}  # fmt: skip
#: Forms that are for who is not signed in yet.
BEFORE_SIGNING_IN = {
    "act-as", "passkey-new", "sign-in-message", "sign-in-passkey", "sign-in-passkey-message", "proposals-enter",
}  # fmt: skip
#: Private pages that a resident without any office or passkey may see.
RESIDENTS = {
    "lease-calendar", "money-ask", "money-contacts", "money-send", "operator", "passkey-wards", "programs", "proposals",
    "requests",
}  # fmt: skip


def _patterns(resolver: URLResolver) -> Iterator[URLPattern]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            yield from _patterns(pattern) if pattern.app_name != "ninja" else ()
        else:
            yield pattern


def _addresses() -> dict[str, str]:
    found = {}
    for pattern in _patterns(get_resolver()):
        given = {name: ARGUMENTS.get(name) or ACTS[str(pattern.name)] for name in pattern.pattern.regex.groupindex}
        found[str(pattern.name)] = reverse(str(pattern.name), kwargs=given)
    return found


@pytest.fixture(autouse=True)
def _empty_city(settings: Any, tmp_path: Path) -> None:
    settings.CITYCHAIN_HOME = tmp_path


def _answers(client: Client, method: str = "GET") -> dict[str, int]:
    found = {}
    for name, address in _addresses().items():
        with closing(client.generic(method, address)) as answer:
            found[name] = answer.status_code
    return found


def _named(answers: dict[str, int], *statuses: int) -> set[str]:
    return {name for name, status in answers.items() if status in statuses}


def test_page_is_public_on_purpose_or_asks_who_is_there() -> None:
    """A new page belongs into one of the sets above, or is private."""
    found = _answers(Client())
    assert _named(found, 405) == FORMS
    assert _named(found, 401) == found.keys() - PUBLIC - FORMS
    assert _named(found, 500) == set()


def test_form_of_another_site_is_taken_nowhere() -> None:
    """Without our token, whoever is signed in."""
    Persona.objects.create(id="wang", name_zh="王", name_en="Wang")
    client = Client()
    client.post("/act-as/", {"persona": "wang"})
    client.handler.enforce_csrf_checks = True
    assert set(_answers(client, "POST").values()) == {403}


def test_form_of_who_is_not_signed_in_is_refused() -> None:
    assert _named(_answers(Client(), "POST"), 401) >= FORMS - BEFORE_SIGNING_IN


def test_resident_sees_no_office_and_nobody_elses_records() -> None:
    Persona.objects.create(id="wang", name_zh="王", name_en="Wang")
    client = Client()
    client.post("/act-as/", {"persona": "wang"})
    assert _named(_answers(client), 200, 302) - PUBLIC == RESIDENTS


@pytest.mark.parametrize(
    "there", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "https:evil.example"]
)
def test_nobody_is_led_to_another_site(there: str) -> None:
    Persona.objects.create(id="wang", name_zh="王", name_en="Wang")
    client = Client()
    assert client.post("/act-as/", {"persona": "wang", "next": there})["Location"] == "/"
    request = RequestFactory().get("/sign-in/", {"next": there})
    assert acting.next_page(request) == ""
