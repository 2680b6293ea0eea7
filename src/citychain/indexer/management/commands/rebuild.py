"""citychain rebuild: makes the read model anew from the chain, or checks that it is what the chain says."""

import sys
from typing import Any

import msgspec
from django.core.management.base import BaseCommand, CommandError, CommandParser

from citychain.bars import bar
from citychain.chain.addressbook import AddressBook
from citychain.chain.rpc import Rpc, connect
from citychain.errors import CityError
from citychain.indexer import rebuild


class Command(BaseCommand):
    help = "Builds the read model from the chain and puts it in the live one's place (stop the city's indexer first)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="only compare it with the live one, row by row")
        parser.add_argument(
            "--against", metavar="URL", help="read from this node instead, such as another institution's"
        )
        parser.add_argument("--json", action="store_true", help="the outcome as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        rpc = Rpc(options["against"]) if options["against"] else connect()
        try:
            if options["check"]:
                with bar("Reading the chain again", "blocks") as tell:
                    report = rebuild.check(rpc, AddressBook.load(), tell=tell)
                self._check(report, options["json"])
            else:
                with bar("Reading the chain again", "blocks") as tell:
                    head = rebuild.replace(rpc, AddressBook.load(), tell=tell)
                self.stdout.write(
                    msgspec.json.encode({"head": head}).decode()
                    if options["json"]
                    else f"The read model was made anew from the chain, up to block {head}."
                )
        except CityError as problem:
            raise CommandError(str(problem), returncode=2) from problem

    def _check(self, report: rebuild.Report, as_json: bool) -> None:
        if as_json:
            same = {"head": report.head, "same": not report.differing, "tables": report.tables}
            self.stdout.write(msgspec.json.encode(same).decode())
        else:
            for label, compared in report.tables.items():
                self.stdout.write(f"{label:40} {compared.rows:10} rows  {compared.differing:6} differ")
                for difference in compared.examples:
                    self.stdout.write(
                        f"  {difference.key!r}\n    live  {difference.live}\n    chain {difference.chain}"
                    )
            verdict = f"{report.differing} rows differ." if report.differing else "Every row is what the chain says."
            self.stdout.write(f"At block {report.head}: {verdict}")
        if report.differing:
            sys.exit(1)
