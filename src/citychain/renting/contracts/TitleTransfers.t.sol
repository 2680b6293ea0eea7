// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {IInstitutions} from "@citychain/chain/contracts/IInstitutions.sol";
import {Encumbrances} from "./Encumbrances.sol";
import {TitleRecords} from "./TitleRecords.sol";
import {TitleTransfers} from "./TitleTransfers.sol";
import {TitlesTest} from "./TitlesTest.t.sol";

contract TitleTransfersTest is TitlesTest {
    function test_open_transfer_waits_for_consents() public {
        vm.prank(registrar);
        _expectEvent();
        emit TitleTransfers.TransferOpened(1, 1, _single(buyer), NEW_DEED, SOON);
        eq(titles.openTransfer(1, _single(buyer), NEW_DEED, SOON), 1);
        TitleTransfers.OpenTransfer memory transfer = titles.transferOf(1);
        eq(transfer.transferId, 1);
        eq(transfer.deadline, SOON);
        eq(transfer.newCommitment, NEW_DEED);
        eq(keccak256(abi.encode(transfer.newOwners)), keccak256(abi.encode(_single(buyer))));
        _requireOwners(1, _couple());
    }

    function test_open_transfer_by_others_or_of_nothing_reverts() public {
        _refuse(otherRegistrar, abi.encodeWithSelector(TitleRecords.NotThisRegistrar.selector, otherRegistry, registry));
        titles.openTransfer(1, _single(buyer), NEW_DEED, SOON);
        _refuse(landlord, abi.encodeWithSelector(IInstitutions.UnknownKey.selector, landlord));
        titles.openTransfer(1, _single(buyer), NEW_DEED, SOON);
        _refuse(registrar, abi.encodeWithSelector(TitleRecords.TitleNotRegistered.selector, 2));
        titles.openTransfer(2, _single(buyer), NEW_DEED, SOON);
    }

    function test_open_transfer_to_nobody_or_under_a_used_deed_reverts() public {
        _refuse(registrar, abi.encodeWithSelector(TitleRecords.OwnerInvalid.selector, address(0)));
        titles.openTransfer(1, _single(address(0)), NEW_DEED, SOON);
        _refuse(registrar, abi.encodeWithSelector(TitleRecords.CommitmentAlreadyRegistered.selector, DEED, 1));
        titles.openTransfer(1, _single(buyer), DEED, SOON);
        _refuse(registrar, abi.encodeWithSelector(TitleRecords.CommitmentMissing.selector));
        titles.openTransfer(1, _single(buyer), 0, SOON);
    }

    function test_open_transfer_beside_another_reverts_until_that_lapsed() public {
        uint64 first = _open();
        _refuse(registrar, abi.encodeWithSelector(TitleTransfers.TransferAlreadyOpen.selector, 1, first));
        titles.openTransfer(1, _single(buyer), NEW_DEED, SOON);
        vm.warp(SOON);
        vm.prank(registrar);
        uint64 second = titles.openTransfer(1, _couple(), NEW_DEED, SOON + 1);
        eq(second, first + 1);
        eq(titles.transferOf(1).newOwners.length, 2);
    }

    function testFuzz_open_transfer_takes_exactly_deadlines_within_a_year(uint48 deadline) public {
        bool valid = deadline > START && deadline <= START + 366 days;
        vm.prank(registrar);
        if (!valid) vm.expectRevert(abi.encodeWithSelector(TitleTransfers.DeadlineInvalid.selector, deadline));
        titles.openTransfer(1, _single(buyer), NEW_DEED, deadline);
        eq(titles.transferOf(1).deadline, valid ? deadline : 0);
    }

    function test_consent_counts_for_the_sender() public {
        uint64 transferId = _open();
        vm.prank(landlord);
        _expectEvent();
        emit TitleTransfers.TransferConsented(1, transferId, landlord);
        titles.consentToTransfer(1, transferId);
        eq(titles.hasConsented(transferId, landlord), true);
        eq(titles.hasConsented(transferId, buyer), false);
    }

    function test_consent_by_who_is_no_party_or_twice_reverts() public {
        uint64 transferId = _open();
        _refuse(stranger, abi.encodeWithSelector(TitleTransfers.NotAParty.selector, stranger));
        titles.consentToTransfer(1, transferId);
        _refuse(partner, abi.encodeWithSelector(TitleTransfers.NotAParty.selector, partner));
        titles.consentToTransfer(1, transferId);
        _consent(buyer, transferId);
        _refuse(buyer, abi.encodeWithSelector(TitleTransfers.AlreadyConsented.selector, transferId));
        titles.consentToTransfer(1, transferId);
    }

    function test_consent_to_another_a_cancelled_or_a_lapsed_transfer_reverts() public {
        _refuse(landlord, abi.encodeWithSelector(TitleTransfers.TransferNotOpen.selector, 1, uint64(0)));
        titles.consentToTransfer(1, 0);
        uint64 transferId = _open();
        _refuse(landlord, abi.encodeWithSelector(TitleTransfers.TransferNotOpen.selector, 1, transferId + 1));
        titles.consentToTransfer(1, transferId + 1);
        _refuse(landlord, abi.encodeWithSelector(TitleTransfers.TransferNotOpen.selector, 2, transferId));
        titles.consentToTransfer(2, transferId);
        vm.warp(SOON);
        _refuse(landlord, abi.encodeWithSelector(TitleTransfers.TransferLapsed.selector, 1, transferId));
        titles.consentToTransfer(1, transferId);
    }

    function test_consents_do_not_pass_to_a_later_transfer() public {
        uint64 first = _agreed();
        vm.prank(buyer);
        titles.cancelTransfer(1, first);
        uint64 second = _open();
        _refuse(registrar, abi.encodeWithSelector(TitleTransfers.ConsentMissing.selector, landlord));
        titles.completeTransfer(1, second);
    }

    function test_complete_transfer_gives_the_title_to_its_new_owners() public {
        uint64 transferId = _agreed();
        vm.prank(registrar);
        _expectEvent();
        emit IERC721.Transfer(landlord, buyer, 1);
        _expectEvent();
        emit TitleTransfers.TitleTransferred(1, transferId, _single(buyer), NEW_DEED, 2);
        titles.completeTransfer(1, transferId);
        _requireOwners(1, _single(buyer));
        eq(titles.titleOf(1).commitment, NEW_DEED);
        eq(titles.titleOf(1).version, 2);
        eq(titles.titleOf(1).transferred, true);
        eq(titles.transferOf(1).transferId, 0);
        _refuse(registrar, abi.encodeWithSelector(TitleTransfers.TransferNotOpen.selector, 1, transferId));
        titles.completeTransfer(1, transferId);
    }

    function test_complete_transfer_between_the_same_owners_needs_one_consent_of_each() public {
        TitleRecords.Owner[] memory owners = _couple();
        (owners[0].share, owners[1].share) = (5000, 5000);
        vm.prank(registrar);
        uint64 transferId = titles.openTransfer(1, owners, NEW_DEED, SOON);
        _consent(landlord, transferId);
        _refuse(registrar, abi.encodeWithSelector(TitleTransfers.ConsentMissing.selector, partner));
        titles.completeTransfer(1, transferId);
        _consent(partner, transferId);
        vm.prank(registrar);
        titles.completeTransfer(1, transferId);
        _requireOwners(1, owners);
        eq(titles.balanceOf(landlord), 1);
    }

    function test_complete_transfer_without_the_owners_or_the_buyers_consent_reverts() public {
        uint64 transferId = _open();
        _consent(buyer, transferId);
        _refuse(registrar, abi.encodeWithSelector(TitleTransfers.ConsentMissing.selector, landlord));
        titles.completeTransfer(1, transferId);
        vm.prank(buyer);
        titles.cancelTransfer(1, transferId);
        transferId = _open();
        _consent(landlord, transferId);
        _refuse(registrar, abi.encodeWithSelector(TitleTransfers.ConsentMissing.selector, buyer));
        titles.completeTransfer(1, transferId);
    }

    function test_complete_transfer_by_others_or_too_late_reverts() public {
        uint64 transferId = _agreed();
        _refuse(buyer, abi.encodeWithSelector(IInstitutions.UnknownKey.selector, buyer));
        titles.completeTransfer(1, transferId);
        _refuse(otherRegistrar, abi.encodeWithSelector(TitleRecords.NotThisRegistrar.selector, otherRegistry, registry));
        titles.completeTransfer(1, transferId);
        vm.warp(SOON);
        _refuse(registrar, abi.encodeWithSelector(TitleTransfers.TransferLapsed.selector, 1, transferId));
        titles.completeTransfer(1, transferId);
    }

    function test_complete_transfer_of_a_seized_title_reverts_until_the_seizure_ends() public {
        uint64 transferId = _agreed();
        uint64 seizure = _seize(judge, SOON - 1);
        _refuse(registrar, abi.encodeWithSelector(Encumbrances.TitleSeized.selector, 1, seizure));
        titles.completeTransfer(1, transferId);
        vm.warp(SOON - 1);
        vm.prank(registrar);
        titles.completeTransfer(1, transferId);
        _requireOwners(1, _single(buyer));
    }

    function test_complete_transfer_under_a_deed_registered_meanwhile_reverts() public {
        uint64 transferId = _agreed();
        vm.prank(otherRegistrar);
        titles.register(TOWN, NEW_DEED, _couple());
        _refuse(registrar, abi.encodeWithSelector(TitleRecords.CommitmentAlreadyRegistered.selector, NEW_DEED, 2));
        titles.completeTransfer(1, transferId);
    }

    function test_a_mortgaged_title_passes_with_its_banks_consent() public {
        uint64 mortgage = _mortgage(bank);
        uint64 transferId = _agreed();
        _refuse(registrar, abi.encodeWithSelector(TitleTransfers.MortgageeConsentMissing.selector, mortgage));
        titles.completeTransfer(1, transferId);
        vm.prank(banker);
        _expectEvent();
        emit TitleTransfers.MortgageeConsented(1, transferId, mortgage, bank);
        titles.consentAsMortgagee(1, transferId, mortgage);
        eq(titles.mortgageeHasConsented(transferId, mortgage), true);
        vm.prank(registrar);
        titles.completeTransfer(1, transferId);
        (uint64[] memory ids,) = titles.encumbrancesOf(1);
        eq(ids[0], mortgage);
    }

    function test_a_mortgaged_title_passes_when_the_mortgage_is_released_or_over() public {
        uint64 mortgage = _mortgage(bank);
        uint64 transferId = _agreed();
        vm.prank(banker);
        titles.releaseMortgage(mortgage);
        vm.prank(registrar);
        titles.completeTransfer(1, transferId);
        _requireOwners(1, _single(buyer));
    }

    function test_consent_of_another_bank_twice_or_for_another_title_reverts() public {
        uint64 mortgage = _mortgage(bank);
        uint64 transferId = _open();
        _refuse(otherBanker, abi.encodeWithSelector(Encumbrances.NotThisHolder.selector, otherBank, bank));
        titles.consentAsMortgagee(1, transferId, mortgage);
        _refuse(banker, abi.encodeWithSelector(TitleTransfers.TransferNotOpen.selector, 1, transferId + 1));
        titles.consentAsMortgagee(1, transferId + 1, mortgage);
        vm.prank(banker);
        titles.consentAsMortgagee(1, transferId, mortgage);
        _refuse(banker, abi.encodeWithSelector(TitleTransfers.AlreadyConsented.selector, transferId));
        titles.consentAsMortgagee(1, transferId, mortgage);

        vm.prank(registrar);
        titles.register(TOWN, keccak256("other home"), _couple());
        vm.prank(registrar);
        uint64 other = titles.openTransfer(2, _single(buyer), keccak256("other deed"), SOON);
        _refuse(banker, abi.encodeWithSelector(Encumbrances.EncumbranceNotInForce.selector, mortgage));
        titles.consentAsMortgagee(2, other, mortgage);
    }

    function test_cancel_transfer_by_each_party_and_the_registrar() public {
        address[3] memory parties = [registrar, landlord, buyer];
        for (uint256 i = 0; i < 3; ++i) {
            uint64 transferId = _open();
            vm.prank(parties[i]);
            _expectEvent();
            emit TitleTransfers.TransferCancelled(1, transferId, parties[i]);
            titles.cancelTransfer(1, transferId);
            eq(titles.transferOf(1).transferId, 0);
        }
    }

    function test_cancel_transfer_by_others_reverts() public {
        uint64 transferId = _open();
        _refuse(partner, abi.encodeWithSelector(IInstitutions.UnknownKey.selector, partner));
        titles.cancelTransfer(1, transferId);
        _refuse(otherRegistrar, abi.encodeWithSelector(TitleRecords.NotThisRegistrar.selector, otherRegistry, registry));
        titles.cancelTransfer(1, transferId);
    }

    function test_cancel_transfer_that_is_not_open_or_lapsed_reverts() public {
        _refuse(registrar, abi.encodeWithSelector(TitleTransfers.TransferNotOpen.selector, 1, uint64(1)));
        titles.cancelTransfer(1, 1);
        uint64 transferId = _open();
        vm.warp(SOON);
        _refuse(registrar, abi.encodeWithSelector(TitleTransfers.TransferLapsed.selector, 1, transferId));
        titles.cancelTransfer(1, transferId);
    }

    function test_a_retired_contract_transfers_nothing() public {
        uint64 mortgage = _mortgage(bank);
        uint64 transferId = _agreed();
        bytes memory reason = _retire();
        _refuse(registrar, reason);
        titles.openTransfer(1, _single(buyer), NEW_DEED, SOON);
        _refuse(landlord, reason);
        titles.consentToTransfer(1, transferId);
        _refuse(banker, reason);
        titles.consentAsMortgagee(1, transferId, mortgage);
        _refuse(registrar, reason);
        titles.completeTransfer(1, transferId);
        _refuse(registrar, reason);
        titles.cancelTransfer(1, transferId);
    }
}
