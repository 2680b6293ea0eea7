// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Deciders} from "./Deciders.sol";
import {ILeases} from "./ILeases.sol";
import {SettlementClaims} from "./SettlementClaims.sol";

// slither-disable-start timestamp (terms are days; the block's time is the city's clock)

/// @title Decisions about a deposit
/// @notice The lease names its track and its decider. Adjudication binds the escrow alone: for some days after it either party
/// may go to court, which keeps the money where it is. An arbitral award is final. In mediation nobody decides: the parties
/// agree, by what one accepts and the other gives up, or go to court. A decider who stays silent or may not act is replaced
/// by the city's, or by a court; what nobody decides about goes back to the tenants, because the landlord bears the burden.
/// @dev What a court orders, it orders in the escrow; nothing here can undo that.
abstract contract SettlementDisputes is SettlementClaims {
    /// @notice How long either party has to go to court after a decision that isn't final.
    uint48 public constant COURT_TIME = 14 days;
    /// @notice How long what is open waits for a court. A court that needs longer holds it in the escrow.
    uint48 public constant COURT_HOLD_TIME = 180 days;
    /// @notice The parameter that names the institution that decides when the lease's decider doesn't.
    bytes32 public constant DEFAULT_DECIDER = "lease.default-decider";

    /// @notice `decider` decides in place of the lease's, until before `deadline`.
    event DeciderReplaced(
        uint64 indexed leaseId, Part indexed part, uint32 indexed decider, uint48 deadline, address by
    );
    /// @notice `institution` grants the payee `amounts[i]` of item i; `reasons` commits to the decision. It is carried out at
    /// `deadline` unless a party goes to court before; at once when that is 0.
    event ClaimsDecided(
        uint64 indexed leaseId,
        Part indexed part,
        uint32 indexed institution,
        uint256[] amounts,
        bytes32 reasons,
        uint48 deadline,
        address by
    );
    /// @notice A party went to court; `filing` commits to the court's receipt. What is open waits until `deadline`.
    event ClaimsTakenToCourt(uint64 indexed leaseId, Part indexed part, bytes32 filing, uint48 deadline, address by);
    /// @notice A decision was carried out: `amount` fen of what was open are the payee's.
    event DecisionEnforced(uint64 indexed leaseId, Part indexed part, uint256 amount);

    /// @notice The city's decider is the one who decides already, or may not act now. Go to court.
    error NoOtherDecider(uint32 decider);

    /// @notice Decides how much of each item is granted to the payee. By the decider whose turn it is.
    /// @param amounts For each item, at most what is open of it, in fen.
    /// @param reasons The salted commitment of the decision with its reasons.
    function decideClaims(uint64 leaseId, Part part, uint256[] calldata amounts, bytes32 reasons) external {
        ILeases.LeaseView memory lease = LEASES.leaseOf(leaseId);
        State storage state = _requireStep(leaseId, part, Step.Contested);
        if (lease.track == ILeases.Track.Mediation) revert Deciders.NobodyDecides(leaseId);
        uint32 institution = _requireDecider(lease, state.decider);
        _requireReason(reasons);
        Item[] storage items = _items[leaseId][part];
        if (amounts.length != items.length) revert AmountCountWrong(items.length);
        for (uint256 i = 0; i < amounts.length; ++i) {
            if (amounts[i] > items[i].open) revert AmountAboveItem(i, items[i].open);
            // the cast is safe: what is granted is at most what is open
            items[i].granted = uint64(amounts[i]);
        }
        bool isFinal = lease.track == ILeases.Track.Arbitration && state.decider == lease.decider;
        uint48 deadline = isFinal ? 0 : uint48(block.timestamp) + COURT_TIME;
        (state.step, state.deadline, state.decided) = (Step.Decided, deadline, true);
        emit ClaimsDecided(leaseId, part, institution, amounts, reasons, deadline, _msgSender());
        if (isFinal) _enforce(leaseId, part);
    }

    /// @notice Lets the city's decider decide, because the lease's didn't in time or may not act now. By a party.
    function replaceDecider(uint64 leaseId, Part part) external {
        ILeases.LeaseView memory lease = LEASES.leaseOf(leaseId);
        _requireParty(lease);
        State storage state = _requireStep(leaseId, part, Step.Contested);
        if (lease.track == ILeases.Track.Mediation) revert Deciders.NobodyDecides(leaseId);
        if (Deciders.mayDecide(INSTITUTIONS, state.decider)) _requirePast(state.deadline);
        uint32 decider = uint32(PARAMETERS.get(DEFAULT_DECIDER));
        if (decider == state.decider || !Deciders.mayDecide(INSTITUTIONS, decider)) revert NoOtherDecider(decider);
        (state.decider, state.deadline) = (decider, uint48(block.timestamp) + DECIDE_TIME);
        emit DeciderReplaced(leaseId, part, decider, state.deadline, _msgSender());
    }

    /// @notice Keeps what is open for a court: against a decision that isn't final, before its deadline; without a decision,
    /// after the deadline of who should decide, or when nobody does. By a party.
    /// @param filing The salted commitment of the court's receipt.
    function goToCourt(uint64 leaseId, Part part, bytes32 filing) external {
        ILeases.LeaseView memory lease = LEASES.leaseOf(leaseId);
        _requireParty(lease);
        State storage state = _states[leaseId][part];
        if (state.step == Step.Decided) {
            _requireBefore(state.deadline);
        } else if (state.step == Step.Contested) {
            if (lease.track != ILeases.Track.Mediation) _requirePast(state.deadline);
        } else {
            revert StepWrong(leaseId, part, state.step);
        }
        _requireReason(filing);
        (state.step, state.deadline) = (Step.AtCourt, uint48(block.timestamp) + COURT_HOLD_TIME);
        emit ClaimsTakenToCourt(leaseId, part, filing, state.deadline, _msgSender());
    }

    /// @notice Carries a decision out when nobody went to court in time, or when the time for the court is over and it ordered
    /// nothing. By anyone.
    function enforceDecision(uint64 leaseId, Part part) external {
        State storage state = _states[leaseId][part];
        if (!state.decided || state.step == Step.Closed) revert StepWrong(leaseId, part, state.step);
        _requirePast(state.deadline);
        _enforce(leaseId, part);
    }

    /// @dev A court to which the parties went and that gave away some of the deposit has decided: it leaves the rest to the tenants.
    function _enforce(uint64 leaseId, Part part) private {
        State storage state = _states[leaseId][part];
        Item[] storage items = _items[leaseId][part];
        uint256 sum = 0;
        if (state.step != Step.AtCourt || !_isShort(leaseId)) {
            for (uint256 i = 0; i < items.length; ++i) {
                sum += items[i].granted < items[i].open ? items[i].granted : items[i].open;
            }
        }
        state.open = 0;
        grantedOf[leaseId] += sum;
        emit DecisionEnforced(leaseId, part, sum);
        _settle(leaseId, part);
    }

    /// @dev Whether the escrow holds less than what was granted and what is open, because a court gave it away.
    function _isShort(uint64 leaseId) private view returns (bool) {
        uint256 open = uint256(_states[leaseId][Part.Claims].open) + _states[leaseId][Part.Bills].open;
        return ESCROW.heldOf(leaseId) < grantedOf[leaseId] + open;
    }
}
// slither-disable-end timestamp
