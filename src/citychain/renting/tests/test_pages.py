"""Titles' pages on real rows of both stores: what everybody sees, what a deed's readers see, the registrar's form."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from citychain.chain.abi import bytes32
from citychain.chain.addressbook import AddressBook, Entry
from citychain.chain.keys import Key
from citychain.identity import personas
from citychain.identity.models import Institution, InstitutionKey, Persona, PersonaAccount
from citychain.indexer.models import Block, Progress
from citychain.outbox.models import Request
from citychain.portal import places
from citychain.renting import queries, services
from citychain.renting.bindings import Titles
from citychain.renting.models import Deed, Encumbrance, Title, TitleOwner, TitleStep, Transfer

pytestmark = [
    pytest.mark.django_db(databases=["default", "readmodel"]),
    pytest.mark.filterwarnings("ignore:No directory at"),
]
WANG, LI, CONTRACT = "0x" + "1a" * 20, "0x" + "1b" * 20, "0x" + "c0" * 20
REGISTRAR = Key(b"\x01" * 32)
TX, SEIZED = "0x" + "ab" * 32, "0x" + "cd" * 32
NOW = 1_795_316_601
LONG = 2**40
XIONGZHOU, RONGCHENG = 130638100, 130629100
REGISTRY, COURT, BANK, OTHER_REGISTRY = 2, 3, 4, 5
HOME = services.DeedBody(XIONGZHOU, "130638100001", "住宅", 89_50, "1号楼2单元301室", "冀（2026）第000001号")


@pytest.fixture
def reader() -> Client:
    return Client(HTTP_ACCEPT_LANGUAGE="en")


@pytest.fixture(autouse=True)
def head(settings: Any, tmp_path: Path) -> None:
    settings.CITYCHAIN_HOME = tmp_path
    AddressBook(1, WANG, [Entry("Titles", "Titles", CONTRACT, 1, "0x", "0x")]).save()
    Block.objects.create(number=18, hash=TX, parent="0x00", time=NOW, transactions=1)
    Progress.objects.create(id=1, head=18, head_hash=TX, final=18, subscriptions="", stale_since=None, stale_reason="")
    names = {REGISTRY: "Registry", COURT: "Court", BANK: "Bank", OTHER_REGISTRY: "Other Registry"}
    kinds = {REGISTRY: "registrar", COURT: "court", BANK: "bank", OTHER_REGISTRY: "registrar"}
    for number, name in names.items():
        Institution.objects.create(
            id=number, kind=kinds[number], name=f"机构{number} · {name}", web_page="", state="active", accredited_by=0,
            valid_from=0, valid_until=LONG, accredited_at=NOW,
        )  # fmt: skip


def _title(number: int, town: int = XIONGZHOU, commitment: str = "", **changes: Any) -> Title:
    """A title of Wang (60 %) and Li (40 %)."""
    values = {"version": 1, "owners_version": 1, "state": "registered", "registered_at": NOW, "registered_block": 18}
    for position, (account, share) in enumerate(((WANG, 6_000), (LI, 4_000))):
        TitleOwner.objects.create(
            id=f"{number}:1:{position}", title=number, version=1, account=account, share=share, must_consent=True
        )
    _step(number * 100, number, "TitleRegistered", registrar=REGISTRY)
    return Title.objects.create(
        id=number, town=town, commitment=commitment or f"0x{number:064x}", holder=WANG, registrar=REGISTRY,
        **{**values, **changes},
    )  # fmt: skip


def _step(number: int, title: int, event: str, tx: str = TX, **detail: Any) -> None:
    TitleStep.objects.create(
        id=number, title=title, event=event, detail=json.dumps(detail), time=NOW, block=18, tx=tx
    )  # fmt: skip


def _burden(number: int, title: int, kind: str, **changes: Any) -> None:
    values = {"ref": bytes32("2026-17"), "valid_from": 0, "valid_until": LONG, "released": False}
    institution = COURT if kind == "seizure" else BANK
    Encumbrance.objects.create(id=number, title=title, kind=kind, institution=institution, **{**values, **changes})


def _person(name: str, address: str = "", purpose: str = "title:1") -> Persona:
    person = Persona.objects.create(id=name, name_zh=name, name_en=name.title(), role_zh="居民", role_en="Resident")
    if address:
        index = 1_000 + PersonaAccount.objects.count()
        PersonaAccount.objects.create(address=address, persona=person, purpose=purpose, index=index)
    return person


def _officer(name: str, institution: int, *, current: bool = True) -> str:
    """An officer who acts for an institution; returns the office's account, whose key the sandbox has."""
    person = Persona.objects.create(
        id=name, name_zh=name, name_en=name, role_zh="官员", role_en="Officer", institution=institution
    )
    address = personas.add_account(person, "office")
    InstitutionKey.objects.create(address=address, institution=institution, scopes="*", current=current, since=NOW)
    return address


