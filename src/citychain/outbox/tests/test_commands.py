"""citychain request submit|show|list."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import translation

from citychain.chain import clock
from citychain.outbox import services
from citychain.outbox.models import Request

from .city import CUSTOMERS, City

pytestmark = pytest.mark.django_db(databases=["default", "readmodel"])
ALICE, BOB = CUSTOMERS[:2]


def command(capsys: Any, *arguments: str) -> str:
    with translation.override("en"):
        call_command("request", *arguments)
    return str(capsys.readouterr().out)


def file(city: City, path: Path, **changes: Any) -> str:
    prepared = services.prepare(ALICE.address, city.deposits, city.transfer(5))
    message = {**prepared.typed_data["message"], **changes}
    signature = "0x" + city.sign(prepared.request, ALICE).hex()
    path.write_text(json.dumps({"request": message, "signature": signature}))
    return str(path)


def test_submit_stores_and_show_tells_the_story(city: City, tmp_path: Path, capsys: Any) -> None:
    submitted = json.loads(command(capsys, "submit", file(city, tmp_path / "signed.json"), "--key", "k", "--json"))
    assert (submitted["state"], submitted["nonce"], submitted["signer"]) == ("received", 0, ALICE.address)
    shown = json.loads(command(capsys, "show", submitted["id"], "--json"))
    assert shown == submitted
    assert [(line["state"], line["detail"]) for line in shown["story"]] == [("received", "Checked and stored.")]
    assert "received  Checked and stored." in command(capsys, "show", submitted["id"])


def test_list_filters_by_state_and_signer(city: City, capsys: Any) -> None:
    first, second = (services.submit(*city.signed(customer)) for customer in (ALICE, BOB))
    Request.objects.filter(id=second.id).update(state="expired")
    found = json.loads(command(capsys, "list", "--state", "expired", "--json"))
    assert [row["id"] for row in found] == [str(second.id)]
    found = json.loads(command(capsys, "list", "--signer", ALICE.address, "--json"))
    assert [row["id"] for row in found] == [str(first.id)]
    assert len(command(capsys, "list").splitlines()) == 2


def test_list_tells_the_oldest_first_when_asked_by_age(city: City, capsys: Any) -> None:
    ids = [str(services.submit(*city.signed(customer)).id) for customer in CUSTOMERS[:3]]
    now = clock.now()
    for id_, age in zip(ids, (50, 500, 5_000), strict=True):
        Request.objects.filter(id=id_).update(created=now - age)
    listed = command(capsys, "list", "--state", "received", "--age", "300", "--json")
    assert [row["id"] for row in json.loads(listed)] == [ids[2], ids[1]]


def test_refused_request_says_why_and_exits_with_one(city: City, tmp_path: Path, capsys: Any) -> None:
    with pytest.raises(CommandError, match="value: a request carries no value") as caught:
        command(capsys, "submit", file(city, tmp_path / "signed.json", value=1))
    assert caught.value.returncode == 1
    with pytest.raises(CommandError, match="There is no request 1") as caught:
        command(capsys, "show", "1")
    assert caught.value.returncode == 1


@pytest.mark.parametrize("content", ["", "{}", '{"request": {}, "signature": "0x"}', "[1]"])
def test_file_that_is_no_signed_request_is_bad_use(city: City, tmp_path: Path, capsys: Any, content: str) -> None:
    path = tmp_path / "bad.json"
    path.write_text(content)
    with pytest.raises(CommandError) as caught:
        command(capsys, "submit", str(path))
    assert caught.value.returncode == 2


def test_submit_reads_standard_input(city: City, tmp_path: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(Path(file(city, tmp_path / "signed.json")).read_text()))
    assert json.loads(command(capsys, "submit", "-", "--json"))["state"] == "received"
