"""Payments, withdrawals, court orders about money, and clearing between the banks."""

from typing import Any

from citychain.chain.abi import Function
from citychain.city.simulation.actors import BANK, BANKS, COURT, OTHER_COURT
from citychain.city.simulation.model.city import Rule
from citychain.money.bindings import Clearing, Deposits

from .dice import Asked, Dice


class Money:
    """Ids of withdrawals and holds follow from how many were asked for."""

    def __init__(self, dice: Dice) -> None:
        self._dice = dice
        self._withdrawals = dict.fromkeys(BANKS, 1)
        self._holds = dict.fromkeys(BANKS, 1)
        self._settlements: list[tuple[int, int, int, str]] = []

    def pay(self) -> Asked:
        bank, to, amount = self._dice.one_of(BANKS), self._dice.anybody(), self._dice.amount()
        payer = self._dice.one_of(self._dice.people())
        if self._dice.chance.randrange(2):
            ref = self._dice.ref()
            call: Function[Any] = Deposits.transferWithReference(to=to, amount=amount, ref=ref)
            rule = Rule(f"deposits:{bank}", "transfer_with_reference", (to, amount, ref))
            return Asked(payer, self._dice.deposits(bank), call, rule)
        rule = Rule(f"deposits:{bank}", "transfer", (to, amount))
        return Asked(payer, self._dice.deposits(bank), Deposits.transfer(to=to, value=amount), rule)

    def mint(self) -> Asked:
        bank, to, amount, ref = self._dice.one_of(BANKS), self._dice.anybody(), self._dice.amount(), self._dice.ref()
        call = Deposits.mint(to=to, amount=amount, ref=ref)
        return Asked(
            self._dice.officer(bank),
            self._dice.deposits(bank),
            call,
            Rule(f"deposits:{bank}", "mint", (to, amount, ref)),
        )

    def account(self) -> Asked:
        bank, holder = self._dice.one_of(BANKS), self._dice.anybody()
        if self._dice.chance.randrange(3):
            call: Function[Any] = Deposits.openAccount(holder=holder, custodian=False)
            rule = Rule(f"deposits:{bank}", "open_account", (holder,))
        else:
            call, rule = Deposits.closeAccount(holder=holder), Rule(f"deposits:{bank}", "close_account", (holder,))
        return Asked(self._dice.officer(bank), self._dice.deposits(bank), call, rule)

    def withdraw(self) -> Asked:
        bank = self._dice.one_of(BANKS)
        part, contract = f"deposits:{bank}", self._dice.deposits(bank)
        number = self._dice.chance.randrange(1, self._withdrawals[bank] + 1)
        what = self._dice.chance.randrange(5)
        if what < 2:
            amount, ref = self._dice.amount(), self._dice.ref()
            self._withdrawals[bank] += 1
            call: Function[Any] = Deposits.requestWithdrawal(amount=amount, ref=ref)
            return Asked(
                self._dice.one_of(self._dice.people()), contract, call, Rule(part, "request_withdrawal", (amount, ref))
            )
        if what == 2:
            call = Deposits.settleWithdrawal(withdrawalId=number)
            return Asked(self._dice.officer(bank), contract, call, Rule(part, "settle_withdrawal", (number,)))
        if what == 3:
            reason = self._dice.ref()
            call = Deposits.refuseWithdrawal(withdrawalId=number, reason=reason)
            return Asked(self._dice.officer(bank), contract, call, Rule(part, "refuse_withdrawal", (number, reason)))
        call = Deposits.cancelWithdrawal(withdrawalId=number)
        return Asked(self._dice.one_of(self._dice.people()), contract, call, Rule(part, "cancel_withdrawal", (number,)))

    def court(self) -> Asked:
        bank, court = self._dice.one_of(BANKS), self._dice.officer(self._dice.one_of((COURT, COURT, OTHER_COURT)))
        part, contract = f"deposits:{bank}", self._dice.deposits(bank)
        number = self._dice.chance.randrange(1, self._holds[bank] + 1)
        what, case, account, amount = (
            self._dice.chance.randrange(7),
            self._dice.ref(),
            self._dice.anybody(),
            self._dice.amount(),
        )
        if what < 3:
            expiry = self._dice.time()
            self._holds[bank] += 1
            call: Function[Any] = Deposits.hold(caseNumber=case, account=account, amount=amount, expiry=expiry)
            return Asked(court, contract, call, Rule(part, "hold", (case, account, amount, expiry)))
        if what == 3:
            expiry = self._dice.time()
            call = Deposits.extendHold(orderId=number, expiry=expiry)
            return Asked(court, contract, call, Rule(part, "extend_hold", (number, expiry)))
        if what == 4:
            call = Deposits.releaseHold(orderId=number)
            return Asked(court, contract, call, Rule(part, "release_hold", (number,)))
        if what == 5:
            call = Deposits.redirect(orderId=number, to=account, amount=amount)
            return Asked(court, contract, call, Rule(part, "redirect", (number, account, amount)))
        payer, ref = self._dice.anybody(), self._dice.ref()
        call = Deposits.reverse(caseNumber=case, from_=payer, to=account, amount=amount, originalReference=ref)
        return Asked(court, contract, call, Rule(part, "reverse", (case, payer, account, amount, ref)))

    def clear(self) -> Asked:
        debtor, creditor = self._dice.one_of((BANKS, BANKS, BANKS[::-1], (BANK, BANK)))
        what, amount, ref = self._dice.chance.randrange(8), self._dice.amount(), self._dice.ref()
        if what < 4:
            to = self._dice.anybody()
            call: Function[Any] = Clearing.pay(
                fromDeposits=self._dice.addresses[self._dice.deposits(debtor)],
                toDeposits=self._dice.addresses[self._dice.deposits(creditor)],
                to=to,
                amount=amount,
                ref=ref,
            )
            rule = Rule("clearing", "pay", (debtor, creditor, to, amount, ref))
            return Asked(self._dice.one_of(self._dice.people()), "Clearing", call, rule)
        if what == 4:
            limit = self._dice.one_of((0, 50_000, 150_000, 2**63))
            call = Clearing.setLimit(creditor=creditor, debtor=debtor, limit=limit)
            return Asked(
                self._dice.officer(creditor), "Clearing", call, Rule("clearing", "set_limit", (creditor, debtor, limit))
            )
        if what == 5 or not self._settlements:
            self._settlements.append((debtor, creditor, amount, ref))
            call = Clearing.proposeSettlement(debtor=debtor, creditor=creditor, amount=amount, ref=ref)
            rule = Rule("clearing", "propose_settlement", (debtor, creditor, amount, ref))
            return Asked(self._dice.officer(debtor), "Clearing", call, rule)
        debtor, creditor, amount, ref = self._dice.one_of(self._settlements)
        if what == 6:
            call = Clearing.confirmSettlement(debtor=debtor, creditor=creditor, amount=amount, ref=ref)
            rule = Rule("clearing", "confirm_settlement", (debtor, creditor, amount, ref))
            return Asked(self._dice.officer(creditor), "Clearing", call, rule)
        call = Clearing.dropSettlement(debtor=debtor, creditor=creditor, ref=ref)
        return Asked(
            self._dice.officer(creditor), "Clearing", call, Rule("clearing", "drop_settlement", (debtor, creditor, ref))
        )
