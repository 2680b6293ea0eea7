// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IInstitutions} from "@citychain/chain/contracts/IInstitutions.sol";
import {CourtOrders} from "./CourtOrders.sol";
import {DepositAccounts} from "./DepositAccounts.sol";
import {MoneyTest} from "./MoneyTest.t.sol";

contract CourtOrdersTest is MoneyTest {
    uint48 private constant DAY = 1 days;
    uint48 private constant YEAR = 366 days;

    function setUp() public override {
        super.setUp();
        _mint(tenant, 100);
    }

    function _expectShort(address account, uint256 available, uint256 needed) private {
        vm.expectRevert(
            abi.encodeWithSelector(DepositAccounts.InsufficientAvailable.selector, account, available, needed)
        );
    }

    // hold

    function test_hold_binds_the_money() public {
        vm.prank(judge);
        _expectEvent();
        emit CourtOrders.HoldOrdered(1, tenant, court, CASE, 70, START + DAY);
        uint64 orderId = deposits.hold(CASE, tenant, 70, START + DAY);
        eq(deposits.heldOf(tenant), 70);
        eq(deposits.availableOf(tenant), 30);
        CourtOrders.Hold memory order = deposits.holdOf(orderId);
        eq(order.account, tenant);
        eq(order.amount, 70);
        eq(order.court, court);
        eq(order.expiry, START + DAY);
        vm.prank(tenant);
        _expectShort(tenant, 30, 31);
        deposits.transfer(landlord, 31);
        vm.prank(tenant);
        _expectShort(tenant, 30, 31);
        deposits.requestWithdrawal(31, "to my card");
        vm.prank(tenant);
        deposits.transfer(landlord, 30);
    }

    function test_hold_above_the_balance_catches_later_income() public {
        _hold(tenant, 150, DAY);
        eq(deposits.heldOf(tenant), 150);
        eq(deposits.availableOf(tenant), 0);
        _mint(tenant, 60);
        eq(deposits.availableOf(tenant), 10);
    }

    function test_hold_lifts_by_itself() public {
        _hold(tenant, 100, DAY);
        vm.warp(START + DAY - 1);
        eq(deposits.availableOf(tenant), 0);
        vm.warp(START + DAY);
        eq(deposits.heldOf(tenant), 0);
        vm.prank(tenant);
        deposits.transfer(landlord, 100);
    }

    function test_hold_by_anybody_but_a_court_reverts() public {
        _refuse(stranger, abi.encodeWithSelector(IInstitutions.UnknownKey.selector, stranger));
        deposits.hold(CASE, tenant, 1, START + DAY);
        _refuse(bankOfficer, abi.encodeWithSelector(IInstitutions.WrongKind.selector, bank, bytes32("court")));
        deposits.hold(CASE, tenant, 1, START + DAY);
        _addKey(court, stranger, "titles");
        _refuse(stranger, abi.encodeWithSelector(IInstitutions.KeyLacksScope.selector, stranger, bytes32("order")));
        deposits.hold(CASE, tenant, 1, START + DAY);
    }

    function test_hold_of_bad_values_reverts() public {
        _refuse(judge, abi.encodeWithSelector(CourtOrders.CaseNumberMissing.selector));
        deposits.hold(0, tenant, 1, START + DAY);
        _refuse(judge, abi.encodeWithSelector(DepositAccounts.AmountZero.selector));
        deposits.hold(CASE, tenant, 0, START + DAY);
        _refuse(judge, abi.encodeWithSelector(DepositAccounts.AmountTooLarge.selector, 2 ** 63));
        deposits.hold(CASE, tenant, 2 ** 63, START + DAY);
        _refuse(judge, abi.encodeWithSelector(DepositAccounts.AccountNotOpen.selector, stranger));
        deposits.hold(CASE, stranger, 1, START + DAY);
        _refuse(judge, abi.encodeWithSelector(CourtOrders.ExpiryInvalid.selector, START));
        deposits.hold(CASE, tenant, 1, START);
        _refuse(judge, abi.encodeWithSelector(CourtOrders.ExpiryInvalid.selector, START + YEAR + 1));
        deposits.hold(CASE, tenant, 1, START + YEAR + 1);
    }

    function test_hold_of_a_custodian_reverts() public {
        _refuse(judge, abi.encodeWithSelector(CourtOrders.CustodianCannotBeHeld.selector, address(custodian)));
        deposits.hold(CASE, address(custodian), 1, START + DAY);
    }

    function test_hold_beyond_the_greatest_number_reverts_until_one_expires() public {
        for (uint48 i = 1; i <= 8; ++i) {
            _hold(tenant, 1, i * DAY);
            vm.prank(otherJudge);
            deposits.hold(CASE, tenant, 1, START + (i + 8) * DAY);
        }
        _refuse(judge, abi.encodeWithSelector(CourtOrders.TooManyHolds.selector, tenant));
        deposits.hold(CASE, tenant, 1, START + DAY);
        vm.warp(START + DAY);
        _hold(tenant, 5, DAY);
        eq(deposits.heldOf(tenant), 20);
        eq(deposits.holdsOf(tenant).length, 16);
    }

    function test_one_court_leaves_room_for_others() public {
        for (uint48 i = 1; i <= 8; ++i) {
            _hold(tenant, 1, i * DAY);
        }
        _refuse(judge, abi.encodeWithSelector(CourtOrders.TooManyHoldsOfCourt.selector, tenant, court));
        deposits.hold(CASE, tenant, 1, START + DAY);
        vm.prank(otherJudge);
        deposits.hold(CASE, tenant, 1, START + DAY);
        eq(deposits.holdsOf(tenant).length, 9);
    }

    // extend

    function test_extend_hold_lets_it_end_later() public {
        uint64 orderId = _hold(tenant, 100, DAY);
        vm.warp(START + DAY - 1);
        vm.prank(judge);
        _expectEvent();
        emit CourtOrders.HoldExtended(orderId, tenant, START + 2 * DAY);
        deposits.extendHold(orderId, START + 2 * DAY);
        vm.warp(START + 2 * DAY - 1);
        eq(deposits.availableOf(tenant), 0);
        vm.warp(START + 2 * DAY);
        eq(deposits.availableOf(tenant), 100);
    }

    function test_extend_hold_to_a_bad_time_reverts() public {
        uint64 orderId = _hold(tenant, 100, 2 * DAY);
        _refuse(judge, abi.encodeWithSelector(CourtOrders.ExpiryInvalid.selector, START + 2 * DAY));
        deposits.extendHold(orderId, START + 2 * DAY);
        _refuse(judge, abi.encodeWithSelector(CourtOrders.ExpiryInvalid.selector, START + YEAR + 1));
        deposits.extendHold(orderId, START + YEAR + 1);
    }

    function test_extend_hold_that_expired_reverts() public {
        uint64 orderId = _hold(tenant, 100, DAY);
        vm.warp(START + DAY);
        _refuse(judge, abi.encodeWithSelector(CourtOrders.HoldNotInForce.selector, orderId));
        deposits.extendHold(orderId, START + 2 * DAY);
    }

    function test_extend_hold_of_another_court_reverts_unless_it_succeeds() public {
        uint64 orderId = _hold(tenant, 100, DAY);
        _refuse(otherJudge, abi.encodeWithSelector(CourtOrders.NotThisCourt.selector, otherCourt, court));
        deposits.extendHold(orderId, START + 2 * DAY);
        _succeed(court, otherCourt);
        vm.prank(otherJudge);
        deposits.extendHold(orderId, START + 2 * DAY);
        eq(deposits.holdOf(orderId).expiry, START + 2 * DAY);
    }

    function test_extend_hold_takes_only_later_times_within_the_limit_fuzz(uint256 seed) public {
        uint48 expiry = uint48(bound(seed, START - DAY, START + 2 * uint256(YEAR)));
        uint64 orderId = _hold(tenant, 100, DAY);
        bool valid = expiry > START + DAY && expiry <= START + YEAR;
        vm.prank(judge);
        if (!valid) vm.expectRevert(abi.encodeWithSelector(CourtOrders.ExpiryInvalid.selector, expiry));
        deposits.extendHold(orderId, expiry);
        eq(deposits.holdOf(orderId).expiry, valid ? expiry : START + DAY);
    }

    // release

    function test_release_hold_frees_the_money() public {
        uint64 first = _hold(tenant, 60, DAY);
        uint64 second = _hold(tenant, 30, DAY);
        vm.prank(judge);
        _expectEvent();
        emit CourtOrders.HoldReleased(first, tenant, 60);
        deposits.releaseHold(first);
        eq(deposits.availableOf(tenant), 70);
        uint64[] memory holds = deposits.holdsOf(tenant);
        eq(holds.length, 1);
        eq(holds[0], second);
        _refuse(judge, abi.encodeWithSelector(CourtOrders.HoldNotInForce.selector, first));
        deposits.releaseHold(first);
    }

    function test_release_hold_by_anybody_else_reverts() public {
        uint64 orderId = _hold(tenant, 60, DAY);
        _refuse(otherJudge, abi.encodeWithSelector(CourtOrders.NotThisCourt.selector, otherCourt, court));
        deposits.releaseHold(orderId);
        _refuse(tenant, abi.encodeWithSelector(IInstitutions.UnknownKey.selector, tenant));
        deposits.releaseHold(orderId);
    }

    // redirect

    function test_redirect_pays_held_money() public {
        uint64 orderId = _hold(tenant, 70, DAY);
        vm.prank(judge);
        _expectEvent();
        emit CourtOrders.HoldRedirected(orderId, tenant, landlord, 50, 20);
        deposits.redirect(orderId, landlord, 50);
        eq(deposits.balanceOf(landlord), 50);
        eq(deposits.balanceOf(tenant), 50);
        eq(deposits.availableOf(tenant), 30);
        vm.prank(judge);
        deposits.redirect(orderId, landlord, 20);
        eq(deposits.holdsOf(tenant).length, 0);
        eq(deposits.availableOf(tenant), 30);
        _refuse(judge, abi.encodeWithSelector(CourtOrders.HoldNotInForce.selector, orderId));
        deposits.redirect(orderId, landlord, 1);
    }

    function test_redirect_of_more_than_the_hold_reverts() public {
        uint64 orderId = _hold(tenant, 70, DAY);
        _refuse(judge, abi.encodeWithSelector(CourtOrders.RedirectExceedsHold.selector, orderId, 70, 71));
        deposits.redirect(orderId, landlord, 71);
    }

    function test_redirect_of_more_than_the_balance_reverts() public {
        uint64 orderId = _hold(tenant, 170, DAY);
        vm.prank(judge);
        _expectShort(tenant, 100, 101);
        deposits.redirect(orderId, landlord, 101);
    }

    function test_redirect_leaves_what_an_older_hold_holds() public {
        _hold(tenant, 80, DAY);
        uint64 younger = _hold(tenant, 80, 2 * DAY);
        vm.prank(judge);
        _expectShort(tenant, 20, 21);
        deposits.redirect(younger, landlord, 21);
        vm.prank(judge);
        deposits.redirect(younger, landlord, 20);
        vm.warp(START + DAY);
        vm.prank(judge);
        deposits.redirect(younger, landlord, 60);
        eq(deposits.balanceOf(landlord), 80);
    }

    function test_redirect_ranks_before_a_waiting_withdrawal() public {
        vm.prank(tenant);
        uint64 withdrawalId = deposits.requestWithdrawal(100, "to my card");
        uint64 orderId = _hold(tenant, 40, DAY);
        vm.prank(judge);
        deposits.redirect(orderId, landlord, 40);
        eq(deposits.availableOf(tenant), 0);
        vm.prank(bankOfficer);
        _expectShort(tenant, 60, 100);
        deposits.settleWithdrawal(withdrawalId);
        vm.prank(bankOfficer);
        deposits.refuseWithdrawal(withdrawalId, "letter");
        eq(deposits.availableOf(tenant), 60);
    }

    function test_redirect_to_an_account_that_cannot_take_it_reverts() public {
        uint64 orderId = _hold(tenant, 70, DAY);
        _refuse(judge, abi.encodeWithSelector(DepositAccounts.AccountNotOpen.selector, stranger));
        deposits.redirect(orderId, stranger, 1);
        _refuse(judge, abi.encodeWithSelector(CourtOrders.CustodianCannotBeHeld.selector, address(custodian)));
        deposits.redirect(orderId, address(custodian), 1);
    }

    function test_redirect_of_bad_amounts_reverts() public {
        uint64 orderId = _hold(tenant, 70, DAY);
        _refuse(judge, abi.encodeWithSelector(DepositAccounts.AmountZero.selector));
        deposits.redirect(orderId, landlord, 0);
        _refuse(judge, abi.encodeWithSelector(DepositAccounts.AmountTooLarge.selector, 2 ** 63));
        deposits.redirect(orderId, landlord, 2 ** 63);
    }

    function test_redirect_by_anybody_else_or_after_expiry_reverts() public {
        uint64 orderId = _hold(tenant, 70, DAY);
        _refuse(otherJudge, abi.encodeWithSelector(CourtOrders.NotThisCourt.selector, otherCourt, court));
        deposits.redirect(orderId, landlord, 1);
        _refuse(landlord, abi.encodeWithSelector(IInstitutions.UnknownKey.selector, landlord));
        deposits.redirect(orderId, landlord, 1);
        vm.warp(START + DAY);
        _refuse(judge, abi.encodeWithSelector(CourtOrders.HoldNotInForce.selector, orderId));
        deposits.redirect(orderId, landlord, 1);
    }

    function test_redirect_moves_exactly_fuzz(uint256 held, uint256 amount) public {
        held = bound(held, 1, 200);
        amount = bound(amount, 1, 250);
        uint64 orderId = _hold(tenant, held, DAY);
        if (amount > held) {
            _refuse(judge, abi.encodeWithSelector(CourtOrders.RedirectExceedsHold.selector, orderId, held, amount));
            deposits.redirect(orderId, landlord, amount);
            return;
        }
        if (amount > 100) {
            vm.prank(judge);
            _expectShort(tenant, 100, amount);
            deposits.redirect(orderId, landlord, amount);
            return;
        }
        uint256 available = deposits.availableOf(tenant);
        vm.prank(judge);
        deposits.redirect(orderId, landlord, amount);
        eq(deposits.balanceOf(landlord), amount);
        eq(deposits.balanceOf(tenant), 100 - amount);
        eq(deposits.availableOf(tenant), available);
    }

    // reverse

    function test_reverse_moves_a_wrong_payment_back_once() public {
        vm.prank(tenant);
        deposits.transferWithReference(landlord, 40, "wrong");
        vm.prank(judge);
        _expectEvent();
        emit CourtOrders.PaymentReversed(court, landlord, tenant, CASE, 40, "wrong");
        deposits.reverse(CASE, landlord, tenant, 40, "wrong");
        eq(deposits.balanceOf(tenant), 100);
        _mint(landlord, 40);
        _refuse(judge, abi.encodeWithSelector(CourtOrders.AlreadyReversed.selector, CASE, bytes32("wrong")));
        deposits.reverse(CASE, landlord, tenant, 40, "wrong");
    }

    function test_reverse_of_more_than_available_reverts() public {
        _hold(tenant, 70, DAY);
        vm.prank(judge);
        _expectShort(tenant, 30, 31);
        deposits.reverse(CASE, tenant, landlord, 31, "wrong");
    }

    function test_reverse_moves_at_most_what_is_available_fuzz(uint256 held, uint256 amount) public {
        held = bound(held, 1, 120);
        amount = bound(amount, 1, 120);
        _hold(tenant, held, DAY);
        uint256 available = held > 100 ? 0 : 100 - held;
        vm.prank(judge);
        if (amount > available) _expectShort(tenant, available, amount);
        deposits.reverse(CASE, tenant, landlord, amount, "wrong");
        eq(deposits.balanceOf(landlord), amount > available ? 0 : amount);
        eq(deposits.balanceOf(tenant), amount > available ? 100 : 100 - amount);
    }

    function test_reverse_of_bad_values_reverts() public {
        _refuse(judge, abi.encodeWithSelector(CourtOrders.CaseNumberMissing.selector));
        deposits.reverse(0, tenant, landlord, 1, "wrong");
        _refuse(judge, abi.encodeWithSelector(DepositAccounts.AmountZero.selector));
        deposits.reverse(CASE, tenant, landlord, 0, "wrong");
        _refuse(judge, abi.encodeWithSelector(DepositAccounts.AmountTooLarge.selector, 2 ** 63));
        deposits.reverse(CASE, tenant, landlord, 2 ** 63, "wrong");
        _refuse(judge, abi.encodeWithSelector(DepositAccounts.AccountNotOpen.selector, stranger));
        deposits.reverse(CASE, tenant, stranger, 1, "wrong");
        _refuse(judge, abi.encodeWithSelector(CourtOrders.CustodianCannotBeHeld.selector, address(custodian)));
        deposits.reverse(CASE, address(custodian), tenant, 1, "wrong");
        _refuse(judge, abi.encodeWithSelector(CourtOrders.CustodianCannotBeHeld.selector, address(custodian)));
        deposits.reverse(CASE, tenant, address(custodian), 1, "wrong");
    }

    function test_reverse_by_anybody_but_a_court_reverts() public {
        _refuse(bankOfficer, abi.encodeWithSelector(IInstitutions.WrongKind.selector, bank, bytes32("court")));
        deposits.reverse(CASE, tenant, landlord, 1, "wrong");
    }

    // the rule behind all

    function test_available_is_the_balance_less_holds_fuzz(uint256 first, uint256 second, uint256 spent) public {
        first = bound(first, 1, MAX);
        second = bound(second, 1, MAX);
        spent = bound(spent, 0, 120);
        _hold(tenant, first, DAY);
        _hold(tenant, second, DAY);
        uint256 available = first + second > 100 ? 0 : 100 - first - second;
        eq(deposits.availableOf(tenant), available);
        if (spent > available) {
            vm.prank(tenant);
            _expectShort(tenant, available, spent);
            deposits.transfer(landlord, spent);
            return;
        }
        vm.prank(tenant);
        deposits.transfer(landlord, spent);
        eq(deposits.availableOf(tenant), available - spent);
    }
}
