// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {P256} from "@openzeppelin/contracts/utils/cryptography/P256.sol";
import {WebAuthn} from "@openzeppelin/contracts/utils/cryptography/WebAuthn.sol";
import {Forwarder} from "@citychain/chain/contracts/Forwarder.sol";
import {Passkeys} from "./Passkeys.sol";
import {PasskeyAccount} from "./PasskeyAccount.sol";
import {PasskeysTest} from "./PasskeysTest.t.sol";

contract PasskeyAccountTest is PasskeysTest {
    bytes32 private constant DIGEST = keccak256("what is signed");

    function test_the_key_of_the_account_signs() public view {
        _accepts(account, DIGEST, _signature(PHONE, DIGEST), true);
        (bytes32 qx, bytes32 qy) = PasskeyAccount(account).signer();
        (bytes32 x, bytes32 y) = _key(PHONE);
        eq(qx, x);
        eq(qy, y);
    }

    function test_another_key_another_text_or_another_account_is_refused() public {
        _accepts(account, DIGEST, _signature(TABLET, DIGEST), false);
        _accepts(account, DIGEST, _signature(PHONE, keccak256("another")), false);
        _accepts(_open(TABLET), DIGEST, _signature(PHONE, DIGEST), false);
    }

    function test_an_assertion_without_its_holder_known_or_of_another_kind_is_refused() public view {
        _accepts(account, DIGEST, _encoded(_assertion(PHONE, DIGEST, hex"01", "webauthn.get")), false);
        _accepts(account, DIGEST, _encoded(_assertion(PHONE, DIGEST, hex"04", "webauthn.get")), false);
        _accepts(account, DIGEST, _encoded(_assertion(PHONE, DIGEST, hex"05", "webauthn.create")), false);
    }

    function test_the_other_form_of_a_signature_is_refused() public view {
        WebAuthn.WebAuthnAuth memory answer = _assertion(PHONE, DIGEST);
        answer.s = bytes32(P256.N - uint256(answer.s));
        _accepts(account, DIGEST, _encoded(answer), false);
    }

    function test_bytes_that_are_no_assertion_are_refused() public view {
        _accepts(account, DIGEST, "", false);
        _accepts(account, DIGEST, new bytes(191), false);
        _accepts(account, DIGEST, new bytes(192), false);
    }

    /// Whose base point everybody knows the key of.
    function test_nobody_signs_for_the_implementation() public view {
        _accepts(passkeys.IMPLEMENTATION(), DIGEST, _signature(1, DIGEST), false);
    }

    function test_the_forwarder_takes_it_as_signer_within_its_gas() public {
        Forwarder forwarder = new Forwarder(authority);
        vm.prank(administration);
        authority.initializeForwarder(address(forwarder));
        vm.prank(administration);
        authority.setTarget(address(passkeys), true);
        Forwarder.ForwardRequestData memory request = Forwarder.ForwardRequestData({
            from: account,
            to: address(passkeys),
            value: 0,
            gas: 200_000,
            nonce: 0,
            deadline: uint48(block.timestamp + 1 hours),
            data: abi.encodeCall(Passkeys.chooseGuardians, (guardians)),
            signature: ""
        });
        request.signature = _signature(PHONE, forwarder.digestOf(request));
        vm.expectEmit();
        emit Forwarder.RequestExecuted(forwarder.digestOf(request), account, 0, true, "");
        forwarder.execute(request);
        request.nonce = 1;
        request.signature = _signature(PHONE, forwarder.digestOf(request));
        uint256 before = gasleft();
        _accepts(account, forwarder.digestOf(request), request.signature, true);
        ok(before - gasleft() < forwarder.WALLET_GAS(), "within the wallet's gas");
    }

    function testFuzz_whatever_is_signed_only_its_own_key_signs_it(bytes32 digest, uint256 device, uint256 other)
        public
    {
        device = bound(device, 1, P256.N - 1);
        other = bound(other, 1, P256.N - 1);
        vm.assume(device != PHONE);
        address opened = _open(device);
        _accepts(opened, digest, _signature(device, digest), true);
        if (other != device) _accepts(opened, digest, _signature(other, digest), false);
    }

    function testFuzz_random_bytes_sign_nothing(bytes32 digest, bytes calldata signature) public view {
        (bool answered, bytes memory answer) =
            account.staticcall(abi.encodeCall(IERC1271.isValidSignature, (digest, signature)));
        if (answered) eq(bytes32(answer), bytes32(bytes4(0xffffffff)));
    }

    function _accepts(address signer, bytes32 digest, bytes memory signature, bool accepted) private view {
        bytes4 answer = PasskeyAccount(signer).isValidSignature(digest, signature);
        eq(bytes32(answer), accepted ? bytes32(IERC1271.isValidSignature.selector) : bytes32(bytes4(0xffffffff)));
    }
}
