// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IInstitutions} from "@citychain/chain/contracts/IInstitutions.sol";
import {InstitutionKeys} from "./InstitutionKeys.sol";
import {InstitutionsTest} from "./InstitutionsTest.t.sol";
import {TrustChain} from "./TrustChain.sol";

contract InstitutionKeysTest is InstitutionsTest {
    function test_acting_needs_a_key_of_the_kind_with_the_scope() public {
        _addTeller("mint");
        eq(institutions.requireActing(teller, "bank", "mint"), bank);
        eq(institutions.requireActing(bankKey, "bank", "anything"), bank);
        vm.expectRevert(abi.encodeWithSelector(IInstitutions.KeyLacksScope.selector, teller, bytes32("accounts")));
        institutions.requireActing(teller, "bank", "accounts");
        vm.expectRevert(abi.encodeWithSelector(IInstitutions.WrongKind.selector, bank, bytes32("court")));
        institutions.requireActing(teller, "court", "mint");
        vm.expectRevert(abi.encodeWithSelector(IInstitutions.UnknownKey.selector, stranger));
        institutions.requireActing(stranger, "bank", "mint");
    }

    function test_add_key_lets_it_act() public {
        vm.prank(bankKey);
        _expectEvent();
        emit InstitutionKeys.KeyAdded(bank, teller, _list("mint", "accounts"), bank, 0);
        institutions.addKey(bank, teller, _list("mint", "accounts"));
        eq(institutions.institutionOf(teller), bank);
        _eq(institutions.scopesOf(teller), _list("mint", "accounts"));
        eq(institutions.keysOf(bank).length, 2);
        eq(institutions.keysOf(bank)[1], teller);
    }

    function test_add_key_by_a_key_that_manages_keys() public {
        _addTeller("keys");
        vm.prank(teller);
        institutions.addKey(bank, fresh, _list("mint"));
        eq(institutions.institutionOf(fresh), bank);
    }

    function test_add_key_that_was_ever_used_reverts() public {
        _refuse(bankKey, abi.encodeWithSelector(InstitutionKeys.KeyAlreadyUsed.selector, courtKey));
        institutions.addKey(bank, courtKey, _list("mint"));
        _addTeller("mint");
        vm.prank(bankKey);
        institutions.removeKey(bank, teller);
        _refuse(bankKey, abi.encodeWithSelector(InstitutionKeys.KeyAlreadyUsed.selector, teller));
        institutions.addKey(bank, teller, _list("mint"));
        _refuse(otherBankKey, abi.encodeWithSelector(InstitutionKeys.KeyAlreadyUsed.selector, teller));
        institutions.addKey(otherBank, teller, _list("mint"));
    }

    function test_add_key_of_nobody_reverts() public {
        _refuse(bankKey, abi.encodeWithSelector(InstitutionKeys.KeyInvalid.selector, address(0)));
        institutions.addKey(bank, address(0), _list("mint"));
    }

    function test_add_key_with_no_empty_repeated_or_too_many_scopes_reverts() public {
        bytes memory reason = abi.encodeWithSelector(InstitutionKeys.ScopesInvalid.selector);
        _refuse(bankKey, reason);
        institutions.addKey(bank, teller, new bytes32[](0));
        _refuse(bankKey, reason);
        institutions.addKey(bank, teller, _list(0));
        _refuse(bankKey, reason);
        institutions.addKey(bank, teller, _list("mint", "mint"));
        _refuse(bankKey, reason);
        institutions.addKey(bank, teller, _scopes(17));
        vm.prank(bankKey);
        institutions.addKey(bank, teller, _scopes(16));
        eq(institutions.scopesOf(teller).length, 16);
    }

    function test_add_key_without_the_scope_reverts() public {
        _addTeller("mint");
        _refuse(teller, abi.encodeWithSelector(IInstitutions.KeyLacksScope.selector, teller, bytes32("keys")));
        institutions.addKey(bank, fresh, _list("mint"));
    }

    function test_add_key_by_strangers_and_other_institutions_reverts() public {
        _refuse(stranger, abi.encodeWithSelector(IInstitutions.UnknownKey.selector, stranger));
        institutions.addKey(bank, fresh, _list("mint"));
        _refuse(otherBankKey, abi.encodeWithSelector(TrustChain.NotAccreditor.selector, otherBank, bank));
        institutions.addKey(bank, fresh, _list("mint"));
        _refuse(councilKey, abi.encodeWithSelector(TrustChain.UnknownInstitution.selector, uint32(0)));
        institutions.addKey(0, fresh, _list("mint"));
    }

    function test_keys_of_an_active_institution_are_its_own_affair() public {
        _refuse(supervisorKey, abi.encodeWithSelector(InstitutionKeys.StillActive.selector, bank));
        institutions.addKey(bank, fresh, _list("*"));
        _refuse(councilKey, abi.encodeWithSelector(InstitutionKeys.StillActive.selector, bank));
        institutions.removeKey(bank, bankKey);
    }

    function test_the_accreditor_sets_stolen_keys_right_while_the_institution_is_suspended() public {
        vm.prank(bankKey);
        institutions.addKey(bank, stranger, _list("*"));
        _suspend(supervisorKey, bank);
        _refuse(stranger, abi.encodeWithSelector(IInstitutions.NotActive.selector, bank));
        institutions.removeKey(bank, bankKey);
        vm.prank(supervisorKey);
        _expectEvent();
        emit InstitutionKeys.KeyRemoved(bank, stranger, supervisor);
        institutions.removeKey(bank, stranger);
        vm.prank(councilKey);
        institutions.rotateKey(bank, bankKey, fresh);
        vm.prank(supervisorKey);
        institutions.reinstate(bank, REASON);
        eq(institutions.requireActing(fresh, "bank", "mint"), bank);
        eq(institutions.institutionOf(stranger), 0);
        eq(institutions.institutionOf(bankKey), 0);
    }

    function test_remove_key_ends_it_at_once() public {
        _addTeller("mint");
        vm.prank(bankKey);
        _expectEvent();
        emit InstitutionKeys.KeyRemoved(bank, teller, bank);
        institutions.removeKey(bank, teller);
        eq(institutions.institutionOf(teller), 0);
        eq(institutions.scopesOf(teller).length, 0);
        eq(institutions.keysOf(bank).length, 1);
        vm.expectRevert(abi.encodeWithSelector(IInstitutions.UnknownKey.selector, teller));
        institutions.requireActing(teller, "bank", "mint");
    }

    function test_remove_the_last_key_that_manages_keys_reverts() public {
        _addTeller("mint");
        _refuse(bankKey, abi.encodeWithSelector(InstitutionKeys.LastManagingKey.selector, bank, bankKey));
        institutions.removeKey(bank, bankKey);
        vm.prank(bankKey);
        institutions.addKey(bank, fresh, _list("keys"));
        vm.prank(bankKey);
        institutions.removeKey(bank, bankKey);
        _refuse(fresh, abi.encodeWithSelector(InstitutionKeys.LastManagingKey.selector, bank, fresh));
        institutions.removeKey(bank, fresh);
    }

    function test_remove_another_institutions_key_reverts() public {
        _refuse(bankKey, abi.encodeWithSelector(InstitutionKeys.NotItsKey.selector, bank, otherBankKey));
        institutions.removeKey(bank, otherBankKey);
        _refuse(bankKey, abi.encodeWithSelector(InstitutionKeys.NotItsKey.selector, bank, stranger));
        institutions.removeKey(bank, stranger);
    }

    function test_change_scopes_replaces_them() public {
        _addTeller("mint");
        vm.prank(bankKey);
        _expectEvent();
        emit InstitutionKeys.KeyScopesChanged(bank, teller, _list("accounts"), bank, 0);
        institutions.changeScopes(bank, teller, _list("accounts"));
        _eq(institutions.scopesOf(teller), _list("accounts"));
        vm.expectRevert(abi.encodeWithSelector(IInstitutions.KeyLacksScope.selector, teller, bytes32("mint")));
        institutions.requireActing(teller, "bank", "mint");
    }

    function test_change_scopes_of_the_last_key_that_manages_keys_reverts() public {
        _addTeller("mint");
        _refuse(bankKey, abi.encodeWithSelector(InstitutionKeys.LastManagingKey.selector, bank, bankKey));
        institutions.changeScopes(bank, bankKey, _list("mint"));
        vm.prank(bankKey);
        institutions.changeScopes(bank, bankKey, _list("keys"));
        vm.prank(bankKey);
        institutions.changeScopes(bank, teller, _list("keys", "mint"));
        vm.prank(bankKey);
        institutions.changeScopes(bank, bankKey, _list("mint"));
        _refuse(teller, abi.encodeWithSelector(InstitutionKeys.LastManagingKey.selector, bank, teller));
        institutions.removeKey(bank, teller);
    }

    function test_change_scopes_of_another_institutions_key_or_to_none_reverts() public {
        _refuse(bankKey, abi.encodeWithSelector(InstitutionKeys.NotItsKey.selector, bank, otherBankKey));
        institutions.changeScopes(bank, otherBankKey, _list("mint"));
        _refuse(bankKey, abi.encodeWithSelector(InstitutionKeys.ScopesInvalid.selector));
        institutions.changeScopes(bank, bankKey, new bytes32[](0));
    }

    function test_rotate_key_keeps_the_scopes_and_the_identity() public {
        vm.prank(bankKey);
        institutions.addKey(bank, teller, _list("mint", "accounts"));
        vm.prank(bankKey);
        _expectEvent();
        emit InstitutionKeys.KeyAdded(bank, fresh, _list("mint", "accounts"), bank, 0);
        _expectEvent();
        emit InstitutionKeys.KeyRemoved(bank, teller, bank);
        institutions.rotateKey(bank, teller, fresh);
        eq(institutions.requireActing(fresh, "bank", "accounts"), bank);
        eq(institutions.institutionOf(teller), 0);
    }

    function test_rotate_the_only_key_by_itself() public {
        vm.prank(bankKey);
        institutions.rotateKey(bank, bankKey, fresh);
        eq(institutions.requireActing(fresh, "bank", "mint"), bank);
        eq(institutions.keysOf(bank).length, 1);
    }

    function test_rotate_to_a_used_key_or_from_another_institutions_reverts() public {
        _refuse(bankKey, abi.encodeWithSelector(InstitutionKeys.KeyAlreadyUsed.selector, bankKey));
        institutions.rotateKey(bank, bankKey, bankKey);
        _refuse(bankKey, abi.encodeWithSelector(InstitutionKeys.NotItsKey.selector, bank, courtKey));
        institutions.rotateKey(bank, courtKey, fresh);
    }

    function test_the_councils_key_is_rotated_by_its_administration_only() public {
        bytes memory fixedKey = abi.encodeWithSelector(InstitutionKeys.CouncilKeyFixed.selector);
        _refuse(councilKey, fixedKey);
        institutions.rotateKey(COUNCIL, councilKey, fresh);
        _refuse(councilKey, fixedKey);
        institutions.addKey(COUNCIL, fresh, _list("*"));
        _refuse(councilKey, fixedKey);
        institutions.removeKey(COUNCIL, councilKey);
        _refuse(councilKey, fixedKey);
        institutions.changeScopes(COUNCIL, councilKey, _list("*"));
        _refuse(councilKey, abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, councilKey));
        institutions.rotateCouncilKey(fresh);

        vm.prank(administration);
        _expectEvent();
        emit InstitutionKeys.KeyAdded(COUNCIL, fresh, _list("*"), 0, 0);
        _expectEvent();
        emit InstitutionKeys.KeyRemoved(COUNCIL, councilKey, 0);
        institutions.rotateCouncilKey(fresh);
        eq(institutions.requireActing(fresh, "council", "accredit"), COUNCIL);
        eq(institutions.institutionOf(councilKey), 0);
        eq(institutions.isActive(bank), true);
    }

    function test_rotate_the_councils_key_to_one_of_its_own_reverts() public {
        _refuse(administration, abi.encodeWithSelector(InstitutionKeys.KeyAlreadyUsed.selector, councilKey));
        institutions.rotateCouncilKey(councilKey);
        vm.prank(administration);
        institutions.rotateCouncilKey(fresh);
        _refuse(administration, abi.encodeWithSelector(InstitutionKeys.KeyAlreadyUsed.selector, councilKey));
        institutions.rotateCouncilKey(councilKey);
    }

    function test_rotate_the_councils_key_evicts_who_named_its_account_first() public {
        vm.prank(bankKey);
        institutions.addKey(bank, fresh, _list("mint"));
        vm.prank(administration);
        _expectEvent();
        emit InstitutionKeys.KeyRemoved(bank, fresh, 0);
        _expectEvent();
        emit InstitutionKeys.KeyAdded(COUNCIL, fresh, _list("*"), 0, 0);
        institutions.rotateCouncilKey(fresh);
        eq(institutions.requireActing(fresh, "council", "accredit"), COUNCIL);
        eq(institutions.keysOf(bank).length, 1);
        _eq(institutions.scopesOf(fresh), _list("*"));
    }

    function test_rotate_the_councils_key_to_an_account_that_was_a_key_elsewhere() public {
        vm.prank(bankKey);
        institutions.addKey(bank, fresh, _list("mint"));
        vm.prank(bankKey);
        institutions.removeKey(bank, fresh);
        vm.prank(administration);
        institutions.rotateCouncilKey(fresh);
        eq(institutions.requireActing(fresh, "council", "accredit"), COUNCIL);
        eq(institutions.keysOf(bank).length, 1);
    }

    /// Who evicts itself so asks whoever answers for it for a key.
    function test_an_institution_left_without_a_managing_key_gets_one_after_suspension() public {
        vm.prank(bankKey);
        institutions.rotateKey(bank, bankKey, fresh);
        vm.prank(administration);
        institutions.rotateCouncilKey(fresh);
        eq(institutions.keysOf(bank).length, 0);
        _suspend(supervisorKey, bank);
        vm.prank(supervisorKey);
        institutions.addKey(bank, teller, _list("*"));
        vm.prank(supervisorKey);
        institutions.reinstate(bank, REASON);
        eq(institutions.requireActing(teller, "bank", "mint"), bank);
        _refuse(teller, abi.encodeWithSelector(InstitutionKeys.LastManagingKey.selector, bank, teller));
        institutions.removeKey(bank, teller);
    }

    function test_a_retired_contract_changes_no_keys() public {
        _retire();
        bytes memory reason = abi.encodeWithSelector(TrustChain.ContractRetired.selector, address(0x5));
        _refuse(bankKey, reason);
        institutions.addKey(bank, fresh, _list("mint"));
        _refuse(bankKey, reason);
        institutions.changeScopes(bank, bankKey, _list("*"));
        _refuse(bankKey, reason);
        institutions.rotateKey(bank, bankKey, fresh);
        _refuse(bankKey, reason);
        institutions.removeKey(bank, bankKey);
        _refuse(administration, reason);
        institutions.rotateCouncilKey(fresh);
    }

    function testFuzz_a_key_acts_in_exactly_its_scopes(bytes32 first, bytes32 second, bytes32 asked) public {
        vm.assume(first != 0 && second != 0 && first != second);
        vm.prank(bankKey);
        institutions.addKey(bank, teller, _list(first, second));
        bool may = asked == first || asked == second || first == "*" || second == "*";
        if (!may) vm.expectRevert(abi.encodeWithSelector(IInstitutions.KeyLacksScope.selector, teller, asked));
        institutions.requireActing(teller, "bank", asked);
    }

    function testFuzz_any_account_is_the_key_of_one_institution_only(address account) public {
        bool used = account == address(0) || institutions.institutionOf(account) != 0;
        vm.prank(bankKey);
        if (used) vm.expectRevert();
        institutions.addKey(bank, account, _list("mint"));
        if (used) return;
        _refuse(otherBankKey, abi.encodeWithSelector(InstitutionKeys.KeyAlreadyUsed.selector, account));
        institutions.addKey(otherBank, account, _list("mint"));
    }

    function _addTeller(bytes32 scope) private {
        vm.prank(bankKey);
        institutions.addKey(bank, teller, _list(scope));
    }

    function _scopes(uint256 count) private pure returns (bytes32[] memory scopes) {
        scopes = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) {
            scopes[i] = bytes32(i + 1);
        }
    }
}
