// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {DepositAccounts} from "@citychain/money/contracts/DepositAccounts.sol";
import {EscrowRecords} from "./EscrowRecords.sol";
import {LeaseOffers} from "./LeaseOffers.sol";
import {LeaseRecords} from "./LeaseRecords.sol";
import {LeasesTest} from "./LeasesTest.t.sol";
import {Letting} from "./Letting.sol";
import {TitleRecords} from "./TitleRecords.sol";
import {TitleTransfers} from "./TitleTransfers.sol";
import {UnitCalendar} from "./UnitCalendar.sol";

contract LeasesPayTest is LeasesTest {
    function test_fund_takes_money_and_place() public {
        uint64 leaseId = _signedLease();
        uint256 amount = _due(leaseId);
        vm.prank(tenant);
        deposits.approve(address(escrow), amount);
        vm.prank(stranger);
        _expectEvent();
        emit LeaseRecords.LeaseFunded(leaseId, tenant, amount, stranger);
        leasesOf.fund(leaseId, tenant);
        _state(leaseId, LeaseRecords.State.Funded);
        eq(escrow.heldOf(leaseId), amount);
        eq(units.occupationsOf(HOME).length, 1);
        eq(units.occupationsOf(HOME)[0].toDay, day + 375);
        vm.expectRevert(_wrongState(leaseId, LeaseRecords.State.Funded));
        leasesOf.fund(leaseId, tenant);
    }

    function test_fund_by_a_permit_that_somebody_used_first() public {
        uint64 leaseId = _signedLease();
        uint256 amount = _due(leaseId);
        uint256 deadline = START + 1 days;
        bytes32 hash = keccak256(
            abi.encode(
                keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"),
                tenant,
                address(escrow),
                amount,
                0,
                deadline
            )
        );
        bytes32 digest = keccak256(abi.encodePacked(hex"1901", deposits.DOMAIN_SEPARATOR(), hash));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(TENANT_KEY, digest);
        vm.prank(stranger);
        deposits.permit(tenant, address(escrow), amount, deadline, v, r, s);
        vm.expectRevert();
        deposits.permit(tenant, address(escrow), amount, deadline, v, r, s);
        leasesOf.fund(leaseId, tenant);
        _state(leaseId, LeaseRecords.State.Funded);
    }

    function test_fund_by_a_sponsor_who_said_so() public {
        uint64 leaseId = _signedLease();
        uint256 amount = _due(leaseId);
        vm.prank(sponsor);
        deposits.approve(address(escrow), amount);
        vm.expectRevert(abi.encodeWithSelector(LeaseRecords.NotAPayer.selector, sponsor));
        leasesOf.fund(leaseId, sponsor);
        vm.prank(sponsor);
        _expectEvent();
        emit LeaseRecords.SponsorChanged(leaseId, sponsor, true);
        leasesOf.sponsor(leaseId, true);
        leasesOf.fund(leaseId, sponsor);
        eq(deposits.balanceOf(sponsor), 3_000_000 - amount);
        _refuse(sponsor, abi.encodeWithSelector(LeaseRecords.LeaseUnknown.selector, 99));
        leasesOf.sponsor(99, true);
    }

    function test_fund_without_allowance_or_money_leaves_nothing_half_done() public {
        uint64 leaseId = _signedLease();
        vm.expectPartialRevert(bytes4(keccak256("ERC20InsufficientAllowance(address,uint256,uint256)")));
        leasesOf.fund(leaseId, tenant);
        vm.prank(friend);
        deposits.approve(address(escrow), 10_000_000);
        vm.expectPartialRevert(DepositAccounts.InsufficientAvailable.selector);
        leasesOf.fund(leaseId, friend);
        _state(leaseId, LeaseRecords.State.Signed);
        eq(units.occupationsOf(HOME).length, 0);
        eq(escrow.keptAt(address(deposits)), 0);
    }

    function test_fund_with_frozen_money_reverts() public {
        uint64 leaseId = _signedLease();
        vm.prank(judge);
        deposits.hold(CASE, tenant, 3_000_000, START + 30 days);
        vm.prank(tenant);
        deposits.approve(address(escrow), 3_000_000);
        vm.expectPartialRevert(DepositAccounts.InsufficientAvailable.selector);
        leasesOf.fund(leaseId, tenant);
    }

    function test_two_leases_of_one_home_only_the_first_is_funded() public {
        uint64 first = _signedLease();
        LeaseOffers.Terms memory terms = _terms();
        terms.salt = "other";
        (terms.fromDay, terms.toDay) = (day + 374, day + 400);
        uint64 second = _conclude(terms);
        terms.unitId = CHAMBER;
        uint64 room = _conclude(terms);
        _fund(first);
        uint256 held = escrow.keptAt(address(deposits));
        uint256 amount = _due(second);
        vm.prank(tenant);
        deposits.approve(address(escrow), amount);
        vm.expectRevert(abi.encodeWithSelector(UnitCalendar.DaysTaken.selector, HOME, first));
        leasesOf.fund(second, tenant);
        vm.expectRevert(abi.encodeWithSelector(UnitCalendar.DaysTaken.selector, HOME, first));
        leasesOf.fund(room, tenant);
        eq(escrow.keptAt(address(deposits)), held);
        _state(second, LeaseRecords.State.Signed);
    }

    function test_title_seized_or_sold_between_signing_and_paying_reverts() public {
        uint64 leaseId = _signedLease();
        uint256 amount = _due(leaseId);
        vm.prank(tenant);
        deposits.approve(address(escrow), amount);
        vm.prank(judge);
        uint64 seizure = titles.seize(2, CASE, START + 30 days);
        vm.expectRevert(abi.encodeWithSelector(UnitCalendar.UnitSeized.selector, HOME));
        leasesOf.fund(leaseId, tenant);
        vm.prank(judge);
        titles.releaseSeizure(seizure);
        _sell(_single(buyer));
        vm.expectRevert(abi.encodeWithSelector(TitleTransfers.ConsentMissing.selector, buyer));
        leasesOf.fund(leaseId, tenant);
    }

    function test_fewer_occupants_allowed_since_signing_reverts() public {
        uint64 leaseId = _signedLease();
        vm.prank(registrar);
        units.confirmUnit(HOME, 1);
        vm.expectRevert(abi.encodeWithSelector(Letting.TooManyOccupants.selector, 1));
        leasesOf.fund(leaseId, tenant);
    }

    function test_unpaid_lease_lapses_and_can_not_be_paid_any_more() public {
        uint64 leaseId = _signedLease();
        vm.expectRevert(abi.encodeWithSelector(LeaseRecords.NotLapsed.selector, leaseId));
        leasesOf.lapse(leaseId);
        uint48 fundBy = START + 14 days;
        vm.warp(fundBy);
        vm.expectRevert(abi.encodeWithSelector(LeaseRecords.FundingOver.selector, fundBy));
        leasesOf.fund(leaseId, tenant);
        vm.prank(stranger);
        _expectEvent();
        emit LeaseRecords.LeaseLapsed(leaseId, "unpaid");
        leasesOf.lapse(leaseId);
        _state(leaseId, LeaseRecords.State.Lapsed);
        vm.expectRevert(_wrongState(leaseId, LeaseRecords.State.Lapsed));
        leasesOf.lapse(leaseId);
    }

    function test_handover_needs_both_sides_to_say_the_same() public {
        uint64 leaseId = _funded();
        _refuse(stranger, abi.encodeWithSelector(LeaseRecords.NotAParty.selector, stranger));
        leasesOf.confirmHandover(leaseId, CONDITION);
        _refuse(owner, abi.encodeWithSelector(LeaseRecords.ConditionMissing.selector));
        leasesOf.confirmHandover(leaseId, 0);
        vm.prank(owner);
        _expectEvent();
        emit LeaseRecords.ConditionConfirmed(leaseId, owner, true, CONDITION);
        leasesOf.confirmHandover(leaseId, CONDITION);
        vm.prank(tenant);
        leasesOf.confirmHandover(leaseId, "other meters");
        _state(leaseId, LeaseRecords.State.Funded);
        vm.prank(friend);
        leasesOf.confirmHandover(leaseId, CONDITION);
        _state(leaseId, LeaseRecords.State.Running);
        uint256 first = leasesOf.leaseOf(leaseId).firstRent;
        eq(escrow.creditOf(leaseId, owner), first);
        eq(escrow.heldOf(leaseId), DEPOSIT);
        eq(leasesOf.leaseOf(leaseId).handedOver, true);
        escrow.payOut(leaseId, owner);
        eq(deposits.balanceOf(owner), first);
        _refuse(owner, _wrongState(leaseId, LeaseRecords.State.Running));
        leasesOf.confirmHandover(leaseId, CONDITION);
    }

    function test_one_side_alone_can_not_hand_over() public {
        uint64 leaseId = _funded();
        vm.startPrank(owner);
        leasesOf.confirmHandover(leaseId, CONDITION);
        leasesOf.confirmHandover(leaseId, CONDITION);
        vm.stopPrank();
        vm.prank(coOwner);
        leasesOf.confirmHandover(leaseId, CONDITION);
        _state(leaseId, LeaseRecords.State.Funded);
    }

    function test_late_handover_until_the_fourteenth_day_then_everything_returns() public {
        uint64 leaseId = _funded();
        uint256 amount = _due(leaseId);
        _toDay(day + 23);
        vm.prank(owner);
        leasesOf.confirmHandover(leaseId, CONDITION);
        vm.expectRevert(abi.encodeWithSelector(LeaseRecords.NotLapsed.selector, leaseId));
        leasesOf.lapse(leaseId);
        _toDay(day + 24);
        _refuse(tenant, abi.encodeWithSelector(LeaseRecords.HandoverOver.selector, day + 24));
        leasesOf.confirmHandover(leaseId, CONDITION);
        vm.prank(stranger);
        leasesOf.lapse(leaseId);
        eq(escrow.heldOf(leaseId), 0);
        eq(units.occupationsOf(HOME).length, 1);
        eq(units.occupationsOf(HOME)[0].toDay, day + 24);
        escrow.payOut(leaseId, tenant);
        eq(deposits.balanceOf(tenant), 3_000_000);
        eq(amount, DEPOSIT + leasesOf.leaseOf(leaseId).firstRent);
        vm.expectRevert(abi.encodeWithSelector(DepositAccounts.AmountZero.selector));
        leasesOf.refund(leaseId);
    }

    function test_lapse_while_a_court_holds_returns_the_money_later() public {
        uint64 leaseId = _funded();
        uint48 until = START + 60 days;
        vm.prank(judge);
        escrow.holdForCourt(leaseId, CASE, until);
        vm.prank(owner);
        leasesOf.confirmHandover(leaseId, CONDITION);
        _refuse(tenant, abi.encodeWithSelector(EscrowRecords.HeldForCourt.selector, leaseId, until));
        leasesOf.confirmHandover(leaseId, CONDITION);
        _toDay(day + 24);
        leasesOf.lapse(leaseId);
        _state(leaseId, LeaseRecords.State.Lapsed);
        vm.expectRevert(abi.encodeWithSelector(EscrowRecords.HeldForCourt.selector, leaseId, until));
        leasesOf.refund(leaseId);
        vm.warp(until);
        leasesOf.refund(leaseId);
        eq(escrow.heldOf(leaseId), 0);
    }

    function test_term_ends_by_itself() public {
        uint64 leaseId = _running();
        uint48 end = uint48(day + 375) * 1 days - 8 hours;
        eq(leasesOf.leaseOf(leaseId).endingAt, end);
        vm.warp(end - 1);
        eq(leasesOf.leaseOf(leaseId).ending, false);
        vm.warp(end);
        eq(leasesOf.leaseOf(leaseId).ending, true);
        vm.expectRevert(_wrongState(leaseId, LeaseRecords.State.Running));
        leasesOf.lapse(leaseId);
    }

    function test_suspended_bank_does_not_hold_up_the_return() public {
        uint64 leaseId = _funded();
        _suspend(bank);
        _toDay(day + 24);
        leasesOf.lapse(leaseId);
        escrow.payOut(leaseId, tenant);
        eq(deposits.balanceOf(tenant), 3_000_000);
    }

    function test_sublease_lies_inside_its_head_lease_and_pays_the_operator() public {
        LeaseOffers.Terms memory terms = _terms();
        terms.tenants = _one(tenant);
        terms.sublettable = true;
        uint64 head = _conclude(terms);
        _fund(head);
        eq(units.operatorOf(head), tenant);
        _toDay(day + 10);
        vm.prank(owner);
        leasesOf.confirmHandover(head, CONDITION);
        vm.prank(tenant);
        leasesOf.confirmHandover(head, CONDITION);
        terms = _terms();
        (terms.unitId, terms.headLeaseId, terms.deposit) = (CHAMBER, head, RENT);
        (terms.lateFee, terms.noticeDays) = (0, 0);
        (terms.landlords, terms.tenants) = (_one(tenant), _one(friend));
        (terms.payee, terms.refundee) = (owner, friend);
        (terms.fromDay, terms.toDay) = (day + 20, day + 376);
        terms.offerDeadline = START + 20 days;
        bytes[] memory signatures = _signatures(terms);
        vm.expectRevert(abi.encodeWithSelector(Letting.PayeeNotAnOwner.selector, owner));
        offers.conclude(terms, signatures);
        terms.payee = tenant;
        uint64 tooLong = _conclude(terms);
        _fill(friend, 3_000_000);
        vm.prank(friend);
        deposits.approve(address(escrow), 3_000_000);
        vm.expectRevert(abi.encodeWithSelector(UnitCalendar.OutsideHeadLease.selector, head));
        leasesOf.fund(tooLong, friend);
        terms.toDay = day + 375;
        uint64 sublease = _conclude(terms);
        leasesOf.fund(sublease, friend);
        _state(sublease, LeaseRecords.State.Funded);
    }

    function test_unknown_lease_reverts() public {
        bytes memory reason = abi.encodeWithSelector(LeaseRecords.LeaseUnknown.selector, 9);
        vm.expectRevert(reason);
        leasesOf.leaseOf(9);
        vm.expectRevert(reason);
        leasesOf.recordOf(9);
        vm.expectRevert(reason);
        leasesOf.fund(9, tenant);
        vm.expectRevert(reason);
        leasesOf.lapse(9);
    }

    function _sell(TitleRecords.Owner[] memory to) internal {
        vm.prank(registrar);
        uint64 transferId = titles.openTransfer(2, to, NEW_DEED, SOON);
        vm.prank(owner);
        titles.consentToTransfer(2, transferId);
        vm.prank(coOwner);
        titles.consentToTransfer(2, transferId);
        for (uint256 i = 0; i < to.length; ++i) {
            vm.prank(to[i].account);
            titles.consentToTransfer(2, transferId);
        }
        vm.prank(registrar);
        titles.completeTransfer(2, transferId);
    }
}
