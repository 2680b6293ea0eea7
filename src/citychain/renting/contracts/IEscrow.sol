// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// @title What contracts of leases may ask and tell the escrow
/// @notice What is held for a lease is nobody's yet; an award makes it the credit of an account, which `payOut` pays.
/// Amounts are in fen.
interface IEscrow {
    /// @notice What is held for a lease.
    function heldOf(uint64 leaseId) external view returns (uint256 held);

    /// @notice Whether a court keeps what is held for the lease where it is.
    function isHeldForCourt(uint64 leaseId) external view returns (bool held);

    /// @notice Takes `amount` from `payer`, who has let the escrow spend as much at `deposits`, and holds it for the lease. By
    /// the contracts of leases, which answer for the payer's wish.
    function take(uint64 leaseId, address deposits, address payer, uint256 amount) external;

    /// @notice Takes `amount` from `payer` as `take` does, and credits it to `to` at once. A court's hold doesn't concern it. By
    /// the contracts of leases.
    function lodge(uint64 leaseId, address deposits, address payer, address to, uint256 amount) external;

    /// @notice Credits `to` with `amount` of what is held. By the contracts of leases.
    function award(uint64 leaseId, address to, uint256 amount) external;
}
