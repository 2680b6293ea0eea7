// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {CityTest} from "@citychain/chain/contracts/Vm.sol";
import {Clearing} from "./Clearing.sol";
import {CourtOrders} from "./CourtOrders.sol";
import {DepositAccounts} from "./DepositAccounts.sol";
import {Deposits} from "./Deposits.sol";

/// @notice Random acts of holders, banks and a court at three banks, and what must be true of the money after them.
contract MoneyHandler is CityTest {
    uint256 public constant BANKS = 3;
    uint256 public constant ACCOUNTS = 4;

    Clearing private immutable CLEARING;
    address private immutable JUDGE;
    Deposits[] public books;
    uint32[] public banks;
    address[] private _officers;
    address[] public accounts;

    uint256[3] public minted;
    uint256[3] public burned;
    uint256[3] public arrived;
    uint256[3] public left;
    /// What each bank owes each other one by what was paid and settled.
    int256[3][3] public owed;
    mapping(uint256 book => mapping(address account => uint256)) public locked;
    mapping(uint256 book => uint64) private _withdrawals;
    mapping(uint256 book => uint64) private _orders;
    /// Held money left an account otherwise than by redirection.
    bool public heldMoneyLeft;
    uint256 private _references;

    constructor(
        Clearing clearing,
        Deposits[] memory books_,
        uint32[] memory banks_,
        address[] memory officers,
        address[] memory accounts_,
        address judge
    ) {
        (CLEARING, JUDGE) = (clearing, judge);
        (books, banks, _officers, accounts) = (books_, banks_, officers, accounts_);
    }

    /// What courts hold in the accounts of `book` must still be there after the act.
    modifier keepsHeldMoney(uint256 book) {
        book %= BANKS;
        uint256[ACCOUNTS] memory guarded;
        for (uint256 i = 0; i < ACCOUNTS; ++i) {
            guarded[i] = _least(books[book].heldOf(accounts[i]), books[book].balanceOf(accounts[i]));
        }
        _;
        for (uint256 i = 0; i < ACCOUNTS; ++i) {
            if (books[book].balanceOf(accounts[i]) < guarded[i]) heldMoneyLeft = true;
        }
    }

    function mint(uint256 book, uint256 to, uint256 amount) external {
        book %= BANKS;
        amount = bound(amount, 1, 1e9);
        bytes32 ref = _ref();
        vm.prank(_officers[book]);
        books[book].mint(_account(to), amount, ref);
        minted[book] += amount;
    }

    function transfer(uint256 book, uint256 from, uint256 to, uint256 amount) external keepsHeldMoney(book) {
        amount = bound(amount, 0, books[book % BANKS].balanceOf(_account(from)));
        vm.prank(_account(from));
        books[book % BANKS].transfer(_account(to), amount);
    }

    function requestWithdrawal(uint256 book, uint256 from, uint256 amount) external {
        book %= BANKS;
        address holder = _account(from);
        amount = bound(amount, 1, 1 + books[book].availableOf(holder));
        bytes32 ref = _ref();
        vm.prank(holder);
        _withdrawals[book] = books[book].requestWithdrawal(amount, ref);
        locked[book][holder] += amount;
    }

    function settleWithdrawal(uint256 book, uint64 id) external keepsHeldMoney(book) {
        book %= BANKS;
        id = _recent(_withdrawals[book], id);
        Deposits.Withdrawal memory waiting = books[book].withdrawalOf(id);
        vm.prank(_officers[book]);
        books[book].settleWithdrawal(id);
        burned[book] += waiting.amount;
        locked[book][waiting.holder] -= waiting.amount;
    }

    function endWithdrawal(uint256 book, uint64 id, bool byHolder) external {
        book %= BANKS;
        id = _recent(_withdrawals[book], id);
        Deposits.Withdrawal memory waiting = books[book].withdrawalOf(id);
        if (byHolder) {
            vm.prank(waiting.holder);
            books[book].cancelWithdrawal(id);
        } else {
            vm.prank(_officers[book]);
            books[book].refuseWithdrawal(id, "letter");
        }
        locked[book][waiting.holder] -= waiting.amount;
    }

    function hold(uint256 book, uint256 account, uint256 amount, uint256 time) external {
        book %= BANKS;
        amount = bound(amount, 1, 1e9);
        uint48 expiry = uint48(block.timestamp + bound(time, 1, 30 days));
        vm.prank(JUDGE);
        _orders[book] = books[book].hold("case", _account(account), amount, expiry);
    }

    function changeHold(uint256 book, uint64 id, bool release) external {
        book %= BANKS;
        id = _recent(_orders[book], id);
        uint48 expiry = books[book].holdOf(id).expiry + 1 days;
        vm.prank(JUDGE);
        if (release) books[book].releaseHold(id);
        else books[book].extendHold(id, expiry);
    }

    /// What older orders in force hold must still be there after a redirection.
    function redirect(uint256 book, uint64 id, uint256 to, uint256 amount) external {
        book %= BANKS;
        id = _recent(_orders[book], id);
        CourtOrders.Hold memory order = books[book].holdOf(id);
        amount = bound(amount, 1, order.amount);
        uint256 guarded = _least(_heldBefore(book, order.account, id), books[book].balanceOf(order.account));
        vm.prank(JUDGE);
        books[book].redirect(id, _account(to), amount);
        if (books[book].balanceOf(order.account) < guarded) heldMoneyLeft = true;
    }

    function reverse(uint256 book, uint256 from, uint256 to, uint256 amount) external keepsHeldMoney(book) {
        amount = bound(amount, 1, 1 + books[book % BANKS].availableOf(_account(from)));
        bytes32 ref = _ref();
        vm.prank(JUDGE);
        books[book % BANKS].reverse("case", _account(from), _account(to), amount, ref);
    }

    function pay(uint256 from, uint256 to, uint256 payer, uint256 payee, uint256 amount) external keepsHeldMoney(from) {
        (from, to) = (from % BANKS, to % BANKS);
        amount = bound(amount, 1, 1 + books[from].availableOf(_account(payer)));
        vm.prank(_account(payer));
        CLEARING.pay(books[from], books[to], _account(payee), amount, 0);
        left[from] += amount;
        arrived[to] += amount;
        _owe(from, to, int256(amount));
    }

    function setLimit(uint256 creditor, uint256 debtor, uint256 limit) external {
        (creditor, debtor) = (creditor % BANKS, debtor % BANKS);
        vm.prank(_officers[creditor]);
        CLEARING.setLimit(banks[creditor], banks[debtor], bound(limit, 0, 1e10));
    }

    function settle(uint256 debtor, uint256 creditor, uint256 amount) external {
        (creditor, debtor) = (creditor % BANKS, debtor % BANKS);
        amount = bound(amount, 1, 1e9);
        bytes32 ref = _ref();
        vm.prank(_officers[debtor]);
        CLEARING.proposeSettlement(banks[debtor], banks[creditor], amount, ref);
        vm.prank(_officers[creditor]);
        CLEARING.confirmSettlement(banks[debtor], banks[creditor], amount, ref);
        _owe(debtor, creditor, -int256(amount));
    }

    function toggleAccount(uint256 book, uint256 account) external {
        book %= BANKS;
        address holder = _account(account);
        bool closed = books[book].kindOfAccount(holder) == DepositAccounts.AccountKind.None;
        vm.prank(_officers[book]);
        if (closed) books[book].openAccount(holder, holder.code.length != 0);
        else books[book].closeAccount(holder);
    }

    function pass(uint256 time) external {
        vm.warp(block.timestamp + bound(time, 1, 2 days));
    }

    function _owe(uint256 debtor, uint256 creditor, int256 amount) private {
        owed[debtor][creditor] += amount;
        owed[creditor][debtor] -= amount;
    }

    function _heldBefore(uint256 book, address account, uint64 id) private view returns (uint256 held) {
        uint64[] memory orders = books[book].holdsOf(account);
        for (uint256 i = 0; i < orders.length; ++i) {
            CourtOrders.Hold memory order = books[book].holdOf(orders[i]);
            if (orders[i] < id && order.expiry > block.timestamp) held += order.amount;
        }
    }

    function _account(uint256 seed) private view returns (address) {
        return accounts[seed % ACCOUNTS];
    }

    /// One of the last four ids.
    function _recent(uint64 last, uint64 seed) private pure returns (uint64) {
        uint64 back = seed % 4;
        return last > back ? last - back : last;
    }

    function _ref() private returns (bytes32) {
        return bytes32(++_references);
    }

    function _least(uint256 left_, uint256 right) private pure returns (uint256) {
        return left_ < right ? left_ : right;
    }
}
