// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {DepositAccounts} from "./DepositAccounts.sol";

// slither-disable-start timestamp (terms are days; the block's time is the city's clock)

/// @title What courts may order over deposits
/// @notice A key of a court with the scope "order" may hold an amount in an account under a case and until a time,
/// extend or release that hold, redirect held money to who is entitled, and reverse a wrong payment. Only the court
/// that ordered a hold, or the institution that carries its duties, may change it. A court can't create money, can't
/// take more than it holds or than is available, and can't touch a custodian: a contract that keeps money for others
/// is reached through that contract, where a party's claim can be held without harming the other parties.
/// @dev An account carries at most `MAX_HOLDS` holds at a time, so that each payment checks a bounded list. A hold
/// ends by itself at its expiry, without a transaction. A hold may exceed the balance and then catches later income
/// (the court leaves a person what they live on by the amount it names). Holds rank by age: an older hold in force is
/// served first, a younger one takes what is left (the order of waiting freezes in Chinese civil enforcement). Case
/// numbers are public for ever: a court whose judgments are published writes a salted commitment of the number here,
/// otherwise a reader could tie the account to the person named in the judgment.
abstract contract CourtOrders is DepositAccounts {
    struct Hold {
        uint64 amount;
        uint48 expiry;
        uint32 court;
        address account;
    }

    /// @notice Holds that one account carries at a time.
    uint256 public constant MAX_HOLDS = 16;
    /// @notice Holds by one court that one account carries at a time: no court alone can keep the others out.
    uint256 public constant MAX_HOLDS_OF_COURT = 8;
    /// @notice The longest time for which a hold may be ordered or extended, counted from that order: one year, the
    /// limit for freezing deposits in the Supreme People's Court's interpretation of the Civil Procedure Law.
    uint256 public constant MAX_HOLD_TIME = 366 days;

    uint64 private _lastOrder;
    mapping(uint64 orderId => Hold) private _holds;
    mapping(bytes32 key => bool) private _reversed;

    /// @notice A court held `amount` fen in `account` until `expiry` (UTC seconds, exclusive).
    event HoldOrdered(
        uint64 indexed orderId,
        address indexed account,
        uint32 indexed court,
        bytes32 caseNumber,
        uint256 amount,
        uint48 expiry
    );
    /// @notice The hold now ends at `expiry`.
    event HoldExtended(uint64 indexed orderId, address indexed account, uint48 expiry);
    /// @notice The hold, which still held `amount` fen, ended before its expiry.
    event HoldReleased(uint64 indexed orderId, address indexed account, uint256 amount);
    /// @notice `amount` fen of held money went to `to`; `remaining` stays held, and the hold is over when it is zero.
    event HoldRedirected(
        uint64 indexed orderId, address indexed account, address indexed to, uint256 amount, uint256 remaining
    );
    /// @notice A court moved a wrong payment back.
    event PaymentReversed(
        uint32 indexed court,
        address indexed from,
        address indexed to,
        bytes32 caseNumber,
        uint256 amount,
        bytes32 originalReference
    );

    /// @notice The account keeps money for others: hold the party's claim in that contract instead.
    error CustodianCannotBeHeld(address account);
    /// @notice The time is past, before the hold's present end, or more than `MAX_HOLD_TIME` ahead.
    error ExpiryInvalid(uint48 expiry);
    /// @notice The account carries `MAX_HOLDS` holds. Wait until one ends, or have its court release it.
    error TooManyHolds(address account);
    /// @notice The account carries `MAX_HOLDS_OF_COURT` holds of this court. Release one first.
    error TooManyHoldsOfCourt(address account, uint32 court);
    /// @notice The hold never was, was released or used up, or has expired. Order a new one.
    error HoldNotInForce(uint64 orderId);
    /// @notice The hold was ordered by another court, whose duties the sender's institution doesn't carry.
    error NotThisCourt(uint32 institution, uint32 court);
    /// @notice The order holds only `remaining`. Redirect no more than that.
    error RedirectExceedsHold(uint64 orderId, uint256 remaining, uint256 needed);
    /// @notice An order must name its case.
    error CaseNumberMissing();
    /// @notice This payment was already reversed in this case. For the rest, hold and redirect.
    error AlreadyReversed(bytes32 caseNumber, bytes32 originalReference);

    /// @notice Holds `amount` fen in `account` under `caseNumber` until `expiry`.
    /// @return orderId names the hold in every later order about it.
    function hold(bytes32 caseNumber, address account, uint256 amount, uint48 expiry)
        external
        returns (uint64 orderId)
    {
        uint32 court = _requireCourt();
        if (caseNumber == 0) revert CaseNumberMissing();
        _requireAmount(amount);
        _requireReachable(account);
        _requireExpiry(expiry);
        uint64[] storage holds = _accounts[account].holds;
        _prune(holds);
        if (holds.length == MAX_HOLDS) revert TooManyHolds(account);
        _requireRoomForCourt(account, court);
        orderId = ++_lastOrder;
        // the cast is safe: _requireAmount bounds the amount below 2^63
        _holds[orderId] = Hold(uint64(amount), expiry, court, account);
        holds.push(orderId);
        emit HoldOrdered(orderId, account, court, caseNumber, amount, expiry);
    }

    /// @notice Lets a hold in force end later, at `expiry`. It keeps its rank.
    function extendHold(uint64 orderId, uint48 expiry) external {
        Hold storage order = _requireOwnHold(orderId);
        _requireExpiry(expiry);
        if (expiry <= order.expiry) revert ExpiryInvalid(expiry);
        order.expiry = expiry;
        emit HoldExtended(orderId, order.account, expiry);
    }

    /// @notice Ends a hold in force now.
    function releaseHold(uint64 orderId) external {
        Hold memory order = _requireOwnHold(orderId);
        _remove(orderId, order.account);
        emit HoldReleased(orderId, order.account, order.amount);
    }

    /// @notice Pays `amount` fen of the money that the order holds to `to`, an ordinary account at this bank. Limited
    /// to what the order still holds and to what older holds in force leave of the balance.
    /// @dev Ranks before a waiting withdrawal, whose money is still in the account: the bank then refuses the
    /// withdrawal.
    function redirect(uint64 orderId, address to, uint256 amount) external {
        Hold storage order = _requireOwnHold(orderId);
        _requireAmount(amount);
        _requireReachable(to);
        address account = order.account;
        if (amount > order.amount) revert RedirectExceedsHold(orderId, order.amount, amount);
        uint256 payable_ = _less(balanceOf(account), _heldBefore(account, orderId));
        if (amount > payable_) revert InsufficientAvailable(account, payable_, amount);
        uint256 remaining = order.amount - amount;
        // the cast is safe: remaining is below what the field held
        order.amount = uint64(remaining);
        if (remaining == 0) _remove(orderId, account);
        ERC20._update(account, to, amount);
        emit HoldRedirected(orderId, account, to, amount, remaining);
    }

    /// @notice Moves `amount` fen of a wrong payment, named by the reference it carried, back from `from` to `to`.
    /// Limited to the available balance of `from`; once for a payment in a case, so that a repeated request can't
    /// take twice.
    function reverse(bytes32 caseNumber, address from, address to, uint256 amount, bytes32 originalReference) external {
        uint32 court = _requireCourt();
        if (caseNumber == 0) revert CaseNumberMissing();
        _requireAmount(amount);
        _requireReachable(from);
        _requireReachable(to);
        bytes32 key = keccak256(abi.encode(caseNumber, from, originalReference));
        if (_reversed[key]) revert AlreadyReversed(caseNumber, originalReference);
        _reversed[key] = true;
        _transfer(from, to, amount);
        emit PaymentReversed(court, from, to, caseNumber, amount, originalReference);
    }

    /// @notice A hold as it stands; all zero when it was released or used up. Past its `expiry` it binds nothing.
    function holdOf(uint64 orderId) external view returns (Hold memory order) {
        return _holds[orderId];
    }

    /// @notice The holds that `account` carries, oldest first; expired ones may still be listed.
    function holdsOf(address account) external view returns (uint64[] memory orderIds) {
        return _accounts[account].holds;
    }

    /// @inheritdoc DepositAccounts
    function heldOf(address account) public view override returns (uint256 held) {
        return _heldBefore(account, type(uint64).max);
    }

    /// @dev Holds in force on `account` that are older than `orderId`.
    function _heldBefore(address account, uint64 orderId) private view returns (uint256 held) {
        uint64[] storage holds = _accounts[account].holds;
        uint256 length = holds.length;
        for (uint256 i = 0; i < length && holds[i] < orderId; ++i) {
            Hold storage order = _holds[holds[i]];
            if (_inForce(order)) held += order.amount;
        }
    }

    function _inForce(Hold storage order) private view returns (bool) {
        return block.timestamp < order.expiry;
    }

    function _requireCourt() private view returns (uint32 court) {
        return INSTITUTIONS.requireActing(_msgSender(), "court", "order");
    }

    function _requireOwnHold(uint64 orderId) private view returns (Hold storage order) {
        uint32 institution = _requireCourt();
        order = _holds[orderId];
        if (!_inForce(order)) revert HoldNotInForce(orderId);
        if (institution != INSTITUTIONS.dutyHolder(order.court)) revert NotThisCourt(institution, order.court);
    }

    function _requireReachable(address account) private view {
        _requireOpen(account);
        if (_accounts[account].kind == AccountKind.Custodian) revert CustodianCannotBeHeld(account);
    }

    function _requireExpiry(uint48 expiry) private view {
        if (expiry <= block.timestamp || expiry > block.timestamp + MAX_HOLD_TIME) revert ExpiryInvalid(expiry);
    }

    function _requireRoomForCourt(address account, uint32 court) private view {
        uint64[] storage holds = _accounts[account].holds;
        uint256 own = 0;
        for (uint256 i = 0; i < holds.length; ++i) {
            if (_holds[holds[i]].court == court) ++own;
        }
        if (own >= MAX_HOLDS_OF_COURT) revert TooManyHoldsOfCourt(account, court);
    }

    /// @dev Drops the expired holds of a list and keeps the others' order.
    function _prune(uint64[] storage holds) private {
        uint256 kept = 0;
        for (uint256 i = 0; i < holds.length; ++i) {
            if (_inForce(_holds[holds[i]])) holds[kept++] = holds[i];
            else delete _holds[holds[i]];
        }
        while (holds.length > kept) holds.pop();
    }

    function _remove(uint64 orderId, address account) private {
        _holds[orderId].expiry = 0;
        _prune(_accounts[account].holds);
    }
}
// slither-disable-end timestamp
