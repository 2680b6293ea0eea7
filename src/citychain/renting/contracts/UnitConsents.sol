// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IUnits} from "./IUnits.sol";
import {TitleRecords} from "./TitleRecords.sol";
import {TitleTransfers} from "./TitleTransfers.sol";
import {UnitRecords} from "./UnitRecords.sol";

// slither-disable-start timestamp (terms are days; the block's time is the city's clock)

/// @title Who lets a place
/// @notice The owners of its title who must consent, each in person or by a mandate with a scope and an end that they can
/// revoke at any time; under a head lease its operator. A mandate says what somebody may sign; never that they receive money.
abstract contract UnitConsents is UnitRecords {
    /// @notice The longest time for which a mandate may be given.
    uint256 public constant MAX_MANDATE_TIME = 3 * 366 days;
    /// @notice Accounts that let one unit together.
    uint256 public constant MAX_LANDLORDS = 16;

    /// @notice Who may sublet and name places under a head lease; zero when nobody may.
    mapping(uint64 leaseId => address operator) public operatorOf;
    /// @notice When the mandate of an owner for another ends, UTC seconds; 0 when there is none.
    mapping(
        uint256 titleId => mapping(address owner => mapping(address delegate => mapping(bytes32 scope => uint48)))
    ) public mandateUntil;

    /// @notice `delegate` may act for `owner` in `scope` until before `validUntil` (UTC seconds).
    event MandateGiven(
        uint256 indexed titleId, address indexed owner, address indexed delegate, bytes32 scope, uint48 validUntil
    );
    /// @notice The mandate is over, by its owner.
    event MandateRevoked(uint256 indexed titleId, address indexed owner, address indexed delegate, bytes32 scope);

    /// @notice A mandate names somebody else and a scope, and ends in the future, within `MAX_MANDATE_TIME`.
    error MandateInvalid(address delegate, uint48 validUntil);
    /// @notice There is no such mandate to revoke.
    error MandateMissing(address delegate, bytes32 scope);
    /// @notice A unit is let by 1 to `MAX_LANDLORDS` accounts.
    error LandlordCountInvalid(uint256 count);

    /// @notice Lets `delegate` act for the sender over a title, as to `scope`: "let" signs leases, "list" lists. By an owner.
    function giveMandate(uint256 titleId, address delegate, bytes32 scope, uint48 validUntil) external whileInUse {
        address owner = _msgSender();
        if (!_isOwner(titleId, owner)) revert NotALandlord(owner);
        if (
            delegate == address(0) || delegate == owner || scope == 0 || validUntil <= block.timestamp
                || validUntil > block.timestamp + MAX_MANDATE_TIME
        ) revert MandateInvalid(delegate, validUntil);
        mandateUntil[titleId][owner][delegate][scope] = validUntil;
        emit MandateGiven(titleId, owner, delegate, scope, validUntil);
    }

    /// @notice Ends a mandate at once. By who gave it, also when they own the title no more.
    function revokeMandate(uint256 titleId, address delegate, bytes32 scope) external whileInUse {
        address owner = _msgSender();
        if (mandateUntil[titleId][owner][delegate][scope] == 0) revert MandateMissing(delegate, scope);
        delete mandateUntil[titleId][owner][delegate][scope];
        emit MandateRevoked(titleId, owner, delegate, scope);
    }

    /// @notice Whether `delegate` may act now for `owner` in `scope`; true when they are the same.
    function actsFor(uint256 titleId, address owner, address delegate, bytes32 scope) public view returns (bool acts) {
        return owner == delegate || mandateUntil[titleId][owner][delegate][scope] > block.timestamp;
    }

    /// @inheritdoc IUnits
    function requireConsents(uint64 unitId, uint64 headLeaseId, address[] calldata landlords) external view {
        uint256 titleId = _requireInUse(unitId).titleId;
        if (landlords.length == 0 || landlords.length > MAX_LANDLORDS) revert LandlordCountInvalid(landlords.length);
        if (headLeaseId != 0) {
            if (landlords.length != 1) revert LandlordCountInvalid(landlords.length);
            if (!_operates(landlords[0], headLeaseId, unitId)) revert NotALandlord(landlords[0]);
            return;
        }
        TitleRecords.Owner[] memory owners = TITLES.ownersOf(titleId);
        if (owners.length == 0) revert TitleRecords.TitleNotRegistered(titleId);
        bool[] memory concerned = new bool[](landlords.length);
        for (uint256 i = 0; i < owners.length; ++i) {
            bool consents = false;
            for (uint256 j = 0; j < landlords.length; ++j) {
                if (!actsFor(titleId, owners[i].account, landlords[j], "let")) continue;
                (consents, concerned[j]) = (true, true);
            }
            if (owners[i].mustConsent && !consents) revert TitleTransfers.ConsentMissing(owners[i].account);
        }
        for (uint256 j = 0; j < landlords.length; ++j) {
            if (!concerned[j]) revert NotALandlord(landlords[j]);
        }
    }

    /// @dev Whether the operator of `leaseId` has the unit, or what it is a part of, today.
    function _operates(address account, uint64 leaseId, uint64 unitId) internal view virtual returns (bool);
}
// slither-disable-end timestamp
