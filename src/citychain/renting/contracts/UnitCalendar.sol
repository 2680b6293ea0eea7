// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IUnits} from "./IUnits.sol";
import {TitleRecords} from "./TitleRecords.sol";
import {UnitConsents} from "./UnitConsents.sol";

// slither-disable-start timestamp (terms are days; the block's time is the city's clock)

/// @title The days on which places are let
/// @notice No place has two leases on one day: a lease of a unit excludes leases of its parts and of what it is a part
/// of. The one exception is a sublease, which lies inside the days and the place of its head lease.
/// @dev Each unit keeps at most `MAX_OCCUPATIONS` leases that have not ended. `occupy` reads those of the unit, of at most
/// three units above and `MAX_PARTS` below: 68 * 8 slots at the very most. A lease in the list only because its last day
/// has passed is dropped when another is added.
abstract contract UnitCalendar is UnitConsents {
    struct Occupation {
        uint64 leaseId;
        uint64 headLeaseId;
        uint32 fromDay;
        uint32 toDay;
    }

    /// @notice Leases of one unit that have not ended.
    uint256 public constant MAX_OCCUPATIONS = 8;
    /// @notice The longest lease: twenty years (Civil Code, article 705).
    uint256 public constant MAX_DAYS = 7305;
    /// @notice How far ahead a lease may end: a lease of twenty years that begins within one.
    uint256 public constant MAX_AHEAD = MAX_DAYS + 366;

    mapping(uint64 unitId => Occupation[]) private _occupations;

    /// @notice The lease has the unit from `fromDay` until before `toDay`.
    event UnitOccupied(
        uint64 indexed unitId,
        uint64 indexed leaseId,
        uint64 indexed headLeaseId,
        address operator,
        uint32 fromDay,
        uint32 toDay
    );
    /// @notice The lease has the unit until before `toDay` only.
    event UnitVacated(uint64 indexed unitId, uint64 indexed leaseId, uint32 toDay);

    /// @notice The lease `leaseId` has the unit `unitId`, which is the place, a part of it or what it is a part of, on some
    /// of the days. Choose other days.
    error DaysTaken(uint64 unitId, uint64 leaseId);
    /// @notice The first day is past, the last not after it, or the time longer than `MAX_DAYS` or `MAX_AHEAD` allow.
    error DaysInvalid(uint32 fromDay, uint32 toDay);
    /// @notice A lease has an id, not its head lease's, one operator for all its units, and each unit once: to give it other
    /// days, vacate and occupy anew.
    error LeaseInvalid(uint64 leaseId);
    /// @notice The days or the place of a sublease lie outside those of its head lease, which must itself be no sublease and allow
    /// subletting.
    error OutsideHeadLease(uint64 headLeaseId);
    /// @notice The unit has `MAX_OCCUPATIONS` leases that have not ended.
    error TooManyOccupations(uint64 unitId);
    /// @notice A court has seized the title of the unit: it can't be let now. Apply to that court.
    error UnitSeized(uint64 unitId);
    /// @notice A lease that has not ended has the unit.
    error UnitStillOccupied(uint64 unitId, uint64 leaseId);

    /// @inheritdoc IUnits
    function occupy(uint64 unitId, uint64 leaseId, uint64 headLeaseId, address operator, uint32 fromDay, uint32 toDay)
        external
        restricted
        whileInUse
    {
        uint256 titleId = _requireConfirmed(unitId).titleId;
        if (TITLES.titleOf(titleId).state != TitleRecords.TitleState.Registered) {
            revert TitleRecords.TitleNotRegistered(titleId);
        }
        if (TITLES.isSeized(titleId)) revert UnitSeized(unitId);
        address known = operatorOf[leaseId];
        if (leaseId == 0 || leaseId == headLeaseId || (known != address(0) && known != operator)) {
            revert LeaseInvalid(leaseId);
        }
        uint32 day = today();
        if (fromDay < day || toDay <= fromDay || toDay - fromDay > MAX_DAYS || toDay > day + MAX_AHEAD) {
            revert DaysInvalid(fromDay, toDay);
        }
        Occupation memory wanted = Occupation(leaseId, headLeaseId, fromDay, toDay);
        _requireFree(unitId, wanted);
        _requireFreeBelow(unitId, wanted);
        bool inside = headLeaseId == 0 || _covers(unitId, wanted);
        for (uint64 above = _units[unitId].parent; above != 0; above = _units[above].parent) {
            _requireFree(above, wanted);
            inside = inside || _covers(above, wanted);
        }
        if (!inside || (headLeaseId != 0 && operator != address(0))) revert OutsideHeadLease(headLeaseId);
        _keep(unitId, wanted, day);
        operatorOf[leaseId] = operator;
        emit UnitOccupied(unitId, leaseId, headLeaseId, operator, fromDay, toDay);
    }

    /// @inheritdoc IUnits
    function vacate(uint64 unitId, uint64 leaseId, uint32 fromDay) external restricted {
        Occupation[] storage list = _occupations[unitId];
        uint32 day = today();
        if (fromDay < day) fromDay = day;
        for (uint256 i = 0; i < list.length; ++i) {
            Occupation storage found = list[i];
            if (found.leaseId != leaseId || found.toDay <= fromDay) continue;
            if (fromDay <= found.fromDay) {
                list[i] = list[list.length - 1];
                list.pop();
            } else {
                found.toDay = fromDay;
            }
            emit UnitVacated(unitId, leaseId, fromDay);
            return;
        }
    }

    /// @inheritdoc IUnits
    function today() public view returns (uint32 day) {
        return uint32((block.timestamp + 8 hours) / 1 days);
    }

    /// @notice The leases of a unit that have not ended, and some that have; in no order.
    function occupationsOf(uint64 unitId) external view returns (Occupation[] memory occupations) {
        return _occupations[unitId];
    }

    /// @dev No lease that has not ended has the unit.
    function _requireVacant(uint64 unitId) internal view {
        Occupation[] storage list = _occupations[unitId];
        uint32 day = today();
        for (uint256 i = 0; i < list.length; ++i) {
            if (list[i].toDay > day) revert UnitStillOccupied(unitId, list[i].leaseId);
        }
    }

    /// @inheritdoc UnitConsents
    function _operates(address account, uint64 leaseId, uint64 unitId) internal view override returns (bool) {
        if (leaseId == 0 || account == address(0) || account != operatorOf[leaseId]) return false;
        uint32 day = today();
        for (uint64 here = unitId; here != 0; here = _units[here].parent) {
            if (_covers(here, Occupation(0, leaseId, day, day + 1))) return true;
        }
        return false;
    }

    function _keep(uint64 unitId, Occupation memory wanted, uint32 day) private {
        Occupation[] storage list = _occupations[unitId];
        for (uint256 i = 0; i < list.length;) {
            if (list[i].toDay <= day) {
                list[i] = list[list.length - 1];
                list.pop();
            } else {
                if (list[i].leaseId == wanted.leaseId) revert LeaseInvalid(wanted.leaseId);
                ++i;
            }
        }
        if (list.length == MAX_OCCUPATIONS) revert TooManyOccupations(unitId);
        list.push(wanted);
    }

    function _requireFreeBelow(uint64 unitId, Occupation memory wanted) private view {
        uint64[] storage parts = _parts[unitId];
        for (uint256 i = 0; i < parts.length; ++i) {
            _requireFree(parts[i], wanted);
            _requireFreeBelow(parts[i], wanted);
        }
    }

    function _requireFree(uint64 unitId, Occupation memory wanted) private view {
        Occupation[] storage list = _occupations[unitId];
        for (uint256 i = 0; i < list.length; ++i) {
            Occupation memory other = list[i];
            bool apart = other.toDay <= wanted.fromDay || wanted.toDay <= other.fromDay;
            if (!apart && (wanted.headLeaseId == 0 || other.leaseId != wanted.headLeaseId)) {
                revert DaysTaken(unitId, other.leaseId);
            }
        }
    }

    // slither-disable-start incorrect-equality (numbers of leases)
    /// @dev Whether the head lease of `wanted`, if it may be sublet, has this very unit on all of its days.
    function _covers(uint64 unitId, Occupation memory wanted) private view returns (bool) {
        Occupation[] storage list = _occupations[unitId];
        for (uint256 i = 0; i < list.length; ++i) {
            Occupation memory head = list[i];
            if (
                head.leaseId == wanted.headLeaseId && operatorOf[head.leaseId] != address(0)
                    && head.fromDay <= wanted.fromDay && wanted.toDay <= head.toDay
            ) return true;
        }
        return false;
    }
    // slither-disable-end incorrect-equality
}
// slither-disable-end timestamp
