"""How fresh the record is and its blocks, over HTTP; and what reads of the record share: ETag, pages, times."""

from typing import Any

import pytest
from django.test import Client

from citychain.errors import InvalidInput
from citychain.indexer.models import Block, Progress
from citychain.indexer.paging import page
from citychain.indexer.schemas import moment

pytestmark = [
    pytest.mark.django_db(databases=["default", "readmodel"]),
    pytest.mark.filterwarnings("ignore:No directory at"),
]
NOW = 1_795_316_601
HASHES = ["0x" + byte * 32 for byte in ("a0", "a1", "a2")]


@pytest.fixture
def record() -> Progress:
    for number, found in enumerate(HASHES):
        Block.objects.create(number=number, hash=found, parent="0x00", time=NOW + number, transactions=number)
    return Progress.objects.create(
        id=1, head=2, head_hash=HASHES[2], final=1, subscriptions="", stale_since=None, stale_reason=""
    )


@pytest.fixture
def http() -> Client:
    return Client(HTTP_ACCEPT_LANGUAGE="en")


def test_status_of_an_empty_record_is_zero(http: Client) -> None:
    assert http.get("/api/status").json() == {
        "simulated": True,
        "head": 0,
        "final": 0,
        "time": {"seconds": 0, "text": "1970-01-01T08:00:00+08:00"},
        "stale_since": None,
        "stale_reason": "",
    }


def test_status_says_since_when_the_record_is_stale(record: Progress, http: Client) -> None:
    Progress.objects.update(stale_since=3, stale_reason="projection failed")
    found = http.get("/api/status").json()
    assert (found["head"], found["final"], found["stale_since"]) == (2, 1, 3)
    assert found["time"] == {"seconds": NOW + 2, "text": "2026-11-22T11:03:23+08:00"}


@pytest.mark.parametrize(("number", "final"), [(1, True), (2, False)])
def test_block_says_whether_it_is_final(record: Progress, http: Client, number: int, final: bool) -> None:
    found = http.get(f"/api/blocks/{number}").json()
    assert (found["hash"], found["transactions"], found["final"]) == (HASHES[number], number, final)


@pytest.mark.parametrize(
    ("number", "status", "code"),
    [("3", 404, "not-found"), (2**63 - 1, 404, "not-found"), (2**63, 400, "invalid-input")]
    + [(wrong, 400, "invalid-input") for wrong in ("-1", "x", "1.5", "٣x", "9" * 5_000)],
)
def test_block_that_is_not_there_is_refused(http: Client, number: Any, status: int, code: str) -> None:
    answer = http.get(f"/api/blocks/{number}")
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_answer_is_not_sent_again_until_the_head_changes(record: Progress, http: Client) -> None:
    tag = http.get("/api/blocks/1")["ETag"]
    again = http.get("/api/blocks/1", headers={"if-none-match": tag})
    assert (again.status_code, again.content, again["X-Citychain-Simulated"]) == (304, b"", "true")
    Progress.objects.update(head_hash=HASHES[1])
    assert http.get("/api/blocks/1", headers={"if-none-match": tag}).status_code == 200


def test_head_changes_no_answer_that_is_about_now(record: Progress, http: Client) -> None:
    assert "ETag" not in http.get("/api/status")


def test_pages_follow_each_other_by_every_column_of_the_order(record: Progress) -> None:
    Block.objects.update(time=NOW)
    Block.objects.create(number=3, hash="0x", parent="0x", time=NOW + 1, transactions=0)
    rows, last, seen = Block.objects.order_by("time", "-number"), None, []
    while True:
        found, last = page(rows, 1, last=last, field="after")
        seen += [row.number for row in found]
        if last is None:
            break
    assert seen == [2, 1, 0, 3]


def test_page_behind_a_row_that_is_gone_is_refused(record: Progress) -> None:
    for last in (7, "x", 2**70):
        with pytest.raises(InvalidInput) as caught:
            page(Block.objects.order_by("number"), 1, last=last, field="after")
        assert caught.value.details["field"] == "after"


def test_time_beyond_the_calendar_has_no_text() -> None:
    assert moment(2**48 - 1).model_dump() == {"seconds": 2**48 - 1, "text": None}
    assert moment(253_402_214_399).text == "9999-12-31T07:59:59+08:00"
