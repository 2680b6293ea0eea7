// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {CityTest} from "@citychain/chain/contracts/Vm.sol";
import {Months} from "./Months.sol";
import {RentSchedule} from "./RentSchedule.sol";

contract RentScheduleTest is CityTest {
    using RentSchedule for RentSchedule.Schedule;

    uint64 private constant RENT = 310_001;
    /// 2027-12-01, 2028-01-01, 2028-02-01, 2028-03-01.
    uint32 private constant DECEMBER = 21_153;
    uint32 private constant JANUARY = DECEMBER + 31;
    uint32 private constant FEBRUARY = JANUARY + 31;
    uint32 private constant MARCH = FEBRUARY + 29;

    function test_first_and_last_month_owe_their_days() public pure {
        RentSchedule.Schedule memory schedule = RentSchedule.Schedule(RENT, 31, DECEMBER + 20, MARCH + 9);
        eq(schedule.countOf(), 4);
        eq(schedule.amountOf(0), 110_000);
        eq(schedule.amountOf(1), RENT);
        eq(schedule.amountOf(2), RENT);
        eq(schedule.amountOf(3), 90_000);
        eq(schedule.sumOf(4), 110_000 + RENT + RENT + 90_000);
        eq(schedule.sumOf(99), schedule.sumOf(4));
    }

    function test_due_day_is_clamped_to_month_and_lease() public pure {
        RentSchedule.Schedule memory schedule = RentSchedule.Schedule(RENT, 31, DECEMBER + 20, MARCH + 9);
        eq(schedule.dueDayOf(0), JANUARY - 1);
        eq(schedule.dueDayOf(2), MARCH - 1);
        eq(schedule.dueDayOf(3), MARCH + 8);
        schedule.dueDay = 5;
        eq(schedule.dueDayOf(0), DECEMBER + 20);
        eq(schedule.dueDayOf(3), MARCH + 4);
    }

    function test_months_come_due_one_by_one() public pure {
        RentSchedule.Schedule memory schedule = RentSchedule.Schedule(RENT, 30, DECEMBER + 20, MARCH + 9);
        eq(schedule.dueCount(DECEMBER + 19), 0);
        eq(schedule.dueCount(DECEMBER + 28), 0);
        eq(schedule.dueCount(DECEMBER + 29), 1);
        eq(schedule.dueCount(FEBRUARY + 27), 2);
        eq(schedule.dueCount(FEBRUARY + 28), 3);
        eq(schedule.dueCount(MARCH + 7), 3);
        eq(schedule.dueCount(MARCH + 8), 4);
        eq(schedule.dueCount(MARCH + 4000), 4);
    }

    function test_lease_within_one_month_owes_once() public pure {
        RentSchedule.Schedule memory schedule = RentSchedule.Schedule(RENT, 1, FEBRUARY + 28, MARCH);
        eq(schedule.countOf(), 1);
        eq(schedule.sumOf(1), RENT / 29);
        schedule.toDay = FEBRUARY + 28;
        eq(schedule.countOf(), 0);
        eq(schedule.sumOf(1), 0);
        eq(schedule.dueCount(MARCH), 0);
    }

    function testFuzz_closed_forms_are_the_sums_of_months(
        uint64 rent,
        uint8 dueDay,
        uint16 first,
        uint16 length,
        uint16 later
    ) public pure {
        RentSchedule.Schedule memory schedule = RentSchedule.Schedule(
            rent / 2, 1 + dueDay % 31, DECEMBER + first % 8000, DECEMBER + first % 8000 + 1 + length % 7305
        );
        uint256 day = schedule.fromDay + later % 8000;
        uint256 count = schedule.countOf();
        (uint256 sum, uint256 due, uint256 next) = (0, 0, schedule.fromDay);
        for (uint256 i = 0; i < count; ++i) {
            (uint256 fromDay, uint256 toDay) = schedule.periodOf(i);
            eq(fromDay, next);
            ok(fromDay < toDay, "period");
            eq(Months.monthOf(fromDay), Months.monthOf(toDay - 1));
            ok(fromDay <= schedule.dueDayOf(i) && schedule.dueDayOf(i) < toDay, "due day");
            if (schedule.dueDayOf(i) <= day) ++due;
            if (schedule.amountOf(i) != 0) {
                eq(schedule.monthAt(sum), i);
                eq(schedule.monthAt(sum + schedule.amountOf(i) - 1), i);
            }
            sum += schedule.amountOf(i);
            eq(schedule.sumOf(i + 1), sum);
            next = toDay;
        }
        eq(next, schedule.toDay);
        eq(schedule.dueCount(day), due);
    }
}
