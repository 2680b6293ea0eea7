"""The command line: ``citychain COMMAND``. Commands live in the folder of the part that they concern."""

import os
import sys

os.environ.setdefault("ETH_HASH_BACKEND", "pysha3")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "citychain.settings")

import django
from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line, get_commands
from django.utils import translation

from citychain.city import cli
from citychain.errors import CityError


def main() -> None:
    """Exit status: 0 good, 1 the check failed, 2 bad use. Speaks the terminal's language (LANG), else English."""
    try:
        django.setup()
    except ImproperlyConfigured as problem:
        sys.stderr.write(f"citychain: {problem}\n")
        sys.exit(2)
    locale = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG", "")
    translation.activate("zh-hans" if locale.startswith("zh") else "en")
    name, rest = sys.argv[1:2], sys.argv[2:]
    # Commands are modules, whose names have no hyphen: new-usecase is new_usecase.py.
    name = [word if word.startswith("-") else word.replace("-", "_") for word in name]
    if name in ([], ["help"], ["--help"], ["-h"]) and not rest:
        sys.stdout.write(cli.overview() + "\n")
        return
    if name and not name[0].startswith("-") and name[0] not in {*get_commands(), "help"}:
        sys.stderr.write(cli.unknown(sys.argv[1]) + "\n")
        sys.exit(2)
    try:
        execute_from_command_line(["citychain", *name, *rest])
    except CityError as problem:
        sys.stderr.write(f"citychain: {problem}\n")
        sys.exit(1)


if __name__ == "__main__":
    main()
