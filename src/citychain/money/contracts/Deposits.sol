// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {CityContext} from "@citychain/chain/contracts/CityContext.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {CourtOrders} from "./CourtOrders.sol";
import {DepositAccounts} from "./DepositAccounts.sol";

// slither-disable-start timestamp (terms are days; the block's time is the city's clock)

/// @title One bank's deposits, mirrored as tokens
/// @notice Each token is one fen that the bank owes to the account that holds it. It mirrors an entry in the bank's
/// core system; it is not a currency, and nobody but that bank owes it.
///
/// Who may do what. The bank (a key of the institution that carries its duties today, so a successor of a failed bank
/// steps in without a change here): mint against a payment received, settle or refuse a withdrawal, open and close
/// accounts. A holder: pay, approve, ask for a withdrawal, take back a withdrawal that the bank left lying. A court:
/// see CourtOrders. The clearing contract: burn here when a holder pays to another bank, mint when one is paid from
/// another. The council's administration: retire the contract.
///
/// What it does not do. The bank alone can't take a holder's money: money ends only by the holder's own request
/// (`requestWithdrawal`, or a payment through clearing) and moves against the holder's will only by a court's order.
/// Mint references are used once, so a core system may repeat a request that it thinks lost. It pays no interest and
/// knows no names.
///
/// How it is replaced. `retire` stops minting and opening for good; payments, withdrawals, court orders and payments
/// out through clearing go on. Holders leave by a withdrawal, or by a clearing payment to their own account in the
/// successor contract. Held money stays until the hold ends.
contract Deposits is CourtOrders {
    struct Withdrawal {
        address holder;
        uint64 amount;
        uint48 deadline;
    }

    /// @notice How long the bank has to settle or refuse a withdrawal before its holder may take it back.
    uint48 public constant WITHDRAWAL_TIME = 3 days;

    /// @notice Whether this payment received by the bank has been minted: ask before repeating a request.
    mapping(bytes32 ref => bool used) public mintReferenceUsed;
    /// @notice Whether the contract is retired.
    bool public retired;
    /// @notice The contract that follows a retired one; zero when none does.
    address public successor;

    uint64 private _lastWithdrawal;
    mapping(uint64 withdrawalId => Withdrawal) private _withdrawals;
    mapping(address holder => mapping(bytes32 ref => bool)) private _withdrawalReferenceUsed;

    /// @notice The bank received money for `to` and owes it from now on.
    event Minted(address indexed to, uint256 amount, bytes32 indexed ref);
    /// @notice A payment carried the payer's reference.
    event PaymentReferenced(address indexed from, address indexed to, uint256 amount, bytes32 indexed ref);
    /// @notice `holder` asked for `amount` fen to be paid out; it is locked. From `deadline` they may take it back.
    event WithdrawalRequested(
        uint64 indexed withdrawalId, address indexed holder, uint256 amount, bytes32 indexed ref, uint48 deadline
    );
    /// @notice The bank paid out; the tokens are burned.
    event WithdrawalSettled(uint64 indexed withdrawalId, address indexed holder, uint256 amount);
    /// @notice The bank will not pay out, for the reason it commits to; the money is unlocked.
    event WithdrawalRefused(uint64 indexed withdrawalId, address indexed holder, uint256 amount, bytes32 reason);
    /// @notice The bank left the withdrawal lying and the holder took it back; the money is unlocked.
    event WithdrawalCancelled(uint64 indexed withdrawalId, address indexed holder, uint256 amount);
    /// @notice No new money and no new accounts from now on.
    event Retired(address successor);

    /// @notice The reference was used before: the earlier request went through. Don't repeat it.
    error ReferenceUsed(bytes32 ref);
    /// @notice Each creation and each end of money must name the bank's or the holder's own record of it.
    error ReferenceMissing();
    /// @notice There is no such withdrawal, or it was settled, refused or cancelled.
    error WithdrawalNotWaiting(uint64 withdrawalId);
    /// @notice Only who asked for the withdrawal may take it back.
    error NotWithdrawalHolder(address account);
    /// @notice The bank still has until `deadline` (UTC seconds) to settle or refuse.
    error WithdrawalNotDue(uint48 deadline);

    constructor(address authority_, address institutions, uint32 bank, string memory name_, string memory symbol_)
        ERC20(name_, symbol_)
        ERC20Permit(name_)
        CityContext(authority_)
        DepositAccounts(institutions, bank, name_, symbol_)
    {}

    /// @notice Credits `to` with `amount` fen that the bank received under `ref`, a salted commitment of its own
    /// record. By a key of the bank with the scope "mint".
    function mint(address to, uint256 amount, bytes32 ref) external {
        _requireBank("mint");
        _requireNotRetired();
        _requireAmount(amount);
        if (ref == 0) revert ReferenceMissing();
        if (mintReferenceUsed[ref]) revert ReferenceUsed(ref);
        mintReferenceUsed[ref] = true;
        _mint(to, amount);
        emit Minted(to, amount, ref);
    }

    /// @notice Pays `amount` fen to `to` with the payer's reference, which need not be new.
    function transferWithReference(address to, uint256 amount, bytes32 ref) external {
        if (ref == 0) revert ReferenceMissing();
        _transfer(_msgSender(), to, amount);
        emit PaymentReferenced(_msgSender(), to, amount, ref);
    }

    /// @notice Asks the bank to pay `amount` available fen out, to the place that the holder told the bank under
    /// `ref`. The money is locked until the bank settles or refuses, or the holder cancels after `WITHDRAWAL_TIME`.
    /// @return withdrawalId names the withdrawal in every later call about it.
    function requestWithdrawal(uint256 amount, bytes32 ref) external returns (uint64 withdrawalId) {
        address holder = _msgSender();
        _requireAmount(amount);
        _requireOpen(holder);
        if (ref == 0) revert ReferenceMissing();
        if (_withdrawalReferenceUsed[holder][ref]) revert ReferenceUsed(ref);
        uint256 available = availableOf(holder);
        if (amount > available) revert InsufficientAvailable(holder, available, amount);
        _withdrawalReferenceUsed[holder][ref] = true;
        uint48 deadline = uint48(block.timestamp) + WITHDRAWAL_TIME;
        withdrawalId = ++_lastWithdrawal;
        // the casts are safe: _requireAmount bounds the amount below 2^63
        _withdrawals[withdrawalId] = Withdrawal(holder, uint64(amount), deadline);
        _accounts[holder].locked += uint64(amount);
        emit WithdrawalRequested(withdrawalId, holder, amount, ref, deadline);
    }

    /// @notice Burns the money of a waiting withdrawal. By a key of the bank with the scope "burn".
    /// @dev The bank burns first and pays then: a court's hold that came after the request takes precedence (the bank
    /// must refuse), and after the deadline the holder may have taken the money back.
    function settleWithdrawal(uint64 withdrawalId) external {
        _requireBank("burn");
        (address holder, uint256 amount) = _end(withdrawalId);
        uint256 free = _less(balanceOf(holder), heldOf(holder));
        if (amount > free) revert InsufficientAvailable(holder, free, amount);
        ERC20._update(holder, address(0), amount);
        emit WithdrawalSettled(withdrawalId, holder, amount);
    }

    /// @notice Unlocks the money of a waiting withdrawal that the bank will not pay out. By a key of the bank with
    /// the scope "burn". `reason` commits to the letter that the bank sends to the holder.
    function refuseWithdrawal(uint64 withdrawalId, bytes32 reason) external {
        _requireBank("burn");
        if (reason == 0) revert ReferenceMissing();
        (address holder, uint256 amount) = _end(withdrawalId);
        emit WithdrawalRefused(withdrawalId, holder, amount, reason);
    }

    /// @notice Unlocks the money of the sender's own withdrawal that the bank left lying until its deadline.
    function cancelWithdrawal(uint64 withdrawalId) external {
        Withdrawal memory waiting = _withdrawals[withdrawalId];
        if (waiting.holder == address(0)) revert WithdrawalNotWaiting(withdrawalId);
        if (waiting.holder != _msgSender()) revert NotWithdrawalHolder(_msgSender());
        if (block.timestamp < waiting.deadline) revert WithdrawalNotDue(waiting.deadline);
        (address holder, uint256 amount) = _end(withdrawalId);
        emit WithdrawalCancelled(withdrawalId, holder, amount);
    }

    /// @notice Burns what `from` pays to another bank. Only the clearing contract, which passes the payer itself.
    function clearingBurn(address from, uint256 amount) external restricted {
        _requireAmount(amount);
        _burn(from, amount);
    }

    /// @notice Credits `to` with what was paid from another bank. Only the clearing contract.
    function clearingMint(address to, uint256 amount) external restricted {
        _requireNotRetired();
        _requireAmount(amount);
        _mint(to, amount);
    }

    /// @notice Stops new money and new accounts for good. By the council's administration; `successor_` is zero when
    /// the bank leaves the city.
    function retire(address successor_) external restricted {
        _requireNotRetired();
        retired = true;
        // slither-disable-next-line missing-zero-check (zero says that nothing follows)
        successor = successor_;
        emit Retired(successor_);
    }

    /// @notice A waiting withdrawal; all zero once it was settled, refused or cancelled.
    function withdrawalOf(uint64 withdrawalId) external view returns (Withdrawal memory waiting) {
        return _withdrawals[withdrawalId];
    }

    /// @dev Forgets a waiting withdrawal and unlocks its money.
    function _end(uint64 withdrawalId) private returns (address holder, uint256 amount) {
        Withdrawal memory waiting = _withdrawals[withdrawalId];
        if (waiting.holder == address(0)) revert WithdrawalNotWaiting(withdrawalId);
        delete _withdrawals[withdrawalId];
        _accounts[waiting.holder].locked -= waiting.amount;
        return (waiting.holder, waiting.amount);
    }

    function _requireNotRetired() internal view override {
        if (retired) revert ContractRetired(successor);
    }
}
// slither-disable-end timestamp
