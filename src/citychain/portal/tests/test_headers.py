"""What every answer tells browsers and caches (OWASP ASVS 5.0, chapters 3, 13 and 14; docs/asvs.md)."""

import json
import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from django.test import Client

from citychain.identity.models import Persona
from citychain.portal import assets

pytestmark = pytest.mark.django_db(databases=["default", "readmodel"])
ANSWERS = ["/", "/money/", "/nothing", "/healthz", "/api/titles", "/api/nothing"]

SETTINGS = """
import json, os
import django
os.environ["DJANGO_SETTINGS_MODULE"] = "citychain.settings"
django.setup()
from django.conf import settings
from django.test import Client
names = ["SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME"]
answer = Client(HTTP_HOST=settings.ALLOWED_HOSTS[0], HTTP_X_FORWARDED_PROTO="https").get("/healthz")
print(json.dumps([*(getattr(settings, name) for name in names), answer.get("Strict-Transport-Security")]))
"""


@pytest.fixture
def client() -> Client:
    return Client(HTTP_HOST="localhost:8000", raise_request_exception=False)


@pytest.mark.parametrize("path", ANSWERS)
def test_answer_may_not_be_framed_sniffed_or_told_to_others(client: Client, path: str) -> None:
    answer = client.get(path)
    policy = dict(part.strip().partition(" ")[::2] for part in answer["Content-Security-Policy"].split(";"))
    for name in ("default-src", "object-src", "base-uri", "frame-ancestors"):
        assert policy[name] == "'none'"
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "Access-Control-Allow-Origin" not in answer
    kind = answer["Content-Type"]
    assert kind.startswith("application/") or kind.endswith("charset=utf-8")


def test_built_files_are_small_and_kept_for_ever(client: Client) -> None:
    address = assets.url("map.js")
    with closing(client.get(address)) as answer:
        plain = int(answer["Content-Length"])
    for encoding in ("br", "gzip"):
        with closing(client.get(address, headers={"accept-encoding": encoding})) as answer:
            assert answer["Content-Encoding"] == encoding
            assert int(answer["Content-Length"]) * 3 < plain
            assert "immutable" in answer["Cache-Control"]


def test_page_is_compressed_for_who_takes_it(client: Client) -> None:
    answer = client.get("/", headers={"accept-encoding": "gzip"})
    assert answer["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in answer["Vary"]


@pytest.mark.parametrize("method", ["TRACE", "PUT", "DELETE", "PATCH", "CONNECT", "BREW"])
@pytest.mark.parametrize("path", ["/", "/money/", "/titles/"])
def test_method_that_no_page_has_is_refused(client: Client, path: str, method: str) -> None:
    assert client.generic(method, path).status_code == 405


def test_page_of_somebody_signed_in_is_kept_by_no_cache(client: Client) -> None:
    Persona.objects.create(id="wang", name_zh="王", name_en="Wang", role_zh="居民", role_en="Resident")
    assert "no-store" not in client.get("/money/").get("Cache-Control", "")
    client.post("/act-as/", {"persona": "wang"})
    assert client.get("/money/")["Cache-Control"] == "no-store, private"


def test_cookies_are_out_of_reach_for_scripts_and_other_sites(client: Client) -> None:
    Persona.objects.create(id="wang", name_zh="王", name_en="Wang", role_zh="居民", role_en="Resident")
    client.get("/")
    client.post("/act-as/", {"persona": "wang"})
    client.post("/language/", {"language": "en"})
    assert sorted(client.cookies) == ["csrftoken", "django_language", "sessionid"]
    for cookie in client.cookies.values():
        assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        (
            "https://city.example",
            [True, True, "__Host-session", "__Host-csrf", "max-age=31536000; includeSubDomains"],
        ),
        ("http://localhost:8000", [False, False, "sessionid", "csrftoken", None]),
    ],
)
def test_behind_tls_cookies_and_browsers_are_bound_to_it(tmp_path: Path, origin: str, expected: list[object]) -> None:
    environment = {**os.environ, "CITYCHAIN_ORIGIN": origin, "CITYCHAIN_HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", SETTINGS], env=environment, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == expected
