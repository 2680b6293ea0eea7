// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {DateTimeLib} from "solady/utils/DateTimeLib.sol";

/// @title Calendar months by days
/// @notice A day is a number of days since 1970-01-01 in Asia/Shanghai, a month a number of calendar months since January
/// 1970. Asia/Shanghai has had no daylight saving time since 1991, so a day there is always the same 24 hours.
/// @dev The Gregorian calendar is Solady's DateTimeLib (Howard Hinnant's civil algorithms). Right for every uint32 day.
library Months {
    /// @notice The calendar month in which a day lies.
    function monthOf(uint256 day) internal pure returns (uint256 month) {
        // slither-disable-next-line unused-return (the day of the month isn't asked for)
        (uint256 year, uint256 ofYear,) = DateTimeLib.epochDayToDate(day);
        return (year - 1970) * 12 + ofYear - 1;
    }

    /// @notice The first day of a month.
    function firstDay(uint256 month) internal pure returns (uint256 day) {
        return DateTimeLib.dateToEpochDay(1970 + month / 12, 1 + month % 12, 1);
    }

    /// @notice How many days a month has: 28 to 31.
    function lengthOf(uint256 month) internal pure returns (uint256 count) {
        return DateTimeLib.daysInMonth(1970 + month / 12, 1 + month % 12);
    }

    /// @notice The day of a month with the number `ofMonth` (from 1), or the month's last day when it has no such day.
    function dayOf(uint256 month, uint256 ofMonth) internal pure returns (uint256 day) {
        uint256 length = lengthOf(month);
        return firstDay(month) + (ofMonth < length ? ofMonth : length) - 1;
    }
}
