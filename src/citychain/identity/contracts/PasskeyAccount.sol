// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {P256} from "@openzeppelin/contracts/utils/cryptography/P256.sol";
import {SignerP256} from "@openzeppelin/contracts/utils/cryptography/signers/SignerP256.sol";
import {SignerWebAuthn} from "@openzeppelin/contracts/utils/cryptography/signers/SignerWebAuthn.sol";

/// @notice The part of Passkeys that an account asks on every signature.
interface IPasskeys {
    /// The P-256 key that signs for `account` now; zeros when there is none.
    function keyOf(address account) external view returns (bytes32 qx, bytes32 qy);
}

/// @title An account that a passkey signs for
/// @notice Says by ERC-1271 whether a WebAuthn assertion is its key's: a fingerprint on the holder's own device. Which key
/// that is, Passkeys knows, so that a lost one can be replaced. The account does nothing else: it makes no calls, holds no
/// ether and has no owner; the city's contracts see it as the signer of requests.
///
/// A signature is OpenZeppelin's WebAuthnAuth in ABI encoding; its challenge is the 32 bytes that are signed, and the
/// authenticator must have verified its user (UV). Origin and rpId are not checked here: the browser signs for the site
/// that made the passkey alone.
/// @dev What is signed must name its signer or be bound to one use, because several accounts may come to have one key:
/// forward requests name `from`, sign-in texts a number that is used once.
///
/// One implementation, and a clone (EIP-1167) for each account. Nobody's key signs for the implementation itself.
contract PasskeyAccount is SignerWebAuthn, IERC1271 {
    /// @notice Where accounts are opened and their keys kept: who created the implementation.
    IPasskeys public immutable PASSKEYS = IPasskeys(msg.sender);

    /// @dev The key that OpenZeppelin's constructor wants is never asked: see `signer`. The curve's base point is one.
    constructor() SignerP256(bytes32(P256.GX), bytes32(P256.GY)) {}

    /// @notice The key that signs for this account now.
    function signer() public view override returns (bytes32 qx, bytes32 qy) {
        return PASSKEYS.keyOf(address(this));
    }

    /// @inheritdoc IERC1271
    function isValidSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4 magicValue) {
        return _rawSignatureValidation(hash, signature) ? IERC1271.isValidSignature.selector : bytes4(0xffffffff);
    }
}
