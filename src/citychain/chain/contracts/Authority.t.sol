// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {Safe} from "@safe-global/safe-contracts/contracts/Safe.sol";
import {Authority} from "./Authority.sol";
import {AuthorityTest} from "./AuthorityTest.t.sol";
import {Parameters} from "./Parameters.sol";

/// @notice Who may administer, after which delay, and who stops or replaces them.
contract AuthorityTests is AuthorityTest {
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

    function test_council_removes_guardians_who_cannot_cancel_that() public {
        bytes memory one = abi.encodeCall(IAccessManager.revokeRole, (1, guardian));
        bytes memory other = abi.encodeCall(IAccessManager.revokeRole, (1, secondGuardian));
        schedule(council, address(authority), one);
        schedule(council, address(authority), other);
        expectUncancellable(guardian, council, address(authority), one);
        expectUncancellable(secondGuardian, council, address(authority), one);
        expectUncancellable(guardian, council, address(authority), other);
        vm.warp(START + authority.GUARDIAN_REMOVAL_DELAY());
        execute(council, address(authority), one);
        execute(council, address(authority), other);
        (bool isGuardian,) = authority.hasRole(1, guardian);
        (bool isSecond,) = authority.hasRole(1, secondGuardian);
        ok(!isGuardian && !isSecond, "removed");
    }

    function test_removal_of_a_guardian_waits_whatever_the_council_asks(uint32 when) public {
        bytes memory removal = abi.encodeCall(IAccessManager.revokeRole, (1, guardian));
        uint48 asked = uint48(bound(when, 0, 60 days)) + START;
        safeCall(
            council, address(authority), abi.encodeCall(IAccessManager.schedule, (address(authority), removal, asked))
        );
        uint48 earliest = START + authority.GUARDIAN_REMOVAL_DELAY();
        eq(authority.getSchedule(operation(council, address(authority), removal)), asked < earliest ? earliest : asked);
    }

    function test_leaked_council_cannot_outrun_recovery_by_removing_the_only_guardian() public {
        vm.prank(secondGuardian);
        authority.renounceRole(1, secondGuardian);
        bytes memory rescue = abi.encodeCall(IAccessManager.revokeRole, (0, address(council)));
        bytes memory blinding = abi.encodeCall(IAccessManager.revokeRole, (1, guardian));
        bytes memory coup = abi.encodeCall(IAccessManager.revokeRole, (0, address(recovery)));
        schedule(council, address(authority), blinding);
        schedule(recovery, address(authority), rescue);
        for (uint256 day = 0; day < 14; day += 2) {
            schedule(council, address(authority), coup);
            vm.prank(guardian);
            authority.cancel(address(council), address(authority), coup);
            vm.warp(block.timestamp + 2 days);
        }
        execute(recovery, address(authority), rescue);
        vm.warp(START + authority.GUARDIAN_REMOVAL_DELAY());
        vm.expectRevert(unauthorized(address(council), 0));
        vm.prank(address(council));
        authority.revokeRole(1, guardian);
        (bool isGuardian,) = authority.hasRole(1, guardian);
        (bool isAdmin,) = authority.hasRole(0, address(recovery));
        ok(isGuardian && isAdmin, "both are still there");
    }

    function test_recovery_cancels_the_removal_of_a_guardian() public {
        bytes memory removal = abi.encodeCall(IAccessManager.revokeRole, (1, guardian));
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
}
