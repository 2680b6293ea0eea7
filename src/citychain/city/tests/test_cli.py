"""The command line: statuses that scripts rely on, and what a shell completes."""

import os
import subprocess
import sys
from pathlib import Path

from citychain.city import cli


def _run(*words: str) -> tuple[int, str, str]:
    command = [sys.executable, "-m", "citychain", *words]
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)
    return done.returncode, done.stdout, done.stderr


def test_wrong_command_is_bad_use_and_asked_about() -> None:
    assert _run("statsu") == (2, "", "citychain: there is no command statsu. Did you mean: citychain status\n")


def test_help_lists_the_citys_commands_alone() -> None:
    status, told, _errors = _run("help")
    listed = [line.split()[0] for line in told.splitlines()[2:]]
    assert (status, listed) == (0, list(cli.commands()))
    assert {"up", "new-usecase", "migrate"} <= set(listed)
    assert {"shell", "runserver", "startproject", "flush"} & set(listed) == set()


def test_every_command_says_what_it_does() -> None:
    assert [name for name, line in cli.commands().items() if not line] == []


def test_bash_completes_commands_actions_and_options(tmp_path: Path) -> None:
    script = tmp_path / "completion"
    script.write_text(cli.completion())
    typed = [("2", "citychain request --s"), ("1", "citychain new"), ("2", "citychain journal v"), ("1", "citychain")]
    asked = [f"COMP_WORDS=({words}); COMP_CWORD={place}; _citychain; echo ${{COMPREPLY[@]}}" for place, words in typed]
    done = subprocess.run(
        ["/bin/bash", "-c", "\n".join([f"source {script}", *asked])], capture_output=True, text=True, check=True
    )
    lines = done.stdout.splitlines()
    assert lines[:3] == ["--signer --state", "new-usecase", "verify"]
    assert lines[3].split() == ["help", *cli.commands()]