def _act_as(reader: Client, persona: str) -> Client:
    reader.post("/act-as/", {"persona": persona})
    return reader


def _main(response: Any) -> str:
    return str(response.content.decode().partition("<main")[2].partition("</main>")[0])


def _text(response: Any) -> str:
    without_data = re.sub(r"<script.*?</script>", " ", _main(response), flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", without_data))


def _listed(response: Any) -> list[int]:
    return [int(number) for number in re.findall(r'<th scope="row"><a href="/titles/(\d+)/">', _main(response))]


def _form(**changes: str) -> dict[str, str]:
    typed = {"village": HOME.village, "use": "住宅", "area": "89.5", "address": HOME.address, "number": HOME.number}
    return {**typed, "owner": "wang", "second_owner": "", "second_share": "", **changes}


# --- the list and the map ---------------------------------------------------------------------------------------------


def test_list_of_an_empty_city_says_so(reader: Client) -> None:
    answer = reader.get("/titles/")
    assert answer.status_code == 200
    assert "No title here" in _text(answer)


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("", [3, 2, 1]),
        ("?county=130638", [3, 1]),
        (f"?town={RONGCHENG}", [2]),
        ("?state=cancelled", [3]),
        ("?county=130638&state=registered", [1]),
        (f"?county=130638&town={RONGCHENG}", []),
        ("?sort=id", [1, 2, 3]),
        ("?sort=town", [2, 3, 1]),
        ("?sort=commitment", [3, 2, 1]),
        ("?county=1&town=x&state=seized&page=99", [3, 2, 1]),
    ],
)
def test_list_follows_its_address(reader: Client, query: str, numbers: list[int]) -> None:
    _title(1)
    _title(2, RONGCHENG)
    _title(3, state="cancelled")
    assert _listed(reader.get("/titles/" + query)) == numbers


def test_list_says_what_burdens_each_home(reader: Client) -> None:
    for number in range(1, 6):
        _title(number, state="cancelled" if number == 5 else "registered")
    _burden(1, 1, "mortgage")
    _burden(2, 2, "mortgage")
    _burden(3, 2, "seizure")
    _burden(4, 3, "seizure", released=True)
    _burden(5, 4, "seizure", valid_until=NOW - 400 * 86_400)
    _burden(6, 5, "mortgage")
    page = _text(reader.get("/titles/?sort=id"))
    states = re.findall(r"No\. \d 雄州镇 22 Nov 2026 (Mortgaged|Seized by a court|Registered|Cancelled)", page)
    assert states == ["Mortgaged", "Seized by a court", "Registered", "Registered", "Cancelled"]


def test_list_pages_and_keeps_the_filters(reader: Client) -> None:
    for number in range(1, 31):
        _title(number)
    first = reader.get("/titles/?county=130638&sort=id")
    assert _listed(first) == list(range(1, 26))
    assert 'href="?county=130638&amp;sort=id&amp;page=2"' in _main(first)
    assert _listed(reader.get("/titles/?county=130638&sort=id&page=2")) == list(range(26, 31))


