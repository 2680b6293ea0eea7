import gettext
import os
import re
import shutil
import subprocess
import sys
from ast import literal_eval
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "locale" / "zh_Hans" / "LC_MESSAGES"
LINE = re.compile(r'(?:(msgid|msgid_plural|msgstr(?:\[0\])?) )?(".*")$')


def _entries(path: Path) -> dict[str, str]:
    """msgid to msgstr of a .po file, the header left out."""
    fields: list[tuple[str, str]] = []
    for line in path.read_text().splitlines():
        match = LINE.match(line)
        if match and match[1]:
            fields.append((match[1], literal_eval(match[2])))
        elif match:
            fields[-1] = (fields[-1][0], fields[-1][1] + literal_eval(match[2]))
    entries, msgid = {}, ""
    for name, value in fields:
        if name == "msgid":
            msgid = value
        elif name.startswith("msgstr"):
            entries[msgid] = value
    del entries[""]
    return entries


def test_every_message_is_translated() -> None:
    assert [msgid for msgid, words in _entries(FOLDER / "django.po").items() if not words] == []


def test_translations_name_the_same_values() -> None:
    pattern = re.compile(r"%\(\w+\)s|\{\w+\}")
    entries = _entries(FOLDER / "django.po")
    assert [m for m, words in entries.items() if set(pattern.findall(m)) != set(pattern.findall(words))] == []


def test_translations_keep_to_the_glossary() -> None:
    entries = _entries(FOLDER / "django.po")
    assert [words for words in entries.values() if "签署" in words] == []
    assert [entries[msgid] for msgid in ("Reference", "A reference is needed.")] == ["业务编号", "须有业务编号。"]


def test_compiled_catalogue_matches_its_source() -> None:
    with (FOLDER / "django.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
    found = {key[0] if isinstance(key, tuple) else key: words for key, words in compiled.items()}
    del found[""]
    assert found == _entries(FOLDER / "django.po")


def test_catalogue_has_every_message_of_the_source(tmp_path: Path) -> None:
    if shutil.which("xgettext") is None:
        if os.environ.get("CITYCHAIN_REQUIRE_ALL"):
            pytest.fail("xgettext (package gettext) is missing")
        pytest.skip("xgettext (package gettext) is missing")
    tree = tmp_path / "citychain"
    shutil.copytree(
        ROOT, tree, ignore=shutil.ignore_patterns("static*", "contracts", "tests", "__pycache__", "*.po", "*.mo")
    )
    (tree / "locale").mkdir(exist_ok=True)
    command = [sys.executable, "-m", "django", "makemessages", "-l", "zh_Hans", "-e", "html,py", "-i", "bindings.py"]
    environment = {**os.environ, "PYTHONPATH": ""}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    subprocess.run(command, cwd=tree, env=environment, check=True, capture_output=True)
    used = _entries(next((tree / "locale").glob("**/django.po")))
    assert sorted(set(used) - set(_entries(FOLDER / "django.po"))) == []
