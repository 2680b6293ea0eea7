// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {CityTest} from "@citychain/chain/contracts/Vm.sol";
import {RentPayments} from "./RentPayments.sol";
import {RentsTest} from "./RentsTest.t.sol";

/// @notice What the machine asks of the test that owns the city.
interface IRentWorld {
    function pay(uint256 amount) external;
    function collect() external;
    function credit(uint256 amount) external;
    function giveBack(uint256 seed) external;
    function settle(uint256 seed) external;
}

/// @notice Random acts of a tenant, a payee, a bank and whoever triggers a mandate, over two years.
contract RentsHandler is CityTest {
    IRentWorld private immutable WORLD;

    constructor(IRentWorld world) {
        WORLD = world;
    }

    function pay(uint256 amount) external {
        WORLD.pay(amount);
    }

    function collect() external {
        WORLD.collect();
    }

    function credit(uint256 amount) external {
        if (amount % 4 == 0) WORLD.credit(amount);
    }

    function giveBack(uint256 seed) external {
        WORLD.giveBack(seed);
    }

    function settle(uint256 seed) external {
        WORLD.settle(seed);
    }

    function pass(uint256 time) external {
        vm.warp(block.timestamp + bound(time, 1 hours, 20 days));
    }
}

contract RentsInvariants is RentsTest {
    address[] private _targets;
    /// What counts for the lease beside the first rent: payments that weren't given back, and credits.
    uint256 private _counted;
    /// What the payee was paid.
    uint256 private _paid;
    uint256 private _before;

    function setUp() public override {
        super.setUp();
        _targets.push(address(new RentsHandler(IRentWorld(address(this)))));
        vm.prank(tenant);
        rents.giveRentMandate(leaseId, RENT, uint48(block.timestamp + 700 days));
        _before = deposits.balanceOf(owner);
    }

    function targetContracts() public view returns (address[] memory) {
        return _targets;
    }

    function pay(uint256 amount) external {
        uint256 most = rents.payableOf(leaseId);
        if (most == 0) return;
        amount = bound(amount, 1, most);
        _pay(amount);
        _counted += amount;
        _paid += amount;
    }

    function collect() external {
        uint256 amount = rents.collectable(leaseId, tenant);
        if (amount == 0) return;
        uint256 arrears = rents.arrearsOf(leaseId);
        rents.collectRent(leaseId, tenant);
        eq(rents.arrearsOf(leaseId), arrears - amount);
        _counted += amount;
        _paid += amount;
    }

    function credit(uint256 amount) external {
        uint256 left = _total() - rents.coveredOf(leaseId);
        if (left == 0) return;
        amount = bound(amount, 1, left < 1000 ? left : 1000);
        vm.prank(owner);
        rents.creditRent(leaseId, amount, "repair", WHY);
        _counted += amount;
    }

    function giveBack(uint256 seed) external {
        uint64 last = rents.lastPayment();
        if (last == 0) return;
        uint64 paymentId = uint64(1 + seed % last);
        RentPayments.Payment memory payment = rents.paymentOf(paymentId);
        if (payment.state != RentPayments.PaymentState.Made || block.timestamp >= payment.paidAt + 30 days) return;
        vm.prank(rentKey);
        rents.returnRent(paymentId, "closed");
        _counted -= payment.amount;
    }

    function settle(uint256 seed) external {
        uint64 last = rents.lastPayment();
        if (last == 0) return;
        uint64 paymentId = uint64(1 + seed % last);
        RentPayments.PaymentState state = rents.paymentOf(paymentId).state;
        if (state != RentPayments.PaymentState.Made && state != RentPayments.PaymentState.Returned) return;
        vm.prank(rentKey);
        rents.settleRent(paymentId);
        if (state == RentPayments.PaymentState.Returned) _counted += rents.paymentOf(paymentId).amount;
    }

    function invariant_covered_is_the_first_rent_with_what_counts() public view {
        eq(rents.coveredOf(leaseId), _owed(0) + _counted);
        eq(deposits.balanceOf(owner) - _before, _paid);
    }

    function afterInvariant() public view {
        uint256 covered = rents.coveredOf(leaseId);
        uint256 sum = 0;
        for (uint256 month = 0; month < rents.monthsOf(leaseId); ++month) {
            sum += rents.monthOf(leaseId, month).covered;
        }
        uint256 total = _total();
        eq(sum, covered < total ? covered : total);
        eq(rents.overpaidOf(leaseId), covered < total ? 0 : covered - total);
    }

    function _total() private view returns (uint256 total) {
        for (uint256 month = 0; month < rents.monthsOf(leaseId); ++month) {
            total += _owed(month);
        }
    }
}
