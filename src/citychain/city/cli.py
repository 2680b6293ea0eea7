"""The command line as a whole: which commands there are, and completion of them in a shell."""

import argparse
import difflib
from collections.abc import Iterator

from django.core.management import get_commands, load_command_class
from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

#: What Django gives every command, and few people need.
DJANGOS = {"--version", "--verbosity", "--settings", "--pythonpath", "--traceback", "--no-color", "--force-color"}
#: Django's own commands that an operator of a city needs.
KEPT = {"migrate"}


def commands() -> dict[str, str]:
    """The city's commands with a line about each, by name as it is typed."""
    ours = {name: app for name, app in get_commands().items() if app.startswith("citychain.") or name in KEPT}
    return {name.replace("_", "-"): _loaded(name).help.partition("\n")[0] for name in sorted(ours)}


def overview() -> str:
    """What `citychain help` says."""
    lines = [f"  {name:14}{line}" for name, line in commands().items()]
    usage = _("usage: citychain COMMAND …     citychain COMMAND --help tells more")
    return "\n".join([usage, "", *lines])


def unknown(name: str) -> str:
    """What to do about a command that there is not."""
    near = difflib.get_close_matches(name, commands(), n=1)
    question = _("Did you mean: citychain {name}").format(name=near[0]) if near else _("See: citychain help")
    return _("citychain: there is no command {name}. {what}").format(name=name, what=question)


def completion() -> str:
    """A script for bash; zsh reads it after bashcompinit."""
    cases = []
    for name in commands():
        words = sorted(set(_words(_parser(name))))
        cases.append(f'    {name}) words="{" ".join(words)}" ;;')
    return "\n".join(
        [
            '[ -n "$ZSH_VERSION" ] && autoload -U +X compinit bashcompinit && compinit && bashcompinit',
            "_citychain() {",
            '  local words="" word="${COMP_WORDS[COMP_CWORD]}"',
            '  [ "$COMP_CWORD" -eq 1 ] && words="help ' + " ".join(commands()) + '" || case "${COMP_WORDS[1]}" in',
            *cases,
            "  esac",
            '  COMPREPLY=($(compgen -W "$words" -- "$word"))',
            "}",
            "complete -o default -F _citychain citychain",
        ]
    )


def _loaded(name: str) -> BaseCommand:
    module = name.replace("-", "_")
    return load_command_class(get_commands()[module], module)


def _parser(name: str) -> argparse.ArgumentParser:
    return _loaded(name).create_parser("citychain", name)


def _words(parser: argparse.ArgumentParser) -> Iterator[str]:
    """Options and fixed words, those of its actions too."""
    for action in parser._actions:
        yield from (word for word in action.option_strings if word.startswith("--") and word not in DJANGOS)
        if isinstance(action, argparse._SubParsersAction):
            yield from action.choices
            for below in action.choices.values():
                yield from _words(below)
        elif not action.option_strings and action.choices:
            yield from map(str, action.choices)
