// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {CityTest} from "@citychain/chain/contracts/Vm.sol";
import {LeaseOffers} from "./LeaseOffers.sol";
import {LeaseRecords} from "./LeaseRecords.sol";
import {LeasesTest} from "./LeasesTest.t.sol";

/// @notice What the machine asks of the test that owns the city.
interface ILeaseWorld {
    function offer(uint64 unitId, uint32 fromDay, uint32 toDay) external returns (uint64);
    function pay(uint64 leaseId) external;
    function confirm(uint64 leaseId, bool byLandlord) external;
    function end(uint64 leaseId, uint32 toDay) external;
    function lapse(uint64 leaseId) external;
    function award(uint64 leaseId, bool toLandlord, uint256 amount) external;
    function payOut(uint64 leaseId, bool toLandlord) external;
    function lodge(uint64 leaseId, uint256 amount) external;
    function order(uint64 leaseId, uint256 amount, uint256 hold) external;
    function lastLease() external view returns (uint64);
    function today() external view returns (uint32);
    function stateOf(uint64 leaseId) external view returns (LeaseRecords.State);
}

/// @notice Random acts of landlords, tenants, settlements and a court over leases of one home and a room in it.
contract LeasesHandler is CityTest {
    ILeaseWorld private immutable WORLD;

    constructor(ILeaseWorld world) {
        WORLD = world;
    }

    function offer(uint256 unit, uint256 fromDay, uint256 length) external {
        if (fromDay % 3 != 0 || WORLD.lastLease() >= 16) return;
        uint32 first = WORLD.today() + uint32(fromDay % 8);
        WORLD.offer(uint64(5 + unit % 2), first, first + uint32(10 + length % 40));
    }

    function pay(uint256 seed) external {
        WORLD.pay(_in(seed, LeaseRecords.State.Signed));
    }

    function confirm(uint256 seed, bool byLandlord, bool both) external {
        uint64 leaseId = _in(seed, LeaseRecords.State.Funded);
        WORLD.confirm(leaseId, byLandlord);
        if (both) WORLD.confirm(leaseId, !byLandlord);
    }

    function end(uint256 seed, uint256 day) external {
        WORLD.end(_in(seed, LeaseRecords.State.Running), WORLD.today() + uint32(day % 20));
    }

    function lapse(uint256 seed) external {
        WORLD.lapse(_any(seed));
    }

    function award(uint256 seed, bool toLandlord, uint256 amount) external {
        WORLD.award(_in(seed, LeaseRecords.State.Running), toLandlord, amount);
    }

    function payOut(uint256 seed, bool toLandlord) external {
        WORLD.payOut(_in(seed, LeaseRecords.State.Running), toLandlord);
    }

    function lodge(uint256 seed, uint256 amount) external {
        WORLD.lodge(_in(seed, LeaseRecords.State.Running), 1 + amount % 1000);
    }

    function order(uint256 seed, uint256 amount, uint256 hold) external {
        WORLD.order(_in(seed, LeaseRecords.State.Running), amount, hold);
    }

    function pass(uint256 time) external {
        vm.warp(block.timestamp + bound(time, 1 hours, 2 days));
    }

    /// A lease in a state when there is one; now and then any other, or one that isn't there.
    function _in(uint256 seed, LeaseRecords.State state) private view returns (uint64) {
        uint64 last = WORLD.lastLease();
        if (seed % 8 == 0) return _any(seed);
        for (uint64 i = 0; i < last; ++i) {
            uint64 leaseId = uint64(1 + (seed + i) % last);
            if (WORLD.stateOf(leaseId) == state) return leaseId;
        }
        return _any(seed);
    }

    function _any(uint256 seed) private view returns (uint64) {
        return uint64(1 + seed % (WORLD.lastLease() + 1));
    }
}

