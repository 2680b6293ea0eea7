"""Walks every template of the city: what the Content-Security-Policy forbids must not be written."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted(ROOT.glob("*/templates/**/*.html"))
SCRIPT = re.compile(r"<script\b([^>]*)>", re.IGNORECASE)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_template_has_no_inline_script_or_style(path: Path) -> None:
    text = path.read_text()
    inline = [tag for tag in SCRIPT.findall(text) if "src=" not in tag]
    assert inline == []
    assert re.findall(r"<style\b|\sstyle=|\son[a-z]+=|javascript:", text, re.IGNORECASE) == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_template_gives_scripts_and_htmx_the_nonce(path: Path) -> None:
    text = path.read_text()
    tags = re.findall(r"<[a-z][^>]*>", text)
    assert [tag for tag in tags if tag.startswith("<script") and "nonce=" not in tag] == []
    assert [tag for tag in tags if re.search(r"\shx-(?!nonce)", tag) and "hx-nonce=" not in tag] == []
