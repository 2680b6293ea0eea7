// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IInstitutions} from "@citychain/chain/contracts/IInstitutions.sol";
import {CityContext} from "@citychain/chain/contracts/CityContext.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {Context} from "@openzeppelin/contracts/utils/Context.sol";

/// @title The accounts in which one bank's tokenised deposits are held
/// @notice An ERC-20 with permit and two decimals (the unit is the fen, 0.01 CNY) whose balances exist only in
/// accounts that the bank opened. The bank opens and closes accounts; holders move their available money between open
/// accounts; available is the balance less what a withdrawal locks and what courts hold. Nobody here can move
/// another's money: what courts may do is in CourtOrders, what creates and ends money in Deposits.
/// @dev Allowances are bounded like amounts, so there is no unlimited approval: `type(uint256).max` is refused.
abstract contract DepositAccounts is ERC20Permit, CityContext {
    /// @notice What an address is to this bank. A custodian is a contract that keeps money for others.
    enum AccountKind {
        None,
        Holder,
        Custodian
    }

    struct Account {
        AccountKind kind;
        uint64 locked;
        uint64[] holds;
    }

    /// @notice Every amount, allowance and the whole supply stay at or below this, so that they fit a signed 64-bit
    /// column.
    uint256 public constant MAX_AMOUNT = 2 ** 63 - 1;
    /// @notice Accounts in one call of `openAccounts`: what fits the forwarder's limit of 8 kB of calldata.
    uint256 public constant MAX_BATCH = 200;

    /// @notice The register of institutions that says who may act.
    IInstitutions public immutable INSTITUTIONS;
    /// @notice The institution whose liability these deposits are; its duty holder acts for it.
    uint32 public immutable BANK;

    mapping(address account => Account) internal _accounts;

    /// @notice The contract began to mirror the deposits of `bank`.
    event DepositsCreated(uint32 indexed bank, address institutions, string name, string symbol);
    /// @notice `account` may hold deposits from now on.
    event AccountOpened(address indexed account, bool custodian);
    /// @notice `account`, empty, may no longer hold deposits.
    event AccountClosed(address indexed account);

    /// @notice The amount, or the sum that it would lead to, is 2^63 fen or more. Send less; approve what is needed.
    error AmountTooLarge(uint256 amount);
    /// @notice An amount of nothing would leave a record without a meaning. Name an amount.
    error AmountZero();
    /// @notice The account is not open at this bank. Its holder must open one at the bank first.
    error AccountNotOpen(address account);
    /// @notice The account is already open. Leave it out; to change its kind, close it first.
    error AccountAlreadyOpen(address account);
    /// @notice The zero address and this contract can't be account holders: money there would be lost.
    error InvalidHolder(address account);
    /// @notice A custodian must be a contract: a key, also one that delegates its code by EIP-7702, is a person and
    /// must stay in reach of courts. Open it as an ordinary account.
    error CustodianHasNoCode(address account);
    /// @notice The account still holds money. Its holder withdraws or pays it out first.
    error AccountNotEmpty(address account, uint256 balance);
    /// @notice A withdrawal from the account waits. Settle or refuse it first.
    error WithdrawalWaits(address account, uint256 locked);
    /// @notice A court's hold on the account is in force. It must be released or expire first.
    error AccountHeld(address account);
    /// @notice The account has less than `needed` free of withdrawals and court holds. Pay less, or wait.
    error InsufficientAvailable(address account, uint256 available, uint256 needed);
    /// @notice The key acts for another institution than the one that carries this bank's duties today.
    error NotThisBank(uint32 institution, uint32 bank);
    /// @notice More accounts than `MAX_BATCH`. Split the call.
    error BatchTooLarge(uint256 length, uint256 maximum);
    /// @notice The contract is retired: no new money, no new accounts. Use its successor, if it has one.
    error ContractRetired(address successor);

    constructor(address institutions, uint32 bank, string memory name_, string memory symbol_) {
        INSTITUTIONS = IInstitutions(institutions);
        BANK = bank;
        if (INSTITUTIONS.kindOf(bank) != "bank") revert IInstitutions.WrongKind(bank, "bank");
        emit DepositsCreated(bank, institutions, name_, symbol_);
    }

    /// @notice Opens an account for `holder`; with `custodian` for a contract that keeps money for others and that
    /// courts can't hold as a whole. By a key of the bank with the scope "accounts".
    /// @dev The bank answers for the mark: it must have read the contract, and must never mark one person's wallet.
    function openAccount(address holder, bool custodian) external {
        _requireBank("accounts");
        _requireNotRetired();
        if (custodian && !_isContract(holder)) revert CustodianHasNoCode(holder);
        _open(holder, custodian);
    }

    /// @notice Opens an ordinary account for each of `holders`, or for none if one is refused. At most `MAX_BATCH`.
    function openAccounts(address[] calldata holders) external {
        _requireBank("accounts");
        _requireNotRetired();
        if (holders.length > MAX_BATCH) revert BatchTooLarge(holders.length, MAX_BATCH);
        for (uint256 i = 0; i < holders.length; ++i) {
            _open(holders[i], false);
        }
    }

    /// @notice Closes the account of `holder`, which must be empty, without a waiting withdrawal and not held.
    function closeAccount(address holder) external {
        _requireBank("accounts");
        _requireOpen(holder);
        uint256 balance = balanceOf(holder);
        if (balance != 0) revert AccountNotEmpty(holder, balance);
        if (_accounts[holder].locked != 0) revert WithdrawalWaits(holder, _accounts[holder].locked);
        if (heldOf(holder) != 0) revert AccountHeld(holder);
        delete _accounts[holder];
        emit AccountClosed(holder);
    }

    /// @notice What `account` is to this bank; None when it is not open.
    function kindOfAccount(address account) external view returns (AccountKind kind) {
        return _accounts[account].kind;
    }

    /// @notice What waiting withdrawals lock, in fen.
    function lockedOf(address account) external view returns (uint256 locked) {
        return _accounts[account].locked;
    }

    /// @notice What `account` may pay now, in fen: its balance less `lockedOf` and `heldOf`, never below zero.
    function availableOf(address account) public view returns (uint256 available) {
        return _less(balanceOf(account), heldOf(account) + _accounts[account].locked);
    }

    /// @notice The sum of the court holds in force now, in fen. It may exceed the balance: a hold catches later
    /// income.
    function heldOf(address account) public view virtual returns (uint256 held);

    /// @notice Two: the unit is the fen.
    function decimals() public pure override returns (uint8) {
        return 2;
    }

    /// @dev Reverts with ContractRetired once the contract is retired.
    function _requireNotRetired() internal view virtual;

    function _open(address holder, bool custodian) private {
        if (holder == address(0) || holder == address(this)) revert InvalidHolder(holder);
        if (_accounts[holder].kind != AccountKind.None) revert AccountAlreadyOpen(holder);
        _accounts[holder].kind = custodian ? AccountKind.Custodian : AccountKind.Holder;
        emit AccountOpened(holder, custodian);
    }

    /// @dev The sender must act in `scope` for the institution that carries this bank's duties.
    function _requireBank(bytes32 scope) internal view {
        uint32 institution = INSTITUTIONS.requireActing(_msgSender(), "bank", scope);
        if (institution != INSTITUTIONS.dutyHolder(BANK)) revert NotThisBank(institution, BANK);
    }

    function _requireOpen(address account) internal view {
        if (_accounts[account].kind == AccountKind.None) revert AccountNotOpen(account);
    }

    function _requireAmount(uint256 amount) internal pure {
        if (amount == 0) revert AmountZero();
        if (amount > MAX_AMOUNT) revert AmountTooLarge(amount);
    }

    /// @dev Code that is not an EIP-7702 delegation (0xef0100 and an address), which a person's key may carry.
    function _isContract(address account) private view returns (bool) {
        bytes memory code = account.code;
        return code.length != 0 && !(code.length == 23 && bytes3(code) == 0xef0100);
    }

    function _less(uint256 amount, uint256 less) internal pure returns (uint256) {
        return amount > less ? amount - less : 0;
    }

    /// @dev Every way by which money moves passes here, but for a court's redirection of money that it holds and the
    /// burn of a withdrawal, which call ERC20._update because held or locked money is not available.
    function _update(address from, address to, uint256 value) internal virtual override {
        if (value > MAX_AMOUNT) revert AmountTooLarge(value);
        if (from != address(0)) {
            _requireOpen(from);
            uint256 available = availableOf(from);
            if (value > available) revert InsufficientAvailable(from, available, value);
        }
        if (to != address(0)) _requireOpen(to);
        super._update(from, to, value);
        if (from == address(0) && totalSupply() > MAX_AMOUNT) revert AmountTooLarge(totalSupply());
    }

    function _approve(address owner, address spender, uint256 value, bool emitEvent) internal override {
        if (value > MAX_AMOUNT) revert AmountTooLarge(value);
        super._approve(owner, spender, value, emitEvent);
    }

    function _msgSender() internal view override(Context, CityContext) returns (address) {
        return CityContext._msgSender();
    }

    function _msgData() internal view override(Context, CityContext) returns (bytes calldata) {
        return CityContext._msgData();
    }

    function _contextSuffixLength() internal view override(Context, CityContext) returns (uint256) {
        return CityContext._contextSuffixLength();
    }
}
