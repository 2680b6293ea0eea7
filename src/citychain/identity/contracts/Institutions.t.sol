// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IInstitutions} from "@citychain/chain/contracts/IInstitutions.sol";
import {InstitutionKeys} from "./InstitutionKeys.sol";
import {Institutions} from "./Institutions.sol";
import {Forwarding, InstitutionsTest} from "./InstitutionsTest.t.sol";
import {Succession} from "./Succession.sol";
import {TrustChain} from "./TrustChain.sol";

contract InstitutionsUnitTest is InstitutionsTest {
    function test_creation_makes_the_council_and_the_kinds() public {
        _expectEvent();
        emit Institutions.KindDefined("council", new bytes32[](0));
        _expectEvent();
        emit Institutions.InstitutionAccredited(
            COUNCIL, 0, "council", "Council", "https://council", START, type(uint48).max
        );
        _expectEvent();
        emit InstitutionKeys.KeyAdded(COUNCIL, councilKey, _list("*"), 0, 0);
        _expectEvent();
        emit Institutions.KindDefined("supervisor", _list("council"));
        Institutions created = _deploy();
        eq(created.authority(), address(authority));
        eq(created.lastInstitution(), 1);
        eq(created.kindOf(COUNCIL), "council");
        eq(created.isActive(COUNCIL), true);
        eq(created.requireActing(councilKey, "council", "accredit"), COUNCIL);
        _eq(created.accreditingKinds("bank"), _list("supervisor", "council"));
    }

    function test_creation_with_lists_of_other_length_reverts() public {
        kinds.push("auditor");
        vm.expectRevert(abi.encodeWithSelector(Institutions.KindListInvalid.selector, 4));
        _deploy();
    }

    function test_define_kind_lets_its_kinds_accredit() public {
        vm.prank(administration);
        _expectEvent();
        emit Institutions.KindDefined("auditor", _list("court"));
        institutions.defineKind("auditor", _list("court"));
        eq(institutions.kindOf(_accredit(courtKey, "auditor", fresh)), "auditor");
    }

    function test_define_kind_anew_replaces_who_accredits() public {
        vm.prank(administration);
        institutions.defineKind("bank", _list("court"));
        _eq(institutions.accreditingKinds("bank"), _list("court"));
        _refuse(
            supervisorKey, abi.encodeWithSelector(Institutions.MayNotAccredit.selector, supervisor, bytes32("bank"))
        );
        institutions.accredit("bank", "Name", "", START, END, fresh);
        eq(institutions.isActive(bank), true);
    }

    function test_define_kind_of_the_council_reverts() public {
        _refuse(administration, abi.encodeWithSelector(Institutions.CouncilKindFixed.selector));
        institutions.defineKind("council", _list("court"));
    }

    function test_define_kind_without_a_name_or_by_unknown_kinds_reverts() public {
        _refuse(administration, abi.encodeWithSelector(Institutions.UnknownKind.selector, bytes32(0)));
        institutions.defineKind(0, _list("court"));
        _refuse(administration, abi.encodeWithSelector(Institutions.UnknownKind.selector, bytes32("curt")));
        institutions.defineKind("auditor", _list("curt"));
    }

    function test_define_kind_with_too_many_accreditors_reverts() public {
        _refuse(administration, abi.encodeWithSelector(Institutions.KindListInvalid.selector, 17));
        institutions.defineKind("auditor", new bytes32[](17));
    }

    function test_define_kind_by_the_councils_key_reverts() public {
        _refuse(councilKey, abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, councilKey));
        institutions.defineKind("auditor", _list("court"));
    }

    function test_accredit_records_the_institution() public {
        vm.prank(supervisorKey);
        _expectEvent();
        emit Institutions.InstitutionAccredited(7, supervisor, "bank", "Third Bank", "https://third", START + 9, END);
        _expectEvent();
        emit InstitutionKeys.KeyAdded(7, fresh, _list("*"), supervisor, 0);
        uint32 third = institutions.accredit("bank", "Third Bank", "https://third", START + 9, END, fresh);
        eq(third, 7);
        TrustChain.Institution memory record = institutions.recordOf(third);
        eq(record.kind, "bank");
        eq(record.accreditor, supervisor);
        eq(record.validFrom, START + 9);
        eq(record.validUntil, END);
        eq(record.depth, 2);
        eq(record.name, "Third Bank");
        eq(record.webPage, "https://third");
        _requireState(third, TrustChain.State.Active);
    }

    function test_accredit_through_the_forwarder_counts_for_the_signer() public {
        address forwarder = address(new Forwarding());
        vm.prank(administration);
        authority.initializeForwarder(forwarder);
        bytes memory call = abi.encodeCall(Institutions.accredit, ("bank", "Name", "", START, END, fresh));
        vm.prank(forwarder);
        (bool success,) = address(institutions).call(abi.encodePacked(call, supervisorKey));
        ok(success, "accredit");
        eq(institutions.recordOf(7).accreditor, supervisor);
        vm.prank(forwarder);
        (, bytes memory reason) = address(institutions).call(abi.encodePacked(call, stranger));
        eq(reason, abi.encodeWithSelector(IInstitutions.UnknownKey.selector, stranger));
    }

    function test_accredit_of_an_undefined_kind_reverts() public {
        _refuse(councilKey, abi.encodeWithSelector(Institutions.UnknownKind.selector, bytes32("auditor")));
        institutions.accredit("auditor", "Name", "", START, END, fresh);
    }

    function test_accredit_by_another_kind_or_of_a_second_council_reverts() public {
        _refuse(courtKey, abi.encodeWithSelector(Institutions.MayNotAccredit.selector, court, bytes32("bank")));
        institutions.accredit("bank", "Name", "", START, END, fresh);
        _refuse(councilKey, abi.encodeWithSelector(Institutions.MayNotAccredit.selector, COUNCIL, bytes32("council")));
        institutions.accredit("council", "Name", "", START, END, fresh);
    }

    function test_accredit_without_the_scope_or_a_key_or_activity_reverts() public {
        vm.prank(supervisorKey);
        institutions.addKey(supervisor, teller, _list("keys"));
        _refuse(teller, abi.encodeWithSelector(IInstitutions.KeyLacksScope.selector, teller, bytes32("accredit")));
        institutions.accredit("bank", "Name", "", START, END, fresh);
        _refuse(stranger, abi.encodeWithSelector(IInstitutions.UnknownKey.selector, stranger));
        institutions.accredit("bank", "Name", "", START, END, fresh);
        _suspend(councilKey, supervisor);
        _refuse(supervisorKey, abi.encodeWithSelector(IInstitutions.NotActive.selector, supervisor));
        institutions.accredit("bank", "Name", "", START, END, fresh);
    }

    function test_accredit_beyond_the_greatest_depth_reverts() public {
        (uint32 deepest, address key) = _registrars(8);
        eq(institutions.recordOf(deepest).depth, 8);
        eq(institutions.isActive(deepest), true);
        _refuse(key, abi.encodeWithSelector(Institutions.ChainTooDeep.selector, deepest));
        institutions.accredit("registrar", "Name", "", START, END, fresh);
    }

    function test_accredit_with_a_used_or_no_key_reverts() public {
        _refuse(supervisorKey, abi.encodeWithSelector(InstitutionKeys.KeyAlreadyUsed.selector, courtKey));
        institutions.accredit("bank", "Name", "", START, END, courtKey);
        _refuse(supervisorKey, abi.encodeWithSelector(InstitutionKeys.KeyInvalid.selector, address(0)));
        institutions.accredit("bank", "Name", "", START, END, address(0));
    }

    function test_accredit_with_texts_of_wrong_length_reverts() public {
        string memory longest = string(new bytes(200));
        string memory tooLong = string(new bytes(201));
        _refuse(supervisorKey, abi.encodeWithSelector(Institutions.TextInvalid.selector, 0, 4));
        institutions.accredit("bank", "", "page", START, END, fresh);
        _refuse(supervisorKey, abi.encodeWithSelector(Institutions.TextInvalid.selector, 201, 0));
        institutions.accredit("bank", tooLong, "", START, END, fresh);
        _refuse(supervisorKey, abi.encodeWithSelector(Institutions.TextInvalid.selector, 1, 201));
        institutions.accredit("bank", "n", tooLong, START, END, fresh);
        vm.prank(supervisorKey);
        institutions.accredit("bank", longest, longest, START, END, fresh);
    }

    function testFuzz_accredit_takes_exactly_periods_that_end_later(uint48 validFrom, uint48 validUntil) public {
        bool valid = validUntil > validFrom && validUntil > START;
        vm.prank(supervisorKey);
        if (!valid) {
            vm.expectRevert(abi.encodeWithSelector(Institutions.ValidityInvalid.selector, validFrom, validUntil));
        }
        uint32 third = institutions.accredit("bank", "Name", "", validFrom, validUntil, fresh);
        if (valid) eq(institutions.isActive(third), validFrom <= START);
    }

    function test_describe_changes_the_texts() public {
        vm.prank(supervisorKey);
        _expectEvent();
        emit Institutions.InstitutionDescribed(bank, supervisor, "New name", "https://new");
        institutions.describe(bank, "New name", "https://new");
        eq(institutions.recordOf(bank).name, "New name");
        eq(institutions.recordOf(bank).webPage, "https://new");
        vm.prank(councilKey);
        institutions.describe(COUNCIL, "The council", "");
        eq(institutions.recordOf(COUNCIL).name, "The council");
    }

    function test_describe_by_itself_or_an_unconcerned_institution_reverts() public {
        _refuse(bankKey, abi.encodeWithSelector(TrustChain.NotAccreditor.selector, bank, bank));
        institutions.describe(bank, "Best bank", "");
        _refuse(courtKey, abi.encodeWithSelector(TrustChain.NotAccreditor.selector, court, bank));
        institutions.describe(bank, "Worst bank", "");
    }

    function test_describe_nobody_or_with_no_name_reverts() public {
        _refuse(councilKey, abi.encodeWithSelector(TrustChain.UnknownInstitution.selector, uint32(9)));
        institutions.describe(9, "Name", "");
        _refuse(councilKey, abi.encodeWithSelector(Institutions.TextInvalid.selector, 0, 0));
        institutions.describe(bank, "", "");
    }

    function test_renew_sets_the_end() public {
        vm.warp(END);
        eq(institutions.isActive(registrar), false);
        vm.prank(councilKey);
        _expectEvent();
        emit Institutions.InstitutionRenewed(registrar, COUNCIL, END + 9 days, END + 2 days);
        institutions.renew(registrar, END + 9 days);
        vm.warp(END + 2 days);
        eq(institutions.isActive(registrar), true);
        vm.warp(END + 9 days);
        eq(institutions.isActive(registrar), false);
    }

    function test_renew_into_the_past_or_by_others_reverts() public {
        _refuse(supervisorKey, abi.encodeWithSelector(Institutions.ValidityInvalid.selector, START, START));
        institutions.renew(bank, START);
        _refuse(bankKey, abi.encodeWithSelector(TrustChain.NotAccreditor.selector, bank, bank));
        institutions.renew(bank, END + 9);
    }

    function test_renew_of_a_revoked_institution_reverts() public {
        _revoke(supervisorKey, bank);
        _refuse(supervisorKey, abi.encodeWithSelector(TrustChain.WrongState.selector, bank, TrustChain.State.Revoked));
        institutions.renew(bank, END + 9);
    }

    function test_suspend_binds_at_once_and_down_the_chain() public {
        vm.prank(councilKey);
        _expectEvent();
        emit Institutions.InstitutionSuspended(supervisor, COUNCIL, REASON);
        institutions.suspend(supervisor, REASON);
        eq(institutions.isActive(supervisor), false);
        eq(institutions.isActive(bank), false);
        eq(institutions.isActive(registrar), true);
        _requireState(bank, TrustChain.State.Active);
        vm.expectRevert(abi.encodeWithSelector(IInstitutions.NotActive.selector, bank));
        institutions.requireActing(bankKey, "bank", "mint");
    }

    function test_suspend_twice_or_without_a_reason_reverts() public {
        _refuse(supervisorKey, abi.encodeWithSelector(TrustChain.ReasonMissing.selector));
        institutions.suspend(bank, 0);
        _suspend(supervisorKey, bank);
        _refuse(supervisorKey, abi.encodeWithSelector(TrustChain.WrongState.selector, bank, TrustChain.State.Suspended));
        institutions.suspend(bank, REASON);
    }

    function test_suspend_by_an_unconcerned_institution_reverts() public {
        _refuse(otherBankKey, abi.encodeWithSelector(TrustChain.NotAccreditor.selector, otherBank, bank));
        institutions.suspend(bank, REASON);
    }

    function test_the_council_can_not_be_suspended_revoked_renewed_or_reinstated() public {
        bytes memory reason = abi.encodeWithSelector(Succession.CouncilFixed.selector);
        _refuse(councilKey, reason);
        institutions.suspend(COUNCIL, REASON);
        _refuse(councilKey, reason);
        institutions.revoke(COUNCIL, REASON);
        _refuse(councilKey, reason);
        institutions.renew(COUNCIL, END);
        _refuse(councilKey, reason);
        institutions.reinstate(COUNCIL, REASON);
    }

    function test_reinstate_lifts_a_suspension() public {
        _suspend(supervisorKey, bank);
        vm.prank(supervisorKey);
        _expectEvent();
        emit Institutions.InstitutionReinstated(bank, supervisor, "appeal 3", START);
        institutions.reinstate(bank, "appeal 3");
        eq(institutions.isActive(bank), true);
    }

    function test_reinstate_by_the_accreditor_after_the_councils_suspension_reverts() public {
        _suspend(councilKey, bank);
        _refuse(supervisorKey, abi.encodeWithSelector(Succession.OnlyCouncilDecides.selector, bank));
        institutions.reinstate(bank, REASON);
        vm.prank(councilKey);
        institutions.reinstate(bank, REASON);
        eq(institutions.isActive(bank), true);
    }

    function test_reinstate_of_an_active_institution_or_without_a_reason_reverts() public {
        _refuse(supervisorKey, abi.encodeWithSelector(TrustChain.WrongState.selector, bank, TrustChain.State.Active));
        institutions.reinstate(bank, REASON);
        _suspend(supervisorKey, bank);
        _refuse(supervisorKey, abi.encodeWithSelector(TrustChain.ReasonMissing.selector));
        institutions.reinstate(bank, 0);
    }

    function test_revoke_ends_until_the_council_reinstates() public {
        _suspend(supervisorKey, bank);
        vm.prank(supervisorKey);
        _expectEvent();
        emit Institutions.InstitutionRevoked(bank, supervisor, REASON);
        institutions.revoke(bank, REASON);
        eq(institutions.isActive(bank), false);
        _refuse(supervisorKey, abi.encodeWithSelector(Succession.OnlyCouncilDecides.selector, bank));
        institutions.reinstate(bank, REASON);
        vm.prank(councilKey);
        institutions.reinstate(bank, REASON);
        eq(institutions.isActive(bank), true);
    }

    function test_revoke_twice_or_without_a_reason_reverts() public {
        _refuse(supervisorKey, abi.encodeWithSelector(TrustChain.ReasonMissing.selector));
        institutions.revoke(bank, 0);
        _revoke(supervisorKey, bank);
        _refuse(supervisorKey, abi.encodeWithSelector(TrustChain.WrongState.selector, bank, TrustChain.State.Revoked));
        institutions.revoke(bank, REASON);
    }

    function test_retire_stops_every_change_and_keeps_reading() public {
        vm.prank(administration);
        _expectEvent();
        emit TrustChain.Retired(address(0x5));
        institutions.retire(address(0x5));
        eq(institutions.retired(), true);
        eq(institutions.successor(), address(0x5));
        eq(institutions.requireActing(bankKey, "bank", "mint"), bank);
        bytes memory reason = abi.encodeWithSelector(TrustChain.ContractRetired.selector, address(0x5));
        _refuse(supervisorKey, reason);
        institutions.accredit("bank", "Name", "", START, END, fresh);
        _refuse(supervisorKey, reason);
        institutions.describe(bank, "Name", "");
        _refuse(supervisorKey, reason);
        institutions.renew(bank, END);
        _refuse(supervisorKey, reason);
        institutions.suspend(bank, REASON);
        _refuse(supervisorKey, reason);
        institutions.revoke(bank, REASON);
        _refuse(supervisorKey, reason);
        institutions.reinstate(bank, REASON);
        _refuse(administration, reason);
        institutions.defineKind("auditor", _list("court"));
        _refuse(administration, reason);
        institutions.retire(address(0));
    }

    function test_retire_by_the_councils_key_reverts() public {
        _refuse(councilKey, abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, councilKey));
        institutions.retire(address(0));
    }

    /// The way out of a retired contract: the same order gives the same ids, and the same keys act.
    function test_a_successor_accredited_in_the_same_order_keeps_ids_and_keys() public {
        _retire();
        Institutions next = _deploy();
        for (uint32 id = 2; id <= institutions.lastInstitution(); ++id) {
            TrustChain.Institution memory record = institutions.recordOf(id);
            address firstKey = institutions.keysOf(id)[0];
            address accreditorKey = institutions.keysOf(record.accreditor)[0];
            vm.prank(accreditorKey);
            uint32 same =
                next.accredit(record.kind, record.name, record.webPage, record.validFrom, record.validUntil, firstKey);
            eq(same, id);
        }
        eq(next.requireActing(bankKey, "bank", "mint"), bank);
    }
}
