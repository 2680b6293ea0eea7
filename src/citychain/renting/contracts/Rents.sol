// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {DisputeParties} from "./DisputeParties.sol";
import {RentClaims} from "./RentClaims.sol";

/// @title Rent
/// @notice What is due under each lease when, what was paid, and what is claimed beside it.
///
/// Who may do what. Anybody pays rent of any lease from their own account, and lets it be paid by a mandate (RentMandates)
/// that anybody may trigger when rent is due. The payee of the lease grants credits, claims and waives late fees, and pays
/// back what was overpaid; a tenant objects to late fees. The lease's decider decides about both. Its bank says whether a payment
/// is final (RentPayments). The council's administration retires the contract.
///
/// What it does not do. It holds no money: rent goes from payer to payee, or into the lease's escrow. It takes nothing from
/// anybody without their call or mandate: a late fee or arrears are claims, which become a deduction only in the settlement of the
/// deposit. It never ends a lease, and knows no names.
///
/// How it is replaced. `retire` stops mandates, their use and new late fees for good; rent of the leases that are there is
/// paid, credited and decided on here until they are settled. Contracts of leases that come later name the successor.
contract Rents is RentClaims {
    /// @notice The contract began to keep the rent of `leases`.
    event RentsCreated(address leases, address escrow, address institutions, address parameters);

    constructor(address authority_, address leases, address escrow, address institutions, address parameters)
        DisputeParties(authority_, leases, escrow, institutions, parameters)
    {
        emit RentsCreated(leases, escrow, institutions, parameters);
    }
}
