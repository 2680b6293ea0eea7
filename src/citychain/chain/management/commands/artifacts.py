"""citychain artifacts build|check: compiled contracts and bindings against their sources."""

import subprocess
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from citychain.chain import compile


class Command(BaseCommand):
    requires_system_checks = []  # they would load the bindings, which may be what is wrong
    help = "Write artifacts and bindings from the Solidity sources, or check that the committed ones match them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["build", "check"])

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            files = compile.outputs()
        except subprocess.CalledProcessError as problem:
            raise CommandError(f"forge or ruff failed:\n{problem.stdout}\n{problem.stderr}") from problem
        stale = [path for path, content in files.items() if not path.exists() or path.read_bytes() != content]
        if options["action"] == "build":
            for path in stale:
                path.write_bytes(files[path])
                print(f"wrote {path.name} of {path.parent.parent.name if path.suffix == '.json' else path.parent.name}")
        elif stale:
            print("These differ from their sources; run `make contracts`:")
            print("\n".join(f"  {path}" for path in stale))
            sys.exit(1)
        print(f"{len(files)} files match their sources")
