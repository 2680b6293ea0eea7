// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {DepositAccounts} from "@citychain/money/contracts/DepositAccounts.sol";
import {ILeases} from "./ILeases.sol";
import {DisputeParties} from "./DisputeParties.sol";

// slither-disable-start timestamp (terms are days; the block's time is the city's clock)

/// @title The deposit of a lease that has ended, as it is divided
/// @notice What a lease has in escrow is at any time the sum of three: what the payee was granted and not yet credited, what
/// is open because a part of the settlement goes on, and the rest, which is the tenants'. `distribute` credits the first and
/// the last; so a deposit is paid exactly once and in full, whatever the order of what happens.
/// @dev A settlement has two parts that go the same way: the payee's claims, and the last bills of utilities.
abstract contract SettlementRecords is DisputeParties {
    /// @notice What a settlement is about: the payee's claims for the time of the lease; the last bills, for which some of
    /// the deposit waits.
    enum Part {
        Claims,
        Bills
    }

    /// @notice Where a part stands. Only `Closed` has nothing open.
    enum Step {
        None,
        Reserved,
        Stated,
        Reminded,
        Contested,
        Decided,
        AtCourt,
        Closed
    }

    struct Item {
        /// What it is for, in a word: "cleaning", "rent", "water".
        bytes32 kind;
        /// The salted commitment of the evidence.
        bytes32 evidence;
        /// What is still claimed of it, in fen.
        uint64 open;
        /// What the decision grants of it, in fen.
        uint64 granted;
    }

    struct State {
        Step step;
        /// When the present step ends (UTC seconds).
        uint48 deadline;
        /// When somebody contested, or the tenants stayed silent twice (UTC seconds); 0 before.
        uint48 contestedAt;
        /// The institution that decides now; 0 before.
        uint32 decider;
        /// Whether a decision was taken to court.
        bool decided;
        /// What is open, in fen: the sum of the items', or the reserve while bills are awaited.
        uint64 open;
    }

    /// @notice Items in one part of a settlement.
    uint256 public constant MAX_ITEMS = 16;

    /// @notice What the payee was granted of a lease's deposit and hasn't been credited with, in fen.
    mapping(uint64 leaseId => uint256 amount) public grantedOf;

    mapping(uint64 leaseId => mapping(Part => State)) internal _states;
    mapping(uint64 leaseId => mapping(Part => Item[])) internal _items;

    /// @notice The escrow was told to credit `toPayee` fen to `payee` and `toRefundee` to `refundee`.
    event DepositDistributed(
        uint64 indexed leaseId, address payee, uint256 toPayee, address refundee, uint256 toRefundee
    );
    /// @notice Nothing of the part is open any more.
    event SettlementClosed(uint64 indexed leaseId, Part indexed part);

    /// @notice The lease lasts until `endsAt` (UTC seconds; 0 while it has no end). Its deposit stays until then.
    error LeaseNotEnded(uint64 leaseId, uint256 endsAt);
    /// @notice The part of the settlement stands at a step at which this can't be done.
    error StepWrong(uint64 leaseId, Part part, Step step);
    /// @notice This can be done until before `deadline` (UTC seconds).
    error DeadlinePassed(uint256 deadline);
    /// @notice This can be done from `deadline` (UTC seconds) on.
    error DeadlineAhead(uint256 deadline);
    /// @notice One amount for each of the `count` items is needed.
    error AmountCountWrong(uint256 count);
    /// @notice Item `index` has only `open` fen open.
    error AmountAboveItem(uint256 index, uint256 open);

    /// @notice Where a part of a lease's settlement stands.
    function stateOf(uint64 leaseId, Part part) external view returns (State memory state) {
        return _states[leaseId][part];
    }

    /// @notice The items of a part of a lease's settlement, as they were stated.
    function itemsOf(uint64 leaseId, Part part) external view returns (Item[] memory items) {
        return _items[leaseId][part];
    }

    /// @notice Credits what is settled by now, in the escrow: to the payee what they were granted, to the tenants what is neither
    /// granted nor open. By anyone; it happens by itself with each step unless a court holds the deposit then.
    function distribute(uint64 leaseId) public {
        State storage claims = _states[leaseId][Part.Claims];
        if (claims.step == Step.None) revert StepWrong(leaseId, Part.Claims, Step.None);
        uint256 held = ESCROW.heldOf(leaseId);
        uint256 toPayee = grantedOf[leaseId];
        // a court may have given away some of what was here
        if (toPayee > held) toPayee = held;
        uint256 rest = held - toPayee;
        uint256 open = uint256(claims.open) + _states[leaseId][Part.Bills].open;
        uint256 toRefundee = rest > open ? rest - open : 0;
        // slither-disable-next-line incorrect-equality (nothing is nothing)
        if (toPayee + toRefundee == 0) return;
        grantedOf[leaseId] = 0;
        ILeases.LeaseView memory lease = LEASES.leaseOf(leaseId);
        emit DepositDistributed(leaseId, lease.payee, toPayee, lease.refundee, toRefundee);
        if (toPayee != 0) ESCROW.award(leaseId, lease.payee, toPayee);
        if (toRefundee != 0) ESCROW.award(leaseId, lease.refundee, toRefundee);
    }

    /// @dev Ends a step: closes the part when nothing of it is open, and credits what is settled unless a court holds it.
    function _settle(uint64 leaseId, Part part) internal {
        State storage state = _states[leaseId][part];
        if (state.open == 0 && state.step != Step.Closed) {
            (state.step, state.deadline) = (Step.Closed, 0);
            emit SettlementClosed(leaseId, part);
        }
        if (!ESCROW.isHeldForCourt(leaseId)) distribute(leaseId);
    }

    /// @dev Takes `amounts` off the items; the sum is no longer open.
    function _lower(uint64 leaseId, Part part, uint256[] calldata amounts) internal returns (uint256 sum) {
        Item[] storage items = _items[leaseId][part];
        if (amounts.length != items.length) revert AmountCountWrong(items.length);
        for (uint256 i = 0; i < amounts.length; ++i) {
            if (amounts[i] > items[i].open) revert AmountAboveItem(i, items[i].open);
            // the casts are safe: what is taken off is at most what is open
            items[i].open -= uint64(amounts[i]);
            items[i].granted = uint64(_less(items[i].granted, amounts[i]));
            sum += amounts[i];
        }
        if (sum == 0) revert DepositAccounts.AmountZero();
        _states[leaseId][part].open -= uint64(sum);
    }

    /// @dev The state of a part that somebody still waits for an answer or a decision about.
    function _requireOpen(uint64 leaseId, Part part) internal view returns (State storage state) {
        state = _states[leaseId][part];
        if (state.step < Step.Stated || state.step == Step.Closed) revert StepWrong(leaseId, part, state.step);
    }

    function _requireStep(uint64 leaseId, Part part, Step step) internal view returns (State storage state) {
        state = _states[leaseId][part];
        if (state.step != step) revert StepWrong(leaseId, part, state.step);
    }

    function _requireBefore(uint256 deadline) internal view {
        if (block.timestamp >= deadline) revert DeadlinePassed(deadline);
    }

    function _requirePast(uint256 deadline) internal view {
        if (block.timestamp < deadline) revert DeadlineAhead(deadline);
    }
}
// slither-disable-end timestamp
