"""citychain doctor: what is wrong with this machine or installation, and what to do. Exit 0 when nothing is, else 1."""

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils.functional import Promise

from citychain.city.doctor import Finding, examine

MARKS = {"good": "✓", "wait": "–", "bad": "✗"}
COLOURS = {"good": "\033[32m", "wait": "\033[33m", "bad": "\033[31m"}


class Command(BaseCommand):
    help = "Look at the machine and the installation and say what to mend; changes nothing."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        found = examine()
        if options["json"]:
            print(json.dumps([vars(finding) for finding in found], default=_text, indent=2, ensure_ascii=False))
        else:
            for finding in found:
                print(_line(finding))
        sys.exit(1 if any(finding.state == "bad" for finding in found) else 0)


def _text(value: object) -> str:
    if isinstance(value, Promise):
        return str(value)
    raise TypeError(type(value))


def _line(finding: Finding) -> str:
    mark = MARKS[finding.state]
    if sys.stdout.isatty():
        mark = f"{COLOURS[finding.state]}{mark}\033[0m"
    remedy = f"\n  {'':14}→ {finding.remedy}" if finding.remedy else ""
    return f"{mark} {finding.name:14}{finding.words}{remedy}"
