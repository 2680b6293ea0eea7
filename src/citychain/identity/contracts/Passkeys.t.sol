// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IInstitutions} from "@citychain/chain/contracts/IInstitutions.sol";
import {Passkeys} from "./Passkeys.sol";
import {PasskeysTest} from "./PasskeysTest.t.sol";

contract PasskeysUnitTest is PasskeysTest {
    function test_open_makes_the_account_where_it_was_foretold() public {
        (bytes32 qx, bytes32 qy) = _key(TABLET);
        address foretold = passkeys.accountOf(qx, qy);
        eq(foretold.code.length, 0);
        _expectEvent();
        emit Passkeys.AccountOpened(foretold, qx, qy);
        eq(passkeys.open(qx, qy), foretold);
        ok(foretold.code.length != 0, "code");
    }

    function test_open_twice_or_of_no_key_reverts() public {
        (bytes32 qx, bytes32 qy) = _key(PHONE);
        vm.expectRevert(abi.encodeWithSelector(Passkeys.PasskeyAccountExists.selector, account));
        passkeys.open(qx, qy);
        vm.expectRevert(abi.encodeWithSelector(Passkeys.PasskeyInvalid.selector, qx, qx));
        passkeys.open(qx, qx);
        vm.expectRevert(abi.encodeWithSelector(Passkeys.PasskeyInvalid.selector, bytes32(0), bytes32(0)));
        passkeys.open(0, 0);
    }

    function test_open_of_a_key_that_was_replaced_reverts() public {
        _recover(TABLET);
        (bytes32 qx, bytes32 qy) = _key(PHONE);
        vm.expectRevert(abi.encodeWithSelector(Passkeys.PasskeyAccountExists.selector, account));
        passkeys.open(qx, qy);
    }

    function test_choosing_guardians_ends_every_support() public {
        _support(sister, 0, TABLET);
        _support(friend, 1, TABLET);
        vm.prank(account);
        _expectEvent();
        emit Passkeys.GuardiansChosen(account, guardians);
        passkeys.chooseGuardians(guardians);
        _requireAgreed(0, 0);
        _support(sister, 0, TABLET);
        _requireAgreed(0, 0);
    }

    function test_choosing_fewer_than_three_or_without_an_account_reverts() public {
        for (uint256 i = 0; i < 3; ++i) {
            bytes32[3] memory chosen = guardians;
            chosen[i] = 0;
            _refuse(account, abi.encodeWithSelector(Passkeys.GuardiansInvalid.selector));
            passkeys.chooseGuardians(chosen);
            chosen[i] = chosen[(i + 1) % 3];
            _refuse(account, abi.encodeWithSelector(Passkeys.GuardiansInvalid.selector));
            passkeys.chooseGuardians(chosen);
        }
        _refuse(stranger, abi.encodeWithSelector(Passkeys.UnknownPasskeyAccount.selector, stranger));
        passkeys.chooseGuardians(guardians);
    }

    function test_one_guardian_recovers_nothing() public {
        vm.prank(sister);
        _expectEvent();
        emit Passkeys.RecoverySupported(account, 0, _hash(TABLET));
        (bytes32 qx, bytes32 qy) = _key(TABLET);
        passkeys.supportRecovery(account, 0, qx, qy, SALT);
        _requireAgreed(0, 0);
        vm.warp(START + 365 days);
        vm.expectRevert(abi.encodeWithSelector(Passkeys.KeyNotAgreed.selector, account, _hash(TABLET)));
        passkeys.finishRecovery(account, qx, qy);
    }

    function test_two_guardians_replace_the_key_after_the_delay() public {
        _support(sister, 0, TABLET);
        (bytes32 qx, bytes32 qy) = _key(TABLET);
        vm.prank(courtKey);
        _expectEvent();
        emit Passkeys.RecoverySupported(account, 2, _hash(TABLET));
        _expectEvent();
        emit Passkeys.RecoveryAgreed(account, _hash(TABLET), START + DELAY);
        passkeys.supportRecovery(account, 2, qx, qy, SALT);
        vm.warp(START + DELAY - 1);
        vm.expectRevert(abi.encodeWithSelector(Passkeys.RecoveryTooEarly.selector, account, START + DELAY));
        passkeys.finishRecovery(account, qx, qy);
        vm.warp(START + DELAY);
        _expectEvent();
        emit Passkeys.KeyReplaced(account, qx, qy);
        passkeys.finishRecovery(account, qx, qy);
        (bytes32 x, bytes32 y) = passkeys.keyOf(account);
        eq(x, qx);
        eq(y, qy);
        _requireAgreed(0, 0);
        eq(passkeys.recordOf(account).guardians[0], guardians[0]);
    }

    function test_a_third_guardian_does_not_begin_the_delay_again() public {
        _support(sister, 0, TABLET);
        _support(friend, 1, TABLET);
        vm.warp(START + 1 days);
        _support(courtKey, 2, TABLET);
        _requireAgreed(_hash(TABLET), START + DELAY);
    }

    function test_a_guardian_may_withdraw_and_change_its_support() public {
        _support(sister, 0, TABLET);
        _support(friend, 1, TABLET);
        vm.prank(friend);
        _expectEvent();
        emit Passkeys.RecoverySupported(account, 1, 0);
        _expectEvent();
        emit Passkeys.RecoveryAgreed(account, 0, 0);
        passkeys.supportRecovery(account, 1, 0, 0, SALT);
        vm.warp(START + 1 days);
        _support(friend, 1, 3);
        _requireAgreed(0, 0);
        _support(courtKey, 2, 3);
        _requireAgreed(_hash(3), START + 1 days + DELAY);
    }

    function test_a_veto_of_the_holder_ends_every_support() public {
        _support(sister, 0, TABLET);
        _support(friend, 1, TABLET);
        vm.prank(account);
        _expectEvent();
        emit Passkeys.RecoveryVetoed(account);
        passkeys.vetoRecovery();
        _requireAgreed(0, 0);
        vm.warp(START + DELAY);
        (bytes32 qx, bytes32 qy) = _key(TABLET);
        vm.expectRevert(abi.encodeWithSelector(Passkeys.KeyNotAgreed.selector, account, _hash(TABLET)));
        passkeys.finishRecovery(account, qx, qy);
    }

    function test_a_veto_of_nothing_or_by_another_reverts() public {
        _refuse(account, abi.encodeWithSelector(Passkeys.NothingToVeto.selector, account));
        passkeys.vetoRecovery();
        _support(sister, 0, TABLET);
        _refuse(sister, abi.encodeWithSelector(Passkeys.UnknownPasskeyAccount.selector, sister));
        passkeys.vetoRecovery();
        vm.prank(account);
        passkeys.vetoRecovery();
    }

    function test_support_by_others_at_other_places_or_with_other_salts_reverts() public {
        (bytes32 qx, bytes32 qy) = _key(TABLET);
        _refuse(stranger, abi.encodeWithSelector(Passkeys.NotTheGuardian.selector, account, 0));
        passkeys.supportRecovery(account, 0, qx, qy, SALT);
        _refuse(sister, abi.encodeWithSelector(Passkeys.NotTheGuardian.selector, account, 1));
        passkeys.supportRecovery(account, 1, qx, qy, SALT);
        _refuse(sister, abi.encodeWithSelector(Passkeys.NotTheGuardian.selector, account, 3));
        passkeys.supportRecovery(account, 3, qx, qy, SALT);
        _refuse(sister, abi.encodeWithSelector(Passkeys.NotTheGuardian.selector, account, 0));
        passkeys.supportRecovery(account, 0, qx, qy, 0);
        _refuse(bankKey, abi.encodeWithSelector(Passkeys.NotTheGuardian.selector, account, 2));
        passkeys.supportRecovery(account, 2, qx, qy, SALT);
    }

    function test_support_of_no_key_or_for_no_account_reverts() public {
        (bytes32 qx, bytes32 qy) = _key(TABLET);
        _refuse(sister, abi.encodeWithSelector(Passkeys.PasskeyInvalid.selector, qx, qx));
        passkeys.supportRecovery(account, 0, qx, qx, SALT);
        _refuse(sister, abi.encodeWithSelector(Passkeys.UnknownPasskeyAccount.selector, stranger));
        passkeys.supportRecovery(stranger, 0, qx, qy, SALT);
        vm.expectRevert(abi.encodeWithSelector(Passkeys.UnknownPasskeyAccount.selector, stranger));
        passkeys.finishRecovery(stranger, qx, qy);
    }

    function test_an_institution_votes_by_a_key_of_the_scope_while_it_is_active() public {
        (bytes32 qx, bytes32 qy) = _key(TABLET);
        vm.prank(courtKey);
        institutions.addKey(court, teller, _list("recovery"));
        vm.prank(courtKey);
        institutions.addKey(court, fresh, _list("order"));
        _support(teller, 2, TABLET);
        _refuse(fresh, abi.encodeWithSelector(IInstitutions.KeyLacksScope.selector, fresh, bytes32("recovery")));
        passkeys.supportRecovery(account, 2, qx, qy, SALT);
        _suspend(councilKey, court);
        _refuse(teller, abi.encodeWithSelector(IInstitutions.NotActive.selector, court));
        passkeys.supportRecovery(account, 2, qx, qy, SALT);
    }

    function test_a_retired_contract_opens_nothing_and_recovers_still() public {
        vm.prank(administration);
        _expectEvent();
        emit Passkeys.Retired(address(0x5));
        passkeys.retire(address(0x5));
        (bytes32 qx, bytes32 qy) = _key(TABLET);
        vm.expectRevert(abi.encodeWithSelector(Passkeys.ContractRetired.selector, address(0x5)));
        passkeys.open(qx, qy);
        _recover(TABLET);
        _refuse(administration, abi.encodeWithSelector(Passkeys.ContractRetired.selector, address(0x5)));
        passkeys.retire(address(0));
    }

    function test_retire_by_another_reverts() public {
        _refuse(councilKey, abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, councilKey));
        passkeys.retire(address(0));
    }

    function testFuzz_what_two_support_is_agreed_whoever_they_are(uint8 first, uint8 second, uint8 third) public {
        uint256[3] memory devices = [uint256(first % 3), second % 3, third % 3];
        _support(sister, 0, devices[0]);
        _support(friend, 1, devices[1]);
        _support(courtKey, 2, devices[2]);
        bytes32 expected = 0;
        for (uint256 device = 1; device < 3; ++device) {
            uint256 votes = 0;
            for (uint256 i = 0; i < 3; ++i) {
                if (devices[i] == device) ++votes;
            }
            if (votes > 1) expected = _hash(device);
        }
        _requireAgreed(expected, expected == 0 ? 0 : START + DELAY);
    }

    function _recover(uint256 device) private {
        _support(sister, 0, device);
        _support(friend, 1, device);
        vm.warp(block.timestamp + DELAY);
        _finish(device);
    }

    function _requireAgreed(bytes32 key, uint48 readyAt) private view {
        Passkeys.Account memory record = passkeys.recordOf(account);
        eq(record.agreed, key);
        eq(record.readyAt, readyAt);
    }
}
