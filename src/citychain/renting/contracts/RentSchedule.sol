// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Months} from "./Months.sol";

/// @title What rent is due when
/// @notice Rent is due for each calendar month in which a lease has days. A month in which it has only some days owes that
/// part of the rent, by the days of that month, rounded down to a fen.
/// @dev Months are numbered from 0, the month of the lease's first day. Sums have a closed form, so that a lease of twenty
/// years costs no more to ask about than one of a month.
library RentSchedule {
    struct Schedule {
        /// Fen for a whole calendar month.
        uint64 rent;
        /// The day of the month on which its rent is due, 1 to 31; a shorter month's last day.
        uint8 dueDay;
        /// The days of the lease, `toDay` not among them.
        uint32 fromDay;
        uint32 toDay;
    }

    /// @notice How many months the lease has days in; 0 when it has no days.
    function countOf(Schedule memory schedule) internal pure returns (uint256 count) {
        if (schedule.toDay <= schedule.fromDay) return 0;
        return 1 + Months.monthOf(schedule.toDay - 1) - Months.monthOf(schedule.fromDay);
    }

    /// @notice The days of the `index`th month that are the lease's, `toDay` not among them.
    function periodOf(Schedule memory schedule, uint256 index) internal pure returns (uint256 fromDay, uint256 toDay) {
        uint256 month = Months.monthOf(schedule.fromDay) + index;
        (fromDay, toDay) = (Months.firstDay(month), Months.firstDay(month + 1));
        if (fromDay < schedule.fromDay) fromDay = schedule.fromDay;
        if (toDay > schedule.toDay) toDay = schedule.toDay;
    }

    /// @notice The rent of the `index`th month, in fen.
    function amountOf(Schedule memory schedule, uint256 index) internal pure returns (uint256 amount) {
        (uint256 fromDay, uint256 toDay) = periodOf(schedule, index);
        return (schedule.rent * (toDay - fromDay)) / Months.lengthOf(Months.monthOf(schedule.fromDay) + index);
    }

    /// @notice The rent of the first `count` months together, in fen.
    function sumOf(Schedule memory schedule, uint256 count) internal pure returns (uint256 amount) {
        uint256 all = countOf(schedule);
        if (count > all) count = all;
        if (count == 0) return 0;
        amount = amountOf(schedule, 0);
        if (count == 1) return amount;
        return amount + schedule.rent * (count - 2) + amountOf(schedule, count - 1);
    }

    /// @notice The month to which one fen of the lease's rent belongs, when `before` fen are owed before it; `before` is less than
    /// all months owe together.
    function monthAt(Schedule memory schedule, uint256 before) internal pure returns (uint256 index) {
        uint256 first = amountOf(schedule, 0);
        return before < first ? 0 : 1 + (before - first) / schedule.rent;
    }

    /// @notice The day on which the rent of the `index`th month is due: never before the lease begins, nor after it ends.
    function dueDayOf(Schedule memory schedule, uint256 index) internal pure returns (uint256 day) {
        day = Months.dayOf(Months.monthOf(schedule.fromDay) + index, schedule.dueDay);
        if (day < schedule.fromDay) return schedule.fromDay;
        if (day >= schedule.toDay) return schedule.toDay - 1;
    }

    /// @notice How many months are due on `day`.
    function dueCount(Schedule memory schedule, uint256 day) internal pure returns (uint256 count) {
        if (day < schedule.fromDay) return 0;
        uint256 all = countOf(schedule);
        count = Months.monthOf(day) - Months.monthOf(schedule.fromDay);
        if (count >= all) return all;
        return dueDayOf(schedule, count) <= day ? count + 1 : count;
    }
}
