"""Private documents at rest: what is sealed is noise without its key, and outlives a change of keys."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core import serializers
from django.core.exceptions import FieldError
from django.core.management import call_command
from django.db import connections

from citychain import vault
from citychain.renting.leases.models import LeaseApplication, LeaseFile

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def home(settings: Any, tmp_path: Path) -> Path:
    settings.CITYCHAIN_HOME = tmp_path
    return tmp_path


def application(message: str = "一人居住，安静") -> LeaseApplication:
    return LeaseApplication.objects.create(
        unit=1, account="0x1", name="王芳", message=message, occupants=1, from_day=1, to_day=2, created=3
    )


def raw(row: LeaseApplication, column: str = "message") -> bytes:
    with connections["default"].cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM leases_leaseapplication WHERE id = %s", [row.id])
        return bytes(cursor.fetchone()[0])


def alter(row: LeaseApplication, value: bytes) -> None:
    with connections["default"].cursor() as cursor:
        cursor.execute("UPDATE leases_leaseapplication SET message = %s WHERE id = %s", [value, row.id])


@pytest.mark.parametrize("text", ["", "安静", "x" * 100_000, "🏠\n\0"])
def test_text_comes_back_and_is_not_in_the_database(text: str) -> None:
    row = application(text)
    assert LeaseApplication.objects.get(id=row.id).message == text
    assert len(raw(row)) == vault.HEAD + vault.WRAPPED + vault.NONCE + len(text.encode()) + vault.TAG
    assert not text or text.encode() not in raw(row)


def test_two_equal_texts_are_sealed_differently_and_keys_are_for_the_operator_alone(home: Path) -> None:
    assert raw(application()) != raw(application())
    [path] = (home / "vault").iterdir()
    assert path.name == "0001.key"
    assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("at", [0, 1, 5, 20, 70, 90, -1])
def test_one_altered_byte_is_noticed(at: int) -> None:
    row = application()
    value = bytearray(raw(row))
    value[at] ^= 1
    alter(row, bytes(value))
    with pytest.raises(vault.SealBroken):
        LeaseApplication.objects.get(id=row.id)


def test_value_of_another_field_is_refused() -> None:
    row = application()
    alter(row, raw(row, "name"))
    with pytest.raises(vault.SealBroken):
        LeaseApplication.objects.get(id=row.id)


def test_without_its_key_nothing_opens(home: Path) -> None:
    row = application()
    (home / "vault/0001.key").unlink()
    vault._installation_key.cache_clear()
    with pytest.raises(vault.SealBroken) as problem:
        LeaseApplication.objects.get(id=row.id)
    assert str(home / "vault") in str(problem.value)


def test_sealed_field_cannot_be_searched_and_serializes_in_the_clear() -> None:
    row = application()
    with pytest.raises(FieldError):
        LeaseApplication.objects.filter(message="安静").count()
    found: Any
    [found] = serializers.deserialize("json", serializers.serialize("json", [row]))
    assert found.object.message == row.message


def test_rotation_seals_everything_anew_and_the_key_before_it_goes_with_the_next(home: Path) -> None:
    rows = [application(str(number)) for number in range(3)]
    LeaseFile.objects.create(lease=1, digest="d", content=b"\x00\xff", preview=b"p", size=2, author="0x1", created=1)
    before = [raw(row) for row in rows]
    assert vault.rotate() == 3 * 2 + 2  # name and message of each, content and preview of the photo
    assert vault.numbers() == [1, 2]
    for row, old in zip(rows, before, strict=True):
        assert vault.number_of(raw(row)) == 2
        assert raw(row)[vault.HEAD + vault.WRAPPED :] == old[vault.HEAD + vault.WRAPPED :]
        assert LeaseApplication.objects.get(id=row.id).message == row.message
    assert LeaseFile.objects.get().content == b"\x00\xff"
    vault.rotate()
    assert vault.numbers() == [2, 3]
    assert [one.message for one in LeaseApplication.objects.order_by("id")] == ["0", "1", "2"]


def test_rotation_that_was_killed_half_way_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vault, "BATCH", 2)
    rows = [application(str(number)) for number in range(5)]
    wrapped, calls = vault._wrapped, []

    def killed(key: bytes, purpose: str) -> bytes:
        calls.append(purpose)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return wrapped(key, purpose)

    monkeypatch.setattr(vault, "_wrapped", killed)
    with pytest.raises(KeyboardInterrupt):
        vault.rotate()
    monkeypatch.setattr(vault, "_wrapped", wrapped)
    assert vault.numbers() == [1, 2]
    assert [LeaseApplication.objects.get(id=row.id).message for row in rows] == list("01234")
    assert vault.rotate() == 10
    assert [LeaseApplication.objects.get(id=row.id).message for row in rows] == list("01234")


def test_command_says_what_it_did(capsys: pytest.CaptureFixture[str]) -> None:
    application()
    call_command("vault", "rotate", "--json")
    assert json.loads(capsys.readouterr().out) == {"values": 2, "keys": [1, 2]}
