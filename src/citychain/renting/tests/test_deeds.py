"""A registrar whose key is their own signs the deed and the request: with a wallet, or with a passkey."""

import pytest
from django.core.cache import cache
from django.test import Client

from citychain.chain.abi import bytes32
from citychain.chain.addressbook import AddressBook
from citychain.chain.keys import recover
from citychain.errors import CityError
from citychain.identity import documents
from citychain.identity.bindings import Institutions
from citychain.identity.errors import WrongDocumentSignature
from citychain.identity.models import PasskeyAccount
from citychain.identity.tests.device import Device
from citychain.identity.tests.district import REGISTRAR, REGISTRAR_ID, District
from citychain.identity.tests.test_passkeys import browser, register
from citychain.identity.tests.test_passkeys import sign_in as sign_in_with_passkey
from citychain.identity.tests.test_sessions import sign_in
from citychain.outbox.models import Request
from citychain.outbox.tests.city import CUSTOMERS
from citychain.outbox.tests.conftest import Workers
from citychain.renting import queries, services, typed_deeds
from citychain.renting.models import Deed, Title

from .office import DEED, confirm, signed, token_of
from .rows import HOME

pytestmark = [
    pytest.mark.django_db(databases=["default", "readmodel"]),
    pytest.mark.filterwarnings("ignore:No directory at"),
]
OWNER, BUYER, STRANGER = CUSTOMERS[:3]
FORM = {**DEED, "owner_account": OWNER.address, "second_owner_account": BUYER.address, "second_share": "25"}
PHONE = Device("registrar")


@pytest.fixture
def office(district: District, workers: Workers) -> Client:
    """The browser of a registrar with a wallet, in a city without personas."""
    cache.clear()
    workers.block()
    client = browser()
    sign_in(client, REGISTRAR)
    return client


def kept() -> tuple[int, int]:
    return Deed.objects.count(), Request.objects.count()


def test_registrar_with_a_wallet_registers_and_opens_a_transfer(
    office: Client, district: District, workers: Workers
) -> None:
    summary = office.post("/titles/register/", FORM)
    page = summary.content.decode()
    assert "Signature 1 of 2: 1 deed" in page
    assert DEED["address"] in page
    assert confirm(office, summary, REGISTRAR).status_code == 302
    workers.block()
    home = Title.objects.get()
    shares = [(owner.account, owner.share) for owner in queries.owners(home)]
    assert shares == [(OWNER.address, 7_500), (BUYER.address, 2_500)]
    transfer = {"owner_account": BUYER.address, "number": "第2号", "deadline": "", "act": "1"}
    assert office.post("/titles/1/open-transfer/", transfer).status_code == 422
    [deadline] = [
        line.split('value="')[1].split('"')[0]
        for line in office.get("/titles/1/open-transfer/").content.decode().split("<input")
        if 'name="deadline"' in line
    ]
    summary = office.post("/titles/1/open-transfer/", {**transfer, "deadline": deadline})
    assert confirm(office, summary, REGISTRAR).status_code == 302
    workers.block()
    opened = queries.open_transfer(1)
    assert opened is not None
    assert (queries.deed(opened.commitment) or {})["number"] == "第2号"
    assert kept() == (2, 2)


def test_deed_that_another_signed_is_kept_no_more_than_its_request(office: Client) -> None:
    summary = office.post("/titles/register/", FORM)
    refused = [confirm(office, summary, *keys) for keys in ((STRANGER, REGISTRAR), (REGISTRAR, STRANGER))]
    assert [answer.status_code for answer in refused] == [403, 400]
    token = token_of(summary)
    asked = office.post("/sign/prepare/", {"token": token}).json()
    request_alone = signed(REGISTRAR, asked["challenge"])
    answer = office.post("/sign/", {"token": token, "prepared": asked["prepared"], **request_alone})
    assert (answer.status_code, kept()) == (400, (0, 0))


def test_registration_handed_in_twice_is_one(office: Client) -> None:
    summary = office.post("/titles/register/", FORM)
    first, second = (confirm(office, summary, REGISTRAR) for _ in range(2))
    assert (first.status_code, kept()) == (302, (1, 1))
    assert second.status_code in (302, 409)


def test_registrar_with_a_passkey_registers(district: District, workers: Workers) -> None:
    cache.clear()
    client = browser()
    register(client, PHONE)
    workers.block()
    account = PasskeyAccount.objects.get().address
    key = Institutions.addKey(institution=REGISTRAR_ID, account=account, scopes=[bytes32("titles")])
    district.done(REGISTRAR, district.institutions, key)
    workers.block()
    sign_in_with_passkey(client, PHONE)
    assert confirm(client, client.post("/titles/register/", FORM), PHONE, REGISTRAR).status_code == 400
    assert confirm(client, client.post("/titles/register/", FORM), PHONE).status_code == 302
    workers.block()
    deed = Deed.objects.get()
    assert (Title.objects.get().commitment, deed.registrar) == (deed.commitment, account)


@pytest.mark.usefixtures("registry")
def test_one_deed_of_many_is_checked_without_the_others() -> None:
    deeds = [services.write_deed(HOME._replace(number=f"第{number}号")) for number in range(3)]
    found = Deed.document_of(deeds)
    documents.attest(deeds, REGISTRAR.address, REGISTRAR.sign(found.digest))
    own = typed_deeds.hash_of(typed_deeds.message(bytes(deeds[1].salt), deeds[1].body))
    assert deeds[1].hashes[32:64] == own
    digest = typed_deeds.digest(AddressBook.load().domain, bytes(deeds[1].hashes))
    assert recover(digest, bytes(deeds[1].signature)) == REGISTRAR.address


@pytest.mark.parametrize("signature", [b"", STRANGER.sign(bytes(32)), bytes(65)])
def test_document_without_its_signers_signature_attests_nothing(district: District, signature: bytes) -> None:
    deed = services.write_deed(HOME)
    with pytest.raises(CityError) as problem:
        documents.attest([deed], REGISTRAR.address, signature)
    assert problem.type is WrongDocumentSignature or problem.value.code == "malformed-field"
    assert (deed.registrar, deed.signature) == ("", b"")
