// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {IERC721Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IInstitutions} from "@citychain/chain/contracts/IInstitutions.sol";
import {IERC5192, TitleRecords} from "./TitleRecords.sol";
import {Encumbrances} from "./Encumbrances.sol";
import {TitleTransfers} from "./TitleTransfers.sol";
import {Titles} from "./Titles.sol";
import {TitlesTest} from "./TitlesTest.t.sol";

/// @notice Code where a forwarder is expected; the test appends the actor itself.
contract Forwarding {}

contract TitlesUnitTest is TitlesTest {
    Titles.Registration[] private _batch;

    function test_register_records_the_title() public {
        vm.prank(registrar);
        _expectEvent();
        emit IERC721.Transfer(address(0), landlord, 2);
        _expectEvent();
        emit IERC5192.Locked(2);
        _expectEvent();
        emit Titles.TitleRegistered(2, TOWN, registry, NEW_DEED, _couple());
        eq(titles.register(TOWN, NEW_DEED, _couple()), 2);
        _requireOwners(2, _couple());
        TitleRecords.Title memory title = titles.titleOf(2);
        eq(title.commitment, NEW_DEED);
        eq(title.townCode, TOWN);
        eq(title.registrar, registry);
        eq(title.version, 1);
        eq(title.transferred, false);
        eq(uint8(title.state), uint8(TitleRecords.TitleState.Registered));
        eq(titles.titleOfCommitment(NEW_DEED), 2);
        eq(titles.lastTitle(), 2);
    }

    function test_register_through_the_forwarder_counts_for_the_signer() public {
        address forwarder = address(new Forwarding());
        vm.prank(administration);
        authority.initializeForwarder(forwarder);
        bytes memory call = abi.encodeCall(Titles.register, (TOWN, NEW_DEED, _couple()));
        vm.prank(forwarder);
        (bool success,) = address(titles).call(abi.encodePacked(call, otherRegistrar));
        ok(success, "register");
        eq(titles.titleOf(2).registrar, otherRegistry);
    }

    function test_register_by_others_than_registrars_reverts() public {
        _refuse(stranger, abi.encodeWithSelector(IInstitutions.UnknownKey.selector, stranger));
        titles.register(TOWN, NEW_DEED, _couple());
        _refuse(banker, abi.encodeWithSelector(IInstitutions.WrongKind.selector, bank, bytes32("registrar")));
        titles.register(TOWN, NEW_DEED, _couple());
        _addKey(registrar, registry, stranger, "keys");
        _refuse(stranger, abi.encodeWithSelector(IInstitutions.KeyLacksScope.selector, stranger, bytes32("titles")));
        titles.register(TOWN, NEW_DEED, _couple());
        _suspend(registry);
        _refuse(registrar, abi.encodeWithSelector(IInstitutions.NotActive.selector, registry));
        titles.register(TOWN, NEW_DEED, _couple());
    }

    function test_register_a_deed_twice_or_none_reverts() public {
        _refuse(otherRegistrar, abi.encodeWithSelector(TitleRecords.CommitmentAlreadyRegistered.selector, DEED, 1));
        titles.register(TOWN, DEED, _couple());
        _refuse(registrar, abi.encodeWithSelector(TitleRecords.CommitmentMissing.selector));
        titles.register(TOWN, 0, _couple());
    }

    function test_register_many_registers_all() public {
        _fill(20);
        vm.prank(registrar);
        titles.registerMany(_batch);
        eq(titles.lastTitle(), 21);
        eq(titles.balanceOf(landlord), 21);
        eq(titles.titleOf(21).commitment, bytes32(uint256(20)));
    }

    function test_register_many_with_one_refused_registers_none() public {
        _fill(3);
        _batch[2].commitment = DEED;
        _refuse(registrar, abi.encodeWithSelector(TitleRecords.CommitmentAlreadyRegistered.selector, DEED, 1));
        titles.registerMany(_batch);
        eq(titles.lastTitle(), 1);
    }

    function test_register_many_of_none_or_too_many_or_by_a_stranger_reverts() public {
        _refuse(registrar, abi.encodeWithSelector(Titles.BatchInvalid.selector, 0));
        titles.registerMany(_batch);
        _fill(21);
        _refuse(registrar, abi.encodeWithSelector(Titles.BatchInvalid.selector, 21));
        titles.registerMany(_batch);
        _refuse(stranger, abi.encodeWithSelector(IInstitutions.UnknownKey.selector, stranger));
        titles.registerMany(_batch);
    }

    function test_correct_keeps_history_and_owners() public {
        uint64 transferId = _agreed();
        vm.prank(registrar);
        _expectEvent();
        emit TitleTransfers.TransferCancelled(1, transferId, registrar);
        _expectEvent();
        emit Titles.TitleCorrected(1, TOWN + 1, keccak256("corrected"), REASON, 2);
        titles.correct(1, keccak256("corrected"), TOWN + 1, REASON);
        eq(titles.titleOf(1).commitment, keccak256("corrected"));
        eq(titles.titleOf(1).townCode, TOWN + 1);
        eq(titles.titleOf(1).version, 2);
        eq(titles.titleOfCommitment(DEED), 1);
        _requireOwners(1, _couple());
        _refuse(registrar, abi.encodeWithSelector(TitleTransfers.TransferNotOpen.selector, 1, transferId));
        titles.completeTransfer(1, transferId);
    }

    function test_correct_by_the_heir_of_the_registrar() public {
        _succeed(registrar, registry, otherRegistrar, otherRegistry);
        vm.prank(otherRegistrar);
        titles.correct(1, NEW_DEED, TOWN, REASON);
        eq(titles.titleOf(1).version, 2);
    }

    function test_correct_of_a_burdened_title_reverts() public {
        uint64 encumbranceId = _mortgage(bank);
        _refuse(registrar, abi.encodeWithSelector(Titles.TitleEncumbered.selector, 1, encumbranceId));
        titles.correct(1, NEW_DEED, TOWN, REASON);
    }

    function test_correct_by_others_reverts() public {
        _refuse(otherRegistrar, abi.encodeWithSelector(TitleRecords.NotThisRegistrar.selector, otherRegistry, registry));
        titles.correct(1, NEW_DEED, TOWN, REASON);
        _refuse(landlord, abi.encodeWithSelector(IInstitutions.UnknownKey.selector, landlord));
        titles.correct(1, NEW_DEED, TOWN, REASON);
    }

    function test_correct_with_a_used_deed_a_bad_town_or_no_reason_reverts() public {
        _refuse(registrar, abi.encodeWithSelector(TitleRecords.CommitmentAlreadyRegistered.selector, DEED, 1));
        titles.correct(1, DEED, TOWN, REASON);
        _refuse(registrar, abi.encodeWithSelector(TitleRecords.CommitmentMissing.selector));
        titles.correct(1, 0, TOWN, REASON);
        _refuse(registrar, abi.encodeWithSelector(TitleRecords.TownCodeInvalid.selector, uint32(9)));
        titles.correct(1, NEW_DEED, 9, REASON);
        _refuse(registrar, abi.encodeWithSelector(TitleRecords.ReasonMissing.selector));
        titles.correct(1, NEW_DEED, TOWN, 0);
        _refuse(registrar, abi.encodeWithSelector(TitleRecords.TitleNotRegistered.selector, 2));
        titles.correct(2, NEW_DEED, TOWN, REASON);
    }

    function test_reverse_registration_cancels_the_title() public {
        uint64 transferId = _open();
        vm.prank(registrar);
        _expectEvent();
        emit TitleTransfers.TransferCancelled(1, transferId, registrar);
        _expectEvent();
        emit IERC721.Transfer(landlord, address(0), 1);
        _expectEvent();
        emit Titles.RegistrationReversed(1, registry, REASON);
        titles.reverseRegistration(1, REASON);
        eq(uint8(titles.titleOf(1).state), uint8(TitleRecords.TitleState.Cancelled));
        eq(titles.ownersOf(1).length, 0);
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721NonexistentToken.selector, 1));
        titles.ownerOf(1);
        _refuse(registrar, abi.encodeWithSelector(TitleRecords.CommitmentAlreadyRegistered.selector, DEED, 1));
        titles.register(TOWN, DEED, _couple());
        _refuse(registrar, abi.encodeWithSelector(TitleRecords.TitleNotRegistered.selector, 1));
        titles.reverseRegistration(1, REASON);
        _refuse(judge, abi.encodeWithSelector(TitleRecords.TitleNotRegistered.selector, 1));
        titles.seize(1, CASE, SOON);
    }

    function test_reverse_registration_of_a_burdened_or_transferred_title_reverts() public {
        uint64 mortgage = _mortgage(bank);
        _refuse(registrar, abi.encodeWithSelector(Titles.TitleEncumbered.selector, 1, mortgage));
        titles.reverseRegistration(1, REASON);
        vm.prank(banker);
        titles.releaseMortgage(mortgage);
        uint64 seizure = _seize(judge, SOON);
        _refuse(registrar, abi.encodeWithSelector(Encumbrances.TitleSeized.selector, 1, seizure));
        titles.reverseRegistration(1, REASON);
        vm.prank(judge);
        titles.releaseSeizure(seizure);
        _transfer();
        _refuse(registrar, abi.encodeWithSelector(Titles.AlreadyTransferred.selector, 1));
        titles.reverseRegistration(1, REASON);
    }

    function test_reverse_registration_after_its_time_is_the_courts() public {
        uint48 until = START + 30 days;
        eq(titles.titleOf(1).registeredAt, START);
        vm.warp(until);
        _refuse(registrar, abi.encodeWithSelector(Titles.ReversalTimeOver.selector, 1, until));
        titles.reverseRegistration(1, REASON);
        vm.prank(judge);
        _expectEvent();
        emit Titles.RegistrationReversed(1, court, CASE);
        titles.orderReversal(1, CASE);
        eq(uint8(titles.titleOf(1).state), uint8(TitleRecords.TitleState.Cancelled));
        eq(titles.ownersOf(1).length, 0);
    }

    function test_order_reversal_ends_a_transferred_title() public {
        _transfer();
        vm.prank(judge);
        titles.orderReversal(1, CASE);
        eq(titles.ownersOf(1).length, 0);
    }

    function test_order_reversal_spares_the_rights_of_others() public {
        uint64 mortgage = _mortgage(bank);
        _refuse(judge, abi.encodeWithSelector(Titles.TitleEncumbered.selector, 1, mortgage));
        titles.orderReversal(1, CASE);
        vm.prank(banker);
        titles.releaseMortgage(mortgage);
        uint64 seizure = _seize(otherJudge, SOON);
        _refuse(judge, abi.encodeWithSelector(Encumbrances.TitleSeized.selector, 1, seizure));
        titles.orderReversal(1, CASE);
        vm.prank(otherJudge);
        titles.orderReversal(1, CASE);
    }

    function test_order_reversal_without_a_court_a_case_or_a_title_reverts() public {
        _refuse(registrar, abi.encodeWithSelector(IInstitutions.WrongKind.selector, registry, bytes32("court")));
        titles.orderReversal(1, CASE);
        _refuse(judge, abi.encodeWithSelector(TitleRecords.CaseNumberMissing.selector));
        titles.orderReversal(1, 0);
        _refuse(judge, abi.encodeWithSelector(TitleRecords.TitleNotRegistered.selector, 9));
        titles.orderReversal(9, CASE);
        bytes memory retired = _retire();
        _refuse(judge, retired);
        titles.orderReversal(1, CASE);
    }

    function testFuzz_reverse_registration_within_its_time(uint48 later) public {
        later = uint48(bound(later, 0, 60 days));
        vm.warp(START + later);
        vm.prank(registrar);
        if (later >= 30 days) {
            vm.expectRevert(abi.encodeWithSelector(Titles.ReversalTimeOver.selector, 1, START + 30 days));
        }
        titles.reverseRegistration(1, REASON);
        eq(titles.ownersOf(1).length, later >= 30 days ? 2 : 0);
    }

    function test_reverse_registration_by_others_or_without_a_reason_reverts() public {
        _refuse(otherRegistrar, abi.encodeWithSelector(TitleRecords.NotThisRegistrar.selector, otherRegistry, registry));
        titles.reverseRegistration(1, REASON);
        _refuse(registrar, abi.encodeWithSelector(TitleRecords.ReasonMissing.selector));
        titles.reverseRegistration(1, 0);
    }

    function test_order_ownership_moves_the_title_without_consent() public {
        uint64 mortgage = _mortgage(bank);
        uint64 transferId = _open();
        _seize(judge, SOON);
        vm.prank(judge);
        _expectEvent();
        emit TitleTransfers.TransferCancelled(1, transferId, judge);
        _expectEvent();
        emit IERC721.Transfer(landlord, stranger, 1);
        _expectEvent();
        emit Titles.OwnershipOrdered(1, court, CASE, _single(stranger), NEW_DEED, 2);
        titles.orderOwnership(1, CASE, _single(stranger), NEW_DEED);
        _requireOwners(1, _single(stranger));
        eq(titles.titleOf(1).transferred, true);
        (uint64[] memory ids,) = titles.encumbrancesOf(1);
        eq(ids[0], mortgage);
        eq(ids.length, 2);
    }

    function test_order_ownership_undoes_a_wrong_transfer() public {
        _transfer();
        vm.prank(judge);
        titles.orderOwnership(1, CASE, _couple(), keccak256("restored"));
        _requireOwners(1, _couple());
        eq(titles.titleOf(1).version, 3);
    }

    function test_order_ownership_against_another_courts_seizure_reverts() public {
        _seize(judge, SOON);
        uint64 seizure = _seize(otherJudge, SOON);
        _refuse(judge, abi.encodeWithSelector(Encumbrances.TitleSeized.selector, 1, seizure));
        titles.orderOwnership(1, CASE, _single(stranger), NEW_DEED);
        _succeed(otherJudge, otherCourt, judge, court);
        vm.prank(judge);
        titles.orderOwnership(1, CASE, _single(stranger), NEW_DEED);
        _requireOwners(1, _single(stranger));
    }

    function test_order_ownership_by_others_or_without_a_case_reverts() public {
        _refuse(registrar, abi.encodeWithSelector(IInstitutions.WrongKind.selector, registry, bytes32("court")));
        titles.orderOwnership(1, CASE, _single(stranger), NEW_DEED);
        _refuse(judge, abi.encodeWithSelector(TitleRecords.CaseNumberMissing.selector));
        titles.orderOwnership(1, 0, _single(stranger), NEW_DEED);
        _refuse(judge, abi.encodeWithSelector(TitleRecords.TitleNotRegistered.selector, 2));
        titles.orderOwnership(2, CASE, _single(stranger), NEW_DEED);
        _refuse(judge, abi.encodeWithSelector(TitleRecords.CommitmentAlreadyRegistered.selector, DEED, 1));
        titles.orderOwnership(1, CASE, _single(stranger), DEED);
        _refuse(judge, abi.encodeWithSelector(TitleRecords.OwnerInvalid.selector, address(0)));
        titles.orderOwnership(1, CASE, _single(address(0)), NEW_DEED);
    }

    function test_a_retired_contract_registers_and_changes_nothing() public {
        _fill(1);
        bytes memory reason = _retire();
        _refuse(registrar, reason);
        titles.register(TOWN, NEW_DEED, _couple());
        _refuse(registrar, reason);
        titles.registerMany(_batch);
        _refuse(registrar, reason);
        titles.correct(1, NEW_DEED, TOWN, REASON);
        _refuse(registrar, reason);
        titles.reverseRegistration(1, REASON);
        _refuse(judge, reason);
        titles.orderOwnership(1, CASE, _couple(), NEW_DEED);
    }

    function testFuzz_any_new_deed_is_registered_once(bytes32 commitment) public {
        vm.assume(commitment != 0 && commitment != DEED);
        vm.prank(registrar);
        titles.register(TOWN, commitment, _couple());
        _refuse(registrar, abi.encodeWithSelector(TitleRecords.CommitmentAlreadyRegistered.selector, commitment, 2));
        titles.register(TOWN, commitment, _couple());
    }

    function _fill(uint256 count) private {
        for (uint256 i = 1; i <= count; ++i) {
            Titles.Registration storage registration = _batch.push();
            (registration.townCode, registration.commitment) = (TOWN, bytes32(i));
            registration.owners.push(TitleRecords.Owner(landlord, 10_000, true));
        }
    }
}
