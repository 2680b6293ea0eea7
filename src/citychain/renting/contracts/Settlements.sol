// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {DisputeParties} from "./DisputeParties.sol";
import {SettlementDisputes} from "./SettlementDisputes.sol";

/// @title What becomes of a deposit
/// @notice The settlement of each lease that has ended: claims, answers, decisions, and who is credited with what.
///
/// Who may do what. The payee of the lease claims, reminds and withdraws (SettlementClaims). A tenant contests; the tenant to whom the
/// deposit goes back accepts. The lease's decider decides, and the city's when they don't; either party goes to court
/// (SettlementDisputes). Anybody carries out what has become certain by time. The council's administration retires the contract.
///
/// What it does not do. It holds no money and pays nobody: it tells the escrow whom to credit. It judges nothing, and takes
/// nothing for silence. It can't go beyond the deposit, nor against what a court ordered in the escrow.
///
/// How it is replaced. `retire` lets no settlement begin here any more; those that have begun go on to their end. The successor
/// gets the same role at the escrow and refuses leases whose settlement began here.
contract Settlements is SettlementDisputes {
    /// @notice The contract began to settle the deposits of `leases`.
    event SettlementsCreated(address leases, address escrow, address institutions, address parameters);

    constructor(address authority_, address leases, address escrow, address institutions, address parameters)
        DisputeParties(authority_, leases, escrow, institutions, parameters)
    {
        emit SettlementsCreated(leases, escrow, institutions, parameters);
    }
}
