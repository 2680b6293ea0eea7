"""Accreditation, its end, its succession, and the keys of institutions."""

from typing import Any

from citychain.chain.abi import Function, bytes32
from citychain.city.simulation.actors import BANKS, EMPLOYER, FOREVER, REGISTRAR
from citychain.city.simulation.model.city import Rule
from citychain.identity.bindings import Institutions

from .dice import Asked, Dice

#: Signer, call, and the call for the model.
Part = tuple[str, Function[Any], Rule]
SCOPES = ("*", "keys", "mint", "burn", "accounts", "clearing", "order", "titles", "mortgage", "accredit")


class Register:
    """Everything about institutions."""

    def __init__(self, dice: Dice) -> None:
        self._dice = dice

    def institution(self) -> Asked:
        number = self._dice.one_of([*self._dice.institutions, *self._dice.institutions[-3:]])
        draw = self._dice.one_of(
            (self._accredit, self._decide, self._decide, self._key_of, self._key_of, self._succeed)
        )
        signer, call, rule = draw(number)
        return Asked(signer, "Institutions", call, rule)

    def _accredit(self, number: int) -> Part:
        kind = self._dice.one_of(("bank", "employer", "court", "contractor", "council", "nothing"))
        first, until = self._dice.new_key(), self._dice.one_of((FOREVER, FOREVER, self._dice.time()))
        self._dice.institutions.append(len(self._dice.institutions) + 1)
        self._dice.keyed[first] = self._dice.institutions[-1]
        name = f"{kind} {self._dice.count}"
        call = Institutions.accredit(bytes32(kind), name, "", int(self._dice.now()) - 60, until, first)
        rule = Rule("institutions", "accredit", (kind, name, call.validFrom, until, first))
        return self._dice.above(0), call, rule

    def _decide(self, number: int) -> Part:
        what, reason = self._dice.chance.randrange(7), self._dice.ref()
        above = self._dice.above(number)
        if number in (REGISTRAR, *BANKS) and what in (0, 1) and self._dice.chance.randrange(2):
            what = 2  # they are needed: less often suspended than reinstated
        if what == 0:
            return above, Institutions.suspend(number, reason), Rule("institutions", "suspend", (number, reason))
        if what == 1 and number >= EMPLOYER:
            return above, Institutions.revoke(number, reason), Rule("institutions", "revoke", (number, reason))
        if what in (1, 2, 3):
            return above, Institutions.reinstate(number, reason), Rule("institutions", "reinstate", (number, reason))
        if what in (4, 5):
            until = self._dice.one_of((FOREVER, FOREVER, self._dice.time()))
            return above, Institutions.renew(number, until), Rule("institutions", "renew", (number, until))
        name = f"described {self._dice.count}"
        return above, Institutions.describe(number, name, ""), Rule("institutions", "describe", (number, name))

    def _key_of(self, number: int) -> Part:
        signer = self._dice.one_of((self._dice.officer(number), self._dice.officer(number), self._dice.above(number)))
        what, new = self._dice.chance.randrange(5), self._dice.new_key()
        scopes = self._dice.chance.sample(SCOPES, self._dice.chance.randrange(0, 4))
        packed = [bytes32(scope) for scope in scopes]
        old = self._dice.one_of([a for a, n in self._dice.keyed.items() if n == number] or self._dice.officers())
        if what < 2:
            self._dice.keyed[new] = number
            call: Function[Any] = Institutions.addKey(number, new, packed)
            return signer, call, Rule("institutions", "add_key", (number, new, scopes))
        if what == 2:
            call = Institutions.changeScopes(number, old, packed)
            return signer, call, Rule("institutions", "change_scopes", (number, old, scopes))
        if what == 3:
            self._dice.keyed[new] = number
            call = Institutions.rotateKey(number, old, new)
            return signer, call, Rule("institutions", "rotate_key", (number, old, new))
        return signer, Institutions.removeKey(number, old), Rule("institutions", "remove_key", (number, old))

    def _succeed(self, number: int) -> Part:
        to = self._dice.one_of(self._dice.institutions)
        what = self._dice.chance.randrange(5)
        if what < 2:
            signer = self._dice.one_of((self._dice.officer(number), self._dice.above(number)))
            call: Function[Any] = Institutions.offerSuccession(number, to)
            return signer, call, Rule("institutions", "offer_succession", (number, to))
        if what < 4:
            call = Institutions.acceptSuccession(number)
            return self._dice.officer(to), call, Rule("institutions", "accept_succession", (number,))
        call = Institutions.withdrawSuccession(number)
        return self._dice.officer(number), call, Rule("institutions", "withdraw_succession", (number,))
