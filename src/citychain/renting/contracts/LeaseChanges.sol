// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {LeaseAgreements} from "./LeaseAgreements.sol";
import {LeaseParties} from "./LeaseParties.sol";

/// @title LeaseChanges: what may become of a lease that all have signed
/// @notice Who may do what. The accounts of a lease agree that it ends, lapses or goes on, give notice where its terms allow
/// it, and demand that a breach be cured. The lease's decider decides about a termination, a court about every end. New owners
/// take the landlords' side over. An institution of the kind "identity" (a key with the scope "accounts") replaces an account
/// that its person can't use any more, after notice and time to object.
///
/// What it does not do. It changes no rent, no deposit and no term but the last day and who stands on the sides; it moves no
/// money and evicts nobody.
///
/// How it is replaced. It writes to Leases by a role of the Authority, which goes to its successor. What was agreed by some only,
/// demanded or announced here ends with it, and is said again there.
contract LeaseChanges is LeaseParties {
    constructor(address authority_, address leases, address parameters)
        LeaseAgreements(authority_, leases, parameters)
    {}
}
