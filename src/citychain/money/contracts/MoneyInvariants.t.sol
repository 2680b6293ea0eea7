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
        for (uint256 book = 0; book < 3; ++book) {
            _every_fen_is_somebodys_and_came_from_somewhere(book);
        }
        _held_money_leaves_only_by_redirection();
        _positions_are_flows_less_settlements();
    }

    /// Only open accounts hold money, all of it was minted and not burned, and what is held or locked is not available.
    function _every_fen_is_somebodys_and_came_from_somewhere(uint256 book) private view {
        uint256 sum = 0;
        for (uint256 i = 0; i < 4; ++i) {
            address account = _accounts[i];
            uint256 balance = _books[book].balanceOf(account);
            if (balance == 0) continue;
            sum += balance;
            ok(_books[book].kindOfAccount(account) != DepositAccounts.AccountKind.None, "the account is open");
            uint256 bounded = _books[book].heldOf(account) + _handler.locked(book, account);
            eq(_books[book].availableOf(account), balance > bounded ? balance - bounded : 0);
        }
        uint256 supply = _books[book].totalSupply();
        eq(sum, supply);
        eq(_handler.minted(book) + _handler.arrived(book) - _handler.burned(book) - _handler.left(book), supply);
    }

    function _held_money_leaves_only_by_redirection() private view {
        ok(!_handler.heldMoneyLeft(), "held money stays");
    }

    /// Positions are what was paid across less what was settled, and sum to zero over all banks.
    function _positions_are_flows_less_settlements() private view {
        for (uint256 i = 0; i < 3; ++i) {
            for (uint256 j = i + 1; j < 3; ++j) {
                int256 debt = clearing.netDebt(_banks[i], _banks[j]);
                eq(bytes32(uint256(debt)), bytes32(uint256(_handler.owed(i, j))));
                eq(bytes32(uint256(clearing.netDebt(_banks[j], _banks[i]))), bytes32(uint256(-debt)));
            }
        }
    }
}
