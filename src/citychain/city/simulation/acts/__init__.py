"""Random requests of all use cases: mostly sensible ones, and some that somebody has no right to."""

import random
from collections.abc import Callable
from typing import Any, NamedTuple

from citychain.chain.abi import Function
from citychain.city.simulation.model.city import Rule

from .dice import Asked, Dice
from .institutions import Register
from .money import Money
from .titles import Homes

#: One request in so many is signed by somebody at random.
STRANGE = 12


class Act(NamedTuple):
    """A request to be; `seconds` until its deadline. The rest as in Asked."""

    signer: str
    contract: str
    function: Function[Any]
    rule: Rule
    seconds: int


class Acts:
    """Draws requests."""

    def __init__(
        self, chance: random.Random, addresses: dict[str, str], council: str, now: Callable[[], float]
    ) -> None:
        self._dice = Dice(chance, addresses, council, now)
        #: Every key that may sign a request, by its address; grows with the draws.
        self.keys = self._dice.keys
        money = Money(self._dice)
        self._kinds: dict[Callable[[], Asked], int] = {
            money.pay: 26,
            money.mint: 7,
            money.account: 4,
            money.withdraw: 11,
            money.court: 12,
            money.clear: 11,
            Register(self._dice).institution: 11,
            Homes(self._dice).title: 30,
        }

    def draw(self) -> Act:
        """The next request."""
        self._dice.count += 1
        asked = self._dice.chance.choices(list(self._kinds), list(self._kinds.values()))[0]()
        signer = asked.signer
        if self._dice.chance.randrange(STRANGE) == 0:
            signer = self._dice.one_of([*self._dice.people(), *self._dice.officers()])
        seconds = self._dice.chance.choice((60, 300, 900, 900, 3_000, 3_000))
        return Act(signer, asked.contract, asked.function, asked.rule, seconds)
