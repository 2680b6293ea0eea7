"""The registrar's form on real rows of both stores, up to the summary before signing."""

import re
from typing import Any

import pytest
from django.test import Client

from citychain.identity.models import PersonaAccount
from citychain.outbox.models import Request
from citychain.portal import places
from citychain.renting.bindings import Titles
from citychain.renting.models import Deed

from .rows import COURT, HOME, LI, REGISTRY, WANG, XIONGZHOU, act_as, add_officer, add_person, main_of, text_of, typed

pytestmark = [
    pytest.mark.django_db(databases=["default", "readmodel"]),
    pytest.mark.filterwarnings("ignore:No directory at"),
    pytest.mark.usefixtures("registry"),
]


@pytest.mark.parametrize("persona", ["", "wang", "judge", "former-registrar"])
def test_form_is_for_registrars_and_says_so(reader: Client, persona: str) -> None:
    add_person("wang", WANG)
    add_officer("judge", COURT)
    add_officer("former-registrar", REGISTRY, current=False)
    if persona:
        act_as(reader, persona)
    shown, sent = reader.get("/titles/register/"), reader.post("/titles/register/", typed())
    assert (shown.status_code, sent.status_code) == (200, 403)
    assert "Only a registrar registers homes" in text_of(shown)
    assert "<form" not in main_of(shown)
    assert Deed.objects.count() == 0


def test_form_groups_villages_and_tells_people_apart(reader: Client) -> None:
    add_person("wang", WANG)
    add_officer("registrar", REGISTRY)
    main = main_of(act_as(reader, "registrar").get("/titles/register/"))
    assert '<optgroup label="Xiongxian · 雄州镇">' in main
    assert main.count('<option value="wang">Wang · wang</option>') == 2
    assert '<option value="registrar"' not in main


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"village": "999"}, "Select a valid choice. 999 is not one of the available choices."),
        ({"area": "many"}, "Enter a number."),
        ({"area": "0"}, "Ensure this value is greater than or equal to 1."),
        ({"area": "89.555"}, "Ensure that there are no more than 2 decimal places."),
        ({"owner": ""}, "Say who owns it."),
        ({"second_owner": "wang", "second_share": "40"}, "This person is the owner already."),
        ({"second_owner": "li"}, "A second owner needs a share, and a share needs a second owner."),
        ({"second_share": "40"}, "A second owner needs a share, and a share needs a second owner."),
        ({"second_owner": "li", "second_share": "100"}, "Ensure this value is less than or equal to 99.99."),
        ({"number": "x" * 61}, "Ensure this value has at most 60 characters (it has 61)."),
    ],
)
def test_form_refuses_bad_input_and_keeps_what_was_typed(
    reader: Client, changes: dict[str, str], error: str
) -> None:  # fmt: skip
    add_person("wang", WANG)
    add_person("li", LI)
    add_officer("registrar", REGISTRY)
    answer = act_as(reader, "registrar").post("/titles/register/", typed(**changes))
    assert answer.status_code == 422
    assert text_of(answer).count(error) == 2
    assert f'value="{HOME.address}"' in main_of(answer)
    assert f'value="{typed(**changes)["area"]}"' in main_of(answer)
    assert (Deed.objects.count(), Request.objects.count()) == (0, 0)


def test_form_leads_to_a_summary_in_sentences(reader: Client) -> None:
    add_person("wang", WANG)
    add_person("li", LI)
    add_officer("registrar", REGISTRY)
    answer = act_as(reader, "registrar").post("/titles/register/", typed(second_owner="li", second_share="40"))
    page = text_of(answer)
    assert answer.status_code == 200
    assert f"You register the home at {HOME.address}, {places.villages(str(XIONGZHOU))[0].name}." in page
    assert f"Deed {HOME.number}, Home, 89.50 m²." in page
    assert "It belongs to Wang · wang (60 %) and Li · li (40 %)." in page
    assert "A registration stays in the history for ever." in page
    assert (Request.objects.count(), Deed.objects.count(), _accounts("wang"), _accounts("li")) == (0, 0, 1, 1)


def _accounts(person: str) -> int:
    return PersonaAccount.objects.filter(persona=person).count()


def test_every_summary_gives_its_owner_a_fresh_account(reader: Client) -> None:
    add_person("wang", WANG)
    add_officer("registrar", REGISTRY)
    act_as(reader, "registrar")
    calls = [_signed(reader.post("/titles/register/", typed(number=number))) for number in ("1", "2")]
    owners = {call.owners[0].account for call in calls}
    assert (len(owners), WANG in owners, len({call.commitment for call in calls})) == (2, False, 2)


def _signed(summary: Any) -> Titles.register:
    """The call that the summary would sign."""
    data = re.search(r"0x([0-9a-f]{200,})</p>", main_of(summary))
    assert data is not None
    return Titles.register.decode(bytes.fromhex(data[1]))


def test_changing_the_summary_keeps_what_was_typed(reader: Client) -> None:
    add_person("wang", WANG)
    add_officer("registrar", REGISTRY)
    answer = act_as(reader, "registrar").post("/titles/register/", {**typed(), "change": "1"})
    assert answer.status_code == 200
    assert f'value="{HOME.address}"' in main_of(answer)
    assert f'<option value="{HOME.village}" selected>' in main_of(answer)
    assert Deed.objects.count() == 0
