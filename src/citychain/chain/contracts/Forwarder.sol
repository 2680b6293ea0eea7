// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {Nonces} from "@openzeppelin/contracts/utils/Nonces.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Authority} from "./Authority.sol";

/// @title Carries signed requests to the city's contracts
/// @notice An ERC-2771 forwarder: a person or institution signs a request (EIP-712), anyone submits it and pays, and
/// the contract sees the signer. It holds no money and has no administrator; Authority says whether it is believed and
/// which contracts it may call. A signer's requests run in the order of their nonces, each at most once.
///
/// Derived from OpenZeppelin Contracts 5.7 (metatx/ERC2771Forwarder.sol, MIT). The differences:
/// 1. The request carries its nonce, so that a wrong nonce is told from a wrong signature.
/// 2. It refuses value: no function is payable, and a request with `value` other than 0 never runs. Nothing to refund.
/// 3. It calls only targets registered in Authority, and only while Authority trusts it; the target is not asked.
/// 4. Signatures: ECDSA first, also where the account has code (EIP-7702); else ERC-1271 by a staticcall of at most
///    WALLET_GAS that copies 32 bytes, so that a hostile wallet can't burn a batch.
/// 5. A correctly signed request whose deadline has passed spends its nonce, so that it can't block what follows it.
/// 6. A call that fails spends the nonce too, in `execute` as in `executeBatch`. The original's `execute` reverts.
/// 7. The event is RequestExecuted: with the EIP-712 digest, and with the first REASON_BYTES bytes of what the failed
///    call returned (no more is copied to memory: no return bomb).
/// 8. The gas is checked before the call, and more strictly: the call gets exactly the gas that was signed, or the
///    whole transaction reverts with InsufficientGas. The original notices only when a call ran out of gas itself.
/// 9. `cancel` spends the signer's current nonce; also by signature, so that anyone may submit it.
/// 10. `executeBatch` skips what can't run and never reverts for it; there is no mode in which it does.
///
/// Reentrancy: a target may call back with another signed request. Nonces are spent before each call, so it gains
/// nothing that a second transaction would not give it.
///
/// Replacement: the council proposes the successor in Authority. Nonces and signatures stay behind; they are bound to
/// this address and chain, so holders sign anew and nothing moves.
contract Forwarder is EIP712, Nonces {
    struct ForwardRequestData {
        address from;
        address to;
        uint256 value;
        uint256 gas;
        uint256 nonce;
        uint48 deadline;
        bytes data;
        bytes signature;
    }

    /// Why a request can't run, in the order in which it is found out.
    enum Flaw {
        None,
        Value,
        Nonce,
        Signature,
        Expired,
        NotTrusted,
        Target
    }

    /// @notice The gas in which an ERC-1271 wallet must answer; a Safe that two officers sign for needs less than half.
    uint256 public constant WALLET_GAS = 100_000;
    /// @notice At most so many bytes of a failed call's return data are copied and emitted.
    uint256 public constant REASON_BYTES = 512;
    /// @notice The gas that must be left besides what a call gets: to begin the call and to emit its outcome.
    uint256 public constant RESERVED_GAS = 20_000;

    bytes32 private constant FORWARD_REQUEST_TYPEHASH = keccak256(
        "ForwardRequest(address from,address to,uint256 value,uint256 gas,uint256 nonce,uint48 deadline,bytes data)"
    );
    bytes32 private constant CANCEL_REQUEST_TYPEHASH = keccak256("CancelRequest(address from,uint256 nonce)");

    /// @notice Where targets are registered and the trusted forwarder is named.
    Authority public immutable AUTHORITY;

    /// The nonce is spent. `success` is the call's; `reason` is empty on success, else what the call returned, or
    /// RequestExpired when it was not made.
    event RequestExecuted(bytes32 indexed digest, address indexed signer, uint256 nonce, bool success, bytes reason);
    /// The nonce is spent and no request with it will ever run.
    event RequestCancelled(address indexed signer, uint256 nonce);

    /// Requests carry no value; remedy: sign one with value 0.
    error ValueRefused(uint256 value);
    /// The signature is not the account's for this digest on this chain and forwarder; remedy: sign again.
    error InvalidSignature(address from, bytes32 digest);
    /// Authority does not trust this forwarder (any longer); remedy: call directly, or sign for the new forwarder.
    error ForwarderNotTrusted();
    /// The contract is not one that may be called through the forwarder; remedy: call it directly.
    error TargetNotRegistered(address target);
    /// The deadline (UTC seconds) has passed and the nonce is spent; never reverted with, only a reason in the event.
    error RequestExpired(uint48 deadline);
    /// Too little gas is left for the gas that was signed (or for a wallet's answer); remedy: send more gas.
    error InsufficientGas(uint256 required);

    constructor(Authority authority) EIP712("citychain", "1") {
        AUTHORITY = authority;
    }

    /// @notice Runs one request. Reverts by name when it can't run; when the call fails or the deadline has passed,
    /// the nonce is spent and RequestExecuted says so.
    function execute(ForwardRequestData calldata request) external {
        (Flaw flaw, bytes32 digest) = _process(request);
        if (flaw == Flaw.Value) revert ValueRefused(request.value);
        if (flaw == Flaw.Nonce) revert InvalidAccountNonce(request.from, nonces(request.from));
        if (flaw == Flaw.Signature) revert InvalidSignature(request.from, digest);
        if (flaw == Flaw.NotTrusted) revert ForwarderNotTrusted();
        if (flaw == Flaw.Target) revert TargetNotRegistered(request.to);
    }

    /// @notice Runs requests in their order. One that can't run is skipped without a trace and spends nothing. Only
    /// too little gas reverts, and then all of it, so that whoever submits can't spend a nonce on a starved call.
    function executeBatch(ForwardRequestData[] calldata requests) external {
        for (uint256 i = 0; i < requests.length; ++i) {
            _process(requests[i]);
        }
    }

    /// @notice Spends the current nonce of `from`, who signed CancelRequest(from, nonce); anyone may submit it.
    function cancel(address from, uint256 nonce, bytes calldata signature) external {
        bytes32 digest = _hashTypedDataV4(keccak256(abi.encode(CANCEL_REQUEST_TYPEHASH, from, nonce)));
        _useCheckedNonce(from, nonce);
        if (!_isSignedBy(from, digest, signature)) revert InvalidSignature(from, digest);
        emit RequestCancelled(from, nonce);
    }

    /// @notice Whether `request` would be called now. The call itself may still fail.
    function verify(ForwardRequestData calldata request) external view returns (bool) {
        return _flaw(request, digestOf(request)) == Flaw.None;
    }

    /// @notice The EIP-712 digest that the signer signs and that the event names. It does not cover the signature.
    function digestOf(ForwardRequestData calldata request) public view returns (bytes32) {
        return _hashTypedDataV4(
            keccak256(
                abi.encode(
                    FORWARD_REQUEST_TYPEHASH,
                    request.from,
                    request.to,
                    request.value,
                    request.gas,
                    request.nonce,
                    request.deadline,
                    keccak256(request.data)
                )
            )
        );
    }

    /// @dev Nothing is changed when the flaw is other than None and Expired.
    function _process(ForwardRequestData calldata request) private returns (Flaw flaw, bytes32 digest) {
        digest = digestOf(request);
        flaw = _flaw(request, digest);
        if (flaw != Flaw.None && flaw != Flaw.Expired) return (flaw, digest);

        _useNonce(request.from);
        (bool success, bytes memory reason) = flaw == Flaw.None
            ? _call(request)
            : (false, abi.encodeWithSelector(RequestExpired.selector, request.deadline));
        emit RequestExecuted(digest, request.from, request.nonce, success, reason);
    }

    function _flaw(ForwardRequestData calldata request, bytes32 digest) private view returns (Flaw) {
        if (request.value != 0) return Flaw.Value;
        if (request.nonce != nonces(request.from)) return Flaw.Nonce;
        if (!_isSignedBy(request.from, digest, request.signature)) return Flaw.Signature;
        // slither-disable-next-line timestamp (a deadline in seconds; the block's time is the city's clock)
        if (request.deadline < block.timestamp) return Flaw.Expired;
        // Authority is our own and makes no calls; an earlier request may have changed what it says: ask each time.
        // slither-disable-start calls-loop
        if (AUTHORITY.trustedForwarder() != address(this)) return Flaw.NotTrusted;
        if (!AUTHORITY.isTarget(request.to)) return Flaw.Target;
        // slither-disable-end calls-loop
        return Flaw.None;
    }

    function _isSignedBy(address signer, bytes32 digest, bytes calldata signature) private view returns (bool) {
        // slither-disable-next-line unused-return (the third value only details the failure)
        (address recovered, ECDSA.RecoverError failure,) = ECDSA.tryRecoverCalldata(digest, signature);
        if (failure == ECDSA.RecoverError.NoError && recovered == signer) return true;
        return signer.code.length != 0 && _walletAccepts(signer, digest, signature);
    }

    /// @dev ERC-1271 that can neither burn more than WALLET_GAS nor return more than 32 bytes.
    function _walletAccepts(address wallet, bytes32 digest, bytes calldata signature)
        private
        view
        returns (bool accepted)
    {
        bytes memory question = abi.encodeCall(IERC1271.isValidSignature, (digest, signature));
        bytes32 yes = bytes32(IERC1271.isValidSignature.selector);
        uint256 walletGas = WALLET_GAS;
        _requireGas(walletGas);
        assembly ("memory-safe") {
            let answered := staticcall(walletGas, wallet, add(question, 0x20), mload(question), 0x00, 0x20)
            accepted := and(and(answered, gt(returndatasize(), 0x1f)), eq(mload(0x00), yes))
        }
    }

    /// @dev Calls with the signer appended (ERC-2771) and exactly the gas that was signed.
    function _call(ForwardRequestData calldata request) private returns (bool success, bytes memory reason) {
        bytes memory data = abi.encodePacked(request.data, request.from);
        address to = request.to;
        uint256 callGas = request.gas;
        uint256 reasonBytes = REASON_BYTES;
        _requireGas(callGas);
        assembly ("memory-safe") {
            success := call(callGas, to, 0, add(data, 0x20), mload(data), 0x00, 0x00)
            if iszero(success) {
                let size := returndatasize()
                if gt(size, reasonBytes) { size := reasonBytes }
                reason := mload(0x40)
                mstore(reason, size)
                returndatacopy(add(reason, 0x20), 0x00, size)
                mstore(0x40, add(reason, and(add(size, 0x3f), not(0x1f))))
            }
        }
    }

    /// @dev EIP-150 lets a call have at most 63/64 of what is left when it begins, and silently gives it less than was
    /// asked. Beginning costs at most two cold accounts (2,600 each, the second one for EIP-7702), part of the reserve.
    function _requireGas(uint256 required) private view {
        uint256 left = gasleft();
        if (left < RESERVED_GAS || (left - RESERVED_GAS) * 63 / 64 < required) revert InsufficientGas(required);
    }
}
