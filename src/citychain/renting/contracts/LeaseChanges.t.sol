// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IInstitutions} from "@citychain/chain/contracts/IInstitutions.sol";
import {Deciders} from "./Deciders.sol";
import {ILeases} from "./ILeases.sol";
import {LeaseAgreements} from "./LeaseAgreements.sol";
import {LeaseEndings} from "./LeaseEndings.sol";
import {LeaseOffers} from "./LeaseOffers.sol";
import {LeaseParties} from "./LeaseParties.sol";
import {LeaseRecords} from "./LeaseRecords.sol";
import {LeasesTest} from "./LeasesTest.t.sol";
import {Letting} from "./Letting.sol";
import {TitleRecords} from "./TitleRecords.sol";
import {TitleTransfers} from "./TitleTransfers.sol";
import {UnitCalendar} from "./UnitCalendar.sol";

abstract contract LeaseChangesTest is LeasesTest {
    function _all() internal view returns (address[] memory accounts) {
        accounts = new address[](4);
        (accounts[0], accounts[1], accounts[2], accounts[3]) = (owner, coOwner, tenant, friend);
    }

    function _agreeEnd(uint64 leaseId, uint32 toDay, address[] memory accounts) internal {
        for (uint256 i = 0; i < accounts.length; ++i) {
            vm.prank(accounts[i]);
            changes.agreeEnd(leaseId, toDay);
        }
    }

    function _ends(uint64 leaseId, uint32 toDay) internal view {
        eq(leasesOf.leaseOf(leaseId).toDay, toDay);
        eq(units.occupationsOf(HOME)[0].toDay, toDay);
    }

    function _notAParty(address account) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(LeaseRecords.NotAParty.selector, account);
    }

    function _dayInvalid(uint32 toDay, uint32 least) internal view returns (bytes memory) {
        return abi.encodeWithSelector(LeaseEndings.EndDayInvalid.selector, toDay, least, day + 374);
    }

    function _buy() internal {
        vm.prank(registrar);
        uint64 transferId = titles.openTransfer(2, _single(buyer), NEW_DEED, uint48(block.timestamp) + 30 days);
        address[3] memory people = [owner, coOwner, buyer];
        for (uint256 i = 0; i < 3; ++i) {
            vm.prank(people[i]);
            titles.consentToTransfer(2, transferId);
        }
        vm.prank(registrar);
        titles.completeTransfer(2, transferId);
    }
}

