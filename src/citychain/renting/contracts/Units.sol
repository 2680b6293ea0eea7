// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Encumbrances} from "./Encumbrances.sol";
import {TitleRecords} from "./TitleRecords.sol";
import {UnitCalendar} from "./UnitCalendar.sol";
import {UnitRecords} from "./UnitRecords.sol";

/// @title What is let
/// @notice The places that can be let under each title: a whole home, a flat, a room, a bed; how many people may live
/// there; and on which days which lease has them.
///
/// Who may do what. An owner of the title declares a unit; so does the operator of a head lease, below what they
/// rent. The registrar that keeps the title (scope "titles") confirms it with the greatest number of occupants, and may confirm
/// it anew with another. Owners who must consent, and the operator who declared it, withdraw it while nobody has it; so does the
/// registrar, with a reason. Owners give mandates (UnitConsents). Contracts of leases alone, by a role of the
/// Authority, take and free days (UnitCalendar). The council's administration retires the contract.
///
/// What it does not do. It can't know whether two descriptions are one room: that is the registrar's to see, and not to
/// confirm. It keeps no addresses, no people and no money. It never ends a lease: a sold or seized title keeps the leases
/// that it has, and a seized one gets no new ones.
///
/// How it is replaced. `retire` stops every change but `vacate`, so that leases settle. Owners declare their units in
/// the successor, registrars compare and confirm, and contracts of leases take the remaining days there.
contract Units is UnitCalendar {
    /// @notice The greatest number of people in one unit.
    uint256 public constant MAX_OCCUPANTS = 1000;

    /// @notice A unit was declared.
    event UnitDeclared(
        uint64 indexed unitId,
        uint64 indexed titleId,
        uint64 indexed parent,
        uint64 headLeaseId,
        UnitKind kind,
        bytes32 commitment,
        address by
    );
    /// @notice At most `occupants` people may live in the unit, says the registrar.
    event UnitConfirmed(uint64 indexed unitId, uint32 indexed registrar, uint16 occupants);
    /// @notice The unit is let no more. `registrar` and `reason` are 0 when who lets it withdrew it.
    event UnitWithdrawn(uint64 indexed unitId, uint32 indexed registrar, bytes32 reason, address by);

    /// @notice A unit is a whole, a flat, a room or a bed.
    error KindInvalid();
    /// @notice A unit is for 1 to `MAX_OCCUPANTS` people.
    error OccupantsInvalid(uint16 occupants);

    constructor(address authority_, address titles) UnitRecords(authority_, titles) {}

    /// @notice Declares a unit under a title. By an owner.
    /// @param parent The unit that it is a part of; 0 when it is a part of none.
    /// @param commitment The salted commitment of its description.
    function declareUnit(uint64 titleId, uint64 parent, UnitKind kind, bytes32 commitment)
        external
        whileInUse
        returns (uint64 unitId)
    {
        if (!_isOwner(titleId, _msgSender())) revert NotALandlord(_msgSender());
        return _declare(titleId, parent, 0, kind, commitment);
    }

    /// @notice Declares a part of what a head lease has today. By the operator of that lease.
    function declarePart(uint64 headLeaseId, uint64 parent, UnitKind kind, bytes32 commitment)
        external
        whileInUse
        returns (uint64 unitId)
    {
        if (!_operates(_msgSender(), headLeaseId, parent)) revert NotALandlord(_msgSender());
        return _declare(_units[parent].titleId, parent, headLeaseId, kind, commitment);
    }

    /// @notice Confirms a unit, or confirms it anew with another number of people. By the title's registrar; what it is a part
    /// of must be confirmed before.
    function confirmUnit(uint64 unitId, uint16 occupants) external whileInUse {
        Unit storage unit = _requireInUse(unitId);
        uint32 registrar = _requireRegistrarOf(unit.titleId);
        if (occupants == 0 || occupants > MAX_OCCUPANTS) revert OccupantsInvalid(occupants);
        if (unit.parent != 0) _requireConfirmed(unit.parent);
        (unit.state, unit.occupants) = (UnitState.Confirmed, occupants);
        emit UnitConfirmed(unitId, registrar, occupants);
    }

    /// @notice Withdraws a unit for good. By an owner of the title without whose consent it can't be let, or by who declared
    /// it under a head lease that lasts; while it has no parts and no lease.
    function withdrawUnit(uint64 unitId) external whileInUse {
        Unit storage unit = _requireInUse(unitId);
        address by = _msgSender();
        if (!_mustConsent(unit.titleId, by) && !_operates(by, unit.headLeaseId, unitId)) revert NotALandlord(by);
        _withdraw(unitId, 0, 0);
    }

    /// @notice Withdraws a unit that should not be, such as the second of one room. By the title's registrar.
    function strikeUnit(uint64 unitId, bytes32 reason) external whileInUse {
        uint32 registrar = _requireRegistrarOf(_requireInUse(unitId).titleId);
        if (reason == 0) revert TitleRecords.ReasonMissing();
        _withdraw(unitId, registrar, reason);
    }

    /// @notice Whether the unit can be let now, its days aside: confirmed, under a registered title that no court has seized.
    function isLettable(uint64 unitId) external view returns (bool lettable) {
        Unit storage unit = _units[unitId];
        return unit.state == UnitState.Confirmed
            && TITLES.titleOf(unit.titleId).state == TitleRecords.TitleState.Registered
            && !TITLES.isSeized(unit.titleId);
    }

    /// @notice Mortgages and seizures of the unit's title in force, which a tenant must see before they sign.
    function burdensOf(uint64 unitId)
        external
        view
        returns (uint64[] memory encumbranceIds, Encumbrances.Encumbrance[] memory encumbrances)
    {
        return TITLES.encumbrancesOf(_units[unitId].titleId);
    }

    function _declare(uint64 titleId, uint64 parent, uint64 headLeaseId, UnitKind kind, bytes32 commitment)
        private
        returns (uint64 unitId)
    {
        if (kind == UnitKind.None) revert KindInvalid();
        unitId = _add(Unit(titleId, parent, headLeaseId, kind, UnitState.Declared, 0, commitment));
        emit UnitDeclared(unitId, titleId, parent, headLeaseId, kind, commitment, _msgSender());
    }

    function _withdraw(uint64 unitId, uint32 registrar, bytes32 reason) private {
        _requireVacant(unitId);
        _cutOut(unitId);
        emit UnitWithdrawn(unitId, registrar, reason, _msgSender());
    }

    /// @dev The sender must act for the registrar that keeps this registered title.
    function _requireRegistrarOf(uint256 titleId) private view returns (uint32 institution) {
        institution = INSTITUTIONS.requireActing(_msgSender(), "registrar", "titles");
        TitleRecords.Title memory title = TITLES.titleOf(titleId);
        if (title.state != TitleRecords.TitleState.Registered) revert TitleRecords.TitleNotRegistered(titleId);
        if (institution != INSTITUTIONS.dutyHolder(title.registrar)) {
            revert TitleRecords.NotThisRegistrar(institution, title.registrar);
        }
    }
}
