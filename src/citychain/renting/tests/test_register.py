"""From the registrar's form to the record: what is private is kept with the signed request, and not before."""

import re
from typing import Any

import pytest
from django.test import Client
from eth_account import Account
from eth_account.messages import encode_typed_data

from citychain.chain.hashing import keccak
from citychain.identity import personas
from citychain.identity.models import Persona, PersonaAccount
from citychain.identity.tests.district import REGISTRAR, District
from citychain.outbox.models import Request
from citychain.outbox.tests.conftest import Workers
from citychain.portal import places
from citychain.renting.models import Deed, Title, TitleOwner

pytestmark = [
    pytest.mark.django_db(databases=["default", "readmodel"]),
    pytest.mark.filterwarnings("ignore:No directory at"),
]
VILLAGE = places.villages("130638100")[0].code
FORM = {
    "village": VILLAGE,
    "use": "住宅",
    "area": "89.5",
    "address": "1号楼2单元301室",
    "number": "冀（2026）第1号",
    "owner": "wang",
    "second_owner": "li",
    "second_share": "40",
}


@pytest.fixture
def registrar(district: District, workers: Workers, monkeypatch: pytest.MonkeyPatch) -> Client:
    """A browser that acts as an officer of the district's registrar; the record is read up to the head."""
    for name in ("wang", "li"):
        Persona.objects.create(id=name, name_zh=name, name_en=name, role_zh="居民", role_en="Resident")
    officer = Persona.objects.create(
        id="zhao", name_zh="赵", name_en="Zhao", role_zh="官员", role_en="Officer", institution=5
    )
    PersonaAccount.objects.create(address=REGISTRAR.address, persona=officer, purpose="office", index=0)
    derive = personas.derive
    monkeypatch.setattr(personas, "derive", lambda index: derive(index) if index else REGISTRAR)
    workers.block()
    browser = Client(HTTP_ACCEPT_LANGUAGE="en")
    browser.post("/act-as/", {"persona": "zhao"})
    return browser


def _token(summary: Any) -> str:
    found = re.search(r'name="token" value="([^"]+)"', summary.content.decode())
    assert found is not None, summary.content.decode()
    return found[1]


def _kept() -> tuple[int, int, int]:
    drafted = PersonaAccount.objects.filter(index__gte=personas.DRAFTS)
    return Deed.objects.count(), drafted.count(), Request.objects.count()


def test_summary_that_is_never_confirmed_leaves_nothing(registrar: Client) -> None:
    _token(registrar.post("/titles/register/", FORM))
    assert _kept() == (0, 0, 0)


def test_confirmed_registration_keeps_the_signed_deed_and_the_accounts(registrar: Client, workers: Workers) -> None:
    token = _token(registrar.post("/titles/register/", FORM))
    for _ in range(2):
        assert registrar.post("/sign/", {"token": token}).status_code == 302
    assert _kept() == (1, 2, 1)
    workers.block()
    workers.finalise()
    title, deed = Title.objects.get(), Deed.objects.get()
    assert title.commitment == deed.commitment == "0x" + keccak(bytes(deed.salt) + deed.body.encode()).hex()
    signed = encode_typed_data(full_message=Deed.document_of([deed]).typed_data)
    assert (
        Account.recover_message(signed, signature=bytes(deed.signature)).lower() == deed.registrar == REGISTRAR.address
    )
    owners = TitleOwner.objects.order_by("id").values_list("account", flat=True)
    assert [PersonaAccount.objects.get(address=owner).persona_id for owner in owners] == ["wang", "li"]
    assert [personas.key(owner).address for owner in owners] == list(owners)
