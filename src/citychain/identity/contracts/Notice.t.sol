// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IInstitutions} from "@citychain/chain/contracts/IInstitutions.sol";
import {InstitutionKeys} from "./InstitutionKeys.sol";
import {Institutions} from "./Institutions.sol";
import {InstitutionsTest} from "./InstitutionsTest.t.sol";
import {Notice} from "./Notice.sol";
import {Succession} from "./Succession.sol";
import {TrustChain} from "./TrustChain.sol";

contract NoticeTest is InstitutionsTest {
    function setUp() public override {
        super.setUp();
        vm.warp(FOUNDED);
    }

    function test_nothing_waits_while_the_city_is_founded() public {
        vm.warp(FOUNDED - 1);
        uint32 third = _accredit(supervisorKey, "bank", fresh);
        eq(institutions.requireActing(fresh, "bank", "mint"), third);
        eq(institutions.noticeUntil(third), 0);
        _refuse(guardian, abi.encodeWithSelector(Notice.NoticeOver.selector, third, uint48(0)));
        institutions.veto(third, REASON);
    }

    function test_the_founding_lasts_thirty_days_unless_the_council_ends_it() public {
        vm.warp(START);
        vm.expectEmit();
        emit Notice.FoundingSet(FOUNDED);
        Institutions another = _deploy();
        eq(another.foundingEnds(), FOUNDED);
        vm.warp(START + 3 days);
        vm.prank(councilKey);
        vm.expectEmit();
        emit Notice.FoundingSet(START + 3 days);
        another.endFounding();
        eq(another.foundingEnds(), START + 3 days);
        vm.prank(councilKey);
        uint32 second = another.accredit("court", "Name", "", START, END, fresh);
        eq(another.recordOf(second).validFrom, START + 3 days + NOTICE);
        eq(another.isActive(second), false);
    }

    function test_the_founding_ends_once() public {
        _refuse(councilKey, abi.encodeWithSelector(Notice.FoundingOver.selector, FOUNDED));
        institutions.endFounding();
        vm.warp(FOUNDED - 1);
        vm.prank(councilKey);
        institutions.endFounding();
        _refuse(councilKey, abi.encodeWithSelector(Notice.FoundingOver.selector, FOUNDED - 1));
        institutions.endFounding();
    }

    function test_only_the_councils_key_ends_the_founding() public {
        vm.warp(START);
        _refuse(supervisorKey, abi.encodeWithSelector(TrustChain.NotAccreditor.selector, supervisor, COUNCIL));
        institutions.endFounding();
        _refuse(administration, abi.encodeWithSelector(IInstitutions.UnknownKey.selector, administration));
        institutions.endFounding();
        _retire();
        _refuse(councilKey, abi.encodeWithSelector(TrustChain.ContractRetired.selector, address(0x5)));
        institutions.endFounding();
    }

    function testFuzz_nobody_but_the_council_ends_the_founding(address sender) public {
        vm.assume(sender != councilKey);
        vm.warp(START);
        vm.prank(sender);
        vm.expectRevert();
        institutions.endFounding();
        eq(institutions.foundingEnds(), FOUNDED);
    }

    function test_an_accreditation_binds_after_its_notice() public {
        vm.prank(supervisorKey);
        _expectEvent();
        emit Institutions.InstitutionAccredited(7, supervisor, "bank", "Name", "", FOUNDED + NOTICE, END);
        _expectEvent();
        emit Notice.NoticeGiven(7, FOUNDED + NOTICE);
        uint32 third = institutions.accredit("bank", "Name", "", START, END, fresh);
        vm.warp(FOUNDED + NOTICE - 1);
        vm.expectRevert(abi.encodeWithSelector(IInstitutions.NotActive.selector, third));
        institutions.requireActing(fresh, "bank", "mint");
        vm.warp(FOUNDED + NOTICE);
        eq(institutions.requireActing(fresh, "bank", "mint"), third);
    }

    function test_an_accreditation_that_begins_later_stays_so() public {
        vm.prank(councilKey);
        uint32 second = institutions.accredit("court", "Name", "", FOUNDED + 9 days, END, fresh);
        eq(institutions.recordOf(second).validFrom, FOUNDED + 9 days);
    }

    function test_an_accreditation_that_ends_within_its_notice_reverts() public {
        _refuse(
            supervisorKey,
            abi.encodeWithSelector(Institutions.ValidityInvalid.selector, FOUNDED + NOTICE, FOUNDED + NOTICE)
        );
        institutions.accredit("bank", "Name", "", START, FOUNDED + NOTICE, fresh);
    }

    function test_a_reinstatement_binds_after_its_notice() public {
        _suspend(supervisorKey, bank);
        vm.prank(supervisorKey);
        _expectEvent();
        emit Notice.NoticeGiven(bank, FOUNDED + NOTICE);
        _expectEvent();
        emit Institutions.InstitutionReinstated(bank, supervisor, REASON, FOUNDED + NOTICE);
        institutions.reinstate(bank, REASON);
        eq(institutions.isActive(bank), false);
        vm.warp(FOUNDED + NOTICE);
        eq(institutions.isActive(bank), true);
    }

    function test_a_renewal_waits_only_after_the_term_has_ended() public {
        vm.warp(END - 1);
        vm.prank(supervisorKey);
        institutions.renew(bank, END + 1);
        eq(institutions.isActive(bank), true);
        vm.prank(councilKey);
        institutions.renew(supervisor, END + 365 days);
        vm.warp(END + 1);
        vm.prank(supervisorKey);
        institutions.renew(bank, END + 9 days);
        eq(institutions.isActive(bank), false);
        vm.warp(END + 1 + NOTICE);
        eq(institutions.isActive(bank), true);
    }

    /// The way of a thief who has the council's key: suspend a court, be its key, reinstate it.
    function test_a_key_of_another_binds_after_its_notice_also_where_the_institution_is_active_before() public {
        _suspend(councilKey, supervisor);
        vm.prank(councilKey);
        _expectEvent();
        emit InstitutionKeys.KeyAdded(bank, stranger, _list("*"), COUNCIL, FOUNDED + NOTICE);
        institutions.addKey(bank, stranger, _list("*"));
        // Another supervisor, of before, takes over: the bank is active at once.
        vm.warp(FOUNDED - 1);
        uint32 other = _accredit(councilKey, "supervisor", fresh);
        _succeed(councilKey, supervisor, fresh, other);
        vm.warp(FOUNDED);
        eq(institutions.requireActing(bankKey, "bank", "mint"), bank);
        vm.expectRevert(abi.encodeWithSelector(InstitutionKeys.KeyNotYetValid.selector, stranger, FOUNDED + NOTICE));
        institutions.requireActing(stranger, "bank", "mint");
        vm.warp(FOUNDED + NOTICE);
        eq(institutions.requireActing(stranger, "bank", "mint"), bank);
    }

    function test_rotation_and_scopes_by_another_wait_as_a_new_key_does() public {
        vm.prank(bankKey);
        institutions.addKey(bank, teller, _list("accounts"));
        _suspend(supervisorKey, bank);
        vm.prank(supervisorKey);
        _expectEvent();
        emit InstitutionKeys.KeyScopesChanged(bank, teller, _list("mint"), supervisor, FOUNDED + NOTICE);
        institutions.changeScopes(bank, teller, _list("mint"));
        vm.prank(supervisorKey);
        _expectEvent();
        emit InstitutionKeys.KeyAdded(bank, fresh, _list("*"), supervisor, FOUNDED + NOTICE);
        institutions.rotateKey(bank, bankKey, fresh);
        vm.prank(supervisorKey);
        institutions.reinstate(bank, REASON);
        vm.warp(FOUNDED + NOTICE);
        eq(institutions.requireActing(fresh, "bank", "mint"), bank);
        eq(institutions.requireActing(teller, "bank", "mint"), bank);
    }

    function test_what_an_institution_decides_about_its_own_keys_binds_at_once() public {
        vm.prank(bankKey);
        institutions.addKey(bank, teller, _list("mint"));
        eq(institutions.requireActing(teller, "bank", "mint"), bank);
        vm.prank(bankKey);
        institutions.changeScopes(bank, teller, _list("accounts"));
        eq(institutions.requireActing(teller, "bank", "accounts"), bank);
        vm.prank(bankKey);
        institutions.rotateKey(bank, teller, fresh);
        eq(institutions.requireActing(fresh, "bank", "accounts"), bank);
        eq(institutions.noticeUntil(bank), 0);
    }

    function test_the_councils_new_key_acts_at_once() public {
        vm.prank(administration);
        institutions.rotateCouncilKey(fresh);
        eq(institutions.requireActing(fresh, "council", "accredit"), COUNCIL);
    }

    function test_a_veto_stops_what_was_decided_until_the_council_decides_again() public {
        uint32 sham = _accredit(councilKey, "court", fresh);
        vm.prank(guardian);
        _expectEvent();
        emit Notice.InstitutionVetoed(sham, "nobody knows it");
        institutions.veto(sham, "nobody knows it");
        vm.warp(FOUNDED + NOTICE);
        eq(institutions.isActive(sham), false);
        vm.prank(councilKey);
        institutions.reinstate(sham, REASON);
        eq(institutions.isActive(sham), false);
        vm.prank(guardian);
        institutions.veto(sham, REASON);
        vm.warp(FOUNDED + 2 * NOTICE);
        eq(institutions.isActive(sham), false);
    }

    function test_a_veto_of_a_bank_binds_its_supervisor_as_the_councils_suspension_does() public {
        uint32 third = _accredit(supervisorKey, "bank", fresh);
        vm.prank(guardian);
        institutions.veto(third, REASON);
        _refuse(supervisorKey, abi.encodeWithSelector(Succession.OnlyCouncilDecides.selector, third));
        institutions.reinstate(third, REASON);
    }

    function test_a_veto_after_the_notice_or_twice_or_without_a_reason_reverts() public {
        uint32 second = _accredit(councilKey, "court", fresh);
        _refuse(guardian, abi.encodeWithSelector(TrustChain.ReasonMissing.selector));
        institutions.veto(second, 0);
        vm.prank(guardian);
        institutions.veto(second, REASON);
        _refuse(guardian, abi.encodeWithSelector(TrustChain.WrongState.selector, second, TrustChain.State.Suspended));
        institutions.veto(second, REASON);
        vm.warp(FOUNDED + NOTICE);
        _refuse(guardian, abi.encodeWithSelector(Notice.NoticeOver.selector, second, FOUNDED + NOTICE));
        institutions.veto(second, REASON);
        _refuse(guardian, abi.encodeWithSelector(Notice.NoticeOver.selector, bank, uint48(0)));
        institutions.veto(bank, REASON);
    }

    function test_a_veto_by_another_or_of_a_retired_contract_reverts() public {
        uint32 second = _accredit(councilKey, "court", fresh);
        _refuse(councilKey, abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, councilKey));
        institutions.veto(second, REASON);
        _retire();
        _refuse(guardian, abi.encodeWithSelector(TrustChain.ContractRetired.selector, address(0x5)));
        institutions.veto(second, REASON);
    }

    function testFuzz_whoever_is_accredited_acts_no_earlier_than_its_notice(uint48 now_, uint48 validFrom, uint48 later)
        public
    {
        now_ = uint48(bound(now_, START, END - 1));
        validFrom = uint48(bound(validFrom, 0, END));
        uint48 earliest = now_ < FOUNDED || validFrom > now_ + NOTICE ? validFrom : now_ + NOTICE;
        later = uint48(bound(later, now_, END + 9 days));
        vm.warp(now_);
        vm.prank(councilKey);
        uint32 second = institutions.accredit("court", "Name", "", validFrom, END + 9 days, fresh);
        eq(institutions.recordOf(second).validFrom, earliest);
        vm.warp(later);
        eq(institutions.isActive(second), later >= earliest && later < END + 9 days);
    }
}
