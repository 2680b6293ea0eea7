"""The command line: ``citychain COMMAND``. Commands live in the folder of the part that they concern."""

import os
import sys

os.environ.setdefault("ETH_HASH_BACKEND", "pysha3")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "citychain.settings")

import django
from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from django.utils import translation


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
    execute_from_command_line(["citychain", *name, *rest])


if __name__ == "__main__":
    main()
