// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IInstitutions} from "@citychain/chain/contracts/IInstitutions.sol";
import {Encumbrances} from "./Encumbrances.sol";
import {TitleRecords} from "./TitleRecords.sol";
import {TitleTransfers} from "./TitleTransfers.sol";
import {TitlesTest} from "./TitlesTest.t.sol";

contract EncumbrancesTest is TitlesTest {
    uint48 private constant LONGEST = 3 * 366 days;

    function test_record_mortgage_burdens_the_title() public {
        uint64 transferId = _open();
        vm.prank(registrar);
        _expectEvent();
        emit TitleTransfers.TransferCancelled(1, transferId, registrar);
        _expectEvent();
        emit Encumbrances.MortgageRecorded(1, 1, bank, "contract 5", START, SOON);
        eq(titles.recordMortgage(1, bank, "contract 5", START, SOON), 1);
        (uint64[] memory ids, Encumbrances.Encumbrance[] memory list) = titles.encumbrancesOf(1);
        eq(ids.length, 1);
        eq(ids[0], 1);
        eq(uint8(list[0].kind), uint8(Encumbrances.EncumbranceKind.Mortgage));
        eq(list[0].institution, bank);
        eq(list[0].validFrom, START);
        eq(list[0].validUntil, SOON);
        eq(list[0].titleId, 1);
        eq(list[0].ref, "contract 5");
        vm.warp(SOON);
        (ids,) = titles.encumbrancesOf(1);
        eq(ids.length, 0);
    }

    function test_record_mortgage_by_others_reverts() public {
        _refuse(otherRegistrar, abi.encodeWithSelector(TitleRecords.NotThisRegistrar.selector, otherRegistry, registry));
        titles.recordMortgage(1, bank, "contract 5", START, SOON);
        _refuse(banker, abi.encodeWithSelector(IInstitutions.WrongKind.selector, bank, bytes32("registrar")));
        titles.recordMortgage(1, bank, "contract 5", START, SOON);
    }

    function test_record_mortgage_for_another_kind_or_an_inactive_bank_reverts() public {
        _refuse(registrar, abi.encodeWithSelector(IInstitutions.WrongKind.selector, court, bytes32("bank")));
        titles.recordMortgage(1, court, "contract 5", START, SOON);
        _suspend(bank);
        _refuse(registrar, abi.encodeWithSelector(IInstitutions.NotActive.selector, bank));
        titles.recordMortgage(1, bank, "contract 5", START, SOON);
    }

    function test_record_mortgage_without_a_contract_or_on_no_title_reverts() public {
        _refuse(registrar, abi.encodeWithSelector(Encumbrances.ReferenceMissing.selector));
        titles.recordMortgage(1, bank, 0, START, SOON);
        _refuse(registrar, abi.encodeWithSelector(TitleRecords.TitleNotRegistered.selector, 2));
        titles.recordMortgage(2, bank, "contract 5", START, SOON);
    }

    function test_record_mortgage_on_a_seized_title_reverts() public {
        uint64 seizure = _seize(judge, SOON);
        _refuse(registrar, abi.encodeWithSelector(Encumbrances.TitleSeized.selector, 1, seizure));
        titles.recordMortgage(1, bank, "contract 5", START, SOON);
    }

    function testFuzz_record_mortgage_takes_exactly_periods_that_end_later(uint48 validFrom, uint48 validUntil) public {
        bool valid = validFrom <= START && validUntil > validFrom && validUntil > START;
        vm.prank(registrar);
        if (!valid) {
            vm.expectRevert(abi.encodeWithSelector(Encumbrances.PeriodInvalid.selector, validFrom, validUntil));
        }
        titles.recordMortgage(1, bank, "contract 5", validFrom, validUntil);
    }

    function test_mortgages_have_a_limit_that_leaves_room_for_courts() public {
        for (uint256 i = 0; i < 8; ++i) {
            _mortgage(bank);
        }
        _refuse(registrar, abi.encodeWithSelector(Encumbrances.TooManyEncumbrances.selector, 1));
        titles.recordMortgage(1, bank, "contract 5", START, SOON);
        _seize(judge, SOON + 1);
        vm.warp(SOON);
        (uint64[] memory ids,) = titles.encumbrancesOf(1);
        eq(ids.length, 1);
        vm.warp(SOON + 1);
        vm.prank(registrar);
        titles.recordMortgage(1, bank, "contract 6", START, SOON + 2);
        (ids,) = titles.encumbrancesOf(1);
        eq(ids.length, 1);
        eq(ids[0], 10);
    }

    function test_release_mortgage_ends_it() public {
        uint64 first = _mortgage(bank);
        uint64 second = _mortgage(otherBank);
        uint64 third = _mortgage(bank);
        vm.prank(banker);
        _expectEvent();
        emit Encumbrances.MortgageReleased(first, 1, bank, 0);
        titles.releaseMortgage(first);
        (uint64[] memory ids,) = titles.encumbrancesOf(1);
        eq(ids.length, 2);
        eq(ids[0], second);
        eq(ids[1], third);
        _refuse(banker, abi.encodeWithSelector(Encumbrances.EncumbranceNotInForce.selector, first));
        titles.releaseMortgage(first);
    }

    function test_release_mortgage_by_the_heir_of_its_bank() public {
        uint64 mortgage = _mortgage(bank);
        _succeed(banker, bank, otherBanker, otherBank);
        vm.prank(otherBanker);
        _expectEvent();
        emit Encumbrances.MortgageReleased(mortgage, 1, otherBank, 0);
        titles.releaseMortgage(mortgage);
    }

    function test_release_mortgage_by_others_reverts() public {
        uint64 mortgage = _mortgage(bank);
        _refuse(otherBanker, abi.encodeWithSelector(Encumbrances.NotThisHolder.selector, otherBank, bank));
        titles.releaseMortgage(mortgage);
        _refuse(landlord, abi.encodeWithSelector(IInstitutions.UnknownKey.selector, landlord));
        titles.releaseMortgage(mortgage);
        _addKey(banker, bank, stranger, "mint");
        _refuse(stranger, abi.encodeWithSelector(IInstitutions.KeyLacksScope.selector, stranger, bytes32("mortgage")));
        titles.releaseMortgage(mortgage);
    }

    function test_release_mortgage_of_a_seizure_or_an_ended_one_reverts() public {
        uint64 mortgage = _mortgage(bank);
        uint64 seizure = _seize(judge, SOON);
        _refuse(banker, abi.encodeWithSelector(Encumbrances.EncumbranceNotInForce.selector, seizure));
        titles.releaseMortgage(seizure);
        vm.warp(SOON);
        _refuse(banker, abi.encodeWithSelector(Encumbrances.EncumbranceNotInForce.selector, mortgage));
        titles.releaseMortgage(mortgage);
    }

    function test_a_court_releases_a_mortgage_in_place_of_its_bank() public {
        uint64 mortgage = _mortgage(bank);
        _suspend(bank);
        vm.prank(judge);
        _expectEvent();
        emit Encumbrances.MortgageReleased(mortgage, 1, court, CASE);
        titles.orderMortgageRelease(mortgage, CASE);
        (uint64[] memory ids,) = titles.encumbrancesOf(1);
        eq(ids.length, 0);
    }

    function test_order_mortgage_release_by_others_without_a_case_or_of_nothing_reverts() public {
        uint64 mortgage = _mortgage(bank);
        _refuse(banker, abi.encodeWithSelector(IInstitutions.WrongKind.selector, bank, bytes32("court")));
        titles.orderMortgageRelease(mortgage, CASE);
        _refuse(judge, abi.encodeWithSelector(TitleRecords.CaseNumberMissing.selector));
        titles.orderMortgageRelease(mortgage, 0);
        _refuse(judge, abi.encodeWithSelector(Encumbrances.EncumbranceNotInForce.selector, uint64(9)));
        titles.orderMortgageRelease(9, CASE);
    }

    function test_seize_binds_at_once_and_ends_by_itself() public {
        vm.prank(judge);
        _expectEvent();
        emit Encumbrances.SeizureOrdered(1, 1, court, CASE, START, SOON);
        eq(titles.seize(1, CASE, SOON), 1);
        eq(titles.isSeized(1), true);
        vm.warp(SOON - 1);
        eq(titles.isSeized(1), true);
        vm.warp(SOON);
        eq(titles.isSeized(1), false);
    }

    function test_seize_by_others_without_a_case_or_of_nothing_reverts() public {
        _refuse(registrar, abi.encodeWithSelector(IInstitutions.WrongKind.selector, registry, bytes32("court")));
        titles.seize(1, CASE, SOON);
        _addKey(judge, court, stranger, "accredit");
        _refuse(stranger, abi.encodeWithSelector(IInstitutions.KeyLacksScope.selector, stranger, bytes32("order")));
        titles.seize(1, CASE, SOON);
        _refuse(judge, abi.encodeWithSelector(TitleRecords.CaseNumberMissing.selector));
        titles.seize(1, 0, SOON);
        _refuse(judge, abi.encodeWithSelector(TitleRecords.TitleNotRegistered.selector, 2));
        titles.seize(2, CASE, SOON);
    }

    function test_one_court_leaves_room_for_others() public {
        for (uint256 i = 0; i < 4; ++i) {
            _seize(judge, SOON);
        }
        _refuse(judge, abi.encodeWithSelector(Encumbrances.TooManySeizuresOfCourt.selector, 1, court));
        titles.seize(1, CASE, SOON);
        for (uint256 i = 0; i < 4; ++i) {
            _seize(otherJudge, SOON);
        }
        (uint64[] memory ids,) = titles.encumbrancesOf(1);
        eq(ids.length, 8);
    }

    function test_mortgage_dated_in_the_future_reverts() public {
        _refuse(registrar, abi.encodeWithSelector(Encumbrances.PeriodInvalid.selector, START + 1, SOON));
        titles.recordMortgage(1, bank, "contract 5", START + 1, SOON);
    }

    function test_seizures_have_a_limit_that_ended_ones_leave() public {
        _seize(judge, START + 1);
        for (uint256 i = 1; i < 8; ++i) {
            _seize(i < 4 ? judge : otherJudge, SOON);
        }
        _accredit("court", stranger);
        _refuse(stranger, abi.encodeWithSelector(Encumbrances.TooManyEncumbrances.selector, 1));
        titles.seize(1, CASE, SOON);
        vm.warp(START + 1);
        _seize(stranger, SOON);
        (uint64[] memory ids,) = titles.encumbrancesOf(1);
        eq(ids.length, 8);
        eq(ids[0], 2);
        eq(ids[7], 9);
    }

    function testFuzz_seize_takes_exactly_the_lawful_times(uint48 until) public {
        bool valid = until > START && until <= START + LONGEST;
        vm.prank(judge);
        if (!valid) vm.expectRevert(abi.encodeWithSelector(Encumbrances.PeriodInvalid.selector, START, until));
        titles.seize(1, CASE, until);
        eq(titles.isSeized(1), valid);
    }

    function test_extend_seizure_lets_it_end_later() public {
        uint64 seizure = _seize(judge, SOON);
        vm.warp(SOON - 1);
        vm.prank(judge);
        _expectEvent();
        emit Encumbrances.SeizureExtended(seizure, 1, SOON - 1 + LONGEST);
        titles.extendSeizure(seizure, SOON - 1 + LONGEST);
        vm.warp(SOON);
        eq(titles.isSeized(1), true);
    }

    function test_extend_seizure_backwards_too_far_or_after_its_end_reverts() public {
        uint64 seizure = _seize(judge, SOON);
        _refuse(judge, abi.encodeWithSelector(Encumbrances.PeriodInvalid.selector, SOON, SOON));
        titles.extendSeizure(seizure, SOON);
        _refuse(judge, abi.encodeWithSelector(Encumbrances.PeriodInvalid.selector, SOON, START + LONGEST + 1));
        titles.extendSeizure(seizure, START + LONGEST + 1);
        vm.warp(SOON);
        _refuse(judge, abi.encodeWithSelector(Encumbrances.EncumbranceNotInForce.selector, seizure));
        titles.extendSeizure(seizure, SOON + 1);
    }

    function test_another_court_neither_extends_nor_releases() public {
        uint64 seizure = _seize(judge, SOON);
        bytes memory reason = abi.encodeWithSelector(Encumbrances.NotThisHolder.selector, otherCourt, court);
        _refuse(otherJudge, reason);
        titles.extendSeizure(seizure, SOON + 1);
        _refuse(otherJudge, reason);
        titles.releaseSeizure(seizure);
        _succeed(judge, court, otherJudge, otherCourt);
        vm.prank(otherJudge);
        titles.releaseSeizure(seizure);
        eq(titles.isSeized(1), false);
    }

    function test_release_seizure_ends_it() public {
        uint64 seizure = _seize(judge, SOON);
        uint64 other = _seize(otherJudge, SOON);
        vm.prank(judge);
        _expectEvent();
        emit Encumbrances.SeizureReleased(seizure, 1);
        titles.releaseSeizure(seizure);
        eq(titles.isSeized(1), true);
        vm.prank(otherJudge);
        titles.releaseSeizure(other);
        eq(titles.isSeized(1), false);
        _refuse(judge, abi.encodeWithSelector(Encumbrances.EncumbranceNotInForce.selector, seizure));
        titles.releaseSeizure(seizure);
    }

    function test_release_seizure_of_a_mortgage_reverts() public {
        uint64 mortgage = _mortgage(bank);
        _refuse(judge, abi.encodeWithSelector(Encumbrances.EncumbranceNotInForce.selector, mortgage));
        titles.releaseSeizure(mortgage);
    }

    function test_a_retired_contract_burdens_and_releases_nothing() public {
        uint64 mortgage = _mortgage(bank);
        uint64 seizure = _seize(judge, SOON);
        bytes memory reason = _retire();
        _refuse(registrar, reason);
        titles.recordMortgage(1, bank, "contract 5", START, SOON);
        _refuse(banker, reason);
        titles.releaseMortgage(mortgage);
        _refuse(judge, reason);
        titles.orderMortgageRelease(mortgage, CASE);
        _refuse(judge, reason);
        titles.seize(1, CASE, SOON);
        _refuse(judge, reason);
        titles.extendSeizure(seizure, SOON + 1);
        _refuse(judge, reason);
        titles.releaseSeizure(seizure);
    }
}
