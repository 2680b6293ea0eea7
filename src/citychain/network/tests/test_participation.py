"""Who proposed the newest blocks, who is away, and whether finality stands still: from blocks as clients tell them."""

from typing import Any

import pytest

from citychain.network.consortium.constants import Choices
from citychain.network.consortium.creating import Agreement
from citychain.network.consortium.deposits import Deposit
from citychain.network.consortium.members import Member
from citychain.network.consortium.participation import Part, Participation, judge

GENESIS, SLOT, EPOCH = 1_800_000_000, 2, 32
STAKE = Deposit("", "", 0, "", "")


def _member(number: int) -> Member:
    return Member(f"member {number}", f"0x{number:040x}", "127.0.0.1", 1, 1, "", "", [STAKE] * 4)


AGREEMENT = Agreement(
    Choices(name="citytest", chain_id=1, genesis_time=GENESIS, slot=SLOT, slots_per_epoch=EPOCH),
    [_member(number) for number in range(4)],
    {},
)


def _block(number: int, slot: int, member: int) -> dict[str, Any]:
    return {"number": hex(number), "timestamp": hex(GENESIS + SLOT * slot), "miner": f"0x{member:040X}"}


def _standing(slots: int, away: tuple[int, ...] = (), final: int | None = None, later: int = 0) -> Participation:
    """After `slots` in which members proposed in turn but for those `away` for the last two epochs."""
    made = [slot for slot in range(1, slots + 1) if slot % 4 not in away or slot <= slots - 2 * EPOCH]
    blocks = [_block(0, 0, 9), *(_block(number, slot, slot % 4) for number, slot in enumerate(made, 1))]
    return judge(
        AGREEMENT, blocks, None if final is None else _block(final, final, 0), GENESIS + SLOT * (slots + later)
    )


def test_all_take_part() -> None:
    found = _standing(200, final=128)
    assert (found.head, found.proposer, found.final, found.stopped, found.silent) == (
        200,
        "member 0",
        128,
        False,
        False,
    )
    assert found.parts == [
        Part(f"member {number}", 16, 16.0, GENESIS + SLOT * (200 - (-number % 4))) for number in range(4)
    ]
    assert (found.missing, found.epochs) == ([], [(0, 31 / 32), *((epoch, 1.0) for epoch in range(1, 6))])


def test_one_that_proposed_nothing_for_two_epochs_is_away() -> None:
    found = _standing(192, away=(2,), final=128)
    assert (found.missing, found.stopped) == (["member 2"], False)
    assert found.parts[2] == Part("member 2", 0, 16.0, GENESIS + SLOT * 126)
    assert found.epochs[-2:] == [(4, 24 / 32), (5, 24 / 32)]


@pytest.mark.parametrize(("slots", "final", "stopped"), [(144, None, False), (145, None, True), (400, 255, True)])
def test_finality_that_comes_too_late_stands_still(slots: int, final: int | None, stopped: bool) -> None:
    assert _standing(slots, final=final).stopped == stopped


def test_epoch_without_a_block_is_silence() -> None:
    assert [_standing(64, later=later).silent for later in (EPOCH, EPOCH + 1)] == [False, True]


def test_before_the_first_slot_nobody_is_away() -> None:
    found = _standing(0)
    assert (found.head, found.missing, found.stopped, found.epochs) == (0, [], False, [])
