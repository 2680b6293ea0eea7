// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Deciders} from "./Deciders.sol";
import {EscrowRecords} from "./EscrowRecords.sol";
import {ILeases} from "./ILeases.sol";
import {LeaseRecords} from "./LeaseRecords.sol";
import {SettlementDisputes} from "./SettlementDisputes.sol";
import {SettlementRecords} from "./SettlementRecords.sol";
import {SettlementsTest} from "./SettlementsTest.t.sol";
import {TitleRecords} from "./TitleRecords.sol";

contract SettlementDisputesTest is SettlementsTest {
    function _contested() private returns (uint256 deadline) {
        _claim(100, 200, 0);
        _contest();
        return settling.stateOf(leaseId, CLAIMS).deadline;
    }

    function _decide(uint256 first, uint256 second) private {
        vm.prank(adjudicatorKey);
        settling.decideClaims(leaseId, CLAIMS, _amounts(first, second), WHY);
    }

    function test_decision_waits_for_the_court_and_is_carried_out() public {
        _contested();
        uint48 deadline = uint48(block.timestamp) + 14 days;
        vm.prank(adjudicatorKey);
        _expectEvent();
        emit SettlementDisputes.ClaimsDecided(
            leaseId, CLAIMS, adjudicator, _amounts(100, 50), WHY, deadline, adjudicatorKey
        );
        settling.decideClaims(leaseId, CLAIMS, _amounts(100, 50), WHY);
        _refuse(stranger, abi.encodeWithSelector(SettlementRecords.DeadlineAhead.selector, deadline));
        settling.enforceDecision(leaseId, CLAIMS);
        vm.warp(deadline);
        _refuse(tenant, abi.encodeWithSelector(SettlementRecords.DeadlinePassed.selector, deadline));
        settling.goToCourt(leaseId, CLAIMS, WHY);
        vm.prank(stranger);
        settling.enforceDecision(leaseId, CLAIMS);
        _credited(150, DEPOSIT - 150);
        _step(CLAIMS, SettlementRecords.Step.Closed);
        _refuse(stranger, _wrongStep(CLAIMS, SettlementRecords.Step.Closed));
        settling.enforceDecision(leaseId, CLAIMS);
    }

    function test_decisions_of_others_and_of_bad_values_are_refused() public {
        _contested();
        _refuse(
            otherAdjudicatorKey, abi.encodeWithSelector(Deciders.NotTheDecider.selector, otherAdjudicator, adjudicator)
        );
        settling.decideClaims(leaseId, CLAIMS, _amounts(1, 1), WHY);
        _refuse(adjudicatorKey, abi.encodeWithSelector(SettlementRecords.AmountAboveItem.selector, 1, 200));
        settling.decideClaims(leaseId, CLAIMS, _amounts(1, 201), WHY);
        _refuse(adjudicatorKey, abi.encodeWithSelector(SettlementRecords.AmountCountWrong.selector, 2));
        settling.decideClaims(leaseId, CLAIMS, new uint256[](3), WHY);
        _refuse(adjudicatorKey, abi.encodeWithSelector(TitleRecords.ReasonMissing.selector));
        settling.decideClaims(leaseId, CLAIMS, _amounts(1, 1), 0);
        _addKey(adjudicatorKey, adjudicator, owner, "decide");
        _refuse(adjudicatorKey, abi.encodeWithSelector(Deciders.ConflictOfInterest.selector, owner));
        settling.decideClaims(leaseId, CLAIMS, _amounts(1, 1), WHY);
    }

    function test_court_keeps_the_money_and_awards_it() public {
        _contested();
        _decide(100, 50);
        _refuse(stranger, abi.encodeWithSelector(LeaseRecords.NotAParty.selector, stranger));
        settling.goToCourt(leaseId, CLAIMS, WHY);
        vm.prank(tenant);
        settling.goToCourt(leaseId, CLAIMS, WHY);
        vm.prank(judge);
        escrow.orderAward(leaseId, CASE, tenant, 300);
        uint256 deadline = settling.stateOf(leaseId, CLAIMS).deadline;
        vm.warp(deadline);
        settling.enforceDecision(leaseId, CLAIMS);
        _credited(0, DEPOSIT);
        _step(CLAIMS, SettlementRecords.Step.Closed);
    }

    function test_decision_stands_when_the_court_stays_silent() public {
        _contested();
        _decide(100, 50);
        vm.prank(tenant);
        settling.goToCourt(leaseId, CLAIMS, WHY);
        uint256 deadline = settling.stateOf(leaseId, CLAIMS).deadline;
        _refuse(stranger, abi.encodeWithSelector(SettlementRecords.DeadlineAhead.selector, deadline));
        settling.enforceDecision(leaseId, CLAIMS);
        vm.warp(deadline);
        settling.enforceDecision(leaseId, CLAIMS);
        _credited(150, DEPOSIT - 150);
    }

    function test_silent_decider_is_replaced_by_the_citys() public {
        uint256 deadline = _contested();
        _refuse(tenant, abi.encodeWithSelector(SettlementRecords.DeadlineAhead.selector, deadline));
        settling.replaceDecider(leaseId, CLAIMS);
        vm.warp(deadline);
        _refuse(stranger, abi.encodeWithSelector(LeaseRecords.NotAParty.selector, stranger));
        settling.replaceDecider(leaseId, CLAIMS);
        vm.prank(owner);
        settling.replaceDecider(leaseId, CLAIMS);
        eq(settling.stateOf(leaseId, CLAIMS).decider, otherAdjudicator);
        vm.warp(deadline + 28 days);
        _refuse(owner, abi.encodeWithSelector(SettlementDisputes.NoOtherDecider.selector, otherAdjudicator));
        settling.replaceDecider(leaseId, CLAIMS);
        vm.prank(otherAdjudicatorKey);
        settling.decideClaims(leaseId, CLAIMS, _amounts(10, 0), WHY);
        vm.warp(block.timestamp + 14 days);
        settling.enforceDecision(leaseId, CLAIMS);
        _credited(10, DEPOSIT - 10);
    }

    function test_suspended_decider_is_replaced_at_once() public {
        _contested();
        _suspend(adjudicator);
        vm.prank(tenant);
        settling.replaceDecider(leaseId, CLAIMS);
        eq(settling.stateOf(leaseId, CLAIMS).decider, otherAdjudicator);
    }

    function test_what_nobody_decides_goes_back_after_a_year() public {
        _contested();
        uint256 last = settling.stateOf(leaseId, CLAIMS).contestedAt + 365 days;
        vm.warp(last - 1);
        _refuse(stranger, abi.encodeWithSelector(SettlementRecords.DeadlineAhead.selector, last));
        settling.releaseDeposit(leaseId, CLAIMS);
        vm.warp(last);
        settling.releaseDeposit(leaseId, CLAIMS);
        _credited(0, DEPOSIT);
    }

    function test_court_that_never_decides_leaves_it_to_the_tenants() public {
        uint256 deadline = _contested();
        vm.warp(deadline);
        vm.prank(owner);
        settling.goToCourt(leaseId, CLAIMS, WHY);
        _refuse(stranger, _wrongStep(CLAIMS, SettlementRecords.Step.AtCourt));
        settling.enforceDecision(leaseId, CLAIMS);
        vm.warp(settling.stateOf(leaseId, CLAIMS).deadline);
        settling.releaseDeposit(leaseId, CLAIMS);
        _credited(0, DEPOSIT);
    }

    function test_a_courts_hold_keeps_everything_and_then_it_goes_on() public {
        _claim(100, 200, 0);
        vm.prank(judge);
        escrow.holdForCourt(leaseId, CASE, uint48(block.timestamp + 90 days));
        vm.prank(tenant);
        settling.acceptClaims(leaseId, CLAIMS, _amounts(100, 200));
        _credited(0, DEPOSIT - 300);
        bytes memory reason =
            abi.encodeWithSelector(EscrowRecords.HeldForCourt.selector, leaseId, uint48(block.timestamp + 90 days));
        vm.expectRevert(reason);
        settling.distribute(leaseId);
        vm.warp(block.timestamp + 90 days);
        settling.distribute(leaseId);
        _credited(300, DEPOSIT - 300);
    }

    function test_nothing_happens_twice_when_it_is_distributed_again() public {
        _claim(100, 200, 0);
        settling.distribute(leaseId);
        settling.distribute(leaseId);
        _credited(0, DEPOSIT - 300);
        eq(escrow.heldOf(leaseId), 300);
    }
}

