// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Deciders} from "./Deciders.sol";
import {ILeases} from "./ILeases.sol";
import {LeaseAgreements} from "./LeaseAgreements.sol";
import {LeaseRecords} from "./LeaseRecords.sol";

// slither-disable-start timestamp (terms are days; the block's time is the city's clock)

/// @title How a lease ends before its term, or goes on after it
/// @notice By notice, where its terms allow one; by agreement; or for a breach: demand, days to cure it, notice of termination,
/// the other side's answer, and then a decision. Silence ends nothing. A court can always end it. The contract only says which
/// day is the last: it evicts nobody, and nothing that opens doors or cuts power may follow it.
abstract contract LeaseEndings is LeaseAgreements {
    struct Demand {
        /// Until when the breach can be cured (UTC seconds); 0 when nothing is demanded.
        uint48 cureUntil;
        /// When termination was notified; 0 before.
        uint48 notifiedAt;
        /// The day from which on the home shall be free.
        uint32 toDay;
    }

    /// @notice How long a decision waits for the other side's answer to a notice of termination.
    uint48 public constant ANSWER_TIME = 15 days;
    /// @notice How long the lease's decider has to decide, after which the city's may.
    uint48 public constant DECIDE_TIME = 28 days;
    /// @notice How long after the time to cure termination can be notified.
    uint48 public constant NOTIFY_TIME = 180 days;
    /// @notice Parameters: the fewest days to cure a breach, the fewest days to leave after a termination.
    bytes32 public constant CURE_DAYS = "lease.cure-days";
    bytes32 public constant LEAVE_DAYS = "lease.leave-days";
    /// @notice The parameter that names the institution that decides when the lease's decider doesn't.
    bytes32 public constant DEFAULT_DECIDER = "lease.default-decider";

    mapping(uint64 leaseId => mapping(bool byLandlord => Demand)) private _demands;

    /// @notice One side demands that a breach be cured; `breach` commits to what it is.
    event CureDemanded(uint64 indexed leaseId, bool indexed byLandlord, bytes32 breach, uint48 cureUntil, address by);
    /// @notice The breach wasn't cured: that side wants the home to be free from `toDay` on.
    event TerminationNotified(
        uint64 indexed leaseId, bool indexed byLandlord, uint32 toDay, bytes32 reason, address by
    );
    /// @notice The other side objects; `reason` commits to why.
    event TerminationContested(uint64 indexed leaseId, bool indexed byLandlord, bytes32 reason, address by);
    /// @notice The side that demanded takes it back.
    event DemandWithdrawn(uint64 indexed leaseId, bool indexed byLandlord, address by);
    /// @notice `institution` decided about the termination that a side notified; `reasons` commits to the decision. `toDay` is 0
    /// when the lease goes on.
    event TerminationDecided(
        uint64 indexed leaseId,
        bool indexed byLandlord,
        uint32 indexed institution,
        uint32 toDay,
        bytes32 reasons,
        address by
    );
    /// @notice A court ended the lease, or said that it never had effect.
    event CourtEnded(uint64 indexed leaseId, uint32 indexed court, bytes32 caseNumber, uint32 toDay);

    /// @notice The day is before the least one that is possible, or not before the lease's last.
    error EndDayInvalid(uint32 toDay, uint32 least, uint32 most);
    /// @notice The terms of the lease allow no ordinary notice.
    error NoNotice(uint64 leaseId);
    /// @notice Days to cure are at least `least` and at most 366.
    error CureDaysInvalid(uint256 least);
    /// @notice Nothing stands that this could follow: no demand, its time not over, or termination not notified in time.
    error DemandWrong(uint64 leaseId, bool byLandlord);
    /// @notice This can be done from `time` (UTC seconds) on.
    error TooSoon(uint256 time);

    /// @notice Agrees that a lease whose keys weren't handed over has no effect. It has none once all accounts of both sides agree.
    function agreeLapse(uint64 leaseId) external {
        if (_agreeAll(leaseId, keccak256(abi.encode("lapse")))) LEASES.annul(leaseId, "agreed");
    }

    /// @notice Agrees that a running lease ends before `toDay`. It does once all accounts of both sides agree.
    function agreeEnd(uint64 leaseId, uint32 toDay) external {
        _requireDay(LEASES.recordOf(leaseId), toDay, UNITS.today());
        if (_agreeAll(leaseId, keccak256(abi.encode("end", toDay)))) LEASES.shorten(leaseId, toDay, "agreed");
    }

    /// @notice Agrees that a running lease goes on until before `toDay`. It does once all accounts of both sides agree, the
    /// landlords may still let the place, and it is free.
    function agreeExtension(uint64 leaseId, uint32 toDay) external {
        _requireRunning(leaseId);
        if (_agreeAll(leaseId, keccak256(abi.encode("extension", toDay)))) LEASES.extend(leaseId, toDay);
    }

    /// @notice Gives ordinary notice, where the terms allow it. The lease ends before `toDay` once all accounts of the sender's
    /// side gave the same.
    function giveNotice(uint64 leaseId, uint32 toDay) external {
        LeaseRecords.Lease memory lease = _requireRunning(leaseId);
        if (lease.noticeDays == 0) revert NoNotice(leaseId);
        _requireDay(lease, toDay, UNITS.today() + lease.noticeDays);
        (address[] memory landlords, address[] memory tenants) = LEASES.partiesOf(leaseId);
        bool byLandlord = _contains(landlords, _msgSender());
        bytes32 what = keccak256(abi.encode("notice", byLandlord, toDay));
        if (_agreeSide(leaseId, what, byLandlord ? landlords : tenants)) LEASES.shorten(leaseId, toDay, "notice");
    }

    /// @notice Demands that the other side cure a breach within `cureDays`. By an account of either side; anew begins anew.
    /// @param breach The salted commitment of what is wrong.
    function demandCure(uint64 leaseId, bytes32 breach, uint16 cureDays) external {
        bool byLandlord = _isLandlord(leaseId, _requireRunning(leaseId));
        _requireReason(breach);
        uint256 least = PARAMETERS.get(CURE_DAYS);
        if (cureDays < least || cureDays > 366) revert CureDaysInvalid(least);
        uint48 cureUntil = uint48(block.timestamp) + uint48(cureDays) * 1 days;
        _demands[leaseId][byLandlord] = Demand(cureUntil, 0, 0);
        emit CureDemanded(leaseId, byLandlord, breach, cureUntil, _msgSender());
    }

    /// @notice Takes a demand, and a termination that followed it, back. By an account of the side that demanded.
    function withdrawDemand(uint64 leaseId) external {
        bool byLandlord = _isLandlord(leaseId, LEASES.recordOf(leaseId));
        if (_demands[leaseId][byLandlord].cureUntil == 0) revert DemandWrong(leaseId, byLandlord);
        delete _demands[leaseId][byLandlord];
        emit DemandWithdrawn(leaseId, byLandlord, _msgSender());
    }

    /// @notice Notifies that the lease shall end before `toDay` because the breach wasn't cured. By an account of the side that
    /// demanded, once, after the time to cure.
    /// @param reason The salted commitment of the notice.
    function notifyTermination(uint64 leaseId, uint32 toDay, bytes32 reason) external {
        LeaseRecords.Lease memory lease = _requireRunning(leaseId);
        bool byLandlord = _isLandlord(leaseId, lease);
        Demand storage demand = _demands[leaseId][byLandlord];
        if (
            demand.cureUntil == 0 || demand.notifiedAt != 0 || block.timestamp < demand.cureUntil
                || block.timestamp >= demand.cureUntil + NOTIFY_TIME
        ) revert DemandWrong(leaseId, byLandlord);
        _requireReason(reason);
        _requireDay(lease, toDay, UNITS.today() + uint32(PARAMETERS.get(LEAVE_DAYS)));
        (demand.notifiedAt, demand.toDay) = (uint48(block.timestamp), toDay);
        emit TerminationNotified(leaseId, byLandlord, toDay, reason, _msgSender());
    }

    /// @notice Objects to a termination that the other side notified. By an account of this side. The decider reads it; nothing
    /// ends without a decision either way.
    function contestTermination(uint64 leaseId, bytes32 reason) external {
        bool byLandlord = !_isLandlord(leaseId, LEASES.recordOf(leaseId));
        _requireNotified(leaseId, byLandlord);
        _requireReason(reason);
        emit TerminationContested(leaseId, byLandlord, reason, _msgSender());
    }

    /// @notice Accepts a termination that the other side notified. The lease ends as notified once all accounts of this side do.
    function acceptTermination(uint64 leaseId) external {
        (address[] memory landlords, address[] memory tenants) = LEASES.partiesOf(leaseId);
        bool byLandlord = !_contains(landlords, _msgSender());
        Demand memory demand = _requireNotified(leaseId, byLandlord);
        bytes32 what = keccak256(abi.encode("accept", byLandlord, demand.toDay, demand.notifiedAt));
        if (!_agreeSide(leaseId, what, byLandlord ? tenants : landlords)) return;
        delete _demands[leaseId][byLandlord];
        uint32 today = UNITS.today();
        LEASES.shorten(leaseId, demand.toDay < today ? today : demand.toDay, "accepted");
    }

    /// @notice Decides about a termination that a side notified, after the other had time to answer. By the lease's decider; by
    /// the city's, when the lease's may not act or didn't in time. In mediation the parties agree, or a court decides.
    /// @param toDay The day before which the lease ends; 0 when it goes on.
    /// @param reasons The salted commitment of the decision with its reasons.
    function decideTermination(uint64 leaseId, bool byLandlord, uint32 toDay, bytes32 reasons) external {
        LeaseRecords.Lease memory lease = _requireRunning(leaseId);
        if (lease.track == ILeases.Track.Mediation) revert Deciders.NobodyDecides(leaseId);
        uint48 time = _requireNotified(leaseId, byLandlord).notifiedAt + ANSWER_TIME;
        if (block.timestamp < time) revert TooSoon(time);
        _requireReason(reasons);
        (address[] memory landlords, address[] memory tenants) = LEASES.partiesOf(leaseId);
        uint32 institution =
            Deciders.requireDecider(INSTITUTIONS, _msgSender(), _deciderOf(lease, time), landlords, tenants);
        if (toDay != 0) _requireDay(lease, toDay, UNITS.today());
        delete _demands[leaseId][byLandlord];
        emit TerminationDecided(leaseId, byLandlord, institution, toDay, reasons, _msgSender());
        if (toDay != 0) LEASES.shorten(leaseId, toDay, "decision");
    }

    /// @notice Ends a running lease before `toDay`, or one whose keys weren't handed over altogether. By a court.
    function orderEnd(uint64 leaseId, bytes32 caseNumber, uint32 toDay) external {
        uint32 court = INSTITUTIONS.requireActing(_msgSender(), "court", "order");
        _requireReason(caseNumber);
        LeaseRecords.State state = LEASES.recordOf(leaseId).state;
        emit CourtEnded(leaseId, court, caseNumber, toDay);
        if (state == LeaseRecords.State.Running) LEASES.shorten(leaseId, toDay, "court");
        else LEASES.annul(leaseId, "court");
    }

    /// @notice What a side demanded of the other: until when to cure it, when termination was notified, for which day.
    function demandOf(uint64 leaseId, bool byLandlord) external view returns (Demand memory demand) {
        return _demands[leaseId][byLandlord];
    }

    /// @dev Whose turn it is to decide what could be decided from `time` on.
    function _deciderOf(LeaseRecords.Lease memory lease, uint48 time) private view returns (uint32 decider) {
        decider = lease.decider;
        if (Deciders.mayDecide(INSTITUTIONS, decider) && block.timestamp < time + DECIDE_TIME) return decider;
        if (INSTITUTIONS.institutionOf(_msgSender()) == INSTITUTIONS.dutyHolder(decider)) return decider;
        return uint32(PARAMETERS.get(DEFAULT_DECIDER));
    }

    function _requireNotified(uint64 leaseId, bool byLandlord) private view returns (Demand storage demand) {
        demand = _demands[leaseId][byLandlord];
        if (demand.notifiedAt == 0) revert DemandWrong(leaseId, byLandlord);
    }

    /// @dev A last day: not before `least` nor before the lease begins, and earlier than it is now.
    function _requireDay(LeaseRecords.Lease memory lease, uint32 toDay, uint32 least) private pure {
        if (least < lease.fromDay) least = lease.fromDay;
        if (toDay < least || toDay >= lease.toDay) revert EndDayInvalid(toDay, least, lease.toDay - 1);
    }

    function _requireRunning(uint64 leaseId) private view returns (LeaseRecords.Lease memory lease) {
        lease = LEASES.recordOf(leaseId);
        if (lease.state != LeaseRecords.State.Running || lease.toDay <= UNITS.today()) {
            revert LeaseRecords.LeaseStateWrong(leaseId, lease.state);
        }
    }
}
// slither-disable-end timestamp
