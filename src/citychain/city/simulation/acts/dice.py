"""What all random requests have in common: who may act, and what was asked for so far."""

import random
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

from citychain.chain.abi import Function
from citychain.chain.hashing import keccak
from citychain.city.simulation.actors import KINDS, OFFICERS, RESIDENTS, STRANGERS, SUPERVISOR, key
from citychain.city.simulation.model.city import Rule

Chosen = TypeVar("Chosen")
DAY = 86_400


class Asked(NamedTuple):
    """What somebody asks: the signer's address, the address book's key of the contract, the call, and the same for the
    model."""

    signer: str
    contract: str
    function: Function[Any]
    rule: Rule


class Dice:
    """Draws from one random.Random. It knows how many things were asked for, not what became of them: what it names
    may not exist yet, or any more."""

    def __init__(
        self, chance: random.Random, addresses: dict[str, str], council: str, now: Callable[[], float]
    ) -> None:
        self.chance = chance
        #: Contracts by their keys in the address book.
        self.addresses = addresses
        self.council = council
        self.now = now
        #: Requests drawn so far; begins each draw one higher.
        self.count = 0
        self.institutions = list(KINDS)
        #: The institution for which each key was meant.
        self.keyed = {officer.address: number for number, officer in OFFICERS.items()}
        #: Every key that may sign a request, by its address.
        self.keys = {key.address: key for key in (*RESIDENTS, *STRANGERS, *OFFICERS.values())}

    def one_of(self, things: Sequence[Chosen]) -> Chosen:
        return self.chance.choice(things)

    def people(self) -> list[str]:
        return [resident.address for resident in RESIDENTS]

    def officers(self) -> list[str]:
        return [officer.address for officer in OFFICERS.values()]

    def anybody(self) -> str:
        return self.one_of([*self.people() * 4, *(stranger.address for stranger in STRANGERS)])

    def new_key(self) -> str:
        made = key(f"key {self.count}")
        self.keys[made.address] = made
        return made.address

    def amount(self) -> int:
        return self.one_of((0, 1, 99, 1_000, 10_000, 60_000, 2**63, self.chance.randrange(1, 20_000)))

    def ref(self) -> str:
        """Mostly a new one, now and then one used before."""
        number = self.count if self.chance.randrange(5) else self.chance.randrange(1, self.count + 1)
        return "0x" + keccak(b"ref %d" % number).hex()

    def time(self) -> int:
        """Some time from ten minutes to ten days from now, at times the past."""
        return int(self.now()) + self.one_of((-60, 600, 3_600, DAY, 10 * DAY))

    def deposits(self, bank: int) -> str:
        """The bank's contract in the address book."""
        return f"Deposits:{bank}"

    def officer(self, institution: int) -> str:
        """Mostly its first key, at times one that was added for it."""
        keys = [account for account, number in self.keyed.items() if number == institution]
        return keys[0] if keys and self.chance.randrange(3) else self.one_of(keys or self.officers())

    def above(self, institution: int) -> str:
        """Who may have accredited it."""
        return self.one_of((self.council, self.council, OFFICERS[SUPERVISOR].address))
