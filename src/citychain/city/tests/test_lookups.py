"""Single records that are answered before Django: in everything as the API answers them."""

from collections.abc import Iterator
from typing import Any
from wsgiref.types import WSGIApplication
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

import pytest
from django.core.servers.basehttp import get_internal_wsgi_application

from citychain.chain import clock
from citychain.indexer.models import Block, Progress
from citychain.programs import limits
from citychain.renting.models import Encumbrance, Title, TitleOwner, TitleStep, Transfer

pytestmark = [
    pytest.mark.django_db(databases=["default", "readmodel"]),
    pytest.mark.filterwarnings("ignore:No directory at"),
]
NOW = 1_795_316_601
HASH = "0x" + "ab" * 32
ACCOUNT = "0x" + "1a" * 20


class Portal:
    """The whole application, its lookups and the Django behind them."""

    def __init__(self) -> None:
        lookups: Any = get_internal_wsgi_application()
        self.behind = lookups.application
        self.asked_behind = 0
        self.whole = type(lookups)(self._counted)

    def _counted(self, environ: Any, start_response: Any) -> Any:
        self.asked_behind += 1
        return self.behind(environ, start_response)

    def get(self, path: str, **given: str) -> tuple[str, dict[str, str], bytes]:
        return self._ask(self.whole, path, given)

    def api(self, path: str, **given: str) -> tuple[str, dict[str, str], bytes]:
        """What Django alone answers."""
        return self._ask(self.behind, path, given)

    def _ask(self, application: WSGIApplication, path: str, given: dict[str, str]) -> tuple[str, dict[str, str], bytes]:
        asked = {"SCRIPT_NAME": "", "PATH_INFO": path.encode().decode("latin-1"), "QUERY_STRING": ""}
        environ: dict[str, Any] = {**asked, "HTTP_HOST": "localhost:8000", **given}
        setup_testing_defaults(environ)
        told: list[Any] = []

        def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            told[:] = [status, {name.lower(): value for name, value in headers}]

        # Django gives a body to HEAD and leaves it to the server to drop it.
        answer = application(environ, start_response)
        body = b"".join(answer)
        if hasattr(answer, "close"):
            answer.close()
        return told[0], told[1], b"" if environ["REQUEST_METHOD"] == "HEAD" else body


@pytest.fixture
def portal() -> Portal:
    return Portal()


