"""``citychain network node …``: one institution's own node (docs/network.md), and how a network's standing is shown."""

import sys
import time
from argparse import _SubParsersAction
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from django.conf import settings
from django.core.management.base import CommandError

from citychain.network.consortium import creating, institution, watching
from citychain.network.consortium.clients import Clients
from citychain.network.consortium.errors import NotReady
from citychain.network.consortium.running import Ports
from citychain.network.consortium.watching import Report

#: Of the columns after the name and the number of processes.
WIDTHS = (8, 7, 7, 7, 8)


def add_arguments(actions: "_SubParsersAction[Any]") -> None:
    node = actions.add_parser("node", help="this institution's own node, on its own machine")
    doings = node.add_subparsers(dest="doing", required=True)
    up = doings.add_parser("up", help="run its three clients and the gate until Ctrl-C")
    check = doings.add_parser(
        "check", help="exit 0 when it may start: signed files, safe keys, free ports, right clock"
    )
    for parsed in (up, check):
        parsed.add_argument("--any-clock", action="store_true", help="start although nobody keeps the clock right")
    unit = doings.add_parser("unit", help="print a systemd unit that keeps it running")
    unit.add_argument("--user", default="citychain", help="the account that owns the member's folder (citychain)")
    firewall = doings.add_parser("firewall", help="print rules for nftables: members reach two ports, nobody any other")
    status = doings.add_parser("status", help="its head, finality, peers; everybody's missed slots")
    for parsed in (check, status):
        parsed.add_argument("--json", action="store_true")
    for parsed in (up, check, unit, firewall, status):
        parsed.add_argument("folder", type=Path, help="the network's files")
        parsed.add_argument("--member", type=Path, required=True, help="the member's own folder")


def handle(options: dict[str, Any], clients: Callable[[], Clients], say: Callable[[str], None]) -> None:
    """Raises CityError; ends the process with the status of what it ran."""
    loaded = institution.load(options["folder"], options["member"])
    doing = options["doing"]
    if doing == "unit":
        say(institution.unit(loaded, home=settings.CITYCHAIN_HOME, user=options["user"]).rstrip())
    elif doing == "firewall":
        say(institution.firewall(loaded).rstrip())
    elif doing == "status":
        agreement = creating.load_agreement(loaded.network)
        show(watching.look(agreement, {loaded.member.name: loaded.folder}, time.time()), options["json"], say)
    else:
        try:
            institution.check(loaded, any_clock=options["any_clock"])
        except NotReady as problem:
            raise CommandError(str(problem), returncode=2 if doing == "up" else 1) from problem
        if doing == "up":
            built = clients()
            say(f"{loaded.member.name} runs. JSON-RPC: http://127.0.0.1:{Ports.of(loaded.member).gate}")
            sys.exit(institution.up(loaded, built))
        name = loaded.member.name
        say(msgspec.json.encode({"member": name, "ready": True}).decode() if options["json"] else f"{name} may start.")


def show(report: Report, as_json: bool, say: Callable[[str], None]) -> None:
    """Ends the process: 0 when the members that were asked follow and finality is where it should be, else 1."""
    if as_json:
        say(msgspec.json.encode({**msgspec.structs.asdict(report), "good": report.good}).decode())
    else:
        say(f"slot {report.slot}, epoch {report.epoch}, final: {_shown(report.finalised)}")
        say(f"{'member':16}{'runs':>6}{'head':>8}{'just.':>7}{'final':>7}{'peers':>7}{'missed':>8}{'MB':>7}")
        for one in report.members:
            figures = (one.head, one.justified, one.finalised, one.peers, report.missed.get(one.member))
            shown = "".join(f"{_shown(figure):>{width}}" for figure, width in zip(figures, WIDTHS, strict=True))
            say(f"{one.member:16}{one.running:>6}{shown}{one.memory:>7.0f}")
        asked = {one.member for one in report.members}
        if elsewhere := {name: missed for name, missed in report.missed.items() if name not in asked}:
            say("Slots that others missed: " + ", ".join(f"{name} {missed}" for name, missed in elsewhere.items()))
    sys.exit(0 if report.good else 1)


def _shown(figure: int | None) -> str:
    return "-" if figure is None else str(figure)
