"""Figures for monitoring, and the dashboard that shows them."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as installation
from django.test import Client

from citychain.chain import clock
from citychain.outbox import metrics, services
from citychain.outbox.models import Lease, RelayTransaction

from .city import CUSTOMERS, RELAYER, City
from .conftest import Workers

pytestmark = [
    pytest.mark.django_db(databases=["default", "readmodel"]),
    pytest.mark.filterwarnings("ignore:No directory at"),
]
ALICE, BOB = CUSTOMERS[:2]
LANE = f'{{account="{RELAYER.address}"}}'
SAMPLE = re.compile(r"(citychain_[a-z_]+)(\{[a-z]+=\"\w+\"(?:,[a-z]+=\"\w+\")*\})? (-?\d+)")


def samples() -> dict[str, int]:
    """By name and labels. Each line is one that the format knows."""
    lines = metrics.text().splitlines()
    assert lines.pop() == "# EOF"
    found = {}
    for line in lines:
        if not line.startswith(("# TYPE ", "# HELP ")):
            sample = SAMPLE.fullmatch(line)
            assert sample is not None, line
            found[sample[1] + (sample[2] or "")] = int(sample[3])
    return found


def test_metrics_tell_what_waits_and_what_it_cost(city: City, workers: Workers) -> None:
    services.submit(*city.signed(ALICE))
    workers.block()
    workers.finalise()
    clock.simulate(1_900_000_000)
    Lease.objects.update(renewed=clock.now() - 7)
    waiting = services.submit(*city.signed(BOB, deadline=clock.now() + 900))
    clock.simulate(clock.now() + 30)
    made = RelayTransaction.objects.get()
    found = samples()
    assert {name: value for name, value in found.items() if name.startswith("citychain_requests")} == {
        f'citychain_requests{{state="{state}"}}': count
        for state, count in {"received": 1, "sent": 0, "included": 0, "final": 1, "rejected": 0, "expired": 0}.items()
    }
    assert found['citychain_oldest_request_seconds{state="received"}'] == clock.now() - waiting.created == 30
    assert found['citychain_oldest_request_seconds{state="sent"}'] == 0
    assert found["citychain_relayer_silence_seconds"] == 37
    assert found[f'citychain_lane_transactions{{account="{RELAYER.address}",state="final"}}'] == 1
    assert found["citychain_lane_gas_total" + LANE] == made.gas_used > 50_000
    assert found["citychain_lane_fees_gwei_total" + LANE] == made.paid > 0
    assert found["citychain_lane_max_fee_wei" + LANE] == made.max_fee
    assert (found["citychain_lane_resent_total" + LANE], found["citychain_lane_raised_total" + LANE]) == (0, 0)


def test_empty_outbox_has_metrics(city: City) -> None:
    assert samples()['citychain_requests{state="received"}'] == 0


def test_metrics_are_for_whoever_has_the_token(city: City, settings: Any) -> None:
    reader = Client()
    assert reader.get("/metrics").status_code == 401
    token = (settings.CITYCHAIN_HOME / "metrics-token").read_text()
    assert reader.get("/metrics", headers={"authorization": "Bearer " + token[:-1]}).status_code == 401
    answer = reader.get("/metrics", headers={"authorization": "Bearer " + token})
    assert (answer.status_code, answer["Content-Type"]) == (200, metrics.CONTENT_TYPE)
    assert (answer["Cache-Control"], answer.content.decode()[-6:]) == ("no-store", "# EOF\n")
    assert (settings.CITYCHAIN_HOME / "metrics-token").stat().st_mode & 0o777 == 0o600


def test_dashboard_shows_only_metrics_that_exist(city: City, workers: Workers) -> None:
    services.submit(*city.signed(ALICE))
    workers.block()
    dashboard = json.loads(Path(installation.ROOT, "docs", "grafana", "outbox.json").read_text())
    queries = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    shown = {name for query in queries for name in re.findall(r"citychain_\w+", query)}
    assert shown == {name.split("{")[0] for name in samples()}
