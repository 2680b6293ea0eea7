// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Base64} from "@openzeppelin/contracts/utils/Base64.sol";
import {P256} from "@openzeppelin/contracts/utils/cryptography/P256.sol";
import {WebAuthn} from "@openzeppelin/contracts/utils/cryptography/WebAuthn.sol";
import {IInstitutions} from "@citychain/chain/contracts/IInstitutions.sol";
import {InstitutionsTest} from "./InstitutionsTest.t.sol";
import {Passkeys} from "./Passkeys.sol";

/// @notice A passkey account whose guardians are two people and the court, and devices that sign as authenticators do.
abstract contract PasskeysTest is InstitutionsTest {
    uint256 internal constant PHONE = 0xfe11;
    uint256 internal constant TABLET = 0x7ab1e7;
    uint48 internal constant DELAY = 7 days;
    bytes32 internal constant SALT = keccak256("salt");

    address internal constant sister = address(0x515);
    address internal constant friend = address(0xF12);

    Passkeys internal passkeys;
    address internal account;
    /// The sister, the friend, the court.
    bytes32[3] internal guardians;

    function setUp() public virtual override {
        super.setUp();
        passkeys = new Passkeys(address(authority), IInstitutions(address(institutions)));
        account = _open(PHONE);
        guardians[0] = passkeys.commitmentOf(account, sister, 0, SALT);
        guardians[1] = passkeys.commitmentOf(account, friend, 0, SALT);
        guardians[2] = passkeys.commitmentOf(account, address(0), court, SALT);
        vm.prank(account);
        passkeys.chooseGuardians(guardians);
    }

    function _open(uint256 device) internal returns (address) {
        (bytes32 qx, bytes32 qy) = _key(device);
        return passkeys.open(qx, qy);
    }

    function _support(address sender, uint256 guardian, uint256 device) internal {
        (bytes32 qx, bytes32 qy) = _key(device);
        vm.prank(sender);
        passkeys.supportRecovery(account, guardian, qx, qy, SALT);
    }

    /// The holder names these three, each by a salt of its own: a person, or an institution where the person is zero.
    function _name(
        address person0,
        uint32 institution0,
        address person1,
        uint32 institution1,
        address person2,
        uint32 institution2
    ) internal {
        bytes32[3] memory named = [
            passkeys.commitmentOf(account, person0, institution0, _salt(0)),
            passkeys.commitmentOf(account, person1, institution1, _salt(1)),
            passkeys.commitmentOf(account, person2, institution2, _salt(2))
        ];
        vm.prank(account);
        passkeys.chooseGuardians(named);
    }

    /// As `_support`, of one that was named by `_name`.
    function _vote(address sender, uint256 guardian, uint256 device) internal {
        (bytes32 qx, bytes32 qy) = _key(device);
        vm.prank(sender);
        passkeys.supportRecovery(account, guardian, qx, qy, _salt(guardian));
    }

    function _salt(uint256 guardian) internal pure returns (bytes32) {
        return keccak256(abi.encode("salt", guardian));
    }

    function _finish(uint256 device) internal {
        (bytes32 qx, bytes32 qy) = _key(device);
        passkeys.finishRecovery(account, qx, qy);
    }

    /// The public key of a device; zeros for no device.
    function _key(uint256 device) internal pure returns (bytes32 qx, bytes32 qy) {
        if (device == 0) return (0, 0);
        (uint256 x, uint256 y) = vm.publicKeyP256(device);
        return (bytes32(x), bytes32(y));
    }

    function _hash(uint256 device) internal pure returns (bytes32) {
        (bytes32 qx, bytes32 qy) = _key(device);
        return device == 0 ? bytes32(0) : keccak256(abi.encode(qx, qy));
    }

    /// What the device answers when a browser asks it to sign `digest` at our site, after it knew its holder.
    function _assertion(uint256 device, bytes32 digest) internal pure returns (WebAuthn.WebAuthnAuth memory) {
        return _assertion(device, digest, hex"05", "webauthn.get");
    }

    function _assertion(uint256 device, bytes32 digest, bytes memory flags, string memory kind)
        internal
        pure
        returns (WebAuthn.WebAuthnAuth memory answer)
    {
        answer.authenticatorData = abi.encodePacked(sha256("localhost"), flags, uint32(7));
        answer.clientDataJSON = string.concat(
            '{"type":"',
            kind,
            '","challenge":"',
            Base64.encodeURL(abi.encodePacked(digest)),
            '","origin":"http://localhost:8000","crossOrigin":false}'
        );
        answer.typeIndex = 1;
        answer.challengeIndex = 11 + bytes(kind).length;
        bytes32 message = sha256(abi.encodePacked(answer.authenticatorData, sha256(bytes(answer.clientDataJSON))));
        (answer.r, answer.s) = vm.signP256(device, message);
        if (uint256(answer.s) > P256.N / 2) answer.s = bytes32(P256.N - uint256(answer.s));
    }

    /// In the encoding that OpenZeppelin reads: the members of the struct, without an offset before them.
    function _encoded(WebAuthn.WebAuthnAuth memory answer) internal pure returns (bytes memory) {
        return abi.encode(
            answer.r, answer.s, answer.challengeIndex, answer.typeIndex, answer.authenticatorData, answer.clientDataJSON
        );
    }

    function _signature(uint256 device, bytes32 digest) internal pure returns (bytes memory) {
        return _encoded(_assertion(device, digest));
    }
}
