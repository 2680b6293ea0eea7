"""Somebody who has every log of the chain and nothing else, and wants to know whose account is whose.

Each strategy is what such people do: for an account it ranks all others by how likely they belong to the same person.
Nothing here reads a database or a page that isn't public.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

TRANSFER = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"
NOBODY = "0x" + "00" * 20
#: Blocks between money leaving one account and the same sum reaching another that an observer would call one payment.
WINDOW = 3


class Moved(NamedTuple):
    """Money at a bank, in fen; from or to nobody where a bank pays out or takes in."""

    block: int
    source: str
    target: str
    amount: int


@dataclass
class Chain:
    """What logs tell about accounts (0x and 40 small letters): in which blocks each appears, and where money moved."""

    blocks: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    #: Place among all logs of where an account appears, for those that stand side by side.
    places: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    #: Where money went, by either end.
    moved: dict[str, list[Moved]] = field(default_factory=lambda: defaultdict(list))
    contracts: set[str] = field(default_factory=set)

    def read(self, logs: Iterable[Mapping[str, object]]) -> "Chain":
        for place, log in enumerate(logs):
            block, topics, data = int(str(log["blockNumber"]), 16), list(log["topics"]), str(log["data"])  # type: ignore[call-overload]
            self.contracts.add(str(log["address"]))
            for word in (*topics[1:], *("0x" + data[at : at + 64] for at in range(2, len(data), 64))):
                if word.startswith("0x" + "0" * 24) and int(word, 16) >> 128:
                    account = "0x" + word[-40:]
                    self.blocks[account].add(block)
                    self.places[account].append(place)
            if topics[0] == TRANSFER and len(topics) == 3:
                source, target = ("0x" + topic[-40:] for topic in topics[1:3])
                self.move(Moved(block, source, target, int(data, 16)))
        return self

    def move(self, row: Moved) -> None:
        for end in {row.source, row.target}:
            self.moved[end].append(row)

    @property
    def accounts(self) -> set[str]:
        """All that appears and is no contract."""
        return self.blocks.keys() - self.contracts - {NOBODY}


#: How alike an account and another are; the higher, the likelier one person's. 0 is no sign at all.
Strategy = Callable[[Chain, str, str], float]


def same_sums(chain: Chain, one: str, other: str) -> float:
    """The same sum leaves one and reaches the other soon after, in either direction."""
    found = 0.0
    for sender, receiver in ((one, other), (other, one)):
        for out in (row for row in chain.moved[sender] if row.source == sender):
            for into in (row for row in chain.moved[receiver] if row.target == receiver):
                if out.amount == into.amount and 0 <= into.block - out.block <= WINDOW:
                    found = max(found, 1 / (1 + into.block - out.block))
    return found


def direct_payments(chain: Chain, one: str, other: str) -> float:
    """Money goes from one to the other."""
    return float(sum({row.source, row.target} == {one, other} for row in chain.moved[one]))


def common_partners(chain: Chain, one: str, other: str) -> float:
    """Both pay to or are paid by the same few (Jaccard)."""
    partners: list[set[str]] = []
    for account in (one, other):
        ends = {end for row in chain.moved[account] for end in (row.source, row.target)}
        partners.append(ends - {account, NOBODY} - chain.contracts)
    return len(partners[0] & partners[1]) / max(len(partners[0] | partners[1]), 1)


def same_times(chain: Chain, one: str, other: str) -> float:
    """Both appear in the same blocks (cosine)."""
    first, second = chain.blocks[one], chain.blocks[other]
    return float(len(first & second) / max(len(first) * len(second), 1) ** 0.5)


def side_by_side(chain: Chain, one: str, other: str) -> float:
    """Their logs stand close to each other."""
    near = min(abs(a - b) for a in chain.places[one] for b in chain.places[other])
    return 1 / (1 + near)


STRATEGIES: dict[str, Strategy] = {
    "same sums": same_sums,
    "direct payments": direct_payments,
    "common partners": common_partners,
    "same times": same_times,
    "side by side": side_by_side,
}


def ranks(chain: Chain, asked: list[str], candidates: list[str]) -> dict[str, str]:
    """By order of first appearance: who came as the tenth rents as the tenth."""
    firsts = sorted(asked, key=lambda account: min(chain.places[account]))
    others = sorted(candidates, key=lambda account: min(chain.places[account]))
    return {account: others[place * len(others) // len(firsts)] for place, account in enumerate(firsts)}


def guess(chain: Chain, strategy: Strategy, account: str, candidates: Iterable[str]) -> str:
    """The likeliest other account of the same person, "" where nothing speaks for any."""
    best = max(candidates, key=lambda other: strategy(chain, account, other), default="")
    return best if best and strategy(chain, account, best) > 0 else ""
