// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Safe} from "@safe-global/safe-contracts/contracts/Safe.sol";
import {Enum} from "@safe-global/safe-contracts/contracts/common/Enum.sol";
import {
    CompatibilityFallbackHandler
} from "@safe-global/safe-contracts/contracts/handler/CompatibilityFallbackHandler.sol";
import {SafeProxyFactory} from "@safe-global/safe-contracts/contracts/proxies/SafeProxyFactory.sol";
import {CityTest} from "./Vm.sol";

/// @notice Real Safes of three officers, any two of whom act.
abstract contract SafeTest is CityTest {
    SafeProxyFactory private _factory = new SafeProxyFactory();
    Safe private _singleton = new Safe();
    CompatibilityFallbackHandler private _handler = new CompatibilityFallbackHandler();
    mapping(Safe safe => uint256[2] keys) private _signers;

    /// A Safe whose officers have the keys firstKey, firstKey + 1 and firstKey + 2.
    function newSafe(uint256 firstKey) internal returns (Safe safe) {
        address[] memory officers = new address[](3);
        for (uint256 i = 0; i < 3; ++i) {
            officers[i] = vm.addr(firstKey + i);
        }
        bytes memory setup = abi.encodeCall(
            Safe.setup, (officers, 2, address(0), "", address(_handler), address(0), 0, payable(address(0)))
        );
        safe = Safe(payable(_factory.createProxyWithNonce(address(_singleton), setup, firstKey)));
        // A Safe wants signatures in the order of the signers' addresses.
        _signers[safe] = officers[0] < officers[1] ? [firstKey, firstKey + 1] : [firstKey + 1, firstKey];
    }

    function officersSign(Safe safe, bytes32 digest) internal view returns (bytes memory signatures) {
        for (uint256 i = 0; i < 2; ++i) {
            (uint8 v, bytes32 r, bytes32 s) = vm.sign(_signers[safe][i], digest);
            signatures = abi.encodePacked(signatures, r, s, v);
        }
    }

    /// The Safe's ERC-1271 signature of `digest`.
    function safeSignature(Safe safe, bytes32 digest) internal view returns (bytes memory) {
        return officersSign(safe, CompatibilityFallbackHandler(address(safe)).getMessageHash(abi.encode(digest)));
    }

    /// Two officers sign, whoever calls relays; reverts with Safe's GS013 when the call fails.
    function safeCall(Safe safe, address to, bytes memory data) internal {
        bytes32 digest =
            safe.getTransactionHash(to, 0, data, Enum.Operation.Call, 0, 0, 0, address(0), address(0), safe.nonce());
        bytes memory signatures = officersSign(safe, digest);
        safe.execTransaction(to, 0, data, Enum.Operation.Call, 0, 0, 0, address(0), payable(address(0)), signatures);
    }
}
