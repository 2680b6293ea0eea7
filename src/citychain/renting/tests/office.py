"""Browsers that act as the parties of titles, on a real district: what a form proposes is confirmed and carried out."""

import re
from typing import Any

import pytest
from django.test import Client

from citychain.chain.keys import Key
from citychain.identity import personas
from citychain.identity.models import Persona, PersonaAccount
from citychain.identity.tests.device import Device
from citychain.identity.tests.district import BANK_ID, COURT, COURT_ID, REGISTRAR, REGISTRAR_ID
from citychain.identity.webauthn import decode
from citychain.outbox.models import Request
from citychain.outbox.tests.city import BANK
from citychain.outbox.tests.conftest import Workers
from citychain.portal import places

VILLAGE = places.villages("130638100")[0].code
DEED = {"village": VILLAGE, "use": "住宅", "area": "89.5", "address": "1号楼2单元301室", "number": "冀（2026）第1号"}
OFFICERS: dict[str, tuple[Key, int]] = {
    "zhao": (REGISTRAR, REGISTRAR_ID),
    "judge": (COURT, COURT_ID),
    "banker": (BANK, BANK_ID),
}


def people(monkeypatch: pytest.MonkeyPatch) -> None:
    """Residents wang, li and sun, and an officer of the registrar, the court and the bank with its key."""
    for name in ("wang", "li", "sun"):
        Persona.objects.create(id=name, name_zh=name, name_en=name.title(), role_zh="居民", role_en="Resident")
    keys = []
    for index, (name, (key, institution)) in enumerate(OFFICERS.items()):
        officer = Persona.objects.create(
            id=name, name_zh=name, name_en=name.title(), role_zh="官员", role_en="Officer", institution=institution
        )
        PersonaAccount.objects.create(address=key.address, persona=officer, purpose="office", index=index)
        keys.append(key)
    derive = personas.derive
    monkeypatch.setattr(personas, "derive", lambda index: keys[index] if index < len(keys) else derive(index))


def acting_as(name: str) -> Client:
    browser = Client(HTTP_ACCEPT_LANGUAGE="en")
    browser.post("/act-as/", {"persona": name})
    return browser


def token_of(summary: Any) -> str:
    found = re.search(r'name="token" value="([^"]+)"', summary.content.decode())
    assert found is not None, summary.content.decode()
    return found[1]


def signed(signer: Key | Device, challenge: str) -> dict[str, str]:
    digest = decode("challenge", challenge)
    return signer.sign(digest) if isinstance(signer, Device) else {"signature": "0x" + signer.sign(digest).hex()}


def confirm(client: Client, summary: Any, of_deed: Key | Device, of_request: Key | Device | None = None) -> Any:
    """Signs the deed, then the request, as the page's script does."""
    token = token_of(summary)
    asked = client.post("/sign/prepare/", {"token": token}).json()
    document = signed(of_deed, asked["document"]["challenge"])
    fields = {f"document-{name}": value for name, value in document.items()}
    fields |= signed(of_request or of_deed, asked["challenge"])
    return client.post("/sign/", {"token": token, "prepared": asked["prepared"], **fields})


def sign(name: str, address: str, workers: Workers, /, **typed: str) -> str:
    """Fills the form at this address in, signs its summary and waits for the block. Returns the summary."""
    browser = acting_as(name)
    summary = browser.post(address, {"act": "1", **typed})
    assert browser.post("/sign/", {"token": token_of(summary)}).status_code == 302
    workers.block()
    newest = Request.objects.order_by("-created", "-nonce")[0]
    assert newest.reason == "", newest.reason
    return str(summary.content.decode())


def buttons(name: str, title: int = 1) -> list[str]:
    """The acts that the title's page offers to this persona."""
    page = acting_as(name).get(f"/titles/{title}/").content.decode()
    return re.findall(rf'<a class="button[^"]*" href="/titles/{title}/([a-z-]+)/"', page)
