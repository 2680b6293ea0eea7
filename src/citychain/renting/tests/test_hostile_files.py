"""Files that were made to harm whoever reads them: refused in words, whatever is in them."""

import io
import random
import zipfile

import openpyxl  # type: ignore[import-untyped]
import pytest
from django import forms

from citychain.renting.desk_forms import sheets

#: Entities that unpack to ten gigabytes (CWE-776).
BOMB = (
    b'<!DOCTYPE x [<!ENTITY a "' + b"A" * 1000 + b'">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + step, b"&%c;" % (97 + step) * 10) for step in range(7))
    + b']><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1">'
    + b'<c r="A1" t="inlineStr"><is><t>&h;</t></is></c></row></sheetData></worksheet>'
)  # fmt: skip


def _book() -> bytes:
    book = openpyxl.Workbook()
    book.active.append(["number", "村", "area"])
    book.active.append(["a", 1, 2.5])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _with(name: str, content: bytes) -> bytes:
    """The book with another part of that name."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(_book())) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            new.writestr(part, content if part == name else old.read(part))
    return file.getvalue()


def test_altered_book_is_read_or_refused_and_nothing_else() -> None:
    """A bug in a library is an answer 500 to whoever sends such a file."""
    whole, chance, outcomes = _book(), random.Random(7), set()
    for _ in range(120):
        altered = bytearray(whole)
        for _ in range(chance.randrange(1, 6)):
            altered[chance.randrange(4, len(altered))] = chance.randrange(256)
        try:
            sheets.table(bytes(altered))
            outcomes.add("read")
        except forms.ValidationError:
            outcomes.add("refused")
    assert outcomes == {"read", "refused"}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("xl/worksheets/sheet1.xml", BOMB),
        ("xl/styles.xml", b" " * (sheets.MOST_UNPACKED + 1)),
        ("xl/workbook.xml", b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>'),
    ],
)
def test_book_that_unpacks_to_more_than_it_is_or_reaches_out_is_refused(name: str, content: bytes) -> None:
    with pytest.raises(forms.ValidationError):
        sheets.table(_with(name, content))
