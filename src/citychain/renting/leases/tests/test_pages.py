"""Pages before there is a lease: applications, offers, and who sees what."""

import json
import re
from typing import Any

import pytest
from django.test import Client

from citychain.chain.addressbook import AddressBook
from citychain.identity import personas
from citychain.identity.models import Persona
from citychain.identity.tests.district import District
from citychain.outbox.tests.city import DEPLOYER
from citychain.renting.leases import offers, queries, terms
from citychain.renting.leases.models import LeaseApplication

from .world import OWNER, TENANT, Letting

pytestmark = [
    pytest.mark.django_db(databases=["default", "readmodel"]),
    pytest.mark.filterwarnings("ignore:No directory at"),
]
ASKED = {"occupants": 1, "from_day": "2099-01-01", "to_day": "2099-12-31", "message": "一人居住"}


@pytest.fixture
def letting(district: District) -> Letting:
    found = Letting(district)
    district.read()
    return found


def acting_as(name: str) -> Client:
    Persona.objects.create(id=name, name_zh=name, name_en=name)
    client = Client(HTTP_ACCEPT_LANGUAGE="en")
    client.post("/act-as/", {"persona": name})
    return client


def _words(answer: Any) -> str:
    return re.sub(r"<[^>]+>", " ", answer.content.decode())


def test_application_has_an_account_of_its_own_and_a_second_replaces_it(letting: Letting) -> None:
    client = acting_as("wang")
    for message in ("一人居住", "两人居住"):
        assert client.post("/leases/apply/?unit=1", {**ASKED, "message": message}).status_code == 302
    [row] = LeaseApplication.objects.all()
    assert (row.message, row.name) == ("两人居住", "wang")
    assert personas.key(row.account).address == row.account
    assert "wang" not in _words(acting_as("li").get("/leases/"))
    assert client.post(f"/leases/applications/{row.id}/").status_code == 302
    assert not LeaseApplication.objects.exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"occupants": 5}, "occupants"), ({"from_day": "2001-01-01"}, "from_day"), ({"to_day": "2098-01-01"}, "to_day")],
)
def test_application_that_can_not_be_is_refused_by_its_field(
    letting: Letting, changes: dict[str, Any], field: str
) -> None:
    answer = acting_as("wang").post("/leases/apply/?unit=1", {**ASKED, **changes})
    assert (answer.status_code, field in answer.context["form"].errors) == (422, True)
    assert not LeaseApplication.objects.exists()


def test_only_who_lets_a_home_writes_an_offer_for_it(letting: Letting) -> None:
    answer = acting_as("wang").get("/leases/offer/?unit=1")
    assert answer.status_code == 403
    assert acting_as("li").get("/leases/offer/?unit=99").status_code == 404
    assert acting_as("zhao").get("/leases/offer/").status_code == 400


def test_offer_is_read_by_its_parties_alone(letting: Letting) -> None:
    draft = offers.write(letting.terms(), {"houseRules": "安静", "inventory": "", "text": "租约"}, OWNER.address)
    row = offers.keep(draft, OWNER.sign(terms.digest(AddressBook.load(), offers.terms_of(draft))))
    path = f"/leases/offers/{row.terms_hash}/"
    assert acting_as("wang").get(path).status_code == 404
    assert Client().get(path).status_code == 401


def test_lease_shows_numbers_to_everybody_and_words_to_its_parties(letting: Letting) -> None:
    draft = offers.write(letting.terms(), {"houseRules": "安静", "inventory": "", "text": "全文在此"}, OWNER.address)
    digest = terms.digest(AddressBook.load(), offers.terms_of(draft))
    row = offers.sign(offers.keep(draft, OWNER.sign(digest)), TENANT.address, TENANT.sign(digest))
    letting.do(DEPLOYER, offers.conclusion(row).function)
    letting.district.read()
    shown = _words(Client(HTTP_ACCEPT_LANGUAGE="en").get("/leases/1/"))
    assert "¥300.00" in shown and "全文在此" not in shown
    assert [line["row"].id for line in Client().get("/leases/").context["rows"]] == [1]
    assert queries.concluded(row.terms_hash) is not None
    assert Client().get("/leases/?format=csv").status_code == 401
    assert acting_as("wang").get("/leases/?format=csv").status_code == 200
    assert json.loads(Client().get("/api/leases/1").content)["lease"]["rent"] == 30_000
