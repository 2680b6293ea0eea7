// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {LeaseEndings} from "./LeaseEndings.sol";
import {LeaseRecords} from "./LeaseRecords.sol";

// slither-disable-start timestamp (terms are days; the block's time is the city's clock)

/// @title Who stands on the sides of a lease when that changes
/// @notice A sale doesn't break a lease (Civil Code 725): the new owners take the landlords' side over and name who is paid from
/// then on; what was paid before counts. So do the owners of a home whose head lease is over, for the people who live there under
/// it. An account that its person can't use any more is replaced by who establishes people's identity, after notice and time
/// in which the account itself may object: by another of the same person, their heir, guardian or liquidator.
abstract contract LeaseParties is LeaseEndings {
    struct Replacement {
        address by;
        /// From when it is carried out (UTC seconds); 0 when none is announced.
        uint48 from;
    }

    /// @notice Accounts on one side of a lease.
    uint256 public constant MAX_PARTIES = 16;
    /// @notice How long an account may object to its replacement.
    uint48 public constant OBJECTION_TIME = 14 days;
    /// @notice How long a replacement waits to be carried out after that.
    uint48 public constant REPLACE_TIME = 60 days;

    mapping(uint64 leaseId => mapping(address account => Replacement)) private _replacements;

    /// @notice `institution` wants `by` in the place of `account` from `from` (UTC seconds) on; `reason` commits to what it saw.
    event ReplacementAnnounced(
        uint64 indexed leaseId, address indexed account, address by, uint32 institution, bytes32 reason, uint48 from
    );
    /// @notice The account objected, or the institution took it back.
    event ReplacementStopped(uint64 indexed leaseId, address indexed account, address by);

    /// @notice The present landlords may still let the place: they go on.
    error StillLandlords(uint64 leaseId);
    /// @notice Landlords are 1 to `MAX_PARTIES` accounts in rising order, nobody twice.
    error LandlordsInvalid();
    /// @notice No replacement of the account is announced, or not in time.
    error NothingAnnounced(uint64 leaseId, address account);

    /// @notice Takes the landlords' side over, by all who may let the place now, once each of `landlords` has called this. Rent
    /// that was paid before counts (Civil Code 725); deposit, terms and tenants stay.
    /// @param landlords Who lets now, in rising order: the owners who must consent, or who has their mandates.
    /// @param payee An owner, who receives rent from then on.
    function takeOver(uint64 leaseId, address[] calldata landlords, address payee) external {
        LeaseRecords.Lease memory lease = LEASES.recordOf(leaseId);
        if (landlords.length == 0 || landlords.length > MAX_PARTIES) revert LandlordsInvalid();
        for (uint256 i = 1; i < landlords.length; ++i) {
            if (landlords[i - 1] >= landlords[i]) revert LandlordsInvalid();
        }
        uint64 head = lease.headLeaseId;
        if (head != 0 && LEASES.recordOf(head).toDay <= UNITS.today()) head = 0;
        if (_stillLet(leaseId, lease.unitId, head)) revert StillLandlords(leaseId);
        if (_agreeSide(leaseId, keccak256(abi.encode("takeOver", landlords, payee)), landlords)) {
            LEASES.changeLandlords(leaseId, head, landlords, payee);
        }
    }

    /// @notice Names another owner as who receives rent, once all landlords named the same.
    function agreePayee(uint64 leaseId, address payee) external {
        address[] memory landlords = LEASES.landlordsOf(leaseId);
        bytes32 what = keccak256(abi.encode("payee", payee));
        if (_agreeSide(leaseId, what, landlords)) LEASES.changePayee(leaseId, payee);
    }

    /// @notice Names another tenant as to whom the deposit goes back, once all tenants named the same.
    function agreeRefundee(uint64 leaseId, address refundee) external {
        address[] memory tenants = LEASES.tenantsOf(leaseId);
        bytes32 what = keccak256(abi.encode("refundee", refundee));
        if (_agreeSide(leaseId, what, tenants)) LEASES.changeRefundee(leaseId, refundee);
    }

    /// @notice Announces that `by` shall stand in the place of `account`. By a key of an institution of the kind "identity" with
    /// the scope "accounts", which has made sure who they are.
    /// @param reason The salted commitment of what it saw.
    function announceReplacement(uint64 leaseId, address account, address by, bytes32 reason) external {
        uint32 institution = INSTITUTIONS.requireActing(_msgSender(), "identity", "accounts");
        _requireReason(reason);
        if (!LEASES.isParty(leaseId, account)) revert LeaseRecords.NotAParty(account);
        if (by == address(0) || LEASES.isParty(leaseId, by)) revert LeaseRecords.AlreadyAParty(by);
        uint48 from = uint48(block.timestamp) + OBJECTION_TIME;
        _replacements[leaseId][account] = Replacement(by, from);
        emit ReplacementAnnounced(leaseId, account, by, institution, reason, from);
    }

    /// @notice Ends an announced replacement. By the account itself, or a key that may announce one.
    function stopReplacement(uint64 leaseId, address account) external {
        if (_replacements[leaseId][account].from == 0) revert NothingAnnounced(leaseId, account);
        address by = _msgSender();
        // slither-disable-next-line unused-return (which institution doesn't matter)
        if (by != account) INSTITUTIONS.requireActing(by, "identity", "accounts");
        delete _replacements[leaseId][account];
        emit ReplacementStopped(leaseId, account, by);
    }

    /// @notice Carries an announced replacement out, once the time to object is over. By anyone.
    function replaceAccount(uint64 leaseId, address account) external {
        Replacement memory replacement = _replacements[leaseId][account];
        if (replacement.from == 0 || block.timestamp >= replacement.from + REPLACE_TIME) {
            revert NothingAnnounced(leaseId, account);
        }
        if (block.timestamp < replacement.from) revert TooSoon(replacement.from);
        delete _replacements[leaseId][account];
        LEASES.replaceAccount(leaseId, account, replacement.by);
    }

    /// @notice What was announced for an account: by whom it is replaced, and from when; zeros when nothing.
    function replacementOf(uint64 leaseId, address account) external view returns (address by, uint48 from) {
        Replacement memory replacement = _replacements[leaseId][account];
        return (replacement.by, replacement.from);
    }

    function _stillLet(uint64 leaseId, uint64 unitId, uint64 headLeaseId) private view returns (bool) {
        address[] memory landlords = LEASES.landlordsOf(leaseId);
        try UNITS.requireConsents(unitId, headLeaseId, landlords) {
            return true;
        } catch {
            return false;
        }
    }
}
// slither-disable-end timestamp
