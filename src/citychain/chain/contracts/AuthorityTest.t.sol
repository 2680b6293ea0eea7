// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {Safe} from "@safe-global/safe-contracts/contracts/Safe.sol";
import {Authority} from "./Authority.sol";
import {Parameters} from "./Parameters.sol";
import {SafeTest} from "./SafeTest.t.sol";

/// @notice Code without functions.
contract Code {}

/// @notice A council and a recovery council (real Safes of three officers), two guardians and a deployer that left.
abstract contract AuthorityTest is SafeTest {
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
}
