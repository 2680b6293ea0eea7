"""The command line: ``citychain COMMAND``. Commands live in the folder of the part that they concern."""

import os
import sys

os.environ.setdefault("ETH_HASH_BACKEND", "pysha3")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "citychain.settings")

from django.core.management import execute_from_command_line  # noqa: E402 - settings come first


def main() -> None:
    """Exit status: 0 good, 1 the check failed, 2 bad use."""
    execute_from_command_line(["citychain", *sys.argv[1:]])


if __name__ == "__main__":
    main()
