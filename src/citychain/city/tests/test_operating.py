"""The operator's page: who may look, and what it says about a city that does not run."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from citychain.identity.models import Persona, PersonaAccount

pytestmark = [
    pytest.mark.django_db(databases=["default", "readmodel"]),
    pytest.mark.filterwarnings("ignore:No directory at"),
]
ACCOUNT = "0x" + "1a" * 20
LOG = """2026-11-23 08:00:00,100 INFO citychain: relayer started
2026-11-23 08:00:01,100 WARNING citychain: Raising the fee of transaction 4
2026-11-23 08:00:02,100 ERROR citychain: relayer stopped: <b>no ether</b>
Traceback (most recent call last):
"""


@pytest.fixture
def reader(settings: Any, tmp_path: Path) -> Client:
    settings.CITYCHAIN_HOME = tmp_path
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "relayer.log").write_text(LOG)
    person = Persona.objects.create(id="r1", name_zh="甲", name_en="A", role_zh="居民", role_en="Resident")
    PersonaAccount.objects.create(address=ACCOUNT, persona=person, purpose="money", index=7)
    reader = Client(HTTP_ACCEPT_LANGUAGE="en")
    reader.post("/act-as/", {"persona": "r1"})
    return reader


@pytest.mark.parametrize("path", ["/operator/", "/operator/logs/relayer/"])
def test_page_is_for_the_signed_in_alone(reader: Client, path: str) -> None:
    assert Client().get(path).status_code == 401
    answer = reader.get(path)
    assert answer.status_code == 200
    answer.close()


@pytest.mark.parametrize("path", ["/operator/", "/operator/logs/relayer/"])
def test_page_of_a_real_city_is_for_its_operators_alone(reader: Client, settings: Any, path: str) -> None:
    settings.CITYCHAIN_SANDBOX = False
    assert reader.get(path).status_code in (401, 403)


def test_page_says_what_is_wrong_and_what_to_do(reader: Client) -> None:
    page = reader.get("/operator/").content.decode()
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
    assert [words in text for words in ("relayer Not running", "Raising the fee of transaction 4", "make up")] == [
        True
    ] * 3
    assert page.index("no ether") < page.index("Raising the fee")
    assert "<b>no ether</b>" not in page


@pytest.mark.parametrize("worker", ["supervisord", "..", "secret"])
def test_no_other_file_is_sent(reader: Client, tmp_path: Path, worker: str) -> None:
    (tmp_path / "logs" / "supervisord.log").write_text("x")
    assert reader.get(f"/operator/logs/{worker}/").status_code == 404


def test_log_is_sent_as_a_file(reader: Client) -> None:
    answer = reader.get("/operator/logs/relayer/")
    assert b"".join(answer.streaming_content).decode() == LOG  # type: ignore[attr-defined]
    assert answer["Content-Disposition"] == 'attachment; filename="relayer.log"'
