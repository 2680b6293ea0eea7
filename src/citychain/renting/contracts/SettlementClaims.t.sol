// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {DisputeParties} from "./DisputeParties.sol";
import {SettlementClaims} from "./SettlementClaims.sol";
import {SettlementRecords} from "./SettlementRecords.sol";
import {SettlementsTest} from "./SettlementsTest.t.sol";
import {TitleRecords} from "./TitleRecords.sol";
import {DepositAccounts} from "@citychain/money/contracts/DepositAccounts.sol";

contract SettlementClaimsTest is SettlementsTest {
    function test_silent_landlord_gets_nothing() public {
        uint256 deadline = endedAt + 14 days;
        _refuse(stranger, abi.encodeWithSelector(SettlementRecords.DeadlineAhead.selector, deadline));
        settling.releaseDeposit(leaseId, CLAIMS);
        vm.warp(deadline);
        _refuse(owner, abi.encodeWithSelector(SettlementRecords.DeadlinePassed.selector, deadline));
        settling.stateClaims(leaseId, _items(1, 1), 0);
        vm.prank(stranger);
        _expectEvent();
        emit SettlementClaims.DepositReleased(leaseId, CLAIMS, 0, stranger);
        settling.releaseDeposit(leaseId, CLAIMS);
        _credited(0, DEPOSIT);
        _step(CLAIMS, SettlementRecords.Step.Closed);
        escrow.payOut(leaseId, tenant);
    }

    function test_payee_releases_at_once() public {
        vm.prank(owner);
        settling.releaseDeposit(leaseId, CLAIMS);
        _credited(0, DEPOSIT);
    }

    function test_nothing_before_the_end() public {
        vm.warp(endedAt - 1);
        bytes memory reason =
            abi.encodeWithSelector(SettlementRecords.LeaseNotEnded.selector, leaseId, uint256(endedAt));
        _refuse(owner, reason);
        settling.stateClaims(leaseId, _items(1, 1), 0);
        _refuse(owner, reason);
        settling.releaseDeposit(leaseId, CLAIMS);
        vm.expectRevert(_wrongStep(CLAIMS, SettlementRecords.Step.None));
        settling.distribute(leaseId);
    }

    function test_what_is_not_claimed_goes_back_at_once() public {
        uint48 deadline = uint48(block.timestamp) + 14 days;
        vm.prank(owner);
        _expectEvent();
        emit SettlementClaims.ClaimsStated(leaseId, CLAIMS, _items(100, 200), 0, deadline, owner);
        settling.stateClaims(leaseId, _items(100, 200), 0);
        _credited(0, DEPOSIT - 300);
        eq(settling.stateOf(leaseId, CLAIMS).open, 300);
        _refuse(owner, _wrongStep(CLAIMS, SettlementRecords.Step.Stated));
        settling.stateClaims(leaseId, _items(100, 200), 0);
    }

    function test_bad_claims_are_refused() public {
        _refuse(coOwner, abi.encodeWithSelector(DisputeParties.NotThePayee.selector, coOwner));
        settling.stateClaims(leaseId, _items(1, 1), 0);
        _refuse(owner, abi.encodeWithSelector(SettlementClaims.ClaimsAboveDeposit.selector, DEPOSIT));
        settling.stateClaims(leaseId, _items(uint64(DEPOSIT), 1), 0);
        _refuse(owner, abi.encodeWithSelector(SettlementClaims.ReserveTooLarge.selector, DEPOSIT / 10));
        settling.stateClaims(leaseId, _items(1, 1), DEPOSIT / 10 + 1);
        _refuse(owner, abi.encodeWithSelector(SettlementClaims.ItemIncomplete.selector, 1));
        settling.stateClaims(leaseId, _items(1, 0), 0);
        SettlementClaims.ItemClaimed[] memory many = new SettlementClaims.ItemClaimed[](17);
        _refuse(owner, abi.encodeWithSelector(SettlementClaims.TooManyItems.selector, 17));
        settling.stateClaims(leaseId, many, 0);
    }

    function test_tenant_accepts_some_and_the_rest_is_contested() public {
        _claim(100, 200, 0);
        _refuse(friend, abi.encodeWithSelector(SettlementClaims.NotTheRefundee.selector, friend));
        settling.acceptClaims(leaseId, CLAIMS, _amounts(100, 0));
        _refuse(tenant, abi.encodeWithSelector(SettlementRecords.AmountAboveItem.selector, 1, 200));
        settling.acceptClaims(leaseId, CLAIMS, _amounts(0, 201));
        _refuse(tenant, abi.encodeWithSelector(SettlementRecords.AmountCountWrong.selector, 2));
        settling.acceptClaims(leaseId, CLAIMS, new uint256[](1));
        _refuse(tenant, abi.encodeWithSelector(DepositAccounts.AmountZero.selector));
        settling.acceptClaims(leaseId, CLAIMS, _amounts(0, 0));
        vm.prank(tenant);
        settling.acceptClaims(leaseId, CLAIMS, _amounts(100, 50));
        _credited(150, DEPOSIT - 300);
        _step(CLAIMS, SettlementRecords.Step.Contested);
        eq(settling.stateOf(leaseId, CLAIMS).decider, adjudicator);
        vm.prank(tenant);
        settling.acceptClaims(leaseId, CLAIMS, _amounts(0, 150));
        _credited(300, DEPOSIT - 300);
        _step(CLAIMS, SettlementRecords.Step.Closed);
    }

    function test_payee_withdraws_claims() public {
        _claim(100, 200, 0);
        _refuse(tenant, abi.encodeWithSelector(DisputeParties.NotThePayee.selector, tenant));
        settling.withdrawClaims(leaseId, CLAIMS, _amounts(100, 0));
        vm.prank(owner);
        _expectEvent();
        emit SettlementClaims.ClaimsWithdrawn(leaseId, CLAIMS, _amounts(100, 0), 200, owner);
        settling.withdrawClaims(leaseId, CLAIMS, _amounts(100, 0));
        _credited(0, DEPOSIT - 200);
        vm.prank(owner);
        settling.withdrawClaims(leaseId, CLAIMS, _amounts(0, 200));
        _credited(0, DEPOSIT);
        _step(CLAIMS, SettlementRecords.Step.Closed);
    }

    function test_silent_tenant_is_reminded_and_then_it_is_decided() public {
        _claim(100, 200, 0);
        uint256 deadline = settling.stateOf(leaseId, CLAIMS).deadline;
        _refuse(owner, abi.encodeWithSelector(SettlementRecords.DeadlineAhead.selector, deadline));
        settling.remindTenants(leaseId, CLAIMS, WHY);
        vm.warp(deadline);
        _refuse(owner, abi.encodeWithSelector(TitleRecords.ReasonMissing.selector));
        settling.remindTenants(leaseId, CLAIMS, 0);
        vm.prank(owner);
        settling.remindTenants(leaseId, CLAIMS, WHY);
        uint256 next = settling.stateOf(leaseId, CLAIMS).deadline;
        eq(next, deadline + 14 days);
        _refuse(stranger, abi.encodeWithSelector(SettlementRecords.DeadlineAhead.selector, next));
        settling.referClaims(leaseId, CLAIMS);
        vm.warp(next);
        vm.prank(stranger);
        settling.referClaims(leaseId, CLAIMS);
        _step(CLAIMS, SettlementRecords.Step.Contested);
        _credited(0, DEPOSIT - 300);
    }

    function test_payee_who_never_reminds_gets_nothing() public {
        _claim(100, 200, 0);
        uint256 last = settling.stateOf(leaseId, CLAIMS).deadline + 14 days;
        vm.warp(last);
        _refuse(owner, abi.encodeWithSelector(SettlementRecords.DeadlinePassed.selector, last));
        settling.remindTenants(leaseId, CLAIMS, WHY);
        vm.prank(stranger);
        settling.releaseDeposit(leaseId, CLAIMS);
        _credited(0, DEPOSIT);
    }

    function test_reserve_waits_for_bills_and_no_longer() public {
        _claim(100, 200, 50_000);
        _credited(0, DEPOSIT - 50_300);
        _step(BILLS, SettlementRecords.Step.Reserved);
        _refuse(stranger, abi.encodeWithSelector(SettlementRecords.DeadlineAhead.selector, endedAt + 60 days));
        settling.releaseDeposit(leaseId, BILLS);
        vm.prank(owner);
        settling.stateBills(leaseId, _items(20_000, 10_000));
        _credited(0, DEPOSIT - 30_300);
        vm.prank(tenant);
        settling.acceptClaims(leaseId, BILLS, _amounts(20_000, 10_000));
        _credited(30_000, DEPOSIT - 30_300);
        _step(BILLS, SettlementRecords.Step.Closed);
        _step(CLAIMS, SettlementRecords.Step.Stated);
    }

    function test_reserve_goes_back_when_no_bill_comes() public {
        _claim(100, 200, 50_000);
        vm.warp(endedAt + 60 days);
        _refuse(owner, abi.encodeWithSelector(SettlementRecords.DeadlinePassed.selector, endedAt + 60 days));
        settling.stateBills(leaseId, _items(1, 1));
        vm.prank(stranger);
        settling.releaseDeposit(leaseId, BILLS);
        _credited(0, DEPOSIT - 300);
    }

    function test_only_a_tenant_contests() public {
        _claim(100, 200, 0);
        _refuse(stranger, abi.encodeWithSelector(DisputeParties.NotATenant.selector, stranger));
        settling.contestClaims(leaseId, CLAIMS, WHY);
        _refuse(friend, abi.encodeWithSelector(TitleRecords.ReasonMissing.selector));
        settling.contestClaims(leaseId, CLAIMS, 0);
        vm.prank(friend);
        settling.contestClaims(leaseId, CLAIMS, WHY);
        _refuse(friend, _wrongStep(CLAIMS, SettlementRecords.Step.Contested));
        settling.contestClaims(leaseId, CLAIMS, WHY);
    }

    function test_retired_contract_begins_no_settlement() public {
        _refuse(stranger, _unauthorised(stranger));
        settling.retire(address(0x5));
        vm.prank(administration);
        settling.retire(address(0x5));
        bytes memory reason = abi.encodeWithSelector(TitleRecords.ContractRetired.selector, address(0x5));
        _refuse(owner, reason);
        settling.stateClaims(leaseId, _items(1, 1), 0);
        _refuse(owner, reason);
        settling.releaseDeposit(leaseId, CLAIMS);
    }
}
