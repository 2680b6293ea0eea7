"""Files of what pages show. One way to write CSV, one NDJSON, one Parquet, for every part."""

import csv
import json
import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from itertools import chain, islice
from pathlib import Path
from typing import IO

from django.conf import settings
from django.http import FileResponse, StreamingHttpResponse

SIMULATED = "simulated data: demonstration city / 演示城市，数据均为模拟"
#: Rows that are written at once.
ROWS = 200
#: Rows of a Parquet file that are in memory at once, and in one of its row groups.
GROUP = 20_000


class _Echo:
    def write(self, line: str) -> str:
        return line


def inert(text: str) -> str:
    """Words that somebody typed, so that no spreadsheet takes them for a formula (OWASP: CSV injection)."""
    return "'" + text if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def csv_file(name: str, columns: Collection[str], rows: Iterable[Sequence[object]]) -> StreamingHttpResponse:
    """RFC 4180 in UTF-8 with its mark, written while it is read: it takes no more memory for a million `rows`.

    They are drawn after the view has returned, so whether the reader may have them is decided before.
    """
    response = StreamingHttpResponse(_parts(columns, rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def ndjson_file(name: str, columns: Collection[str], rows: Iterable[Sequence[object]]) -> StreamingHttpResponse:
    """A JSON object a line with `columns` and `simulated`; written while it is read, like csv_file()."""
    response = StreamingHttpResponse(_lines(columns, rows), content_type="application/x-ndjson")
    response["Content-Disposition"] = f'attachment; filename="{name}.ndjson"'
    return response


def parquet_file(name: str, columns: Mapping[str, type], rows: Iterable[Sequence[object]]) -> StreamingHttpResponse:
    """Apache Parquet; `columns` names each column's type: int (int64), str or bool. `simulated` stands in its metadata.

    Unlike the others it is written whole, in a temporary file, before the first byte is sent; `rows` are drawn by the
    caller's thread, GROUP at a time, so that memory does not grow with them.
    """
    with ExitStack() as closing:
        file = closing.enter_context(tempfile.TemporaryFile())
        _write_parquet(file, columns, rows)
        file.seek(0)
        closing.pop_all()  # now the response closes it
    return FileResponse(
        file, as_attachment=True, filename=f"{name}.parquet", content_type="application/vnd.apache.parquet"
    )


def _write_parquet(file: IO[bytes], columns: Mapping[str, type], rows: Iterable[Sequence[object]]) -> None:
    import polars  # here, because it takes 0.3 s and 60 MB, which only who writes such a file shall pay

    kinds = {int: polars.Int64, str: polars.String, bool: polars.Boolean}
    schema = {column: kinds[kind] for column, kind in columns.items()}
    lines, metadata = iter(rows), {"simulated": json.dumps(settings.CITYCHAIN_SANDBOX)}
    with tempfile.TemporaryDirectory(prefix="citychain-parquet-") as folder:
        parts: list[Path] = []
        while (part := list(islice(lines, GROUP))) or not parts:
            parts.append(Path(folder) / f"{len(parts)}.arrow")
            polars.DataFrame(part, schema=schema, orient="row").write_ipc(parts[-1])
        polars.scan_ipc(parts).sink_parquet(file, row_group_size=GROUP, metadata=metadata)


def _lines(columns: Collection[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    simulated = {"simulated": settings.CITYCHAIN_SANDBOX}
    lines = (json.dumps(dict(zip(columns, row, strict=True)) | simulated, ensure_ascii=False) + "\n" for row in rows)
    while part := "".join(islice(lines, ROWS)):
        yield part


def _parts(columns: Collection[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    mark = [[SIMULATED]] if settings.CITYCHAIN_SANDBOX else []
    lines = map(writer.writerow, chain(mark, [columns], rows))
    yield "\ufeff"
    while part := "".join(islice(lines, ROWS)):
        yield part