/// @notice What is true of leases and their money after any acts in any order.
contract LeasesInvariantsTest is LeasesTest, ILeaseWorld {
    address[] private _targets;
    uint256 private _salt;
    /// Everything that came in for a lease, and everything that left.
    uint256 private _came;
    uint256 private _left;

    function setUp() public override {
        super.setUp();
        vm.prank(tenant);
        deposits.approve(address(escrow), 3_000_000);
        _targets.push(address(new LeasesHandler(this)));
        this.offer(HOME, units.today(), units.today() + 30);
    }

    function targetContracts() public view returns (address[] memory) {
        return _targets;
    }

    function offer(uint64 unitId, uint32 fromDay, uint32 toDay) external returns (uint64) {
        LeaseOffers.Terms memory terms = _terms();
        (terms.unitId, terms.fromDay, terms.toDay) = (unitId, fromDay, toDay);
        (terms.rent, terms.deposit, terms.lateFee) = (3100, 6200, 0);
        terms.landlords = _sorted(owner, coOwner);
        terms.offerDeadline = uint48(block.timestamp + 5 days);
        terms.salt = bytes32(++_salt);
        return _conclude(terms);
    }

    function pay(uint64 leaseId) external {
        uint256 amount = _due(leaseId);
        leasesOf.fund(leaseId, tenant);
        _came += amount;
    }

    function confirm(uint64 leaseId, bool byLandlord) external {
        vm.prank(byLandlord ? owner : tenant);
        leasesOf.confirmHandover(leaseId, CONDITION);
    }

    function end(uint64 leaseId, uint32 toDay) external {
        vm.prank(address(changes));
        leasesOf.shorten(leaseId, toDay, "agreed");
    }

    function lapse(uint64 leaseId) external {
        leasesOf.lapse(leaseId);
    }

    function award(uint64 leaseId, bool toLandlord, uint256 amount) external {
        uint256 held = escrow.heldOf(leaseId);
        if (held == 0 || leasesOf.recordOf(leaseId).state != LeaseRecords.State.Running) return;
        vm.prank(settlements);
        escrow.award(leaseId, toLandlord ? owner : tenant, bound(amount, 1, held));
    }

    function payOut(uint64 leaseId, bool toLandlord) external {
        uint256 credit = escrow.creditOf(leaseId, toLandlord ? owner : tenant);
        escrow.payOut(leaseId, toLandlord ? owner : tenant);
        _left += credit;
    }

    function lodge(uint64 leaseId, uint256 amount) external {
        vm.prank(settlements);
        escrow.lodge(leaseId, address(deposits), tenant, owner, amount);
        _came += amount;
    }

    function order(uint64 leaseId, uint256 amount, uint256 hold) external {
        uint256 held = escrow.heldOf(leaseId);
        vm.startPrank(judge);
        escrow.holdForCourt(leaseId, CASE, uint48(block.timestamp + hold % 10 days));
        if (held != 0 && amount % 4 == 0) escrow.orderAward(leaseId, CASE, owner, bound(amount, 1, held));
        vm.stopPrank();
    }

    function lastLease() external view returns (uint64) {
        return leasesOf.lastLease();
    }

    function today() external view returns (uint32) {
        return units.today();
    }

    function stateOf(uint64 leaseId) external view returns (LeaseRecords.State) {
        return leasesOf.recordOf(leaseId).state;
    }

    function invariant_escrow_is_the_sum_of_what_is_held_and_owed() public view {
        uint256 sum = 0;
        for (uint64 leaseId = 1; leaseId <= leasesOf.lastLease() + 1; ++leaseId) {
            sum += escrow.heldOf(leaseId) + escrow.creditOf(leaseId, owner) + escrow.creditOf(leaseId, tenant);
        }
        eq(deposits.balanceOf(address(escrow)), sum);
        eq(escrow.keptAt(address(deposits)), sum);
        eq(_came - _left, sum);
    }

    function afterInvariant() public view {
        _requireOneLeaseAPlaceAndDay();
        _requireEverythingOrNothing();
    }

    function _requireOneLeaseAPlaceAndDay() private view {
        uint64 last = leasesOf.lastLease();
        for (uint64 i = 1; i <= last; ++i) {
            for (uint64 j = 1; j < i; ++j) {
                if (!_hasDays(i) || !_hasDays(j)) continue;
                LeaseRecords.Lease memory one = leasesOf.recordOf(i);
                LeaseRecords.Lease memory two = leasesOf.recordOf(j);
                ok(one.toDay <= two.fromDay || two.toDay <= one.fromDay, "two leases of one place and day");
            }
        }
    }

    /// A lease that ended before its first day has none.
    function _hasDays(uint64 leaseId) private view returns (bool) {
        LeaseRecords.Lease memory lease = leasesOf.recordOf(leaseId);
        if (lease.state != LeaseRecords.State.Funded && lease.state != LeaseRecords.State.Running) return false;
        return lease.fromDay < lease.toDay;
    }

    /// A lease without keys holds everything or nothing.
    function _requireEverythingOrNothing() private view {
        for (uint64 leaseId = 1; leaseId <= leasesOf.lastLease(); ++leaseId) {
            LeaseRecords.State state = leasesOf.recordOf(leaseId).state;
            if (state == LeaseRecords.State.Signed) eq(escrow.heldOf(leaseId), 0);
            if (state == LeaseRecords.State.Running) ok(escrow.heldOf(leaseId) <= 6200, "first rent is the payee's");
        }
    }
}
