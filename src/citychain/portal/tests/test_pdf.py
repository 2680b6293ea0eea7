"""PDFs: the same bytes for the same data, data that is never program text, and a word about fonts that are missing."""

import re
from typing import Any

import pytest
import typst
from django.utils import translation

from citychain import pdf

DATA: dict[str, Any] = {
    "title": "Statement",
    "foot": "As of block 18.",
    "facts": [["Account", "0x" + "a1" * 20]],
    "columns": ["What", "When", "Who", "Amount", "Balance"],
    "lines": [["#panic() *x* = [", "2026-11-22", "王女士 🍵", "\u22121.00", "2.00"]],
}


def test_same_data_give_the_same_tagged_file() -> None:
    first, second = (pdf.render("money/statement.typ", DATA) for _ in range(2))
    assert first == second
    assert (first[:5], b"/StructTreeRoot" in first) == (b"%PDF-", True)


def test_long_table_takes_many_pages() -> None:
    made = pdf.render("money/statement.typ", {**DATA, "lines": DATA["lines"] * 100})
    assert len(re.findall(rb"/Type\s*/Page\b", made)) > 1


@pytest.mark.parametrize(
    ("families", "found"),
    [
        (["DejaVu Sans"], []),
        (["SimSun", "Noto Sans CJK SC", "x"], ["Noto Sans CJK SC", "SimSun"]),
    ],
)
def test_chinese_font_is_the_best_that_is_there(families: list[str], found: list[str]) -> None:
    assert pdf._chinese_fonts(families) == found


def test_machine_without_a_chinese_font_says_which_are_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    own = typst.Fonts(include_system_fonts=False)
    monkeypatch.setattr(pdf, "_installed", lambda: own)
    with translation.override("en"):
        made = pdf.render("money/statement.typ", DATA)
        assert pdf._missing().startswith(
            "Chinese characters are missing here, because the server has none of these fonts"
        )
        monkeypatch.setattr(pdf, "_missing", str)
        assert (made[:5], made == pdf.render("money/statement.typ", DATA)) == (b"%PDF-", False)


def test_unknown_template_is_a_mistake() -> None:
    with pytest.raises(pdf.UnknownTemplate):
        pdf.render("money/../../secret.typ", DATA)