contract SettlementTracksTest is SettlementsTest {
    function test_award_of_an_arbitrator_is_final() public {
        leaseId = _ended(ILeases.Track.Arbitration, arbitrator);
        _claim(100, 200, 0);
        _contest();
        vm.prank(arbitratorKey);
        settling.decideClaims(leaseId, CLAIMS, _amounts(100, 100), WHY);
        _credited(200, DEPOSIT - 200);
        _step(CLAIMS, SettlementRecords.Step.Closed);
        _refuse(tenant, _wrongStep(CLAIMS, SettlementRecords.Step.Closed));
        settling.goToCourt(leaseId, CLAIMS, WHY);
    }

    function test_in_mediation_only_the_parties_agree_or_a_court_decides() public {
        leaseId = _ended(ILeases.Track.Mediation, mediator);
        _claim(100, 200, 0);
        _contest();
        _refuse(mediatorKey, abi.encodeWithSelector(Deciders.NobodyDecides.selector, leaseId));
        settling.decideClaims(leaseId, CLAIMS, _amounts(1, 1), WHY);
        _refuse(tenant, abi.encodeWithSelector(Deciders.NobodyDecides.selector, leaseId));
        settling.replaceDecider(leaseId, CLAIMS);
        vm.prank(tenant);
        settling.acceptClaims(leaseId, CLAIMS, _amounts(60, 0));
        vm.prank(owner);
        settling.withdrawClaims(leaseId, CLAIMS, _amounts(40, 0));
        _credited(60, DEPOSIT - 260);
        vm.prank(owner);
        settling.goToCourt(leaseId, CLAIMS, WHY);
        _step(CLAIMS, SettlementRecords.Step.AtCourt);
    }
}
