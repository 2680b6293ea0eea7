"""A new use case: a folder that works, wired into the city. What it makes is plain text in city/scaffold, in which
"usecase" stands for the folder's name and "Usecase" for the contract's."""

import keyword
import re
from collections.abc import Iterator
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from citychain.errors import Conflict, InvalidInput

TEMPLATE = Path(__file__).parent / "scaffold"
NAME = re.compile(r"[a-z]{3,20}")


class UsecaseExists(Conflict):
    code = "usecase-exists"
    message = _("There is a folder {folder} already. Choose another name.")


class NotWired(Conflict):
    code = "usecase-not-wired"
    message = _("{file} has no line “{line}” to put the new part behind. Nothing was changed.")


def scaffold(root: Path, name: str, title: str, chinese: str) -> list[Path]:
    """Writes the use case into the checkout `root` and returns the files that are new or changed.

    `title` names it in English, `chinese` in Chinese. Raises InvalidInput, UsecaseExists, NotWired, each before
    anything is written.
    """
    if not NAME.fullmatch(name) or keyword.iskeyword(name):
        raise InvalidInput(field="name", reason=_("3 to 20 letters from a to z, an English noun: it names the folder"))
    for field, text in (("title", title), ("chinese", chinese)):
        if not text.strip() or set(text) & set('"\\\n'):
            raise InvalidInput(field=field, reason=_("it must be one line of words, without quotation marks"))
    package = root / "src" / "citychain"
    if (package / name).exists():
        raise UsecaseExists(folder=package / name)
    words = {"Usecase title": title, "Usecase zh": chinese, "Usecase": name.capitalize(), "usecase": name}
    files = dict(_wired(root, name))
    catalogue = package / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
    for source in sorted(TEMPLATE.rglob("*.txt")):
        text = _replaced(source.read_text(), words)
        if source.name == "zh_Hans.po.txt":
            files[catalogue] = catalogue.read_text() + "".join(_missing(text, catalogue.read_text()))
        elif source.name == "usecase.md.txt":
            files[root / "docs" / f"{name}.md"] = text
        else:
            path = _replaced(str(source.relative_to(TEMPLATE)).removesuffix(".txt"), words)
            files[package / name / path] = text
    for file, content in files.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
    return list(files)


def _replaced(text: str, words: dict[str, str]) -> str:
    for old, new in words.items():
        text = text.replace(old, new)
    return text


def _missing(entries: str, known: str) -> Iterator[str]:
    """Entries of a .po file whose msgid the other does not have."""
    for entry in entries.split("\n\n"):
        msgid = next(line for line in entry.splitlines() if line.startswith("msgid"))
        if f"{msgid}\n" not in known:
            yield f"\n{entry.strip()}\n"


def _wired(root: Path, name: str) -> Iterator[tuple[Path, str]]:
    """The files that name every part, with the new one behind renting."""
    package = root / "src" / "citychain"
    urls = '    path("titles/", include("citychain.renting.urls")),\n'
    imported = "from citychain.renting.api import router as titles\n"
    added = 'api.add_router("/titles", titles)\n'
    read = "    GET /api/titles?county=130629&state=registered&limit=5\n"
    inside = '"citychain.money", "citychain.renting"'
    changes = {
        package / "settings.py": [('    "citychain.renting",\n', f'    "citychain.{name}",\n')],
        package / "urls.py": [(urls, urls.replace("titles", name).replace("renting", name))],
        package / "api.py": [
            (imported, imported.replace("titles", name).replace("renting", name)),
            (added, added.replace("titles", name)),
        ],
        root / "docs" / "api.md": [(read, f"    GET /api/{name}?limit=5\n")],
        root / "pyproject.toml": [('"(renting) | ', f"({name}) | "), (inside, f', "citychain.{name}"')],
    }
    for path, lines in changes.items():
        text = path.read_text()
        for line, new in lines:
            if text.count(line) != 1:
                raise NotWired(file=path, line=line.strip())
            text = text.replace(line, line + new)
        yield path, text