def test_words_beside_the_map_say_what_the_map_says(reader: Client) -> None:
    for number, town in enumerate((XIONGZHOU, XIONGZHOU, RONGCHENG), 1):
        _title(number, town)
    answer = reader.get("/titles/")
    data = json.loads(re.findall(r'<script id="map-data"[^>]*>(.*?)</script>', _main(answer), re.DOTALL)[0])
    drawn = [(point["properties"]["name"], point["properties"]["count"]) for point in data["points"]["features"]]
    written = re.findall(r'<li><a href="/titles/\?town=\d+">([^<]+)</a><span>(\d+)</span>', _main(answer))
    assert drawn == [(name, int(count)) for name, count in written] == [("容城镇", 1), ("雄州镇", 2)]


def test_map_leaves_as_geojson_that_says_simulated(reader: Client) -> None:
    _title(1)
    _title(2, RONGCHENG)
    assert reader.get("/titles/map.json?county=130638").json() == {
        "simulated": True,
        "note": "position simulated",
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": list(places.town_point(str(XIONGZHOU)))},
                "properties": {
                    "name": "雄州镇",
                    "count": 1,
                    "note": "1 title",
                    "url": f"/titles/?town={XIONGZHOU}",
                },
            }
        ],
    }


def test_list_leaves_as_csv_of_what_is_shown(reader: Client) -> None:
    _title(1)
    _title(2, RONGCHENG)
    assert 'href="?county=130638&amp;format=csv"' in _main(reader.get("/titles/?county=130638"))
    answer = reader.get("/titles/?county=130638&format=csv")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.getvalue().decode("utf-8-sig").splitlines() == [
        "simulated data: demonstration city / 演示城市，数据均为模拟",
        "title,town_code,town,state,registrar,registered_at,commitment",
        f"1,{XIONGZHOU},雄州镇,registered,{REGISTRY},2026-11-22T11:03:21+08:00,0x{1:064x}",
    ]


