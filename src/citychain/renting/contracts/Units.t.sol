// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IUnits} from "./IUnits.sol";
import {TitleRecords} from "./TitleRecords.sol";
import {UnitCalendar} from "./UnitCalendar.sol";
import {UnitRecords} from "./UnitRecords.sol";
import {Units} from "./Units.sol";
import {UnitsTest} from "./UnitsTest.t.sol";

contract UnitsDeclaringTest is UnitsTest {
    function test_declare_tells_what_and_by_whom() public {
        _expectEvent();
        emit Units.UnitDeclared(5, 1, ROOM, 0, IUnits.UnitKind.Bed, PLACE, partner);
        vm.prank(partner);
        units.declareUnit(1, ROOM, IUnits.UnitKind.Bed, PLACE);
        IUnits.Unit memory unit = units.unitOf(5);
        eq(
            keccak256(abi.encode(unit)),
            keccak256(abi.encode(IUnits.Unit(1, ROOM, 0, IUnits.UnitKind.Bed, IUnits.UnitState.Declared, 0, PLACE)))
        );
        eq(units.partsOf(ROOM).length, 2);
        eq(units.lastUnit(), 5);
    }

    function test_declare_of_a_home_that_isnt_ones_own_is_refused() public {
        _refuse(stranger, abi.encodeWithSelector(UnitRecords.NotALandlord.selector, stranger));
        units.declareUnit(1, ROOM, IUnits.UnitKind.Bed, PLACE);
    }

    function test_declare_without_kind_or_description_is_refused() public {
        _refuse(landlord, abi.encodeWithSelector(Units.KindInvalid.selector));
        units.declareUnit(1, ROOM, IUnits.UnitKind.None, PLACE);
        _refuse(landlord, abi.encodeWithSelector(TitleRecords.CommitmentMissing.selector));
        units.declareUnit(1, ROOM, IUnits.UnitKind.Bed, 0);
    }

    function test_declare_beside_the_whole_is_refused() public {
        bytes memory reason = abi.encodeWithSelector(UnitRecords.WholeExcludes.selector, 1);
        _refuse(landlord, reason);
        units.declareUnit(1, 0, IUnits.UnitKind.Whole, PLACE);
        _refuse(landlord, reason);
        units.declareUnit(1, 0, IUnits.UnitKind.Room, PLACE);
    }

    function test_declare_of_a_whole_beside_flats_is_refused() public {
        _register_second();
        vm.startPrank(buyer);
        units.declareUnit(2, 0, IUnits.UnitKind.Flat, PLACE);
        units.declareUnit(2, 0, IUnits.UnitKind.Flat, PLACE);
        eq(units.rootsOf(2), 2);
        vm.expectRevert(abi.encodeWithSelector(UnitRecords.WholeExcludes.selector, 2));
        units.declareUnit(2, 0, IUnits.UnitKind.Whole, PLACE);
        vm.stopPrank();
    }

    function test_declare_under_another_title_or_a_later_kind_is_refused() public {
        _register_second();
        bytes memory reason = abi.encodeWithSelector(UnitRecords.ParentInvalid.selector, ROOM);
        _refuse(buyer, reason);
        units.declareUnit(2, ROOM, IUnits.UnitKind.Bed, PLACE);
        _refuse(landlord, reason);
        units.declareUnit(1, ROOM, IUnits.UnitKind.Room, PLACE);
        _refuse(landlord, abi.encodeWithSelector(UnitRecords.UnitNotInUse.selector, 99));
        units.declareUnit(1, 99, IUnits.UnitKind.Bed, PLACE);
    }

    function test_declare_of_more_parts_than_the_bound_is_refused() public {
        for (uint256 i = 3; i < units.MAX_PARTS(); ++i) {
            _declare(OTHER_ROOM, IUnits.UnitKind.Bed);
        }
        _refuse(landlord, abi.encodeWithSelector(UnitRecords.TooManyParts.selector, WHOLE));
        units.declareUnit(1, ROOM, IUnits.UnitKind.Bed, PLACE);
    }

    /// The greatest walk of `occupy`: every part that a whole can have, with every lease that a part can have.
    function test_occupy_of_a_whole_with_every_part_taken_stays_in_bounds() public {
        for (uint256 i = 3; i < units.MAX_PARTS(); ++i) {
            _confirm(_declare(OTHER_ROOM, IUnits.UnitKind.Bed));
        }
        uint64 leaseId;
        for (uint64 unitId = BED; unitId <= units.lastUnit(); ++unitId) {
            for (uint32 i = 0; i < units.MAX_OCCUPATIONS(); ++i) {
                _occupy(unitId, ++leaseId, day + i, day + i + 1);
            }
        }
        uint256 before = gasleft();
        _occupy(WHOLE, 1000, day + 8, day + 9);
        ok(before - gasleft() < 2_500_000, "gas");
    }

    function test_confirm_tells_who_and_how_many() public {
        _expectEvent();
        emit Units.UnitConfirmed(BED, registry, 1);
        vm.prank(registrar);
        units.confirmUnit(BED, 1);
        eq(units.unitOf(BED).occupants, 1);
        eq(uint8(units.unitOf(BED).state), uint8(IUnits.UnitState.Confirmed));
    }

    function test_confirm_is_refused_by_name() public {
        uint64 bed = _declare(_declare(WHOLE, IUnits.UnitKind.Room), IUnits.UnitKind.Bed);
        _refuse(registrar, abi.encodeWithSelector(UnitRecords.UnitNotConfirmed.selector, 5));
        units.confirmUnit(bed, 1);
        _refuse(registrar, abi.encodeWithSelector(Units.OccupantsInvalid.selector, 0));
        units.confirmUnit(5, 0);
        _refuse(registrar, abi.encodeWithSelector(Units.OccupantsInvalid.selector, 1001));
        units.confirmUnit(5, 1001);
        _refuse(registrar, abi.encodeWithSelector(UnitRecords.UnitNotInUse.selector, 99));
        units.confirmUnit(99, 1);
        _refuse(otherRegistrar, abi.encodeWithSelector(TitleRecords.NotThisRegistrar.selector, otherRegistry, registry));
        units.confirmUnit(5, 1);
        vm.prank(registrar);
        titles.reverseRegistration(1, REASON);
        _refuse(registrar, abi.encodeWithSelector(TitleRecords.TitleNotRegistered.selector, 1));
        units.confirmUnit(5, 1);
    }

    function test_withdraw_frees_the_place_in_the_tree() public {
        _expectEvent();
        emit Units.UnitWithdrawn(BED, 0, 0, landlord);
        vm.prank(landlord);
        units.withdrawUnit(BED);
        eq(units.partsOf(ROOM).length, 0);
        eq(uint8(units.unitOf(BED).state), uint8(IUnits.UnitState.Withdrawn));
        vm.startPrank(landlord);
        units.withdrawUnit(ROOM);
        eq(units.partsOf(WHOLE)[0], OTHER_ROOM);
        units.withdrawUnit(OTHER_ROOM);
        units.withdrawUnit(WHOLE);
        vm.stopPrank();
        eq(units.wholeOf(1), 0);
        eq(units.rootsOf(1), 0);
        eq(_declare(0, IUnits.UnitKind.Whole), 5);
    }

    function test_withdraw_is_refused_by_name() public {
        _refuse(stranger, abi.encodeWithSelector(UnitRecords.NotALandlord.selector, stranger));
        units.withdrawUnit(BED);
        _refuse(landlord, abi.encodeWithSelector(UnitRecords.UnitHasParts.selector, ROOM));
        units.withdrawUnit(ROOM);
        _occupy(BED, 7, day, day + 1);
        _refuse(landlord, abi.encodeWithSelector(UnitCalendar.UnitStillOccupied.selector, BED, 7));
        units.withdrawUnit(BED);
        vm.warp(block.timestamp + 1 days);
        vm.prank(landlord);
        units.withdrawUnit(BED);
        _refuse(landlord, abi.encodeWithSelector(UnitRecords.UnitNotInUse.selector, BED));
        units.withdrawUnit(BED);
    }

    function test_strike_by_the_registrar_names_its_reason() public {
        _refuse(registrar, abi.encodeWithSelector(TitleRecords.ReasonMissing.selector));
        units.strikeUnit(BED, 0);
        _expectEvent();
        emit Units.UnitWithdrawn(BED, registry, REASON, registrar);
        vm.prank(registrar);
        units.strikeUnit(BED, REASON);
    }

    function test_retired_contract_lets_leases_end_and_nothing_else() public {
        _occupy(BED, 7, day, day + 10);
        _refuse(stranger, abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, stranger));
        units.retire(address(0x5));
        _expectEvent();
        emit UnitRecords.Retired(address(0x5));
        vm.prank(administration);
        units.retire(address(0x5));
        eq(units.successor(), address(0x5));
        bytes memory reason = abi.encodeWithSelector(TitleRecords.ContractRetired.selector, address(0x5));
        _refuse(landlord, reason);
        units.declareUnit(1, ROOM, IUnits.UnitKind.Bed, PLACE);
        _refuse(employer, reason);
        units.declarePart(1, ROOM, IUnits.UnitKind.Bed, PLACE);
        _refuse(registrar, reason);
        units.confirmUnit(BED, 1);
        _refuse(landlord, reason);
        units.withdrawUnit(BED);
        _refuse(registrar, reason);
        units.strikeUnit(BED, REASON);
        _refuse(landlord, reason);
        units.giveMandate(1, stranger, "let", SOON);
        _refuse(landlord, reason);
        units.revokeMandate(1, stranger, "let");
        _refuse(leases, reason);
        units.occupy(ROOM, 8, 0, address(0), day + 20, day + 21);
        _refuse(administration, reason);
        units.retire(address(0));
        vm.prank(leases);
        units.vacate(BED, 7, day);
        eq(units.occupationsOf(BED).length, 0);
    }

    function test_burdens_and_seizure_are_seen_at_once() public {
        ok(units.isLettable(BED), "before");
        uint64 mortgage = _mortgage(bank);
        ok(units.isLettable(BED), "mortgaged");
        uint64 seizure = _seize(judge, SOON);
        ok(!units.isLettable(BED), "seized");
        (uint64[] memory ids,) = units.burdensOf(BED);
        eq(ids.length, 2);
        eq(ids[0], mortgage);
        eq(ids[1], seizure);
        vm.warp(SOON);
        ok(units.isLettable(BED), "after");
    }

    function _register_second() private {
        vm.prank(registrar);
        titles.register(TOWN, NEW_DEED, _single(buyer));
    }

    function test_operator_lets_only_what_the_head_lease_has_while_it_lasts() public {
        _headLease();
        units.requireConsents(ROOM, 1, _one(employer));
        vm.prank(registrar);
        uint256 title = titles.register(TOWN, keccak256("another deed"), _couple());
        vm.prank(landlord);
        uint64 elsewhere = units.declareUnit(uint64(title), 0, IUnits.UnitKind.Whole, PLACE);
        vm.expectRevert(abi.encodeWithSelector(UnitRecords.NotALandlord.selector, employer));
        units.requireConsents(elsewhere, 1, _one(employer));
        vm.prank(leases);
        units.vacate(WHOLE, 1, day);
        vm.expectRevert(abi.encodeWithSelector(UnitRecords.NotALandlord.selector, employer));
        units.requireConsents(ROOM, 1, _one(employer));
    }

    function test_lease_keeps_its_operator() public {
        vm.prank(leases);
        units.occupy(ROOM, 1, 0, employer, day, day + 100);
        vm.expectRevert(abi.encodeWithSelector(UnitCalendar.LeaseInvalid.selector, 1));
        _occupy(OTHER_ROOM, 1, day, day + 100);
        vm.prank(leases);
        units.occupy(OTHER_ROOM, 1, 0, employer, day, day + 100);
        eq(units.operatorOf(1), employer);
    }

    function test_owner_who_need_not_consent_does_not_withdraw() public {
        vm.prank(partner);
        vm.expectRevert(abi.encodeWithSelector(UnitRecords.NotALandlord.selector, partner));
        units.withdrawUnit(BED);
    }
}
