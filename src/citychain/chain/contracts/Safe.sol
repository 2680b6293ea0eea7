// SPDX-License-Identifier: LGPL-3.0-only
pragma solidity ^0.8.30;

// Compiles what an account of several officers (Safe 1.4.1, unchanged) is made of, so that its artifacts exist beside
// ours: the singleton, the factory of proxies, and the handler that answers ERC-1271 for a Safe.
import {Safe} from "@safe-global/safe-contracts/contracts/Safe.sol";
import {
    CompatibilityFallbackHandler
} from "@safe-global/safe-contracts/contracts/handler/CompatibilityFallbackHandler.sol";
import {SafeProxyFactory} from "@safe-global/safe-contracts/contracts/proxies/SafeProxyFactory.sol";
