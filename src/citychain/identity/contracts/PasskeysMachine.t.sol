// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Passkeys} from "./Passkeys.sol";
import {PasskeysTest} from "./PasskeysTest.t.sol";

/// @notice Random guardians, holder and strangers over one account, in any order, beside a plain account of what must be.
/// The court has two keys, of which the clerk's may also be named as a person.
contract PasskeysMachineTest is PasskeysTest {
    uint256 private constant DEVICES = 4;
    /// The device that is most often supported, so that guardians often agree.
    uint256 private constant USUAL = 2;
    address private constant CLERK = address(0xC9);

    /// Who may sit in a seat; the clerk as a person.
    enum Seat {
        Sister,
        Friend,
        Clerk,
        Court
    }

    address[] private _targets;
    Seat[3] private _seats;
    uint256[3] private _votes;
    /// Since when two guardians have supported the device without a break; 0 when they do not.
    mapping(uint256 device => uint256) private _since;
    uint256 private _current = PHONE;
    uint48 private _round;
    /// What was done that nobody may do, or refused that somebody may; "" for nothing.
    string private _broken;

    function setUp() public override {
        super.setUp();
        vm.prank(courtKey);
        institutions.addKey(court, CLERK, _list("recovery"));
        _targets.push(address(this));
        _choose([Seat.Sister, Seat.Friend, Seat.Court]);
        _round = 2;
    }

    function targetContracts() public view returns (address[] memory) {
        return _targets;
    }

    function support(uint256 guardian, uint256 device, bool byClerk) external {
        guardian = guardian % 3;
        device = device % 4 == 0 ? device / 4 % (DEVICES + 1) : USUAL;
        _vote(_voter(_seats[guardian], byClerk), guardian, device);
        _votes[guardian] = device;
        _note();
    }

    function veto(uint256 seed) external {
        if (seed % 4 != 0) return;
        vm.prank(account);
        passkeys.vetoRecovery();
        _end();
    }

    function vetoBySignature(uint256 device, uint48 round, uint256 seed) external {
        if (seed % 2 != 0) return;
        device = device % 3 == 0 ? PHONE : device % 2 == 0 ? _current : 1 + device % DEVICES;
        round = uint48(bound(round, _round - 1, _round + 1));
        bytes memory signature = _signature(device, passkeys.vetoDigest(account, round));
        bool may = device == _current && round == _round && _votes[0] + _votes[1] + _votes[2] != 0;
        (bool done,) =
            address(passkeys).call(abi.encodeCall(passkeys.vetoRecoveryBySignature, (account, round, signature)));
        _must(done == may, "a veto by the holder's signature, of this round");
        if (done) _end();
    }

    function chooseGuardians(uint256 seed) external {
        if (seed % 4 != 0) return;
        _choose([Seat(seed / 4 % 4), Seat(seed / 16 % 4), Seat(seed / 64 % 4)]);
        _end();
    }

    function finish(uint256 device) external {
        device = device % 4 == 0 ? 1 + device / 4 % DEVICES : USUAL;
        (bytes32 qx, bytes32 qy) = _key(device);
        bool may = _since[device] != 0 && block.timestamp >= _since[device] + DELAY
            && _guardiansFor(device, institutions.isActive(court)) > 1;
        (bool done,) = address(passkeys).call(abi.encodeCall(passkeys.finishRecovery, (account, qx, qy)));
        _must(done == may, "two guardians, a week, no veto");
        if (!done) return;
        _current = device;
        _end();
    }

    function judgeCourt(bool suspends) external {
        vm.prank(councilKey);
        if (suspends) institutions.suspend(court, REASON);
        else institutions.reinstate(court, REASON);
    }

    function intrude(address sender, uint256 guardian, uint256 device) external {
        vm.assume(sender != sister && sender != friend && sender != account && sender != courtKey && sender != CLERK);
        (bytes32 qx, bytes32 qy) = _key(1 + device % DEVICES);
        bytes32 salt = _salt(guardian);
        vm.prank(sender);
        (bool done,) =
            address(passkeys).call(abi.encodeCall(passkeys.supportRecovery, (account, guardian, qx, qy, salt)));
        _must(!done, "no guardian");
    }

    function pass(uint256 time) external {
        vm.warp(block.timestamp + bound(time, 1, 10 days));
    }

    /// forge-config: default.invariant.runs = 48
    function invariant_machine() public view {
        eq(_broken, "");
        (bytes32 qx, bytes32 qy) = passkeys.keyOf(account);
        eq(keccak256(abi.encode(qx, qy)), _hash(_current));
        Passkeys.Account memory record = passkeys.recordOf(account);
        eq(record.round, _round);
        for (uint256 device = 1; device <= DEVICES; ++device) {
            eq(record.agreed == _hash(device), _since[device] != 0);
            if (_since[device] != 0) eq(record.readyAt, _since[device] + DELAY);
        }
        for (uint256 i = 0; i < 3; ++i) {
            eq(record.votes[i].key, _hash(_votes[i]));
        }
    }

    function _choose(Seat[3] memory seats) private {
        address[4] memory people = [sister, friend, CLERK, address(0)];
        uint32[4] memory numbers = [0, 0, 0, court];
        (uint8 a, uint8 b, uint8 c) = (uint8(seats[0]), uint8(seats[1]), uint8(seats[2]));
        _name(people[a], numbers[a], people[b], numbers[b], people[c], numbers[c]);
        _seats = seats;
    }

    function _voter(Seat seat, bool byClerk) private pure returns (address) {
        if (seat == Seat.Court) return byClerk ? CLERK : courtKey;
        return [sister, friend, CLERK][uint8(seat)];
    }

    /// How many different guardians support the device: the court and its clerk are one.
    function _guardiansFor(uint256 device, bool courtIsActive) private view returns (uint256 guardians_) {
        bool[3] memory counted;
        for (uint256 i = 0; i < 3; ++i) {
            if (_votes[i] != device || (_seats[i] == Seat.Court && !courtIsActive)) continue;
            uint256 guardian = _seats[i] == Seat.Court ? 2 : uint256(_seats[i]);
            if (!counted[guardian]) ++guardians_;
            counted[guardian] = true;
        }
    }

    function _end() private {
        delete _votes;
        ++_round;
        _note();
    }

    function _note() private {
        for (uint256 device = 1; device <= DEVICES; ++device) {
            if (_guardiansFor(device, true) < 2) _since[device] = 0;
            else if (_since[device] == 0) _since[device] = block.timestamp;
        }
    }

    function _must(bool condition, string memory what) private {
        if (!condition) _broken = what;
    }
}
