"""citychain artifacts build|check: compiled contracts and bindings against their sources."""

import json
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
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            files = compile.outputs()
        except subprocess.CalledProcessError as problem:
            raise CommandError(f"forge or ruff failed:\n{problem.stdout}\n{problem.stderr}") from problem
        stale = [path for path, content in files.items() if not path.exists() or path.read_bytes() != content]
        orphans = [path for path in compile.committed() if path not in files]
        if options["action"] == "build":
            for path in stale:
                path.write_bytes(files[path])
            for path in orphans:
                path.unlink()
        self._show(
            options["action"] == "build", sorted(map(_short, stale)), sorted(map(_short, orphans)), len(files), options
        )
        if options["action"] == "check" and stale + orphans:
            sys.exit(1)

    def _show(self, built: bool, stale: list[Path], orphans: list[Path], count: int, options: dict[str, Any]) -> None:
        if options["json"]:
            print(json.dumps({"stale": [*map(str, stale)], "orphans": [*map(str, orphans)], "files": count}))
            return
        for path in stale:
            print(f"wrote {path}" if built else f"differs from its source: {path}")
        for path in orphans:
            print(f"removed {path}, which has no source any more" if built else f"has no source: {path}")
        print("Run: make contracts" if not built and stale + orphans else f"{count} files match their sources")


def _short(path: Path) -> Path:
    return path.relative_to(settings.ROOT) if path.is_relative_to(settings.ROOT) else path
