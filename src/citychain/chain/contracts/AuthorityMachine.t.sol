// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {Authority} from "./Authority.sol";
import {CityContext} from "./CityContext.sol";
import {CityTest} from "./Vm.sol";

contract Office is CityContext {
    constructor(address authority_) CityContext(authority_) {}
}

/// @notice Councils, guardian, deployer and a stranger doing everything that they can, in any order.
contract AuthorityHandler is CityTest {
    uint32 internal constant COUNCIL_DELAY = 2 days;
    uint32 internal constant RECOVERY_DELAY = 14 days;

    address internal council = address(0xc0);
    address internal recovery = address(0xcc);
    address internal guardian = address(0x6a);
    address internal deployer = address(0xde);
    address internal stranger = address(0x57);
    address[5] internal people = [council, recovery, guardian, deployer, stranger];
    address[3] internal forwarders;
    Authority internal authority = new Authority(deployer);
    address internal office = address(new Office(address(authority)));

    address internal believed;
    mapping(address forwarder => uint256) internal allowedFrom;
    mapping(address scheduler => mapping(bool registered => uint256)) internal ready;
    bool internal wasTarget;
    uint256 public changes;
    string public broken;

    constructor() {
        vm.warp(1_800_000_000);
        for (uint256 i = 0; i < 3; ++i) {
            forwarders[i] = address(new Office(address(authority)));
        }
        vm.startPrank(deployer);
        authority.initializeForwarder(forwarders[0]);
        authority.grantRole(1, guardian, 0);
        authority.grantRole(0, council, COUNCIL_DELAY);
        authority.grantRole(0, recovery, RECOVERY_DELAY);
        authority.renounceRole(0, deployer);
        vm.stopPrank();
        believed = forwarders[0];
    }

    modifier audited() {
        look();
        _;
        look();
    }

    function propose(uint256 who, uint256 which) external audited {
        address by = people[who % 5];
        address forwarder = forwarders[which % 3];
        vm.prank(by);
        try authority.proposeForwarder(forwarder) {
            if (by != council && by != recovery) broken = "somebody else than a council proposed a forwarder";
            withdraw();
            allowedFrom[forwarder] = block.timestamp + (by == recovery ? RECOVERY_DELAY : 7 days);
        } catch {}
    }

    function cancelForwarder(uint256 who) external audited {
        vm.prank(people[who % 5]);
        try authority.cancelForwarder() {
            if (people[who % 5] != guardian) broken = "somebody else than the guardian cancelled a forwarder";
            withdraw();
        } catch {}
    }

    function switchOff(uint256 who) external audited {
        if (who % 3 != 0) return;
        vm.prank(people[(who >> 8) % 5]);
        try authority.switchOffForwarder() {
            if (people[(who >> 8) % 5] != guardian) broken = "somebody else than the guardian switched off";
            if (authority.trustedForwarder() != address(0)) broken = "a forwarder is believed after the switch";
            withdraw();
            believed = address(0);
        } catch {}
    }

    function initialize(uint256 who, uint256 which) external audited {
        vm.prank(people[who % 5]);
        try authority.initializeForwarder(forwarders[which % 3]) {
            broken = "the first forwarder was set twice";
        } catch {}
    }

    function schedule(uint256 who, bool registered) external audited {
        address by = people[who % 5];
        vm.prank(by);
        try authority.schedule(address(authority), abi.encodeCall(Authority.setTarget, (office, registered)), 0) {
            ready[by][registered] = block.timestamp + (by == council ? COUNCIL_DELAY : RECOVERY_DELAY);
        } catch {}
    }

    function cancel(uint256 who, uint256 whose, bool registered) external audited {
        address scheduler = people[whose % 5];
        vm.prank(people[who % 5]);
        try authority.cancel(scheduler, address(authority), abi.encodeCall(Authority.setTarget, (office, registered))) {
            ready[scheduler][registered] = 0;
        } catch {}
    }

    function act(uint256 who, bool registered, bool direct) external audited {
        address by = people[who % 5];
        bytes memory change = abi.encodeCall(Authority.setTarget, (office, registered));
        uint256 from = ready[by][registered];
        vm.prank(by);
        (bool success,) = address(authority)
            .call(direct ? change : abi.encodeCall(IAccessManager.execute, (address(authority), change)));
        if (!success) return;
        if (from == 0 || from > block.timestamp) broken = "an act before its delay, or cancelled";
        ready[by][registered] = 0;
        wasTarget = registered;
        ++changes;
    }

    function pass(uint256 time) external audited {
        vm.warp(block.timestamp + bound(time, 1 hours, 4 days));
    }

    function withdraw() internal {
        for (uint256 i = 0; i < 3; ++i) {
            allowedFrom[forwarders[i]] = 0;
        }
    }

    function look() internal {
        address now_ = authority.trustedForwarder();
        if (now_ != believed) {
            if (allowedFrom[now_] == 0 || allowedFrom[now_] > block.timestamp) broken = "a forwarder before its time";
            believed = now_;
            ++changes;
        }
        if (authority.isTarget(office) != wasTarget) broken = "a target changed without an act";
        (bool isAdmin,) = authority.hasRole(0, deployer);
        if (isAdmin) broken = "the deployer is back";
    }
}

/// @notice No forwarder before its time, no act before its delay, no power for anybody else.
contract AuthorityMachine is CityTest {
    AuthorityHandler internal handler;

    function setUp() public {
        handler = new AuthorityHandler();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function test_machine_changes_things() public {
        for (uint256 i = 1; i < 50; ++i) {
            handler.propose(0, i);
            handler.schedule(0, i % 2 == 1);
            handler.pass(4 days - 1 hours);
            handler.act(0, i % 2 == 1, i % 4 < 2);
            handler.pass(4 days - 1 hours);
        }
        eq(handler.broken(), "");
        ok(handler.changes() == 98, "a forwarder and a target each time");
    }

    function invariant_no_change_before_its_time_or_by_anybody_else() public view {
        eq(handler.broken(), "");
    }
}
