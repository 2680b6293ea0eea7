"""Pages say what stands still, since when, and what still works: workers that hang are known by their silence."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from citychain.chain import clock
from citychain.indexer.models import Block, Progress
from citychain.outbox.lease import Holder
from citychain.outbox.models import Lease, Request
from citychain.outbox.tests.conftest import Workers

pytestmark = [
    pytest.mark.django_db(databases=["default", "readmodel"]),
    pytest.mark.filterwarnings("ignore:No directory at"),
]
NOW = 1_795_316_601
STARTING, BEHIND = "The city is starting", "What you see ends before block 19"
STILL = "Nothing new has been recorded since 22 Nov 2026 1"
WAITING = "Requests have not been carried out since"


@pytest.fixture(autouse=True)
def time() -> Iterator[None]:
    clock.simulate(NOW)
    yield
    clock.simulate(None)


def _head(age: int, stale: int | None = None) -> None:
    Block.objects.create(number=18, hash="0x12", parent="0x00", time=NOW - age, transactions=1)
    Progress.objects.create(
        id=1, head=18, head_hash="0x12", final=18, subscriptions="", stale_since=stale, stale_reason=""
    )  # fmt: skip


def _lease(age: int) -> None:
    Holder("relayer").hold()
    Lease.objects.update(renewed=NOW - age)


def _request(age: int, **changes: Any) -> None:
    Request.objects.create(
        digest="0x01", signer="0x02", target="0x03", selector="0x", nonce=0, gas=1, deadline=NOW, data=b"",
        signature=b"", wallet=False, created=NOW - age, **changes,
    )  # fmt: skip


def _said(page: str = "/accessibility/") -> list[str]:
    text = re.sub(r"<[^>]+>", "", Client(HTTP_ACCEPT_LANGUAGE="en").get(page).content.decode())
    return [words for words in (STARTING, BEHIND, STILL, WAITING) if words in text]


@pytest.mark.parametrize("page", ["/accessibility/", "/live/", "/nowhere/"])
def test_starting_city_says_so_alone(page: str) -> None:
    _lease(1_000)
    assert _said(page) == [STARTING]


@pytest.mark.parametrize(
    ("age", "stale", "said"),
    [(0, None, []), (180, None, []), (-9_000, None, []), (181, None, [STILL]), (181, 19, [BEHIND]), (0, 19, [BEHIND])],
)
def test_record_that_stands_still_is_said(age: int, stale: int | None, said: list[str]) -> None:
    _head(age, stale)
    assert (_said(), _said("/live/")) == (said, said)


@pytest.mark.parametrize(("age", "said"), [(0, []), (60, []), (61, [WAITING])])
def test_relayer_that_hangs_is_said(age: int, said: list[str]) -> None:
    _head(0)
    _lease(age)
    assert _said() == said


@pytest.mark.parametrize(
    ("age", "changes", "said"),
    [
        (120, {}, []),
        (121, {}, [WAITING]),
        (121, {"attempts": 1}, []),
        (121, {"state": "sent"}, []),
        (121, {"state": "final"}, []),
    ],
)
def test_request_that_nobody_sends_is_said(age: int, changes: dict[str, Any], said: list[str]) -> None:
    _head(0)
    _request(age, **changes)
    assert _said() == said


def test_one_incident_is_said_at_a_time() -> None:
    _head(181)
    _lease(1_000)
    assert _said() == [STILL]


def test_incident_tells_open_pages() -> None:
    _head(180)
    reader = Client()
    etag = reader.get("/live/")["ETag"]
    assert reader.get("/live/", HTTP_IF_NONE_MATCH=etag).status_code == 304
    clock.simulate(NOW + 1)
    assert reader.get("/live/", HTTP_IF_NONE_MATCH=etag).status_code == 200


def test_relayer_at_work_is_no_incident(workers: Workers) -> None:
    clock.simulate(None)
    workers.block()
    assert _said() == []
    Lease.objects.update(renewed=clock.now() - 61)
    assert _said() == [WAITING]
