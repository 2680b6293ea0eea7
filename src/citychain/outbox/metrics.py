"""Figures of the outbox for an operator's monitoring, in the OpenMetrics text format 1.0 (docs/grafana/outbox.json).

All are read from the database when they are asked for, so that they are the same whichever process answers, and are
there while the relayer is not. Amounts and counts only: nobody's account but the relayer's own is named.
"""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from django.conf import settings
from django.db.models import Count, Max, Min, Q, Sum

from citychain.chain import clock, files

from . import queries
from .models import Lease, RelayTransaction, Request

CONTENT_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8"


class Family(NamedTuple):
    """Samples of one name; a counter's have the name with _total. `labels` of a sample tell it from its fellows."""

    name: str
    kind: str
    help: str
    samples: Sequence[tuple[Mapping[str, str], int]]

    def lines(self) -> Iterator[str]:
        yield f"# TYPE {self.name} {self.kind}"
        yield f"# HELP {self.name} {self.help}"
        suffix = "_total" if self.kind == "counter" else ""
        for labels, value in self.samples:
            told = ",".join(f'{name}="{text}"' for name, text in labels.items())
            yield f"{self.name}{suffix}{{{told}}} {value}" if told else f"{self.name}{suffix} {value}"


def text() -> str:
    """The exposition, as a monitoring system reads it."""
    return "\n".join(line for family in families() for line in family.lines()) + "\n# EOF\n"


def allowed(authorization: str) -> bool:
    """Whether this header holds "Bearer" and the token in <home>/metrics-token, which is drawn on first use."""
    path = settings.CITYCHAIN_HOME / "metrics-token"
    if not path.exists():
        files.create(path, secrets.token_hex(32).encode())
    return secrets.compare_digest(authorization.encode(), b"Bearer " + path.read_bytes().strip())


def families() -> Iterator[Family]:
    now = clock.now()
    states = queries.by_state()
    yield Family(
        "citychain_requests", "gauge", "Requests in each state.", [({"state": s}, n) for s, n in states.items()]
    )
    oldest = dict(
        Request.objects.filter(state__in=Request.LIVE).values_list("state").annotate(Min("created")).order_by()
    )
    yield Family(
        "citychain_oldest_request_seconds",
        "gauge",
        "Age of the oldest request in each unfinished state; 0 without one.",
        [({"state": state}, now - oldest.get(state, now)) for state in Request.LIVE],
    )
    yield Family(
        "citychain_backlog_limit",
        "gauge",
        "Requests that may wait to be carried out, in all and of one signer.",
        [({"of": "all"}, settings.CITYCHAIN_BACKLOG), ({"of": "signer"}, settings.CITYCHAIN_SIGNERS_BACKLOG)],
    )
    silence: list[tuple[dict[str, str], int]] = [
        ({}, now - renewed) for renewed in Lease.objects.values_list("renewed", flat=True)
    ]
    yield Family("citychain_relayer_silence_seconds", "gauge", "Time since the relayer showed that it lives.", silence)
    yield from _lanes()


def _lanes() -> Iterator[Family]:
    """Of each account of the relayer."""
    mine = RelayTransaction.objects.order_by()
    counted = mine.values_list("relayer", "state").annotate(Count("id"))
    yield Family(
        "citychain_lane_transactions",
        "gauge",
        "Transactions of each account of the relayer in each state.",
        [
            ({"account": account, "state": state}, count)
            for account, state, count in counted.order_by("relayer", "state")
        ],
    )
    lanes = mine.values_list("relayer").annotate(
        resent=Sum("resent"),
        raised=Count("id", filter=~Q(earlier=[])),
        gas=Sum("gas_used"),
        gwei=Sum("paid"),
        last=Max("id"),
    )
    rows = list(lanes.order_by("relayer"))
    for at, (name, told) in enumerate(
        (
            ("resent", "Times that the node had lost a transaction."),
            ("raised", "Transactions whose fee was raised."),
            ("gas", "Gas used."),
            ("fees_gwei", "Fees paid."),
        ),
        start=1,
    ):
        yield Family(f"citychain_lane_{name}", "counter", told, [({"account": row[0]}, row[at]) for row in rows])
    fees = dict(mine.filter(id__in=[row[-1] for row in rows]).values_list("relayer", "max_fee"))
    newest = [({"account": account}, fee) for account, fee in sorted(fees.items())]
    yield Family("citychain_lane_max_fee_wei", "gauge", "The most that the newest transaction pays for gas.", newest)
