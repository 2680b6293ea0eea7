"""docs/api-acts.md is run as it stands: a payment and a registration, from a shell and from Python."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from .city import City
from .signer import Signer

PAGE = (Path(__file__).parent.parent / "docs" / "api-acts.md").read_text()
BLOCKS = re.findall(r"^```(python|sh)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
PAYEE = "0x" + "e7" * 20


@pytest.fixture
def acting(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variables that the page asks for: a teller who has an account of their own, and a registrar."""
    teller, registrar = Signer(city, "lake-bank"), Signer(city, "registry-rong")
    banks = teller.http.get("/banks").json()["banks"]
    bank = next(bank["address"] for bank in banks if "Baiyangdian" in bank["name"])
    teller.waits_for(teller.does(bank, "openAccounts", holders=[teller.address, PAYEE]))
    teller.waits_for(teller.does(bank, "mint", to=teller.address, amount=1_000, ref="acts by API"))
    given = {"BANK": bank, "PAYEE": PAYEE, "OWNER": "0x" + "e8" * 20}
    for name, signer in (("PAYER", teller), ("REGISTRAR", registrar)):
        given |= {name: signer.address, f"{name}_KEY": signer.account.key.to_0x_hex()}
        signer.http.close()
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")


def test_page_pays_and_registers_from_a_shell_and_from_python(city: City, acting: None, tmp_path: Path) -> None:
    assert [kind for kind, _text in BLOCKS] == ["python", "sh", "python"]
    sign, shell, python = (text.replace("http://localhost:8000", city.url) for _kind, text in BLOCKS)
    assert _balance(city) == 0
    assert _run([sys.executable, "-"], python, tmp_path) == "final Deposits.transfer\nfinal Titles.register\n"
    assert _balance(city) == 300
    missing = [program for program in ("bash", "curl", "jq") if shutil.which(program) is None]
    if missing:
        message = f"not on this machine: {', '.join(missing)}; install them to run the shell's half of docs/api-acts.md"
        pytest.fail(message) if os.environ.get("CITYCHAIN_REQUIRE_ALL") == "1" else pytest.skip(message)
    (tmp_path / "sign.py").write_text(sign)
    assert _run(["bash"], shell, tmp_path) == "final\nfinal\n"
    assert _balance(city) == 600


def _balance(city: City) -> int:
    (account,) = httpx.get(f"{city.url}/api/accounts/{PAYEE}", timeout=20).json()["accounts"]
    return int(account["balance_fen"])


def _run(command: list[str], script: str, folder: Path) -> str:
    done = subprocess.run(command, input=script, cwd=folder, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
