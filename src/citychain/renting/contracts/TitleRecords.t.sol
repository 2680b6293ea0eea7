// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {IERC721Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IERC5192, TitleRecords} from "./TitleRecords.sol";
import {Titles} from "./Titles.sol";
import {TitlesTest} from "./TitlesTest.t.sol";

contract TitleRecordsTest is TitlesTest {
    function test_creation_emits_the_institutions() public {
        _expectEvent();
        emit TitleRecords.TitlesCreated(address(institutions));
        Titles created = new Titles(address(authority), address(institutions));
        eq(created.name(), "Citychain Titles");
        eq(created.symbol(), "TITLE");
        eq(created.authority(), address(authority));
    }

    function test_titles_can_not_be_moved_or_approved_by_their_holder() public {
        bytes memory fixed_ = abi.encodeWithSelector(TitleRecords.TitleNotTransferable.selector);
        _refuse(landlord, fixed_);
        titles.transferFrom(landlord, buyer, 1);
        _refuse(landlord, fixed_);
        titles.safeTransferFrom(landlord, buyer, 1);
        _refuse(landlord, fixed_);
        titles.safeTransferFrom(landlord, buyer, 1, "");
        bytes memory unapprovable = abi.encodeWithSelector(TitleRecords.TitleNotApprovable.selector);
        _refuse(landlord, unapprovable);
        titles.approve(buyer, 1);
        _refuse(landlord, unapprovable);
        titles.setApprovalForAll(buyer, true);
        eq(titles.ownerOf(1), landlord);
    }

    function test_titles_are_locked_tokens() public {
        eq(titles.locked(1), true);
        eq(titles.supportsInterface(0xb45a3c0e), true);
        eq(type(IERC5192).interfaceId, bytes4(0xb45a3c0e));
        eq(titles.supportsInterface(type(IERC721).interfaceId), true);
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721NonexistentToken.selector, 2));
        titles.locked(2);
    }

    function test_owners_of_nothing_are_none() public view {
        eq(titles.ownersOf(2).length, 0);
        eq(uint8(titles.titleOf(2).state), uint8(TitleRecords.TitleState.None));
    }

    function test_register_without_or_with_too_many_owners_reverts() public {
        _refuseOwners(new TitleRecords.Owner[](0), abi.encodeWithSelector(TitleRecords.OwnerCountInvalid.selector, 0));
        _refuseOwners(_crowd(17), abi.encodeWithSelector(TitleRecords.OwnerCountInvalid.selector, 17));
        vm.prank(registrar);
        titles.register(TOWN, NEW_DEED, _crowd(16));
        _requireOwners(2, _crowd(16));
    }

    function test_register_for_nobody_or_itself_reverts() public {
        _refuseOwners(_single(address(0)), abi.encodeWithSelector(TitleRecords.OwnerInvalid.selector, address(0)));
        _refuseOwners(
            _single(address(titles)), abi.encodeWithSelector(TitleRecords.OwnerInvalid.selector, address(titles))
        );
    }

    function test_register_with_one_owner_twice_reverts() public {
        TitleRecords.Owner[] memory owners = _couple();
        owners[1].account = landlord;
        _refuseOwners(owners, abi.encodeWithSelector(TitleRecords.OwnerRepeated.selector, landlord));
    }

    function test_register_where_nobody_must_consent_reverts() public {
        TitleRecords.Owner[] memory owners = _couple();
        owners[0].mustConsent = false;
        _refuseOwners(owners, abi.encodeWithSelector(TitleRecords.NobodyMustConsent.selector));
    }

    function testFuzz_shares_must_make_the_whole(uint16 first, uint16 second) public {
        TitleRecords.Owner[] memory owners = _couple();
        (owners[0].share, owners[1].share) = (first, second);
        uint256 sum = first == 0 || second == 0 ? 0 : uint256(first) + second;
        if (sum != 10_000) {
            _refuseOwners(owners, abi.encodeWithSelector(TitleRecords.SharesInvalid.selector, sum));
            owners[0].share = uint16(bound(first, 1, 9999));
            owners[1].share = 10_000 - owners[0].share;
        }
        vm.prank(registrar);
        titles.register(TOWN, NEW_DEED, owners);
        _requireOwners(2, owners);
    }

    function testFuzz_town_codes_have_nine_digits(uint32 townCode) public {
        bool valid = townCode >= 100_000_000 && townCode <= 999_999_999;
        vm.prank(registrar);
        if (!valid) vm.expectRevert(abi.encodeWithSelector(TitleRecords.TownCodeInvalid.selector, townCode));
        titles.register(townCode, NEW_DEED, _couple());
        if (valid) eq(titles.titleOf(2).townCode, townCode);
    }

    function test_retire_keeps_reading() public {
        vm.prank(administration);
        _expectEvent();
        emit TitleRecords.Retired(address(0x5));
        titles.retire(address(0x5));
        eq(titles.retired(), true);
        eq(titles.successor(), address(0x5));
        _requireOwners(1, _couple());
        _refuse(administration, abi.encodeWithSelector(TitleRecords.ContractRetired.selector, address(0x5)));
        titles.retire(address(0));
    }

    function test_retire_by_a_registrar_reverts() public {
        _refuse(registrar, abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, registrar));
        titles.retire(address(0));
    }

    /// The way out of a retired contract: what stands there is registered in the successor as it stands.
    function test_a_successor_takes_titles_as_they_stand() public {
        _transfer();
        _retire();
        Titles next = new Titles(address(authority), address(institutions));
        TitleRecords.Title memory title = titles.titleOf(1);
        TitleRecords.Owner[] memory owners = titles.ownersOf(1);
        vm.prank(registrar);
        eq(next.register(title.townCode, title.commitment, owners), 1);
        eq(next.ownerOf(1), buyer);
        eq(next.titleOf(1).commitment, NEW_DEED);
    }

    function _refuseOwners(TitleRecords.Owner[] memory owners, bytes memory reason) private {
        _refuse(registrar, reason);
        titles.register(TOWN, NEW_DEED, owners);
    }

    function _crowd(uint160 count) private pure returns (TitleRecords.Owner[] memory owners) {
        owners = new TitleRecords.Owner[](count);
        for (uint160 i = 0; i < count; ++i) {
            owners[i] = TitleRecords.Owner(address(0x100 + i), 1, true);
        }
        owners[0].share = uint16(10_001 - count);
    }
}
