// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IUnits} from "./IUnits.sol";
import {TitlesTest} from "./TitlesTest.t.sol";
import {Units} from "./Units.sol";

/// @notice One home (title 1) let as a whole (unit 1) with two rooms (2 and 3) and a bed (4) in the first, all confirmed;
/// `leases` stands for the contract of leases.
abstract contract UnitsTest is TitlesTest {
    uint64 internal constant LEASES_ROLE = 3;
    bytes32 internal constant PLACE = keccak256("place");
    uint64 internal constant WHOLE = 1;
    uint64 internal constant ROOM = 2;
    uint64 internal constant OTHER_ROOM = 3;
    uint64 internal constant BED = 4;

    address internal constant leases = address(0xE1);
    address internal constant employer = address(0xA5);

    Units internal units;
    uint32 internal day;

    function setUp() public virtual override {
        super.setUp();
        units = new Units(address(authority), address(titles));
        bytes4[] memory selectors = new bytes4[](2);
        (selectors[0], selectors[1]) = (units.occupy.selector, units.vacate.selector);
        vm.startPrank(administration);
        authority.setTargetFunctionRole(address(units), selectors, LEASES_ROLE);
        authority.grantRole(LEASES_ROLE, leases, 0);
        vm.stopPrank();
        day = units.today();
        _declare(0, IUnits.UnitKind.Whole);
        _declare(WHOLE, IUnits.UnitKind.Room);
        _declare(WHOLE, IUnits.UnitKind.Room);
        _declare(ROOM, IUnits.UnitKind.Bed);
        for (uint64 unitId = 1; unitId <= 4; ++unitId) {
            _confirm(unitId);
        }
    }

    function _declare(uint64 parent, IUnits.UnitKind kind) internal returns (uint64) {
        vm.prank(landlord);
        return units.declareUnit(1, parent, kind, PLACE);
    }

    function _confirm(uint64 unitId) internal {
        vm.prank(registrar);
        units.confirmUnit(unitId, 2);
    }

    function _occupy(uint64 unitId, uint64 leaseId, uint32 fromDay, uint32 toDay) internal {
        vm.prank(leases);
        units.occupy(unitId, leaseId, 0, address(0), fromDay, toDay);
    }

    /// The employer has the whole for a hundred days as lease 1 and may sublet.
    function _headLease() internal {
        vm.prank(leases);
        units.occupy(WHOLE, 1, 0, employer, day, day + 100);
    }

    function _sublet(uint64 unitId, uint64 leaseId, uint32 fromDay, uint32 toDay) internal {
        vm.prank(leases);
        units.occupy(unitId, leaseId, 1, address(0), fromDay, toDay);
    }

    function _pair(address first, address second) internal pure returns (address[] memory accounts) {
        accounts = new address[](2);
        (accounts[0], accounts[1]) = (first, second);
    }

    function _one(address account) internal pure returns (address[] memory accounts) {
        accounts = new address[](1);
        accounts[0] = account;
    }
}
