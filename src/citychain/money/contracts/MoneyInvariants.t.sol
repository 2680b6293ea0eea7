// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {DepositAccounts} from "./DepositAccounts.sol";
import {Deposits} from "./Deposits.sol";
import {MoneyHandler} from "./MoneyHandler.t.sol";
import {MoneyTest} from "./MoneyTest.t.sol";

/// @notice What is true of deposits and clearing after any acts in any order.
contract MoneyInvariantsTest is MoneyTest {
    MoneyHandler private _handler;
    address[] private _targets;
    Deposits[] private _books;
    uint32[] private _banks;
    address[] private _officers;
    address[] private _accounts;

    function setUp() public override {
        super.setUp();
        address thirdOfficer = address(0xB3);
        uint32 third = _addInstitution("bank", thirdOfficer);
        _books = [deposits, otherDeposits, _newDeposits(third, "Third Bank deposits", "TBD")];
        _banks = [bank, otherBank, third];
        _officers = [bankOfficer, otherBankOfficer, thirdOfficer];
        _accounts = [tenant, landlord, stranger, address(custodian)];
        vm.startPrank(council);
        _letClear(_books[2]);
        clearing.registerBank(_books[2]);
        vm.stopPrank();
        _handler = new MoneyHandler(clearing, _books, _banks, _officers, _accounts, judge);
        for (uint256 i = 0; i < 3; ++i) {
            for (uint256 j = 0; j < 4; ++j) {
                if (_books[i].kindOfAccount(_accounts[j]) == DepositAccounts.AccountKind.None) {
                    _handler.toggleAccount(i, j);
                }
                if (j < 3) _handler.mint(i, j, 1e8);
            }
            for (uint256 j = 0; j < 3; ++j) {
                if (i != j) _handler.setLimit(i, j, 1e10);
            }
        }
        _targets.push(address(_handler));
    }

    function targetContracts() public view returns (address[] memory) {
        return _targets;
    }

    function invariant_money() public view {
        _every_fen_is_somebodys_and_came_from_somewhere();
        _available_is_within_the_balance();
        _holds_are_bounded();
        _held_money_leaves_only_by_redirection();
        _positions_are_flows_less_settlements();
    }

    /// Nobody but open accounts holds money, and all of it was minted and not burned.
    function _every_fen_is_somebodys_and_came_from_somewhere() private view {
        for (uint256 i = 0; i < 3; ++i) {
            uint256 sum = 0;
            for (uint256 j = 0; j < 4; ++j) {
                uint256 balance = _books[i].balanceOf(_accounts[j]);
                if (_books[i].kindOfAccount(_accounts[j]) == DepositAccounts.AccountKind.None) eq(balance, 0);
                sum += balance;
            }
            uint256 supply = _books[i].totalSupply();
            eq(sum, supply);
            eq(_handler.minted(i) + _handler.arrived(i) - _handler.burned(i) - _handler.left(i), supply);
        }
    }

    function _available_is_within_the_balance() private view {
        for (uint256 i = 0; i < 3; ++i) {
            for (uint256 j = 0; j < 4; ++j) {
                address account = _accounts[j];
                uint256 bounded = _books[i].heldOf(account) + _handler.locked(i, account);
                uint256 balance = _books[i].balanceOf(account);
                eq(_books[i].availableOf(account), balance > bounded ? balance - bounded : 0);
            }
        }
    }

    /// A court's list stays short, and no court holds a custodian.
    function _holds_are_bounded() private view {
        for (uint256 i = 0; i < 3; ++i) {
            for (uint256 j = 0; j < 4; ++j) {
                ok(_books[i].holdsOf(_accounts[j]).length <= 16, "at most 16 holds");
            }
            eq(_books[i].holdsOf(address(custodian)).length, 0);
        }
    }

    function _held_money_leaves_only_by_redirection() private view {
        ok(!_handler.heldMoneyLeft(), "held money stays");
    }

    /// Positions are what was paid across less what was settled, and cancel out over all banks.
    function _positions_are_flows_less_settlements() private view {
        int256 sum = 0;
        for (uint256 i = 0; i < 3; ++i) {
            for (uint256 j = 0; j < 3; ++j) {
                if (i == j) continue;
                int256 debt = clearing.netDebt(_banks[i], _banks[j]);
                sum += debt;
                eq(bytes32(uint256(debt)), bytes32(uint256(_handler.owed(i, j))));
            }
        }
        eq(bytes32(uint256(sum)), 0);
    }
}