/// @notice Agreements and notices.
contract LeaseAgreementsTest is LeaseChangesTest {
    function test_end_that_all_agree_on() public {
        uint64 leaseId = _running();
        address[] memory accounts = _all();
        for (uint256 i = 0; i < 3; ++i) {
            vm.prank(accounts[i]);
            changes.agreeEnd(leaseId, day + 40);
        }
        _ends(leaseId, day + 375);
        vm.prank(friend);
        _expectEvent();
        emit LeaseRecords.LeaseShortened(leaseId, day + 40, "agreed");
        changes.agreeEnd(leaseId, day + 40);
        _ends(leaseId, day + 40);
        // what was agreed counts once
        eq(changes.hasAgreed(leaseId, keccak256(abi.encode("end", day + 40)), owner), false);
    }

    function test_end_agreed_for_today_is_at_once() public {
        uint64 leaseId = _running();
        _agreeEnd(leaseId, day + 10, _all());
        eq(leasesOf.leaseOf(leaseId).ending, true);
        eq(units.occupationsOf(HOME).length, 0);
        _refuse(owner, _wrongState(leaseId, LeaseRecords.State.Running));
        changes.agreeExtension(leaseId, day + 400);
    }

    function test_different_days_are_no_agreement() public {
        uint64 leaseId = _running();
        _agreeEnd(leaseId, day + 40, _pair(owner, coOwner));
        _agreeEnd(leaseId, day + 41, _pair(tenant, friend));
        _ends(leaseId, day + 375);
    }

    function test_agreement_withdrawn_is_missing() public {
        uint64 leaseId = _running();
        _agreeEnd(leaseId, day + 40, _pair(owner, coOwner));
        bytes32 what = keccak256(abi.encode("end", day + 40));
        _refuse(tenant, abi.encodeWithSelector(LeaseAgreements.AgreementUnchanged.selector, tenant));
        changes.withdrawAgreement(leaseId, what);
        vm.prank(owner);
        _expectEvent();
        emit LeaseAgreements.AgreementWithdrawn(leaseId, what, owner);
        changes.withdrawAgreement(leaseId, what);
        _agreeEnd(leaseId, day + 40, _pair(tenant, friend));
        _ends(leaseId, day + 375);
        _refuse(friend, abi.encodeWithSelector(LeaseAgreements.AgreementUnchanged.selector, friend));
        changes.agreeEnd(leaseId, day + 40);
    }

    function test_stranger_agrees_to_nothing() public {
        uint64 leaseId = _running();
        _refuse(stranger, _notAParty(stranger));
        changes.agreeEnd(leaseId, day + 40);
        _refuse(stranger, _notAParty(stranger));
        changes.agreeLapse(leaseId);
        _refuse(stranger, _notAParty(stranger));
        changes.agreeExtension(leaseId, day + 400);
        _refuse(stranger, _notAParty(stranger));
        changes.giveNotice(leaseId, day + 40);
        _refuse(stranger, _notAParty(stranger));
        changes.agreeRefundee(leaseId, friend);
        _refuse(tenant, _notAParty(tenant));
        changes.agreePayee(leaseId, coOwner);
    }

    function test_end_day_outside_the_lease_reverts() public {
        uint64 leaseId = _running();
        _refuse(owner, _dayInvalid(day + 9, day + 10));
        changes.agreeEnd(leaseId, day + 9);
        _refuse(owner, _dayInvalid(day + 375, day + 10));
        changes.agreeEnd(leaseId, day + 375);
    }

    function test_lease_not_begun_can_be_called_off_by_all() public {
        uint64 leaseId = _funded();
        address[] memory accounts = _all();
        for (uint256 i = 0; i < 4; ++i) {
            vm.prank(accounts[i]);
            changes.agreeLapse(leaseId);
        }
        _state(leaseId, LeaseRecords.State.Lapsed);
        eq(escrow.creditOf(leaseId, tenant), DEPOSIT + leasesOf.leaseOf(leaseId).firstRent);
        eq(units.occupationsOf(HOME).length, 0);
    }

    function test_running_lease_can_not_be_called_off() public {
        uint64 leaseId = _running();
        address[] memory accounts = _all();
        for (uint256 i = 0; i < 3; ++i) {
            vm.prank(accounts[i]);
            changes.agreeLapse(leaseId);
        }
        _refuse(friend, _wrongState(leaseId, LeaseRecords.State.Running));
        changes.agreeLapse(leaseId);
    }

    function test_notice_by_all_of_one_side() public {
        uint64 leaseId = _running();
        vm.prank(tenant);
        changes.giveNotice(leaseId, day + 40);
        _ends(leaseId, day + 375);
        vm.prank(friend);
        _expectEvent();
        emit LeaseRecords.LeaseShortened(leaseId, day + 40, "notice");
        changes.giveNotice(leaseId, day + 40);
        _ends(leaseId, day + 40);
    }

    function test_notices_of_two_sides_do_not_add_up() public {
        uint64 leaseId = _running();
        vm.prank(tenant);
        changes.giveNotice(leaseId, day + 40);
        vm.prank(owner);
        changes.giveNotice(leaseId, day + 40);
        _ends(leaseId, day + 375);
        vm.prank(coOwner);
        changes.giveNotice(leaseId, day + 40);
        _ends(leaseId, day + 40);
    }

    function test_notice_too_short_or_not_agreed_reverts() public {
        uint64 leaseId = _running();
        _refuse(tenant, _dayInvalid(day + 39, day + 40));
        changes.giveNotice(leaseId, day + 39);
        LeaseOffers.Terms memory terms = _terms();
        (terms.noticeDays, terms.unitId) = (0, CHAMBER);
        (terms.fromDay, terms.toDay, terms.offerDeadline) = (day + 400, day + 500, START + 30 days);
        uint64 other = _conclude(terms);
        _fund(other);
        _handOver(other);
        _refuse(tenant, abi.encodeWithSelector(LeaseEndings.NoNotice.selector, other));
        changes.giveNotice(other, day + 450);
    }

    function test_extension_that_all_agree_on() public {
        uint64 leaseId = _running();
        address[] memory accounts = _all();
        for (uint256 i = 0; i < 4; ++i) {
            vm.prank(accounts[i]);
            changes.agreeExtension(leaseId, day + 500);
        }
        _ends(leaseId, day + 500);
        eq(units.occupationsOf(HOME).length, 1);
        eq(units.occupationsOf(HOME)[0].fromDay, day + 10);
    }

    function test_extension_into_another_lease_reverts_and_changes_nothing() public {
        uint64 leaseId = _running();
        LeaseOffers.Terms memory terms = _terms();
        (terms.unitId, terms.fromDay, terms.toDay) = (CHAMBER, day + 380, day + 400);
        terms.offerDeadline = START + 30 days;
        uint64 next = _conclude(terms);
        _fund(next);
        address[] memory accounts = _all();
        for (uint256 i = 0; i < 3; ++i) {
            vm.prank(accounts[i]);
            changes.agreeExtension(leaseId, day + 381);
        }
        _refuse(friend, abi.encodeWithSelector(UnitCalendar.DaysTaken.selector, CHAMBER, next));
        changes.agreeExtension(leaseId, day + 381);
        _ends(leaseId, day + 375);
    }

    function test_all_landlords_name_the_payee_and_all_tenants_the_refundee() public {
        uint64 leaseId = _running();
        vm.prank(owner);
        changes.agreePayee(leaseId, coOwner);
        eq(leasesOf.leaseOf(leaseId).payee, owner);
        vm.prank(coOwner);
        changes.agreePayee(leaseId, coOwner);
        eq(leasesOf.leaseOf(leaseId).payee, coOwner);
        vm.prank(tenant);
        changes.agreeRefundee(leaseId, friend);
        vm.prank(friend);
        changes.agreeRefundee(leaseId, friend);
        eq(leasesOf.leaseOf(leaseId).refundee, friend);
        vm.prank(owner);
        changes.agreePayee(leaseId, stranger);
        _refuse(coOwner, abi.encodeWithSelector(Letting.PayeeNotAnOwner.selector, stranger));
        changes.agreePayee(leaseId, stranger);
        vm.prank(tenant);
        changes.agreeRefundee(leaseId, owner);
        _refuse(friend, _notAParty(owner));
        changes.agreeRefundee(leaseId, owner);
    }

    function test_record_is_changed_by_nobody_directly() public {
        uint64 leaseId = _running();
        bytes memory reason = _unauthorised(administration);
        vm.startPrank(administration);
        vm.expectRevert(reason);
        leasesOf.annul(leaseId, "why");
        vm.expectRevert(reason);
        leasesOf.shorten(leaseId, day + 40, "why");
        vm.expectRevert(reason);
        leasesOf.extend(leaseId, day + 400);
        vm.expectRevert(reason);
        leasesOf.changeLandlords(leaseId, 0, _one(owner), owner);
        vm.expectRevert(reason);
        leasesOf.changePayee(leaseId, coOwner);
        vm.expectRevert(reason);
        leasesOf.changeRefundee(leaseId, friend);
        vm.expectRevert(reason);
        leasesOf.replaceAccount(leaseId, tenant, stranger);
        vm.stopPrank();
    }
}

