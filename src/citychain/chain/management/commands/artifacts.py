"""citychain artifacts build|check: compiled contracts and bindings against their sources."""

import subprocess
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from citychain.chain import compile


class Command(BaseCommand):
    help = "Write artifacts and bindings from the Solidity sources, or check that the committed ones match them."
    requires_system_checks = []  # they would load the bindings, which may be what is wrong

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["build", "check"])

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            files = compile.outputs()
        except subprocess.CalledProcessError as problem:
            raise CommandError(f"forge or ruff failed:\n{problem.stdout}\n{problem.stderr}") from problem
        stale = [path for path, content in files.items() if not path.exists() or path.read_bytes() != content]
        orphans = [path for path in compile.committed() if path not in files]
        if options["action"] == "check":
            for path in sorted(stale + orphans):
                print(f"differs from its source: {_short(path)}")
            if stale or orphans:
                print("Run: make contracts")
                sys.exit(1)
        for path in stale:
            path.write_bytes(files[path])
            print(f"wrote {_short(path)}")
        for path in orphans:
            path.unlink()
            print(f"removed {_short(path)}, which has no source any more")
        print(f"{len(files)} files match their sources")


def _short(path: Path) -> Path:
    return path.relative_to(settings.ROOT) if path.is_relative_to(settings.ROOT) else path
