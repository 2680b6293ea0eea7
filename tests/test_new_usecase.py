"""docs/new-use-case.md, followed to the letter in a copy of the checkout."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "new-use-case.md").read_text()
#: Commands and changes of the page, in its order.
STEP = re.compile(r"^    (?P<command>(?:citychain|rm) [^\n]+)$|^```diff\n(?P<diff>.*?)^```$", re.MULTILINE | re.DOTALL)
FOLDER = "src/citychain/parking"


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("msgfmt") is None:
        if os.environ.get("CITYCHAIN_REQUIRE_ALL"):
            pytest.fail("msgfmt (package gettext) is missing")
        pytest.skip("msgfmt (package gettext) is missing")
    copy = tmp_path_factory.mktemp("checkout")
    ignored = shutil.ignore_patterns(".git", ".venv", "var", "node_modules", "__pycache__", "test-home", ".*_cache")
    shutil.copytree(ROOT, copy, ignore=ignored, dirs_exist_ok=True)
    (copy / "node_modules").symlink_to((ROOT / "node_modules").resolve())
    return copy


def run(checkout: Path, *command: str, text: str | None = None) -> None:
    settings = {"PYTHONPATH": str(checkout / "src"), "CITYCHAIN_HOME": str(checkout / "var")}
    done = subprocess.run(
        command, cwd=checkout, env={**os.environ, **settings}, input=text, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"


def python(checkout: Path, *arguments: str) -> None:
    run(checkout, sys.executable, "-m", *arguments)


@pytest.mark.timeout(900)
@pytest.mark.xdist_group("use case")
def test_page_builds_a_use_case_that_passes_its_checks(checkout: Path) -> None:
    steps = list(STEP.finditer(PAGE))
    assert len(steps) == 13
    for step in steps:
        if step["diff"]:
            run(checkout, "git", "apply", "-", text=step["diff"])
        else:
            name, *arguments = (word.strip('"') for word in re.findall(r'"[^"]*"|\S+', step["command"]))
            run(checkout, *((name,) if name == "rm" else (sys.executable, "-m", name)), *arguments)
    python(checkout, "ruff", "check", FOLDER)
    python(checkout, "ruff", "format", "--check", FOLDER)
    python(checkout, "importlinter.cli", "lint-imports", "--no-cache")
    python(checkout, "citychain", "makemigrations", "--check", "--dry-run")
    run(checkout, "forge", "test", "--offline", "--use", "./solc", "--match-path", f"{FOLDER}/*")
    python(checkout, "pytest", "-q", "-n0", FOLDER, "src/citychain/city/tests/test_clear_signing.py")
