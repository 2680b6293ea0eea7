"""Files of what pages show. One way to write CSV, and one to write NDJSON, for every part."""

import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice

from django.conf import settings
from django.http import StreamingHttpResponse

SIMULATED = "simulated data: demonstration city / 演示城市，数据均为模拟"
#: Rows that are written at once.
ROWS = 200


class _Echo:
    def write(self, line: str) -> str:
        return line


def inert(text: str) -> str:
    """Words that somebody typed, so that no spreadsheet takes them for a formula (OWASP: CSV injection)."""
    return "'" + text if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def csv_file(name: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> StreamingHttpResponse:
    """RFC 4180 in UTF-8 with its mark, written while it is read: it takes no more memory for a million `rows`.

    They are drawn after the view has returned, so whether the reader may have them is decided before.
    """
    response = StreamingHttpResponse(_parts(columns, rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def ndjson_file(name: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> StreamingHttpResponse:
    """A JSON object a line with `columns` and `simulated`; written while it is read, like csv_file()."""
    response = StreamingHttpResponse(_lines(columns, rows), content_type="application/x-ndjson")
    response["Content-Disposition"] = f'attachment; filename="{name}.ndjson"'
    return response


def _lines(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    simulated = {"simulated": settings.CITYCHAIN_SANDBOX}
    lines = (json.dumps(dict(zip(columns, row, strict=True)) | simulated, ensure_ascii=False) + "\n" for row in rows)
    while part := "".join(islice(lines, ROWS)):
        yield part


def _parts(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    mark = [[SIMULATED]] if settings.CITYCHAIN_SANDBOX else []
    lines = map(writer.writerow, chain(mark, [columns], rows))
    yield "\ufeff"
    while part := "".join(islice(lines, ROWS)):
        yield part
