// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {CityTest} from "@citychain/chain/contracts/Vm.sol";
import {Months} from "./Months.sol";

contract MonthsTest is CityTest {
    /// How many days above 28 each month from January 2020 to December 2109 has, by Python's calendar (test_months.py).
    bytes internal constant LENGTHS = "313232332323303232332323303232332323303232332323313232332323303232332323303232332323303232332323"
        "313232332323303232332323303232332323303232332323313232332323303232332323303232332323303232332323"
        "313232332323303232332323303232332323303232332323313232332323303232332323303232332323303232332323"
        "313232332323303232332323303232332323303232332323313232332323303232332323303232332323303232332323"
        "313232332323303232332323303232332323303232332323313232332323303232332323303232332323303232332323"
        "313232332323303232332323303232332323303232332323313232332323303232332323303232332323303232332323"
        "313232332323303232332323303232332323303232332323313232332323303232332323303232332323303232332323"
        "313232332323303232332323303232332323303232332323313232332323303232332323303232332323303232332323"
        "313232332323303232332323303232332323303232332323313232332323303232332323303232332323303232332323"
        "313232332323303232332323303232332323303232332323313232332323303232332323303232332323303232332323"
        "303232332323303232332323303232332323303232332323313232332323303232332323303232332323303232332323"
        "313232332323303232332323";
    /// 2020-01-01, by Python's datetime.
    uint256 private constant FIRST_DAY = 18_262;

    function test_every_day_of_ninety_years_lies_in_its_month() public pure {
        uint256 day = FIRST_DAY;
        for (uint256 i = 0; i < LENGTHS.length; ++i) {
            uint256 month = 600 + i;
            uint256 length = 28 + uint8(LENGTHS[i]) - uint8(bytes1("0"));
            eq(Months.firstDay(month), day);
            eq(Months.lengthOf(month), length);
            for (uint256 ofMonth = 1; ofMonth <= length; ++ofMonth) {
                eq(Months.monthOf(day), month);
                eq(Months.dayOf(month, ofMonth), day++);
            }
            for (uint256 ofMonth = length + 1; ofMonth <= 31; ++ofMonth) {
                eq(Months.dayOf(month, ofMonth), day - 1);
            }
        }
        eq(day, 51_134);
    }

    function testFuzz_a_day_lies_between_its_months_first_and_the_next(uint32 day) public pure {
        uint256 month = Months.monthOf(day);
        ok(Months.firstDay(month) <= day, "first");
        ok(day < Months.firstDay(month + 1), "next");
        eq(Months.firstDay(month + 1) - Months.firstDay(month), Months.lengthOf(month));
    }
}
