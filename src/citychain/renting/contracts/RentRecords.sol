// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {ILeases} from "./ILeases.sol";
import {DisputeParties} from "./DisputeParties.sol";
import {RentSchedule} from "./RentSchedule.sol";

// slither-disable-start timestamp (terms are days; the block's time is the city's clock)

/// @title What a lease owes and has covered
/// @notice What is due follows from the lease alone: its days, its rent and its due day. What covers it is one sum, the first
/// rent from escrow with what was paid and credited since; it counts for the oldest months first (Civil Code 560).
abstract contract RentRecords is DisputeParties {
    using RentSchedule for RentSchedule.Schedule;

    struct Month {
        /// The days of the lease in it, `toDay` not among them.
        uint32 fromDay;
        uint32 toDay;
        /// The day on which its rent is due.
        uint32 dueDay;
        /// Its rent and what of it is covered, in fen.
        uint64 amount;
        uint64 covered;
    }

    /// @dev What was paid and not returned, credited, and paid back to the tenant, in fen; the first rent is not among it.
    struct Sums {
        uint128 paid;
        uint64 credited;
        uint64 refunded;
    }

    mapping(uint64 leaseId => Sums) internal _sums;

    /// @notice The keys of the lease haven't been handed over, so it owes no rent yet.
    error LeaseNotBegun(uint64 leaseId);
    /// @notice At most `most` fen can be paid or credited now: what is due, and as many months ahead as the city allows.
    error AmountAboveDue(uint64 leaseId, uint256 most);
    /// @notice The lease has no such month.
    error MonthInvalid(uint64 leaseId, uint256 month);

    /// @notice Today, as a number of days since 1970-01-01 in Asia/Shanghai.
    function today() public view returns (uint32 day) {
        return uint32((block.timestamp + 8 hours) / 1 days);
    }

    /// @notice The months in which a lease has days; `month` counts them from 0.
    function monthsOf(uint64 leaseId) external view returns (uint256 count) {
        return _schedule(_begun(leaseId)).countOf();
    }

    /// @notice One month of a lease: days, due day, amount, and how much of it is covered.
    function monthOf(uint64 leaseId, uint256 month) external view returns (Month memory found) {
        ILeases.LeaseView memory lease = _begun(leaseId);
        RentSchedule.Schedule memory schedule = _schedule(lease);
        if (month >= schedule.countOf()) revert MonthInvalid(leaseId, month);
        (uint256 fromDay, uint256 toDay) = schedule.periodOf(month);
        uint256 amount = schedule.amountOf(month);
        uint256 before = schedule.sumOf(month);
        uint256 covered = _covered(leaseId, lease);
        covered = covered < before ? 0 : covered - before;
        // the casts are safe: days are those of the lease, amounts at most its rent
        return Month(
            uint32(fromDay),
            uint32(toDay),
            uint32(schedule.dueDayOf(month)),
            uint64(amount),
            uint64(covered < amount ? covered : amount)
        );
    }

    /// @notice What covers the rent of a lease so far, in fen: the first rent, payments and credits, less refunds.
    function coveredOf(uint64 leaseId) external view returns (uint256 amount) {
        return _covered(leaseId, _begun(leaseId));
    }

    /// @notice What is due today and not covered, in fen.
    function arrearsOf(uint64 leaseId) external view returns (uint256 amount) {
        return _arrears(leaseId, _begun(leaseId));
    }

    /// @notice What was paid above what the lease, since it ended early, owes in all; in fen. The payee owes it to the tenants.
    function overpaidOf(uint64 leaseId) public view returns (uint256 amount) {
        ILeases.LeaseView memory lease = _begun(leaseId);
        return _less(_covered(leaseId, lease), _total(lease));
    }

    /// @notice The most that can be paid or credited now, in fen: what is open up to the months ahead that the city allows.
    function payableOf(uint64 leaseId) external view returns (uint256 amount) {
        return _payable(leaseId, _begun(leaseId));
    }

    function _begun(uint64 leaseId) internal view returns (ILeases.LeaseView memory lease) {
        lease = LEASES.leaseOf(leaseId);
        if (!lease.handedOver) revert LeaseNotBegun(leaseId);
    }

    function _schedule(ILeases.LeaseView memory lease) internal pure returns (RentSchedule.Schedule memory) {
        return RentSchedule.Schedule(lease.rent, lease.dueDay, lease.fromDay, lease.toDay);
    }

    function _total(ILeases.LeaseView memory lease) internal pure returns (uint256) {
        RentSchedule.Schedule memory schedule = _schedule(lease);
        return schedule.sumOf(schedule.countOf());
    }

    function _covered(uint64 leaseId, ILeases.LeaseView memory lease) internal view returns (uint256) {
        Sums storage sums = _sums[leaseId];
        return uint256(lease.firstRent) + sums.paid + sums.credited - sums.refunded;
    }

    function _arrears(uint64 leaseId, ILeases.LeaseView memory lease) internal view returns (uint256) {
        RentSchedule.Schedule memory schedule = _schedule(lease);
        return _less(schedule.sumOf(schedule.dueCount(today())), _covered(leaseId, lease));
    }

    function _payable(uint64 leaseId, ILeases.LeaseView memory lease) internal view returns (uint256) {
        RentSchedule.Schedule memory schedule = _schedule(lease);
        uint256 months = schedule.dueCount(today()) + lease.advanceMonths;
        return _less(schedule.sumOf(months), _covered(leaseId, lease));
    }
}
// slither-disable-end timestamp
