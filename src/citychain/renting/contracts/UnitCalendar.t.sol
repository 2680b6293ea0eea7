// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IUnits} from "./IUnits.sol";
import {TitleRecords} from "./TitleRecords.sol";
import {UnitCalendar} from "./UnitCalendar.sol";
import {UnitRecords} from "./UnitRecords.sol";
import {UnitsTest} from "./UnitsTest.t.sol";

contract UnitCalendarTest is UnitsTest {
    function test_day_begins_at_midnight_in_shanghai() public {
        vm.warp(1_704_038_399); // 2023-12-31 23:59:59 in Shanghai
        eq(units.today(), 19_722);
        vm.warp(1_704_038_400);
        eq(units.today(), 19_723);
    }

    function test_occupy_tells_lease_and_days() public {
        _expectEvent();
        emit UnitCalendar.UnitOccupied(BED, 7, 0, employer, day, day + 30);
        vm.prank(leases);
        units.occupy(BED, 7, 0, employer, day, day + 30);
        UnitCalendar.Occupation[] memory list = units.occupationsOf(BED);
        eq(list.length, 1);
        eq(keccak256(abi.encode(list[0])), keccak256(abi.encode(UnitCalendar.Occupation(7, 0, day, day + 30))));
        eq(units.operatorOf(7), employer);
    }

    function test_days_are_for_contracts_of_leases_alone() public {
        bytes memory reason = abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, landlord);
        _refuse(landlord, reason);
        units.occupy(BED, 7, 0, address(0), day, day + 30);
        _refuse(landlord, reason);
        units.vacate(BED, 7, day);
    }

    function test_lease_of_the_whole_excludes_its_parts_and_the_reverse() public {
        _occupy(BED, 7, day + 10, day + 20);
        _taken(WHOLE, BED, 7);
        _taken(ROOM, BED, 7);
        _taken(BED, BED, 7);
        _occupy(OTHER_ROOM, 8, day + 10, day + 20);
        vm.prank(leases);
        units.vacate(BED, 7, day);
        vm.prank(leases);
        units.vacate(OTHER_ROOM, 8, day);
        _occupy(WHOLE, 9, day + 10, day + 20);
        _taken(BED, WHOLE, 9);
        _taken(OTHER_ROOM, WHOLE, 9);
    }

    function test_leases_meet_on_a_day_and_never_overlap_by_one() public {
        _occupy(ROOM, 7, day + 10, day + 20);
        _refuse(leases, abi.encodeWithSelector(UnitCalendar.DaysTaken.selector, ROOM, 7));
        units.occupy(WHOLE, 8, 0, address(0), day, day + 11);
        _refuse(leases, abi.encodeWithSelector(UnitCalendar.DaysTaken.selector, ROOM, 7));
        units.occupy(BED, 8, 0, address(0), day + 19, day + 21);
        _occupy(WHOLE, 8, day, day + 10);
        _occupy(BED, 9, day + 20, day + 21);
    }

    function test_occupy_is_refused_by_name() public {
        uint64 declared = _declare(WHOLE, IUnits.UnitKind.Room);
        _refuse(leases, abi.encodeWithSelector(UnitRecords.UnitNotConfirmed.selector, declared));
        units.occupy(declared, 7, 0, address(0), day, day + 1);
        _refuse(leases, abi.encodeWithSelector(UnitRecords.UnitNotInUse.selector, 99));
        units.occupy(99, 7, 0, address(0), day, day + 1);
        _refuse(leases, abi.encodeWithSelector(UnitCalendar.LeaseInvalid.selector, 0));
        units.occupy(BED, 0, 0, address(0), day, day + 1);
        _refuse(leases, abi.encodeWithSelector(UnitCalendar.LeaseInvalid.selector, 7));
        units.occupy(BED, 7, 7, address(0), day, day + 1);
        _badDays(day - 1, day + 1);
        _badDays(day, day);
        _badDays(day + 1, day);
        _badDays(day, day + 7306);
        _badDays(day + 366, day + 7305 + 367);
        _occupy(BED, 7, day + 366, day + 7305 + 366);
        _refuse(leases, abi.encodeWithSelector(UnitCalendar.LeaseInvalid.selector, 7));
        units.occupy(BED, 7, 0, address(0), day, day + 1);
    }

    function test_seized_or_reversed_title_gets_no_new_lease_and_keeps_the_old() public {
        _occupy(BED, 7, day, day + 10);
        _seize(judge, SOON);
        _refuse(leases, abi.encodeWithSelector(UnitCalendar.UnitSeized.selector, BED));
        units.occupy(BED, 8, 0, address(0), day + 10, day + 11);
        eq(units.occupationsOf(BED).length, 1);
        vm.warp(SOON);
        vm.prank(judge);
        titles.orderReversal(1, CASE);
        _refuse(leases, abi.encodeWithSelector(TitleRecords.TitleNotRegistered.selector, 1));
        units.occupy(BED, 8, 0, address(0), day + 40, day + 41);
    }

    function test_more_leases_than_the_bound_are_refused_until_one_has_ended() public {
        uint32 most = uint32(units.MAX_OCCUPATIONS());
        for (uint32 i = 0; i < most; ++i) {
            _occupy(BED, i + 1, day + i, day + i + 1);
        }
        _refuse(leases, abi.encodeWithSelector(UnitCalendar.TooManyOccupations.selector, BED));
        units.occupy(BED, 99, 0, address(0), day + most, day + most + 1);
        vm.warp(block.timestamp + 1 days);
        _occupy(BED, 99, day + most, day + most + 1);
        eq(units.occupationsOf(BED).length, most);
    }

    function test_vacate_frees_the_days_from_then_on() public {
        _occupy(BED, 7, day, day + 30);
        _expectEvent();
        emit UnitCalendar.UnitVacated(BED, 7, day + 10);
        vm.prank(leases);
        units.vacate(BED, 7, day + 10);
        _occupy(BED, 8, day + 10, day + 20);
        vm.warp(block.timestamp + 5 days);
        _expectEvent();
        emit UnitCalendar.UnitVacated(BED, 7, day + 5);
        vm.prank(leases);
        units.vacate(BED, 7, day);
        _occupy(BED, 7, day + 5, day + 10);
    }

    function test_vacate_of_nothing_does_nothing() public {
        _occupy(BED, 7, day, day + 30);
        vm.startPrank(leases);
        units.vacate(BED, 8, day);
        units.vacate(BED, 7, day + 30);
        units.vacate(99, 7, day);
        vm.stopPrank();
        eq(units.occupationsOf(BED)[0].toDay, day + 30);
    }

    function test_sublease_lies_inside_its_head_lease() public {
        _headLease();
        _sublet(BED, 7, day, day + 100);
        _sublet(OTHER_ROOM, 8, day + 10, day + 20);
        _refuse(leases, abi.encodeWithSelector(UnitCalendar.DaysTaken.selector, BED, 7));
        units.occupy(ROOM, 9, 1, address(0), day, day + 1);
        _refuse(leases, abi.encodeWithSelector(UnitCalendar.DaysTaken.selector, WHOLE, 1));
        units.occupy(OTHER_ROOM, 9, 0, address(0), day, day + 1);
        bytes memory outside = abi.encodeWithSelector(UnitCalendar.OutsideHeadLease.selector, 1);
        _refuse(leases, outside);
        units.occupy(OTHER_ROOM, 9, 1, address(0), day + 90, day + 101);
        _refuse(leases, outside);
        units.occupy(OTHER_ROOM, 9, 1, employer, day, day + 1);
    }

    function test_sublease_needs_a_head_lease_that_may_be_sublet() public {
        _occupy(ROOM, 1, day, day + 100);
        bytes memory outside = abi.encodeWithSelector(UnitCalendar.OutsideHeadLease.selector, 1);
        _refuse(leases, outside);
        units.occupy(BED, 7, 1, address(0), day, day + 1);
        _refuse(leases, outside);
        units.occupy(OTHER_ROOM, 7, 1, address(0), day, day + 1);
    }

    function test_operator_names_places_while_the_head_lease_lasts() public {
        _headLease();
        vm.prank(employer);
        uint64 part = units.declarePart(1, OTHER_ROOM, IUnits.UnitKind.Bed, PLACE);
        eq(units.unitOf(part).headLeaseId, 1);
        eq(units.unitOf(part).titleId, 1);
        vm.prank(employer);
        units.withdrawUnit(part);
        bytes memory reason = abi.encodeWithSelector(UnitRecords.NotALandlord.selector, employer);
        _refuse(employer, reason);
        units.withdrawUnit(BED);
        _refuse(employer, reason);
        units.declarePart(2, OTHER_ROOM, IUnits.UnitKind.Bed, PLACE);
        vm.warp(block.timestamp + 100 days);
        _refuse(employer, reason);
        units.declarePart(1, OTHER_ROOM, IUnits.UnitKind.Bed, PLACE);
    }

    /// Two leases of any two units are refused exactly when days and places meet.
    function testFuzz_two_leases_go_together_only_apart(uint256 first, uint256 second, uint256 seed) public {
        uint64 one = uint64(1 + first % 4);
        uint64 two = uint64(1 + second % 4);
        uint32 from = uint32(seed % 40);
        uint32 length = uint32(1 + (seed >> 32) % 20);
        _occupy(one, 7, day + 10, day + 30);
        bool apart = from >= 30 || from + length <= 10;
        // a room or its bed, beside the other room
        bool beside = (one == OTHER_ROOM && two % 2 == 0) || (two == OTHER_ROOM && one % 2 == 0);
        vm.prank(leases);
        if (!apart && !beside) {
            vm.expectRevert(abi.encodeWithSelector(UnitCalendar.DaysTaken.selector, one, 7));
        }
        units.occupy(two, 8, 0, address(0), day + from, day + from + length);
    }

    function _taken(uint64 unitId, uint64 by, uint64 leaseId) private {
        _refuse(leases, abi.encodeWithSelector(UnitCalendar.DaysTaken.selector, by, leaseId));
        units.occupy(unitId, 99, 0, address(0), day + 15, day + 16);
    }

    function _badDays(uint32 fromDay, uint32 toDay) private {
        _refuse(leases, abi.encodeWithSelector(UnitCalendar.DaysInvalid.selector, fromDay, toDay));
        units.occupy(BED, 7, 0, address(0), fromDay, toDay);
    }
}
