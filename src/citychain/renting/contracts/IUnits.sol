// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// @title What contracts of leases may ask and tell about places
/// @notice A day is a number of days since 1970-01-01 in Asia/Shanghai (UTC+8, no daylight saving time); periods run from
/// `fromDay` until before `toDay`. `leaseId` is the caller's, never 0.
interface IUnits {
    /// @notice A unit's parent is of a kind named before its own.
    enum UnitKind {
        None,
        Whole,
        Flat,
        Room,
        Bed
    }

    /// @notice Declared by who lets it, confirmed by the registrar, withdrawn for good.
    enum UnitState {
        None,
        Declared,
        Confirmed,
        Withdrawn
    }

    struct Unit {
        uint64 titleId;
        /// The unit that it is a part of; 0 when it is a part of none.
        uint64 parent;
        /// The head lease whose operator declared it; 0 when an owner did.
        uint64 headLeaseId;
        UnitKind kind;
        UnitState state;
        /// The greatest number of people who may live there; 0 until it is confirmed.
        uint16 occupants;
        /// The salted commitment of its description (which room of which flat).
        bytes32 commitment;
    }

    /// @notice The record of a unit; zeros when it never was declared.
    function unitOf(uint64 unitId) external view returns (Unit memory unit);

    /// @notice Today, as a number of days.
    function today() external view returns (uint32 day);

    /// @notice Reverts by name unless `landlords` may let the unit together: each owner of the title who must consent is
    /// among them or gave one of them a mandate "let", and nobody else is among them. Under a head lease: its operator
    /// alone.
    function requireConsents(uint64 unitId, uint64 headLeaseId, address[] calldata landlords) external view;

    /// @notice Takes the days for a lease. Reverts by name unless the unit is confirmed, its title is registered and not
    /// seized, and no lease but the head lease has the place, a part of it or what it is a part of on any of the days. By
    /// the contracts of leases.
    /// @param headLeaseId The lease under which this is a sublease, and inside whose days it lies; 0 for none.
    /// @param operator Who may sublet and name places under this lease; zero when nobody may.
    function occupy(uint64 unitId, uint64 leaseId, uint64 headLeaseId, address operator, uint32 fromDay, uint32 toDay)
        external;

    /// @notice Frees the lease's days from `fromDay` on, or from today if that is later. Does nothing when it has none
    /// left, and works whatever becomes of title, unit and contract: nothing here can hold up a settlement. By the
    /// contracts of leases.
    function vacate(uint64 unitId, uint64 leaseId, uint32 fromDay) external;
}
