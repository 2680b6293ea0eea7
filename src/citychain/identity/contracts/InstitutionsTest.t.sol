// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Authority} from "@citychain/chain/contracts/Authority.sol";
import {CityTest} from "@citychain/chain/contracts/Vm.sol";
import {Institutions} from "./Institutions.sol";
import {Notice} from "./Notice.sol";
import {TrustChain} from "./TrustChain.sol";

/// @notice Code where a forwarder is expected; tests append the actor themselves.
contract Forwarding {}

/// @notice A small city: the council accredits a supervisor, a registrar and a court, the supervisor accredits two banks.
/// The council's administration and the council's key are different accounts here, to see which of them may what.
abstract contract InstitutionsTest is CityTest {
    uint48 internal constant START = 1_700_000_000;
    uint48 internal constant END = START + 365 days;
    uint48 internal constant FOUNDED = START + 30 days;
    uint48 internal constant NOTICE = 2 days;
    uint64 internal constant GUARDIAN_ROLE = 1;
    uint32 internal constant COUNCIL = 1;
    bytes32 internal constant REASON = "audit 7";

    address internal constant administration = address(0xA0);
    address internal constant guardian = address(0xA1);
    address internal constant councilKey = address(0xC0);
    address internal constant supervisorKey = address(0xC1);
    address internal constant registrarKey = address(0xC2);
    address internal constant courtKey = address(0xC3);
    address internal constant bankKey = address(0xB1);
    address internal constant otherBankKey = address(0xB2);
    address internal constant teller = address(0xB3);
    address internal constant stranger = address(0xE1);
    address internal constant fresh = address(0xE2);

    Authority internal authority;
    Institutions internal institutions;
    uint32 internal supervisor;
    uint32 internal registrar;
    uint32 internal court;
    uint32 internal bank;
    uint32 internal otherBank;

    bytes32[] internal kinds;
    bytes32[][] internal accreditedBy;

    function setUp() public virtual {
        vm.warp(START);
        authority = new Authority(administration);
        _kind("supervisor", _list("council"));
        _kind("registrar", _list("council", "registrar"));
        _kind("court", _list("council"));
        _kind("bank", _list("supervisor", "council"));
        institutions = _deploy();
        bytes4[] memory selectors = new bytes4[](1);
        selectors[0] = Notice.veto.selector;
        vm.prank(administration);
        authority.setTargetFunctionRole(address(institutions), selectors, GUARDIAN_ROLE);
        vm.prank(administration);
        authority.grantRole(GUARDIAN_ROLE, guardian, 0);
        supervisor = _accredit(councilKey, "supervisor", supervisorKey);
        registrar = _accredit(councilKey, "registrar", registrarKey);
        court = _accredit(councilKey, "court", courtKey);
        bank = _accredit(supervisorKey, "bank", bankKey);
        otherBank = _accredit(supervisorKey, "bank", otherBankKey);
    }

    function _deploy() internal returns (Institutions) {
        return new Institutions(address(authority), councilKey, "Council", "https://council", kinds, accreditedBy);
    }

    function _kind(bytes32 kind, bytes32[] memory by) internal {
        kinds.push(kind);
        accreditedBy.push(by);
    }

    function _accredit(address by, bytes32 kind, address firstKey) internal returns (uint32) {
        vm.prank(by);
        return institutions.accredit(kind, "Name", "https://page", START, END, firstKey);
    }

    function _suspend(address by, uint32 institution) internal {
        vm.prank(by);
        institutions.suspend(institution, REASON);
    }

    function _revoke(address by, uint32 institution) internal {
        vm.prank(by);
        institutions.revoke(institution, REASON);
    }

    /// `from` offers its duties, `to` takes them.
    function _succeed(address fromKey, uint32 from, address toKey, uint32 to) internal {
        vm.prank(fromKey);
        institutions.offerSuccession(from, to);
        vm.prank(toKey);
        institutions.acceptSuccession(from);
    }

    function _retire() internal {
        vm.prank(administration);
        institutions.retire(address(0x5));
    }

    /// `depth` registrars, each accredited by the one before; returns the deepest.
    function _registrars(uint256 depth) internal returns (uint32 deepest, address key) {
        (deepest, key) = (registrar, registrarKey);
        for (uint160 i = 2; i <= depth; ++i) {
            address next = address(0xD00 + i);
            (deepest, key) = (_accredit(key, "registrar", next), next);
        }
    }

    function _list(bytes32 first) internal pure returns (bytes32[] memory list) {
        list = new bytes32[](1);
        list[0] = first;
    }

    function _list(bytes32 first, bytes32 second) internal pure returns (bytes32[] memory list) {
        list = new bytes32[](2);
        (list[0], list[1]) = (first, second);
    }

    function _eq(bytes32[] memory left, bytes32[] memory right) internal pure {
        eq(keccak256(abi.encode(left)), keccak256(abi.encode(right)));
    }

    function _requireState(uint32 institution, TrustChain.State state) internal view {
        eq(uint8(institutions.recordOf(institution).state), uint8(state));
    }

    /// The next call, by `sender`, must revert with `reason`.
    function _refuse(address sender, bytes memory reason) internal {
        vm.prank(sender);
        vm.expectRevert(reason);
    }

    /// The next call, by `sender`, must emit exactly the event that the test emits next.
    function _expectEvent() internal {
        vm.expectEmit(true, true, true, true);
    }
}
