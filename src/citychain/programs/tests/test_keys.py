"""API keys and the limit of calls, through the API as a program meets them."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from citychain.chain import clock
from citychain.errors import NotFound
from citychain.programs import keys, limits
from citychain.programs.errors import TooMany
from citychain.programs.models import ApiKey

pytestmark = pytest.mark.django_db(databases=["default", "readmodel"])
OWNER, STRANGER = "0x" + "1a" * 20, "0x" + "2b" * 20
#: The beginning of a minute.
NOW = 1_795_316_640


@pytest.fixture(autouse=True)
def quota(settings: Any) -> Iterator[None]:
    settings.CITYCHAIN_API_A_MINUTE, settings.CITYCHAIN_API_KEY_A_MINUTE = 2, 3
    limits.counts.clear()
    clock.simulate(NOW)
    yield
    clock.simulate(None)


def _read(**headers: str) -> Any:
    return Client(headers={"accept-language": "en", **headers}).get("/api/status")


def test_address_has_its_quota_each_minute() -> None:
    first = _read(**{"x-forwarded-for": "192.0.2.1"})
    assert first["RateLimit-Policy"] == '"address";q=2;w=60'
    assert first["RateLimit"] == '"address";r=1;t=60'
    clock.simulate(NOW + 59)
    assert _read(**{"x-forwarded-for": "192.0.2.1"}).status_code == 200
    refused = _read(**{"x-forwarded-for": "192.0.2.1"})
    assert (refused.status_code, refused.json()["code"], refused["Retry-After"]) == (429, "rate-limited", "1")
    assert refused["RateLimit"] == '"address";r=0;t=1'
    clock.simulate(NOW + 60)
    assert _read(**{"x-forwarded-for": "192.0.2.1"}).status_code == 200


def test_address_is_what_the_proxy_wrote_last_and_a_subscriber_of_ipv6_is_one() -> None:
    """A client can write the beginning of the header itself, and choose among the 2^64 addresses of its network."""
    given = ["9.9.9.9, 2001:db8::1", "8.8.8.8, 2001:db8::2", "2001:db8::3"]
    assert [_read(**{"x-forwarded-for": text}).status_code for text in given] == [200, 200, 429]
    assert _read(**{"x-forwarded-for": "2001:db8:0:1::1"}).status_code == 200


@pytest.mark.parametrize("forwarded", ["", "nonsense", "1.2.3"])
def test_programs_on_this_machine_are_not_counted(forwarded: str) -> None:
    answers = [_read(**{"x-forwarded-for": forwarded}) for _ in range(5)]
    assert [(answer.status_code, answer.has_header("RateLimit")) for answer in answers] == [(200, False)] * 5


def test_key_has_a_quota_of_its_own_and_notes_its_use() -> None:
    key = keys.make(OWNER, "report")
    given = {"authorization": f"Bearer {key}", "x-forwarded-for": "192.0.2.1"}
    assert _read(**given)["RateLimit"] == '"key";r=2;t=60'
    assert [_read(**given).status_code for _ in range(3)] == [200, 200, 429]
    assert _read(**{"x-forwarded-for": "192.0.2.1"}).status_code == 200
    assert ApiKey.objects.get().used == NOW


def test_key_is_kept_as_a_hash_alone() -> None:
    key = keys.make(OWNER, "report")
    row = ApiKey.objects.get()
    assert key not in str(vars(row))
    assert key.startswith(row.hint.rstrip("…"))


@pytest.mark.parametrize("given", ["Bearer cck_guessed", "Basic dTpw", "Bearer", "x"])
def test_wrong_key_is_told_rather_than_read_without(given: str) -> None:
    answer = _read(authorization=given)
    assert (answer.status_code, answer.json()["code"], answer["WWW-Authenticate"]) == (401, "unknown-api-key", "Bearer")


def test_revoked_key_ends_at_once_and_only_its_owner_revokes() -> None:
    key = keys.make(OWNER, "report")
    row = ApiKey.objects.get()
    with pytest.raises(NotFound):
        keys.revoke([STRANGER], row.id)
    assert _read(authorization=f"Bearer {key}").status_code == 200
    keys.revoke([OWNER], row.id)
    assert _read(authorization=f"Bearer {key}").status_code == 401


def test_account_has_a_few_keys() -> None:
    for number in range(keys.MOST):
        keys.make(OWNER, str(number))
    with pytest.raises(TooMany):
        keys.make(OWNER, "one more")
    assert ApiKey.objects.count() == keys.MOST
