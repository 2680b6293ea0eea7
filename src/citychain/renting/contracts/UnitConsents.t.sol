// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {TitleRecords} from "./TitleRecords.sol";
import {TitleTransfers} from "./TitleTransfers.sol";
import {UnitConsents} from "./UnitConsents.sol";
import {UnitRecords} from "./UnitRecords.sol";
import {UnitsTest} from "./UnitsTest.t.sol";

contract UnitConsentsTest is UnitsTest {
    function test_owner_who_must_consent_lets_alone_or_with_the_others() public view {
        units.requireConsents(BED, 0, _one(landlord));
        units.requireConsents(BED, 0, _pair(partner, landlord));
    }

    function test_letting_without_an_owner_who_must_consent_is_refused() public {
        vm.expectRevert(abi.encodeWithSelector(TitleTransfers.ConsentMissing.selector, landlord));
        units.requireConsents(BED, 0, _one(partner));
    }

    function test_letting_with_a_stranger_is_refused() public {
        vm.expectRevert(abi.encodeWithSelector(UnitRecords.NotALandlord.selector, stranger));
        units.requireConsents(BED, 0, _pair(landlord, stranger));
    }

    function test_number_of_landlords_is_bounded() public {
        vm.expectRevert(abi.encodeWithSelector(UnitConsents.LandlordCountInvalid.selector, 0));
        units.requireConsents(BED, 0, new address[](0));
        vm.expectRevert(abi.encodeWithSelector(UnitConsents.LandlordCountInvalid.selector, 17));
        units.requireConsents(BED, 0, new address[](17));
        vm.expectRevert(abi.encodeWithSelector(UnitConsents.LandlordCountInvalid.selector, 2));
        units.requireConsents(BED, 1, _pair(landlord, partner));
    }

    function test_unknown_unit_and_reversed_title_have_no_landlord() public {
        vm.expectRevert(abi.encodeWithSelector(UnitRecords.UnitNotInUse.selector, 99));
        units.requireConsents(99, 0, _one(landlord));
        vm.prank(registrar);
        titles.reverseRegistration(1, REASON);
        vm.expectRevert(abi.encodeWithSelector(TitleRecords.TitleNotRegistered.selector, 1));
        units.requireConsents(BED, 0, _one(landlord));
    }

    function test_mandate_lets_another_sign_until_its_end() public {
        _expectEvent();
        emit UnitConsents.MandateGiven(1, landlord, stranger, "let", SOON);
        _give("let");
        units.requireConsents(BED, 0, _one(stranger));
        vm.warp(SOON);
        vm.expectRevert(abi.encodeWithSelector(TitleTransfers.ConsentMissing.selector, landlord));
        units.requireConsents(BED, 0, _one(stranger));
    }

    function test_mandate_of_another_scope_lets_nobody_sign() public {
        _give("list");
        vm.expectRevert(abi.encodeWithSelector(TitleTransfers.ConsentMissing.selector, landlord));
        units.requireConsents(BED, 0, _one(stranger));
    }

    function test_revoked_mandate_ends_at_once() public {
        _give("let");
        _expectEvent();
        emit UnitConsents.MandateRevoked(1, landlord, stranger, "let");
        vm.prank(landlord);
        units.revokeMandate(1, stranger, "let");
        ok(!units.actsFor(1, landlord, stranger, "let"), "acts");
        _refuse(landlord, abi.encodeWithSelector(UnitConsents.MandateMissing.selector, stranger, bytes32("let")));
        units.revokeMandate(1, stranger, "let");
    }

    function test_mandate_of_a_former_owner_counts_no_more() public {
        _give("let");
        _transfer();
        vm.expectRevert(abi.encodeWithSelector(TitleTransfers.ConsentMissing.selector, buyer));
        units.requireConsents(BED, 0, _one(stranger));
        vm.prank(landlord);
        units.revokeMandate(1, stranger, "let");
    }

    function test_mandate_is_refused_by_name() public {
        _refuse(stranger, abi.encodeWithSelector(UnitRecords.NotALandlord.selector, stranger));
        units.giveMandate(1, buyer, "let", SOON);
        _invalid(address(0), "let", SOON);
        _invalid(landlord, "let", SOON);
        _invalid(stranger, 0, SOON);
        _invalid(stranger, "let", START);
        _invalid(stranger, "let", START + 3 * 366 days + 1);
    }

    function test_operator_alone_lets_under_their_head_lease() public {
        _headLease();
        units.requireConsents(BED, 1, _one(employer));
        vm.expectRevert(abi.encodeWithSelector(UnitRecords.NotALandlord.selector, landlord));
        units.requireConsents(BED, 1, _one(landlord));
        vm.expectRevert(abi.encodeWithSelector(UnitRecords.NotALandlord.selector, address(0)));
        units.requireConsents(BED, 2, _one(address(0)));
    }

    function _give(bytes32 scope) private {
        vm.prank(landlord);
        units.giveMandate(1, stranger, scope, SOON);
    }

    function _invalid(address delegate, bytes32 scope, uint48 until) private {
        _refuse(landlord, abi.encodeWithSelector(UnitConsents.MandateInvalid.selector, delegate, until));
        units.giveMandate(1, delegate, scope, until);
    }
}
