"""Titles' pages on real rows of both stores: what everybody sees, and what a deed's readers see."""

import json
import re
from typing import Any

import pytest
from django.test import Client

from citychain.identity.models import Institution, InstitutionKey
from citychain.portal import places
from citychain.renting import queries, services
from citychain.renting.models import Deed, TitleOwner, Transfer

from .rows import (
    BANK,
    COURT,
    HOME,
    LI,
    LONG,
    NOW,
    OTHER_REGISTRY,
    REGISTRAR,
    REGISTRY,
    RONGCHENG,
    SEIZED,
    TX,
    WANG,
    XIONGZHOU,
    act_as,
    add_burden,
    add_officer,
    add_person,
    add_step,
    add_title,
    listed,
    main_of,
    text_of,
    typed,
)

pytestmark = [
    pytest.mark.django_db(databases=["default", "readmodel"]),
    pytest.mark.filterwarnings("ignore:No directory at"),
    pytest.mark.usefixtures("registry"),
]


# --- the list and the map ---------------------------------------------------------------------------------------------


def test_list_of_an_empty_city_says_so(reader: Client) -> None:
    answer = reader.get("/titles/")
    assert answer.status_code == 200
    assert "No title here" in text_of(answer)


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
    add_title(1)
    add_title(2, RONGCHENG)
    add_title(3, state="cancelled")
    assert listed(reader.get("/titles/" + query)) == numbers


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("?burden=mortgage", [2]),
        ("?burden=seizure", [3]),
        ("?burden=any", [3, 2]),
        ("?burden=none", [1]),
        (f"?registrar={REGISTRY}", [4, 3, 2, 1]),
        (f"?registrar={OTHER_REGISTRY}", []),
        (f"?owner={LI.upper().replace('X', 'x')}&burden=any", [3, 2]),
        (f"?owner={TX[:42]}", []),
        ("?owner=nobody&burden=x&registrar=99", [4, 3, 2, 1]),
    ],
)
def test_list_is_filtered_by_burden_registrar_and_owner(reader: Client, query: str, numbers: list[int]) -> None:
    for number in (1, 2, 3):
        add_title(number)
    add_title(4, state="cancelled")
    add_burden(1, 2, "mortgage")
    add_burden(2, 3, "seizure")
    add_burden(3, 1, "seizure", released=True)
    add_burden(4, 4, "mortgage")
    assert listed(reader.get("/titles/" + query)) == numbers


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_title_leaves_as_an_extract_on_paper(language: str) -> None:
    add_title(1)
    add_burden(1, 1, "mortgage")
    answer = Client(HTTP_ACCEPT_LANGUAGE=language).get("/titles/1/?format=pdf")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert answer["Content-Disposition"] == 'attachment; filename="title-1.pdf"'
    assert answer.content.startswith(b"%PDF-")


def test_titles_are_compared_side_by_side(reader: Client) -> None:
    add_title(1)
    add_title(2, RONGCHENG)
    add_burden(1, 2, "mortgage")
    page = text_of(reader.get("/titles/compare/?id=2&id=1&id=1&id=99&id=x"))
    assert "Title No. 2 No. 1 State" in page
    assert "Town 容城镇 雄州镇 Registrar" in page
    assert "Mortgages 1 0 Seizures 0 0 Transfer none none Use — — Area — —" in page
    assert "Write the numbers of two to four titles." in text_of(reader.get("/titles/compare/?id=99"))


def test_list_says_what_burdens_each_home(reader: Client) -> None:
    for number in range(1, 6):
        add_title(number, state="cancelled" if number == 5 else "registered")
    add_burden(1, 1, "mortgage")
    add_burden(2, 2, "mortgage")
    add_burden(3, 2, "seizure")
    add_burden(4, 3, "seizure", released=True)
    add_burden(5, 4, "seizure", valid_until=NOW - 400 * 86_400)
    add_burden(6, 5, "mortgage")
    page = text_of(reader.get("/titles/?sort=id"))
    states = re.findall(r"No\. \d 雄州镇 22 Nov 2026 (Mortgaged|Seized by a court|Registered|Cancelled)", page)
    assert states == ["Mortgaged", "Seized by a court", "Registered", "Registered", "Cancelled"]


