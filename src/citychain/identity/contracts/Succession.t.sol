// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IInstitutions} from "@citychain/chain/contracts/IInstitutions.sol";
import {InstitutionKeys} from "./InstitutionKeys.sol";
import {InstitutionsTest} from "./InstitutionsTest.t.sol";
import {Succession} from "./Succession.sol";
import {TrustChain} from "./TrustChain.sol";

contract SuccessionTest is InstitutionsTest {
    function test_an_institution_passes_its_duties_to_one_that_accepts() public {
        vm.prank(bankKey);
        _expectEvent();
        emit Succession.SuccessionOffered(bank, otherBank, bank);
        institutions.offerSuccession(bank, otherBank);
        _offer(otherBank, bank);
        eq(institutions.dutyHolder(bank), bank);
        vm.prank(otherBankKey);
        _expectEvent();
        emit Succession.SuccessionAccepted(bank, otherBank);
        institutions.acceptSuccession(bank);
        eq(institutions.dutyHolder(bank), otherBank);
        eq(institutions.isActive(bank), false);
        eq(institutions.recordOf(bank).successor, otherBank);
        _requireState(bank, TrustChain.State.Succeeded);
        _offer(0, 0);
    }

    function test_offer_of_an_active_institution_by_others_reverts() public {
        _refuse(supervisorKey, abi.encodeWithSelector(InstitutionKeys.StillActive.selector, bank));
        institutions.offerSuccession(bank, otherBank);
        _refuse(otherBankKey, abi.encodeWithSelector(TrustChain.NotAccreditor.selector, otherBank, bank));
        institutions.offerSuccession(bank, otherBank);
        _refuse(stranger, abi.encodeWithSelector(IInstitutions.UnknownKey.selector, stranger));
        institutions.offerSuccession(bank, otherBank);
    }

    function test_offer_without_the_scope_reverts() public {
        vm.prank(bankKey);
        institutions.addKey(bank, teller, _list("mint"));
        _refuse(teller, abi.encodeWithSelector(IInstitutions.KeyLacksScope.selector, teller, bytes32("succession")));
        institutions.offerSuccession(bank, otherBank);
    }

    function test_offer_of_a_suspended_institution_by_itself_reverts() public {
        _suspend(supervisorKey, bank);
        _refuse(bankKey, abi.encodeWithSelector(IInstitutions.NotActive.selector, bank));
        institutions.offerSuccession(bank, otherBank);
    }

    function test_the_accreditor_offers_for_a_failed_institution() public {
        _revoke(supervisorKey, bank);
        vm.prank(supervisorKey);
        _expectEvent();
        emit Succession.SuccessionOffered(bank, otherBank, supervisor);
        institutions.offerSuccession(bank, otherBank);
        vm.prank(otherBankKey);
        institutions.acceptSuccession(bank);
        eq(institutions.dutyHolder(bank), otherBank);
    }

    function test_the_council_offers_for_an_expired_institution() public {
        vm.prank(supervisorKey);
        institutions.renew(bank, START + 1);
        vm.warp(START + 1);
        vm.prank(councilKey);
        institutions.offerSuccession(bank, otherBank);
        vm.prank(otherBankKey);
        institutions.acceptSuccession(bank);
        eq(institutions.dutyHolder(bank), otherBank);
    }

    function test_offer_to_itself_to_nobody_or_to_another_kind_reverts() public {
        _refuse(bankKey, abi.encodeWithSelector(Succession.SuccessionToItself.selector, bank));
        institutions.offerSuccession(bank, bank);
        _refuse(bankKey, abi.encodeWithSelector(TrustChain.UnknownInstitution.selector, uint32(9)));
        institutions.offerSuccession(bank, 9);
        _refuse(bankKey, abi.encodeWithSelector(IInstitutions.WrongKind.selector, court, bytes32("bank")));
        institutions.offerSuccession(bank, court);
    }

    function test_offer_of_the_council_or_of_a_succeeded_institution_reverts() public {
        _refuse(councilKey, abi.encodeWithSelector(Succession.CouncilFixed.selector));
        institutions.offerSuccession(COUNCIL, supervisor);
        _succeed(bankKey, bank, otherBankKey, otherBank);
        _refuse(supervisorKey, abi.encodeWithSelector(TrustChain.WrongState.selector, bank, TrustChain.State.Succeeded));
        institutions.offerSuccession(bank, otherBank);
    }

    function test_a_later_offer_replaces_the_earlier() public {
        uint32 third = _accredit(supervisorKey, "bank", fresh);
        vm.prank(bankKey);
        institutions.offerSuccession(bank, otherBank);
        vm.prank(bankKey);
        institutions.offerSuccession(bank, third);
        _refuse(otherBankKey, abi.encodeWithSelector(Succession.SuccessionNotOffered.selector, bank, otherBank));
        institutions.acceptSuccession(bank);
        vm.prank(fresh);
        institutions.acceptSuccession(bank);
        eq(institutions.dutyHolder(bank), third);
    }

    function test_withdraw_ends_the_offer() public {
        vm.prank(bankKey);
        institutions.offerSuccession(bank, otherBank);
        vm.prank(bankKey);
        _expectEvent();
        emit Succession.SuccessionWithdrawn(bank, otherBank, bank);
        institutions.withdrawSuccession(bank);
        _refuse(otherBankKey, abi.encodeWithSelector(Succession.SuccessionNotOffered.selector, bank, otherBank));
        institutions.acceptSuccession(bank);
        _refuse(bankKey, abi.encodeWithSelector(Succession.SuccessionNotOffered.selector, bank, uint32(0)));
        institutions.withdrawSuccession(bank);
    }

    function test_withdraw_by_others_reverts() public {
        vm.prank(bankKey);
        institutions.offerSuccession(bank, otherBank);
        _refuse(otherBankKey, abi.encodeWithSelector(TrustChain.NotAccreditor.selector, otherBank, bank));
        institutions.withdrawSuccession(bank);
        _refuse(supervisorKey, abi.encodeWithSelector(InstitutionKeys.StillActive.selector, bank));
        institutions.withdrawSuccession(bank);
    }

    function test_suspension_ends_an_offer_for_good() public {
        vm.prank(bankKey);
        institutions.offerSuccession(bank, otherBank);
        vm.prank(supervisorKey);
        _expectEvent();
        emit Succession.SuccessionWithdrawn(bank, otherBank, supervisor);
        institutions.suspend(bank, REASON);
        vm.prank(supervisorKey);
        institutions.reinstate(bank, REASON);
        _refuse(otherBankKey, abi.encodeWithSelector(Succession.SuccessionNotOffered.selector, bank, otherBank));
        institutions.acceptSuccession(bank);
    }

    function test_an_offer_for_a_failed_institution_ends_when_it_is_reinstated() public {
        _revoke(supervisorKey, bank);
        vm.prank(supervisorKey);
        institutions.offerSuccession(bank, otherBank);
        vm.prank(councilKey);
        institutions.reinstate(bank, REASON);
        _refuse(otherBankKey, abi.encodeWithSelector(Succession.SuccessionNotOffered.selector, bank, otherBank));
        institutions.acceptSuccession(bank);
    }

    function test_an_offer_does_not_outlive_the_right_to_make_it() public {
        vm.prank(bankKey);
        institutions.offerSuccession(bank, otherBank);
        vm.prank(supervisorKey);
        institutions.renew(bank, START + 1);
        vm.warp(START + 1);
        bytes memory reason = abi.encodeWithSelector(Succession.SuccessionNotOffered.selector, bank, otherBank);
        _refuse(otherBankKey, reason);
        institutions.acceptSuccession(bank);
        vm.prank(supervisorKey);
        institutions.offerSuccession(bank, otherBank);
        vm.prank(supervisorKey);
        institutions.renew(bank, END);
        _refuse(otherBankKey, reason);
        institutions.acceptSuccession(bank);
    }

    function test_accept_by_an_institution_that_was_not_asked_or_is_not_active_reverts() public {
        vm.prank(bankKey);
        institutions.offerSuccession(bank, otherBank);
        _refuse(courtKey, abi.encodeWithSelector(Succession.SuccessionNotOffered.selector, bank, court));
        institutions.acceptSuccession(bank);
        _suspend(supervisorKey, otherBank);
        _refuse(otherBankKey, abi.encodeWithSelector(IInstitutions.NotActive.selector, otherBank));
        institutions.acceptSuccession(bank);
    }

    /// The heir of an accreditor answers for everybody below, so it may not itself lie below, nor deeper.
    function test_accept_by_one_that_lies_deeper_reverts_when_others_hang_on_it() public {
        (uint32 below, address key) = _registrars(2);
        vm.prank(registrarKey);
        institutions.offerSuccession(registrar, below);
        _refuse(key, abi.encodeWithSelector(Succession.SuccessorTooDeep.selector, registrar, below));
        institutions.acceptSuccession(registrar);
    }

    function test_accept_by_one_that_lies_deeper_when_nobody_hangs_on_it() public {
        (uint32 deep, address key) = _registrars(3);
        uint32 shallow = _accredit(councilKey, "registrar", fresh);
        _succeed(fresh, shallow, key, deep);
        eq(institutions.dutyHolder(shallow), deep);
        // duties that came with somebody below weigh on the heir, too
        uint32 equal = _accredit(councilKey, "registrar", teller);
        _succeed(registrarKey, registrar, teller, equal);
        vm.prank(teller);
        institutions.offerSuccession(equal, deep);
        _refuse(key, abi.encodeWithSelector(Succession.SuccessorTooDeep.selector, equal, deep));
        institutions.acceptSuccession(equal);
    }

    function test_successions_follow_one_another_up_to_a_limit() public {
        (uint32 holder, address key) = (bank, bankKey);
        for (uint160 i = 1; i <= 8; ++i) {
            address next = address(0xD00 + i);
            uint32 heir = _accredit(supervisorKey, "bank", next);
            _succeed(key, holder, next, heir);
            (holder, key) = (heir, next);
            eq(institutions.dutyHolder(bank), holder);
            eq(institutions.recordOf(holder).generation, i);
        }
        vm.prank(key);
        institutions.offerSuccession(holder, otherBank);
        _refuse(otherBankKey, abi.encodeWithSelector(Succession.TooManySuccessions.selector, holder));
        institutions.acceptSuccession(holder);
    }

    function test_a_retired_contract_passes_no_duties() public {
        vm.prank(bankKey);
        institutions.offerSuccession(bank, otherBank);
        _retire();
        bytes memory reason = abi.encodeWithSelector(TrustChain.ContractRetired.selector, address(0x5));
        _refuse(bankKey, reason);
        institutions.offerSuccession(bank, otherBank);
        _refuse(bankKey, reason);
        institutions.withdrawSuccession(bank);
        _refuse(otherBankKey, reason);
        institutions.acceptSuccession(bank);
    }

    function testFuzz_offers_reach_exactly_other_institutions_of_the_kind(uint32 to) public {
        to = uint32(bound(to, 0, 8));
        vm.prank(bankKey);
        if (to != otherBank) vm.expectRevert();
        institutions.offerSuccession(bank, to);
        (uint32 offered,) = institutions.offerOf(bank);
        eq(offered, to == otherBank ? to : 0);
    }

    function _offer(uint32 to, uint32 by) private view {
        (uint32 offeredTo, uint32 offeredBy) = institutions.offerOf(bank);
        eq(offeredTo, to);
        eq(offeredBy, by);
    }

    function test_the_accreditor_cannot_offer_what_the_council_stopped() public {
        _suspend(councilKey, bank);
        _refuse(supervisorKey, abi.encodeWithSelector(Succession.OnlyCouncilReinstates.selector, bank));
        institutions.offerSuccession(bank, otherBank);
    }

    function test_renewal_ends_an_offer_made_for_a_lapsed_institution() public {
        vm.prank(supervisorKey);
        institutions.renew(bank, START + 1);
        vm.warp(START + 1);
        vm.prank(supervisorKey);
        institutions.offerSuccession(bank, otherBank);
        vm.prank(supervisorKey);
        institutions.renew(bank, END);
        (uint32 to,) = institutions.offerOf(bank);
        eq(to, 0);
    }
}
