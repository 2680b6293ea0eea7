"""A registrar's file of homes to register: read from CSV or XLSX, each row checked as the single form checks it."""

import csv
import io
import zipfile
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import openpyxl  # type: ignore[import-untyped]
from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from citychain.identity.forms import ADDRESS
from citychain.portal import places

from .. import queries
from ..wording import USES
from .deeds import PEOPLE, RegisterForm

#: Rows of one file: ten requests of Titles.MAX_BATCH.
MOST_ROWS = 200
#: Bytes of a file, and of an XLSX file unpacked.
MOST_BYTES, MOST_UNPACKED = 2_000_000, 20_000_000
#: A file's columns: the fields of the single form. A column for a person takes an account too.
COLUMNS = tuple(name for name in RegisterForm.field_order if not name.endswith("_account"))
#: UTF-8 with or without its mark; GB18030, in which Chinese spreadsheets save CSV, reads GBK and GB2312 too.
ENCODINGS = ("utf-8-sig", "gb18030")


@dataclass(frozen=True)
class Problem:
    """What is wrong in a row, in which column ("" when it is the row as a whole)."""

    row: int
    column: str
    words: str


@dataclass
class Sheet:
    """What a file says: a valid form for each row, or what is wrong. Rows are counted as the spreadsheet shows them."""

    forms: list[tuple[int, RegisterForm]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


class FileForm(forms.Form):
    """The file; its cleaned value is the Sheet."""

    file = forms.FileField(
        label=_("File of homes"),
        help_text=_("CSV or XLSX with the columns of the template, at most 200 rows."),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.xlsx"}),
    )

    def clean_file(self) -> Sheet:
        upload: UploadedFile[Any] = self.cleaned_data["file"]
        if (upload.size or 0) > MOST_BYTES:
            raise forms.ValidationError(_("The file is too large."))
        return check(table(upload.read()))


def headings() -> list[str]:
    """The columns' names in the reader's language, as the template file has them."""
    return [str(RegisterForm.base_fields[name].label) for name in COLUMNS]


def table(content: bytes) -> list[list[str]]:
    """The cells of a file as text. Raises ValidationError."""
    if content.startswith(b"PK\x03\x04"):
        return _xlsx(content)
    for encoding in ENCODINGS:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        first = text.partition("\n")[0]
        delimiter = max(",;\t", key=first.count)
        try:
            return [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(text), delimiter=delimiter)]
        except csv.Error as problem:
            raise forms.ValidationError(_("This is not a table.")) from problem
    raise forms.ValidationError(_("The file is neither XLSX nor text in UTF-8 or GB18030."))


def _xlsx(content: bytes) -> list[list[str]]:
    """The first sheet. Danger: a small file can unpack to a huge one; its own list of sizes is asked before."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(part.file_size for part in packed.infolist()) > MOST_UNPACKED:
                raise forms.ValidationError(_("The file is too large."))
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        rows = book.worksheets[0].iter_rows(max_row=MOST_ROWS * 2, max_col=len(COLUMNS) * 2, values_only=True)
        return [[_text(cell) for cell in row] for row in rows]
    except forms.ValidationError:
        raise
    except Exception as problem:  # whatever openpyxl and zlib make of bytes that somebody altered
        raise forms.ValidationError(_("This XLSX file can’t be read.")) from problem


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell).strip()


def check(rows: list[list[str]]) -> Sheet:
    """Each row through the single form; a deed number stands once in the file, and once in what is registered. Raises
    ValidationError where there is no table to check."""
    names = _names(rows[0] if rows else [])
    filled = [(number, row) for number, row in enumerate(rows[1:], 2) if any(row)]
    if not filled:
        raise forms.ValidationError(_("The file has no rows."))
    if len(filled) > MOST_ROWS:
        raise forms.ValidationError(_("The file has more than 200 rows. Split it."))
    sheet = Sheet()
    for number, row in filled:
        form = RegisterForm(_values(dict(zip(names, row, strict=False))))
        sheet.forms.append((number, form))
        for name, errors in form.errors.items():
            label = str(form.fields[name].label) if name in form.fields else ""
            sheet.problems += [Problem(number, label, str(error)) for error in errors]
    _check_numbers(sheet)
    sheet.problems.sort(key=lambda problem: problem.row)
    return sheet


def _check_numbers(sheet: Sheet) -> None:
    label = str(RegisterForm.base_fields["number"].label)
    numbers = [(row, form.cleaned_data.get("number", "")) for row, form in sheet.forms]
    counts = Counter(number for _row, number in numbers if number)
    taken = queries.taken_numbers(set(counts))
    for row, number in numbers:
        if counts[number] > 1:
            sheet.problems.append(Problem(row, label, gettext("This number stands in several rows.")))
        if number in taken:
            words = gettext("A deed with this number is registered already, or is being registered.")
            sheet.problems.append(Problem(row, label, words))


def _names(header: list[str]) -> list[str]:
    """The fields that the header names, in whichever language. Raises ValidationError."""
    known = {name: name for name in COLUMNS}
    for language in ("zh-hans", "en"):
        with override(language):
            known |= dict(zip(headings(), COLUMNS, strict=True))
    names = [known.get(cell, "") for cell in header]
    missing = [name for name in COLUMNS if name not in names and RegisterForm.base_fields[name].required]
    if missing:
        words = ", ".join(str(RegisterForm.base_fields[name].label) for name in missing)
        raise forms.ValidationError(gettext("The first row lacks these columns: %(columns)s.") % {"columns": words})
    return names


def _values(row: dict[str, str]) -> dict[str, str]:
    """As the form takes them: a village by its code or by a name that only one has, a use in either language."""
    uses: dict[str, str] = {}
    for language in ("zh-hans", "en"):
        with override(language):
            uses |= {str(words): code for code, words in USES.items()}
    village, use = row.get("village", ""), row.get("use", "")
    codes = [v.code for town in places.towns() for v in places.villages(town.code) if v.name == village]
    people = {name: row.get(name, "") for name in PEOPLE}
    accounts = {f"{name}_account": typed for name, typed in people.items() if ADDRESS.fullmatch(typed.lower())}
    people = {name: "" if f"{name}_account" in accounts else typed for name, typed in people.items()}
    found = {"village": codes[0] if len(codes) == 1 else village, "use": uses.get(use, use)}
    return {**row, **found, **people, **accounts}
