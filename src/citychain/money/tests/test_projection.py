"""From a contract's call to rows: each event that money listens to."""

from typing import Any

import pytest

from citychain.chain.abi import Function, bytes32
from citychain.chain.keys import Key
from citychain.identity.tests.district import (
    BANK_ID,
    COURT,
    COURT_ID,
    OTHER_BANK,
    OTHER_BANK_ID,
    District,
    events_of,
    since,
)
from citychain.identity.tests.replay import Replay
from citychain.indexer.rows import Log
from citychain.money.bindings import Clearing, Deposits
from citychain.money.models import (
    Account,
    Bank,
    ClearingPayment,
    Hold,
    Limit,
    Payment,
    Position,
    Settlement,
    Withdrawal,
)
from citychain.money.projection import SUBSCRIPTIONS
from citychain.outbox.tests.city import BANK, CUSTOMERS, DEPLOYER, FIRST_BALANCE, key

pytestmark = pytest.mark.django_db(databases=["default", "readmodel"])
ALICE, BOB, CAROL = CUSTOMERS[:3]
DAVE = key("dave")
REF, CASE, ORIGINAL = bytes32("invoice 7"), bytes32("case 9"), bytes32("original")
DAY = 86_400
Row = dict[str, Any]
MODELS = [Bank, Account, Payment, ClearingPayment, Hold, Withdrawal, Position, Limit, Settlement]
NOTHING_FOLLOWS = "0x" + "00" * 20
#: Events that make no row, and why.
IGNORED = {
    "Deposits.Approval": "moves no money: what an approved account then takes is a Transfer",
    "Deposits.AuthorityUpdated": "a contract's authority is checked against the address book at every start",
    "Deposits.EIP712DomainChanged": "never emitted: name and version of a permit's domain don't change",
    "Clearing.AuthorityUpdated": "a contract's authority is checked against the address book at every start",
    "Clearing.BankRegistered": "a bank is known by its own DepositsCreated",
    "Clearing.ClearingCreated": "says nothing but the address of Institutions",
    "Clearing.Retired": "everything stands as it is; what follows comes with a new address book",
}


def do(district: District, by: Key, call: Function[Any]) -> Log:
    """At the first bank, or in clearing."""
    return district.done(by, district.clearing if call.contract == "Clearing" else district.deposits, call)


def payment(
    district: District, log: Log, sender: Key | None, recipient: Key | None, amount: int, **changes: Any
) -> Any:
    return {
        "id": log.id, "bank": district.deposits, "sender": sender.address if sender else "",
        "recipient": recipient.address if recipient else "", "amount": amount, "kind": "payment", "ref": "",
        "time": log.time, "block": log.block, "tx": log.tx, **changes,
    }  # fmt: skip


def account(district: District, holder: Key, **changes: Any) -> Row:
    """A customer's account at the first bank as it is at the beginning, but for `changes`."""
    row = {
        "id": f"{district.deposits}:{holder.address}", "bank": district.deposits, "holder": holder.address,
        "balance": FIRST_BALANCE, "locked": 0, "custodian": False, "open": True,
    }  # fmt: skip
    return {**row, **changes}


def accounts(district: District, *holders: Key) -> list[dict[str, Any]]:
    found = Account.objects.filter(bank=district.deposits)
    return [dict(found.filter(holder=holder.address).values().get()) for holder in holders]


def supply(district: District) -> int:
    found: int = Bank.objects.get(address=district.deposits).supply
    return found


FIRST_SUPPLY = FIRST_BALANCE * 21


# --- banks and accounts ----------------------------------------------------------------------------------------------


def test_banks_begin_with_what_they_owe_and_to_how_many(district: District) -> None:
    district.read()
    assert list(Bank.objects.order_by("institution").values()) == [
        {
            "address": district.deposits, "institution": BANK_ID, "name": "Bank", "symbol": "B",
            "supply": FIRST_SUPPLY, "accounts": 21, "retired": False,
        },
        {
            "address": district.other_deposits, "institution": OTHER_BANK_ID, "name": "Other Bank", "symbol": "O",
            "supply": 0, "accounts": 10, "retired": False,
        },
    ]  # fmt: skip


def test_retired_deposits_say_so(district: District) -> None:
    district.done(DEPLOYER, district.other_deposits, Deposits.retire(NOTHING_FOLLOWS))
    district.read()
    assert dict(Bank.objects.values_list("institution", "retired")) == {BANK_ID: False, OTHER_BANK_ID: True}


