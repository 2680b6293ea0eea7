"""citychain status: engine, head, final, requests by state, index lag, workers. Exit 0 when all is well, else 1."""

import json
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError

from citychain.chain.rpc import NodeUnavailable, RpcError, connect
from citychain.city import supervision
from citychain.indexer import queries as index
from citychain.outbox import queries as outbox
from citychain.portal.incidents import incident


class Command(BaseCommand):
    help = "Say how the city is: exit status 0 when everything runs and is up to date, 1 otherwise."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        report = collect()
        if options["json"]:
            print(json.dumps(report, indent=2))
        else:
            for name, value in report.items():
                shown = ", ".join(f"{k} {v}" for k, v in value.items()) if isinstance(value, dict) else value
                print(f"{name:>10}: {'—' if shown in (None, '') else shown}")
        sys.exit(0 if report["well"] else 1)


def collect() -> dict[str, Any]:
    """The report as plain data; what can't be asked is None."""
    report: dict[str, Any] = {"well": False, "engine": None, "chain_id": None, "head": None, "final": None}
    try:
        rpc = connect()
        report["engine"] = rpc.call("web3_clientVersion")
        report["chain_id"] = rpc.chain_id()
        report["head"], report["final"] = rpc.head().number, rpc.final().number
    except (NodeUnavailable, RpcError) as problem:
        report["problem"] = str(problem)
    try:
        seen = index.head()
        report["indexed"] = seen.block
        report["lag"] = None if report["head"] is None else report["head"] - seen.block
        report["stale"] = seen.stale_reason
        report["unwitnessed"] = seen.unwitnessed
        report["requests"] = outbox.by_state()
        trouble = incident(seen)
        report["incident"] = trouble.kind if trouble else None
    except DatabaseError as problem:
        report["problem"] = str(problem)
    report["workers"] = supervision.workers()
    report["home"] = str(settings.CITYCHAIN_HOME)
    report["well"] = (
        report["head"] is not None
        and all(report["workers"].values())
        and not report.get("stale")
        and report.get("lag") is not None
        and report["lag"] <= 5
        and report["incident"] in (None, "waiting")
    )
    return report
