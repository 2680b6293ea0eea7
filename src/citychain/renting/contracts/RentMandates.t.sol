// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {DepositAccounts} from "@citychain/money/contracts/DepositAccounts.sol";
import {RentMandates} from "./RentMandates.sol";
import {RentsTest} from "./RentsTest.t.sol";
import {TitleRecords} from "./TitleRecords.sol";

contract RentMandatesTest is RentsTest {
    uint48 private _until;

    function setUp() public override {
        super.setUp();
        _until = uint48(block.timestamp) + 300 days;
    }

    function _give(address payer, uint256 most) private {
        vm.prank(payer);
        rents.giveRentMandate(leaseId, most, _until);
    }

    function _nothing() private view returns (bytes memory) {
        return abi.encodeWithSelector(RentMandates.NothingToCollect.selector, leaseId);
    }

    function _missing(address payer) private view returns (bytes memory) {
        return abi.encodeWithSelector(RentMandates.RentMandateMissing.selector, leaseId, payer);
    }

    function test_due_rent_is_collected_by_anyone_never_early_never_twice() public {
        vm.prank(tenant);
        _expectEvent();
        emit RentMandates.RentMandateGiven(leaseId, tenant, RENT, _until);
        rents.giveRentMandate(leaseId, RENT, _until);
        vm.warp(_dueDay(1) * 1 days - 8 hours - 1);
        _refuse(stranger, _nothing());
        rents.collectRent(leaseId, tenant);
        vm.warp(block.timestamp + 1);
        uint256 before = deposits.balanceOf(owner);
        vm.prank(stranger);
        rents.collectRent(leaseId, tenant);
        eq(deposits.balanceOf(owner) - before, _owed(1));
        _refuse(stranger, _nothing());
        rents.collectRent(leaseId, tenant);
    }

    function test_never_more_than_the_mandate_in_a_month() public {
        _give(tenant, 100_000);
        _toDay(_dueDay(2));
        vm.prank(stranger);
        rents.collectRent(leaseId, tenant);
        eq(rents.arrearsOf(leaseId), _owed(1) + _owed(2) - 100_000);
        _refuse(stranger, _nothing());
        rents.collectRent(leaseId, tenant);
        // raising it in the same month lets only the difference through
        _give(tenant, 150_000);
        eq(rents.collectable(leaseId, tenant), 50_000);
        _toDay(_dueDay(3));
        eq(rents.collectable(leaseId, tenant), 150_000);
    }

    function test_mandate_ends_by_time_and_by_its_payer() public {
        _refuse(stranger, _missing(tenant));
        rents.collectRent(leaseId, tenant);
        _refuse(tenant, _missing(tenant));
        rents.revokeRentMandate(leaseId);
        _give(sponsor, RENT);
        _toDay(_dueDay(1));
        vm.prank(sponsor);
        _expectEvent();
        emit RentMandates.RentMandateRevoked(leaseId, sponsor);
        rents.revokeRentMandate(leaseId);
        _refuse(stranger, _missing(sponsor));
        rents.collectRent(leaseId, sponsor);
        _give(sponsor, RENT);
        vm.warp(_until);
        _refuse(stranger, _missing(sponsor));
        rents.collectRent(leaseId, sponsor);
    }

    function test_collecting_fails_whole_without_money_or_allowance() public {
        _give(tenant, RENT);
        _toDay(_dueDay(1));
        vm.prank(tenant);
        deposits.approve(address(rents), _owed(1) - 1);
        bytes memory reason = abi.encodeWithSignature(
            "ERC20InsufficientAllowance(address,uint256,uint256)", address(rents), _owed(1) - 1, _owed(1)
        );
        _refuse(stranger, reason);
        rents.collectRent(leaseId, tenant);
        eq(rents.rentMandateOf(leaseId, tenant).taken, 0);
        eq(rents.arrearsOf(leaseId), _owed(1));
    }

    function test_mandates_of_bad_values_are_refused() public {
        _refuse(tenant, abi.encodeWithSelector(DepositAccounts.AmountZero.selector));
        rents.giveRentMandate(leaseId, 0, _until);
        uint48 now_ = uint48(block.timestamp);
        _refuse(tenant, abi.encodeWithSelector(RentMandates.MandateTimeInvalid.selector, now_));
        rents.giveRentMandate(leaseId, RENT, now_);
        uint48 far = now_ + uint48(rents.MAX_MANDATE_TIME()) + 1;
        _refuse(tenant, abi.encodeWithSelector(RentMandates.MandateTimeInvalid.selector, far));
        rents.giveRentMandate(leaseId, RENT, far);
    }

    function test_no_mandates_after_retirement() public {
        _give(tenant, RENT);
        _refuse(stranger, _unauthorised(stranger));
        rents.retire(address(0x5));
        vm.prank(administration);
        rents.retire(address(0x5));
        bytes memory reason = abi.encodeWithSelector(TitleRecords.ContractRetired.selector, address(0x5));
        _refuse(tenant, reason);
        rents.giveRentMandate(leaseId, RENT, _until);
        _toDay(_dueDay(1));
        _refuse(stranger, reason);
        rents.collectRent(leaseId, tenant);
        _pay(_owed(1));
        eq(rents.arrearsOf(leaseId), 0);
    }

    /// Whatever the mandate and the day, collecting takes at most the mandate in a month, at most what is due, and nothing after.
    function testFuzz_collecting_is_bounded(uint256 most, uint256 later) public {
        most = bound(most, 1, 2 * RENT);
        _give(tenant, most);
        vm.warp(block.timestamp + bound(later, 0, 290 days));
        uint256 due = rents.arrearsOf(leaseId);
        if (due == 0) {
            _refuse(stranger, _nothing());
            rents.collectRent(leaseId, tenant);
            return;
        }
        uint256 before = deposits.balanceOf(tenant);
        rents.collectRent(leaseId, tenant);
        eq(before - deposits.balanceOf(tenant), due < most ? due : most);
        _refuse(stranger, _nothing());
        rents.collectRent(leaseId, tenant);
    }
}
