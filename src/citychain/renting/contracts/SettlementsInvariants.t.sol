// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {CityTest} from "@citychain/chain/contracts/Vm.sol";
import {ILeases} from "./ILeases.sol";
import {SettlementClaims} from "./SettlementClaims.sol";
import {SettlementRecords} from "./SettlementRecords.sol";
import {SettlementsTest} from "./SettlementsTest.t.sol";

/// @notice What the machine asks of the test that owns the city.
interface ISettlementWorld {
    function step(uint256 act, uint256 seed) external returns (bool);
}

/// @notice Random acts of a payee, tenants, deciders, a court and passers-by about one deposit.
contract SettlementsHandler is CityTest {
    ISettlementWorld private immutable WORLD;

    constructor(ISettlementWorld world) {
        WORLD = world;
    }

    function state(uint256 seed) external {
        WORLD.step(0, seed);
    }

    function answer(uint256 act, uint256 seed) external {
        WORLD.step(1 + act % 5, seed);
    }

    function decide(uint256 act, uint256 seed) external {
        WORLD.step(6 + act % 4, seed);
    }

    function carryOut(uint256 act, uint256 seed) external {
        WORLD.step(10 + act % 3, seed);
    }

    function order(uint256 act, uint256 seed) external {
        if (act % 4 == 0) WORLD.step(13 + seed % 2, seed);
    }

    function pass(uint256 time) external {
        vm.warp(block.timestamp + bound(time, 1 hours, 20 days));
    }
}

contract SettlementsInvariants is SettlementsTest {
    address[] private _targets;
    uint256 private _all;

    function setUp() public override {
        super.setUp();
        _all = uint256(DEPOSIT) + leasesOf.recordOf(leaseId).firstRent;
        _targets.push(address(new SettlementsHandler(ISettlementWorld(address(this)))));
    }

    function targetContracts() public view returns (address[] memory) {
        return _targets;
    }

    /// One act, if it may be done now; what is refused changes nothing.
    function step(uint256 act, uint256 seed) external returns (bool done) {
        SettlementRecords.Part part = seed % 3 == 0 ? BILLS : CLAIMS;
        (address by, bytes memory data) = _call(act, part, seed);
        vm.prank(by);
        (done,) = (act == 13 || act == 14 ? address(escrow) : address(settling)).call(data);
    }

    function _call(uint256 act, SettlementRecords.Part part, uint256 seed)
        private
        view
        returns (address by, bytes memory data)
    {
        if (act < 6) return _party(act, part, seed);
        if (act < 10) return _decider(act, part, seed);
        address anyone = stranger;
        if (act == 10) return (anyone, abi.encodeCall(settling.releaseDeposit, (leaseId, part)));
        if (act == 11) return (anyone, abi.encodeCall(settling.enforceDecision, (leaseId, part)));
        if (act == 12) return (anyone, abi.encodeCall(settling.distribute, (leaseId)));
        uint48 until = uint48(block.timestamp + seed % 30 days);
        if (act == 13) return (judge, abi.encodeCall(escrow.holdForCourt, (leaseId, CASE, until)));
        return (judge, abi.encodeCall(escrow.orderAward, (leaseId, CASE, tenant, 1 + seed % 1000)));
    }

    function _party(uint256 act, SettlementRecords.Part part, uint256 seed)
        private
        view
        returns (address by, bytes memory data)
    {
        if (act == 0 && part == BILLS) {
            return (owner, abi.encodeCall(settling.stateBills, (leaseId, _items(uint64(1 + seed % 9000), 5))));
        }
        if (act == 0) {
            SettlementClaims.ItemClaimed[] memory items =
                _items(uint64(1 + seed % 300_000), uint64(1 + (seed >> 8) % 200_000));
            return (owner, abi.encodeCall(settling.stateClaims, (leaseId, items, uint64(seed % 60_000))));
        }
        uint256[] memory amounts = _part(part, seed);
        if (act == 1) return (tenant, abi.encodeCall(settling.acceptClaims, (leaseId, part, amounts)));
        if (act == 2) return (owner, abi.encodeCall(settling.withdrawClaims, (leaseId, part, amounts)));
        if (act == 3) return (owner, abi.encodeCall(settling.remindTenants, (leaseId, part, WHY)));
        if (act == 4) return (friend, abi.encodeCall(settling.contestClaims, (leaseId, part, WHY)));
        return (stranger, abi.encodeCall(settling.referClaims, (leaseId, part)));
    }

    function _decider(uint256 act, SettlementRecords.Part part, uint256 seed)
        private
        view
        returns (address by, bytes memory data)
    {
        uint256[] memory amounts = _part(part, seed);
        address key = seed % 2 == 0 ? adjudicatorKey : otherAdjudicatorKey;
        if (act <= 7) return (key, abi.encodeCall(settling.decideClaims, (leaseId, part, amounts, WHY)));
        address party = seed % 2 == 0 ? owner : tenant;
        if (act == 8) return (party, abi.encodeCall(settling.replaceDecider, (leaseId, part)));
        return (party, abi.encodeCall(settling.goToCourt, (leaseId, part, WHY)));
    }

    /// For each item some of what is open.
    function _part(SettlementRecords.Part part, uint256 seed) private view returns (uint256[] memory amounts) {
        SettlementRecords.Item[] memory items = settling.itemsOf(leaseId, part);
        amounts = new uint256[](items.length);
        for (uint256 i = 0; i < items.length; ++i) {
            amounts[i] = (seed >> (i * 32)) % (uint256(items[i].open) + 1);
        }
    }

    function invariant_the_deposit_is_held_or_credited_and_never_more() public view {
        uint256 credited = escrow.creditOf(leaseId, owner) + escrow.creditOf(leaseId, tenant);
        eq(escrow.heldOf(leaseId) + credited, _all);
        eq(deposits.balanceOf(address(escrow)), _all);
    }

    /// Whatever happened, strangers and time alone bring every fen of it to somebody.
    function afterInvariant() public {
        for (uint256 i = 0; i < 6; ++i) {
            vm.warp(block.timestamp + 400 days);
            for (uint256 act = 5; act <= 12; ++act) {
                if (act > 5 && act < 10) continue;
                this.step(act, 0);
                this.step(act, 1);
            }
        }
        eq(escrow.heldOf(leaseId), 0);
        uint256 credited = escrow.creditOf(leaseId, owner) + escrow.creditOf(leaseId, tenant);
        eq(credited, _all);
    }
}
