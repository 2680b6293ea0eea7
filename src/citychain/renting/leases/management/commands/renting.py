"""citychain renting due|autopay|check-history: what is due, what pays itself, a tenant's file beside the record.

All are safe to run twice, or by strangers."""

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from citychain.errors import CityError
from citychain.portal.wording import yuan
from citychain.renting.leases import autopay, histories, queries
from citychain.renting.leases.models import Lease


class Command(BaseCommand):
    requires_system_checks = []  # they are about pages
    help = "Say which rent is due, or trigger the automatic payments whose rent is due (run it daily)."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        due = actions.add_parser("due", help="leases with rent that is due and open, the most first")
        pay = actions.add_parser("autopay", help="trigger every automatic payment whose rent is due")
        pay.add_argument("--dry-run", action="store_true", help="only say what would be triggered")
        checking = actions.add_parser("check-history", help="compare a tenant's file with the record")
        checking.add_argument("file", type=Path)
        checking.add_argument("--json", action="store_true")
        for action in (due, pay):
            action.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["action"] == "check-history":
            _check(options["file"], as_json=options["json"])
            return
        try:
            rows = _due() if options["action"] == "due" else _autopay(dry=options["dry_run"])
        except CityError as problem:
            raise CommandError(str(problem)) from problem
        if options["json"]:
            print(json.dumps(rows, ensure_ascii=False))
            return
        for row in rows:
            rest = [str(value) for name, value in row.items() if name not in ("lease", "fen")]
            print("  ".join([f"{row['lease']:>6}", f"{yuan(row['fen']):>14}", *rest]))
        print(f"{len(rows)} lease{'s' if len(rows) != 1 else ''}, {yuan(sum(row['fen'] for row in rows))}")


def _check(path: Path, *, as_json: bool) -> None:
    """Ends with status 1 where anything differs."""
    try:
        with path.open("rb") as opened:
            found = histories.check(histories.from_file(opened.read(histories.MOST_BYTES + 1)))
    except (CityError, OSError) as problem:
        raise CommandError(str(problem)) from problem
    told: dict[str, Any] = {"fits": found.fits, "signed": found.signed, "rented": found.rented, "here": found.here}
    told |= {"expired": found.expired, "facts": [{**one._asdict(), "fits": one.fits} for one in found.facts]}
    if as_json:
        print(json.dumps(told, ensure_ascii=False))
    else:
        for one in found.facts:
            print(
                f"{'fits   ' if one.fits else 'DIFFERS'}  {one.name}: {one.told}"
                + ("" if one.fits else f" ({one.found})")
            )
        print(f"signed {found.signed}, rented {found.rented}, this city's {found.here}, expired {found.expired}")
    if not found.fits:
        sys.exit(1)


def _due() -> list[dict[str, Any]]:
    rows = [(row.id, queries.rent(row).arrears) for row in Lease.objects.filter(state=Lease.State.RUNNING)]
    return [{"lease": lease, "fen": fen} for lease, fen in sorted(rows, key=lambda one: -one[1]) if fen]


def _autopay(*, dry: bool) -> list[dict[str, Any]]:
    """Each automatic payment with its request's id, or why there is none."""
    found = [(one, one.problem or "would be triggered") for one in autopay.due()] if dry else autopay.collect()
    return [{"lease": one.lease, "fen": one.amount, "payer": one.payer, "request": told} for one, told in found]
