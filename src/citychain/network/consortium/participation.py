"""Who made a network's newest blocks, read from the blocks alone, so that any member's client can be asked.

A block names the account of whoever proposed it (running.py gives it to the client as fee recipient). A member could
name another's account there, and would give away its rewards: good for looking at, not evidence.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from citychain.chain.rpc import Rpc

from .creating import Agreement

#: Epochs that are shown, and those in which a member that made no block counts as missing. With a quarter of the
#: validators it is chosen in none of 64 slots once in 10**8.
SHOWN, JUDGED = 8, 2
#: Epochs after which finality counts as standing still; it is two to three behind, and four after genesis.
BEHIND = 4.5


class Part(msgspec.Struct, frozen=True):
    """`blocks` of the judged slots were this member's, `expected` is its share of them. `newest` is the time of its
    last block among those shown, UTC seconds."""

    member: str
    blocks: int
    expected: float
    newest: int | None

    @property
    def missing(self) -> bool:
        return self.blocks == 0 and self.expected >= 1


class Participation(msgspec.Struct, frozen=True):
    """`proposer` made the newest block, `head`, at `time` (UTC seconds). `final` and `final_time` are the newest final
    block's, the first block's before. `stopped`: nothing became final for too long; `silent`: nobody makes blocks.
    `epochs` are numbers of epochs that have ended with the share of their slots that got a block."""

    head: int
    time: int
    proposer: str
    final: int
    final_time: int
    stopped: bool
    silent: bool
    parts: list[Part]
    epochs: list[tuple[int, float]]

    @property
    def missing(self) -> list[str]:
        return [part.member for part in self.parts if part.missing]


def read(node: Rpc, agreement: Agreement, now: int) -> Participation:
    """What the node's newest blocks say at `now` (UTC seconds). Raises NodeUnavailable, RpcError."""
    choices = agreement.choices
    slots = choices.slots_per_epoch
    head = int(node.call("eth_blockNumber"), 16)
    numbers = range(max(0, head - (SHOWN + 1) * slots), head + 1)
    asked: list[tuple[str, Sequence[Any]]] = [("eth_getBlockByNumber", (hex(number), False)) for number in numbers]
    *blocks, final = node.batch([*asked, ("eth_getBlockByNumber", ("finalized", False))])
    return judge(agreement, [block for block in blocks if isinstance(block, dict)], final, now)


def judge(agreement: Agreement, blocks: Sequence[Mapping[str, Any]], final: object, now: int) -> Participation:
    """`blocks` are the newest in order, as a client tells them; `final` is no block before anything is final."""
    choices = agreement.choices
    slots, first = choices.slots_per_epoch, choices.genesis_time
    owners = {member.account.lower(): member.name for member in agreement.members}
    made = [(_slot(block, agreement), str(block["miner"]).lower()) for block in blocks if int(block["number"], 16)]
    slot = max(0, (now - first) // choices.slot)
    judged = [owners.get(account) for at, account in made if at > slot - JUDGED * slots]
    counts = Counter(judged)
    stakes = sum(len(member.deposits) for member in agreement.members)
    looked = min(slot, JUDGED * slots)
    parts = [
        Part(
            member.name,
            counts[member.name],
            looked * len(member.deposits) / stakes,
            max((first + at * choices.slot for at, owner in made if owner == member.account.lower()), default=None),
        )
        for member in agreement.members
    ]
    full = Counter(at // slots for at, _account in made)
    ended = range(max(0, slot // slots - SHOWN), slot // slots)
    newest = blocks[-1]
    time = int(newest["timestamp"], 16)
    final_time = int(final["timestamp"], 16) if isinstance(final, Mapping) else first
    return Participation(
        head=int(newest["number"], 16),
        time=time,
        proposer=owners.get(str(newest["miner"]).lower(), ""),
        final=int(final["number"], 16) if isinstance(final, Mapping) else 0,
        final_time=final_time,
        stopped=now - final_time > BEHIND * slots * choices.slot,
        silent=now - time > slots * choices.slot,
        parts=parts,
        epochs=[(epoch, min(full[epoch], slots) / slots) for epoch in ended],
    )


def _slot(block: Mapping[str, Any], agreement: Agreement) -> int:
    """A block's time is its slot's."""
    return (int(block["timestamp"], 16) - agreement.choices.genesis_time) // agreement.choices.slot
