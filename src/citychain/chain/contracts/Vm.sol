// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// @notice The cheat codes that our tests use (Foundry's names and meanings). Never part of a deployed contract.
interface Vm {
    struct Log {
        bytes32[] topics;
        bytes data;
        address emitter;
    }

    function addr(uint256 privateKey) external pure returns (address);
    function sign(uint256 privateKey, bytes32 digest) external pure returns (uint8 v, bytes32 r, bytes32 s);
    function signP256(uint256 privateKey, bytes32 digest) external pure returns (bytes32 r, bytes32 s);
    function publicKeyP256(uint256 privateKey) external pure returns (uint256 publicKeyX, uint256 publicKeyY);
    function warp(uint256 timestamp) external;
    function roll(uint256 height) external;
    function chainId(uint256 id) external;
    function deal(address account, uint256 balance) external;
    function etch(address account, bytes calldata code) external;
    function store(address account, bytes32 slot, bytes32 value) external;
    function load(address account, bytes32 slot) external view returns (bytes32);
    function prank(address sender) external;
    function startPrank(address sender) external;
    function stopPrank() external;
    function assume(bool condition) external pure;
    function label(address account, string calldata name) external;
    function expectRevert() external;
    function expectRevert(bytes4 selector) external;
    function expectRevert(bytes calldata reason) external;
    function expectPartialRevert(bytes4 selector) external;
    function expectEmit(bool topic1, bool topic2, bool topic3, bool data) external;
    function expectEmit() external;
    function recordLogs() external;
    function getRecordedLogs() external returns (Log[] memory);
    function snapshotState() external returns (uint256);
    function revertToState(uint256 id) external returns (bool);
}

/// @notice Base of every test: the cheat codes and exact comparisons.
abstract contract CityTest {
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    error NotEqual(bytes32 left, bytes32 right);
    error NotTrue(string what);

    function eq(uint256 left, uint256 right) internal pure {
        if (left != right) revert NotEqual(bytes32(left), bytes32(right));
    }

    function eq(address left, address right) internal pure {
        eq(uint256(uint160(left)), uint256(uint160(right)));
    }

    function eq(bytes32 left, bytes32 right) internal pure {
        if (left != right) revert NotEqual(left, right);
    }

    function eq(bool left, bool right) internal pure {
        if (left != right) revert NotTrue(left ? "right" : "left");
    }

    function eq(string memory left, string memory right) internal pure {
        eq(keccak256(bytes(left)), keccak256(bytes(right)));
    }

    function eq(bytes memory left, bytes memory right) internal pure {
        eq(keccak256(left), keccak256(right));
    }

    function ok(bool condition, string memory what) internal pure {
        if (!condition) revert NotTrue(what);
    }

    /// A value of `seed` mapped into [low, high].
    function bound(uint256 seed, uint256 low, uint256 high) internal pure returns (uint256) {
        if (high - low == type(uint256).max) return seed;
        return low + seed % (high - low + 1);
    }
}