def test_account_is_opened_closed_and_opened_again(district: District) -> None:
    do(district, BANK, Deposits.openAccount(DAVE.address, False))
    district.read()
    assert accounts(district, DAVE) == [account(district, DAVE, balance=0)]
    assert Bank.objects.get(institution=BANK_ID).accounts == 22
    do(district, BANK, Deposits.closeAccount(DAVE.address))
    district.read()
    assert accounts(district, DAVE) == [account(district, DAVE, balance=0, open=False)]
    assert Bank.objects.get(institution=BANK_ID).accounts == 21
    do(district, BANK, Deposits.openAccount(DAVE.address, False))
    district.read()
    assert accounts(district, DAVE) == [account(district, DAVE, balance=0)]
    assert Bank.objects.get(institution=BANK_ID).accounts == 22


def test_custodians_account_is_marked(district: District) -> None:
    do(district, BANK, Deposits.openAccount(district.clearing, True))
    district.read()
    assert Account.objects.get(holder=district.clearing).custodian is True


# --- payments --------------------------------------------------------------------------------------------------------


def test_payment_moves_money(district: District) -> None:
    log = do(district, ALICE, Deposits.transfer(BOB.address, 300))
    district.read()
    assert since(Payment, log.block) == [payment(district, log, ALICE, BOB, 300)]
    assert accounts(district, ALICE, BOB) == [
        account(district, ALICE, balance=FIRST_BALANCE - 300),
        account(district, BOB, balance=FIRST_BALANCE + 300),
    ]
    assert supply(district) == FIRST_SUPPLY


def test_payment_to_oneself_changes_nothing_but_is_told(district: District) -> None:
    log = do(district, ALICE, Deposits.transfer(ALICE.address, 300))
    district.read()
    assert since(Payment, log.block) == [payment(district, log, ALICE, ALICE, 300)]
    assert accounts(district, ALICE) == [account(district, ALICE)]


def test_payment_by_an_approved_account_is_the_owners(district: District) -> None:
    do(district, ALICE, Deposits.approve(BOB.address, 300))
    log = do(district, BOB, Deposits.transferFrom(ALICE.address, CAROL.address, 200))
    district.read()
    assert since(Payment, log.block) == [payment(district, log, ALICE, CAROL, 200)]


def test_payment_with_reference_keeps_it(district: District) -> None:
    log = do(district, ALICE, Deposits.transferWithReference(BOB.address, 300, REF))
    district.read()
    assert since(Payment, log.block) == [payment(district, log, ALICE, BOB, 300, ref=REF)]


def test_deposit_adds_to_what_the_bank_owes(district: District) -> None:
    log = do(district, BANK, Deposits.mint(ALICE.address, 500, REF))
    district.read()
    assert since(Payment, log.block) == [payment(district, log, None, ALICE, 500, kind="deposit", ref=REF)]
    assert accounts(district, ALICE) == [account(district, ALICE, balance=FIRST_BALANCE + 500)]
    assert supply(district) == FIRST_SUPPLY + 500


# --- withdrawals -----------------------------------------------------------------------------------------------------


def request(district: District, log: Log, state: str) -> Row:
    return {
        "id": f"{district.deposits}:1", "bank": district.deposits, "holder": ALICE.address, "amount": 400, "ref": REF,
        "deadline": log.time + 3 * DAY, "state": state,
    }  # fmt: skip


def ask_for_money(district: District) -> Log:
    return do(district, ALICE, Deposits.requestWithdrawal(400, REF))


def test_withdrawal_locks_until_the_bank_settles(district: District) -> None:
    asked = ask_for_money(district)
    district.read()
    assert Withdrawal.objects.values().get() == request(district, asked, "waiting")
    assert accounts(district, ALICE) == [account(district, ALICE, locked=400)]
    assert since(Payment, asked.block) == []
    log = do(district, BANK, Deposits.settleWithdrawal(1))
    district.read()
    assert Withdrawal.objects.values().get() == request(district, asked, "settled")
    assert accounts(district, ALICE) == [account(district, ALICE, balance=FIRST_BALANCE - 400)]
    assert since(Payment, asked.block) == [payment(district, log, ALICE, None, 400, kind="withdrawal")]
    assert supply(district) == FIRST_SUPPLY - 400


def test_withdrawal_that_the_bank_refuses_is_unlocked(district: District) -> None:
    asked = ask_for_money(district)
    do(district, BANK, Deposits.refuseWithdrawal(1, bytes32("letter 4")))
    district.read()
    assert Withdrawal.objects.values().get() == request(district, asked, "refused")
    assert accounts(district, ALICE) == [account(district, ALICE)]
    assert since(Payment, asked.block) == []


