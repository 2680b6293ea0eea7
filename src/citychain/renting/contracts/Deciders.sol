// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IInstitutions} from "@citychain/chain/contracts/IInstitutions.sol";

/// @title Who decides between the parties of a lease
/// @notice A decision is by a key, with the scope "decide", of the institution that the lease names, or that carries its
/// duties. Nobody decides whose institution counts a party of the lease among its keys.
library Deciders {
    /// @notice The lease's decider is another institution, and the sender's doesn't carry its duties.
    error NotTheDecider(uint32 institution, uint32 decider);
    /// @notice The account is a party of the lease and a key of the deciding institution, which therefore can't decide. The
    /// institution takes the key away, or the parties go on without it.
    error ConflictOfInterest(address account);
    /// @notice In mediation nobody decides but the parties together, or a court.
    error NobodyDecides(uint64 leaseId);

    /// @notice The institution for which `account` decides, when it may; reverts by name otherwise.
    function requireDecider(
        IInstitutions institutions,
        address account,
        uint32 decider,
        address[] memory landlords,
        address[] memory tenants
    ) internal view returns (uint32 institution) {
        institution = institutions.requireActing(account, institutions.kindOf(decider), "decide");
        if (institution != institutions.dutyHolder(decider)) revert NotTheDecider(institution, decider);
        _requireNoKeyOf(institutions, institution, landlords);
        _requireNoKeyOf(institutions, institution, tenants);
    }

    /// @notice Whether `decider`, or who carries its duties, may decide now.
    function mayDecide(IInstitutions institutions, uint32 decider) internal view returns (bool) {
        return institutions.isActive(institutions.dutyHolder(decider));
    }

    function _requireNoKeyOf(IInstitutions institutions, uint32 institution, address[] memory accounts) private view {
        for (uint256 i = 0; i < accounts.length; ++i) {
            if (institutions.institutionOf(accounts[i]) == institution) revert ConflictOfInterest(accounts[i]);
        }
    }
}