@pytest.fixture(autouse=True)
def rows(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Two blocks, one of them final, and titles in every state."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    for number in (17, 18):
        Block.objects.create(number=number, hash=f"0x{number:064x}", parent=HASH, time=NOW, transactions=number)
    Progress.objects.create(
        id=1, head=18, head_hash=HASH, final=17, subscriptions="", stale_since=None, stale_reason=""
    )  # fmt: skip
    states = (Title.State.REGISTERED, Title.State.CANCELLED, Title.State.REGISTERED)
    for number, state in enumerate(states, start=1):
        Title.objects.create(
            id=number, town=130629101, commitment=HASH, version=2, owners_version=2, holder=ACCOUNT, registrar=3,
            state=state, registered_at=NOW, registered_block=17,
        )  # fmt: skip
        for version in (1, 2):
            for place, consents in enumerate((True, False)):
                TitleOwner.objects.create(
                    id=f"{number}:{version}:{place}", title=number, version=version, account=ACCOUNT,
                    share=5_000, must_consent=consents,
                )  # fmt: skip
        TitleStep.objects.create(
            id=17 * 2**20 + number, title=number, event="TitleRegistered", time=NOW, block=17, tx=HASH,
            detail='{"kind": "住宅", "shares": [5000, 5000]}',
        )  # fmt: skip
    times = ((NOW, 10**12), (NOW, NOW + 1), (NOW + 1, NOW + 2), (NOW - 2, NOW), (NOW, NOW + 1))
    for number, (start, end) in enumerate(times):
        Encumbrance.objects.create(
            id=10 - number, title=1, kind="mortgage", institution=5, ref=HASH, valid_from=start, valid_until=end,
            released=number == 4,
        )  # fmt: skip
    for number, (way, deadline) in enumerate((("open", NOW + 1), ("open", NOW), ("completed", NOW + 1))):
        Transfer.objects.create(id=number, title=1, commitment=HASH, deadline=deadline, state=way)
    yield


RECORDS = ["/api/blocks/17", "/api/blocks/18", "/api/titles/1", "/api/titles/2", "/api/titles/3"]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("path", RECORDS)
def test_record_is_answered_as_the_api_answers_it(portal: Portal, path: str, method: str) -> None:
    expected = portal.api(path, REQUEST_METHOD=method)
    assert expected[0] == "200 OK"
    assert [portal.get(path, REQUEST_METHOD=method) for _ in range(3)] == [expected] * 3
    assert portal.asked_behind == 1


@pytest.mark.parametrize("path", RECORDS)
def test_known_record_is_not_sent_again(portal: Portal, path: str) -> None:
    expected = portal.api(path, HTTP_IF_NONE_MATCH=f'"{HASH}"')
    assert (expected[0], expected[2]) == ("304 Not Modified", b"")
    assert [portal.get(path, HTTP_IF_NONE_MATCH=f'"{HASH}"') for _ in range(3)] == [expected] * 3
    assert portal.asked_behind == 1


def test_newer_block_is_a_newer_record(portal: Portal) -> None:
    portal.get("/api/titles/1")
    Progress.objects.update(head_hash="0x" + "cd" * 32)
    Title.objects.filter(id=1).update(holder="0x" + "2b" * 20)
    answer = portal.get("/api/titles/1", HTTP_IF_NONE_MATCH=f'"{HASH}"')
    assert answer == portal.api("/api/titles/1")
    assert answer[1]["etag"] == '"0x' + "cd" * 32 + '"'


@pytest.mark.parametrize("language", ["", "en", "zh-CN,zh;q=0.9", "tlh", "en\t;q=x"])
def test_each_language_has_its_own_headers(portal: Portal, language: str) -> None:
    portal.get("/api/titles/1", HTTP_ACCEPT_LANGUAGE="en")
    portal.get("/api/titles/1", HTTP_ACCEPT_LANGUAGE="zh-hans")
    expected = portal.api("/api/titles/1", HTTP_ACCEPT_LANGUAGE=language)
    assert [portal.get("/api/titles/1", HTTP_ACCEPT_LANGUAGE=language) for _ in range(2)] == [expected] * 2


def test_client_that_takes_compressed_answers_gets_plain_ones(portal: Portal) -> None:
    expected = portal.api("/api/titles/1")
    assert [portal.get("/api/titles/1", HTTP_ACCEPT_ENCODING="gzip") for _ in range(2)] == [expected] * 2
    assert expected[1]["vary"] == "Accept-Language, Accept-Encoding"


@pytest.mark.parametrize(
    ("path", "given", "status"),
    [
        ("/api/titles/4", {}, "404 Not Found"),
        ("/api/titles/99999999999999999999", {}, "400 Bad Request"),
        ("/api/titles/01", {}, "200 OK"),
        ("/api/titles/1/", {}, "404 Not Found"),
        ("/api/titles/١", {}, "400 Bad Request"),
        ("/api/titles/1\n", {}, "200 OK"),
        ("/api/titles/-1", {}, "400 Bad Request"),
        ("/api/blocks/19", {}, "404 Not Found"),
        ("/api/titles/1", {"QUERY_STRING": "limit=1"}, "200 OK"),
        ("/api/titles/1", {"REQUEST_METHOD": "DELETE"}, "405 Method Not Allowed"),
        ("/api/titles/1", {"HTTP_COOKIE": "django_language=en"}, "200 OK"),
        ("/api/titles/1", {"HTTP_IF_MATCH": '"other"'}, "412 Precondition Failed"),
        ("/api/titles/1", {"HTTP_IF_NONE_MATCH": "*"}, "304 Not Modified"),
        ("/api/titles/1", {"HTTP_IF_NONE_MATCH": f'W/"{HASH}"'}, "304 Not Modified"),
        ("/api/titles/1", {"HTTP_IF_NONE_MATCH": '"other"'}, "200 OK"),
    ],
)
def test_whatever_is_unusual_is_left_to_django(portal: Portal, path: str, given: dict[str, str], status: str) -> None:
    portal.get("/api/titles/1")
    expected = portal.api(path, **given)
    assert [portal.get(path, **given) for _ in range(2)] == [expected] * 2
    assert (portal.asked_behind, expected[0]) == (3, status)


def test_foreign_host_is_never_answered(portal: Portal) -> None:
    portal.get("/api/titles/1")
    answers = [portal.get("/api/titles/1", HTTP_HOST="evil.example") for _ in range(2)]
    assert [answer[0] == "200 OK" for answer in answers] == [False, False]
    assert portal.asked_behind == 3


def test_nothing_read_yet_is_left_to_django(portal: Portal) -> None:
    portal.get("/api/blocks/18")
    Progress.objects.all().delete()
    assert portal.get("/api/blocks/18") == portal.api("/api/blocks/18")
    assert portal.asked_behind == 2


def test_cookie_of_one_client_is_never_given_to_another(portal: Portal) -> None:
    def gives_a_cookie(environ: Any, start_response: Any) -> Any:
        start_response("200 OK", [("Set-Cookie", "a=b"), ("Content-Type", "application/json")])
        return [b"{}"]

    portal.behind = gives_a_cookie
    for _ in range(2):
        portal.get("/api/titles/1")
    assert portal.asked_behind == 2


def test_answers_keep_the_rules_of_wsgi(portal: Portal) -> None:
    portal.whole = validator(portal.whole)
    for known in ("", f'"{HASH}"'):
        for _ in range(2):
            portal.get("/api/titles/1", HTTP_IF_NONE_MATCH=known)
    assert portal.asked_behind == 2


def test_lookups_count_as_the_api_does(portal: Portal, settings: Any) -> None:
    settings.CITYCHAIN_API_A_MINUTE = 3
    limits.counts.clear()
    answers = [portal.get("/api/blocks/17", HTTP_X_FORWARDED_FOR="192.0.2.1") for _ in range(4)]
    left = [(status[:3], headers["ratelimit"].split(";")[1]) for status, headers, _body in answers]
    assert left == [("200", "r=2"), ("200", "r=1"), ("200", "r=0"), ("429", "r=0")]
    assert portal.asked_behind == 2
    limits.counts.clear()
