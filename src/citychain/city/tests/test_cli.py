"""The command line: statuses that scripts rely on, and what a shell completes."""

import argparse
import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from citychain.city import cli

#: Commands that tell nothing at their end, or a text that is no document.
WITHOUT_RESULT = {
    **dict.fromkeys(
        ["events", "gate run", "indexer", "node run", "relayer", "webhooks"], "a worker, until it is stopped"
    ),
    **dict.fromkeys(["up", "journal serve", "network up", "network node up"], "runs until it is stopped"),
    "completion": "a script for the shell",
    "network node unit": "a file for systemd",
    "network node firewall": "a file for nftables",
    "migrate": "Django's own",
}


def _run(*words: str, **variables: str) -> tuple[int, str, str]:
    command = [sys.executable, "-m", "citychain", *words]
    environment = {**os.environ, "LC_ALL": "C.UTF-8", **variables}
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


def _leaves(parser: argparse.ArgumentParser, name: str) -> Iterator[tuple[str, set[str]]]:
    """Each command, or each action of one that has actions, with the options that it takes."""
    options = {word for action in parser._actions for word in action.option_strings}
    below = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    for actions in below:
        for word, leaf in actions.choices.items():
            for path, found in _leaves(leaf, f"{name} {word}"):
                yield path, found | options
    if not below:
        yield name, options


def test_every_command_with_a_result_tells_it_as_json() -> None:
    leaves = [leaf for name in cli.commands() for leaf in _leaves(cli._parser(name), name)]
    assert sorted(path for path, options in leaves if "--json" not in options) == sorted(WITHOUT_RESULT)


def test_json_is_one_document_and_colour_is_only_for_terminals(tmp_path: Path) -> None:
    home = {"CITYCHAIN_HOME": str(tmp_path / "city"), "DATABASE_URL": ""}
    status, told, _errors = _run("down", "--json", **home)
    assert (status, json.loads(told)) == (0, {"stopped": False})
    status, told, _errors = _run("reset", "--yes", "--json", **home)
    document = json.loads(told)
    assert (status, sorted(document), document["databases"]) == (0, ["backup", "databases"], [])
    status, told, errors = _run("reset", "--json", **home)
    assert (status, told) == (2, "")
    assert "--yes" in errors
    for words in (["doctor"], ["doctor", "--json"], ["help"], ["restore", "missing.tar.gz"]):
        _status, told, errors = _run(*words, **home)
        assert "\x1b" not in told + errors, words


BAR = """
from citychain.bars import bar
with bar("Reading", "blocks") as tell:
    tell(5, 10)
    tell(10, 10)
"""


def test_bar_and_its_rate_are_for_terminals_alone() -> None:
    command, variables = [sys.executable, "-c", BAR], {**os.environ, "TERM": "xterm", "COLUMNS": "120"}
    quiet = subprocess.run(command, env=variables, capture_output=True, check=True, timeout=60)
    assert (quiet.stdout, quiet.stderr) == (b"", b"")
    shown = {}
    for colour in ({}, {"NO_COLOR": "1"}):
        ours, theirs = pty.openpty()
        subprocess.run(command, env={**variables, **colour}, stdout=theirs, stderr=theirs, check=True, timeout=60)
        os.close(theirs)
        shown[bool(colour)] = os.read(ours, 100_000).decode()
        os.close(ours)
    assert [re.findall("Reading|10/10|blocks/s", text)[-3:] for text in shown.values()] == [
        ["Reading", "10/10", "blocks/s"]
    ] * 2
    assert [re.search(r"\x1b\[[0-9;]*3[0-9][0-9;]*m", text) is None for text in shown.values()] == [False, True]


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
