"""Registration and transfer of titles, mortgages, and what courts order about titles."""

from typing import Any

from citychain.chain.abi import Function
from citychain.chain.hashing import keccak
from citychain.city.simulation.actors import BANKS, COURT, HOMES, OTHER_COURT, REGISTRAR
from citychain.city.simulation.model.city import Rule
from citychain.city.simulation.model.titles import WHOLE, Owner
from citychain.renting.bindings import Titles

from .dice import Asked, Dice

TOWN = 130_000_001
#: Signer, the model's method, the call, the method's arguments.
Part = tuple[str, str, Function[Any], tuple[Any, ...]]


class Homes:
    """Everything about titles. A transfer is begun, consented to and completed in draws that follow one another now
    and then, so that some come to their end."""

    def __init__(self, dice: Dice) -> None:
        self._dice = dice
        self._titles, self._transfers, self._encumbrances = len(HOMES), 1, 1
        #: Title, number and new owners of transfers that were opened.
        self._opened: list[tuple[int, int, list[Owner]]] = []

    def title(self) -> Asked:
        chance = self._dice.chance
        draws = (
            self._register,
            self._transfer,
            self._transfer,
            self._proceed,
            self._proceed,
            self._burden,
            self._order,
        )
        signer, method, call, arguments = draws[chance.randrange(len(draws))]()
        return Asked(signer, "Titles", call, Rule("titles", method, arguments))

    # --- helpers ----------------------------------------------------------------------------------------------------

    def _number(self) -> int:
        return self._dice.chance.randrange(1, self._titles + 1)

    def _encumbrance(self) -> int:
        return self._dice.chance.randrange(1, self._encumbrances + 1)

    def _owners(self) -> list[Owner]:
        """One, two or no owners; mostly such as add up."""
        people = self._dice.chance.sample(self._dice.people(), 2)
        shares = self._dice.one_of(((WHOLE,), (WHOLE,), (4_000, 6_000), (WHOLE, 1), ()))
        return [
            (account, share, self._dice.chance.randrange(4) > 0) for account, share in zip(people, shares, strict=False)
        ]

    def _deed(self) -> str:
        return "0x" + keccak(b"deed" + self._dice.ref().encode()).hex()

    # --- acts -------------------------------------------------------------------------------------------------------

    def _register(self) -> Part:
        registrar, what = self._dice.officer(REGISTRAR), self._dice.chance.randrange(5)
        number, deed, reason = self._number(), self._deed(), self._dice.ref()
        if what < 3:
            owners = self._owners()
            self._titles += 1
            call: Function[Any] = Titles.register(TOWN, deed, _structs(owners))
            return registrar, "register", call, (TOWN, deed, owners)
        if what == 3:
            town = self._dice.one_of((TOWN, 7))
            return registrar, "correct", Titles.correct(number, deed, town, reason), (number, deed, town, reason)
        call = Titles.reverseRegistration(number, reason)
        return registrar, "reverse_registration", call, (number, reason)

    def _transfer(self) -> Part:
        number, owners, deed, deadline = self._number(), self._owners(), self._deed(), self._dice.time()
        self._opened.append((number, self._transfers, owners))
        self._transfers += 1
        call = Titles.openTransfer(number, _structs(owners), deed, deadline)
        return self._dice.officer(REGISTRAR), "open_transfer", call, (number, owners, deed, deadline)

    def _proceed(self) -> Part:
        if not self._opened:
            return self._transfer()
        number, _guess, owners = self._opened[-1] if self._dice.chance.randrange(4) else self._dice.one_of(self._opened)
        transfer, what = self._dice.chance.randrange(1, self._transfers + 1), self._dice.chance.randrange(8)
        party = self._dice.one_of([*(owner[0] for owner in owners), *self._dice.people()])
        if what < 4:
            return party, "consent_to_transfer", Titles.consentToTransfer(number, transfer), (number, transfer)
        if what == 4:
            encumbrance = self._encumbrance()
            call: Function[Any] = Titles.consentAsMortgagee(number, transfer, encumbrance)
            banker = self._dice.officer(self._dice.one_of(BANKS))
            return banker, "consent_as_mortgagee", call, (number, transfer, encumbrance)
        if what == 5:
            return party, "cancel_transfer", Titles.cancelTransfer(number, transfer), (number, transfer)
        call = Titles.completeTransfer(number, transfer)
        return self._dice.officer(REGISTRAR), "complete_transfer", call, (number, transfer)

    def _burden(self) -> Part:
        number, bank, ref, end = self._number(), self._dice.one_of(BANKS), self._dice.ref(), self._dice.time()
        what = self._dice.chance.randrange(3)
        if what < 2:
            start = int(self._dice.now())
            self._encumbrances += 1
            call: Function[Any] = Titles.recordMortgage(number, bank, ref, start, end)
            return self._dice.officer(REGISTRAR), "record_mortgage", call, (number, bank, ref, start, end)
        encumbrance = self._encumbrance()
        return self._dice.officer(bank), "release_mortgage", Titles.releaseMortgage(encumbrance), (encumbrance,)

    def _order(self) -> Part:
        court = self._dice.officer(self._dice.one_of((COURT, COURT, OTHER_COURT)))
        number, case, end, encumbrance = self._number(), self._dice.ref(), self._dice.time(), self._encumbrance()
        what = self._dice.chance.randrange(6)
        if what < 2:
            self._encumbrances += 1
            return court, "seize", Titles.seize(number, case, end), (number, case, end)
        if what == 2:
            return court, "extend_seizure", Titles.extendSeizure(encumbrance, end), (encumbrance, end)
        if what == 3:
            return court, "release_seizure", Titles.releaseSeizure(encumbrance), (encumbrance,)
        if what == 4:
            call: Function[Any] = Titles.orderMortgageRelease(encumbrance, case)
            return court, "order_mortgage_release", call, (encumbrance, case)
        owners, deed = self._owners(), self._deed()
        call = Titles.orderOwnership(number, case, _structs(owners), deed)
        return court, "order_ownership", call, (number, case, owners, deed)


def _structs(owners: list[Owner]) -> list[Titles.Owner]:
    return [Titles.Owner(*owner) for owner in owners]
