"""An operator's day: install from a wheel, start, back up while it runs, restore on another machine, check it there."""

import os
import shutil
import subprocess
import sys
import sysconfig
import time
import venv
from pathlib import Path

import httpx
import pytest

from .city import City

ROOT = Path(__file__).parent.parent
pytestmark = pytest.mark.xdist_group("installation")


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """citychain as pip installs it from a wheel, beside its libraries and far from the checkout."""
    folder = tmp_path_factory.mktemp("installation")
    source, dist, installed = folder / "source", folder / "dist", folder / "venv"
    source.mkdir()
    for name in ("pyproject.toml", "requirements.in", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    shutil.copytree(ROOT / "src", source / "src", ignore=shutil.ignore_patterns("__pycache__"))
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    run(*pip, "wheel", str(source), "--no-deps", "--no-build-isolation", "--wheel-dir", str(dist))
    venv.create(installed, with_pip=False)
    python = installed / "bin" / "python"
    [wheel] = dist.iterdir()
    run(*pip, "--python", str(python), "install", "--no-deps", "--no-index", str(wheel))
    place = run(str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip()
    Path(place, "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return installed / "bin" / "citychain"


def run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


def records(city: City) -> tuple[int, str]:
    """How many titles a page counts, and a title by the API."""
    first = httpx.get(f"{city.url}/api/titles?limit=1", timeout=20).json()["titles"][0]
    page = httpx.get(f"{city.url}/titles/{first['id']}/", timeout=20)
    assert page.status_code == 200
    return first["id"], first["commitment"]


def read_again(city: City, seconds: float = 120) -> None:
    """Waits until the read model, which no backup has, is made anew."""
    deadline = time.monotonic() + seconds
    while city.command("status").returncode != 0:
        assert time.monotonic() < deadline, city.command("status").stdout
        time.sleep(0.5)
    assert city.json("status")["lag"] <= 1


def test_wheel_runs_a_city_that_is_backed_up_and_restored_elsewhere(program: Path, tmp_path: Path) -> None:
    here = City(tmp_path / "here", (str(program),))
    here.home.mkdir()
    engine = here.home / "engines" / "node_modules" / "@foundry-rs" / "anvil-linux-amd64" / "bin" / "anvil"
    here.up()
    try:
        assert f"Installing the embedded node (anvil 1.7.1) into {here.home / 'engines'}" in here.log.read_text()
        assert os.access(engine, os.X_OK)
        home = httpx.get(here.url, timeout=20).text
        style = home.partition('rel="stylesheet" href="')[2].partition('"')[0]
        assert httpx.get(here.url + style, timeout=20).headers["content-type"].startswith("text/css")
        archive = tmp_path / "city.tar.gz"
        saved = here.command("backup", str(archive))
        assert saved.returncode == 0, saved.stderr
        told = records(here)
    finally:
        here.down()
    there = City(tmp_path / "there", (str(program),))
    there.environment["CITYCHAIN_ANVIL"] = str(engine)
    there.home.mkdir()
    for command in (("restore", str(archive)), ("journal", "verify")):
        done = there.command(*command)
        assert done.returncode == 0, done.stdout + done.stderr
    there.up()
    try:
        read_again(there)
        assert records(there) == told
        assert there.command("rebuild", "--check").returncode == 0
        assert not (there.home / "engines").exists()
    finally:
        there.down()
