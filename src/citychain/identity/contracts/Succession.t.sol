// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IInstitutions} from "@citychain/chain/contracts/IInstitutions.sol";
import {InstitutionKeys} from "./InstitutionKeys.sol";
import {Institutions} from "./Institutions.sol";
import {InstitutionsTest} from "./InstitutionsTest.t.sol";
import {Notice} from "./Notice.sol";
import {Succession} from "./Succession.sol";
import {TrustChain} from "./TrustChain.sol";

contract SuccessionTest is InstitutionsTest {
    function test_an_institution_passes_its_duties_to_one_that_accepts() public {
        vm.prank(bankKey);
        _expectEvent();
        emit Succession.SuccessionOffered(bank, otherBank, bank, START, START + 30 days);
        institutions.offerSuccession(bank, otherBank);
        _offer(otherBank, bank, START, START + 30 days);
        eq(institutions.dutyHolder(bank), bank);
        vm.prank(otherBankKey);
        _expectEvent();
        emit Succession.SuccessionAccepted(bank, otherBank);
        institutions.acceptSuccession(bank);
        eq(institutions.dutyHolder(bank), otherBank);
        eq(institutions.isActive(bank), false);
        eq(institutions.recordOf(bank).successor, otherBank);
        _requireState(bank, TrustChain.State.Succeeded);
        _offer(0, 0, 0, 0);
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
        _suspend(supervisorKey, bank);
        vm.prank(supervisorKey);
        _expectEvent();
        emit Succession.SuccessionOffered(bank, otherBank, supervisor, START, START + 30 days);
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
        vm.prank(councilKey);
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
        (uint32 offered,,,) = institutions.offerOf(bank);
        eq(offered, to == otherBank ? to : 0);
    }

    function test_renewal_ends_an_offer_made_for_a_lapsed_institution() public {
        vm.prank(supervisorKey);
        institutions.renew(bank, START + 1);
        vm.warp(START + 1);
        vm.prank(supervisorKey);
        institutions.offerSuccession(bank, otherBank);
        vm.prank(supervisorKey);
        institutions.renew(bank, END);
        (uint32 to,,,) = institutions.offerOf(bank);
        eq(to, 0);
    }

    // --- what waits ---------------------------------------------------------------------------------------------------

    function test_what_an_active_institution_offers_itself_is_accepted_at_once_after_the_founding() public {
        vm.warp(FOUNDED);
        _succeed(bankKey, bank, otherBankKey, otherBank);
        eq(institutions.dutyHolder(bank), otherBank);
    }

    /// The way of a thief who has a supervisor's key and a bank: suspend, offer, accept.
    function test_an_offer_by_another_is_accepted_after_its_notice() public {
        _offerOfTheSuspended(supervisorKey);
        _offer(otherBank, supervisor, FOUNDED + NOTICE, FOUNDED + 30 days);
        vm.warp(FOUNDED + NOTICE - 1);
        _refuse(otherBankKey, abi.encodeWithSelector(Succession.OfferNotYetValid.selector, bank, FOUNDED + NOTICE));
        institutions.acceptSuccession(bank);
        vm.warp(FOUNDED + NOTICE);
        vm.prank(otherBankKey);
        institutions.acceptSuccession(bank);
        eq(institutions.dutyHolder(bank), otherBank);
    }

    function test_an_offer_made_again_waits_again() public {
        _offerOfTheSuspended(supervisorKey);
        vm.warp(FOUNDED + 1 days);
        vm.prank(councilKey);
        institutions.offerSuccession(bank, otherBank);
        _offer(otherBank, COUNCIL, FOUNDED + 1 days + NOTICE, FOUNDED + 31 days);
    }

    function test_an_offer_ends_after_its_term() public {
        vm.prank(bankKey);
        institutions.offerSuccession(bank, otherBank);
        vm.warp(START + 30 days);
        _refuse(otherBankKey, abi.encodeWithSelector(Succession.OfferExpired.selector, bank, START + 30 days));
        institutions.acceptSuccession(bank);
        vm.warp(START + 30 days - 1);
        vm.prank(otherBankKey);
        institutions.acceptSuccession(bank);
        eq(institutions.dutyHolder(bank), otherBank);
    }

    function test_a_veto_ends_an_offer_that_waits_and_leaves_the_rest_to_the_council() public {
        _offerOfTheSuspended(supervisorKey);
        vm.prank(guardian);
        _expectEvent();
        emit Succession.SuccessionVetoed(bank, otherBank, REASON);
        institutions.veto(bank, REASON);
        _offer(0, 0, 0, 0);
        vm.warp(FOUNDED + NOTICE);
        _refuse(otherBankKey, abi.encodeWithSelector(Succession.SuccessionNotOffered.selector, bank, otherBank));
        institutions.acceptSuccession(bank);
        bytes memory reason = abi.encodeWithSelector(Succession.OnlyCouncilDecides.selector, bank);
        _refuse(supervisorKey, reason);
        institutions.offerSuccession(bank, otherBank);
        _refuse(supervisorKey, reason);
        institutions.reinstate(bank, REASON);
        _refuse(supervisorKey, reason);
        institutions.revoke(bank, REASON);
        vm.prank(councilKey);
        institutions.offerSuccession(bank, otherBank);
        _offer(otherBank, COUNCIL, FOUNDED + 2 * NOTICE, FOUNDED + NOTICE + 30 days);
    }

    function test_a_veto_of_an_offer_leaves_a_revocation_as_it_is() public {
        vm.warp(FOUNDED);
        _revoke(supervisorKey, bank);
        vm.prank(councilKey);
        institutions.offerSuccession(bank, otherBank);
        vm.prank(guardian);
        institutions.veto(bank, REASON);
        _requireState(bank, TrustChain.State.Revoked);
        _offer(0, 0, 0, 0);
    }

    /// One that lapsed may be renewed; a veto of the offer is no suspension.
    function test_a_veto_of_an_offer_does_not_suspend_one_that_lapsed() public {
        vm.warp(END);
        vm.prank(councilKey);
        institutions.renew(supervisor, END + 365 days);
        vm.prank(councilKey);
        institutions.offerSuccession(bank, otherBank);
        vm.prank(guardian);
        institutions.veto(bank, REASON);
        _requireState(bank, TrustChain.State.Active);
        _offer(0, 0, 0, 0);
    }

    function test_a_veto_of_an_institution_ends_its_own_offer_too() public {
        _suspend(supervisorKey, bank);
        vm.warp(FOUNDED - 1);
        vm.prank(supervisorKey);
        institutions.reinstate(bank, REASON);
        vm.prank(bankKey);
        institutions.offerSuccession(bank, otherBank);
        vm.warp(FOUNDED);
        // a key of another gives a notice about one that is active again
        _suspend(councilKey, supervisor);
        vm.prank(councilKey);
        institutions.addKey(bank, fresh, _list("mint"));
        vm.prank(guardian);
        _expectEvent();
        emit Succession.SuccessionVetoed(bank, otherBank, REASON);
        _expectEvent();
        emit Notice.InstitutionVetoed(bank, REASON);
        institutions.veto(bank, REASON);
        _offer(0, 0, 0, 0);
    }

    function test_a_veto_of_an_offer_that_waits_no_more_or_without_a_reason_reverts() public {
        _offerOfTheSuspended(supervisorKey);
        _refuse(guardian, abi.encodeWithSelector(TrustChain.ReasonMissing.selector));
        institutions.veto(bank, 0);
        vm.warp(FOUNDED + NOTICE);
        _refuse(guardian, abi.encodeWithSelector(Notice.NoticeOver.selector, bank, uint48(0)));
        institutions.veto(bank, REASON);
        _offer(otherBank, supervisor, FOUNDED + NOTICE, FOUNDED + 30 days);
    }

    // --- what the council stopped ---------------------------------------------------------------------------------------

    function test_the_accreditor_cannot_offer_or_withdraw_or_revoke_what_the_council_stopped() public {
        _suspend(councilKey, bank);
        vm.prank(councilKey);
        institutions.offerSuccession(bank, otherBank);
        bytes memory reason = abi.encodeWithSelector(Succession.OnlyCouncilDecides.selector, bank);
        _refuse(supervisorKey, reason);
        institutions.offerSuccession(bank, otherBank);
        _refuse(supervisorKey, reason);
        institutions.withdrawSuccession(bank);
        _refuse(supervisorKey, reason);
        institutions.revoke(bank, REASON);
        vm.prank(councilKey);
        institutions.revoke(bank, REASON);
        _requireState(bank, TrustChain.State.Revoked);
    }

    /// So that it need not revoke to stop an offer.
    function test_the_council_takes_over_what_another_suspended() public {
        _offerOfTheSuspended(supervisorKey);
        vm.prank(councilKey);
        _expectEvent();
        emit Succession.SuccessionWithdrawn(bank, otherBank, COUNCIL);
        _expectEvent();
        emit Institutions.InstitutionSuspended(bank, COUNCIL, REASON);
        institutions.suspend(bank, REASON);
        _requireState(bank, TrustChain.State.Suspended);
        _refuse(supervisorKey, abi.encodeWithSelector(Succession.OnlyCouncilDecides.selector, bank));
        institutions.offerSuccession(bank, otherBank);
        bytes memory reason = abi.encodeWithSelector(TrustChain.WrongState.selector, bank, TrustChain.State.Suspended);
        _refuse(councilKey, reason);
        institutions.suspend(bank, REASON);
        _refuse(supervisorKey, reason);
        institutions.suspend(bank, REASON);
    }

    function test_only_the_council_offers_what_is_revoked() public {
        _revoke(supervisorKey, bank);
        _refuse(supervisorKey, abi.encodeWithSelector(Succession.OnlyCouncilDecides.selector, bank));
        institutions.offerSuccession(bank, otherBank);
        _succeed(councilKey, bank, otherBankKey, otherBank);
        eq(institutions.dutyHolder(bank), otherBank);
    }

    /// Whoever offers, whenever, and whatever the institution's state: accepted no earlier than after two days under the
    /// veto, unless it offered itself or the city is founded; and never after thirty.
    function testFuzz_an_offer_is_accepted_between_its_notice_and_its_end(uint48 made, uint48 taken, uint8 by) public {
        made = uint48(bound(made, START, END - 31 days));
        taken = uint48(bound(taken, made, made + 30 days));
        vm.warp(made);
        by = by % 3;
        if (by != 0) _suspend(supervisorKey, bank);
        vm.prank([bankKey, supervisorKey, councilKey][by]);
        institutions.offerSuccession(bank, otherBank);
        uint48 validFrom = by == 0 || made < FOUNDED ? made : made + NOTICE;
        vm.warp(taken);
        vm.prank(otherBankKey);
        if (taken < validFrom) {
            vm.expectRevert(abi.encodeWithSelector(Succession.OfferNotYetValid.selector, bank, validFrom));
        } else if (taken == made + 30 days) {
            vm.expectRevert(abi.encodeWithSelector(Succession.OfferExpired.selector, bank, made + 30 days));
        }
        institutions.acceptSuccession(bank);
    }

    /// After the founding: the supervisor suspends the bank, and `by` offers its duties to the other one.
    function _offerOfTheSuspended(address by) private {
        vm.warp(FOUNDED);
        _suspend(supervisorKey, bank);
        vm.prank(by);
        institutions.offerSuccession(bank, otherBank);
    }

    function _offer(uint32 to, uint32 by, uint48 validFrom, uint48 validUntil) private view {
        (uint32 offeredTo, uint32 offeredBy, uint48 from, uint48 until) = institutions.offerOf(bank);
        eq(offeredTo, to);
        eq(offeredBy, by);
        eq(from, validFrom);
        eq(until, validUntil);
    }
}
