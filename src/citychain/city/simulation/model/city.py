"""The whole city as the model has it."""

import copy
from typing import Any, NamedTuple

from .institutions import COUNCIL, EVERY, Institution, Institutions, Keyholder
from .money import Account, Bank, Clearing
from .rules import Refused
from .titles import Titles


class Rule(NamedTuple):
    """What a request asks of the model: the part ("institutions", "clearing", "deposits:6"), its method, arguments."""

    part: str
    method: str
    arguments: tuple[Any, ...]


class City:
    """`parts` are the contracts by name."""

    def __init__(self, kinds: dict[str, list[str]], council: str) -> None:
        self.institutions = Institutions(kinds)
        self.institutions.records[COUNCIL] = Institution("council", 0, 0, 2**48 - 1, "council")
        self.institutions.keys[council] = Keyholder(COUNCIL, {EVERY})
        self.banks: dict[int, Bank] = {}
        self.clearing = Clearing(self.institutions, self.banks)
        self.titles = Titles(self.institutions)

    @property
    def parts(self) -> dict[str, Any]:
        banks = {f"deposits:{number}": bank for number, bank in self.banks.items()}
        return {"institutions": self.institutions, "clearing": self.clearing, "titles": self.titles, **banks}

    def accredited(self, number: int, kind: str, accreditor: int, key: str, valid_from: int) -> None:
        """An institution that stood before the first request."""
        depth = self.institutions.records[accreditor].depth + 1
        self.institutions.records[number] = Institution(kind, accreditor, valid_from, 2**48 - 1, kind, depth=depth)
        self.institutions.records[accreditor].accredits = True
        self.institutions.keys[key] = Keyholder(number, {EVERY})

    def bank(self, number: int, holders: list[str], balance: int) -> Bank:
        """A bank that stood before the first request, with what each holder had."""
        self.banks[number] = Bank(number, self.institutions, {holder: Account(balance) for holder in holders})
        return self.banks[number]

    def apply(self, rule: Rule, sender: str, time: int) -> str:
        """Carries out what `sender` asked in a block of this time. The Solidity error's name, empty when it succeeds;
        a refusal changes nothing."""
        before = copy.deepcopy(self.__dict__)
        self.institutions.time = time
        try:
            getattr(self.parts[rule.part], rule.method)(sender, *rule.arguments)
        except Refused as refusal:
            self.__dict__ = before
            return str(refusal)
        return ""
