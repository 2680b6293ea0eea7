// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// @title What contracts of rent and deposits may ask about a lease
interface ILeases {
    /// @notice Who decides when the parties don't agree, as their lease says.
    enum Track {
        Adjudication,
        Arbitration,
        Mediation
    }

    struct LeaseView {
        /// The days of the lease since 1970-01-01 in Asia/Shanghai, `toDay` not among them; an early end lowers `toDay`.
        uint32 fromDay;
        uint32 toDay;
        /// The day of the month on which rent is due, 1 to 31.
        uint8 dueDay;
        /// Fen for a calendar month; what the first month owes and escrow took for it; the deposit.
        uint64 rent;
        uint64 firstRent;
        uint64 deposit;
        /// Days after the due day before a late fee may be claimed, and the most fen of it for one month.
        uint16 graceDays;
        uint64 lateFee;
        /// Months that may be paid before they are due.
        uint8 advanceMonths;
        /// The contract of deposits of the lease's bank.
        address deposits;
        /// Who receives rent, and to whom what is left of the deposit goes back.
        address payee;
        address refundee;
        /// The institution that decides, or mediates.
        uint32 decider;
        Track track;
        /// Whether the keys were handed over, so that the lease runs or ran.
        bool handedOver;
        /// Whether its last day is past, and when it ended or will (UTC seconds).
        bool ending;
        uint48 endingAt;
        address[] landlords;
        address[] tenants;
    }

    /// @notice A lease, as of now. Reverts with `LeaseUnknown` when there is none.
    function leaseOf(uint64 leaseId) external view returns (LeaseView memory lease);
}
