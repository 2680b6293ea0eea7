// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Authority} from "@citychain/chain/contracts/Authority.sol";
import {IInstitutions} from "@citychain/chain/contracts/IInstitutions.sol";
import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {Clearing} from "./Clearing.sol";
import {DepositAccounts} from "./DepositAccounts.sol";
import {Deposits} from "./Deposits.sol";
import {MoneyTest} from "./MoneyTest.t.sol";

contract ClearingTest is MoneyTest {
    function setUp() public override {
        super.setUp();
        _mint(tenant, 1000);
    }

    function _limit(uint256 limit) private {
        vm.prank(otherBankOfficer);
        clearing.setLimit(otherBank, bank, limit);
    }

    function _pay(uint256 amount) private {
        vm.prank(tenant);
        clearing.pay(deposits, otherDeposits, landlord, amount, "rent");
    }

    function _debt() private view returns (int256) {
        return clearing.netDebt(bank, otherBank);
    }

    function _eq(int256 left, int256 right) private pure {
        eq(bytes32(uint256(left)), bytes32(uint256(right)));
    }

    // registration

    function test_register_bank_lets_it_clear() public {
        Deposits next = _newDeposits(bank, "Next deposits", "ND");
        vm.prank(council);
        _expectEvent();
        emit Clearing.BankRegistered(address(next), bank);
        clearing.registerBank(next);
        eq(clearing.bankOf(address(next)), bank);
    }

    function test_register_bank_by_anybody_else_reverts() public {
        _refuse(bankOfficer, abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, bankOfficer));
        clearing.registerBank(deposits);
    }

    function test_register_bank_twice_reverts() public {
        _refuse(council, abi.encodeWithSelector(Clearing.AlreadyRegistered.selector, address(deposits)));
        clearing.registerBank(deposits);
    }

    function test_register_bank_of_another_city_reverts() public {
        address elsewhere = address(new Authority(council));
        Deposits foreign = new Deposits(elsewhere, address(institutions), bank, "Foreign", "F");
        _refuse(council, abi.encodeWithSelector(Clearing.ForeignDeposits.selector, address(foreign)));
        clearing.registerBank(foreign);
    }

    function test_creation_emits_the_register() public {
        _expectEvent();
        emit Clearing.ClearingCreated(address(institutions));
        new Clearing(address(authority), address(institutions));
    }

    // limits

    function test_set_limit_allows_debt() public {
        vm.prank(otherBankOfficer);
        _expectEvent();
        emit Clearing.LimitSet(otherBank, bank, 700);
        clearing.setLimit(otherBank, bank, 700);
        eq(clearing.limitOf(otherBank, bank), 700);
    }

    function test_set_limit_by_the_debtor_or_a_stranger_reverts() public {
        _refuse(bankOfficer, abi.encodeWithSelector(DepositAccounts.NotThisBank.selector, bank, otherBank));
        clearing.setLimit(otherBank, bank, 700);
        _refuse(stranger, abi.encodeWithSelector(IInstitutions.UnknownKey.selector, stranger));
        clearing.setLimit(otherBank, bank, 700);
    }

    function test_set_limit_of_bad_values_reverts() public {
        _refuse(otherBankOfficer, abi.encodeWithSelector(DepositAccounts.AmountTooLarge.selector, 2 ** 63));
        clearing.setLimit(otherBank, bank, 2 ** 63);
        _refuse(otherBankOfficer, abi.encodeWithSelector(Clearing.SameBank.selector, otherBank));
        clearing.setLimit(otherBank, otherBank, 1);
        _refuse(otherBankOfficer, abi.encodeWithSelector(IInstitutions.WrongKind.selector, court, bytes32("bank")));
        clearing.setLimit(otherBank, court, 1);
    }

    // payments

    function test_pay_burns_mints_and_keeps_the_position() public {
        _limit(700);
        vm.prank(tenant);
        _expectEvent();
        emit Clearing.PositionChanged(bank, otherBank, 700);
        _expectEvent();
        emit Clearing.Paid(tenant, landlord, address(deposits), address(otherDeposits), 700, "rent");
        clearing.pay(deposits, otherDeposits, landlord, 700, "rent");
        eq(deposits.balanceOf(tenant), 300);
        eq(deposits.totalSupply(), 300);
        eq(otherDeposits.balanceOf(landlord), 700);
        eq(otherDeposits.totalSupply(), 700);
        _eq(_debt(), 700);
        _eq(clearing.netDebt(otherBank, bank), -700);
    }

    function test_pay_back_lowers_the_position() public {
        _limit(700);
        _pay(700);
        vm.prank(landlord);
        clearing.pay(otherDeposits, deposits, tenant, 500, "deposit back");
        _eq(_debt(), 200);
        eq(deposits.balanceOf(tenant), 800);
    }

    function test_pay_beyond_the_limit_reverts() public {
        _refuse(tenant, abi.encodeWithSelector(Clearing.LimitExceeded.selector, bank, otherBank, 1, 0));
        clearing.pay(deposits, otherDeposits, landlord, 1, "rent");
        _limit(700);
        _pay(600);
        _refuse(tenant, abi.encodeWithSelector(Clearing.LimitExceeded.selector, bank, otherBank, 701, 700));
        clearing.pay(deposits, otherDeposits, landlord, 101, "rent");
    }

    function test_pay_of_more_than_available_reverts() public {
        _limit(5000);
        _hold(tenant, 400, 1 days);
        _refuse(tenant, abi.encodeWithSelector(DepositAccounts.InsufficientAvailable.selector, tenant, 600, 601));
        clearing.pay(deposits, otherDeposits, landlord, 601, "rent");
    }

    function test_pay_to_an_account_that_is_not_open_reverts() public {
        _limit(700);
        _refuse(tenant, abi.encodeWithSelector(DepositAccounts.AccountNotOpen.selector, stranger));
        clearing.pay(deposits, otherDeposits, stranger, 1, "rent");
    }

    function test_pay_of_bad_values_reverts() public {
        _refuse(tenant, abi.encodeWithSelector(DepositAccounts.AmountZero.selector));
        clearing.pay(deposits, otherDeposits, landlord, 0, "rent");
        _refuse(tenant, abi.encodeWithSelector(DepositAccounts.AmountTooLarge.selector, 2 ** 63));
        clearing.pay(deposits, otherDeposits, landlord, 2 ** 63, "rent");
        _refuse(tenant, abi.encodeWithSelector(Clearing.SameDeposits.selector, address(deposits)));
        clearing.pay(deposits, deposits, landlord, 1, "rent");
    }

    function test_pay_through_an_unregistered_contract_reverts() public {
        Deposits next = _newDeposits(bank, "Next deposits", "ND");
        _refuse(tenant, abi.encodeWithSelector(Clearing.NotRegistered.selector, address(next)));
        clearing.pay(next, otherDeposits, landlord, 1, "rent");
        _refuse(tenant, abi.encodeWithSelector(Clearing.NotRegistered.selector, address(next)));
        clearing.pay(deposits, next, landlord, 1, "rent");
    }

    function test_pay_from_or_to_a_suspended_bank_reverts() public {
        _limit(700);
        _suspend(bank);
        _refuse(tenant, abi.encodeWithSelector(IInstitutions.NotActive.selector, bank));
        clearing.pay(deposits, otherDeposits, landlord, 1, "rent");
        _refuse(landlord, abi.encodeWithSelector(IInstitutions.NotActive.selector, bank));
        clearing.pay(otherDeposits, deposits, tenant, 1, "rent");
    }

    function test_pay_out_of_a_retired_contract_of_the_same_bank_changes_no_position() public {
        Deposits next = _newDeposits(bank, "Next deposits", "ND");
        vm.startPrank(council);
        _letClear(next);
        clearing.registerBank(next);
        deposits.retire(address(next));
        vm.stopPrank();
        vm.prank(bankOfficer);
        next.openAccount(tenant, false);
        vm.prank(tenant);
        clearing.pay(deposits, next, tenant, 1000, 0);
        eq(next.balanceOf(tenant), 1000);
        eq(deposits.totalSupply(), 0);
        _refuse(tenant, abi.encodeWithSelector(DepositAccounts.ContractRetired.selector, address(next)));
        clearing.pay(next, deposits, tenant, 1, 0);
    }

    function test_pay_keeps_money_and_position_fuzz(uint256 limit, uint256 amount) public {
        limit = bound(limit, 0, MAX);
        amount = bound(amount, 1, 1000);
        _limit(limit);
        if (amount > limit) {
            _refuse(tenant, abi.encodeWithSelector(Clearing.LimitExceeded.selector, bank, otherBank, amount, limit));
            clearing.pay(deposits, otherDeposits, landlord, amount, 0);
            return;
        }
        _pay(amount);
        eq(deposits.totalSupply() + otherDeposits.totalSupply(), 1000);
        _eq(_debt(), int256(amount));
    }

    // settlement

    function test_settlement_lowers_the_debt_once() public {
        _limit(700);
        _pay(700);
        vm.prank(bankOfficer);
        _expectEvent();
        emit Clearing.SettlementProposed(bank, otherBank, 500, "HVPS 1");
        clearing.proposeSettlement(bank, otherBank, 500, "HVPS 1");
        _eq(_debt(), 700);
        vm.prank(otherBankOfficer);
        _expectEvent();
        emit Clearing.SettlementConfirmed(bank, otherBank, 500, "HVPS 1");
        _expectEvent();
        emit Clearing.PositionChanged(bank, otherBank, 200);
        clearing.confirmSettlement(bank, otherBank, 500, "HVPS 1");
        _eq(_debt(), 200);
        _refuse(bankOfficer, abi.encodeWithSelector(Deposits.ReferenceUsed.selector, bytes32("HVPS 1")));
        clearing.proposeSettlement(bank, otherBank, 500, "HVPS 1");
        _refuse(
            otherBankOfficer,
            abi.encodeWithSelector(Clearing.SettlementNotProposed.selector, bank, otherBank, 500, bytes32("HVPS 1"))
        );
        clearing.confirmSettlement(bank, otherBank, 500, "HVPS 1");
    }

    function test_settlement_in_advance_turns_the_position() public {
        vm.prank(bankOfficer);
        clearing.proposeSettlement(bank, otherBank, 400, "HVPS 1");
        vm.prank(otherBankOfficer);
        clearing.confirmSettlement(bank, otherBank, 400, "HVPS 1");
        _eq(_debt(), -400);
        _pay(400);
        _eq(_debt(), 0);
        _refuse(tenant, abi.encodeWithSelector(Clearing.LimitExceeded.selector, bank, otherBank, 1, 0));
        clearing.pay(deposits, otherDeposits, landlord, 1, 0);
    }

    function test_settlement_in_advance_beyond_the_bound_reverts() public {
        vm.startPrank(bankOfficer);
        clearing.proposeSettlement(bank, otherBank, MAX, "HVPS 1");
        clearing.proposeSettlement(bank, otherBank, 1, "HVPS 2");
        vm.stopPrank();
        vm.prank(otherBankOfficer);
        clearing.confirmSettlement(bank, otherBank, MAX, "HVPS 1");
        _refuse(otherBankOfficer, abi.encodeWithSelector(DepositAccounts.AmountTooLarge.selector, 2 ** 63));
        clearing.confirmSettlement(bank, otherBank, 1, "HVPS 2");
    }

    function test_propose_settlement_by_the_creditor_or_a_stranger_reverts() public {
        _refuse(otherBankOfficer, abi.encodeWithSelector(DepositAccounts.NotThisBank.selector, otherBank, bank));
        clearing.proposeSettlement(bank, otherBank, 1, "HVPS 1");
        _refuse(stranger, abi.encodeWithSelector(IInstitutions.UnknownKey.selector, stranger));
        clearing.proposeSettlement(bank, otherBank, 1, "HVPS 1");
    }

    function test_propose_settlement_of_bad_values_reverts() public {
        _refuse(bankOfficer, abi.encodeWithSelector(DepositAccounts.AmountZero.selector));
        clearing.proposeSettlement(bank, otherBank, 0, "HVPS 1");
        _refuse(bankOfficer, abi.encodeWithSelector(DepositAccounts.AmountTooLarge.selector, 2 ** 63));
        clearing.proposeSettlement(bank, otherBank, 2 ** 63, "HVPS 1");
        _refuse(bankOfficer, abi.encodeWithSelector(Deposits.ReferenceMissing.selector));
        clearing.proposeSettlement(bank, otherBank, 1, 0);
        _refuse(bankOfficer, abi.encodeWithSelector(Clearing.SameBank.selector, bank));
        clearing.proposeSettlement(bank, bank, 1, "HVPS 1");
        _refuse(bankOfficer, abi.encodeWithSelector(IInstitutions.WrongKind.selector, court, bytes32("bank")));
        clearing.proposeSettlement(bank, court, 1, "HVPS 1");
    }

    function test_confirm_settlement_by_the_debtor_reverts() public {
        vm.prank(bankOfficer);
        clearing.proposeSettlement(bank, otherBank, 500, "HVPS 1");
        _refuse(bankOfficer, abi.encodeWithSelector(DepositAccounts.NotThisBank.selector, bank, otherBank));
        clearing.confirmSettlement(bank, otherBank, 500, "HVPS 1");
    }

    function test_confirm_settlement_of_another_amount_reverts() public {
        vm.startPrank(bankOfficer);
        clearing.proposeSettlement(bank, otherBank, 500, "HVPS 1");
        clearing.proposeSettlement(bank, otherBank, 50, "HVPS 1");
        vm.stopPrank();
        _refuse(
            otherBankOfficer,
            abi.encodeWithSelector(Clearing.SettlementNotProposed.selector, bank, otherBank, 500, bytes32("HVPS 1"))
        );
        clearing.confirmSettlement(bank, otherBank, 500, "HVPS 1");
        _refuse(otherBankOfficer, abi.encodeWithSelector(DepositAccounts.AmountZero.selector));
        clearing.confirmSettlement(bank, otherBank, 0, "HVPS 1");
        vm.prank(otherBankOfficer);
        clearing.confirmSettlement(bank, otherBank, 50, "HVPS 1");
    }

    function test_drop_settlement_by_either_bank_ends_it() public {
        vm.prank(bankOfficer);
        clearing.proposeSettlement(bank, otherBank, 500, "HVPS 1");
        vm.prank(otherBankOfficer);
        _expectEvent();
        emit Clearing.SettlementDropped(bank, otherBank, "HVPS 1", otherBank);
        clearing.dropSettlement(bank, otherBank, "HVPS 1");
        _refuse(
            bankOfficer,
            abi.encodeWithSelector(Clearing.SettlementNotProposed.selector, bank, otherBank, 0, bytes32("HVPS 1"))
        );
        clearing.dropSettlement(bank, otherBank, "HVPS 1");
        vm.startPrank(bankOfficer);
        clearing.proposeSettlement(bank, otherBank, 500, "HVPS 1");
        clearing.dropSettlement(bank, otherBank, "HVPS 1");
        vm.stopPrank();
    }

    function test_drop_settlement_by_a_third_bank_reverts() public {
        uint32 thirdBank = _addInstitution("bank", stranger);
        vm.prank(bankOfficer);
        clearing.proposeSettlement(bank, otherBank, 500, "HVPS 1");
        _refuse(stranger, abi.encodeWithSelector(DepositAccounts.NotThisBank.selector, thirdBank, bank));
        clearing.dropSettlement(bank, otherBank, "HVPS 1");
    }

    function test_positions_of_a_failed_bank_are_its_successors_to_settle() public {
        uint32 thirdBank = _addInstitution("bank", stranger);
        _limit(700);
        _pay(700);
        _succeed(bank, thirdBank);
        _refuse(bankOfficer, abi.encodeWithSelector(IInstitutions.NotActive.selector, bank));
        clearing.proposeSettlement(bank, otherBank, 700, "HVPS 1");
        vm.prank(stranger);
        clearing.proposeSettlement(bank, otherBank, 700, "HVPS 1");
        vm.prank(otherBankOfficer);
        clearing.confirmSettlement(bank, otherBank, 700, "HVPS 1");
        _eq(_debt(), 0);
        _pay(300);
        _eq(_debt(), 300);
    }

    function test_settlement_lowers_exactly_fuzz(uint256 paid, uint256 settled) public {
        paid = bound(paid, 1, 1000);
        settled = bound(settled, 1, MAX);
        _limit(1000);
        _pay(paid);
        vm.prank(bankOfficer);
        clearing.proposeSettlement(bank, otherBank, settled, "HVPS 1");
        vm.prank(otherBankOfficer);
        clearing.confirmSettlement(bank, otherBank, settled, "HVPS 1");
        _eq(_debt(), int256(paid) - int256(settled));
    }

    // retirement

    function test_retire_stops_payments_and_leaves_settlement() public {
        _limit(700);
        _pay(700);
        vm.prank(council);
        _expectEvent();
        emit Clearing.Retired(address(0xC1EA));
        clearing.retire(address(0xC1EA));
        bytes memory reason = abi.encodeWithSelector(DepositAccounts.ContractRetired.selector, address(0xC1EA));
        _refuse(tenant, reason);
        clearing.pay(deposits, otherDeposits, landlord, 1, "rent");
        _refuse(council, reason);
        clearing.retire(address(0));
        vm.prank(bankOfficer);
        clearing.proposeSettlement(bank, otherBank, 700, "HVPS 1");
        vm.prank(otherBankOfficer);
        clearing.confirmSettlement(bank, otherBank, 700, "HVPS 1");
        _eq(_debt(), 0);
    }

    function test_retire_by_anybody_else_reverts() public {
        _refuse(bankOfficer, abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, bankOfficer));
        clearing.retire(address(0));
    }
}
