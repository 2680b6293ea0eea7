// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Deciders} from "./Deciders.sol";
import {DisputeParties} from "./DisputeParties.sol";
import {RentClaims} from "./RentClaims.sol";
import {RentRecords} from "./RentRecords.sol";
import {RentsTest} from "./RentsTest.t.sol";
import {TitleRecords} from "./TitleRecords.sol";

contract RentClaimsTest is RentsTest {
    function _state(uint256 month, RentClaims.FeeState state) private view {
        eq(uint256(rents.lateFeeOf(leaseId, month).state), uint256(state));
    }

    function _claim() private {
        _toDay(_dueDay(1) + 6);
        vm.prank(owner);
        rents.claimLateFee(leaseId, 1, 30_000);
    }

    function test_payee_grants_a_credit() public {
        vm.prank(owner);
        _expectEvent();
        emit RentClaims.RentCredited(leaseId, 0, "repair", 20_000, WHY, _owed(0) + 20_000, owner);
        rents.creditRent(leaseId, 20_000, "repair", WHY);
        eq(rents.monthOf(leaseId, 1).covered, 20_000);
        _refuse(tenant, abi.encodeWithSelector(DisputeParties.NotThePayee.selector, tenant));
        rents.creditRent(leaseId, 1, "repair", WHY);
        _refuse(owner, abi.encodeWithSelector(RentClaims.KindMissing.selector));
        rents.creditRent(leaseId, 1, 0, WHY);
        _refuse(owner, abi.encodeWithSelector(TitleRecords.ReasonMissing.selector));
        rents.creditRent(leaseId, 1, "repair", 0);
    }

    function test_credits_are_at_most_what_the_lease_owes() public {
        uint256 total = 0;
        for (uint256 month = 0; month < rents.monthsOf(leaseId); ++month) {
            total += _owed(month);
        }
        uint256 most = total - _owed(0);
        _refuse(owner, abi.encodeWithSelector(RentRecords.AmountAboveDue.selector, leaseId, most));
        rents.creditRent(leaseId, most + 1, "repair", WHY);
        vm.prank(owner);
        rents.creditRent(leaseId, most, "repair", WHY);
        eq(rents.payableOf(leaseId), 0);
    }

    function test_decider_lowers_the_rent() public {
        _refuse(
            otherAdjudicatorKey, abi.encodeWithSelector(Deciders.NotTheDecider.selector, otherAdjudicator, adjudicator)
        );
        rents.decideCredit(leaseId, 5000, "reduction", WHY);
        vm.prank(adjudicatorKey);
        _expectEvent();
        emit RentClaims.RentCredited(leaseId, adjudicator, "reduction", 5000, WHY, _owed(0) + 5000, adjudicatorKey);
        rents.decideCredit(leaseId, 5000, "reduction", WHY);
        _addKey(adjudicatorKey, adjudicator, tenant, "decide");
        _refuse(adjudicatorKey, abi.encodeWithSelector(Deciders.ConflictOfInterest.selector, tenant));
        rents.decideCredit(leaseId, 5000, "reduction", WHY);
    }

    function test_late_fee_is_claimed_only_after_grace() public {
        _toDay(_dueDay(1) + 5);
        _refuse(owner, abi.encodeWithSelector(RentClaims.RentNotLate.selector, leaseId, 1, _dueDay(1) + 5));
        rents.claimLateFee(leaseId, 1, 1);
        _toDay(_dueDay(1) + 6);
        _refuse(owner, abi.encodeWithSelector(RentClaims.FeeAboveMost.selector, 30_000));
        rents.claimLateFee(leaseId, 1, 30_001);
        _refuse(tenant, abi.encodeWithSelector(DisputeParties.NotThePayee.selector, tenant));
        rents.claimLateFee(leaseId, 1, 1);
        vm.prank(owner);
        _expectEvent();
        emit RentClaims.LateFeeClaimed(leaseId, 1, 30_000, owner);
        rents.claimLateFee(leaseId, 1, 30_000);
        _refuse(
            owner, abi.encodeWithSelector(RentClaims.FeeStateWrong.selector, leaseId, 1, RentClaims.FeeState.Claimed)
        );
        rents.claimLateFee(leaseId, 1, 30_000);
        uint256 count = rents.monthsOf(leaseId);
        _refuse(owner, abi.encodeWithSelector(RentRecords.MonthInvalid.selector, leaseId, count));
        rents.claimLateFee(leaseId, count, 1);
    }

    function test_no_late_fee_for_rent_that_is_covered() public {
        _toDay(_dueDay(1));
        _pay(_owed(1));
        _toDay(_dueDay(1) + 20);
        _refuse(owner, abi.encodeWithSelector(RentClaims.RentNotLate.selector, leaseId, 1, _dueDay(1) + 5));
        rents.claimLateFee(leaseId, 1, 1);
    }

    function test_contested_fee_is_decided_and_paid() public {
        _claim();
        _refuse(stranger, abi.encodeWithSelector(DisputeParties.NotATenant.selector, stranger));
        rents.contestLateFee(leaseId, 1, WHY);
        vm.prank(friend);
        _expectEvent();
        emit RentClaims.LateFeeContested(leaseId, 1, WHY, friend);
        rents.contestLateFee(leaseId, 1, WHY);
        _refuse(
            tenant, abi.encodeWithSelector(RentClaims.FeeStateWrong.selector, leaseId, 1, RentClaims.FeeState.Contested)
        );
        rents.payLateFee(leaseId, 1, 30_000);
        _refuse(adjudicatorKey, abi.encodeWithSelector(RentClaims.FeeAboveMost.selector, 30_000));
        rents.decideLateFee(leaseId, 1, 30_001, WHY);
        vm.prank(adjudicatorKey);
        _expectEvent();
        emit RentClaims.LateFeeDecided(leaseId, 1, adjudicator, 10_000, WHY, adjudicatorKey);
        rents.decideLateFee(leaseId, 1, 10_000, WHY);
        _refuse(tenant, abi.encodeWithSelector(RentClaims.FeeAboveMost.selector, 10_000));
        rents.payLateFee(leaseId, 1, 30_000);
        uint256 before = deposits.balanceOf(owner);
        vm.prank(tenant);
        _expectEvent();
        emit RentClaims.LateFeePaid(leaseId, 1, tenant, owner, 10_000);
        rents.payLateFee(leaseId, 1, 10_000);
        eq(deposits.balanceOf(owner) - before, 10_000);
        _state(1, RentClaims.FeeState.Paid);
        _refuse(owner, abi.encodeWithSelector(RentClaims.FeeStateWrong.selector, leaseId, 1, RentClaims.FeeState.Paid));
        rents.waiveLateFee(leaseId, 1);
    }

    function test_payee_waives_a_fee() public {
        _refuse(owner, abi.encodeWithSelector(RentClaims.FeeStateWrong.selector, leaseId, 1, RentClaims.FeeState.None));
        rents.waiveLateFee(leaseId, 1);
        _claim();
        vm.prank(owner);
        _expectEvent();
        emit RentClaims.LateFeeWaived(leaseId, 1);
        rents.waiveLateFee(leaseId, 1);
        _state(1, RentClaims.FeeState.Waived);
    }
}