@pytest.mark.parametrize("sort", sorted(queries.SORTS))
def test_csv_is_in_the_order_of_the_list_and_read_in_parts(
    reader: Client, sort: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "AT_ONCE", 2)
    for number, town in enumerate([XIONGZHOU, RONGCHENG, XIONGZHOU, RONGCHENG, XIONGZHOU, XIONGZHOU], 1):
        _title(number, town, registered_at=NOW + number // 3)
    answer = reader.get(f"/titles/?sort={sort}&format=csv")
    numbers = [int(line.split(",")[0]) for line in answer.getvalue().decode().splitlines()[2:]]
    assert (answer.streaming, numbers) == (True, _listed(reader.get(f"/titles/?sort={sort}")))


def test_list_shows_ones_own_homes_to_oneself_alone(reader: Client) -> None:
    _title(1)
    assert "Your homes" not in _text(reader.get("/titles/"))
    _person("sun", "0x" + "99" * 20)
    assert "Your homes" not in _text(_act_as(reader, "sun").get("/titles/"))
    _person("wang", WANG)
    assert "Your homes No. 1 Registered" in _text(_act_as(reader, "wang").get("/titles/"))


# --- one title --------------------------------------------------------------------------------------------------------


def test_title_shows_owners_burdens_and_history(reader: Client) -> None:
    _title(1)
    _burden(1, 1, "mortgage", ref=TX, valid_until=2**48 - 1)
    _burden(2, 1, "seizure", valid_until=NOW + 200 * 86_400)
    _step(101, 1, "MortgageRecorded", bank=BANK, ref=TX)
    _step(102, 1, "SeizureOrdered", SEIZED, court=COURT, caseNumber="2026-17")
    page = _text(reader.get("/titles/1/"))
    assert "Title 1 Seized by a court A court has seized this title" in page
    assert re.search(r"0x1a1a…1a1a\s+60 yes 0x1b1b…1b1b\s+40 yes", page)
    assert re.search(r"Mortgage Bank 0xabab…abab\s+without end Seizure by a court Court 2026-17 10 Jun 2027", page)
    assert "Seized by a court 2026-17 Court 22 Nov 2026 11:03:21 Transaction" in page


def test_proof_is_of_the_version_not_of_what_came_later(reader: Client) -> None:
    _title(1)
    _step(101, 1, "SeizureOrdered", SEIZED, court=COURT)
    proof = _main(reader.get("/titles/1/")).partition("Title 1, version 1")[2]
    assert (f'href="/chain/tx/{TX}/"' in proof, SEIZED in proof, "Registry" in proof) == (True, False, True)


def test_title_ordered_by_a_court_names_the_court_in_its_proof(reader: Client) -> None:
    _title(1, version=2)
    _step(101, 1, "OwnershipOrdered", SEIZED, court=COURT)
    assert "Title 1, version 2 By Court" in _text(reader.get("/titles/1/"))


def test_open_transfer_says_until_when(reader: Client) -> None:
    _title(1)
    Transfer.objects.create(id=1, title=1, commitment=TX, deadline=NOW + 200 * 86_400, state="open")
    page = _text(reader.get("/titles/1/"))
    assert "everybody concerned must agree before 10 Jun 2027 ." in page
    assert "Lapses unless everybody has agreed expected 10 Jun 2027" in page


def test_undone_registration_says_so_before_its_burdens(reader: Client) -> None:
    _title(1, state="cancelled")
    _burden(1, 1, "mortgage")
    assert "Title 1 Cancelled This registration was undone" in _text(reader.get("/titles/1/"))


@pytest.mark.parametrize("number", ["9", "99999999999999999999999"])
def test_unknown_title_is_not_found(reader: Client, number: str) -> None:
    assert reader.get(f"/titles/{number}/").status_code == 404


@pytest.mark.parametrize(
    ("persona", "sees"),
    [
        ("", False),
        ("stranger", False),
        ("former", False),
        ("judge", False),
        ("other-registrar", False),
        ("former-registrar", False),
        ("wang", True),
        ("li", True),
        ("registrar", True),
    ],
)
def test_deed_and_names_are_for_owners_and_their_registrar_alone(reader: Client, persona: str, sees: bool) -> None:
    _title(1, commitment=services.keep_deed(HOME, REGISTRAR))
    TitleOwner.objects.create(
        id="1:0:0", title=1, version=0, account="0x" + "77" * 20, share=10_000, must_consent=True
    )  # fmt: skip
    for name, address in (("wang", WANG), ("li", LI), ("former", "0x" + "77" * 20), ("stranger", "0x" + "99" * 20)):
        _person(name, address)
    _officer("judge", COURT)
    _officer("registrar", REGISTRY)
    _officer("other-registrar", OTHER_REGISTRY)
    _officer("former-registrar", REGISTRY, current=False)
    if persona:
        _act_as(reader, persona)
    page = _text(reader.get("/titles/1/"))
    shown = [HOME.address in page, HOME.number in page, "89.50 m²" in page, "Wang" in page, "Li " in page]
    assert shown == [sees] * 5


@pytest.mark.parametrize(
    "changes",
    [
        {"state": "suspended"},
        {"state": "revoked"},
        {"valid_until": 1},
        {"valid_from": LONG - 1},
        {"accredited_by": BANK},
    ],
    ids=str,
)
def test_officers_of_a_registrar_that_may_not_act_read_and_register_nothing(
    reader: Client, changes: dict[str, Any]
) -> None:
    _title(1, commitment=services.keep_deed(HOME, REGISTRAR))
    _person("wang", WANG)
    _officer("registrar", REGISTRY)
    _act_as(reader, "registrar")
    assert HOME.address in _text(reader.get("/titles/1/"))
    Institution.objects.filter(id=BANK).update(state="suspended")
    Institution.objects.filter(id=REGISTRY).update(**changes)
    page = _text(reader.get("/titles/1/"))
    assert (HOME.address in page, "Wang" in page) == (False, False)
    assert reader.post("/titles/register/", _form()).status_code == 403


def test_deed_that_no_longer_matches_is_not_shown(reader: Client) -> None:
    _title(1, commitment=services.keep_deed(HOME, REGISTRAR))
    Deed.objects.update(body=Deed.objects.get().body.replace("301", "302"))
    _person("wang", WANG)
    assert "Deed" not in _text(_act_as(reader, "wang").get("/titles/1/")).replace("to the deed", "")


# --- the registrar's form ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("persona", ["", "wang", "judge", "former-registrar"])
def test_form_is_for_registrars_and_says_so(reader: Client, persona: str) -> None:
    _person("wang", WANG)
    _officer("judge", COURT)
    _officer("former-registrar", REGISTRY, current=False)
    if persona:
        _act_as(reader, persona)
    shown, sent = reader.get("/titles/register/"), reader.post("/titles/register/", _form())
    assert (shown.status_code, sent.status_code) == (200, 403)
    assert "Only a registrar registers homes" in _text(shown)
    assert "<form" not in _main(shown)
    assert Deed.objects.count() == 0


def test_form_groups_villages_and_tells_people_apart(reader: Client) -> None:
    _person("wang", WANG)
    _officer("registrar", REGISTRY)
    main = _main(_act_as(reader, "registrar").get("/titles/register/"))
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
        ({"owner": ""}, "This field is required."),
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
    _person("wang", WANG)
    _person("li", LI)
    _officer("registrar", REGISTRY)
    answer = _act_as(reader, "registrar").post("/titles/register/", _form(**changes))
    assert answer.status_code == 422
    assert _text(answer).count(error) == 2
    assert f'value="{HOME.address}"' in _main(answer)
    assert f'value="{_form(**changes)["area"]}"' in _main(answer)
    assert (Deed.objects.count(), Request.objects.count()) == (0, 0)


def test_form_leads_to_a_summary_in_sentences(reader: Client) -> None:
    _person("wang", WANG)
    _person("li", LI)
    _officer("registrar", REGISTRY)
    answer = _act_as(reader, "registrar").post("/titles/register/", _form(second_owner="li", second_share="40"))
    page = _text(answer)
    assert answer.status_code == 200
    assert f"You register the home at {HOME.address}, {places.villages(str(XIONGZHOU))[0].name}." in page
    assert f"Deed {HOME.number}, Home, 89.50 m²." in page
    assert "It belongs to Wang · wang (60 %) and Li · li (40 %)." in page
    assert "A registration stays in the history for ever." in page
    assert (Request.objects.count(), Deed.objects.count(), _accounts("wang"), _accounts("li")) == (0, 0, 1, 1)


def _accounts(person: str) -> int:
    return PersonaAccount.objects.filter(persona=person).count()


def test_every_summary_gives_its_owner_a_fresh_account(reader: Client) -> None:
    _person("wang", WANG)
    _officer("registrar", REGISTRY)
    _act_as(reader, "registrar")
    calls = [_signed(reader.post("/titles/register/", _form(number=number))) for number in ("1", "2")]
    owners = {call.owners[0].account for call in calls}
    assert (len(owners), WANG in owners, len({call.commitment for call in calls})) == (2, False, 2)


def _signed(summary: Any) -> Titles.register:
    """The call that the summary would sign."""
    data = re.search(r"0x([0-9a-f]{200,})</p>", _main(summary))
    assert data is not None
    return Titles.register.decode(bytes.fromhex(data[1]))


def test_changing_the_summary_keeps_what_was_typed(reader: Client) -> None:
    _person("wang", WANG)
    _officer("registrar", REGISTRY)
    answer = _act_as(reader, "registrar").post("/titles/register/", {**_form(), "change": "1"})
    assert answer.status_code == 200
    assert f'value="{HOME.address}"' in _main(answer)
    assert f'<option value="{HOME.village}" selected>' in _main(answer)
    assert Deed.objects.count() == 0
