"""Whose names stand beside accounts, and for whom."""

import pytest
from django.test import Client

from citychain.identity import queries
from citychain.identity.models import Institution, InstitutionKey, Persona, PersonaAccount
from citychain.indexer.models import Block, Progress

pytestmark = [
    pytest.mark.django_db(databases=["default", "readmodel"]),
    pytest.mark.filterwarnings("ignore:No directory at"),
]
HOME, OFFICE = "0x" + "1a" * 20, "0x" + "2b" * 20
NOW = 1_795_316_601


@pytest.fixture(autouse=True)
def people() -> None:
    Block.objects.create(number=1, hash="0x01", parent="0x00", time=NOW, transactions=1)
    Progress.objects.create(id=1, head=1, head_hash="0x01", final=1, subscriptions="", stale_reason="")
    Institution.objects.create(
        id=3, kind="bank", name="银行", web_page="", state="active", accredited_by=1, valid_from=0,
        valid_until=NOW * 2, accredited_at=NOW,
    )  # fmt: skip
    InstitutionKey.objects.create(address=OFFICE, institution=3, scopes="acting", current=True, since=NOW)
    for number, name in enumerate(("wang", "li")):
        Persona.objects.create(id=name, name_zh=f"{name}氏", name_en=name, role_zh="居民", role_en="Resident")
        PersonaAccount.objects.create(
            address=HOME if name == "wang" else "0x" + "3c" * 20, persona_id=name, purpose="title:1", index=number
        )


def test_institution_is_named_to_everybody() -> None:
    assert queries.public_name(OFFICE) == "银行"


def test_person_is_named_to_themself_alone() -> None:
    assert (queries.public_name(HOME), queries.public_name(HOME, [HOME])) == ("", "wang氏")


@pytest.mark.parametrize(("reader", "named"), [("", False), ("li", False), ("wang", True)])
def test_account_page_names_its_holder_to_the_holder_alone(reader: str, named: bool) -> None:
    client = Client(HTTP_ACCEPT_LANGUAGE="zh")
    if reader:
        client.post("/act-as/", {"persona": reader})
    main = client.get(f"/chain/accounts/{HOME}/").content.decode().partition("<main")[2]
    assert ("wang氏" in main) == named
