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
        emit Passkeys.GuardiansChosen(account, guardians, 2);
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
        emit Passkeys.RecoverySupported(account, 0, _hash(TABLET), sister, 0);
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
        emit Passkeys.RecoverySupported(account, 2, _hash(TABLET), courtKey, court);
        _expectEvent();
        emit Passkeys.RecoveryAgreed(account, _hash(TABLET), START + DELAY);
        passkeys.supportRecovery(account, 2, qx, qy, SALT);
        vm.warp(START + DELAY - 1);
        vm.expectRevert(abi.encodeWithSelector(Passkeys.RecoveryTooEarly.selector, account, START + DELAY));
        passkeys.finishRecovery(account, qx, qy);
        vm.warp(START + DELAY);
        _expectEvent();
        emit Passkeys.KeyReplaced(account, qx, qy, 2);
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
        emit Passkeys.RecoverySupported(account, 1, 0, friend, 0);
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
        emit Passkeys.RecoveryVetoed(account, 2);
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

    // --- the veto by signature ----------------------------------------------------------------------------------------

    /// Which the forwarder does not carry, and which a stranger may.
    function test_anybody_brings_the_holders_signed_veto() public {
        _support(sister, 0, TABLET);
        _support(friend, 1, TABLET);
        vm.prank(stranger);
        _expectEvent();
        emit Passkeys.RecoveryVetoed(account, 2);
        passkeys.vetoRecoveryBySignature(account, 1, _veto(PHONE, 1));
        _requireAgreed(0, 0);
        eq(passkeys.recordOf(account).round, 2);
    }

    function test_a_signed_veto_is_not_used_again() public {
        bytes memory signature = _veto(PHONE, 1);
        _support(sister, 0, TABLET);
        passkeys.vetoRecoveryBySignature(account, 1, signature);
        _support(sister, 0, TABLET);
        vm.expectRevert(abi.encodeWithSelector(Passkeys.WrongRound.selector, account, uint48(2)));
        passkeys.vetoRecoveryBySignature(account, 1, signature);
        vm.expectRevert(abi.encodeWithSelector(Passkeys.VetoNotSigned.selector, account, uint48(2)));
        passkeys.vetoRecoveryBySignature(account, 2, signature);
    }

    function test_every_end_of_the_support_begins_a_round() public {
        eq(passkeys.recordOf(account).round, 1);
        _support(sister, 0, TABLET);
        vm.prank(account);
        passkeys.vetoRecovery();
        eq(passkeys.recordOf(account).round, 2);
        _recover(TABLET);
        eq(passkeys.recordOf(account).round, 3);
        vm.prank(account);
        passkeys.chooseGuardians(guardians);
        eq(passkeys.recordOf(account).round, 4);
    }

    function test_a_veto_that_another_key_signed_or_for_another_account_or_of_nothing_reverts() public {
        bytes memory good = _veto(PHONE, 1);
        bytes memory byAnother = _veto(TABLET, 1);
        bytes memory forAnother = _signature(PHONE, passkeys.vetoDigest(_open(TABLET), 1));
        vm.expectRevert(abi.encodeWithSelector(Passkeys.NothingToVeto.selector, account));
        passkeys.vetoRecoveryBySignature(account, 1, good);
        _support(sister, 0, TABLET);
        bytes memory reason = abi.encodeWithSelector(Passkeys.VetoNotSigned.selector, account, uint48(1));
        vm.expectRevert(reason);
        passkeys.vetoRecoveryBySignature(account, 1, byAnother);
        vm.expectRevert(reason);
        passkeys.vetoRecoveryBySignature(account, 1, forAnother);
        vm.expectRevert(reason);
        passkeys.vetoRecoveryBySignature(account, 1, "");
        vm.expectRevert(abi.encodeWithSelector(Passkeys.UnknownPasskeyAccount.selector, stranger));
        passkeys.vetoRecoveryBySignature(stranger, 0, "");
    }

    function test_what_the_holder_signs_is_typed_data_of_this_contract() public view {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("citychain"),
                keccak256("1"),
                block.chainid,
                address(passkeys)
            )
        );
        bytes32 typehash = keccak256("VetoRecovery(address account,uint48 round)");
        bytes32 what = keccak256(abi.encode(typehash, account, uint48(7)));
        eq(passkeys.vetoDigest(account, 7), keccak256(abi.encodePacked(hex"1901", domain, what)));
    }

    function testFuzz_a_veto_is_stopped_by_its_round_and_its_key_alone(uint48 round, uint8 ends, bool lost) public {
        for (uint256 i = 0; i < ends % 4; ++i) {
            vm.prank(account);
            passkeys.chooseGuardians(guardians);
        }
        uint48 now_ = 1 + ends % 4;
        round = round % 6;
        _support(sister, 0, TABLET);
        bytes memory signature = _veto(lost ? TABLET : PHONE, round);
        if (round != now_) vm.expectRevert(abi.encodeWithSelector(Passkeys.WrongRound.selector, account, now_));
        else if (lost) vm.expectRevert(abi.encodeWithSelector(Passkeys.VetoNotSigned.selector, account, round));
        passkeys.vetoRecoveryBySignature(account, round, signature);
        eq(passkeys.recordOf(account).votes[0].key, round == now_ && !lost ? bytes32(0) : _hash(TABLET));
    }

    // --- two guardians are two ----------------------------------------------------------------------------------------

    function test_a_person_named_twice_has_one_seat() public {
        _name(sister, 0, sister, 0, friend, 0);
        _vote(sister, 0, TABLET);
        (bytes32 qx, bytes32 qy) = _key(TABLET);
        _refuse(sister, abi.encodeWithSelector(Passkeys.SecondSeat.selector, account, 0));
        passkeys.supportRecovery(account, 1, qx, qy, _salt(1));
        _requireAgreed(0, 0);
        // it may change its seat
        _vote(sister, 0, 0);
        _vote(sister, 1, TABLET);
        _vote(friend, 2, TABLET);
        _requireAgreed(_hash(TABLET), START + DELAY);
    }

    function test_an_institution_and_its_key_as_a_person_count_once() public {
        vm.prank(courtKey);
        institutions.addKey(court, teller, _list("recovery"));
        _name(teller, 0, address(0), court, friend, 0);
        _vote(courtKey, 1, TABLET);
        _vote(teller, 0, TABLET);
        _requireAgreed(0, 0);
        // nor when the person is its key no longer
        vm.prank(courtKey);
        institutions.removeKey(court, teller);
        _vote(courtKey, 1, TABLET);
        _requireAgreed(0, 0);
        _vote(friend, 2, TABLET);
        _requireAgreed(_hash(TABLET), START + DELAY);
    }

    function test_an_institution_named_twice_has_one_seat() public {
        vm.prank(courtKey);
        institutions.addKey(court, teller, _list("recovery"));
        _name(address(0), court, address(0), court, friend, 0);
        _vote(courtKey, 0, TABLET);
        _vote(teller, 1, TABLET);
        _requireAgreed(0, 0);
    }

    /// An institution names whom it likes as its key and asks nobody.
    function test_no_institution_takes_the_votes_of_two_people_away() public {
        vm.prank(courtKey);
        institutions.addKey(court, sister, _list("order"));
        vm.prank(courtKey);
        institutions.addKey(court, friend, _list("order"));
        _support(courtKey, 2, PHONE);
        _support(sister, 0, TABLET);
        _support(friend, 1, TABLET);
        _requireAgreed(_hash(TABLET), START + DELAY);
        vm.warp(START + DELAY);
        _finish(TABLET);
    }

    function test_an_institution_counts_only_while_it_is_active_when_the_key_takes_over() public {
        _support(sister, 0, TABLET);
        _support(courtKey, 2, TABLET);
        _suspend(councilKey, court);
        vm.warp(START + DELAY);
        (bytes32 qx, bytes32 qy) = _key(TABLET);
        vm.expectRevert(abi.encodeWithSelector(Passkeys.GuardianNotActive.selector, account, _hash(TABLET)));
        passkeys.finishRecovery(account, qx, qy);
        vm.prank(councilKey);
        institutions.reinstate(court, REASON);
        _finish(TABLET);
    }

    function test_a_third_guardian_stands_in_for_an_institution_that_is_not_active() public {
        _support(sister, 0, TABLET);
        _support(courtKey, 2, TABLET);
        _suspend(councilKey, court);
        _support(friend, 1, TABLET);
        _requireAgreed(_hash(TABLET), START + DELAY);
        vm.warp(START + DELAY);
        _finish(TABLET);
    }

    function testFuzz_two_supports_agree_exactly_when_two_guardians_gave_them(uint8 first, uint8 second) public {
        vm.prank(courtKey);
        institutions.addKey(court, teller, _list("recovery"));
        // who sits there, who votes for it, and which guardian that is
        address[4] memory people = [sister, friend, teller, address(0)];
        address[4] memory voters = [sister, friend, teller, courtKey];
        uint8[4] memory guardian = [1, 2, 3, 3];
        (first, second) = (first % 4, second % 4);
        _name(people[first], first == 3 ? court : 0, people[second], second == 3 ? court : 0, stranger, 0);
        _vote(voters[first], 0, TABLET);
        (bytes32 qx, bytes32 qy) = _key(TABLET);
        vm.prank(voters[second]);
        if (first == second) vm.expectRevert(abi.encodeWithSelector(Passkeys.SecondSeat.selector, account, 0));
        passkeys.supportRecovery(account, 1, qx, qy, _salt(1));
        bool two = guardian[first] != guardian[second];
        _requireAgreed(two ? _hash(TABLET) : bytes32(0), two ? START + DELAY : 0);
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

    function _veto(uint256 device, uint48 round) private view returns (bytes memory) {
        return _signature(device, passkeys.vetoDigest(account, round));
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
