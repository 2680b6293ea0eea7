// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {ILeases} from "./ILeases.sol";
import {RentMandates} from "./RentMandates.sol";
import {RentSchedule} from "./RentSchedule.sol";

// slither-disable-start timestamp (terms are days; the block's time is the city's clock)

/// @title What is claimed beside rent, and what lowers it
/// @notice A late fee is a claim, never a deduction: the payee states it for a month while its rent is open after the days of
/// grace, a tenant may object, and then the lease's decider says how much of it stands. Credits for repairs, and reductions
/// while the home can't be lived in, lower what is due: by the payee, or by a decision.
abstract contract RentClaims is RentMandates {
    using RentSchedule for RentSchedule.Schedule;

    enum FeeState {
        None,
        Claimed,
        Contested,
        Decided,
        Paid,
        Waived
    }

    struct LateFee {
        uint64 amount;
        FeeState state;
    }

    mapping(uint64 leaseId => mapping(uint256 month => LateFee)) private _lateFees;

    /// @notice Rent of `amount` fen is not owed, for a reason named by `kind` ("repair", "reduction") and its commitment.
    /// `institution` decided it; 0 when the payee granted it. `covered` is what now covers the lease's rent in all.
    event RentCredited(
        uint64 indexed leaseId,
        uint32 indexed institution,
        bytes32 kind,
        uint256 amount,
        bytes32 reason,
        uint256 covered,
        address by
    );
    /// @notice The payee claims a fee because the rent of `month` is late.
    event LateFeeClaimed(uint64 indexed leaseId, uint256 indexed month, uint256 amount, address by);
    /// @notice A tenant objects to the fee; `reason` commits to why.
    event LateFeeContested(uint64 indexed leaseId, uint256 indexed month, bytes32 reason, address by);
    /// @notice `institution` decided that `amount` fen of the fee stand; `reason` commits to why.
    event LateFeeDecided(
        uint64 indexed leaseId,
        uint256 indexed month,
        uint32 indexed institution,
        uint256 amount,
        bytes32 reason,
        address by
    );
    /// @notice `payer` paid the fee to `payee`.
    event LateFeePaid(
        uint64 indexed leaseId, uint256 indexed month, address indexed payer, address payee, uint256 amount
    );
    /// @notice The payee gave the fee up.
    event LateFeeWaived(uint64 indexed leaseId, uint256 indexed month);

    /// @notice The rent of the month is covered, or its days of grace last until after `until` (a day).
    error RentNotLate(uint64 leaseId, uint256 month, uint256 until);
    /// @notice A late fee is at most what the terms and what was claimed allow.
    error FeeAboveMost(uint256 most);
    /// @notice A credit says in a word what it is for.
    error KindMissing();
    /// @notice The fee isn't in a state in which this can be done to it.
    error FeeStateWrong(uint64 leaseId, uint256 month, FeeState state);

    /// @notice Lowers what is due by `amount` fen. By the payee.
    /// @param kind Why, in a word: "repair", "reduction".
    /// @param reason The salted commitment of what was agreed.
    function creditRent(uint64 leaseId, uint256 amount, bytes32 kind, bytes32 reason) external {
        ILeases.LeaseView memory lease = _begun(leaseId);
        _requirePayee(lease);
        _credit(leaseId, lease, 0, amount, kind, reason);
    }

    /// @notice Lowers what is due by `amount` fen. By the lease's decider.
    /// @param reason The salted commitment of the decision with its reasons.
    function decideCredit(uint64 leaseId, uint256 amount, bytes32 kind, bytes32 reason) external {
        ILeases.LeaseView memory lease = _begun(leaseId);
        _credit(leaseId, lease, _requireDecider(lease, lease.decider), amount, kind, reason);
    }

    /// @notice Claims a fee for a month whose rent is open after the days of grace; once for each month. By the payee.
    function claimLateFee(uint64 leaseId, uint256 month, uint256 amount) external whileInUse {
        ILeases.LeaseView memory lease = _begun(leaseId);
        _requirePayee(lease);
        _requireAmount(amount);
        if (amount > lease.lateFee) revert FeeAboveMost(lease.lateFee);
        LateFee storage fee = _requireState(leaseId, month, FeeState.None, FeeState.None);
        RentSchedule.Schedule memory schedule = _schedule(lease);
        if (month >= schedule.countOf()) revert MonthInvalid(leaseId, month);
        uint256 until = schedule.dueDayOf(month) + lease.graceDays;
        if (today() <= until || _covered(leaseId, lease) >= schedule.sumOf(month + 1)) {
            revert RentNotLate(leaseId, month, until);
        }
        // the cast is safe: the fee is at most the terms'
        (fee.amount, fee.state) = (uint64(amount), FeeState.Claimed);
        emit LateFeeClaimed(leaseId, month, amount, _msgSender());
    }

    /// @notice Objects to a fee. By a tenant.
    /// @param reason The salted commitment of why.
    function contestLateFee(uint64 leaseId, uint256 month, bytes32 reason) external {
        _requireTenant(_begun(leaseId));
        _requireReason(reason);
        _requireState(leaseId, month, FeeState.Claimed, FeeState.Claimed).state = FeeState.Contested;
        emit LateFeeContested(leaseId, month, reason, _msgSender());
    }

    /// @notice Says how much of a contested fee stands. By the lease's decider.
    /// @param reason The salted commitment of the decision with its reasons.
    function decideLateFee(uint64 leaseId, uint256 month, uint256 amount, bytes32 reason) external {
        ILeases.LeaseView memory lease = _begun(leaseId);
        uint32 institution = _requireDecider(lease, lease.decider);
        _requireReason(reason);
        LateFee storage fee = _requireState(leaseId, month, FeeState.Contested, FeeState.Contested);
        if (amount > fee.amount) revert FeeAboveMost(fee.amount);
        (fee.amount, fee.state) = (uint64(amount), FeeState.Decided);
        emit LateFeeDecided(leaseId, month, institution, amount, reason, _msgSender());
    }

    /// @notice Pays a fee that is claimed or decided, whole, from the sender's account to the payee. By anyone.
    /// @param amount What the sender takes the fee to be; another is refused.
    function payLateFee(uint64 leaseId, uint256 month, uint256 amount) external {
        ILeases.LeaseView memory lease = _begun(leaseId);
        _requireAmount(amount);
        LateFee storage fee = _requireState(leaseId, month, FeeState.Claimed, FeeState.Decided);
        if (amount != fee.amount) revert FeeAboveMost(fee.amount);
        fee.state = FeeState.Paid;
        emit LateFeePaid(leaseId, month, _msgSender(), lease.payee, amount);
        _transfer(lease, _msgSender(), lease.payee, amount);
    }

    /// @notice Gives a fee up that isn't paid. By the payee.
    function waiveLateFee(uint64 leaseId, uint256 month) external {
        _requirePayee(_begun(leaseId));
        FeeState state = _lateFees[leaseId][month].state;
        if (state == FeeState.None || state >= FeeState.Paid) revert FeeStateWrong(leaseId, month, state);
        _lateFees[leaseId][month].state = FeeState.Waived;
        emit LateFeeWaived(leaseId, month);
    }

    /// @notice The late fee of a month; zeros when none was claimed.
    function lateFeeOf(uint64 leaseId, uint256 month) external view returns (LateFee memory fee) {
        return _lateFees[leaseId][month];
    }

    function _credit(
        uint64 leaseId,
        ILeases.LeaseView memory lease,
        uint32 institution,
        uint256 amount,
        bytes32 kind,
        bytes32 reason
    ) private {
        _requireAmount(amount);
        if (kind == 0) revert KindMissing();
        _requireReason(reason);
        uint256 most = _less(_total(lease), _covered(leaseId, lease));
        if (amount > most) revert AmountAboveDue(leaseId, most);
        // the cast is safe: _requireAmount bounds the amount below 2^63
        _sums[leaseId].credited += uint64(amount);
        emit RentCredited(leaseId, institution, kind, amount, reason, _covered(leaseId, lease), _msgSender());
    }

    function _requireState(uint64 leaseId, uint256 month, FeeState one, FeeState other)
        private
        view
        returns (LateFee storage fee)
    {
        fee = _lateFees[leaseId][month];
        if (fee.state != one && fee.state != other) revert FeeStateWrong(leaseId, month, fee.state);
    }
}
// slither-disable-end timestamp
