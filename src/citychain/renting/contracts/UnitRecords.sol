// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {CityContext} from "@citychain/chain/contracts/CityContext.sol";
import {IInstitutions} from "@citychain/chain/contracts/IInstitutions.sol";
import {IUnits} from "./IUnits.sol";
import {TitleRecords} from "./TitleRecords.sol";
import {Titles} from "./Titles.sol";

/// @title The records of units, as a tree under each title
/// @notice A title has one whole with everything else below it, or flats, rooms and beds that stand for themselves; so
/// a place can't be let as a whole past its parts.
abstract contract UnitRecords is IUnits, CityContext {
    /// @notice Units below one that is a part of none. It bounds what `occupy` walks through: a building with more places is
    /// declared flat by flat, without a whole.
    uint256 public constant MAX_PARTS = 64;

    /// @notice The titles under which units are declared.
    Titles public immutable TITLES;
    /// @notice The register of institutions that says who may act.
    IInstitutions public immutable INSTITUTIONS;

    /// @notice Whether changes have stopped for good.
    bool public retired;
    /// @notice The contract that follows a retired one; zero when none does.
    address public successor;
    /// @notice The highest unit id in use. Ids are given from 1 on, without gaps.
    uint64 public lastUnit;
    /// @notice The whole of a title that is not withdrawn; 0 when there is none.
    mapping(uint256 titleId => uint64 unitId) public wholeOf;
    /// @notice Units of a title that are a part of none and not withdrawn.
    mapping(uint256 titleId => uint256 count) public rootsOf;

    mapping(uint64 unitId => Unit) internal _units;
    mapping(uint64 unitId => uint64[]) internal _parts;
    mapping(uint64 unitId => uint256) private _countBelow;

    /// @notice The contract began to keep units of `titles`.
    event UnitsCreated(address titles);
    /// @notice Nothing changes here from now on, except that leases free their days.
    event Retired(address successor);

    /// @notice There is no such unit, or it was withdrawn.
    error UnitNotInUse(uint64 unitId);
    /// @notice The registrar hasn't confirmed the unit. Ask the registrar that keeps its title.
    error UnitNotConfirmed(uint64 unitId);
    /// @notice A part belongs under a unit of the same title and of an earlier kind: whole, flat, room, bed.
    error ParentInvalid(uint64 parent);
    /// @notice The title has a whole, or other units: declare this below the whole, or withdraw those first.
    error WholeExcludes(uint64 titleId);
    /// @notice The unit at the top has `MAX_PARTS` below it. Declare the building flat by flat, without a whole.
    error TooManyParts(uint64 unitId);
    /// @notice The unit has parts. Withdraw them first.
    error UnitHasParts(uint64 unitId);
    /// @notice The account doesn't own the title of the unit, nor operates the head lease that it is declared under.
    error NotALandlord(address account);

    constructor(address authority_, address titles) CityContext(authority_) {
        TITLES = Titles(titles);
        INSTITUTIONS = Titles(titles).INSTITUTIONS();
        emit UnitsCreated(titles);
    }

    modifier whileInUse() {
        if (retired) revert TitleRecords.ContractRetired(successor);
        _;
    }

    /// @notice Ends every change here for good, except `vacate`. By the council's administration; `successor_` may be zero.
    function retire(address successor_) external restricted whileInUse {
        retired = true;
        // slither-disable-next-line missing-zero-check (zero says that nothing follows)
        successor = successor_;
        emit Retired(successor_);
    }

    /// @inheritdoc IUnits
    function unitOf(uint64 unitId) external view returns (Unit memory unit) {
        return _units[unitId];
    }

    /// @notice The parts of a unit that are not withdrawn, its parts' parts not among them; in no order.
    function partsOf(uint64 unitId) external view returns (uint64[] memory unitIds) {
        return _parts[unitId];
    }

    /// @dev Puts a unit into the tree. The caller has checked who asks.
    function _add(Unit memory unit) internal returns (uint64 unitId) {
        if (unit.commitment == 0) revert TitleRecords.CommitmentMissing();
        unitId = ++lastUnit;
        if (unit.parent == 0) {
            if (wholeOf[unit.titleId] != 0) revert WholeExcludes(unit.titleId);
            uint256 roots = rootsOf[unit.titleId]++;
            if (unit.kind == UnitKind.Whole) {
                if (roots != 0) revert WholeExcludes(unit.titleId);
                wholeOf[unit.titleId] = unitId;
            }
        } else {
            Unit storage parent = _requireInUse(unit.parent);
            if (parent.titleId != unit.titleId || parent.kind >= unit.kind) revert ParentInvalid(unit.parent);
            _parts[unit.parent].push(unitId);
            for (uint64 above = unit.parent; above != 0; above = _units[above].parent) {
                if (++_countBelow[above] > MAX_PARTS) revert TooManyParts(above);
            }
        }
        _units[unitId] = unit;
    }

    /// @dev Takes a unit without parts out of the tree; its record stays, as withdrawn.
    function _cutOut(uint64 unitId) internal {
        Unit storage unit = _units[unitId];
        if (_parts[unitId].length != 0) revert UnitHasParts(unitId);
        unit.state = UnitState.Withdrawn;
        if (unit.parent == 0) {
            --rootsOf[unit.titleId];
            if (unit.kind == UnitKind.Whole) delete wholeOf[unit.titleId];
            return;
        }
        uint64[] storage parts = _parts[unit.parent];
        uint256 index = 0;
        while (parts[index] != unitId) ++index;
        parts[index] = parts[parts.length - 1];
        parts.pop();
        for (uint64 above = unit.parent; above != 0; above = _units[above].parent) {
            --_countBelow[above];
        }
    }

    function _requireInUse(uint64 unitId) internal view returns (Unit storage unit) {
        unit = _units[unitId];
        if (unit.state != UnitState.Declared && unit.state != UnitState.Confirmed) revert UnitNotInUse(unitId);
    }

    function _requireConfirmed(uint64 unitId) internal view returns (Unit storage unit) {
        unit = _requireInUse(unitId);
        if (unit.state != UnitState.Confirmed) revert UnitNotConfirmed(unitId);
    }

    /// @dev Whether the account is an owner without whose consent the title's units can't be let.
    function _mustConsent(uint256 titleId, address account) internal view returns (bool) {
        TitleRecords.Owner[] memory owners = TITLES.ownersOf(titleId);
        for (uint256 i = 0; i < owners.length; ++i) {
            if (owners[i].account == account) return owners[i].mustConsent;
        }
        return false;
    }

    function _isOwner(uint256 titleId, address account) internal view returns (bool) {
        TitleRecords.Owner[] memory owners = TITLES.ownersOf(titleId);
        for (uint256 i = 0; i < owners.length; ++i) {
            if (owners[i].account == account) return true;
        }
        return false;
    }
}