def test_withdrawal_that_the_bank_left_lying_is_taken_back(district: District) -> None:
    asked = ask_for_money(district)
    district.mine(time=asked.time + 3 * DAY)
    do(district, ALICE, Deposits.cancelWithdrawal(1))
    district.read()
    assert Withdrawal.objects.values().get() == request(district, asked, "cancelled")
    assert accounts(district, ALICE) == [account(district, ALICE)]


# --- courts ----------------------------------------------------------------------------------------------------------


def hold(district: District, amount: int, expiry: int) -> Row:
    return {
        "id": f"{district.deposits}:1", "bank": district.deposits, "account": ALICE.address, "court": COURT_ID,
        "case_number": CASE, "amount": amount, "expiry": expiry,
    }  # fmt: skip


def order_hold(district: District) -> int:
    expiry = district.now + 30 * DAY
    do(district, COURT, Deposits.hold(CASE, ALICE.address, 700, expiry))
    return expiry


def test_hold_is_ordered_extended_and_released(district: District) -> None:
    expiry = order_hold(district)
    district.read()
    assert Hold.objects.values().get() == hold(district, 700, expiry)
    do(district, COURT, Deposits.extendHold(1, expiry + DAY))
    district.read()
    assert Hold.objects.values().get() == hold(district, 700, expiry + DAY)
    do(district, COURT, Deposits.releaseHold(1))
    district.read()
    assert Hold.objects.values().get() == hold(district, 0, expiry + DAY)
    assert accounts(district, ALICE) == [account(district, ALICE)]


def test_held_money_is_redirected_until_none_is_left(district: District) -> None:
    expiry = order_hold(district)
    first = do(district, COURT, Deposits.redirect(1, BOB.address, 250))
    district.read()
    assert Hold.objects.values().get() == hold(district, 450, expiry)
    last = do(district, COURT, Deposits.redirect(1, BOB.address, 450))
    district.read()
    assert Hold.objects.values().get() == hold(district, 0, expiry)
    assert since(Payment, first.block) == [
        payment(district, first, ALICE, BOB, 250, kind="court"),
        payment(district, last, ALICE, BOB, 450, kind="court"),
    ]


def test_reversed_payment_goes_back_by_the_court(district: District) -> None:
    log = do(district, COURT, Deposits.reverse(CASE, BOB.address, ALICE.address, 90, ORIGINAL))
    district.read()
    assert since(Payment, log.block) == [payment(district, log, BOB, ALICE, 90, kind="court", ref=ORIGINAL)]


# --- between banks ---------------------------------------------------------------------------------------------------


def pay_across(district: District, payer: Key, payee: Key, amount: int, *, back: bool = False) -> Log:
    source, target = (district.deposits, district.other_deposits)[:: -1 if back else 1]
    return do(district, payer, Clearing.pay(source, target, payee.address, amount, REF))


def position(net: int) -> Row:
    return {"id": "2:3", "debtor": BANK_ID, "creditor": OTHER_BANK_ID, "net": net}


def test_payment_between_banks_is_told_at_both(district: District) -> None:
    log = pay_across(district, ALICE, BOB, 600)
    district.read()
    ids = [log.id + number for number in range(4)]
    assert ClearingPayment.objects.values().get() == {
        "id": ids[1], "payer": ALICE.address, "payee": BOB.address, "from_bank": district.deposits,
        "to_bank": district.other_deposits, "amount": 600, "ref": REF,
    }  # fmt: skip
    assert since(Payment, log.block) == [
        payment(district, log, ALICE, None, 600, kind="clearing-out", id=ids[2]),
        payment(district, log, None, BOB, 600, kind="clearing-in", id=ids[3], bank=district.other_deposits),
    ]
    assert list(Bank.objects.order_by("institution").values_list("supply", flat=True)) == [FIRST_SUPPLY - 600, 600]
    assert Position.objects.values().get() == position(600)


def test_position_of_a_pair_is_one_row_whoever_owes(district: District) -> None:
    pay_across(district, ALICE, BOB, 600)
    pay_across(district, BOB, CAROL, 150, back=True)
    district.read()
    assert Position.objects.values().get() == position(450)
    do(district, BANK, Clearing.proposeSettlement(BANK_ID, OTHER_BANK_ID, 1_000, REF))
    do(district, OTHER_BANK, Clearing.confirmSettlement(BANK_ID, OTHER_BANK_ID, 1_000, REF))
    district.read()
    assert Position.objects.values().get() == position(-550)


