// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Authority} from "./Authority.sol";
import {AuthorityTest, Code} from "./AuthorityTest.t.sol";
import {Parameters} from "./Parameters.sol";

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

/// @notice Names its Authority until it turns: then it burns all gas, answers too much, or names another.
contract Turncoat {
    address private _authority;
    uint8 private _mode;

    constructor(address authority_) {
        _authority = authority_;
    }

    function turn(uint8 mode) external {
        _mode = mode;
    }

    function authority() external view returns (address) {
        if (_mode == 1) while (true) {}
        if (_mode == 2) {
            assembly {
                return(0, 8192)
            }
        }
        return _mode == 3 ? address(1) : _authority;
    }
}

/// @notice Which forwarder is believed, and which contracts it may call.
contract AuthorityForwarderTests is AuthorityTest {
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

    function test_target_that_burns_or_floods_is_none() public {
        Authority other = new Authority(address(this));
        Turncoat target = new Turncoat(address(other));
        other.setTarget(address(target), true);
        ok(other.isTarget(address(target)), "still honest");
        for (uint8 mode = 1; mode <= 3; ++mode) {
            target.turn(mode);
            uint256 before = gasleft();
            ok(!other.isTarget(address(target)), "no answer, no target");
            ok(before - gasleft() < 100_000, "and little gas");
        }
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