def test_list_pages_and_keeps_the_filters(reader: Client) -> None:
    for number in range(1, 31):
        add_title(number)
    first = reader.get("/titles/?county=130638&sort=id")
    assert listed(first) == list(range(1, 26))
    assert 'href="?county=130638&amp;sort=id&amp;page=2"' in main_of(first)
    assert listed(reader.get("/titles/?county=130638&sort=id&page=2")) == list(range(26, 31))


def test_words_beside_the_map_say_what_the_map_says(reader: Client) -> None:
    for number, town in enumerate((XIONGZHOU, XIONGZHOU, RONGCHENG), 1):
        add_title(number, town)
    answer = reader.get("/titles/")
    data = json.loads(re.findall(r'<script id="map-data"[^>]*>(.*?)</script>', main_of(answer), re.DOTALL)[0])
    drawn = [(point["properties"]["name"], point["properties"]["count"]) for point in data["points"]["features"]]
    written = re.findall(r'<li><a href="/titles/\?town=\d+">([^<]+)</a><span>(\d+)</span>', main_of(answer))
    assert drawn == [(name, int(count)) for name, count in written] == [("容城镇", 1), ("雄州镇", 2)]


def test_map_leaves_as_geojson_that_says_simulated(reader: Client) -> None:
    add_title(1)
    add_title(2, RONGCHENG)
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
    add_title(1)
    add_title(2, RONGCHENG)
    assert 'href="?county=130638&amp;format=csv"' in main_of(reader.get("/titles/?county=130638"))
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
        add_title(number, town, registered_at=NOW + number // 3)
    answer = reader.get(f"/titles/?sort={sort}&format=csv")
    numbers = [int(line.split(",")[0]) for line in answer.getvalue().decode().splitlines()[2:]]
    assert (answer.streaming, numbers) == (True, listed(reader.get(f"/titles/?sort={sort}")))


def test_list_shows_ones_own_homes_to_oneself_alone(reader: Client) -> None:
    add_title(1)
    assert "Your homes" not in text_of(reader.get("/titles/"))
    add_person("sun", "0x" + "99" * 20)
    assert "Your homes" not in text_of(act_as(reader, "sun").get("/titles/"))
    add_person("wang", WANG)
    assert "Your homes No. 1 Registered" in text_of(act_as(reader, "wang").get("/titles/"))


# --- one title --------------------------------------------------------------------------------------------------------


def test_title_shows_owners_burdens_and_history(reader: Client) -> None:
    add_title(1)
    add_burden(1, 1, "mortgage", ref=TX, valid_until=2**48 - 1)
    add_burden(2, 1, "seizure", valid_until=NOW + 200 * 86_400)
    add_step(101, 1, "MortgageRecorded", bank=BANK, ref=TX)
    add_step(102, 1, "SeizureOrdered", SEIZED, court=COURT, caseNumber="2026-17")
    page = text_of(reader.get("/titles/1/"))
    assert "Title 1 Seized by a court A court has seized this title" in page
    assert re.search(r"0x1a1a…1a1a\s+60 yes 0x1b1b…1b1b\s+40 yes", page)
    assert re.search(r"Mortgage Bank 0xabab…abab\s+without end Seizure by a court Court 2026-17 10 Jun 2027", page)
    assert "Seized by a court 2026-17 Court 22 Nov 2026 11:03:21 Transaction" in page


def test_proof_is_of_the_version_not_of_what_came_later(reader: Client) -> None:
    add_title(1)
    add_step(101, 1, "SeizureOrdered", SEIZED, court=COURT)
    proof = main_of(reader.get("/titles/1/")).partition("Title 1, version 1")[2]
    assert (f'href="/chain/tx/{TX}/"' in proof, SEIZED in proof, "Registry" in proof) == (True, False, True)


def test_title_ordered_by_a_court_names_the_court_in_its_proof(reader: Client) -> None:
    add_title(1, version=2)
    add_step(101, 1, "OwnershipOrdered", SEIZED, court=COURT)
    assert "Title 1, version 2 By Court" in text_of(reader.get("/titles/1/"))


def test_open_transfer_says_until_when(reader: Client) -> None:
    add_title(1)
    Transfer.objects.create(id=1, title=1, commitment=TX, deadline=NOW + 200 * 86_400, state="open")
    page = text_of(reader.get("/titles/1/"))
    assert "everybody concerned must agree before 10 Jun 2027 ." in page
    assert "Lapses unless everybody has agreed expected 10 Jun 2027" in page


def test_undone_registration_says_so_before_its_burdens(reader: Client) -> None:
    add_title(1, state="cancelled")
    add_burden(1, 1, "mortgage")
    assert "Title 1 Cancelled This registration was undone" in text_of(reader.get("/titles/1/"))


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
    add_title(1, commitment=services.keep_deed(HOME, REGISTRAR))
    TitleOwner.objects.create(
        id="1:0:0", title=1, version=0, account="0x" + "77" * 20, share=10_000, must_consent=True
    )  # fmt: skip
    for name, address in (("wang", WANG), ("li", LI), ("former", "0x" + "77" * 20), ("stranger", "0x" + "99" * 20)):
        add_person(name, address)
    add_officer("judge", COURT)
    add_officer("registrar", REGISTRY)
    add_officer("other-registrar", OTHER_REGISTRY)
    add_officer("former-registrar", REGISTRY, current=False)
    if persona:
        act_as(reader, persona)
    page = text_of(reader.get("/titles/1/"))
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
    add_title(1, commitment=services.keep_deed(HOME, REGISTRAR))
    add_person("wang", WANG)
    add_officer("registrar", REGISTRY)
    act_as(reader, "registrar")
    assert HOME.address in text_of(reader.get("/titles/1/"))
    Institution.objects.filter(id=BANK).update(state="suspended")
    Institution.objects.filter(id=REGISTRY).update(**changes)
    page = text_of(reader.get("/titles/1/"))
    assert (HOME.address in page, "Wang" in page) == (False, False)
    assert reader.post("/titles/register/", typed()).status_code == 403


@pytest.mark.parametrize(("scopes", "reads"), [("*", True), ("keys,titles", True), ("keys", False)])
def test_officers_read_in_the_scope_of_their_key(reader: Client, scopes: str, reads: bool) -> None:
    add_title(1, commitment=services.keep_deed(HOME, REGISTRAR))
    InstitutionKey.objects.filter(address=add_officer("registrar", REGISTRY)).update(scopes=scopes)
    assert (HOME.address in text_of(act_as(reader, "registrar").get("/titles/1/"))) == reads


def test_whoever_carries_the_registrars_duties_reads_its_deeds(reader: Client) -> None:
    add_title(1, commitment=services.keep_deed(HOME, REGISTRAR))
    for name, institution in (("registrar", REGISTRY), ("successor", OTHER_REGISTRY)):
        add_officer(name, institution)
    Institution.objects.filter(id=REGISTRY).update(state="succeeded", successor=OTHER_REGISTRY)
    read = [HOME.address in text_of(act_as(reader, name).get("/titles/1/")) for name in ("registrar", "successor")]
    assert read == [False, True]


def test_deed_that_no_longer_matches_is_not_shown(reader: Client) -> None:
    add_title(1, commitment=services.keep_deed(HOME, REGISTRAR))
    Deed.objects.update(body=Deed.objects.get().body.replace("301", "302"))
    add_person("wang", WANG)
    assert "Deed" not in text_of(act_as(reader, "wang").get("/titles/1/")).replace("to the deed", "")