def settle(district: District) -> None:
    """Of two proposals one is confirmed and one dropped."""
    do(district, BANK, Clearing.proposeSettlement(BANK_ID, OTHER_BANK_ID, 1_000, REF))
    do(district, OTHER_BANK, Clearing.confirmSettlement(BANK_ID, OTHER_BANK_ID, 1_000, REF))
    do(district, BANK, Clearing.proposeSettlement(BANK_ID, OTHER_BANK_ID, 30, ORIGINAL))
    do(district, OTHER_BANK, Clearing.dropSettlement(BANK_ID, OTHER_BANK_ID, ORIGINAL))


def test_settlements_and_limits_tell_how_banks_stand(district: District) -> None:
    do(district, OTHER_BANK, Clearing.setLimit(OTHER_BANK_ID, BANK_ID, 5_000))
    do(district, OTHER_BANK, Clearing.setLimit(OTHER_BANK_ID, BANK_ID, 7_000))
    settle(district)
    district.read()
    assert Limit.objects.values().get(debtor=BANK_ID) == {
        "id": f"{OTHER_BANK_ID}:{BANK_ID}", "creditor": OTHER_BANK_ID, "debtor": BANK_ID, "amount": 7_000,
    }  # fmt: skip
    assert list(Settlement.objects.order_by("amount").values_list("debtor", "creditor", "amount", "ref", "state")) == [
        (BANK_ID, OTHER_BANK_ID, 30, ORIGINAL, "dropped"),
        (BANK_ID, OTHER_BANK_ID, 1_000, REF, "confirmed"),
    ]


# --- all of them -----------------------------------------------------------------------------------------------------


def everything(district: District) -> None:
    """Each event at least once."""
    expiry = district.now + 60 * DAY
    for by, call in (
        (BANK, Deposits.openAccount(DAVE.address, False)),
        (BANK, Deposits.mint(DAVE.address, 500, REF)),
        (DAVE, Deposits.transferWithReference(ALICE.address, 500, REF)),
        (BANK, Deposits.closeAccount(DAVE.address)),
        (ALICE, Deposits.requestWithdrawal(100, bytes32("first"))),
        (ALICE, Deposits.requestWithdrawal(200, bytes32("second"))),
        (ALICE, Deposits.requestWithdrawal(300, bytes32("third"))),
        (BANK, Deposits.settleWithdrawal(1)),
        (BANK, Deposits.refuseWithdrawal(2, bytes32("letter"))),
        (COURT, Deposits.hold(CASE, BOB.address, 700, expiry)),
        (COURT, Deposits.hold(CASE, BOB.address, 50, expiry)),
        (COURT, Deposits.extendHold(1, expiry + DAY)),
        (COURT, Deposits.redirect(1, ALICE.address, 600)),
        (COURT, Deposits.releaseHold(2)),
        (COURT, Deposits.reverse(CASE, ALICE.address, BOB.address, 90, ORIGINAL)),
    ):
        do(district, by, call)
    pay_across(district, ALICE, BOB, 600)
    pay_across(district, BOB, CAROL, 150, back=True)
    settle(district)
    district.mine(time=district.now + 4 * DAY)
    do(district, ALICE, Deposits.cancelWithdrawal(3))
    do(district, DEPLOYER, Deposits.retire(NOTHING_FOLLOWS))


def test_every_event_is_listened_to_or_left_out_for_a_reason() -> None:
    emitted = [f"{contract}.{name}" for contract in ("Deposits", "Clearing") for name in events_of(contract)]
    assert sorted([*SUBSCRIPTIONS, *IGNORED]) == sorted(emitted)


def test_everything_emits_each_event_listened_to(district: District) -> None:
    everything(district)
    emitted = {f"{contract}.{name}" for contract in ("Deposits", "Clearing") for name in district.emitted(contract)}
    assert SUBSCRIPTIONS.keys() - emitted == set()


def test_rows_are_the_same_read_again(district: District, replay: Replay) -> None:
    everything(district)
    replay.read_again(MODELS)


def test_rows_undone_are_those_that_were(district: District, replay: Replay) -> None:
    everything(district)
    replay.undo(MODELS)


def test_rows_after_a_reorg_are_those_of_a_rebuild(district: District, replay: Replay) -> None:
    everything(district)
    replay.reorg(MODELS)
