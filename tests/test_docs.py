"""Every command that the documents show for a running city is run, and must end well; what they point at exists."""

import re
from pathlib import Path

import pytest

from .city import City

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "docs" / "operations.md"]
#: "    citychain status      what it does": two or more spaces end the command.
LINE = re.compile(r"^    citychain (.+?)(?:\s{2,}.*)?$", re.MULTILINE)


def commands() -> list[str]:
    """Commands in the order of the documents, each once."""
    return list(dict.fromkeys(found for page in PAGES for found in LINE.findall(page.read_text())))


def test_documents_show_commands() -> None:
    assert len(commands()) >= 4


@pytest.mark.parametrize("command", commands())
def test_command_of_the_documents_ends_well(city: City, command: str) -> None:
    done = city.command(*command.split())
    assert done.returncode == 0, done.stdout + done.stderr


def test_links_between_documents_lead_somewhere() -> None:
    for page in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_evidence_that_documents_name_exists() -> None:
    named = re.findall(r"`((?:src|tests)/[^`:]+)(?:::(\w+))?`", (ROOT / "docs" / "asvs.md").read_text())
    assert len(named) >= 30
    for path, test in named:
        assert f"def {test}" in (ROOT / path).read_text() if test else (ROOT / path).exists(), f"{path}: {test}"
