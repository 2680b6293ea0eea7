// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {CityTest} from "@citychain/chain/contracts/Vm.sol";
import {IUnits} from "./IUnits.sol";
import {UnitCalendar} from "./UnitCalendar.sol";
import {Units} from "./Units.sol";
import {UnitsTest} from "./UnitsTest.t.sol";

/// @notice Random acts of an owner, a registrar and a contract of leases over the units of one title.
contract UnitsHandler is CityTest {
    uint64 public constant MOST = 8;
    Units private immutable UNITS;
    address private immutable LANDLORD;
    address private immutable REGISTRAR;
    address private immutable LEASES;

    uint64 public lastLease;

    constructor(Units units, address landlord, address registrar, address leases) {
        (UNITS, LANDLORD, REGISTRAR, LEASES) = (units, landlord, registrar, leases);
    }

    function declare(uint256 parent, uint256 kind) external {
        uint64 last = UNITS.lastUnit();
        if (last >= MOST) return;
        vm.prank(LANDLORD);
        UNITS.declareUnit(1, uint64(parent % (last + 1)), IUnits.UnitKind(1 + kind % 4), "place");
    }

    function confirm(uint256 unitId) external {
        uint64 unit = _any(unitId);
        vm.prank(REGISTRAR);
        UNITS.confirmUnit(unit, 2);
    }

    function withdraw(uint256 unitId, uint256 rarely) external {
        if (rarely % 8 != 0) return;
        uint64 unit = _any(unitId);
        vm.prank(LANDLORD);
        UNITS.withdrawUnit(unit);
    }

    function occupy(uint256 unitId, uint256 fromDay, uint256 length) external {
        uint32 first = UNITS.today() + uint32(fromDay % 40);
        uint64 unit = _any(unitId);
        vm.prank(LEASES);
        UNITS.occupy(unit, lastLease + 1, 0, address(this), first, first + uint32(1 + length % 30));
        ++lastLease;
    }

    function sublet(uint256 unitId, uint256 head, uint256 fromDay, uint256 length) external {
        uint32 first = UNITS.today() + uint32(fromDay % 20);
        uint64 unit = _any(unitId);
        vm.prank(LEASES);
        UNITS.occupy(
            unit, lastLease + 1, uint64(1 + head % (lastLease + 1)), address(0), first, first + uint32(1 + length % 5)
        );
        ++lastLease;
    }

    function vacate(uint256 unitId, uint256 which, uint256 day) external {
        unitId = _any(unitId);
        UnitCalendar.Occupation[] memory list = UNITS.occupationsOf(uint64(unitId));
        if (list.length == 0) return;
        uint32 first = UNITS.today() + uint32(day % 40);
        vm.prank(LEASES);
        UNITS.vacate(uint64(unitId), list[which % list.length].leaseId, first);
    }

    function pass(uint256 time) external {
        vm.warp(block.timestamp + bound(time, 1, 5 days));
    }

    function _any(uint256 seed) private view returns (uint64) {
        return uint64(1 + seed % UNITS.lastUnit());
    }
}

/// @notice What is true of units after any acts in any order.
contract UnitsInvariantsTest is UnitsTest {
    address[] private _targets;

    function setUp() public override {
        super.setUp();
        _targets.push(address(new UnitsHandler(units, landlord, registrar, leases)));
    }

    function targetContracts() public view returns (address[] memory) {
        return _targets;
    }

    function invariant_no_place_has_two_leases_on_a_day() public view {
        uint64 last = units.lastUnit();
        for (uint64 unitId = 1; unitId <= last; ++unitId) {
            UnitCalendar.Occupation[] memory list = units.occupationsOf(unitId);
            for (uint256 i = 0; i < list.length; ++i) {
                ok(list[i].fromDay < list[i].toDay, "days");
                for (uint256 j = 0; j < i; ++j) {
                    _apart(list[i], list[j]);
                }
                for (uint64 above = units.unitOf(unitId).parent; above != 0; above = units.unitOf(above).parent) {
                    UnitCalendar.Occupation[] memory others = units.occupationsOf(above);
                    for (uint256 j = 0; j < others.length; ++j) {
                        _apart(list[i], others[j]);
                    }
                }
            }
        }
    }

    function afterInvariant() public view {
        uint256 roots;
        for (uint64 unitId = 1; unitId <= units.lastUnit(); ++unitId) {
            IUnits.Unit memory unit = units.unitOf(unitId);
            uint64[] memory parts = units.partsOf(unitId);
            if (unit.state == IUnits.UnitState.Withdrawn) {
                eq(parts.length, 0);
                continue;
            }
            if (unit.parent == 0) ++roots;
            for (uint256 i = 0; i < parts.length; ++i) {
                eq(units.unitOf(parts[i]).parent, unitId);
                ok(units.unitOf(parts[i]).kind > unit.kind, "kind");
                ok(units.unitOf(parts[i]).state != IUnits.UnitState.Withdrawn, "state");
            }
        }
        eq(units.rootsOf(1), roots);
        if (units.wholeOf(1) != 0) eq(roots, 1);
    }

    /// On one day at one place there are a head lease and a sublease of it, or one lease.
    function _apart(UnitCalendar.Occupation memory one, UnitCalendar.Occupation memory two) private pure {
        if (one.toDay <= two.fromDay || two.toDay <= one.fromDay) return;
        ok(one.headLeaseId == two.leaseId || two.headLeaseId == one.leaseId, "two leases of one place and day");
    }
}
