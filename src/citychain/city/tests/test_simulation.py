"""The simulation's own parts: its proxy, its clock and its model; and a short episode of it."""

import random
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import OperationalError
from django.test import Client

from citychain.city.management.commands.soak import found
from citychain.city.simulation.actors import BANK, BANKS, OFFICERS, REGISTRAR, RESIDENTS, SUPERVISOR
from citychain.city.simulation.acts import Acts
from citychain.city.simulation.episode import Episode, founded_city
from citychain.city.simulation.model.city import Rule
from citychain.city.simulation.processes import Processes
from citychain.city.simulation.proxy import FAULTS
from citychain.money import queries as money

PAYER, PAYEE = (resident.address for resident in RESIDENTS[:2])


def test_a_refusal_leaves_the_model_as_it_was() -> None:
    city = founded_city("council")
    pay = Rule("clearing", "pay", (BANK, BANK + 1, PAYEE, 100_001, "ref"))
    assert city.apply(pay, PAYER, 1_000) == "InsufficientAvailable"
    assert city.clearing.debt(BANK, BANK + 1) == 0


def test_a_suspended_bank_may_not_act_in_the_model() -> None:
    city = founded_city("council")
    mint = Rule(f"deposits:{BANK}", "mint", (PAYEE, 5, "ref"))
    officer = OFFICERS[BANK].address
    assert city.apply(mint, officer, 1_000) == ""
    assert city.apply(Rule("institutions", "suspend", (BANK, "reason")), OFFICERS[SUPERVISOR].address, 1_000) == ""
    assert city.apply(mint, officer, 1_000) == "NotActive"
    assert city.banks[BANK].balance(PAYEE) == 100_005


def test_a_mortgage_of_tomorrow_is_refused_by_the_model() -> None:
    """Seed 8207: after the clock had been set back, a block was earlier than the mortgage that it recorded."""
    city = founded_city("council")
    mortgage = Rule("titles", "record_mortgage", (1, BANK, "ref", 1_001, 2_000))
    assert city.apply(mortgage, OFFICERS[REGISTRAR].address, 1_000) == "PeriodInvalid"
    assert city.apply(mortgage, OFFICERS[REGISTRAR].address, 1_001) == ""


def test_a_seed_draws_the_same_requests_again() -> None:
    def drawn(seed: int) -> list[tuple[str, str, str]]:
        addresses = {f"Deposits:{bank}": "0x" + f"{bank:040x}" for bank in BANKS}
        acts = Acts(random.Random(seed), addresses, "council", lambda: 1_000.0)
        return [(act.signer, act.contract, act.rule.method) for act in (acts.draw() for _ in range(300))]

    assert drawn(7) == drawn(7) != drawn(8)


def test_each_fault_spoils_a_reply() -> None:
    reply = b'[{"jsonrpc":"2.0","id":0,"result":"0x1"},{"jsonrpc":"2.0","id":1,"result":"0x2"}]'
    same = {name for name, spoil in FAULTS.items() if spoil((200, reply)) == (200, reply)}
    assert same == {"slow", "refused", "cut"}


@pytest.mark.django_db(databases=["default", "readmodel"])
@pytest.mark.filterwarnings("ignore:No directory at")
@pytest.mark.parametrize(("path", "kind"), [("/money/", "text/html"), ("/api/banks", "application/problem+json")])
def test_database_that_cannot_be_read_is_worth_another_try(
    path: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`citychain soak --seed 2001`: pages were answered with HTTP 500 while the disk was full."""

    def full() -> None:
        raise OperationalError("disk I/O error")

    monkeypatch.setattr(money, "banks", full)
    answer = Client(HTTP_ACCEPT_LANGUAGE="en").get(path, HTTP_HOST=urlsplit(settings.CITYCHAIN_ORIGIN).netloc)
    assert (answer.status_code, answer["Content-Type"].split(";")[0], answer["Retry-After"]) == (503, kind, "5")


@pytest.mark.timeout(900)
def test_a_city_that_is_broken_at_random_loses_and_doubles_nothing(tmp_path: Path) -> None:
    """Seed 1 is the one that found that a block after a snapshot had another hash when it was replayed from genesis."""
    found(tmp_path / "founded")
    folder = tmp_path / "episode"
    folder.mkdir()
    lines: list[str] = []
    counts = Episode(tmp_path / "founded", folder, 1, lines.append).run(12, betrayal=True)
    assert len(lines) > 5
    assert counts.faults["reorg below final"] == 1
    assert counts.states.total() == counts.states["final"] + counts.states["rejected"] + counts.states["expired"] > 0


def test_worker_that_ended_by_itself_is_neither_killed_nor_paused(tmp_path: Path) -> None:
    """Seed 8014: the simulation died of a worker that had ended a moment before its kill."""
    (tmp_path / "home").mkdir()
    processes = Processes(tmp_path / "home", tmp_path / "clock", gate=0, portal=0, proxy=0)
    try:
        processes.start("verify")  # without the argument that it needs
        while processes._runs("verify"):
            time.sleep(0.01)
        assert not processes.pause("verify") and not processes.kill("verify", 60)
        processes.tend()
        assert sum(processes.crashes.values()) == 1 and not processes.kills
    finally:
        processes.stop()
