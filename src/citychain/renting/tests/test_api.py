"""Titles over HTTP, on real rows."""

from typing import Any

import pytest
from django.test import Client

from citychain.chain import clock
from citychain.renting.models import Deed, Encumbrance, Title, TitleOwner, TitleStep, Transfer
from citychain.renting.schemas import TitleRow

pytestmark = [
    pytest.mark.django_db(databases=["default", "readmodel"]),
    pytest.mark.filterwarnings("ignore:No directory at"),
]
WANG, LI, TX, REF = "0x" + "1a" * 20, "0x" + "2b" * 20, "0x" + "ab" * 32, "0x" + "cd" * 32
TOWNS = {1: 130629100, 2: 130629101, 3: 130638100, 4: 130629100}


@pytest.fixture
def city() -> None:
    """Four titles in two counties; the first is Wang's and Li's, the fourth was cancelled."""
    for number, town in TOWNS.items():
        Title.objects.create(
            id=number, town=town, commitment=f"0x{number:064x}", version=2, owners_version=1, holder=WANG,
            registrar=2, state="cancelled" if number == 4 else "registered", registered_at=0, registered_block=1,
        )  # fmt: skip
    for position, account in enumerate((WANG, LI)):
        TitleOwner.objects.create(
            id=f"1:1:{position}", title=1, version=1, account=account, share=5_000, must_consent=True
        )
    detail = '{"registrar": 2}'
    TitleStep.objects.create(id=7, title=1, event="TitleRegistered", detail=detail, time=0, block=1, tx=TX)
    Deed.objects.create(commitment=f"0x{1:064x}", salt=b"", body='{"address": "1号楼"}', registrar=WANG, signature=b"")


@pytest.fixture
def http() -> Client:
    return Client(HTTP_ACCEPT_LANGUAGE="en")


def titles(http: Client, **query: Any) -> list[int]:
    return [row["id"] for row in http.get("/api/titles", query).json()["titles"]]


def test_titles_are_filtered(city: None, http: Client) -> None:
    assert titles(http) == [4, 3, 2, 1]
    assert titles(http, town=130629100) == [4, 1]
    assert titles(http, county=130629) == [4, 2, 1]
    assert titles(http, state="cancelled") == [4]
    assert titles(http, county=130629, state="registered") == [2, 1]


def test_titles_are_paged_the_newest_first(city: None, http: Client) -> None:
    seen: list[int] = []
    before: dict[str, str] = {}
    while True:
        page = http.get("/api/titles", {"county": "130629", "limit": "1", **before}).json()
        seen += [row["id"] for row in page["titles"]]
        if page["next"] is None:
            break
        before = {"before": page["next"]}
    assert seen == [4, 2, 1]


def test_fields_are_chosen_and_pages_stay_the_same(city: None, http: Client) -> None:
    query = {"limit": "2", "fields": "registered,id"}
    page = http.get("/api/titles", query)
    assert page.json()["titles"] == [
        {"registered": {"seconds": 0, "text": "1970-01-01T08:00:00+08:00"}, "id": number} for number in (4, 3)
    ]
    older = http.get("/api/titles", {**query, "before": page.json()["next"]}).json()
    assert ([row["id"] for row in older["titles"]], older["next"]) == ([2, 1], None)
    assert [sorted(row) for row in http.get("/api/titles?limit=1&fields=").json()["titles"]] == [
        sorted(TitleRow.model_fields)
    ]


def test_title_has_owners_burdens_and_history_but_no_deed(city: None, http: Client) -> None:
    now = clock.now()
    for number, until in ((1, now + 1_000), (2, now - 1)):
        Encumbrance.objects.create(
            id=number, title=1, kind="seizure", institution=5, ref=REF, valid_from=0, valid_until=until, released=False
        )
    Transfer.objects.create(id=3, title=1, commitment=REF, deadline=now + 1_000, state="open")
    answer = http.get("/api/titles/1")
    found = answer.json()
    assert found["owners"] == [{"account": who, "share": 5_000, "must_consent": True} for who in (WANG, LI)]
    assert [(burden["id"], burden["kind"], burden["ref"]) for burden in found["encumbrances"]] == [(1, "seizure", REF)]
    assert (found["transfer"]["id"], found["transfer"]["deadline"]["seconds"]) == (3, now + 1_000)
    assert [(step["event"], step["detail"], step["tx"]) for step in found["history"]] == [
        ("TitleRegistered", {"registrar": 2}, TX)
    ]
    assert "号楼" not in answer.content.decode("unicode-escape")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("titles/9", (404, "no-such-title", None)),
        ("titles/x", (400, "invalid-input", "title_id")),
        ("titles?state=lost", (400, "invalid-input", "state")),
        ("titles?town=x", (400, "invalid-input", "town")),
        ("titles?county=-1", (400, "invalid-input", "county")),
        ("titles?fields=id,address", (400, "unknown-column", "fields")),
        ("titles?town=999999999&fields=nothing", (400, "unknown-column", "fields")),
        ("titles?before=9", (400, "invalid-input", "before")),
    ],
)
def test_what_is_not_there_is_refused(city: None, http: Client, path: str, expected: tuple[Any, ...]) -> None:
    answer = http.get(f"/api/{path}")
    assert (answer.status_code, answer.json()["code"], answer.json().get("field")) == expected
