// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {ILeases} from "./ILeases.sol";
import {SettlementRecords} from "./SettlementRecords.sol";
import {TitleRecords} from "./TitleRecords.sol";

// slither-disable-start timestamp (terms are days; the block's time is the city's clock)

/// @title Claims on a deposit, and answers
/// @notice After the lease's end the payee states what they claim, item by item, once; what isn't claimed is the tenants' at
/// once. The tenants accept or contest. Who stays silent: a payee who claims nothing in time gets nothing; tenants who don't
/// answer are reminded by two channels, and then the decider decides on the evidence. Nothing is deducted by silence.
abstract contract SettlementClaims is SettlementRecords {
    struct ItemClaimed {
        bytes32 kind;
        bytes32 evidence;
        uint64 amount;
    }

    /// @notice How long the payee has after the lease's end to state claims.
    uint48 public constant CLAIM_TIME = 14 days;
    /// @notice How long the tenants have to answer, each time.
    uint48 public constant ANSWER_TIME = 14 days;
    /// @notice How long the payee has to remind tenants who didn't answer.
    uint48 public constant REMIND_TIME = 14 days;
    /// @notice How long the decider has to decide.
    uint48 public constant DECIDE_TIME = 28 days;
    /// @notice After how long what nobody decided about is the tenants'.
    uint48 public constant LAST_TIME = 365 days;
    /// @notice How long after the lease's end some of the deposit waits for the last bills.
    uint48 public constant BILL_TIME = 60 days;
    /// @notice The parameter that says how much of a deposit may wait for the last bills, per cent.
    bytes32 public constant RESERVE_PERCENT = "lease.reserve-percent";

    /// @notice The payee claims the items, and `reserve` fen wait for bills; the tenants answer until before `deadline`.
    event ClaimsStated(
        uint64 indexed leaseId, Part indexed part, ItemClaimed[] items, uint256 reserve, uint48 deadline, address by
    );
    /// @notice The tenants owe `amounts[i]` of item i, they say. `open` fen of the part stay open.
    event ClaimsAccepted(uint64 indexed leaseId, Part indexed part, uint256[] amounts, uint256 open, address by);
    /// @notice The payee gives up `amounts[i]` of item i. `open` fen of the part stay open.
    event ClaimsWithdrawn(uint64 indexed leaseId, Part indexed part, uint256[] amounts, uint256 open, address by);
    /// @notice The tenants were reminded by two channels; `proof` commits to that. They answer until before `deadline`.
    event TenantsReminded(uint64 indexed leaseId, Part indexed part, bytes32 proof, uint48 deadline, address by);
    /// @notice What is open waits for a decision by `decider` until before `deadline`. `reason` commits to a tenant's objection; 0
    /// when they accepted some only, or didn't answer twice.
    event ClaimsContested(
        uint64 indexed leaseId, Part indexed part, uint32 indexed decider, bytes32 reason, uint48 deadline, address by
    );
    /// @notice Nobody claimed, reminded or decided in time, or the payee wants no more: what was open is the tenants'.
    event DepositReleased(uint64 indexed leaseId, Part indexed part, uint256 amount, address by);

    /// @notice Only the tenant to whom the deposit goes back may accept deductions from it.
    error NotTheRefundee(address account);
    /// @notice A part of a settlement has at most `MAX_ITEMS` items.
    error TooManyItems(uint256 count);
    /// @notice Each item says what it is for and commits to its evidence.
    error ItemIncomplete(uint256 index);
    /// @notice Claims and reserve are at most `most` fen together: the deposit, or for bills the reserve.
    error ClaimsAboveDeposit(uint256 most);
    /// @notice At most `most` fen may wait for the last bills.
    error ReserveTooLarge(uint256 most);

    /// @notice States everything that the payee claims of the deposit, and how much of it shall wait for the last bills. By the
    /// payee, once, within `CLAIM_TIME` of the lease's end.
    function stateClaims(uint64 leaseId, ItemClaimed[] calldata items, uint64 reserve) external whileInUse {
        ILeases.LeaseView memory lease = LEASES.leaseOf(leaseId);
        _requirePayee(lease);
        State storage state = _requireStep(leaseId, Part.Claims, Step.None);
        uint48 endedAt = _requireEnded(leaseId, lease);
        _requireBefore(endedAt + CLAIM_TIME);
        uint256 most = uint256(lease.deposit) * PARAMETERS.get(RESERVE_PERCENT) / 100;
        if (reserve > most) revert ReserveTooLarge(most);
        uint256 held = ESCROW.heldOf(leaseId);
        if (reserve > held) revert ClaimsAboveDeposit(held);
        if (reserve != 0) {
            State storage bills = _states[leaseId][Part.Bills];
            (bills.step, bills.deadline, bills.open) = (Step.Reserved, endedAt + BILL_TIME, reserve);
        }
        _state(leaseId, Part.Claims, state, items, held - reserve);
        emit ClaimsStated(leaseId, Part.Claims, items, reserve, state.deadline, _msgSender());
        _settle(leaseId, Part.Claims);
    }

    /// @notice States the last bills. By the payee, once, within `BILL_TIME` of the lease's end, of what waits for them.
    function stateBills(uint64 leaseId, ItemClaimed[] calldata items) external {
        _requirePayee(LEASES.leaseOf(leaseId));
        State storage state = _requireStep(leaseId, Part.Bills, Step.Reserved);
        _requireBefore(state.deadline);
        _state(leaseId, Part.Bills, state, items, state.open);
        emit ClaimsStated(leaseId, Part.Bills, items, 0, state.deadline, _msgSender());
        _settle(leaseId, Part.Bills);
    }

    /// @notice Accepts some or all of what is open, at any time until it is closed; the payee is credited at once. By the tenant
    /// to whom the deposit goes back. As a first answer it contests the rest.
    /// @param amounts What is accepted of each item, in fen.
    function acceptClaims(uint64 leaseId, Part part, uint256[] calldata amounts) external {
        ILeases.LeaseView memory lease = LEASES.leaseOf(leaseId);
        if (_msgSender() != lease.refundee) revert NotTheRefundee(_msgSender());
        State storage state = _requireOpen(leaseId, part);
        grantedOf[leaseId] += _lower(leaseId, part, amounts);
        emit ClaimsAccepted(leaseId, part, amounts, state.open, _msgSender());
        if (state.open != 0 && state.step < Step.Contested) _contest(leaseId, part, lease, 0);
        _settle(leaseId, part);
    }

    /// @notice Gives up some or all of what is open, at any time until it is closed. By the payee.
    /// @param amounts What is given up of each item, in fen.
    function withdrawClaims(uint64 leaseId, Part part, uint256[] calldata amounts) external {
        _requirePayee(LEASES.leaseOf(leaseId));
        State storage state = _requireOpen(leaseId, part);
        _lower(leaseId, part, amounts);
        emit ClaimsWithdrawn(leaseId, part, amounts, state.open, _msgSender());
        _settle(leaseId, part);
    }

    /// @notice Records that tenants who didn't answer in time were reminded by two channels. By the payee, within `REMIND_TIME`.
    /// @param proof The salted commitment of what was sent and how it arrived.
    function remindTenants(uint64 leaseId, Part part, bytes32 proof) external {
        _requirePayee(LEASES.leaseOf(leaseId));
        State storage state = _requireStep(leaseId, part, Step.Stated);
        _requirePast(state.deadline);
        _requireBefore(state.deadline + REMIND_TIME);
        _requireReason(proof);
        (state.step, state.deadline) = (Step.Reminded, uint48(block.timestamp) + ANSWER_TIME);
        emit TenantsReminded(leaseId, part, proof, state.deadline, _msgSender());
    }

    /// @notice Contests everything that is open, before somebody decides. By a tenant.
    /// @param reason The salted commitment of why.
    function contestClaims(uint64 leaseId, Part part, bytes32 reason) external {
        ILeases.LeaseView memory lease = LEASES.leaseOf(leaseId);
        _requireTenant(lease);
        State storage state = _states[leaseId][part];
        if (state.step != Step.Stated && state.step != Step.Reminded) revert StepWrong(leaseId, part, state.step);
        _requireReason(reason);
        _contest(leaseId, part, lease, reason);
    }

    /// @notice Brings claims before the decider whom the tenants, reminded, left without an answer. By anyone.
    function referClaims(uint64 leaseId, Part part) external {
        _requirePast(_requireStep(leaseId, part, Step.Reminded).deadline);
        _contest(leaseId, part, LEASES.leaseOf(leaseId), 0);
    }

    /// @notice Gives the tenants what is open, when nobody did in time what it waits for. By anyone; by the payee also before the
    /// time when nothing is claimed yet.
    function releaseDeposit(uint64 leaseId, Part part) external {
        State storage state = _states[leaseId][part];
        Step step = state.step;
        ILeases.LeaseView memory lease = LEASES.leaseOf(leaseId);
        if (step == Step.None && part == Part.Claims) {
            if (retired) revert TitleRecords.ContractRetired(successor);
            uint48 endedAt = _requireEnded(leaseId, lease);
            if (_msgSender() != lease.payee) _requirePast(endedAt + CLAIM_TIME);
        } else if (step == Step.Reserved) {
            if (_msgSender() != lease.payee) _requirePast(state.deadline);
        } else if (step == Step.Stated) {
            _requirePast(state.deadline + REMIND_TIME);
        } else if (step == Step.Contested) {
            _requirePast(state.contestedAt + LAST_TIME);
        } else if (step == Step.AtCourt && !state.decided) {
            _requirePast(state.deadline);
        } else {
            revert StepWrong(leaseId, part, step);
        }
        emit DepositReleased(leaseId, part, state.open, _msgSender());
        state.open = 0;
        _settle(leaseId, part);
    }

    /// @dev Brings what is open before the lease's decider.
    function _contest(uint64 leaseId, Part part, ILeases.LeaseView memory lease, bytes32 reason) private {
        State storage state = _states[leaseId][part];
        uint48 deadline = uint48(block.timestamp) + DECIDE_TIME;
        (state.step, state.deadline, state.contestedAt) = (Step.Contested, deadline, uint48(block.timestamp));
        state.decider = lease.decider;
        emit ClaimsContested(leaseId, part, lease.decider, reason, deadline, _msgSender());
    }

    function _state(uint64 leaseId, Part part, State storage state, ItemClaimed[] calldata items, uint256 most)
        private
    {
        if (items.length > MAX_ITEMS) revert TooManyItems(items.length);
        uint256 sum = 0;
        for (uint256 i = 0; i < items.length; ++i) {
            ItemClaimed calldata item = items[i];
            if (item.kind == 0 || item.evidence == 0 || item.amount == 0) revert ItemIncomplete(i);
            sum += item.amount;
            _items[leaseId][part].push(Item(item.kind, item.evidence, item.amount, 0));
        }
        if (sum > most) revert ClaimsAboveDeposit(most);
        // the cast is safe: the escrow holds less than 2^63
        (state.step, state.deadline, state.open) = (Step.Stated, uint48(block.timestamp) + ANSWER_TIME, uint64(sum));
    }

    function _requireEnded(uint64 leaseId, ILeases.LeaseView memory lease) private view returns (uint48 endedAt) {
        endedAt = lease.endingAt;
        if (!lease.ending || block.timestamp < endedAt) revert LeaseNotEnded(leaseId, endedAt);
    }
}
// slither-disable-end timestamp
