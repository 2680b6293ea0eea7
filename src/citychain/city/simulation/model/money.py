"""Deposits of the banks, court orders about them, and clearing between the banks. Amounts are fen."""

from dataclasses import dataclass, field

from .institutions import Institutions
from .rules import refuse_if

MAX_AMOUNT = 2**63 - 1
MAX_HOLDS, MAX_HOLD_TIME, WITHDRAWAL_TIME = 16, 366 * 86_400, 3 * 86_400


@dataclass
class Account:
    balance: int = 0
    locked: int = 0
    open: bool = True
    holds: list[int] = field(default_factory=list)


@dataclass
class Hold:
    amount: int
    expiry: int
    court: int
    account: str


@dataclass
class Withdrawal:
    holder: str
    amount: int
    deadline: int


@dataclass
class Bank:
    """One bank's contract. Every function takes the sender first; `parties.time` is the block's."""

    number: int
    parties: Institutions
    accounts: dict[str, Account] = field(default_factory=dict)
    holds: dict[int, Hold] = field(default_factory=dict)
    withdrawals: dict[int, Withdrawal] = field(default_factory=dict)
    #: ("mint", ref), ("withdrawal", holder, ref) and ("reverse", case, from, ref) that are used up.
    used: set[tuple[str, ...]] = field(default_factory=set)
    last_hold: int = 0
    last_withdrawal: int = 0

    # --- what is ----------------------------------------------------------------------------------------------------

    def balance(self, account: str) -> int:
        return self.accounts[account].balance if account in self.accounts else 0

    def supply(self) -> int:
        return sum(account.balance for account in self.accounts.values())

    def held(self, account: str, before: int | None = None) -> int:
        orders = [number for number in self.accounts[account].holds if before is None or number < before]
        return sum(self.holds[n].amount for n in orders if self.parties.time < self.holds[n].expiry)

    def available(self, account: str) -> int:
        found = self.accounts[account]
        return max(0, found.balance - self.held(account) - found.locked)

    def _is_open(self, account: str) -> bool:
        return account in self.accounts and self.accounts[account].open

    def _require_open(self, account: str) -> None:
        refuse_if(not self._is_open(account), "AccountNotOpen")

    def _require_bank(self, sender: str, scope: str) -> None:
        institution = self.parties.require_acting(sender, "bank", scope)
        refuse_if(institution != self.parties.duty_holder(self.number), "NotThisBank")

    def _use(self, *key: str) -> None:
        refuse_if(key in self.used, "ReferenceUsed")
        self.used.add(key)

    # --- moving -----------------------------------------------------------------------------------------------------

    def move(self, sender: str, to: str, amount: int) -> None:
        self._require_open(sender)
        refuse_if(amount > self.available(sender), "InsufficientAvailable")
        self._require_open(to)
        self.accounts[sender].balance -= amount
        self.accounts[to].balance += amount

    def issue(self, to: str, amount: int) -> None:
        require_amount(amount)
        self._require_open(to)
        self.accounts[to].balance += amount
        refuse_if(self.supply() > MAX_AMOUNT, "AmountTooLarge")

    def burn(self, account: str, amount: int) -> None:
        require_amount(amount)
        self._require_open(account)
        refuse_if(amount > self.available(account), "InsufficientAvailable")
        self.accounts[account].balance -= amount

    def transfer(self, sender: str, to: str, amount: int) -> None:
        refuse_if(amount > MAX_AMOUNT, "AmountTooLarge")
        self.move(sender, to, amount)

    def transfer_with_reference(self, sender: str, to: str, amount: int, ref: str) -> None:
        self.transfer(sender, to, amount)

    def mint(self, sender: str, to: str, amount: int, ref: str) -> None:
        self._require_bank(sender, "mint")
        require_amount(amount)
        self._use("mint", ref)
        self.issue(to, amount)

    def open_account(self, sender: str, holder: str) -> None:
        self._require_bank(sender, "accounts")
        refuse_if(self._is_open(holder), "AccountAlreadyOpen")
        self.accounts[holder] = Account()

    def close_account(self, sender: str, holder: str) -> None:
        self._require_bank(sender, "accounts")
        self._require_open(holder)
        account = self.accounts[holder]
        refuse_if(account.balance, "AccountNotEmpty")
        refuse_if(account.locked, "WithdrawalWaits")
        refuse_if(self.held(holder), "AccountHeld")
        self.accounts[holder] = Account(open=False)

    # --- withdrawals ------------------------------------------------------------------------------------------------

    def request_withdrawal(self, sender: str, amount: int, ref: str) -> None:
        require_amount(amount)
        self._require_open(sender)
        refuse_if(("withdrawal", sender, ref) in self.used, "ReferenceUsed")
        refuse_if(amount > self.available(sender), "InsufficientAvailable")
        self._use("withdrawal", sender, ref)
        self.last_withdrawal += 1
        self.withdrawals[self.last_withdrawal] = Withdrawal(sender, amount, self.parties.time + WITHDRAWAL_TIME)
        self.accounts[sender].locked += amount

    def settle_withdrawal(self, sender: str, number: int) -> None:
        self._require_bank(sender, "burn")
        waiting = self._end(number)
        free = max(0, self.balance(waiting.holder) - self.held(waiting.holder))
        refuse_if(waiting.amount > free, "InsufficientAvailable")
        self.accounts[waiting.holder].balance -= waiting.amount

    def refuse_withdrawal(self, sender: str, number: int, reason: str) -> None:
        self._require_bank(sender, "burn")
        self._end(number)

    def cancel_withdrawal(self, sender: str, number: int) -> None:
        refuse_if(number not in self.withdrawals, "WithdrawalNotWaiting")
        refuse_if(self.withdrawals[number].holder != sender, "NotWithdrawalHolder")
        refuse_if(self.parties.time < self.withdrawals[number].deadline, "WithdrawalNotDue")
        self._end(number)

    def _end(self, number: int) -> Withdrawal:
        refuse_if(number not in self.withdrawals, "WithdrawalNotWaiting")
        waiting = self.withdrawals.pop(number)
        self.accounts[waiting.holder].locked -= waiting.amount
        return waiting

    # --- court orders -----------------------------------------------------------------------------------------------

    def hold(self, sender: str, case: str, account: str, amount: int, expiry: int) -> None:
        court = self.parties.require_acting(sender, "court", "order")
        require_amount(amount)
        self._require_open(account)
        self._require_expiry(expiry)
        self._prune(account)
        refuse_if(len(self.accounts[account].holds) == MAX_HOLDS, "TooManyHolds")
        self.last_hold += 1
        self.holds[self.last_hold] = Hold(amount, expiry, court, account)
        self.accounts[account].holds.append(self.last_hold)

    def extend_hold(self, sender: str, number: int, expiry: int) -> None:
        order = self._own_hold(sender, number)
        self._require_expiry(expiry)
        refuse_if(expiry <= order.expiry, "ExpiryInvalid")
        order.expiry = expiry

    def release_hold(self, sender: str, number: int) -> None:
        self._remove_hold(number, self._own_hold(sender, number))

    def redirect(self, sender: str, number: int, to: str, amount: int) -> None:
        order = self._own_hold(sender, number)
        require_amount(amount)
        self._require_open(to)
        refuse_if(amount > order.amount, "RedirectExceedsHold")
        payable = max(0, self.balance(order.account) - self.held(order.account, before=number))
        refuse_if(amount > payable, "InsufficientAvailable")
        order.amount -= amount
        if order.amount == 0:
            self._remove_hold(number, order)
        self.accounts[order.account].balance -= amount
        self.accounts[to].balance += amount

    def reverse(self, sender: str, case: str, payer: str, to: str, amount: int, ref: str) -> None:
        self.parties.require_acting(sender, "court", "order")
        require_amount(amount)
        self._require_open(payer)
        self._require_open(to)
        refuse_if(("reverse", case, payer, ref) in self.used, "AlreadyReversed")
        self._use("reverse", case, payer, ref)
        self.move(payer, to, amount)

    def _require_expiry(self, expiry: int) -> None:
        now = self.parties.time
        refuse_if(not now < expiry <= now + MAX_HOLD_TIME, "ExpiryInvalid")

    def _own_hold(self, sender: str, number: int) -> Hold:
        institution = self.parties.require_acting(sender, "court", "order")
        order = self.holds.get(number)
        if order is None or self.parties.time >= order.expiry:
            refuse_if(True, "HoldNotInForce")
        assert order is not None
        refuse_if(institution != self.parties.duty_holder(order.court), "NotThisCourt")
        return order

    def _remove_hold(self, number: int, order: Hold) -> None:
        order.expiry = 0
        self._prune(order.account)

    def _prune(self, account: str) -> None:
        holds = self.accounts[account].holds
        for number in [n for n in holds if self.parties.time >= self.holds[n].expiry]:
            holds.remove(number)
            del self.holds[number]


