// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Authority} from "./Authority.sol";
import {CityContext} from "./CityContext.sol";
import {Forwarder} from "./Forwarder.sol";
import {CityTest} from "./Vm.sol";

/// @notice A city contract that records what reaches it, and that misbehaves on request.
contract Recorder is CityContext {
    uint256 public calls;
    address public lastActor;
    uint256 public lastGas;
    bytes32 public lastData;

    error Refused(uint256 code);

    constructor(address authority_) CityContext(authority_) {}

    function record(uint256 note) external {
        uint256 left = gasleft();
        ++calls;
        lastActor = _msgSender();
        lastGas = left;
        lastData = keccak256(abi.encode(note, _msgData()));
    }

    function refuse(uint256 code) external pure {
        revert Refused(code);
    }

    function burn() external pure {
        assembly {
            invalid()
        }
    }

    function loop() external pure {
        for (uint256 i = 0;; ++i) {}
    }

    /// Reverts with `size` bytes of 0xff.
    function bomb(uint256 size) external pure {
        assembly {
            let start := mload(0x40)
            for { let i := 0 } lt(i, size) { i := add(i, 32) } { mstore(add(start, i), not(0)) }
            revert(start, size)
        }
    }

    function reenter(Forwarder.ForwardRequestData calldata inner) external {
        Forwarder(msg.sender).execute(inner);
        ++calls;
    }
}

/// @notice A small deployment, and requests signed by test keys.
abstract contract ForwarderTest is CityTest {
    uint256 internal constant TENANT_KEY = 0xa11ce;
    uint256 internal constant LANDLORD_KEY = 0xb0b;
    uint48 internal constant START = 1_800_000_000;

    address internal tenant = vm.addr(TENANT_KEY);
    address internal landlord = vm.addr(LANDLORD_KEY);
    address internal guardian = address(0x6a);
    address internal stranger = address(0x57);
    Authority internal authority;
    Forwarder internal forwarder;
    Recorder internal recorder;

    function deploy() internal {
        vm.warp(START);
        authority = new Authority(address(this));
        forwarder = new Forwarder(authority);
        recorder = new Recorder(address(authority));
        authority.initializeForwarder(address(forwarder));
        authority.setTarget(address(recorder), true);
        authority.grantRole(authority.GUARDIAN_ROLE(), guardian, 0);
    }

    /// An unsigned request to the recorder with the account's current nonce.
    function draft(address from, bytes memory data) internal view returns (Forwarder.ForwardRequestData memory) {
        return Forwarder.ForwardRequestData({
            from: from,
            to: address(recorder),
            value: 0,
            gas: 200_000,
            nonce: forwarder.nonces(from),
            deadline: uint48(block.timestamp + 1 hours),
            data: data,
            signature: ""
        });
    }

    function note(address from, uint256 text) internal view returns (Forwarder.ForwardRequestData memory) {
        return draft(from, abi.encodeCall(Recorder.record, (text)));
    }

    function signature(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    function signed(Forwarder.ForwardRequestData memory request, uint256 key)
        internal
        view
        returns (Forwarder.ForwardRequestData memory)
    {
        request.signature = signature(key, forwarder.digestOf(request));
        return request;
    }

    function cancellation(address from, uint256 nonce, address verifier) internal view returns (bytes32) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("citychain"),
                keccak256("1"),
                block.chainid,
                verifier
            )
        );
        bytes32 typed = keccak256(abi.encode(keccak256("CancelRequest(address from,uint256 nonce)"), from, nonce));
        return keccak256(abi.encodePacked(hex"1901", domain, typed));
    }

    function expectExecuted(Forwarder.ForwardRequestData memory request, bool success, bytes memory reason) internal {
        bytes32 digest = forwarder.digestOf(request);
        vm.expectEmit();
        emit Forwarder.RequestExecuted(digest, request.from, request.nonce, success, reason);
    }

    function expectExpired(Forwarder.ForwardRequestData memory request) internal {
        expectExecuted(request, false, abi.encodeWithSelector(Forwarder.RequestExpired.selector, request.deadline));
    }
}
