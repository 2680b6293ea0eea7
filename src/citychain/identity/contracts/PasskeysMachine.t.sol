// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Passkeys} from "./Passkeys.sol";
import {PasskeysTest} from "./PasskeysTest.t.sol";

/// @notice Random guardians, holder and strangers over one account, in any order, beside a plain account of what must be.
contract PasskeysMachineTest is PasskeysTest {
    uint256 private constant DEVICES = 4;

    address[] private _targets;
    uint256[3] private _votes;
    /// Since when two guardians have supported the device without a break; 0 when they do not.
    mapping(uint256 device => uint256) private _since;
    uint256 private _current = PHONE;

    function setUp() public override {
        super.setUp();
        _targets.push(address(this));
    }

    function targetContracts() public view returns (address[] memory) {
        return _targets;
    }

    function support(uint256 guardian, uint256 device) external {
        guardian = guardian % 3;
        device = device % (DEVICES + 1);
        _support([sister, friend, courtKey][guardian], guardian, device);
        _votes[guardian] = device;
        _note();
    }

    function veto() external {
        vm.prank(account);
        passkeys.vetoRecovery();
        delete _votes;
        _note();
    }

    function chooseGuardians() external {
        vm.prank(account);
        passkeys.chooseGuardians(guardians);
        delete _votes;
        _note();
    }

    function finish(uint256 device) external {
        device = 1 + device % DEVICES;
        _finish(device);
        ok(_since[device] != 0 && block.timestamp >= _since[device] + DELAY, "two guardians, a week, no veto");
        _current = device;
        delete _votes;
        _note();
    }

    function intrude(address sender, uint256 guardian, uint256 device) external {
        vm.assume(sender != sister && sender != friend && sender != account && sender != courtKey);
        (bytes32 qx, bytes32 qy) = _key(1 + device % DEVICES);
        vm.prank(sender);
        (bool done,) =
            address(passkeys).call(abi.encodeCall(passkeys.supportRecovery, (account, guardian, qx, qy, SALT)));
        ok(!done, "no guardian");
    }

    function pass(uint256 time) external {
        vm.warp(block.timestamp + bound(time, 1, 10 days));
    }

    /// forge-config: default.invariant.runs = 48
    function invariant_machine() public view {
        (bytes32 qx, bytes32 qy) = passkeys.keyOf(account);
        eq(keccak256(abi.encode(qx, qy)), _hash(_current));
        Passkeys.Account memory record = passkeys.recordOf(account);
        for (uint256 device = 1; device <= DEVICES; ++device) {
            eq(record.agreed == _hash(device), _since[device] != 0);
            if (_since[device] != 0) eq(record.readyAt, _since[device] + DELAY);
        }
        for (uint256 i = 0; i < 3; ++i) {
            eq(record.votes[i], _hash(_votes[i]));
        }
    }

    function _note() private {
        for (uint256 device = 1; device <= DEVICES; ++device) {
            uint256 votes = 0;
            for (uint256 i = 0; i < 3; ++i) {
                if (_votes[i] == device) ++votes;
            }
            if (votes < 2) _since[device] = 0;
            else if (_since[device] == 0) _since[device] = block.timestamp;
        }
    }
}
