// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {LeasesTest} from "./LeasesTest.t.sol";
import {RentSchedule} from "./RentSchedule.sol";
import {Rents} from "./Rents.sol";

/// @notice The city of LeasesTest, and the rent of a running lease: from in ten days on for a year, due on the 5th.
abstract contract RentsTest is LeasesTest {
    using RentSchedule for RentSchedule.Schedule;

    bytes32 internal constant WHY = keccak256("why");

    Rents internal rents;
    uint64 internal leaseId;

    function setUp() public virtual override {
        super.setUp();
        rents = new Rents(
            address(authority), address(leasesOf), address(escrow), address(institutions), address(parameters)
        );
        vm.prank(administration);
        authority.grantRole(MONEY_ROLE, address(rents), 0);
        leaseId = _running();
        _fill(tenant, 50_000_000);
        _addKey(banker, bank, rentKey, "rent");
        vm.prank(tenant);
        deposits.approve(address(rents), 2 ** 62);
        vm.prank(sponsor);
        deposits.approve(address(rents), 2 ** 62);
    }

    address internal constant rentKey = address(0xB8);

    /// What the terms say of the running lease.
    function _plan() internal view returns (RentSchedule.Schedule memory) {
        return RentSchedule.Schedule(RENT, 5, day + 10, day + 375);
    }

    function _dueDay(uint256 month) internal view returns (uint256) {
        return _plan().dueDayOf(month);
    }

    function _owed(uint256 month) internal view returns (uint256) {
        return _plan().amountOf(month);
    }

    function _pay(uint256 amount) internal returns (uint64) {
        vm.prank(tenant);
        return rents.payRent(leaseId, amount);
    }
}
