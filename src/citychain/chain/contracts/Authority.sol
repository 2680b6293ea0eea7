// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {LowLevelCall} from "@openzeppelin/contracts/utils/LowLevelCall.sol";
import {Time} from "@openzeppelin/contracts/utils/types/Time.sol";
import {ITrustedForwarder} from "./CityContext.sol";

/// @title Who administers the city's contracts
/// @notice OpenZeppelin's AccessManager, plus the forwarder that contracts believe and the contracts that it may call.
///
/// The council is a Safe that holds ADMIN_ROLE with an execution delay; the recovery council is a second Safe that
/// holds it with a longer one; guardians hold GUARDIAN_ROLE without delay. Every administrative act is scheduled,
/// waits for the delay of whoever scheduled it, and can meanwhile be cancelled by a guardian or by the other council.
/// Nobody can cancel the removal of their own role, so no single one of the three can hold the city still:
/// - a council that lost or leaked its keys is removed by the recovery council, while guardians cancel what it schedules;
/// - guardians that cancel everything are removed by either council, which no guardian can stop, only the other council.
///   That takes `GUARDIAN_REMOVAL_DELAY` at least, longer than the recovery council needs, so that a leaked council can't
///   remove the guardian first and then the recovery council;
/// - a recovery council gone astray is removed by the council, which is faster.
///
/// A guardian can switch meta-transactions off at once; direct calls go on. Only a council names a new forwarder, and
/// it waits for seven days or its own delay, whichever is longer. Replacing Authority itself: the council moves each
/// contract with `updateAuthority(contract, newAuthority)`.
///
/// It holds no rights of institutions (see IInstitutions) and takes no ERC-2771 sender: a Safe calls it directly.
contract Authority is AccessManager, ITrustedForwarder {
    /// @notice May switch meta-transactions off and cancel what councils have scheduled or proposed.
    uint64 public constant GUARDIAN_ROLE = 1;
    /// @notice A proposed forwarder is believed after this many seconds at the earliest.
    uint32 public constant FORWARDER_DELAY = 7 days;
    /// @notice The removal of a guardian waits this many seconds at least: the recovery council's delay and a week more
    /// (plans with a longer one are refused).
    uint32 public constant GUARDIAN_REMOVAL_DELAY = 30 days;
    /// @notice What a target may spend to name its Authority: one that burns everything is no target.
    uint256 public constant TARGET_GAS = 30_000;

    address private _forwarder;
    address private _proposed;
    uint48 private _effectiveAt;
    bool private _initialized;
    mapping(address target => bool) private _targets;

    /// The forwarder that contracts believe from the first block.
    event ForwarderInitialized(address indexed forwarder);
    /// The forwarder that contracts will believe from `effectiveAt` (UTC seconds) on, unless cancelled.
    event ForwarderProposed(address indexed forwarder, uint48 effectiveAt);
    /// The proposal was cancelled; the current forwarder stays.
    event ForwarderProposalCancelled(address indexed forwarder);
    /// No forwarder is believed, and what was proposed is dropped.
    event ForwarderSwitchedOff(address indexed forwarder, address indexed proposed);
    /// The forwarder may (or may no longer) call the contract.
    event TargetRegistered(address indexed target, bool registered);

    /// The first forwarder was set already; remedy: `proposeForwarder`.
    error ForwarderAlreadyInitialized();
    /// An address without code can't forward; remedy: deploy the forwarder first.
    error ForwarderWithoutCode(address forwarder);
    /// The caller holds no ADMIN_ROLE itself; remedy: the council's Safe calls this function directly, not by `execute`.
    error NotCouncil(address account);
    /// Nothing is proposed, or it is in force already; remedy: `switchOffForwarder` ends one in force.
    error NoForwarderProposed();
    /// Only contracts under this Authority believe its forwarder; any other would take the forwarder for the actor.
    error NotACityContract(address target);

    /// @param initialAdmin The deployer: sets everything up, grants the councils their role, and renounces its own.
    constructor(address initialAdmin) AccessManager(initialAdmin) {
        emit RoleLabel(GUARDIAN_ROLE, "guardian");
        emit RoleGuardianChanged(ADMIN_ROLE, GUARDIAN_ROLE);
        _setTargetFunctionRole(address(this), Authority.switchOffForwarder.selector, GUARDIAN_ROLE);
        _setTargetFunctionRole(address(this), Authority.cancelForwarder.selector, GUARDIAN_ROLE);
    }

    /// @notice Sets the first forwarder, without the seven days; once, and meant for the deployer.
    // slither-disable-next-line missing-zero-check (an address with code is not zero)
    function initializeForwarder(address forwarder) external onlyAuthorized {
        if (_initialized) revert ForwarderAlreadyInitialized();
        _requireCode(forwarder);
        _initialized = true;
        _forwarder = forwarder;
        emit ForwarderInitialized(forwarder);
    }

    /// @notice Names the next forwarder, believed after seven days or the caller's own execution delay, whichever is
    /// longer. It replaces what was proposed before. Called directly by a council; the wait is the delay, so nothing
    /// is scheduled first.
    // slither-disable-next-line missing-zero-check (an address with code is not zero)
    function proposeForwarder(address forwarder) external {
        (bool isAdmin, uint32 executionDelay) = hasRole(ADMIN_ROLE, msg.sender);
        if (!isAdmin) revert NotCouncil(msg.sender);
        _requireCode(forwarder);
        _forwarder = trustedForwarder();
        _proposed = forwarder;
        _effectiveAt = Time.timestamp() + (executionDelay > FORWARDER_DELAY ? executionDelay : FORWARDER_DELAY);
        _initialized = true;
        emit ForwarderProposed(forwarder, _effectiveAt);
    }

    /// @notice A guardian cancels what is proposed and not yet in force.
    function cancelForwarder() external onlyAuthorized {
        (address proposed,) = proposedForwarder();
        if (proposed == address(0)) revert NoForwarderProposed();
        _drop();
        emit ForwarderProposalCancelled(proposed);
    }

    /// @notice A guardian switches meta-transactions off at once, for every contract; direct calls go on. They come
    /// back only with `proposeForwarder` and its seven days.
    function switchOffForwarder() external onlyAuthorized {
        address forwarder = trustedForwarder();
        (address proposed,) = proposedForwarder();
        _forwarder = address(0);
        _drop();
        emit ForwarderSwitchedOff(forwarder, proposed);
    }

    /// @notice The forwarder may call `target` (or no longer). The contract must be under this Authority.
    function setTarget(address target, bool registered) external onlyAuthorized {
        if (registered) {
            // slither-disable-next-line unused-return (one word is asked for; the second is scratch)
            (bool success, bytes32 authority,) =
                LowLevelCall.staticcallReturn64Bytes(target, abi.encodeCall(IAccessManaged.authority, ()));
            if (
                !success || LowLevelCall.returnDataSize() != 32 || authority != bytes32(uint256(uint160(address(this))))
            ) {
                revert NotACityContract(target);
            }
        }
        _targets[target] = registered;
        emit TargetRegistered(target, registered);
    }

    /// @inheritdoc ITrustedForwarder
    function trustedForwarder() public view returns (address forwarder) {
        uint48 effectiveAt = _effectiveAt;
        return effectiveAt != 0 && effectiveAt <= Time.timestamp() ? _proposed : _forwarder;
    }

    /// @notice What is proposed and not yet in force, and when (UTC seconds) it will be; zeros when nothing is.
    function proposedForwarder() public view returns (address forwarder, uint48 effectiveAt) {
        effectiveAt = _effectiveAt;
        return effectiveAt > Time.timestamp() ? (_proposed, effectiveAt) : (address(0), 0);
    }

    /// @notice Whether the forwarder may call `target`: it is registered and still under this Authority. (A contract
    /// that moved to another Authority believes that one's forwarder, and would take any other for the actor.)
    function isTarget(address target) external view returns (bool registered) {
        if (!_targets[target]) return false;
        bytes memory question = abi.encodeCall(IAccessManaged.authority, ());
        uint256 targetGas = TARGET_GAS;
        bytes32 authority;
        assembly ("memory-safe") {
            let answered := staticcall(targetGas, target, add(question, 0x20), mload(question), 0x00, 0x20)
            registered := and(answered, eq(returndatasize(), 0x20))
            authority := mload(0x00)
        }
        return registered && authority == bytes32(uint256(uint160(address(this))));
    }

    /// @notice Guardians can cancel what needs ADMIN_ROLE; OpenZeppelin leaves that role without a guardian, for ever.
    function getRoleGuardian(uint64 roleId) public view override returns (uint64) {
        return roleId == ADMIN_ROLE ? GUARDIAN_ROLE : super.getRoleGuardian(roleId);
    }

    /// @notice As OpenZeppelin's, except that the removal of a guardian is ready after `GUARDIAN_REMOVAL_DELAY` at the
    /// earliest, whatever `when` says.
    function schedule(address target, bytes calldata data, uint48 when)
        public
        override
        returns (bytes32 operationId, uint32 nonce)
    {
        (bool revokes, uint64 roleId,) = _revocation(target, data);
        if (revokes && roleId == GUARDIAN_ROLE) {
            uint48 earliest = Time.timestamp() + GUARDIAN_REMOVAL_DELAY;
            if (when < earliest) when = earliest;
        }
        return super.schedule(target, data, when);
    }

    /// @dev As OpenZeppelin's, except that whoever loses a role by the operation can't cancel it, and no guardian the
    /// removal of another.
    function _canCancel(address caller, address target, bytes calldata data) internal view override returns (bool) {
        (bool revokes, uint64 roleId, address loser) = _revocation(target, data);
        if (revokes && caller != msg.sender) {
            if (loser == msg.sender) return false;
            if (roleId == GUARDIAN_ROLE) {
                (bool isAdmin,) = hasRole(ADMIN_ROLE, msg.sender);
                return isAdmin;
            }
        }
        return super._canCancel(caller, target, data);
    }

    /// @dev Whether the operation takes a role away here, which, and from whom.
    function _revocation(address target, bytes calldata data)
        private
        view
        returns (bool revokes, uint64 roleId, address loser)
    {
        if (target == address(this) && bytes4(data) == AccessManager.revokeRole.selector) {
            (roleId, loser) = abi.decode(data[4:], (uint64, address));
            revokes = true;
        }
    }

    function _drop() private {
        _proposed = address(0);
        _effectiveAt = 0;
    }

    function _requireCode(address forwarder) private view {
        if (forwarder.code.length == 0) revert ForwarderWithoutCode(forwarder);
    }
}
