// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IInstitutions} from "@citychain/chain/contracts/IInstitutions.sol";
import {DepositAccounts} from "@citychain/money/contracts/DepositAccounts.sol";
import {Deposits} from "@citychain/money/contracts/Deposits.sol";
import {Escrow} from "./Escrow.sol";
import {EscrowRecords} from "./EscrowRecords.sol";
import {LeasesTest} from "./LeasesTest.t.sol";
import {TitleRecords} from "./TitleRecords.sol";

contract EscrowTest is LeasesTest {
    uint64 internal constant LEASE = 7;
    uint48 internal constant LATER = START + 100 days;

    function setUp() public override {
        super.setUp();
        vm.prank(tenant);
        deposits.approve(address(escrow), 2_000_000);
        vm.prank(settlements);
        escrow.take(LEASE, address(deposits), tenant, 900);
    }

    function _award(address to, uint256 amount) private {
        vm.prank(settlements);
        escrow.award(LEASE, to, amount);
    }

    function test_take_holds_for_the_lease() public {
        vm.prank(settlements);
        _expectEvent();
        emit EscrowRecords.EscrowTaken(LEASE, address(deposits), tenant, 100, 1000);
        escrow.take(LEASE, address(deposits), tenant, 100);
        eq(escrow.heldOf(LEASE), 1000);
        eq(escrow.keptAt(address(deposits)), 1000);
        eq(deposits.balanceOf(address(escrow)), 1000);
        eq(escrow.heldOf(LEASE + 1), 0);
    }

    function test_take_lodge_and_award_by_anybody_else_revert() public {
        _refuse(tenant, _unauthorised(tenant));
        escrow.take(LEASE, address(deposits), tenant, 1);
        _refuse(administration, _unauthorised(administration));
        escrow.lodge(LEASE, address(deposits), tenant, owner, 1);
        _refuse(owner, _unauthorised(owner));
        escrow.award(LEASE, owner, 1);
    }

    function test_take_of_bad_values_reverts() public {
        _refuse(settlements, abi.encodeWithSelector(DepositAccounts.AmountZero.selector));
        escrow.take(LEASE, address(deposits), tenant, 0);
        _refuse(settlements, abi.encodeWithSelector(DepositAccounts.AmountTooLarge.selector, 2 ** 63));
        escrow.take(LEASE, address(deposits), tenant, 2 ** 63);
        _refuse(settlements, abi.encodeWithSelector(DepositAccounts.AmountTooLarge.selector, 2 ** 63));
        escrow.take(LEASE, address(deposits), tenant, 2 ** 63 - 900);
        _refuse(settlements, abi.encodeWithSelector(EscrowRecords.NotABank.selector, stranger));
        escrow.take(LEASE + 1, stranger, tenant, 1);
        Deposits other = new Deposits(address(authority), address(institutions), otherBank, "Other", "O");
        vm.prank(administration);
        authority.setTarget(address(other), true);
        _refuse(settlements, abi.encodeWithSelector(EscrowRecords.OtherBank.selector, LEASE, address(deposits)));
        escrow.take(LEASE, address(other), tenant, 1);
        _refuse(settlements, abi.encodeWithSelector(EscrowRecords.EscrowAccountMissing.selector, address(other)));
        escrow.take(LEASE + 1, address(other), tenant, 1);
        _refuse(
            settlements,
            abi.encodeWithSignature("ERC20InsufficientAllowance(address,uint256,uint256)", address(escrow), 0, 5)
        );
        escrow.take(LEASE, address(deposits), sponsor, 5);
        eq(escrow.keptAt(address(deposits)), 900);
    }

    function test_lodge_credits_at_once_also_while_a_court_holds() public {
        vm.prank(judge);
        escrow.holdForCourt(LEASE, CASE, LATER);
        vm.prank(settlements);
        _expectEvent();
        emit EscrowRecords.EscrowLodged(LEASE, address(deposits), tenant, owner, 50);
        escrow.lodge(LEASE, address(deposits), tenant, owner, 50);
        eq(escrow.heldOf(LEASE), 900);
        eq(escrow.creditOf(LEASE, owner), 50);
        escrow.payOut(LEASE, owner);
        eq(deposits.balanceOf(owner), 50);
    }

    function test_lodge_for_nobody_reverts() public {
        _refuse(settlements, abi.encodeWithSelector(EscrowRecords.PayeeInvalid.selector, address(0)));
        escrow.lodge(LEASE, address(deposits), tenant, address(0), 5);
    }

    function test_award_books_a_credit_that_anyone_has_paid() public {
        vm.prank(settlements);
        _expectEvent();
        emit EscrowRecords.EscrowAwarded(LEASE, owner, 300, 600);
        escrow.award(LEASE, owner, 300);
        eq(deposits.balanceOf(owner), 0);
        vm.prank(stranger);
        _expectEvent();
        emit EscrowRecords.EscrowPaidOut(LEASE, owner, owner, 300);
        escrow.payOut(LEASE, owner);
        eq(deposits.balanceOf(owner), 300);
        eq(escrow.keptAt(address(deposits)), 600);
        _refuse(stranger, abi.encodeWithSelector(EscrowRecords.NothingToPay.selector, LEASE, owner));
        escrow.payOut(LEASE, owner);
    }

    function test_award_of_more_than_held_or_of_nothing_or_to_nobody_reverts() public {
        _refuse(settlements, abi.encodeWithSelector(EscrowRecords.AmountAboveHeld.selector, LEASE, 900));
        escrow.award(LEASE, owner, 901);
        _refuse(settlements, abi.encodeWithSelector(DepositAccounts.AmountZero.selector));
        escrow.award(LEASE, owner, 0);
        _refuse(settlements, abi.encodeWithSelector(EscrowRecords.PayeeInvalid.selector, address(escrow)));
        escrow.award(LEASE, address(escrow), 1);
        _refuse(settlements, abi.encodeWithSelector(EscrowRecords.PayeeInvalid.selector, address(0)));
        escrow.award(LEASE, address(0), 1);
    }

    function test_payee_without_an_account_holds_up_nobody() public {
        _award(stranger, 400);
        _award(owner, 500);
        _refuse(tenant, abi.encodeWithSelector(DepositAccounts.AccountNotOpen.selector, stranger));
        escrow.payOut(LEASE, stranger);
        escrow.payOut(LEASE, owner);
        eq(deposits.balanceOf(owner), 500);
        _refuse(owner, abi.encodeWithSelector(EscrowRecords.NothingToPay.selector, LEASE, owner));
        escrow.payOutTo(LEASE, coOwner);
        vm.prank(stranger);
        escrow.payOutTo(LEASE, coOwner);
        eq(deposits.balanceOf(coOwner), 400);
        eq(deposits.balanceOf(address(escrow)), 0);
    }

    function test_court_holds_awards_and_lets_go() public {
        vm.prank(judge);
        _expectEvent();
        emit Escrow.CourtHeld(LEASE, court, CASE, LATER);
        escrow.holdForCourt(LEASE, CASE, LATER);
        eq(escrow.isHeldForCourt(LEASE), true);
        _refuse(settlements, abi.encodeWithSelector(EscrowRecords.HeldForCourt.selector, LEASE, LATER));
        escrow.award(LEASE, owner, 1);
        _refuse(otherJudge, abi.encodeWithSelector(Escrow.HeldByOtherCourt.selector, LEASE, court));
        escrow.orderAward(LEASE, CASE, owner, 1);
        vm.prank(judge);
        _expectEvent();
        emit Escrow.CourtAwarded(LEASE, court, CASE, coOwner, 200);
        escrow.orderAward(LEASE, CASE, coOwner, 200);
        eq(escrow.creditOf(LEASE, coOwner), 200);
        vm.prank(judge);
        escrow.holdForCourt(LEASE, CASE, 0);
        eq(escrow.isHeldForCourt(LEASE), false);
        _award(owner, 700);
        eq(escrow.heldOf(LEASE), 0);
    }

    function test_court_hold_ends_by_itself_and_passes_to_a_successor() public {
        vm.prank(judge);
        escrow.holdForCourt(LEASE, CASE, LATER);
        _suspend(court);
        vm.prank(councilKey);
        institutions.offerSuccession(court, otherCourt);
        vm.prank(otherJudge);
        institutions.acceptSuccession(court);
        vm.prank(otherJudge);
        escrow.orderAward(LEASE, CASE, owner, 1);
        vm.warp(LATER);
        eq(escrow.isHeldForCourt(LEASE), false);
        _award(owner, 899);
    }

    function test_court_orders_of_bad_values_revert() public {
        _refuse(banker, abi.encodeWithSelector(IInstitutions.WrongKind.selector, bank, bytes32("court")));
        escrow.holdForCourt(LEASE, CASE, LATER);
        _refuse(judge, abi.encodeWithSelector(TitleRecords.ReasonMissing.selector));
        escrow.holdForCourt(LEASE, 0, LATER);
        _refuse(judge, abi.encodeWithSelector(Escrow.HoldTooLong.selector, START + 366 days + 1));
        escrow.holdForCourt(LEASE, CASE, START + 366 days + 1);
        _refuse(judge, abi.encodeWithSelector(Escrow.NoMoney.selector, LEASE + 1));
        escrow.orderAward(LEASE + 1, CASE, owner, 1);
        _refuse(judge, abi.encodeWithSelector(EscrowRecords.AmountAboveHeld.selector, LEASE, 900));
        escrow.orderAward(LEASE, CASE, owner, 901);
        _refuse(judge, abi.encodeWithSelector(DepositAccounts.AmountZero.selector));
        escrow.orderCredit(LEASE, CASE, owner, coOwner, 0);
        _refuse(judge, abi.encodeWithSelector(EscrowRecords.AmountAboveHeld.selector, LEASE, 0));
        escrow.orderCredit(LEASE, CASE, owner, coOwner, 1);
    }

    function test_court_moves_a_credit_whose_owner_is_gone() public {
        _award(stranger, 400);
        vm.prank(judge);
        _expectEvent();
        emit Escrow.CourtMoved(LEASE, court, CASE, stranger, owner, 300);
        escrow.orderCredit(LEASE, CASE, stranger, owner, 300);
        eq(escrow.creditOf(LEASE, stranger), 100);
        escrow.payOut(LEASE, owner);
        eq(deposits.balanceOf(owner), 300);
    }

    function test_court_returns_what_came_by_error() public {
        vm.prank(tenant);
        deposits.transfer(address(escrow), 33);
        eq(escrow.strayAt(address(deposits)), 33);
        _refuse(judge, abi.encodeWithSelector(EscrowRecords.AmountAboveHeld.selector, 0, 33));
        escrow.orderStray(address(deposits), CASE, tenant, 34);
        uint256 before = deposits.balanceOf(tenant);
        vm.prank(judge);
        escrow.orderStray(address(deposits), CASE, tenant, 33);
        eq(deposits.balanceOf(tenant), before + 33);
        eq(escrow.strayAt(address(deposits)), 0);
    }

    function test_bank_pays_a_person_without_their_key_after_notice() public {
        _award(tenant, 400);
        vm.prank(banker);
        _expectEvent();
        emit Escrow.PayOutAnnounced(LEASE, tenant, friend, bank, REASON, START + 14 days);
        escrow.announcePayOut(LEASE, tenant, friend, REASON);
        _refuse(stranger, abi.encodeWithSelector(Escrow.TooEarly.selector, START + 14 days));
        escrow.payOutAnnounced(LEASE, tenant);
        vm.warp(START + 14 days);
        vm.prank(stranger);
        escrow.payOutAnnounced(LEASE, tenant);
        eq(deposits.balanceOf(friend), 400);
        _refuse(stranger, abi.encodeWithSelector(Escrow.NothingAnnounced.selector, LEASE, tenant));
        escrow.payOutAnnounced(LEASE, tenant);
    }

    function test_owner_of_a_credit_or_the_bank_stops_what_was_announced() public {
        _award(tenant, 400);
        vm.prank(banker);
        escrow.announcePayOut(LEASE, tenant, friend, REASON);
        _refuse(stranger, abi.encodeWithSelector(Escrow.NotTheOwner.selector, stranger));
        escrow.stopPayOut(LEASE, tenant);
        _refuse(otherBanker, abi.encodeWithSelector(Escrow.NotTheBank.selector, otherBank, bank));
        escrow.stopPayOut(LEASE, tenant);
        vm.prank(tenant);
        escrow.stopPayOut(LEASE, tenant);
        (, uint48 from) = escrow.announcedOf(LEASE, tenant);
        eq(from, 0);
        _refuse(tenant, abi.encodeWithSelector(Escrow.NothingAnnounced.selector, LEASE, tenant));
        escrow.stopPayOut(LEASE, tenant);
        vm.startPrank(banker);
        escrow.announcePayOut(LEASE, tenant, friend, REASON);
        escrow.stopPayOut(LEASE, tenant);
        vm.stopPrank();
        vm.prank(banker);
        escrow.announcePayOut(LEASE, tenant, friend, REASON);
        vm.warp(START + 14 days + 60 days);
        _refuse(stranger, abi.encodeWithSelector(Escrow.NothingAnnounced.selector, LEASE, tenant));
        escrow.payOutAnnounced(LEASE, tenant);
    }

    function test_announce_of_bad_values_reverts() public {
        _award(tenant, 400);
        _refuse(judge, abi.encodeWithSelector(IInstitutions.WrongKind.selector, court, bytes32("bank")));
        escrow.announcePayOut(LEASE, tenant, friend, REASON);
        _refuse(banker, abi.encodeWithSelector(TitleRecords.ReasonMissing.selector));
        escrow.announcePayOut(LEASE, tenant, friend, 0);
        _refuse(banker, abi.encodeWithSelector(EscrowRecords.NothingToPay.selector, LEASE, owner));
        escrow.announcePayOut(LEASE, owner, friend, REASON);
        _refuse(banker, abi.encodeWithSelector(EscrowRecords.PayeeInvalid.selector, address(0)));
        escrow.announcePayOut(LEASE, tenant, address(0), REASON);
        _refuse(banker, abi.encodeWithSelector(Escrow.NoMoney.selector, LEASE + 1));
        escrow.announcePayOut(LEASE + 1, tenant, friend, REASON);
    }

    function test_retire_stops_new_money_only() public {
        _refuse(owner, _unauthorised(owner));
        escrow.retire(address(0x5));
        vm.prank(administration);
        escrow.retire(address(0x5));
        bytes memory reason = abi.encodeWithSelector(TitleRecords.ContractRetired.selector, address(0x5));
        _refuse(settlements, reason);
        escrow.take(LEASE, address(deposits), tenant, 1);
        _refuse(settlements, reason);
        escrow.lodge(LEASE, address(deposits), tenant, owner, 1);
        _refuse(administration, reason);
        escrow.retire(address(0x6));
        _award(owner, 900);
        escrow.payOut(LEASE, owner);
        eq(deposits.balanceOf(owner), 900);
    }

    function test_every_fen_is_held_or_somebodys_fuzz(uint256 taken, uint256 awarded, uint256 paid) public {
        taken = bound(taken, 1, 1_000_000);
        vm.prank(settlements);
        escrow.take(LEASE + 1, address(deposits), tenant, taken);
        awarded = bound(awarded, 1, taken);
        vm.prank(settlements);
        escrow.award(LEASE + 1, owner, awarded);
        if (paid % 2 == 0) escrow.payOut(LEASE + 1, owner);
        eq(escrow.heldOf(LEASE + 1) + escrow.creditOf(LEASE + 1, owner) + deposits.balanceOf(owner), taken);
        eq(deposits.balanceOf(address(escrow)), 900 + escrow.heldOf(LEASE + 1) + escrow.creditOf(LEASE + 1, owner));
    }
}
