// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {Safe} from "@safe-global/safe-contracts/contracts/Safe.sol";
import {Authority} from "./Authority.sol";
import {Parameters} from "./Parameters.sol";
import {SafeTest} from "./SafeTest.t.sol";

/// @notice A council and a recovery council (real Safes of three officers), two guardians and a deployer that left.
contract AuthorityTests is SafeTest {
    uint32 internal constant COUNCIL_DELAY = 2 days;
    uint32 internal constant RECOVERY_DELAY = 14 days;
    uint48 internal constant START = 1_800_000_000;

    address internal deployer = address(0xde);
    address internal guardian = address(0x6a);
    address internal secondGuardian = address(0x6b);
    address internal stranger = address(0x57);
    address internal first = address(new Code());
    address internal next = address(new Code());
    Safe internal council;
    Safe internal recovery;
    Authority internal authority;
    Parameters internal parameters;

    function setUp() public {
        vm.warp(START);
        council = newSafe(0x1000);
        recovery = newSafe(0x2000);
        authority = new Authority(deployer);
        parameters = new Parameters(address(authority));
        vm.startPrank(deployer);
        authority.initializeForwarder(first);
        authority.setTarget(address(parameters), true);
        parameters.add("fee", "fen", 100, 0, 1000);
        authority.grantRole(1, guardian, 0);
        authority.grantRole(1, secondGuardian, 0);
        authority.grantRole(0, address(council), COUNCIL_DELAY);
        authority.grantRole(0, address(recovery), RECOVERY_DELAY);
        authority.renounceRole(0, deployer);
        vm.stopPrank();
    }

    function schedule(Safe by, address target, bytes memory data) internal {
        safeCall(by, address(authority), abi.encodeCall(IAccessManager.schedule, (target, data, 0)));
    }

    function execute(Safe by, address target, bytes memory data) internal {
        safeCall(by, address(authority), abi.encodeCall(IAccessManager.execute, (target, data)));
    }

    function operation(Safe by, address target, bytes memory data) internal view returns (bytes32) {
        return authority.hashOperation(address(by), target, data);
    }

    function unauthorized(address account, uint64 role) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(IAccessManager.AccessManagerUnauthorizedAccount.selector, account, role);
    }

    function expectUncancellable(address by, Safe scheduler, address target, bytes memory data) internal {
        vm.expectRevert(
            abi.encodeWithSelector(
                IAccessManager.AccessManagerUnauthorizedCancel.selector, by, scheduler, target, bytes4(data)
            )
        );
        vm.prank(by);
        authority.cancel(address(scheduler), target, data);
    }

    // ---- the council and its delay

    function test_council_changes_a_parameter_after_its_delay() public {
        bytes memory change = abi.encodeCall(Parameters.set, ("fee", 200));
        schedule(council, address(parameters), change);
        vm.warp(START + COUNCIL_DELAY - 1);
        vm.expectRevert(
            abi.encodeWithSelector(
                IAccessManager.AccessManagerNotReady.selector, operation(council, address(parameters), change)
            )
        );
        vm.prank(address(council));
        authority.execute(address(parameters), change);
        vm.warp(START + COUNCIL_DELAY);
        execute(council, address(parameters), change);
        eq(parameters.get("fee"), 200);
    }

    function test_council_calls_what_it_scheduled_directly_too() public {
        bytes memory change = abi.encodeCall(Authority.setTarget, (address(parameters), false));
        schedule(council, address(authority), change);
        vm.warp(START + COUNCIL_DELAY);
        vm.expectEmit();
        emit Authority.TargetRegistered(address(parameters), false);
        safeCall(council, address(authority), change);
        ok(!authority.isTarget(address(parameters)), "unregistered");
    }

    function test_council_cannot_skip_its_delay() public {
        bytes memory change = abi.encodeCall(Authority.setTarget, (address(parameters), false));
        vm.expectRevert(
            abi.encodeWithSelector(
                IAccessManager.AccessManagerNotScheduled.selector, operation(council, address(authority), change)
            )
        );
        vm.prank(address(council));
        authority.setTarget(address(parameters), false);
    }

    function test_one_officer_is_not_the_council() public {
        address officer = vm.addr(0x1000);
        vm.expectRevert(unauthorized(officer, 0));
        vm.prank(officer);
        authority.setTarget(address(parameters), false);
    }

    function test_deployer_has_no_power_left() public {
        (bool isAdmin,) = authority.hasRole(0, deployer);
        ok(!isAdmin, "no role");
        vm.startPrank(deployer);
        vm.expectRevert(unauthorized(deployer, 0));
        authority.grantRole(0, deployer, 0);
        vm.expectRevert(unauthorized(deployer, 0));
        authority.setTarget(address(parameters), false);
        vm.expectRevert(unauthorized(deployer, 0));
        authority.initializeForwarder(next);
        vm.expectRevert(unauthorized(deployer, 1));
        authority.switchOffForwarder();
        vm.expectRevert(abi.encodeWithSelector(Authority.NotCouncil.selector, deployer));
        authority.proposeForwarder(next);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, deployer));
        parameters.set("fee", 1);
        vm.stopPrank();
    }

    function test_council_replaces_authority() public {
        Authority successor = new Authority(address(council));
        bytes memory change = abi.encodeCall(IAccessManager.updateAuthority, (address(parameters), address(successor)));
        schedule(council, address(authority), change);
        vm.warp(START + COUNCIL_DELAY);
        execute(council, address(authority), change);
        eq(parameters.authority(), address(successor));
        ok(!authority.isTarget(address(parameters)), "no longer called by this Authority's forwarder");
        vm.prank(address(council));
        parameters.set("fee", 3);
        eq(parameters.get("fee"), 3);
    }

    // ---- guardians and recovery

    function test_guardian_cancels_what_the_council_scheduled() public {
        bytes memory grant = abi.encodeCall(IAccessManager.grantRole, (0, stranger, 0));
        bytes memory change = abi.encodeCall(Parameters.set, ("fee", 200));
        schedule(council, address(authority), grant);
        schedule(council, address(parameters), change);
        vm.startPrank(guardian);
        authority.cancel(address(council), address(authority), grant);
        authority.cancel(address(council), address(parameters), change);
        vm.stopPrank();
        eq(authority.getSchedule(operation(council, address(authority), grant)), 0);
        eq(authority.getSchedule(operation(council, address(parameters), change)), 0);
        eq(authority.getRoleGuardian(0), 1);
    }

    function test_stranger_cancels_nothing() public {
        bytes memory change = abi.encodeCall(Parameters.set, ("fee", 200));
        schedule(council, address(parameters), change);
        expectUncancellable(stranger, council, address(parameters), change);
    }

    function test_council_removes_a_guardian_who_cannot_cancel_that() public {
        bytes memory removal = abi.encodeCall(IAccessManager.revokeRole, (1, guardian));
        schedule(council, address(authority), removal);
        expectUncancellable(guardian, council, address(authority), removal);
        vm.warp(START + COUNCIL_DELAY);
        execute(council, address(authority), removal);
        (bool isGuardian,) = authority.hasRole(1, guardian);
        ok(!isGuardian, "removed");
    }

    function test_another_guardian_or_recovery_cancels_the_removal_of_a_guardian() public {
        bytes memory removal = abi.encodeCall(IAccessManager.revokeRole, (1, guardian));
        schedule(council, address(authority), removal);
        vm.prank(secondGuardian);
        authority.cancel(address(council), address(authority), removal);
        schedule(council, address(authority), removal);
        safeCall(
            recovery,
            address(authority),
            abi.encodeCall(IAccessManager.cancel, (address(council), address(authority), removal))
        );
        eq(authority.getSchedule(operation(council, address(authority), removal)), 0);
    }

    function test_recovery_replaces_a_council_that_leaked_its_keys() public {
        Safe heirs = newSafe(0x3000);
        bytes memory removal = abi.encodeCall(IAccessManager.revokeRole, (0, address(council)));
        bytes memory grant = abi.encodeCall(IAccessManager.grantRole, (0, address(heirs), COUNCIL_DELAY));
        schedule(recovery, address(authority), removal);
        // The thief can't stop it, and what he schedules is cancelled.
        expectUncancellable(address(council), recovery, address(authority), removal);
        bytes memory theft = abi.encodeCall(IAccessManager.revokeRole, (0, address(recovery)));
        schedule(council, address(authority), theft);
        vm.prank(guardian);
        authority.cancel(address(council), address(authority), theft);
        vm.warp(START + COUNCIL_DELAY);
        vm.expectRevert(
            abi.encodeWithSelector(
                IAccessManager.AccessManagerNotReady.selector, operation(recovery, address(authority), removal)
            )
        );
        vm.prank(address(recovery));
        authority.execute(address(authority), removal);
        vm.warp(START + RECOVERY_DELAY);
        execute(recovery, address(authority), removal);
        schedule(recovery, address(authority), grant);
        vm.warp(START + 2 * RECOVERY_DELAY);
        execute(recovery, address(authority), grant);
        (bool wasCouncil,) = authority.hasRole(0, address(council));
        (bool isCouncil, uint32 delay) = authority.hasRole(0, address(heirs));
        ok(!wasCouncil && isCouncil, "replaced");
        eq(delay, COUNCIL_DELAY);
    }

    function test_council_removes_a_recovery_council_that_cannot_cancel_that() public {
        bytes memory removal = abi.encodeCall(IAccessManager.revokeRole, (0, address(recovery)));
        schedule(council, address(authority), removal);
        expectUncancellable(address(recovery), council, address(authority), removal);
        vm.warp(START + COUNCIL_DELAY);
        execute(council, address(authority), removal);
        (bool isAdmin,) = authority.hasRole(0, address(recovery));
        ok(!isAdmin, "removed");
    }

    function test_council_may_cancel_its_own_resignation() public {
        bytes memory removal = abi.encodeCall(IAccessManager.revokeRole, (0, address(council)));
        schedule(council, address(authority), removal);
        safeCall(
            council,
            address(authority),
            abi.encodeCall(IAccessManager.cancel, (address(council), address(authority), removal))
        );
        eq(authority.getSchedule(operation(council, address(authority), removal)), 0);
    }

    // ---- targets

    function test_target_must_be_under_this_authority() public {
        Authority other = new Authority(address(this));
        address[5] memory wrong =
            [stranger, address(other), address(parameters), address(new Code()), address(new Liar(address(other)))];
        for (uint256 i = 0; i < 5; ++i) {
            vm.expectRevert(abi.encodeWithSelector(Authority.NotACityContract.selector, wrong[i]));
            other.setTarget(wrong[i], true);
            ok(!other.isTarget(wrong[i]), "not registered");
        }
        Parameters right = new Parameters(address(other));
        vm.expectEmit();
        emit Authority.TargetRegistered(address(right), true);
        other.setTarget(address(right), true);
        ok(other.isTarget(address(right)), "registered");
    }

    // ---- the forwarder

    function test_first_forwarder_is_set_once() public {
        eq(authority.trustedForwarder(), first);
        Authority fresh = new Authority(address(this));
        vm.expectRevert(abi.encodeWithSelector(Authority.ForwarderWithoutCode.selector, stranger));
        fresh.initializeForwarder(stranger);
        vm.expectEmit();
        emit Authority.ForwarderInitialized(first);
        fresh.initializeForwarder(first);
        vm.expectRevert(abi.encodeWithSelector(Authority.ForwarderAlreadyInitialized.selector));
        fresh.initializeForwarder(next);
    }

    function test_first_forwarder_is_not_set_after_a_proposal() public {
        Authority fresh = new Authority(address(this));
        fresh.proposeForwarder(first);
        vm.expectRevert(abi.encodeWithSelector(Authority.ForwarderAlreadyInitialized.selector));
        fresh.initializeForwarder(next);
    }

    function test_council_names_a_forwarder_after_seven_days() public {
        vm.expectEmit();
        emit Authority.ForwarderProposed(next, START + 7 days);
        safeCall(council, address(authority), abi.encodeCall(Authority.proposeForwarder, (next)));
        vm.warp(START + 7 days - 1);
        eq(authority.trustedForwarder(), first);
        (address proposed, uint48 effectiveAt) = authority.proposedForwarder();
        eq(proposed, next);
        eq(effectiveAt, START + 7 days);
        vm.warp(START + 7 days);
        eq(authority.trustedForwarder(), next);
        (proposed, effectiveAt) = authority.proposedForwarder();
        eq(proposed, address(0));
        eq(effectiveAt, 0);
        // A later proposal keeps the one in force.
        safeCall(council, address(authority), abi.encodeCall(Authority.proposeForwarder, (first)));
        eq(authority.trustedForwarder(), next);
    }

    function test_recovery_names_a_forwarder_after_its_own_longer_delay() public {
        safeCall(recovery, address(authority), abi.encodeCall(Authority.proposeForwarder, (next)));
        vm.warp(START + RECOVERY_DELAY - 1);
        eq(authority.trustedForwarder(), first);
        vm.warp(START + RECOVERY_DELAY);
        eq(authority.trustedForwarder(), next);
    }

    function test_forwarder_without_code_is_not_proposed() public {
        vm.expectRevert(abi.encodeWithSelector(Authority.ForwarderWithoutCode.selector, stranger));
        vm.prank(address(council));
        authority.proposeForwarder(stranger);
    }

    function test_guardian_is_not_a_council() public {
        vm.expectRevert(abi.encodeWithSelector(Authority.NotCouncil.selector, guardian));
        vm.prank(guardian);
        authority.proposeForwarder(next);
    }

    function test_guardian_cancels_a_proposed_forwarder() public {
        vm.prank(address(council));
        authority.proposeForwarder(next);
        vm.expectEmit();
        emit Authority.ForwarderProposalCancelled(next);
        vm.prank(guardian);
        authority.cancelForwarder();
        vm.warp(START + 30 days);
        eq(authority.trustedForwarder(), first);
    }

    function test_guardian_cannot_cancel_what_is_in_force() public {
        vm.prank(address(council));
        authority.proposeForwarder(next);
        vm.warp(START + 7 days);
        vm.expectRevert(abi.encodeWithSelector(Authority.NoForwarderProposed.selector));
        vm.prank(guardian);
        authority.cancelForwarder();
    }

    function test_council_is_not_a_guardian() public {
        vm.startPrank(address(council));
        vm.expectRevert(unauthorized(address(council), 1));
        authority.switchOffForwarder();
        vm.expectRevert(unauthorized(address(council), 1));
        authority.cancelForwarder();
        vm.stopPrank();
    }

    function test_guardian_switches_off_at_once_and_only_seven_days_bring_it_back() public {
        vm.prank(address(council));
        authority.proposeForwarder(next);
        vm.expectEmit();
        emit Authority.ForwarderSwitchedOff(first, next);
        vm.prank(guardian);
        authority.switchOffForwarder();
        eq(authority.trustedForwarder(), address(0));
        vm.warp(START + 30 days);
        eq(authority.trustedForwarder(), address(0));
        vm.prank(address(council));
        authority.proposeForwarder(first);
        vm.warp(START + 37 days);
        eq(authority.trustedForwarder(), first);
    }

    function testFuzz_nobody_else_administers(address account, uint32 wait) public {
        vm.assume(account != address(council) && account != address(recovery) && account != address(authority));
        vm.assume(account != guardian && account != secondGuardian);
        vm.warp(block.timestamp + wait);
        vm.startPrank(account);
        vm.expectRevert(unauthorized(account, 0));
        authority.setTarget(address(parameters), false);
        vm.expectRevert(unauthorized(account, 1));
        authority.switchOffForwarder();
        vm.expectRevert(unauthorized(account, 1));
        authority.cancelForwarder();
        vm.expectRevert(unauthorized(account, 0));
        authority.grantRole(0, account, 0);
        vm.expectRevert(abi.encodeWithSelector(Authority.NotCouncil.selector, account));
        authority.proposeForwarder(next);
        vm.stopPrank();
    }
}

/// @notice Code without functions.
contract Code {}

/// @notice Answers `authority()` and then fails.
contract Liar {
    address private immutable _AUTHORITY;

    constructor(address authority_) {
        _AUTHORITY = authority_;
    }

    function authority() external view {
        bytes32 answer = bytes32(uint256(uint160(_AUTHORITY)));
        assembly {
            mstore(0, answer)
            revert(0, 32)
        }
    }
}
