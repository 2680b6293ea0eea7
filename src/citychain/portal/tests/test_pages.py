"""The shell, its errors and the record's own pages, on real rows of both databases."""

import json
import re
from typing import Any

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import translation

from citychain.errors import Damaged, NotAllowed, Overloaded
from citychain.identity.models import InstitutionStep, Persona
from citychain.indexer.models import Block, Progress
from citychain.outbox.models import Executed
from citychain.portal import assets
from citychain.portal.middleware import CityErrorMiddleware, problem_json

pytestmark = [
    pytest.mark.django_db(databases=["default", "readmodel"]),
    pytest.mark.filterwarnings("ignore:No directory at"),
]
TX = "0x" + "ab" * 32
ACCOUNT = "0x" + "1a" * 20


@pytest.fixture
def reader() -> Client:
    return Client(HTTP_ACCEPT_LANGUAGE="en")


@pytest.fixture
def head() -> None:
    for number in (17, 18):
        Block.objects.create(number=number, hash=f"0x{number:064x}", parent="0x00", time=1_795_316_601, transactions=1)
    Progress.objects.create(
        id=1, head=18, head_hash="0x00", final=17, subscriptions="", stale_since=None, stale_reason=""
    )  # fmt: skip


def _text(response: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_policy_allows_only_our_own_scripts_and_styles(reader: Client) -> None:
    header = reader.get("/accessibility/")["Content-Security-Policy"]
    policy = dict(part.strip().split(" ", 1) for part in header.split(";"))
    scripts = [source for source in policy["script-src"].split() if not source.startswith("'nonce-")]
    assert scripts == ["'self'"]
    assert policy["style-src"] == "'self'"
    assert policy["worker-src"] == "'self'"
    assert policy["default-src"] == "'none'"
    assert policy["connect-src"] == f"'self' {settings.CITYCHAIN_EVENTS_URL.rsplit('/', 1)[0]}"


def test_every_page_says_that_the_city_is_a_demonstration(reader: Client) -> None:
    assert "Demonstration city. Nobody here is real." in _text(reader.get("/accessibility/"))


def test_starting_city_says_so(reader: Client) -> None:
    assert "The city is starting" in _text(reader.get("/accessibility/"))


def test_foot_names_the_final_block(reader: Client, head: None) -> None:
    assert "Data final up to block 17 · 22 Nov 2026 11:03:21" in _text(reader.get("/accessibility/"))


def test_stale_data_is_announced_with_its_block(reader: Client, head: None) -> None:
    Progress.objects.update(stale_since=19, stale_reason="broken")
    assert "What you see ends before block 19" in _text(reader.get("/accessibility/"))


def test_language_follows_the_reader(head: None) -> None:
    assert "数据已最终确认至区块 17" in _text(Client(HTTP_ACCEPT_LANGUAGE="zh-CN").get("/accessibility/"))


def test_live_is_not_modified_until_the_head_moves(reader: Client, head: None) -> None:
    etag = reader.get("/live/")["ETag"]
    assert reader.get("/live/", HTTP_IF_NONE_MATCH=etag).status_code == 304
    Progress.objects.update(final=18)
    assert reader.get("/live/", HTTP_IF_NONE_MATCH=etag).status_code == 200


def test_acting_as_a_persona_is_remembered_and_ended(reader: Client) -> None:
    Persona.objects.create(id="wang", name_zh="王淑珍", name_en="Wang Shuzhen", role_zh="居民", role_en="Resident")
    answer = reader.post("/act-as/", {"persona": "wang", "next": "/accessibility/"})
    assert (answer.status_code, answer["Location"]) == (302, "/accessibility/")
    assert reader.session["persona"] == "wang"
    reader.post("/act-as/", {"persona": ""})
    assert "persona" not in reader.session


def test_acting_never_leads_away_from_the_city(reader: Client) -> None:
    assert reader.post("/act-as/", {"persona": "", "next": "https://evil.example/"})["Location"] == reverse("home")


def test_acting_as_nobody_known_is_an_error_page(reader: Client) -> None:
    answer = reader.post("/act-as/", {"persona": "ghost"})
    assert answer.status_code == 404
    assert "Code to quote: unknown-persona" in _text(answer)


def test_block_page_shows_what_it_recorded(reader: Client, head: None) -> None:
    InstitutionStep.objects.create(
        id=18 * 2**20, institution=1, event="InstitutionAccredited", detail="{}", time=1, block=18, tx=TX
    )
    page = _text(reader.get("/chain/blocks/18/"))
    assert "Block 18" in page
    assert "InstitutionAccredited" in page
    assert "It is not final yet" in page
    assert "InstitutionAccredited" not in _text(reader.get("/chain/blocks/17/"))


def test_unknown_block_transaction_and_account_are_not_found(reader: Client, head: None) -> None:
    paths = ("/chain/blocks/19/", f"/chain/tx/{TX}/", "/chain/tx/0x12/", "/chain/accounts/0x12/", "/nowhere/")
    assert [reader.get(path).status_code for path in paths] == [404] * len(paths)


def test_transaction_and_account_show_the_requests(reader: Client, head: None) -> None:
    Executed.objects.create(
        id=f"{ACCOUNT}:0", signer=ACCOUNT, nonce=0, digest=TX, success=True, cancelled=False, reason="0x",
        block=18, log_index=0, tx=TX, time=1_795_316_601,
    )  # fmt: skip
    assert "0x1a1a…1a1a" in _text(reader.get(f"/chain/tx/{TX}/"))
    assert "0xabab…abab" in _text(reader.get(f"/chain/accounts/{ACCOUNT}/"))


def test_style_guide_is_for_the_sandbox_alone(reader: Client, head: None, settings: pytest.FixtureRequest) -> None:
    assert reader.get("/portal/styleguide/").status_code == 200
    settings.CITYCHAIN_SANDBOX = False  # type: ignore[attr-defined]
    assert reader.get("/portal/styleguide/").status_code == 404


def test_overload_says_when_to_come_back() -> None:
    middleware = CityErrorMiddleware(lambda request: HttpResponse())
    answer = middleware.process_exception(RequestFactory().post("/api/requests"), Overloaded(seconds=7))
    assert answer is not None
    assert (answer.status_code, answer["Retry-After"]) == (503, "7")


@pytest.mark.parametrize(
    ("path", "kind", "words"),
    [
        ("/money/send/", "text/html; charset=utf-8", "Code to quote: body-too-large"),
        ("/act-as/", "text/html; charset=utf-8", "2621441 bytes are too many; at most 2621440 are read."),
        ("/api/requests", "application/problem+json", '"code": "body-too-large"'),
    ],
)
def test_body_that_is_too_large_is_refused_with_its_limit(path: str, kind: str, words: str) -> None:
    reader = Client(HTTP_ACCEPT_LANGUAGE="en", enforce_csrf_checks=True)
    answer = reader.post(path, b"x" * (2_621_440 + 1), content_type="application/x-www-form-urlencoded")
    assert (answer.status_code, answer["Content-Type"]) == (413, kind)
    assert words in _text(answer)


def test_form_with_too_many_fields_is_a_page() -> None:
    answer = Client().post("/act-as/", "&".join(["a=1"] * 1_001), content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 400
    assert "unreadable" in _text(answer)


def test_other_exceptions_are_left_alone() -> None:
    middleware = CityErrorMiddleware(lambda request: HttpResponse())
    assert middleware.process_exception(RequestFactory().get("/"), ValueError()) is None


def test_problem_json_has_code_detail_and_status() -> None:
    with translation.override("en"):
        answer = problem_json(NotAllowed(reason="too late"))
    assert answer["Content-Type"] == "application/problem+json"
    assert json.loads(answer.content) == {
        "type": "http://localhost:8000/errors/#not-allowed",
        "title": "You may not do this",
        "status": 403,
        "detail": "You may not do this: too late",
        "code": "not-allowed",
        "retry": False,
        "reason": "too late",
    }


def test_damage_is_logged_for_the_operator(caplog: pytest.LogCaptureFixture) -> None:
    request = RequestFactory().get("/api/titles")
    answer = CityErrorMiddleware(lambda r: HttpResponse()).process_exception(request, Damaged(what="x", reason="y"))
    assert answer is not None
    assert answer.status_code == 500
    assert [record.levelname for record in caplog.records] == ["ERROR"]


def test_assets_are_named_by_their_content() -> None:
    names = json.loads(assets.MANIFEST.read_text())
    assert sorted(names) == ["app.js", "map-style.css", "map-worker.js", "map.js", "scan.js", "sign.js", "style.css"]
    assert all(re.search(r"\.[0-9a-f]{12}\.(js|css)$", name) for name in names.values())
    assert assets.url("app.js") == f"/static/build/{names['app.js']}"


def test_missing_asset_names_what_the_operator_must_run() -> None:
    with pytest.raises(assets.AssetMissing) as problem:
        assets.url("nothing.js")
    assert problem.value.details == {"name": "nothing.js"}


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:9999"])
def test_other_name_of_this_machine_is_redirected_to_the_canonical_one(client: Client, host: str) -> None:
    answer = client.get("/titles/?town=1", headers={"host": host})
    assert (answer.status_code, answer["Location"]) == (302, "http://localhost:8000/titles/?town=1")
    assert client.get("/healthz", headers={"host": host}).status_code == 200
