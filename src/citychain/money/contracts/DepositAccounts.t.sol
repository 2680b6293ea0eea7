// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IInstitutions} from "@citychain/chain/contracts/IInstitutions.sol";
import {DepositAccounts} from "./DepositAccounts.sol";
import {Deposits} from "./Deposits.sol";
import {MoneyTest} from "./MoneyTest.t.sol";

contract DepositAccountsTest is MoneyTest {
    address[] private _batch;

    function test_creation_emits_the_bank() public {
        _expectEvent();
        emit DepositAccounts.DepositsCreated(bank, address(institutions), "New deposits", "ND");
        Deposits created = _newDeposits(bank, "New deposits", "ND");
        eq(created.decimals(), 2);
        eq(created.BANK(), bank);
        eq(created.authority(), address(authority));
    }

    function test_creation_for_an_institution_that_is_no_bank_reverts() public {
        vm.expectRevert(abi.encodeWithSelector(IInstitutions.WrongKind.selector, court, bytes32("bank")));
        _newDeposits(court, "Court deposits", "CD");
    }

    function test_open_account_lets_the_holder_hold() public {
        vm.prank(bankOfficer);
        _expectEvent();
        emit DepositAccounts.AccountOpened(stranger, false);
        deposits.openAccount(stranger, false);
        eq(uint8(deposits.kindOfAccount(stranger)), uint8(DepositAccounts.AccountKind.Holder));
        _mint(stranger, 5);
        eq(deposits.balanceOf(stranger), 5);
    }

    function test_open_account_by_a_stranger_or_another_bank_reverts() public {
        _refuse(stranger, abi.encodeWithSelector(IInstitutions.UnknownKey.selector, stranger));
        deposits.openAccount(stranger, false);
        _refuse(judge, abi.encodeWithSelector(IInstitutions.WrongKind.selector, court, bytes32("bank")));
        deposits.openAccount(stranger, false);
        _refuse(otherBankOfficer, abi.encodeWithSelector(DepositAccounts.NotThisBank.selector, otherBank, bank));
        deposits.openAccount(stranger, false);
    }

    function test_open_account_with_a_key_of_another_scope_reverts() public {
        _addKey(bank, stranger, "mint");
        _refuse(stranger, abi.encodeWithSelector(IInstitutions.KeyLacksScope.selector, stranger, bytes32("accounts")));
        deposits.openAccount(stranger, false);
    }

    function test_open_account_of_a_suspended_bank_reverts() public {
        _suspend(bank);
        _refuse(bankOfficer, abi.encodeWithSelector(IInstitutions.NotActive.selector, bank));
        deposits.openAccount(stranger, false);
    }

    function test_open_account_by_the_successor_of_a_failed_bank() public {
        _succeed(bank, otherBank);
        vm.prank(otherBankOfficer);
        deposits.openAccount(stranger, false);
        eq(uint8(deposits.kindOfAccount(stranger)), uint8(DepositAccounts.AccountKind.Holder));
    }

    function test_open_account_twice_reverts() public {
        _refuse(bankOfficer, abi.encodeWithSelector(DepositAccounts.AccountAlreadyOpen.selector, tenant));
        deposits.openAccount(tenant, false);
    }

    function test_open_account_for_nobody_or_itself_reverts() public {
        _refuse(bankOfficer, abi.encodeWithSelector(DepositAccounts.InvalidHolder.selector, address(0)));
        deposits.openAccount(address(0), false);
        _refuse(bankOfficer, abi.encodeWithSelector(DepositAccounts.InvalidHolder.selector, address(deposits)));
        deposits.openAccount(address(deposits), false);
    }

    function test_open_custodian_without_code_reverts() public {
        _refuse(bankOfficer, abi.encodeWithSelector(DepositAccounts.CustodianHasNoCode.selector, stranger));
        deposits.openAccount(stranger, true);
    }

    function test_open_custodian_for_a_key_that_delegates_its_code_reverts() public {
        vm.etch(stranger, abi.encodePacked(hex"ef0100", address(custodian)));
        _refuse(bankOfficer, abi.encodeWithSelector(DepositAccounts.CustodianHasNoCode.selector, stranger));
        deposits.openAccount(stranger, true);
    }

    function test_open_accounts_opens_all() public {
        for (uint160 i = 1; i <= 200; ++i) {
            _batch.push(address(0x1000 + i));
        }
        vm.prank(bankOfficer);
        deposits.openAccounts(_batch);
        for (uint256 i = 0; i < _batch.length; ++i) {
            eq(uint8(deposits.kindOfAccount(_batch[i])), uint8(DepositAccounts.AccountKind.Holder));
        }
    }

    function test_open_accounts_beyond_the_batch_reverts() public {
        for (uint160 i = 1; i <= 201; ++i) {
            _batch.push(address(0x1000 + i));
        }
        _refuse(bankOfficer, abi.encodeWithSelector(DepositAccounts.BatchTooLarge.selector, 201, 200));
        deposits.openAccounts(_batch);
    }

    function test_open_accounts_with_one_refused_opens_none() public {
        _batch.push(stranger);
        _batch.push(tenant);
        _refuse(bankOfficer, abi.encodeWithSelector(DepositAccounts.AccountAlreadyOpen.selector, tenant));
        deposits.openAccounts(_batch);
        eq(uint8(deposits.kindOfAccount(stranger)), uint8(DepositAccounts.AccountKind.None));
    }

    function test_open_accounts_by_a_stranger_reverts() public {
        _refuse(stranger, abi.encodeWithSelector(IInstitutions.UnknownKey.selector, stranger));
        deposits.openAccounts(_batch);
    }

    function test_close_account_ends_it_and_it_can_be_opened_again() public {
        vm.prank(bankOfficer);
        _expectEvent();
        emit DepositAccounts.AccountClosed(tenant);
        deposits.closeAccount(tenant);
        _refuse(bankOfficer, abi.encodeWithSelector(DepositAccounts.AccountNotOpen.selector, tenant));
        deposits.mint(tenant, 1, "receipt");
        vm.prank(bankOfficer);
        deposits.openAccount(tenant, false);
        eq(uint8(deposits.kindOfAccount(tenant)), uint8(DepositAccounts.AccountKind.Holder));
    }

    function test_close_account_that_is_not_open_reverts() public {
        _refuse(bankOfficer, abi.encodeWithSelector(DepositAccounts.AccountNotOpen.selector, stranger));
        deposits.closeAccount(stranger);
    }

    function test_close_account_by_a_stranger_reverts() public {
        _refuse(stranger, abi.encodeWithSelector(IInstitutions.UnknownKey.selector, stranger));
        deposits.closeAccount(tenant);
    }

    function test_close_account_with_money_reverts() public {
        _mint(tenant, 7);
        _refuse(bankOfficer, abi.encodeWithSelector(DepositAccounts.AccountNotEmpty.selector, tenant, 7));
        deposits.closeAccount(tenant);
    }

    function test_close_account_under_a_hold_reverts_until_it_expires() public {
        _hold(tenant, 100, 1 days);
        _refuse(bankOfficer, abi.encodeWithSelector(DepositAccounts.AccountHeld.selector, tenant));
        deposits.closeAccount(tenant);
        vm.warp(START + 1 days);
        vm.prank(bankOfficer);
        deposits.closeAccount(tenant);
    }

    function test_close_account_with_a_waiting_withdrawal_reverts() public {
        _mint(tenant, 100);
        vm.prank(tenant);
        deposits.requestWithdrawal(100, "rent back");
        uint64 orderId = _hold(tenant, 100, 1 days);
        vm.prank(judge);
        deposits.redirect(orderId, landlord, 100);
        _refuse(bankOfficer, abi.encodeWithSelector(DepositAccounts.WithdrawalWaits.selector, tenant, 100));
        deposits.closeAccount(tenant);
    }

    function test_transfer_to_an_account_that_is_not_open_reverts() public {
        _mint(tenant, 10);
        _refuse(tenant, abi.encodeWithSelector(DepositAccounts.AccountNotOpen.selector, stranger));
        deposits.transfer(stranger, 1);
    }

    function test_transfer_from_an_account_that_is_not_open_reverts() public {
        _refuse(stranger, abi.encodeWithSelector(DepositAccounts.AccountNotOpen.selector, stranger));
        deposits.transfer(tenant, 0);
    }

    function test_transfer_of_more_than_available_reverts() public {
        _mint(tenant, 10);
        _refuse(tenant, abi.encodeWithSelector(DepositAccounts.InsufficientAvailable.selector, tenant, 10, 11));
        deposits.transfer(landlord, 11);
    }

    function test_transfer_of_too_large_an_amount_reverts() public {
        _refuse(tenant, abi.encodeWithSelector(DepositAccounts.AmountTooLarge.selector, 2 ** 63));
        deposits.transfer(landlord, 2 ** 63);
    }

    function test_approve_of_an_unlimited_amount_reverts() public {
        _refuse(tenant, abi.encodeWithSelector(DepositAccounts.AmountTooLarge.selector, type(uint256).max));
        deposits.approve(landlord, type(uint256).max);
    }

    function test_transfer_by_a_spender_without_an_account_spends_the_allowance() public {
        _mint(tenant, 10);
        vm.prank(tenant);
        deposits.approve(stranger, MAX);
        vm.prank(stranger);
        deposits.transferFrom(tenant, landlord, 4);
        eq(deposits.balanceOf(landlord), 4);
        eq(deposits.allowance(tenant, stranger), MAX - 4);
    }

    function test_permit_gives_the_allowance_that_the_holder_signed() public {
        uint256 key = 0x7E11;
        address signer = vm.addr(key);
        bytes32 typehash =
            keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");
        bytes32 message = keccak256(abi.encode(typehash, signer, landlord, 9, 0, START));
        bytes32 digest = keccak256(abi.encodePacked(hex"1901", deposits.DOMAIN_SEPARATOR(), message));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        deposits.permit(signer, landlord, 9, START, v, r, s);
        eq(deposits.allowance(signer, landlord), 9);
    }

    function test_actor_behind_the_trusted_forwarder_is_the_signer() public {
        _mint(tenant, 10);
        bytes memory call = abi.encodePacked(abi.encodeCall(deposits.transfer, (landlord, 3)), tenant);
        vm.prank(forwarder);
        (bool success,) = address(deposits).call(call);
        ok(success, "forwarded transfer");
        eq(deposits.balanceOf(tenant), 7);
        eq(deposits.balanceOf(landlord), 3);
        vm.prank(stranger);
        (success,) = address(deposits).call(call);
        ok(!success, "a stranger is nobody's forwarder");
    }

    function test_transfer_moves_money_fuzz(uint256 balance, uint256 amount) public {
        balance = bound(balance, 1, MAX);
        amount = bound(amount, 0, MAX);
        _mint(tenant, balance);
        if (amount > balance) {
            _refuse(
                tenant, abi.encodeWithSelector(DepositAccounts.InsufficientAvailable.selector, tenant, balance, amount)
            );
            deposits.transfer(landlord, amount);
            return;
        }
        vm.prank(tenant);
        deposits.transfer(landlord, amount);
        eq(deposits.balanceOf(tenant), balance - amount);
        eq(deposits.balanceOf(landlord), amount);
    }
}
