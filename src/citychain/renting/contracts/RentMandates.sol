// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Months} from "./Months.sol";
import {RentPayments} from "./RentPayments.sol";

// slither-disable-start timestamp (terms are days; the block's time is the city's clock)

/// @title Rent that pays itself
/// @notice A payer lets anybody trigger the payment of what is due under one lease, at most so much in a calendar month and
/// until a time. It never takes what is not yet due, nor the same rent twice; it takes the money of who gave the mandate only,
/// by the allowance that they gave this contract at the bank.
abstract contract RentMandates is RentPayments {
    struct Mandate {
        /// The most in one calendar month, in fen; 0 when there is no mandate.
        uint64 most;
        /// When it ends, in UTC seconds, exclusive.
        uint48 validUntil;
        /// The last calendar month in which it was used (months since January 1970), and what it took then.
        uint32 month;
        uint64 taken;
    }

    /// @notice The longest time for which a mandate may be given.
    uint256 public constant MAX_MANDATE_TIME = 3 * 366 days;

    mapping(uint64 leaseId => mapping(address payer => Mandate)) private _mandates;

    /// @notice Anybody may trigger rent of the lease from `payer`, at most `most` fen in a calendar month, until before
    /// `validUntil` (UTC seconds).
    event RentMandateGiven(uint64 indexed leaseId, address indexed payer, uint256 most, uint48 validUntil);
    /// @notice The mandate is over, by its payer.
    event RentMandateRevoked(uint64 indexed leaseId, address indexed payer);

    /// @notice A mandate ends in the future, within `MAX_MANDATE_TIME`.
    error MandateTimeInvalid(uint48 validUntil);
    /// @notice The payer has given no mandate for the lease, or it has ended. Only the payer can give one.
    error RentMandateMissing(uint64 leaseId, address payer);
    /// @notice Nothing is due now, or the mandate took the most for this calendar month. Wait.
    error NothingToCollect(uint64 leaseId);

    /// @notice Lets anybody trigger what is due under the lease from the sender's account. A new mandate replaces the sender's
    /// older one for this lease; what that took this month counts.
    function giveRentMandate(uint64 leaseId, uint256 most, uint48 validUntil) external whileInUse {
        _begun(leaseId);
        _requireAmount(most);
        if (validUntil <= block.timestamp || validUntil > block.timestamp + MAX_MANDATE_TIME) {
            revert MandateTimeInvalid(validUntil);
        }
        Mandate storage mandate = _mandates[leaseId][_msgSender()];
        // the cast is safe: _requireAmount bounds the amount below 2^63
        (mandate.most, mandate.validUntil) = (uint64(most), validUntil);
        emit RentMandateGiven(leaseId, _msgSender(), most, validUntil);
    }

    /// @notice Ends the sender's mandate for the lease at once.
    function revokeRentMandate(uint64 leaseId) external {
        Mandate storage mandate = _mandates[leaseId][_msgSender()];
        if (mandate.most == 0) revert RentMandateMissing(leaseId, _msgSender());
        (mandate.most, mandate.validUntil) = (0, 0);
        emit RentMandateRevoked(leaseId, _msgSender());
    }

    /// @notice Pays what `payer`'s mandate covers of what is due now. By anyone. It pays that whole or fails whole.
    /// @return paymentId names the payment.
    function collectRent(uint64 leaseId, address payer) external whileInUse returns (uint64 paymentId) {
        uint256 amount = collectable(leaseId, payer);
        // slither-disable-next-line incorrect-equality (nothing is nothing)
        if (amount == 0) revert NothingToCollect(leaseId);
        Mandate storage mandate = _mandates[leaseId][payer];
        uint32 month = uint32(Months.monthOf(today()));
        if (mandate.month != month) (mandate.month, mandate.taken) = (month, 0);
        // the cast is safe: what is collectable and what was taken are at most `most` together
        mandate.taken += uint64(amount);
        return _pay(leaseId, payer, amount);
    }

    /// @notice What `collectRent` would pay now, in fen; reverts by name without a mandate.
    function collectable(uint64 leaseId, address payer) public view returns (uint256 amount) {
        Mandate storage mandate = _mandates[leaseId][payer];
        if (block.timestamp >= mandate.validUntil) revert RentMandateMissing(leaseId, payer);
        amount = _arrears(leaseId, _begun(leaseId));
        uint256 left = mandate.most;
        // slither-disable-next-line incorrect-equality (a calendar month)
        if (mandate.month == Months.monthOf(today())) left = left > mandate.taken ? left - mandate.taken : 0;
        if (amount > left) amount = left;
    }

    /// @notice A payer's mandate; `most` is 0 when there is none.
    function rentMandateOf(uint64 leaseId, address payer) external view returns (Mandate memory mandate) {
        return _mandates[leaseId][payer];
    }
}
// slither-disable-end timestamp
