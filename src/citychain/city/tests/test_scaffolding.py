import shutil
from pathlib import Path

import pytest
from django.conf import settings

from citychain.city.scaffolding import NotWired, UsecaseExists, scaffold
from citychain.errors import InvalidInput

WIRED = ["src/citychain/settings.py", "src/citychain/urls.py", "src/citychain/api.py", "pyproject.toml", "docs/api.md"]
CATALOGUE = "src/citychain/locale/zh_Hans/LC_MESSAGES/django.po"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What a new use case is wired into."""
    for name in [*WIRED, CATALOGUE]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(settings.ROOT / name, tmp_path / name)
    return tmp_path


def contents(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("name", "title", "chinese", "field"),
    [
        ("Parking", "Parking", "停车", "name"),
        ("car-parks", "Parking", "停车", "name"),
        ("../parking", "Parking", "停车", "name"),
        ("lambda", "Parking", "停车", "name"),
        ("parking", 'Parking "permits"', "停车", "title"),
        ("parking", "Parking", " ", "chinese"),
    ],
)
def test_bad_words_are_refused_by_field(checkout: Path, name: str, title: str, chinese: str, field: str) -> None:
    before = contents(checkout)
    with pytest.raises(InvalidInput) as refused:
        scaffold(checkout, name, title, chinese)
    assert (refused.value.details["field"], contents(checkout)) == (field, before)


def test_existing_folder_is_left_alone(checkout: Path) -> None:
    (checkout / "src/citychain/parking").mkdir()
    before = contents(checkout)
    with pytest.raises(UsecaseExists):
        scaffold(checkout, "parking", "Parking", "停车")
    assert contents(checkout) == before


@pytest.mark.parametrize("name", WIRED)
def test_nothing_is_written_where_the_wiring_has_changed(checkout: Path, name: str) -> None:
    (checkout / name).write_text("")
    before = contents(checkout)
    with pytest.raises(NotWired):
        scaffold(checkout, "parking", "Parking", "停车")
    assert contents(checkout) == before


def test_two_use_cases_stand_side_by_side(checkout: Path) -> None:
    for name, title, chinese in (("parking", "Parking", "停车"), ("lending", "Lending", "借阅")):
        assert set(scaffold(checkout, name, title, chinese)) >= {checkout / wired for wired in WIRED}
    catalogue = (checkout / CATALOGUE).read_text()
    assert [catalogue.count(f'\nmsgid "{title}"\n') for title in ("Parking", "Lending", "Applications")] == [1, 1, 1]
