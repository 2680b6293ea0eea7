"""Who may write for the relayer. Holders here live in one process; test_kills.py has them in several."""

import time

import psutil
import pytest

from citychain.indexer.tests.engines import both_engines
from citychain.outbox.errors import LeaseLost, RelayerHeld
from citychain.outbox.lease import LONGEST_SILENCE, NOBODY, Holder
from citychain.outbox.models import Lease

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("engine"), both_engines]


def held_by(silent: int = 0, **changes: object) -> None:
    """The lease is another process's, which was silent for so many seconds."""
    Holder("relayer").hold()
    Lease.objects.update(**{"pid": 1, "started": psutil.Process(1).create_time(), **changes})
    Lease.objects.update(renewed=int(time.time()) - silent)


def test_each_taking_draws_the_next_token() -> None:
    for token in (1, 2, 3):
        holder = Holder("relayer")
        holder.hold()
        assert Lease.objects.get().token == token
        holder.release()
        assert (Lease.objects.get().pid, Lease.objects.get().token) == (NOBODY, token)


def test_holder_writes_until_another_takes_the_lease() -> None:
    first, second = Holder("relayer"), Holder("relayer")
    with first.writing():
        Lease.objects.update(host="written")
    assert Lease.objects.get().host == "written"
    Lease.objects.update(pid=NOBODY)
    second.hold()
    with pytest.raises(LeaseLost), first.writing():
        raise AssertionError("it may not write")
    with second.writing():
        pass


def test_lease_of_a_living_process_is_not_taken() -> None:
    held_by()
    with pytest.raises(RelayerHeld) as caught:
        Holder("relayer").hold()
    assert caught.value.details["pid"] == 1


@pytest.mark.parametrize(
    ("silent", "changes"),
    [
        (LONGEST_SILENCE, {}),
        (LONGEST_SILENCE, {"host": "another"}),
        (0, {"boot": "an earlier one"}),
        (0, {"started": 1.0}),
        (0, {"pid": NOBODY}),
    ],
)
def test_lease_of_a_dead_or_silent_process_is_taken(silent: int, changes: dict[str, object]) -> None:
    held_by(silent, **changes)
    holder = Holder("relayer")
    with holder.writing():
        assert Lease.objects.get().token == 2


def test_lease_on_another_machine_is_left_for_a_minute() -> None:
    held_by(LONGEST_SILENCE - 5, host="another")
    with pytest.raises(RelayerHeld) as caught:
        Holder("relayer").hold()
    assert caught.value.details["host"] == "another"
