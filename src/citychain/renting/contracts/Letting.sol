// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {TitleRecords} from "./TitleRecords.sol";
import {Units} from "./Units.sol";

/// @title Who may let a place, to how many, and who is paid for it
library Letting {
    /// @notice Who receives rent owns the home or, under a head lease, is its operator: money never goes to an agent.
    error PayeeNotAnOwner(address payee);
    /// @notice At most `most` people may live there.
    error TooManyOccupants(uint256 most);

    /// @notice Reverts by name unless `landlords` may let the unit together and `payee` is who lets it, not who acts for them.
    function requireLandlords(Units units, uint64 unitId, uint64 headLeaseId, address[] memory landlords, address payee)
        internal
        view
    {
        units.requireConsents(unitId, headLeaseId, landlords);
        if (headLeaseId != 0) {
            if (payee != landlords[0]) revert PayeeNotAnOwner(payee);
            return;
        }
        TitleRecords.Owner[] memory owners = units.TITLES().ownersOf(units.unitOf(unitId).titleId);
        for (uint256 i = 0; i < owners.length; ++i) {
            if (owners[i].account == payee) return;
        }
        revert PayeeNotAnOwner(payee);
    }

    /// @notice Reverts unless so many people may live in the unit.
    function requireOccupants(Units units, uint64 unitId, uint16 occupants) internal view {
        uint16 most = units.unitOf(unitId).occupants;
        if (occupants > most) revert TooManyOccupants(most);
    }
}