/// @notice Breaches, decisions and courts.
contract LeaseEndingsTest is LeaseChangesTest {
    bytes32 internal constant BREACH = keccak256("three months of rent");

    function _notified(uint64 leaseId) private returns (uint48 notifiedAt) {
        vm.prank(owner);
        changes.demandCure(leaseId, BREACH, 15);
        vm.warp(block.timestamp + 15 days);
        vm.prank(owner);
        changes.notifyTermination(leaseId, day + 60, REASON);
        return uint48(block.timestamp);
    }

    function test_demand_notice_and_decision_end_the_lease() public {
        uint64 leaseId = _running();
        uint48 cureUntil = uint48(block.timestamp) + 15 days;
        vm.prank(owner);
        _expectEvent();
        emit LeaseEndings.CureDemanded(leaseId, true, BREACH, cureUntil, owner);
        changes.demandCure(leaseId, BREACH, 15);
        _refuse(owner, abi.encodeWithSelector(LeaseEndings.DemandWrong.selector, leaseId, true));
        changes.notifyTermination(leaseId, day + 60, REASON);
        vm.warp(cureUntil);
        _refuse(tenant, abi.encodeWithSelector(LeaseEndings.DemandWrong.selector, leaseId, false));
        changes.notifyTermination(leaseId, day + 60, REASON);
        _refuse(owner, _dayInvalid(day + 34, day + 35));
        changes.notifyTermination(leaseId, day + 34, REASON);
        vm.prank(owner);
        _expectEvent();
        emit LeaseEndings.TerminationNotified(leaseId, true, day + 60, REASON, owner);
        changes.notifyTermination(leaseId, day + 60, REASON);
        vm.prank(tenant);
        _expectEvent();
        emit LeaseEndings.TerminationContested(leaseId, true, BREACH, tenant);
        changes.contestTermination(leaseId, BREACH);
        _refuse(adjudicatorKey, abi.encodeWithSelector(LeaseEndings.TooSoon.selector, cureUntil + 15 days));
        changes.decideTermination(leaseId, true, day + 70, REASON);
        vm.warp(cureUntil + 15 days);
        vm.prank(adjudicatorKey);
        _expectEvent();
        emit LeaseEndings.TerminationDecided(leaseId, true, adjudicator, day + 70, REASON, adjudicatorKey);
        changes.decideTermination(leaseId, true, day + 70, REASON);
        _ends(leaseId, day + 70);
        eq(changes.demandOf(leaseId, true).cureUntil, 0);
    }

    function test_silence_ends_nothing() public {
        uint64 leaseId = _running();
        _notified(leaseId);
        _toDay(day + 300);
        _ends(leaseId, day + 375);
        eq(leasesOf.leaseOf(leaseId).ending, false);
    }

    function test_decision_that_the_lease_goes_on_ends_the_demand() public {
        uint64 leaseId = _running();
        vm.warp(_notified(leaseId) + 15 days);
        vm.prank(adjudicatorKey);
        changes.decideTermination(leaseId, true, 0, REASON);
        _ends(leaseId, day + 375);
        _refuse(adjudicatorKey, abi.encodeWithSelector(LeaseEndings.DemandWrong.selector, leaseId, true));
        changes.decideTermination(leaseId, true, day + 70, REASON);
    }

    function test_decision_of_bad_values_or_by_others_reverts() public {
        uint64 leaseId = _running();
        vm.warp(_notified(leaseId) + 15 days);
        _refuse(
            otherAdjudicatorKey, abi.encodeWithSelector(Deciders.NotTheDecider.selector, otherAdjudicator, adjudicator)
        );
        changes.decideTermination(leaseId, true, day + 70, REASON);
        _refuse(judge, abi.encodeWithSelector(IInstitutions.WrongKind.selector, court, bytes32("adjudicator")));
        changes.decideTermination(leaseId, true, day + 70, REASON);
        _refuse(adjudicatorKey, abi.encodeWithSelector(TitleRecords.ReasonMissing.selector));
        changes.decideTermination(leaseId, true, day + 70, 0);
        _refuse(adjudicatorKey, _dayInvalid(day + 39, day + 40));
        changes.decideTermination(leaseId, true, day + 39, REASON);
        _addKey(adjudicatorKey, adjudicator, friend, "decide");
        _refuse(adjudicatorKey, abi.encodeWithSelector(Deciders.ConflictOfInterest.selector, friend));
        changes.decideTermination(leaseId, true, day + 70, REASON);
    }

    function test_citys_decider_decides_when_the_leases_is_suspended_or_silent() public {
        uint64 leaseId = _running();
        uint48 time = _notified(leaseId) + 15 days;
        vm.warp(time);
        _suspend(adjudicator);
        _refuse(adjudicatorKey, abi.encodeWithSelector(IInstitutions.NotActive.selector, adjudicator));
        changes.decideTermination(leaseId, true, day + 70, REASON);
        vm.prank(otherAdjudicatorKey);
        changes.decideTermination(leaseId, true, day + 70, REASON);
        _ends(leaseId, day + 70);
    }

    function test_citys_decider_decides_after_the_leases_time() public {
        uint64 leaseId = _running();
        uint48 time = _notified(leaseId) + 15 days + 28 days;
        vm.warp(time - 1);
        _refuse(
            otherAdjudicatorKey, abi.encodeWithSelector(Deciders.NotTheDecider.selector, otherAdjudicator, adjudicator)
        );
        changes.decideTermination(leaseId, true, day + 90, REASON);
        vm.warp(time);
        vm.prank(otherAdjudicatorKey);
        changes.decideTermination(leaseId, true, day + 90, REASON);
        _ends(leaseId, day + 90);
    }

    function test_termination_accepted_by_the_other_side() public {
        uint64 leaseId = _running();
        _notified(leaseId);
        _refuse(owner, abi.encodeWithSelector(LeaseEndings.DemandWrong.selector, leaseId, false));
        changes.acceptTermination(leaseId);
        vm.prank(tenant);
        changes.acceptTermination(leaseId);
        _ends(leaseId, day + 375);
        _toDay(day + 61);
        vm.prank(friend);
        changes.acceptTermination(leaseId);
        eq(leasesOf.leaseOf(leaseId).toDay, day + 61);
    }

    function test_tenants_terminate_too() public {
        uint64 leaseId = _running();
        vm.prank(friend);
        changes.demandCure(leaseId, BREACH, 20);
        vm.warp(block.timestamp + 20 days);
        vm.prank(tenant);
        changes.notifyTermination(leaseId, day + 50, REASON);
        _agreeAcceptance(leaseId);
        _ends(leaseId, day + 50);
    }

    function _agreeAcceptance(uint64 leaseId) private {
        vm.prank(owner);
        changes.acceptTermination(leaseId);
        vm.prank(coOwner);
        changes.acceptTermination(leaseId);
    }

    function test_demand_of_bad_values_reverts() public {
        uint64 leaseId = _running();
        _refuse(stranger, _notAParty(stranger));
        changes.demandCure(leaseId, BREACH, 15);
        _refuse(owner, abi.encodeWithSelector(TitleRecords.ReasonMissing.selector));
        changes.demandCure(leaseId, 0, 15);
        _refuse(owner, abi.encodeWithSelector(LeaseEndings.CureDaysInvalid.selector, 15));
        changes.demandCure(leaseId, BREACH, 14);
        _refuse(owner, abi.encodeWithSelector(LeaseEndings.CureDaysInvalid.selector, 15));
        changes.demandCure(leaseId, BREACH, 367);
        _refuse(owner, abi.encodeWithSelector(LeaseEndings.DemandWrong.selector, leaseId, true));
        changes.withdrawDemand(leaseId);
        _refuse(tenant, abi.encodeWithSelector(LeaseEndings.DemandWrong.selector, leaseId, true));
        changes.contestTermination(leaseId, REASON);
    }

    function test_demand_withdrawn_or_too_old_terminates_nothing() public {
        uint64 leaseId = _running();
        vm.prank(owner);
        changes.demandCure(leaseId, BREACH, 15);
        vm.prank(coOwner);
        _expectEvent();
        emit LeaseEndings.DemandWithdrawn(leaseId, true, coOwner);
        changes.withdrawDemand(leaseId);
        vm.prank(owner);
        changes.demandCure(leaseId, BREACH, 15);
        vm.warp(block.timestamp + 15 days + 180 days);
        _refuse(owner, abi.encodeWithSelector(LeaseEndings.DemandWrong.selector, leaseId, true));
        changes.notifyTermination(leaseId, day + 300, REASON);
    }

    function test_in_mediation_only_parties_or_a_court_end_the_lease() public {
        LeaseOffers.Terms memory terms = _terms();
        (terms.track, terms.decider) = (ILeases.Track.Mediation, mediator);
        uint64 leaseId = _conclude(terms);
        _fund(leaseId);
        _toDay(day + 10);
        _handOver(leaseId);
        vm.warp(_notified(leaseId) + 15 days);
        _refuse(mediatorKey, abi.encodeWithSelector(Deciders.NobodyDecides.selector, leaseId));
        changes.decideTermination(leaseId, true, day + 70, REASON);
        vm.prank(judge);
        changes.orderEnd(leaseId, CASE, day + 70);
        _ends(leaseId, day + 70);
    }

    function test_court_ends_a_lease_in_any_state() public {
        uint64 leaseId = _running();
        _refuse(stranger, abi.encodeWithSelector(IInstitutions.UnknownKey.selector, stranger));
        changes.orderEnd(leaseId, CASE, day + 20);
        _refuse(judge, abi.encodeWithSelector(TitleRecords.ReasonMissing.selector));
        changes.orderEnd(leaseId, 0, day + 20);
        _refuse(judge, abi.encodeWithSelector(LeaseRecords.DayInvalid.selector, day + 9));
        changes.orderEnd(leaseId, CASE, day + 9);
        vm.prank(judge);
        _expectEvent();
        emit LeaseEndings.CourtEnded(leaseId, court, CASE, day + 20);
        changes.orderEnd(leaseId, CASE, day + 20);
        _ends(leaseId, day + 20);
    }

    function test_court_annuls_what_has_not_begun() public {
        uint64 leaseId = _funded();
        vm.prank(judge);
        changes.orderEnd(leaseId, CASE, 0);
        _state(leaseId, LeaseRecords.State.Lapsed);
        eq(escrow.creditOf(leaseId, tenant), DEPOSIT + leasesOf.leaseOf(leaseId).firstRent);
        _refuse(judge, _wrongState(leaseId, LeaseRecords.State.Lapsed));
        changes.orderEnd(leaseId, CASE, 0);
    }

    function test_ended_lease_ends_once() public {
        uint64 leaseId = _running();
        _toDay(day + 375);
        _refuse(owner, _dayInvalid(day + 375, day + 375));
        changes.agreeEnd(leaseId, day + 375);
        _refuse(owner, _wrongState(leaseId, LeaseRecords.State.Running));
        changes.demandCure(leaseId, BREACH, 15);
        _refuse(judge, _wrongState(leaseId, LeaseRecords.State.Running));
        changes.orderEnd(leaseId, CASE, day + 370);
    }
}

