// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {ILeases} from "./ILeases.sol";
import {LeaseOffers} from "./LeaseOffers.sol";
import {LeasesTest} from "./LeasesTest.t.sol";
import {SettlementClaims} from "./SettlementClaims.sol";
import {SettlementRecords} from "./SettlementRecords.sol";
import {Settlements} from "./Settlements.sol";

/// @notice The city of LeasesTest, and a lease that has ended with its deposit in escrow.
abstract contract SettlementsTest is LeasesTest {
    SettlementRecords.Part internal constant CLAIMS = SettlementRecords.Part.Claims;
    SettlementRecords.Part internal constant BILLS = SettlementRecords.Part.Bills;
    bytes32 internal constant WHY = keccak256("why");

    Settlements internal settling;
    address internal constant arbitratorKey = address(0xD9);
    uint32 internal arbitrator;
    uint64 internal leaseId;
    uint256 internal endedAt;

    function setUp() public virtual override {
        super.setUp();
        settling = new Settlements(
            address(authority), address(leasesOf), address(escrow), address(institutions), address(parameters)
        );
        vm.prank(administration);
        authority.grantRole(MONEY_ROLE, address(settling), 0);
        _number("lease.reserve-percent", 10);
        arbitrator = _accredit("arbitrator", arbitratorKey);
        leaseId = _ended(ILeases.Track.Adjudication, adjudicator);
    }

    /// A lease on a track that ran its year, a second after its end.
    function _ended(ILeases.Track track, uint32 decider) internal returns (uint64 found) {
        LeaseOffers.Terms memory terms = _terms();
        uint32 fromDay = units.today() + 10;
        (terms.track, terms.decider) = (track, decider);
        (terms.fromDay, terms.toDay) = (fromDay, fromDay + 365);
        terms.offerDeadline = uint48(block.timestamp) + 7 days;
        found = _conclude(terms);
        _fund(found);
        _toDay(fromDay);
        _handOver(found);
        endedAt = leasesOf.leaseOf(found).endingAt;
        vm.warp(endedAt);
    }

    function _items(uint64 first, uint64 second) internal pure returns (SettlementClaims.ItemClaimed[] memory items) {
        items = new SettlementClaims.ItemClaimed[](2);
        items[0] = SettlementClaims.ItemClaimed("cleaning", "photo", first);
        items[1] = SettlementClaims.ItemClaimed("door", "bill", second);
    }

    function _claim(uint64 first, uint64 second, uint64 reserve) internal {
        vm.prank(owner);
        settling.stateClaims(leaseId, _items(first, second), reserve);
    }

    function _amounts(uint256 first, uint256 second) internal pure returns (uint256[] memory amounts) {
        amounts = new uint256[](2);
        (amounts[0], amounts[1]) = (first, second);
    }

    function _contest() internal {
        vm.prank(tenant);
        settling.contestClaims(leaseId, CLAIMS, WHY);
    }

    function _step(SettlementRecords.Part part, SettlementRecords.Step step) internal view {
        eq(uint256(settling.stateOf(leaseId, part).step), uint256(step));
    }

    function _wrongStep(SettlementRecords.Part part, SettlementRecords.Step step) internal view returns (bytes memory) {
        return abi.encodeWithSelector(SettlementRecords.StepWrong.selector, leaseId, part, step);
    }

    /// What the payee and the tenant were credited with of the deposit; the first rent was the payee's before.
    function _credited(uint256 toPayee, uint256 toTenant) internal view {
        eq(escrow.creditOf(leaseId, owner) - leasesOf.recordOf(leaseId).firstRent, toPayee);
        eq(escrow.creditOf(leaseId, tenant), toTenant);
    }
}