@dataclass
class Clearing:
    """Payments between banks and what the banks owe each other; `limits` and `positions` by (creditor, debtor)."""

    parties: Institutions
    banks: dict[int, Bank]
    limits: dict[tuple[int, int], int] = field(default_factory=dict)
    debts: dict[tuple[int, int], int] = field(default_factory=dict)
    proposed: dict[tuple[int, int, str], int] = field(default_factory=dict)
    settled: set[tuple[int, int, str]] = field(default_factory=set)

    def debt(self, debtor: int, creditor: int) -> int:
        """Net; negative where the creditor owes."""
        return self.debts.get((debtor, creditor), 0) - self.debts.get((creditor, debtor), 0)

    def pay(self, sender: str, debtor: int, creditor: int, to: str, amount: int, ref: str) -> None:
        require_amount(amount)
        refuse_if(debtor == creditor, "SameDeposits")
        for bank in (debtor, creditor):
            refuse_if(not self.parties.is_active(self.parties.duty_holder(bank)), "NotActive")
        self._owe(debtor, creditor, amount)
        refuse_if(self.debt(debtor, creditor) > self.limits.get((creditor, debtor), 0), "LimitExceeded")
        self.banks[debtor].burn(sender, amount)
        self.banks[creditor].issue(to, amount)

    def set_limit(self, sender: str, creditor: int, debtor: int, limit: int) -> None:
        self._require_pair(debtor, creditor)
        self._require_acting_for(sender, creditor)
        refuse_if(limit > MAX_AMOUNT, "AmountTooLarge")
        self.limits[creditor, debtor] = limit

    def propose_settlement(self, sender: str, debtor: int, creditor: int, amount: int, ref: str) -> None:
        self._require_pair(debtor, creditor)
        self._require_acting_for(sender, debtor)
        require_amount(amount)
        refuse_if((debtor, creditor, ref) in self.settled, "ReferenceUsed")
        self.proposed[debtor, creditor, ref] = amount

    def confirm_settlement(self, sender: str, debtor: int, creditor: int, amount: int, ref: str) -> None:
        self._require_acting_for(sender, creditor)
        require_amount(amount)
        refuse_if(self.proposed.get((debtor, creditor, ref), 0) != amount, "SettlementNotProposed")
        del self.proposed[debtor, creditor, ref]
        self.settled.add((debtor, creditor, ref))
        self._owe(debtor, creditor, -amount)
        refuse_if(-self.debt(debtor, creditor) > MAX_AMOUNT, "AmountTooLarge")

    def drop_settlement(self, sender: str, debtor: int, creditor: int, ref: str) -> None:
        institution = self.parties.require_acting(sender, "bank", "clearing")
        either = {self.parties.duty_holder(debtor), self.parties.duty_holder(creditor)}
        refuse_if(institution not in either, "NotThisBank")
        refuse_if((debtor, creditor, ref) not in self.proposed, "SettlementNotProposed")
        del self.proposed[debtor, creditor, ref]

    def _owe(self, debtor: int, creditor: int, amount: int) -> None:
        self.debts[debtor, creditor] = self.debts.get((debtor, creditor), 0) + amount

    def _require_pair(self, debtor: int, creditor: int) -> None:
        refuse_if(debtor == creditor, "SameBank")
        for bank in (debtor, creditor):
            record = self.parties.records.get(bank)
            refuse_if(record is None or record.kind != "bank", "WrongKind")

    def _require_acting_for(self, sender: str, bank: int) -> None:
        institution = self.parties.require_acting(sender, "bank", "clearing")
        refuse_if(institution != self.parties.duty_holder(bank), "NotThisBank")


def require_amount(amount: int) -> None:
    refuse_if(amount == 0, "AmountZero")
    refuse_if(amount > MAX_AMOUNT, "AmountTooLarge")
