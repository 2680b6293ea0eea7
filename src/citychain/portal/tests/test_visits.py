"""How many pages a network address gets in a minute, as people behind a proxy meet it."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from django.test import Client

from citychain import visitors
from citychain.chain import clock
from citychain.identity.models import Persona
from citychain.indexer.models import Block, Progress
from citychain.portal import assets
from citychain.programs import limits

pytestmark = [
    pytest.mark.django_db(databases=["default", "readmodel"]),
    pytest.mark.filterwarnings("ignore:No directory at"),
]
#: The beginning of a minute.
NOW = 1_795_316_640
PAGE = "/accessibility/"
CHINESE = "一分钟内，您的网络请求了超过 3 个页面。请在 60 秒后再试。"
ENGLISH = "More than 3 pages were asked for from your network in one minute. Try again in 60 seconds."


@pytest.fixture(autouse=True)
def quota(settings: Any) -> Iterator[None]:
    settings.CITYCHAIN_PAGES_A_MINUTE = 3
    limits.counts.clear()
    clock.simulate(NOW)
    yield
    clock.simulate(None)
    limits.counts.clear()


def _visitor(address: str = "192.0.2.1", **headers: str) -> Client:
    return Client(headers={"accept-language": "en", "x-forwarded-for": address, **headers})


def _statuses(visitor: Client, times: int, path: str = PAGE) -> list[int]:
    found = []
    for _ in range(times):
        with closing(visitor.get(path)) as answer:
            found.append(answer.status_code)
    return found


@pytest.mark.parametrize(("language", "words"), [("zh-hans", CHINESE), ("en", ENGLISH)])
def test_page_beyond_the_quota_is_refused_in_words_until_the_minute_ends(language: str, words: str) -> None:
    visitor = _visitor(**{"accept-language": language})
    assert _statuses(visitor, 3) == [200] * 3
    refused = visitor.get(PAGE)
    assert (refused.status_code, refused["Retry-After"]) == (429, "60")
    assert words in refused.content.decode()
    clock.simulate(NOW + 60)
    assert _statuses(visitor, 1) == [200]


def test_scripts_are_refused_as_problem_and_nothing_is_done() -> None:
    visitor = _visitor(accept="application/json")
    _statuses(visitor, 3)
    refused = visitor.post("/sign-in/message/", {})
    assert (refused.status_code, refused.json()["code"], refused.json()["seconds"]) == (429, "too-many-pages", "60")


def test_pages_that_do_not_exist_or_are_kept_count_too() -> None:
    Block.objects.create(number=17, hash="0x11", parent="0x10", time=NOW, transactions=0)
    Progress.objects.create(
        id=1, head=17, head_hash="0x11", final=16, subscriptions="", stale_since=None, stale_reason=""
    )  # fmt: skip
    visitor = _visitor()
    assert [visitor.get(path).status_code for path in ("/nowhere/", *["/chain/blocks/17/"] * 3)] == [404, 200, 200, 429]


@pytest.mark.parametrize("path", ["/healthz", assets.url("map.js")])
def test_health_and_static_files_are_free(path: str) -> None:
    assert set(_statuses(_visitor(), 5, path)) == {200}


def test_api_and_pages_have_a_quota_each() -> None:
    visitor = _visitor()
    assert _statuses(visitor, 4) == [200, 200, 200, 429]
    assert visitor.get("/api/status")["RateLimit-Policy"] == '"address";q=600;w=60'
    assert _statuses(visitor, 1, "/api/openapi.json") == [429]


def test_those_who_are_signed_in_have_a_quota_of_their_own() -> None:
    Persona.objects.create(id="tenant", name_zh="租客", name_en="Tenant")
    stranger, person = _visitor(), _visitor()
    person.post("/act-as/", {"persona": "tenant"})
    assert _statuses(stranger, 3) == [200, 200, 429]
    assert _statuses(person, 31) == [*[200] * 30, 429]


def test_address_is_told_by_the_header_of_the_installation(settings: Any) -> None:
    meta = {"HTTP_X_FORWARDED_FOR": "9.9.9.9, 192.0.2.1", "HTTP_X_REAL_IP": "192.0.2.2", "REMOTE_ADDR": "127.0.0.1"}
    assert visitors.address(meta) == "192.0.2.1"
    settings.CITYCHAIN_CLIENT_HEADER = "X-Real-IP"
    assert visitors.address(meta) == "192.0.2.2"
    assert visitors.address({"REMOTE_ADDR": "127.0.0.1"}) == ""


@pytest.mark.parametrize(
    ("told", "counted"),
    [
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("unknown", ""),
        ("192.0.2.1:443", ""),
    ],
)
def test_address_is_a_subscribers(told: str, counted: str) -> None:
    assert visitors.address({"HTTP_X_FORWARDED_FOR": told}) == counted
