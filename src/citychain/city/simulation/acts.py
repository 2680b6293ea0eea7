"""Random requests of all use cases: mostly sensible ones, and some that somebody has no right to."""

import random
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

from citychain.chain.abi import Function, bytes32
from citychain.chain.hashing import keccak
from citychain.identity.bindings import Institutions
from citychain.money.bindings import Clearing, Deposits

from .actors import (
    BANK,
    BANKS,
    COURT,
    EMPLOYER,
    FOREVER,
    KINDS,
    OFFICERS,
    OTHER_COURT,
    REGISTRAR,
    RESIDENTS,
    STRANGERS,
    SUPERVISOR,
    key,
)
from .model.city import Rule

Chosen = TypeVar("Chosen")

#: One request in so many is signed by somebody at random.
STRANGE = 12
DAY = 86_400
SCOPES = ("*", "keys", "mint", "burn", "accounts", "clearing", "order", "titles", "accredit")


class Act(NamedTuple):
    """A request to be: `signer` is the name of a key in Actors, `contract` the address book's key of the target."""

    signer: str
    contract: str
    function: Function[Any]
    rule: Rule
    #: Seconds until its deadline.
    seconds: int


class Acts:
    """Draws requests. It knows how many things were asked for, not what became of them: ids may not exist yet."""

    def __init__(
        self, chance: random.Random, addresses: dict[str, str], council: str, now: Callable[[], float]
    ) -> None:
        self._chance = chance
        self._addresses = addresses
        self._council = council
        self._now = now
        self._count = 0
        self._withdrawals = dict.fromkeys(BANKS, 1)
        self._holds = dict.fromkeys(BANKS, 1)
        self._settlements: list[tuple[int, int, int, str]] = []
        self._institutions = list(KINDS)
        self._keys = {officer.address: number for number, officer in OFFICERS.items()}
        #: Every key that may sign a request, by its address.
        self.keys = {key.address: key for key in (*RESIDENTS, *STRANGERS, *OFFICERS.values())}

    def draw(self) -> Act:
        """The next request."""
        self._count += 1
        kinds: list[tuple[int, Callable[[], tuple[str, str, Function[Any], Rule]]]] = [
            (30, self._pay),
            (8, self._mint),
            (5, self._account),
            (12, self._withdraw),
            (14, self._court),
            (12, self._clear),
            (14, self._institution),
        ]
        weights = [weight for weight, _draw in kinds]
        signer, contract, function, rule = self._chance.choices(kinds, weights)[0][1]()
        if self._chance.randrange(STRANGE) == 0:
            signer = self._one_of([*self._people(), *self._officers()])
        seconds = self._chance.choice((60, 300, 900, 900, 3_000, 3_000))
        return Act(signer, contract, function, rule, seconds)

    # --- helpers ----------------------------------------------------------------------------------------------------

    def _one_of(self, things: Sequence[Chosen]) -> Chosen:
        return self._chance.choice(things)

    def _people(self) -> list[str]:
        return [resident.address for resident in RESIDENTS]

    def _officers(self) -> list[str]:
        return [officer.address for officer in OFFICERS.values()]

    def _anybody(self) -> str:
        return self._one_of([*self._people() * 4, *(stranger.address for stranger in STRANGERS)])

    def _new_key(self) -> str:
        made = key(f"key {self._count}")
        self.keys[made.address] = made
        return made.address

    def _amount(self) -> int:
        return self._one_of((0, 1, 99, 1_000, 10_000, 60_000, 2**63, self._chance.randrange(1, 20_000)))

    def _ref(self) -> str:
        """Mostly a new one, now and then one used before."""
        number = self._count if self._chance.randrange(5) else self._chance.randrange(1, self._count + 1)
        return "0x" + keccak(b"ref %d" % number).hex()

    def _time(self) -> int:
        """Some time from ten minutes to ten days from now, at times the past."""
        return int(self._now()) + self._one_of((-60, 600, 3_600, DAY, 10 * DAY))

    def _deposits(self, bank: int) -> str:
        return f"Deposits:{bank}"

    # --- money ------------------------------------------------------------------------------------------------------

    def _pay(self) -> tuple[str, str, Function[Any], Rule]:
        bank, to, amount = self._one_of(BANKS), self._anybody(), self._amount()
        payer = self._one_of(self._people())
        if self._chance.randrange(2):
            ref = self._ref()
            call: Function[Any] = Deposits.transferWithReference(to=to, amount=amount, ref=ref)
            return (
                payer,
                self._deposits(bank),
                call,
                Rule(f"deposits:{bank}", "transfer_with_reference", (to, amount, ref)),
            )
        rule = Rule(f"deposits:{bank}", "transfer", (to, amount))
        return payer, self._deposits(bank), Deposits.transfer(to=to, value=amount), rule

    def _mint(self) -> tuple[str, str, Function[Any], Rule]:
        bank, to, amount, ref = self._one_of(BANKS), self._anybody(), self._amount(), self._ref()
        call = Deposits.mint(to=to, amount=amount, ref=ref)
        return self._officer(bank), self._deposits(bank), call, Rule(f"deposits:{bank}", "mint", (to, amount, ref))

    def _officer(self, institution: int) -> str:
        """Mostly its first key, at times one that was added for it."""
        keys = [account for account, number in self._keys.items() if number == institution]
        return keys[0] if keys and self._chance.randrange(3) else self._one_of(keys or self._officers())

    def _account(self) -> tuple[str, str, Function[Any], Rule]:
        bank, holder = self._one_of(BANKS), self._anybody()
        if self._chance.randrange(3):
            call: Function[Any] = Deposits.openAccount(holder=holder, custodian=False)
            rule = Rule(f"deposits:{bank}", "open_account", (holder,))
        else:
            call, rule = Deposits.closeAccount(holder=holder), Rule(f"deposits:{bank}", "close_account", (holder,))
        return self._officer(bank), self._deposits(bank), call, rule

    def _withdraw(self) -> tuple[str, str, Function[Any], Rule]:
        bank = self._one_of(BANKS)
        part, contract = f"deposits:{bank}", self._deposits(bank)
        number = self._chance.randrange(1, self._withdrawals[bank] + 1)
        what = self._chance.randrange(5)
        if what < 2:
            amount, ref = self._amount(), self._ref()
            self._withdrawals[bank] += 1
            call: Function[Any] = Deposits.requestWithdrawal(amount=amount, ref=ref)
            return self._one_of(self._people()), contract, call, Rule(part, "request_withdrawal", (amount, ref))
        if what == 2:
            call = Deposits.settleWithdrawal(withdrawalId=number)
            return self._officer(bank), contract, call, Rule(part, "settle_withdrawal", (number,))
        if what == 3:
            reason = self._ref()
            call = Deposits.refuseWithdrawal(withdrawalId=number, reason=reason)
            return self._officer(bank), contract, call, Rule(part, "refuse_withdrawal", (number, reason))
        call = Deposits.cancelWithdrawal(withdrawalId=number)
        return self._one_of(self._people()), contract, call, Rule(part, "cancel_withdrawal", (number,))

    def _court(self) -> tuple[str, str, Function[Any], Rule]:
        bank, court = self._one_of(BANKS), self._officer(self._one_of((COURT, COURT, OTHER_COURT)))
        part, contract = f"deposits:{bank}", self._deposits(bank)
        number = self._chance.randrange(1, self._holds[bank] + 1)
        what, case, account, amount = self._chance.randrange(7), self._ref(), self._anybody(), self._amount()
        if what < 3:
            expiry = self._time()
            self._holds[bank] += 1
            call: Function[Any] = Deposits.hold(caseNumber=case, account=account, amount=amount, expiry=expiry)
            return court, contract, call, Rule(part, "hold", (case, account, amount, expiry))
        if what == 3:
            expiry = self._time()
            call = Deposits.extendHold(orderId=number, expiry=expiry)
            return court, contract, call, Rule(part, "extend_hold", (number, expiry))
        if what == 4:
            call = Deposits.releaseHold(orderId=number)
            return court, contract, call, Rule(part, "release_hold", (number,))
        if what == 5:
            call = Deposits.redirect(orderId=number, to=account, amount=amount)
            return court, contract, call, Rule(part, "redirect", (number, account, amount))
        payer, ref = self._anybody(), self._ref()
        call = Deposits.reverse(caseNumber=case, from_=payer, to=account, amount=amount, originalReference=ref)
        return court, contract, call, Rule(part, "reverse", (case, payer, account, amount, ref))

    def _clear(self) -> tuple[str, str, Function[Any], Rule]:
        debtor, creditor = self._one_of((BANKS, BANKS, BANKS[::-1], (BANK, BANK)))
        what, amount, ref = self._chance.randrange(8), self._amount(), self._ref()
        if what < 4:
            to = self._anybody()
            call: Function[Any] = Clearing.pay(
                fromDeposits=self._addresses[self._deposits(debtor)],
                toDeposits=self._addresses[self._deposits(creditor)],
                to=to,
                amount=amount,
                ref=ref,
            )
            rule = Rule("clearing", "pay", (debtor, creditor, to, amount, ref))
            return self._one_of(self._people()), "Clearing", call, rule
        if what == 4:
            limit = self._one_of((0, 50_000, 150_000, 2**63))
            call = Clearing.setLimit(creditor=creditor, debtor=debtor, limit=limit)
            return self._officer(creditor), "Clearing", call, Rule("clearing", "set_limit", (creditor, debtor, limit))
        if what == 5 or not self._settlements:
            self._settlements.append((debtor, creditor, amount, ref))
            call = Clearing.proposeSettlement(debtor=debtor, creditor=creditor, amount=amount, ref=ref)
            rule = Rule("clearing", "propose_settlement", (debtor, creditor, amount, ref))
            return self._officer(debtor), "Clearing", call, rule
        debtor, creditor, amount, ref = self._one_of(self._settlements)
        if what == 6:
            call = Clearing.confirmSettlement(debtor=debtor, creditor=creditor, amount=amount, ref=ref)
            rule = Rule("clearing", "confirm_settlement", (debtor, creditor, amount, ref))
            return self._officer(creditor), "Clearing", call, rule
        call = Clearing.dropSettlement(debtor=debtor, creditor=creditor, ref=ref)
        return self._officer(creditor), "Clearing", call, Rule("clearing", "drop_settlement", (debtor, creditor, ref))

    # --- institutions -----------------------------------------------------------------------------------------------

    def _above(self, institution: int) -> str:
        """Who may have accredited it."""
        return self._one_of((self._council, self._council, OFFICERS[SUPERVISOR].address))

    def _institution(self) -> tuple[str, str, Function[Any], Rule]:
        number = self._one_of([*self._institutions, *self._institutions[-3:]])
        draw = self._one_of((self._accredit, self._decide, self._decide, self._key_of, self._key_of, self._succeed))
        signer, call, rule = draw(number)
        return signer, "Institutions", call, rule

    def _accredit(self, number: int) -> tuple[str, Function[Any], Rule]:
        kind = self._one_of(("bank", "employer", "court", "contractor", "council", "nothing"))
        first, until = self._new_key(), self._one_of((FOREVER, FOREVER, self._time()))
        self._institutions.append(len(self._institutions) + 1)
        self._keys[first] = self._institutions[-1]
        name = f"{kind} {self._count}"
        call = Institutions.accredit(bytes32(kind), name, "", int(self._now()) - 60, until, first)
        rule = Rule("institutions", "accredit", (kind, name, call.validFrom, until, first))
        return self._above(0), call, rule

    def _decide(self, number: int) -> tuple[str, Function[Any], Rule]:
        what, reason = self._chance.randrange(7), self._ref()
        above = self._above(number)
        if number in (REGISTRAR, *BANKS) and what in (0, 1) and self._chance.randrange(2):
            what = 2  # they are needed: less often suspended than reinstated
        if what == 0:
            return above, Institutions.suspend(number, reason), Rule("institutions", "suspend", (number, reason))
        if what == 1 and number >= EMPLOYER:
            return above, Institutions.revoke(number, reason), Rule("institutions", "revoke", (number, reason))
        if what in (1, 2, 3):
            return above, Institutions.reinstate(number, reason), Rule("institutions", "reinstate", (number, reason))
        if what in (4, 5):
            until = self._one_of((FOREVER, FOREVER, self._time()))
            return above, Institutions.renew(number, until), Rule("institutions", "renew", (number, until))
        name = f"described {self._count}"
        return above, Institutions.describe(number, name, ""), Rule("institutions", "describe", (number, name))

    def _key_of(self, number: int) -> tuple[str, Function[Any], Rule]:
        signer = self._one_of((self._officer(number), self._officer(number), self._above(number)))
        what, new = self._chance.randrange(5), self._new_key()
        scopes = self._chance.sample(SCOPES, self._chance.randrange(0, 4))
        packed = [bytes32(scope) for scope in scopes]
        old = self._one_of([a for a, n in self._keys.items() if n == number] or self._officers())
        if what < 2:
            self._keys[new] = number
            call: Function[Any] = Institutions.addKey(number, new, packed)
            return signer, call, Rule("institutions", "add_key", (number, new, scopes))
        if what == 2:
            call = Institutions.changeScopes(number, old, packed)
            return signer, call, Rule("institutions", "change_scopes", (number, old, scopes))
        if what == 3:
            self._keys[new] = number
            return (
                signer,
                Institutions.rotateKey(number, old, new),
                Rule("institutions", "rotate_key", (number, old, new)),
            )
        return signer, Institutions.removeKey(number, old), Rule("institutions", "remove_key", (number, old))

    def _succeed(self, number: int) -> tuple[str, Function[Any], Rule]:
        to = self._one_of(self._institutions)
        what = self._chance.randrange(5)
        if what < 2:
            signer = self._one_of((self._officer(number), self._above(number)))
            call: Function[Any] = Institutions.offerSuccession(number, to)
            return signer, call, Rule("institutions", "offer_succession", (number, to))
        if what < 4:
            call = Institutions.acceptSuccession(number)
            return self._officer(to), call, Rule("institutions", "accept_succession", (number,))
        call = Institutions.withdrawSuccession(number)
        return self._officer(number), call, Rule("institutions", "withdraw_succession", (number,))
