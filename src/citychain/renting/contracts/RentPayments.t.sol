// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IInstitutions} from "@citychain/chain/contracts/IInstitutions.sol";
import {DepositAccounts} from "@citychain/money/contracts/DepositAccounts.sol";
import {DisputeParties} from "./DisputeParties.sol";
import {LeaseOffers} from "./LeaseOffers.sol";
import {LeaseRecords} from "./LeaseRecords.sol";
import {RentPayments} from "./RentPayments.sol";
import {RentRecords} from "./RentRecords.sol";
import {RentSchedule} from "./RentSchedule.sol";
import {RentsTest} from "./RentsTest.t.sol";
import {TitleRecords} from "./TitleRecords.sol";

contract RentPaymentsTest is RentsTest {
    using RentSchedule for RentSchedule.Schedule;

    function test_first_rent_covers_the_first_month() public view {
        RentRecords.Month memory month = rents.monthOf(leaseId, 0);
        eq(month.fromDay, day + 10);
        eq(month.amount, _owed(0));
        eq(month.covered, _owed(0));
        eq(rents.coveredOf(leaseId), _owed(0));
        eq(rents.arrearsOf(leaseId), 0);
        eq(rents.monthsOf(leaseId), _plan().countOf());
    }

    function test_rent_goes_to_the_payee_oldest_month_first() public {
        _toDay(_dueDay(2));
        eq(rents.arrearsOf(leaseId), _owed(1) + _owed(2));
        uint256 before = deposits.balanceOf(owner);
        uint256[] memory parts = new uint256[](2);
        (parts[0], parts[1]) = (_owed(1), 1000);
        uint256 amount = _owed(1) + 1000;
        vm.prank(tenant);
        _expectEvent();
        emit RentPayments.RentPaid(1, leaseId, tenant, owner, tenant, false, amount, _owed(0) + amount, 1, parts);
        eq(rents.payRent(leaseId, amount), 1);
        eq(deposits.balanceOf(owner) - before, amount);
        eq(rents.monthOf(leaseId, 1).covered, _owed(1));
        eq(rents.monthOf(leaseId, 2).covered, 1000);
        eq(rents.arrearsOf(leaseId), _owed(2) - 1000);
        eq(uint256(rents.paymentOf(1).state), uint256(RentPayments.PaymentState.Made));
    }

    function test_another_pays_for_the_tenant() public {
        _toDay(_dueDay(1));
        vm.prank(sponsor);
        rents.payRent(leaseId, _owed(1));
        eq(rents.arrearsOf(leaseId), 0);
    }

    function test_rent_ahead_is_bounded() public {
        // on the due day of month 1, months 1 to 4 can be paid: the city allows three ahead
        _toDay(_dueDay(1));
        uint256 most = _owed(1) + _owed(2) + _owed(3) + _owed(4);
        eq(rents.payableOf(leaseId), most);
        _refuse(tenant, abi.encodeWithSelector(RentRecords.AmountAboveDue.selector, leaseId, most));
        rents.payRent(leaseId, most + 1);
        _pay(most);
        eq(rents.payableOf(leaseId), 0);
    }

    function test_nothing_and_too_much_are_refused() public {
        _refuse(tenant, abi.encodeWithSelector(DepositAccounts.AmountZero.selector));
        rents.payRent(leaseId, 0);
        _refuse(tenant, abi.encodeWithSelector(DepositAccounts.AmountTooLarge.selector, 2 ** 63));
        rents.payRent(leaseId, 2 ** 63);
        _refuse(tenant, abi.encodeWithSelector(LeaseRecords.LeaseUnknown.selector, 99));
        rents.payRent(99, 1);
        uint256 count = rents.monthsOf(leaseId);
        vm.expectRevert(abi.encodeWithSelector(RentRecords.MonthInvalid.selector, leaseId, count));
        rents.monthOf(leaseId, count);
    }

    function test_no_rent_before_the_keys() public {
        LeaseOffers.Terms memory terms = _terms();
        (terms.fromDay, terms.toDay, terms.offerDeadline) = (day + 400, day + 700, uint48(block.timestamp) + 7 days);
        uint64 other = _conclude(terms);
        _refuse(tenant, abi.encodeWithSelector(RentRecords.LeaseNotBegun.selector, other));
        rents.payRent(other, 1);
    }

    function test_rent_is_lodged_only_while_the_payee_has_no_account() public {
        _toDay(_dueDay(1));
        vm.prank(tenant);
        deposits.approve(address(escrow), _owed(1));
        _refuse(tenant, abi.encodeWithSelector(RentPayments.PayeeReachable.selector, owner));
        rents.lodgeRent(leaseId, _owed(1));
        vm.prank(banker);
        deposits.closeAccount(owner);
        _refuse(tenant, abi.encodeWithSelector(DepositAccounts.AccountNotOpen.selector, owner));
        rents.payRent(leaseId, _owed(1));
        vm.prank(tenant);
        rents.lodgeRent(leaseId, _owed(1));
        eq(rents.arrearsOf(leaseId), 0);
        eq(escrow.creditOf(leaseId, owner), _owed(0) + _owed(1));
        eq(uint256(rents.paymentOf(1).state), uint256(RentPayments.PaymentState.Settled));
    }

    function test_bank_says_what_came_back_and_what_is_final() public {
        _toDay(_dueDay(1));
        uint64 paymentId = _pay(_owed(1));
        vm.prank(rentKey);
        _expectEvent();
        emit RentPayments.RentReturned(paymentId, leaseId, bank, "closed", _owed(0));
        rents.returnRent(paymentId, "closed");
        eq(rents.arrearsOf(leaseId), _owed(1));
        _refuse(rentKey, abi.encodeWithSelector(RentPayments.PaymentFinal.selector, paymentId));
        rents.returnRent(paymentId, "closed");
        vm.prank(rentKey);
        _expectEvent();
        emit RentPayments.RentSettled(paymentId, leaseId, bank, _owed(0) + _owed(1));
        rents.settleRent(paymentId);
        eq(rents.arrearsOf(leaseId), 0);
        _refuse(rentKey, abi.encodeWithSelector(RentPayments.PaymentFinal.selector, paymentId));
        rents.settleRent(paymentId);
    }

    function test_a_payment_is_final_after_thirty_days() public {
        _toDay(_dueDay(1));
        uint64 paymentId = _pay(_owed(1));
        vm.warp(block.timestamp + 30 days);
        _refuse(rentKey, abi.encodeWithSelector(RentPayments.PaymentFinal.selector, paymentId));
        rents.returnRent(paymentId, "late");
    }

    function test_only_the_leases_bank_says_so() public {
        _toDay(_dueDay(1));
        uint64 paymentId = _pay(_owed(1));
        _refuse(stranger, abi.encodeWithSelector(IInstitutions.UnknownKey.selector, stranger));
        rents.returnRent(paymentId, "x");
        _addKey(otherBanker, otherBank, address(0xB9), "rent");
        _refuse(address(0xB9), abi.encodeWithSelector(DepositAccounts.NotThisBank.selector, otherBank, bank));
        rents.returnRent(paymentId, "x");
        _refuse(rentKey, abi.encodeWithSelector(TitleRecords.ReasonMissing.selector));
        rents.returnRent(paymentId, 0);
    }

    function test_what_was_overpaid_is_paid_back() public {
        _toDay(_dueDay(1));
        _pay(_owed(1) + _owed(2) + _owed(3));
        _end(uint32(_dueDay(2)));
        uint256 total = RentSchedule.Schedule(RENT, 5, day + 10, uint32(_dueDay(2))).sumOf(3);
        uint256 most = _owed(0) + _owed(1) + _owed(2) + _owed(3) - total;
        eq(rents.overpaidOf(leaseId), most);
        vm.prank(owner);
        deposits.approve(address(rents), most);
        _refuse(coOwner, abi.encodeWithSelector(DisputeParties.NotThePayee.selector, coOwner));
        rents.refundRent(leaseId, most);
        _refuse(owner, abi.encodeWithSelector(RentPayments.AmountAboveOverpaid.selector, leaseId, most));
        rents.refundRent(leaseId, most + 1);
        uint256 before = deposits.balanceOf(tenant);
        vm.prank(owner);
        _expectEvent();
        emit RentPayments.RentRefunded(leaseId, owner, tenant, most, total);
        rents.refundRent(leaseId, most);
        eq(deposits.balanceOf(tenant) - before, most);
        eq(rents.overpaidOf(leaseId), 0);
    }

    /// Any payments in any order cover exactly what they paid, and the parts of each are its whole.
    function testFuzz_payments_cover_what_they_paid(uint256[6] calldata amounts, uint256 days_) public {
        uint256 sum = _owed(0);
        for (uint256 i = 0; i < amounts.length; ++i) {
            vm.warp(block.timestamp + bound(days_ >> (i * 8), 0, 60) * 1 days);
            uint256 most = rents.payableOf(leaseId);
            if (most == 0) continue;
            uint256 amount = bound(amounts[i], 1, most);
            _pay(amount);
            sum += amount;
            eq(rents.coveredOf(leaseId), sum);
        }
        uint256 covered = 0;
        for (uint256 month = 0; month < rents.monthsOf(leaseId); ++month) {
            covered += rents.monthOf(leaseId, month).covered;
        }
        eq(covered, sum);
    }

    function _end(uint32 toDay) private {
        address[2] memory landlords = [owner, coOwner];
        address[2] memory tenants = [tenant, friend];
        for (uint256 i = 0; i < 2; ++i) {
            vm.prank(landlords[i]);
            changes.agreeEnd(leaseId, toDay);
            vm.prank(tenants[i]);
            changes.agreeEnd(leaseId, toDay);
        }
    }
}
