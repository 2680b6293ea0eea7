// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IInstitutions} from "@citychain/chain/contracts/IInstitutions.sol";
import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {DepositAccounts} from "./DepositAccounts.sol";
import {Deposits} from "./Deposits.sol";
import {MoneyTest} from "./MoneyTest.t.sol";

contract DepositsTest is MoneyTest {
    function _request(uint256 amount) private returns (uint64 withdrawalId) {
        vm.prank(tenant);
        return deposits.requestWithdrawal(amount, "to my card");
    }

    function _expectUnauthorised(address sender) private {
        _refuse(sender, abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, sender));
    }

    // mint

    function test_mint_credits_the_account() public {
        vm.prank(bankOfficer);
        _expectEvent();
        emit Deposits.Minted(tenant, 500, "receipt");
        deposits.mint(tenant, 500, "receipt");
        eq(deposits.balanceOf(tenant), 500);
        eq(deposits.totalSupply(), 500);
        ok(deposits.mintReferenceUsed("receipt"), "reference kept");
    }

    function test_mint_with_a_used_reference_reverts() public {
        vm.prank(bankOfficer);
        deposits.mint(tenant, 500, "receipt");
        _refuse(bankOfficer, abi.encodeWithSelector(Deposits.ReferenceUsed.selector, bytes32("receipt")));
        deposits.mint(landlord, 1, "receipt");
    }

    function test_mint_without_a_reference_reverts() public {
        _refuse(bankOfficer, abi.encodeWithSelector(Deposits.ReferenceMissing.selector));
        deposits.mint(tenant, 500, 0);
    }

    function test_mint_of_nothing_or_too_much_reverts() public {
        _refuse(bankOfficer, abi.encodeWithSelector(DepositAccounts.AmountZero.selector));
        deposits.mint(tenant, 0, "receipt");
        _refuse(bankOfficer, abi.encodeWithSelector(DepositAccounts.AmountTooLarge.selector, 2 ** 63));
        deposits.mint(tenant, 2 ** 63, "receipt");
    }

    function test_mint_beyond_the_greatest_supply_reverts() public {
        _mint(tenant, MAX);
        _refuse(bankOfficer, abi.encodeWithSelector(DepositAccounts.AmountTooLarge.selector, MAX + 1));
        deposits.mint(landlord, 1, "receipt");
    }

    function test_mint_by_a_stranger_or_another_bank_reverts() public {
        _refuse(stranger, abi.encodeWithSelector(IInstitutions.UnknownKey.selector, stranger));
        deposits.mint(tenant, 1, "receipt");
        _refuse(otherBankOfficer, abi.encodeWithSelector(DepositAccounts.NotThisBank.selector, otherBank, bank));
        deposits.mint(tenant, 1, "receipt");
    }

    function test_mint_with_a_key_of_another_scope_reverts() public {
        _addKey(bank, stranger, "burn");
        _refuse(stranger, abi.encodeWithSelector(IInstitutions.KeyLacksScope.selector, stranger, bytes32("mint")));
        deposits.mint(tenant, 1, "receipt");
    }

    function test_mint_to_an_account_that_is_not_open_reverts() public {
        _refuse(bankOfficer, abi.encodeWithSelector(DepositAccounts.AccountNotOpen.selector, stranger));
        deposits.mint(stranger, 1, "receipt");
    }

    function test_mint_after_succession_is_the_successors() public {
        _succeed(bank, otherBank);
        vm.prank(otherBankOfficer);
        deposits.mint(tenant, 1, "receipt");
        _refuse(bankOfficer, abi.encodeWithSelector(IInstitutions.NotActive.selector, bank));
        deposits.mint(tenant, 1, "another receipt");
    }

    function test_mint_credits_exactly_fuzz(uint256 amount, bytes32 ref) public {
        vm.assume(ref != 0);
        amount = bound(amount, 1, MAX);
        vm.prank(bankOfficer);
        deposits.mint(tenant, amount, ref);
        eq(deposits.balanceOf(tenant), amount);
        eq(deposits.totalSupply(), amount);
    }

    // payments

    function test_transfer_with_reference_pays_and_says_what_for() public {
        _mint(tenant, 10);
        vm.prank(tenant);
        _expectEvent();
        emit Deposits.PaymentReferenced(tenant, landlord, 6, "rent");
        deposits.transferWithReference(landlord, 6, "rent");
        eq(deposits.balanceOf(landlord), 6);
    }

    function test_transfer_with_reference_without_one_reverts() public {
        _refuse(tenant, abi.encodeWithSelector(Deposits.ReferenceMissing.selector));
        deposits.transferWithReference(landlord, 0, 0);
    }

    function test_transfer_with_reference_of_more_than_available_reverts() public {
        _refuse(tenant, abi.encodeWithSelector(DepositAccounts.InsufficientAvailable.selector, tenant, 0, 1));
        deposits.transferWithReference(landlord, 1, "rent");
    }

    // withdrawals

    function test_request_withdrawal_locks_the_money() public {
        _mint(tenant, 100);
        vm.prank(tenant);
        _expectEvent();
        emit Deposits.WithdrawalRequested(1, tenant, 60, "to my card", START + 3 days);
        uint64 withdrawalId = deposits.requestWithdrawal(60, "to my card");
        eq(deposits.lockedOf(tenant), 60);
        eq(deposits.availableOf(tenant), 40);
        eq(deposits.balanceOf(tenant), 100);
        Deposits.Withdrawal memory waiting = deposits.withdrawalOf(withdrawalId);
        eq(waiting.holder, tenant);
        eq(waiting.amount, 60);
        eq(waiting.deadline, START + 3 days);
        _refuse(tenant, abi.encodeWithSelector(DepositAccounts.InsufficientAvailable.selector, tenant, 40, 41));
        deposits.transfer(landlord, 41);
    }

    function test_request_withdrawal_of_locked_money_reverts() public {
        _mint(tenant, 100);
        _request(60);
        _refuse(tenant, abi.encodeWithSelector(DepositAccounts.InsufficientAvailable.selector, tenant, 40, 41));
        deposits.requestWithdrawal(41, "again");
    }

    function test_request_withdrawal_with_a_used_reference_reverts_for_that_holder_only() public {
        _mint(tenant, 100);
        _mint(landlord, 100);
        _request(10);
        _refuse(tenant, abi.encodeWithSelector(Deposits.ReferenceUsed.selector, bytes32("to my card")));
        deposits.requestWithdrawal(10, "to my card");
        vm.prank(landlord);
        deposits.requestWithdrawal(10, "to my card");
    }

    function test_request_withdrawal_of_bad_values_reverts() public {
        _refuse(tenant, abi.encodeWithSelector(DepositAccounts.AmountZero.selector));
        deposits.requestWithdrawal(0, "to my card");
        _refuse(tenant, abi.encodeWithSelector(DepositAccounts.AmountTooLarge.selector, 2 ** 63));
        deposits.requestWithdrawal(2 ** 63, "to my card");
        _refuse(tenant, abi.encodeWithSelector(Deposits.ReferenceMissing.selector));
        deposits.requestWithdrawal(1, 0);
        _refuse(stranger, abi.encodeWithSelector(DepositAccounts.AccountNotOpen.selector, stranger));
        deposits.requestWithdrawal(1, "to my card");
    }

    function test_settle_withdrawal_burns_once() public {
        _mint(tenant, 100);
        uint64 withdrawalId = _request(60);
        vm.prank(bankOfficer);
        _expectEvent();
        emit Deposits.WithdrawalSettled(withdrawalId, tenant, 60);
        deposits.settleWithdrawal(withdrawalId);
        eq(deposits.balanceOf(tenant), 40);
        eq(deposits.lockedOf(tenant), 0);
        eq(deposits.totalSupply(), 40);
        _refuse(bankOfficer, abi.encodeWithSelector(Deposits.WithdrawalNotWaiting.selector, withdrawalId));
        deposits.settleWithdrawal(withdrawalId);
    }

    function test_settle_withdrawal_by_a_stranger_or_another_bank_reverts() public {
        _mint(tenant, 100);
        uint64 withdrawalId = _request(60);
        _refuse(stranger, abi.encodeWithSelector(IInstitutions.UnknownKey.selector, stranger));
        deposits.settleWithdrawal(withdrawalId);
        _refuse(otherBankOfficer, abi.encodeWithSelector(DepositAccounts.NotThisBank.selector, otherBank, bank));
        deposits.settleWithdrawal(withdrawalId);
    }

    function test_settle_withdrawal_that_a_later_hold_catches_reverts() public {
        _mint(tenant, 100);
        uint64 withdrawalId = _request(60);
        _hold(tenant, 50, 1 days);
        _refuse(bankOfficer, abi.encodeWithSelector(DepositAccounts.InsufficientAvailable.selector, tenant, 50, 60));
        deposits.settleWithdrawal(withdrawalId);
        eq(deposits.lockedOf(tenant), 60);
    }

    function test_settle_withdrawal_beside_another_and_a_hold() public {
        _mint(tenant, 100);
        uint64 first = _request(50);
        vm.prank(tenant);
        uint64 second = deposits.requestWithdrawal(50, "the rest");
        _hold(tenant, 40, 1 days);
        vm.prank(bankOfficer);
        deposits.settleWithdrawal(first);
        eq(deposits.balanceOf(tenant), 50);
        _refuse(bankOfficer, abi.encodeWithSelector(DepositAccounts.InsufficientAvailable.selector, tenant, 10, 50));
        deposits.settleWithdrawal(second);
    }

    function test_refuse_withdrawal_unlocks_the_money() public {
        _mint(tenant, 100);
        uint64 withdrawalId = _request(60);
        vm.prank(bankOfficer);
        _expectEvent();
        emit Deposits.WithdrawalRefused(withdrawalId, tenant, 60, "letter");
        deposits.refuseWithdrawal(withdrawalId, "letter");
        eq(deposits.availableOf(tenant), 100);
        _refuse(bankOfficer, abi.encodeWithSelector(Deposits.WithdrawalNotWaiting.selector, withdrawalId));
        deposits.refuseWithdrawal(withdrawalId, "letter");
    }

    function test_refuse_withdrawal_without_a_reason_or_by_a_stranger_reverts() public {
        _mint(tenant, 100);
        uint64 withdrawalId = _request(60);
        _refuse(bankOfficer, abi.encodeWithSelector(Deposits.ReferenceMissing.selector));
        deposits.refuseWithdrawal(withdrawalId, 0);
        _refuse(stranger, abi.encodeWithSelector(IInstitutions.UnknownKey.selector, stranger));
        deposits.refuseWithdrawal(withdrawalId, "letter");
    }

    function test_cancel_withdrawal_after_the_deadline_unlocks_the_money() public {
        _mint(tenant, 100);
        uint64 withdrawalId = _request(60);
        vm.warp(START + 3 days);
        vm.prank(tenant);
        _expectEvent();
        emit Deposits.WithdrawalCancelled(withdrawalId, tenant, 60);
        deposits.cancelWithdrawal(withdrawalId);
        eq(deposits.availableOf(tenant), 100);
        _refuse(bankOfficer, abi.encodeWithSelector(Deposits.WithdrawalNotWaiting.selector, withdrawalId));
        deposits.settleWithdrawal(withdrawalId);
        _refuse(tenant, abi.encodeWithSelector(Deposits.WithdrawalNotWaiting.selector, withdrawalId));
        deposits.cancelWithdrawal(withdrawalId);
    }

    function test_cancel_withdrawal_before_the_deadline_reverts() public {
        _mint(tenant, 100);
        uint64 withdrawalId = _request(60);
        vm.warp(START + 3 days - 1);
        _refuse(tenant, abi.encodeWithSelector(Deposits.WithdrawalNotDue.selector, START + 3 days));
        deposits.cancelWithdrawal(withdrawalId);
    }

    function test_cancel_withdrawal_of_another_reverts() public {
        _mint(tenant, 100);
        uint64 withdrawalId = _request(60);
        vm.warp(START + 3 days);
        _refuse(landlord, abi.encodeWithSelector(Deposits.NotWithdrawalHolder.selector, landlord));
        deposits.cancelWithdrawal(withdrawalId);
    }

    function test_settle_withdrawal_burns_exactly_fuzz(uint256 balance, uint256 amount) public {
        balance = bound(balance, 1, MAX);
        amount = bound(amount, 1, balance);
        _mint(tenant, balance);
        uint64 withdrawalId = _request(amount);
        eq(deposits.availableOf(tenant), balance - amount);
        vm.prank(bankOfficer);
        deposits.settleWithdrawal(withdrawalId);
        eq(deposits.balanceOf(tenant), balance - amount);
        eq(deposits.availableOf(tenant), balance - amount);
        eq(deposits.totalSupply(), balance - amount);
    }

    // clearing

    function test_clearing_burn_and_mint_by_anybody_else_reverts() public {
        _mint(tenant, 10);
        _expectUnauthorised(bankOfficer);
        deposits.clearingBurn(tenant, 1);
        _expectUnauthorised(tenant);
        deposits.clearingMint(tenant, 1);
    }

    function test_clearing_burn_and_mint_move_the_supply() public {
        _mint(tenant, 10);
        vm.prank(address(clearing));
        deposits.clearingBurn(tenant, 4);
        eq(deposits.totalSupply(), 6);
        vm.prank(address(clearing));
        deposits.clearingMint(landlord, 3);
        eq(deposits.totalSupply(), 9);
        eq(deposits.balanceOf(landlord), 3);
    }

    function test_clearing_burn_and_mint_of_bad_values_revert() public {
        _refuse(address(clearing), abi.encodeWithSelector(DepositAccounts.AmountZero.selector));
        deposits.clearingBurn(tenant, 0);
        _refuse(address(clearing), abi.encodeWithSelector(DepositAccounts.AmountTooLarge.selector, 2 ** 63));
        deposits.clearingMint(tenant, 2 ** 63);
        _refuse(address(clearing), abi.encodeWithSelector(DepositAccounts.InsufficientAvailable.selector, tenant, 0, 1));
        deposits.clearingBurn(tenant, 1);
        _refuse(address(clearing), abi.encodeWithSelector(DepositAccounts.AccountNotOpen.selector, stranger));
        deposits.clearingMint(stranger, 1);
    }

    // retirement

    function test_retire_stops_new_money_and_accounts_and_lets_holders_leave() public {
        _mint(tenant, 100);
        uint64 withdrawalId = _request(30);
        vm.prank(council);
        _expectEvent();
        emit Deposits.Retired(address(otherDeposits));
        deposits.retire(address(otherDeposits));
        ok(deposits.retired(), "retired");
        eq(deposits.successor(), address(otherDeposits));

        bytes memory reason = abi.encodeWithSelector(DepositAccounts.ContractRetired.selector, address(otherDeposits));
        _refuse(bankOfficer, reason);
        deposits.mint(tenant, 1, "receipt");
        _refuse(bankOfficer, reason);
        deposits.openAccount(stranger, false);
        _refuse(bankOfficer, reason);
        deposits.openAccounts(new address[](0));
        _refuse(address(clearing), reason);
        deposits.clearingMint(tenant, 1);
        _refuse(council, reason);
        deposits.retire(address(0));

        vm.prank(bankOfficer);
        deposits.settleWithdrawal(withdrawalId);
        vm.prank(tenant);
        deposits.transfer(landlord, 20);
        vm.prank(address(clearing));
        deposits.clearingBurn(tenant, 50);
        vm.prank(bankOfficer);
        deposits.closeAccount(tenant);
        eq(deposits.totalSupply(), 20);
    }

    function test_retire_by_anybody_else_reverts() public {
        _expectUnauthorised(bankOfficer);
        deposits.retire(address(0));
    }
}
