"""Who may keep a page of a record, and until when it holds."""

import re
from typing import Any

import pytest
from django.test import Client

from citychain.chain import clock
from citychain.identity.models import Persona
from citychain.indexer.models import Block, Progress
from citychain.portal import caching

pytestmark = [
    pytest.mark.django_db(databases=["default", "readmodel"]),
    pytest.mark.filterwarnings("ignore:No directory at"),
]
NOW = 1_795_316_601
PAGE = "/chain/blocks/17/"


@pytest.fixture(autouse=True)
def rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    Block.objects.create(number=17, hash="0x11", parent="0x10", time=NOW, transactions=0)
    Progress.objects.create(
        id=1, head=17, head_hash="0x11", final=16, subscriptions="", stale_since=None, stale_reason=""
    )  # fmt: skip


@pytest.fixture
def reader() -> Client:
    """A browser that has been here before."""
    client = Client(HTTP_ACCEPT_LANGUAGE="en")
    client.get(PAGE)
    return client


def _again(reader: Client, etag: str) -> int:
    return reader.get(PAGE, headers={"if-none-match": etag}).status_code


def test_known_page_is_not_sent_again(reader: Client) -> None:
    page = reader.get(PAGE)
    assert (page.status_code, page["Cache-Control"]) == (200, "private, no-cache")
    assert reader.get(PAGE)["ETag"] == page["ETag"]
    known = reader.get(PAGE, headers={"if-none-match": page["ETag"]})
    assert (known.status_code, known.content, known["ETag"]) == (304, b"", page["ETag"])
    assert _again(reader, f"W/{page['ETag']}") == 304
    assert reader.head(PAGE, headers={"if-none-match": page["ETag"]}).status_code == 304


def test_first_page_of_a_new_browser_is_known_to_it_too() -> None:
    client = Client()
    assert _again(client, client.get(PAGE)["ETag"]) == 304


def test_not_modified_leaves_the_policy_that_came_with_the_page(reader: Client) -> None:
    known = reader.get(PAGE, headers={"if-none-match": reader.get(PAGE)["ETag"]})
    assert "Content-Security-Policy" not in known
    assert "Set-Cookie" not in known


@pytest.mark.parametrize("change", [{"head_hash": "0x12"}, {"final": 17}, {"stale_since": 18}])
def test_whatever_is_read_changes_the_page(reader: Client, change: dict[str, object]) -> None:
    etag = reader.get(PAGE)["ETag"]
    Progress.objects.update(**change)
    assert _again(reader, etag) == 200


def test_page_holds_a_minute_at_most(reader: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    etag = reader.get(PAGE)["ETag"]
    monkeypatch.setattr(clock, "now", lambda: NOW + 60)
    assert _again(reader, etag) == 200


def test_other_language_and_other_browser_have_their_own_page(reader: Client) -> None:
    etag = reader.get(PAGE)["ETag"]
    assert reader.get(PAGE, headers={"if-none-match": etag, "accept-language": "zh-hans"}).status_code == 200
    other = Client(HTTP_ACCEPT_LANGUAGE="en")
    other.get(PAGE)
    assert _again(other, etag) == 200


def test_page_of_somebody_signed_in_is_never_known(reader: Client) -> None:
    etag = reader.get(PAGE)["ETag"]
    Persona.objects.create(id="wang", name_zh="王", name_en="Wang", role_zh="居民", role_en="Resident")
    reader.post("/act-as/", {"persona": "wang"})
    page = reader.get(PAGE, headers={"if-none-match": etag})
    assert (page.status_code, page["Cache-Control"], page.get("ETag")) == (200, "no-store, private", None)


@pytest.mark.parametrize(("path", "status"), [("/", 200), ("/chain/blocks/99/", 404), ("/money/", 200)])
def test_other_pages_and_missing_records_have_no_etag(reader: Client, path: str, status: int) -> None:
    page = reader.get(path)
    assert (page.status_code, page.get("ETag")) == (status, None)


def test_nothing_read_yet_is_known_to_nobody(reader: Client) -> None:
    Progress.objects.all().delete()
    assert reader.get(PAGE).get("ETag") is None


def _parts(page: Any) -> tuple[str, str, set[str]]:
    """The page without what is the browser's own; its nonce; its tokens."""
    text = page.content.decode()
    policy = re.search(r"'nonce-([^']+)'", page["Content-Security-Policy"])
    assert policy is not None
    tokens = set(re.findall(r'name="csrfmiddlewaretoken" value="(\w{64})"', text))
    plain = re.sub("|".join(map(re.escape, [policy[1], *tokens])), "", text)
    return plain, policy[1], tokens


@pytest.fixture
def two_readers() -> tuple[Client, Client]:
    """Two browsers that ask the same process."""
    one, other = Client(HTTP_ACCEPT_LANGUAGE="en"), Client(HTTP_ACCEPT_LANGUAGE="en")
    other.handler = one.handler
    return one, other


def test_kept_page_is_the_page_with_secrets_of_its_own(two_readers: tuple[Client, Client]) -> None:
    first, second = (reader.get(PAGE) for reader in two_readers)
    (plain, nonce, tokens), (same, other_nonce, other_tokens) = _parts(first), _parts(second)
    assert (plain == same, nonce in plain, f'nonce="{other_nonce}"' in second.content.decode()) == (True, False, True)
    assert (nonce == other_nonce, len(tokens), len(other_tokens), tokens & other_tokens) == (False, 1, 1, set())
    assert sorted(first.headers) == sorted(second.headers)
    assert b"nonce-" not in second.content
    assert b"token-" not in second.content


def test_token_of_a_kept_page_is_taken(two_readers: tuple[Client, Client]) -> None:
    one, other = two_readers
    one.get(PAGE)
    other.handler.enforce_csrf_checks = True
    [token] = _parts(other.get(PAGE))[2]
    given = {"language": "zh-hans", "csrfmiddlewaretoken": token}
    assert other.post("/language/", given).status_code == 302
    assert one.post("/language/", given).status_code == 403


def test_page_is_kept_while_nothing_new_was_read(reader: Client) -> None:
    before = _parts(reader.get(PAGE))[0]
    Block.objects.update(transactions=77)
    assert _parts(reader.get(PAGE))[0] == before
    Progress.objects.update(head_hash="0x12")
    assert "77" in _parts(reader.get(PAGE))[0]


def test_page_with_parameters_is_made_for_each_request(reader: Client) -> None:
    reader.get(f"{PAGE}?page=2")
    Block.objects.update(transactions=77)
    assert "77" in _parts(reader.get(f"{PAGE}?page=2"))[0]


def test_somebody_signed_in_neither_leaves_nor_gets_a_kept_page(two_readers: tuple[Client, Client]) -> None:
    wang, other = two_readers
    names = {"name_zh": "王", "name_en": "Wang Fang", "role_zh": "居民", "role_en": "Resident"}
    Persona.objects.create(id="wang", featured=True, **names)
    wang.post("/act-as/", {"persona": "wang"})
    assert [b"Stop acting as somebody" in reader.get(PAGE).content for reader in (wang, other, wang)] == [1, 0, 1]


def test_memory_for_pages_is_bounded(reader: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caching, "MOST_KEPT", 2)
    for number in range(18, 22):
        Block.objects.create(number=number, hash="0x11", parent="0x10", time=NOW, transactions=0)
        reader.get(f"/chain/blocks/{number}/")
    Block.objects.update(transactions=77)
    kept = [number for number in range(17, 22) if "77" not in _parts(reader.get(f"/chain/blocks/{number}/"))[0]]
    assert len(kept) <= 2