/// @notice Sales, heirs and lost keys.
contract LeasePartiesTest is LeaseChangesTest {
    function test_sale_does_not_break_the_lease() public {
        uint64 leaseId = _running();
        _refuse(buyer, abi.encodeWithSelector(LeaseParties.StillLandlords.selector, leaseId));
        changes.takeOver(leaseId, _one(buyer), buyer);
        _buy();
        _refuse(stranger, _notAParty(stranger));
        changes.takeOver(leaseId, _one(buyer), buyer);
        vm.prank(buyer);
        _expectEvent();
        emit LeaseRecords.LandlordsChanged(leaseId, 0, _one(buyer), buyer);
        changes.takeOver(leaseId, _one(buyer), buyer);
        ILeases.LeaseView memory lease = leasesOf.leaseOf(leaseId);
        eq(lease.payee, buyer);
        eq(lease.landlords.length, 1);
        eq(lease.landlords[0], buyer);
        eq(lease.deposit, DEPOSIT);
        eq(escrow.heldOf(leaseId), DEPOSIT);
        _refuse(owner, _notAParty(owner));
        changes.agreePayee(leaseId, owner);
    }

    function test_stranger_can_not_take_over() public {
        uint64 leaseId = _running();
        _buy();
        _refuse(stranger, abi.encodeWithSelector(TitleTransfers.ConsentMissing.selector, buyer));
        changes.takeOver(leaseId, _one(stranger), stranger);
        _refuse(buyer, abi.encodeWithSelector(Letting.PayeeNotAnOwner.selector, stranger));
        changes.takeOver(leaseId, _one(buyer), stranger);
        _refuse(buyer, abi.encodeWithSelector(LeaseParties.LandlordsInvalid.selector));
        changes.takeOver(leaseId, new address[](0), buyer);
        address[] memory twice = _pair(buyer, buyer);
        _refuse(buyer, abi.encodeWithSelector(LeaseParties.LandlordsInvalid.selector));
        changes.takeOver(leaseId, twice, buyer);
    }

    function test_tenant_who_buys_the_home_stands_on_both_sides_and_ends_it() public {
        uint64 leaseId = _running();
        vm.prank(registrar);
        uint64 transferId = titles.openTransfer(2, _single(tenant), NEW_DEED, uint48(block.timestamp) + 30 days);
        address[3] memory people = [owner, coOwner, tenant];
        for (uint256 i = 0; i < 3; ++i) {
            vm.prank(people[i]);
            titles.consentToTransfer(2, transferId);
        }
        vm.prank(registrar);
        titles.completeTransfer(2, transferId);
        vm.prank(tenant);
        changes.takeOver(leaseId, _one(tenant), tenant);
        _agreeEnd(leaseId, day + 20, _pair(tenant, friend));
        _ends(leaseId, day + 20);
    }

    function test_owners_take_over_subleases_of_a_head_lease_that_ended() public {
        LeaseOffers.Terms memory terms = _terms();
        (terms.tenants, terms.sublettable) = (_one(tenant), true);
        uint64 head = _conclude(terms);
        _fund(head);
        _toDay(day + 10);
        vm.prank(owner);
        leasesOf.confirmHandover(head, CONDITION);
        vm.prank(tenant);
        leasesOf.confirmHandover(head, CONDITION);
        terms = _terms();
        (terms.unitId, terms.headLeaseId, terms.deposit) = (CHAMBER, head, RENT);
        (terms.lateFee, terms.noticeDays, terms.toDay) = (0, 0, day + 300);
        (terms.landlords, terms.tenants) = (_one(tenant), _one(friend));
        (terms.payee, terms.refundee) = (tenant, friend);
        terms.offerDeadline = START + 20 days;
        uint64 sublease = _conclude(terms);
        _fill(friend, 3_000_000);
        vm.prank(friend);
        deposits.approve(address(escrow), 3_000_000);
        leasesOf.fund(sublease, friend);
        address[] memory owners = _sorted(owner, coOwner);
        _refuse(owner, abi.encodeWithSelector(LeaseParties.StillLandlords.selector, sublease));
        changes.takeOver(sublease, owners, owner);
        address[3] memory people = [owner, coOwner, tenant];
        for (uint256 i = 0; i < 3; ++i) {
            vm.prank(people[i]);
            changes.agreeEnd(head, day + 11);
        }
        _toDay(day + 11);
        vm.prank(owner);
        changes.takeOver(sublease, owners, owner);
        vm.prank(coOwner);
        changes.takeOver(sublease, owners, owner);
        eq(leasesOf.leaseOf(sublease).payee, owner);
        eq(leasesOf.recordOf(sublease).headLeaseId, 0);
        eq(units.occupationsOf(CHAMBER)[0].toDay, day + 300);
    }

    function test_account_is_replaced_after_notice() public {
        uint64 leaseId = _running();
        uint48 from = uint48(block.timestamp) + 14 days;
        uint32 identity = institutions.institutionOf(identityKey);
        vm.prank(identityKey);
        _expectEvent();
        emit LeaseParties.ReplacementAnnounced(leaseId, tenant, sponsor, identity, REASON, from);
        changes.announceReplacement(leaseId, tenant, sponsor, REASON);
        _refuse(stranger, abi.encodeWithSelector(LeaseEndings.TooSoon.selector, from));
        changes.replaceAccount(leaseId, tenant);
        vm.warp(from);
        vm.prank(stranger);
        _expectEvent();
        emit LeaseRecords.AccountReplaced(
            leaseId, tenant, sponsor, _sorted(owner, coOwner), _replaced(tenant, sponsor), owner, sponsor
        );
        changes.replaceAccount(leaseId, tenant);
        eq(leasesOf.isParty(leaseId, tenant), false);
        eq(leasesOf.leaseOf(leaseId).refundee, sponsor);
        _refuse(stranger, abi.encodeWithSelector(LeaseParties.NothingAnnounced.selector, leaseId, tenant));
        changes.replaceAccount(leaseId, tenant);
    }

    /// The tenants' side with another account in the place of one.
    function _replaced(address account, address by) private view returns (address[] memory tenants) {
        tenants = _sorted(tenant, friend);
        for (uint256 i = 0; i < tenants.length; ++i) {
            if (tenants[i] == account) tenants[i] = by;
        }
    }

    function test_account_objects_to_its_replacement() public {
        uint64 leaseId = _running();
        vm.prank(identityKey);
        changes.announceReplacement(leaseId, owner, sponsor, REASON);
        _refuse(stranger, abi.encodeWithSelector(IInstitutions.UnknownKey.selector, stranger));
        changes.stopReplacement(leaseId, owner);
        vm.prank(owner);
        _expectEvent();
        emit LeaseParties.ReplacementStopped(leaseId, owner, owner);
        changes.stopReplacement(leaseId, owner);
        _refuse(identityKey, abi.encodeWithSelector(LeaseParties.NothingAnnounced.selector, leaseId, owner));
        changes.stopReplacement(leaseId, owner);
        vm.startPrank(identityKey);
        changes.announceReplacement(leaseId, owner, sponsor, REASON);
        changes.stopReplacement(leaseId, owner);
        changes.announceReplacement(leaseId, owner, sponsor, REASON);
        vm.stopPrank();
        vm.warp(block.timestamp + 14 days + 60 days);
        _refuse(stranger, abi.encodeWithSelector(LeaseParties.NothingAnnounced.selector, leaseId, owner));
        changes.replaceAccount(leaseId, owner);
    }

    function test_replacement_of_bad_values_reverts() public {
        uint64 leaseId = _running();
        _refuse(banker, abi.encodeWithSelector(IInstitutions.WrongKind.selector, bank, bytes32("identity")));
        changes.announceReplacement(leaseId, tenant, sponsor, REASON);
        _refuse(identityKey, abi.encodeWithSelector(TitleRecords.ReasonMissing.selector));
        changes.announceReplacement(leaseId, tenant, sponsor, 0);
        _refuse(identityKey, _notAParty(stranger));
        changes.announceReplacement(leaseId, stranger, sponsor, REASON);
        _refuse(identityKey, abi.encodeWithSelector(LeaseRecords.AlreadyAParty.selector, friend));
        changes.announceReplacement(leaseId, tenant, friend, REASON);
        _refuse(identityKey, abi.encodeWithSelector(LeaseRecords.AlreadyAParty.selector, address(0)));
        changes.announceReplacement(leaseId, tenant, address(0), REASON);
    }
}
