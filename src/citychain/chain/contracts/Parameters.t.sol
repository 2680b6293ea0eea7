// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {Authority} from "./Authority.sol";
import {Parameters} from "./Parameters.sol";
import {CityTest} from "./Vm.sol";

contract ParametersTests is CityTest {
    address internal stranger = address(0x57);
    Authority internal authority = new Authority(address(this));
    Parameters internal parameters = new Parameters(address(authority));

    function setUp() public {
        parameters.add("deposit.days", "days", 30, 1, 90);
    }

    function test_add_tells_everything_in_the_event() public {
        vm.expectEmit();
        emit Parameters.ParameterAdded("fee", "fen", 0, 0, 2 ** 63 - 1);
        parameters.add("fee", "fen", 0, 0, 2 ** 63 - 1);
        eq(parameters.get("fee"), 0);
        Parameters.Parameter memory fee = parameters.describe("fee");
        eq(fee.unit, "fen");
        eq(fee.value, 0);
        eq(fee.min, 0);
        eq(fee.max, 2 ** 63 - 1);
    }

    function test_add_refuses_a_name_that_exists() public {
        vm.expectRevert(abi.encodeWithSelector(Parameters.ParameterExists.selector, bytes32("deposit.days")));
        parameters.add("deposit.days", "hours", 1, 1, 1);
    }

    function test_add_refuses_a_number_without_unit() public {
        vm.expectRevert(abi.encodeWithSelector(Parameters.UnitMissing.selector, bytes32("fee")));
        parameters.add("fee", "", 1, 0, 2);
    }

    function test_add_refuses_what_a_read_model_cannot_hold() public {
        vm.expectRevert(abi.encodeWithSelector(Parameters.BoundTooLarge.selector, bytes32("fee"), 2 ** 63));
        parameters.add("fee", "fen", 1, 0, 2 ** 63);
    }

    function testFuzz_add_and_set_keep_to_the_bounds(uint64 value, uint64 low, uint64 high, uint64 next) public {
        high = uint64(bound(high, 0, 2 ** 63 - 1));
        bool within = low <= value && value <= high;
        if (!within) {
            vm.expectRevert(abi.encodeWithSelector(Parameters.OutOfBounds.selector, bytes32("fee"), value, low, high));
        }
        parameters.add("fee", "fen", value, low, high);
        if (!within) return;
        bool accepted = low <= next && next <= high;
        if (!accepted) {
            vm.expectRevert(abi.encodeWithSelector(Parameters.OutOfBounds.selector, bytes32("fee"), next, low, high));
        }
        parameters.set("fee", next);
        eq(parameters.get("fee"), accepted ? next : value);
    }

    function test_set_tells_old_and_new() public {
        vm.expectEmit();
        emit Parameters.ParameterSet("deposit.days", 30, 45);
        parameters.set("deposit.days", 45);
        eq(parameters.get("deposit.days"), 45);
    }

    function test_set_refuses_both_sides_of_the_bounds() public {
        vm.expectRevert(abi.encodeWithSelector(Parameters.OutOfBounds.selector, bytes32("deposit.days"), 0, 1, 90));
        parameters.set("deposit.days", 0);
        vm.expectRevert(abi.encodeWithSelector(Parameters.OutOfBounds.selector, bytes32("deposit.days"), 91, 1, 90));
        parameters.set("deposit.days", 91);
    }

    function test_unknown_name_is_told_by_name() public {
        bytes memory unknown = abi.encodeWithSelector(Parameters.UnknownParameter.selector, bytes32("fee"));
        vm.expectRevert(unknown);
        parameters.set("fee", 1);
        vm.expectRevert(unknown);
        parameters.get("fee");
        vm.expectRevert(unknown);
        parameters.describe("fee");
    }

    function test_only_the_council_writes() public {
        bytes memory refused = abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, stranger);
        vm.startPrank(stranger);
        vm.expectRevert(refused);
        parameters.add("fee", "fen", 1, 0, 2);
        vm.expectRevert(refused);
        parameters.set("deposit.days", 31);
        vm.expectRevert(refused);
        parameters.retire(address(authority));
        vm.stopPrank();
    }

    function test_retired_parameters_are_read_and_no_longer_written() public {
        vm.expectRevert(abi.encodeWithSelector(Parameters.SuccessorWithoutCode.selector, stranger));
        parameters.retire(stranger);
        address successor = address(new Parameters(address(authority)));
        vm.expectEmit();
        emit Parameters.ParametersRetired(successor);
        parameters.retire(successor);
        bytes memory retired = abi.encodeWithSelector(Parameters.Retired.selector, successor);
        vm.expectRevert(retired);
        parameters.add("fee", "fen", 1, 0, 2);
        vm.expectRevert(retired);
        parameters.set("deposit.days", 31);
        vm.expectRevert(retired);
        parameters.retire(successor);
        eq(parameters.get("deposit.days"), 30);
        eq(parameters.successor(), successor);
    }
}

/// @notice Adds and sets anything, and remembers what was accepted.
contract ParametersHandler is CityTest {
    Parameters internal parameters = new Parameters(address(new Authority(address(this))));
    bytes32[4] internal names = [bytes32("a"), "b", "c", "d"];
    mapping(bytes32 name => Parameters.Parameter) internal accepted;

    function add(uint256 which, uint64 value, uint64 low, uint64 high) external {
        bytes32 name = names[which % 4];
        try parameters.add(name, "count", value % 100, low % 100, high % 100) {
            ok(accepted[name].unit == 0, "added once");
            accepted[name] = Parameters.Parameter("count", value % 100, low % 100, high % 100);
        } catch {}
    }

    function set(uint256 which, uint64 value) external {
        bytes32 name = names[which % 4];
        try parameters.set(name, value % 110) {
            accepted[name].value = value % 110;
        } catch {}
    }

    function check() external view {
        for (uint256 i = 0; i < 4; ++i) {
            Parameters.Parameter memory expected = accepted[names[i]];
            if (expected.unit == 0) continue;
            eq(abi.encode(parameters.describe(names[i])), abi.encode(expected));
            ok(expected.min <= expected.value && expected.value <= expected.max, "within bounds");
        }
    }
}

/// @notice Every value is within its bounds and is the one last accepted; unit and bounds never change.
contract ParametersMachine is CityTest {
    ParametersHandler internal handler = new ParametersHandler();

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function invariant_values_stay_within_bounds_that_never_change() public view {
        handler.check();
    }
}
