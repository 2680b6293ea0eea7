"""Committed artifacts are what the sources compile to, and small enough for a chain."""

import shutil
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from citychain.chain import compile
from citychain.chain.artifacts import UnknownContract, all_artifacts, artifact, bindings, functions

#: EIP-170 allows 24,576; the house a little less.
MOST_CODE = 24_000

needs_forge = pytest.mark.skipif(shutil.which("forge") is None, reason="forge is not on PATH (make install)")


@pytest.mark.parametrize("name", sorted(all_artifacts()))
def test_contract_fits_the_chain(name: str) -> None:
    assert 0 < len(artifact(name).deployed) // 2 < MOST_CODE


def test_masked_code_hides_immutables_alone() -> None:
    found = artifact("Forwarder")
    code = bytes([0xAA]) * (len(found.deployed) // 2)
    masked = found.masked(code)
    hidden = {at for start, length in found.immutables for at in range(start, start + length)}
    assert hidden == {at for at, byte in enumerate(masked) if byte == 0}
    assert hidden


def test_contract_that_nobody_has_is_unknown() -> None:
    with pytest.raises(UnknownContract):
        artifact("Nothing")


def test_functions_are_found_by_selector() -> None:
    pause = bindings("Authority").switchOffForwarder
    assert functions("Authority")[pause.selector] is pause


@needs_forge
def test_committed_artifacts_and_bindings_match_their_sources() -> None:
    command = [sys.executable, "-m", "citychain", "artifacts", "check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_check_names_what_differs_and_build_mends_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad, orphan = (tmp_path / name for name in ("Good.json", "Bad.json", "Orphan.json"))
    good.write_bytes(b"good")
    bad.write_bytes(b"edited by hand")
    orphan.write_bytes(b"no source")
    monkeypatch.setattr(compile, "outputs", lambda: {good: b"good", bad: b"bad"})
    monkeypatch.setattr(compile, "committed", lambda: [bad, good, orphan])
    with pytest.raises(SystemExit) as status:
        call_command("artifacts", "check")
    assert status.value.code == 1
    assert [line.split("/")[-1] for line in capsys.readouterr().out.splitlines()] == [
        "Bad.json",
        "Orphan.json",
        "Run: make contracts",
    ]
    call_command("artifacts", "build", stdout=StringIO())
    assert (bad.read_bytes(), orphan.exists()) == (b"bad", False)
