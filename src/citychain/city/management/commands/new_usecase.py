"""citychain new-usecase: a folder for a new use case, wired in, that passes every check (docs/new-use-case.md)."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, TextIO

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from citychain.city.scaffolding import scaffold
from citychain.errors import CityError, InvalidInput


class Command(BaseCommand):
    help = "Make a new use case in this checkout: contract, projection, pages, API, tests. Needs `make install-dev`."
    requires_system_checks = []  # they are about pages

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="of the folder, an English noun: parking")
        parser.add_argument("--title", required=True, help="its name in English, as the navigation shows it")
        parser.add_argument("--zh", required=True, help="the same in Chinese")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        root, name = Path(settings.ROOT), options["name"]
        try:
            files = scaffold(root, name, options["title"], options["zh"])
        except InvalidInput as problem:
            raise CommandError(str(problem), returncode=2) from problem
        except CityError as problem:
            raise CommandError(str(problem)) from problem
        written = [str(path.relative_to(root)) for path in files]
        if not options["json"]:
            print("\n".join(f"wrote {path}" for path in written))
        catalogue = root / "src" / "citychain" / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
        citychain = [sys.executable, "-m", "citychain"]
        ruff = [sys.executable, "-m", "ruff"]
        folders = [f"src/citychain/{name}", "src/citychain/api.py"]
        for command in (
            [*ruff, "check", "--quiet", "--select", "I", "--fix", *folders],
            [*ruff, "format", "--quiet", *folders],
            [*citychain, "artifacts", "build"],
            [*citychain, "makemigrations", name],
            ["msgfmt", "--check-format", "-o", str(catalogue.with_suffix(".mo")), str(catalogue)],
        ):
            self._run(command, root, sys.stderr if options["json"] else sys.stdout)
        if options["json"]:
            print(json.dumps({"written": written}))
            return
        print(
            f"Next: docs/{name}.md says what it is, src/citychain/{name} is it. To see it in the sandbox: make reset up"
        )

    def _run(self, command: list[str], root: Path, output: TextIO) -> None:
        output.flush()
        try:
            subprocess.run(command, cwd=root, check=True, stdout=output)
        except (OSError, subprocess.CalledProcessError) as problem:
            line = " ".join(command)
            raise CommandError(
                f"The files are written, but this failed: {line} ({problem}). Mend it and run it."
            ) from problem
