// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {Context} from "@openzeppelin/contracts/utils/Context.sol";

/// @notice The part of Authority that contracts ask on every call.
interface ITrustedForwarder {
    /// The forwarder to believe now; address(0) while meta-transactions are switched off.
    function trustedForwarder() external view returns (address forwarder);
}

/// @title The actor behind a call
/// @notice ERC-2771 with the trusted forwarder read from Authority at each call, so that a guardian can switch
/// meta-transactions off for the whole city at once while direct calls go on. `restricted` (OpenZeppelin's
/// AccessManaged) guards administration; rights of institutions are asked of Institutions.
abstract contract CityContext is AccessManaged {
    constructor(address authority_) AccessManaged(authority_) {}

    function isTrustedForwarder(address forwarder) public view virtual returns (bool) {
        return forwarder != address(0) && forwarder == ITrustedForwarder(authority()).trustedForwarder();
    }

    /// @dev ERC-2771: the last 20 bytes of calldata are the actor when the trusted forwarder calls.
    function _msgSender() internal view virtual override returns (address) {
        uint256 length = msg.data.length;
        if (length >= 20 && msg.sender.code.length != 0 && isTrustedForwarder(msg.sender)) {
            unchecked {
                return address(bytes20(msg.data[length - 20:]));
            }
        }
        return msg.sender;
    }

    function _msgData() internal view virtual override returns (bytes calldata) {
        uint256 length = msg.data.length;
        if (length >= 20 && msg.sender.code.length != 0 && isTrustedForwarder(msg.sender)) {
            unchecked {
                return msg.data[:length - 20];
            }
        }
        return msg.data;
    }

    function _contextSuffixLength() internal view virtual override returns (uint256) {
        return 20;
    }
}
