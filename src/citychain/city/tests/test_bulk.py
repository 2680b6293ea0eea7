"""Whole tables as files: every row once, harmless in a spreadsheet, and never more at once than the portal can bear."""

import csv
import io
import json
from typing import Any

import polars
import pytest
from django.test import Client

from citychain import exports
from citychain.city import bulk
from citychain.identity.models import Institution
from citychain.indexer.models import Block

pytestmark = [
    pytest.mark.django_db(databases=["default", "readmodel"]),
    pytest.mark.filterwarnings("ignore:No directory at"),
]
BLOCKS = 450


@pytest.fixture(autouse=True)
def rows(settings: Any) -> None:
    settings.CITYCHAIN_SANDBOX = True
    Block.objects.bulk_create(
        Block(number=number, hash=f"0x{number:064x}", parent="0x00", time=number, transactions=1)
        for number in reversed(range(BLOCKS))
    )
    Institution.objects.create(
        id=3, kind="bank", name="=1+1", web_page="", state="active", accredited_by=1, valid_from=0, valid_until=9,
        accredited_at=1,
    )  # fmt: skip


@pytest.fixture
def reader() -> Client:
    return Client(HTTP_ACCEPT_LANGUAGE="en", HTTP_ACCEPT="*/*")


def _content(answer: Any) -> bytes:
    content = b"".join(answer.streaming_content)
    answer.close()
    return content


def _text(answer: Any) -> str:
    return _content(answer).decode()


def test_every_row_is_in_the_file_once_and_in_order(reader: Client) -> None:
    lines = _text(reader.get("/exports/blocks.ndjson")).splitlines()
    found = [json.loads(line) for line in lines]
    assert [row["number"] for row in found] == list(range(BLOCKS))
    assert found[1] == {
        "number": 1, "hash": f"0x{1:064x}", "parent": "0x00", "time": 1, "transactions": 1, "simulated": True,
    }  # fmt: skip


def test_csv_says_that_it_is_simulated_and_holds_no_formula(reader: Client) -> None:
    answer = reader.get("/exports/institutions.csv")
    assert answer["Content-Disposition"] == 'attachment; filename="institutions.csv"'
    mark, head, row = csv.reader(io.StringIO(_text(answer).removeprefix("\ufeff")))
    assert (len(mark), dict(zip(head, row, strict=True))["name"]) == (1, "'=1+1")


@pytest.mark.parametrize("table", bulk.TABLES)
@pytest.mark.parametrize("form", bulk.FORMATS)
def test_every_file_of_the_page_can_be_had(reader: Client, table: str, form: str) -> None:
    assert reader.get("/exports/").content.decode().count(f'href="/exports/{table}.{form}"') == 1
    answer = reader.get(f"/exports/{table}.{form}")
    assert (answer.status_code, len(_content(answer)) >= 0) == (200, True)


def test_parquet_holds_what_ndjson_does_with_types(reader: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "GROUP", 200)  # so that there are several
    answer = reader.get("/exports/blocks.parquet")
    file = io.BytesIO(_content(answer))
    assert answer["Content-Length"] == str(len(file.getvalue()))
    assert polars.read_parquet_metadata(file)["simulated"] == "true"
    frame = polars.read_parquet(file)
    assert frame.schema["time"] == polars.Int64
    lines = [json.loads(line) for line in _text(reader.get("/exports/blocks.ndjson")).splitlines()]
    assert frame.to_dicts() == [{key: value for key, value in line.items() if key != "simulated"} for line in lines]


@pytest.mark.parametrize("form", bulk.FORMATS)
def test_fields_choose_columns_in_their_order(reader: Client, form: str) -> None:
    content = _content(reader.get(f"/exports/blocks.{form}", {"fields": "time,number"}))
    if form == "parquet":
        found = polars.read_parquet(io.BytesIO(content)).columns
    elif form == "csv":
        found = content.decode().splitlines()[1].split(",")
    else:
        found = list(json.loads(content.splitlines()[0]))[:-1]
    assert found == ["time", "number"]


def test_unknown_column_is_named_and_takes_no_place(reader: Client) -> None:
    for _time in range(bulk.AT_ONCE + 1):
        refused = reader.get("/exports/blocks.csv?fields=number,secret", HTTP_ACCEPT="application/json")
        assert (refused.status_code, refused.json()["code"]) == (400, "unknown-column")
        assert "secret" in refused.json()["detail"]


@pytest.mark.parametrize("path", ["deeds.csv", "blocks.xml", "secret.ndjson"])
def test_what_is_no_public_table_is_told_as_a_problem(reader: Client, path: str) -> None:
    answer = reader.get(f"/exports/{path}", HTTP_ACCEPT="application/json")
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown-export")


def test_more_than_two_at_once_are_refused_until_one_ends_read_or_not(reader: Client) -> None:
    first, second = reader.get("/exports/blocks.csv"), reader.get("/exports/blocks.csv")
    refused = reader.get("/exports/blocks.csv", HTTP_ACCEPT="application/json")
    assert (refused.status_code, refused.json()["code"], refused["Retry-After"]) == (503, "exports-busy", "30")
    first.close()
    third = reader.get("/exports/blocks.csv")
    assert third.status_code == 200
    for answer in (second, third):
        _text(answer)
