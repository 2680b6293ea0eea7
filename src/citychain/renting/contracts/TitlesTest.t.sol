// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Authority} from "@citychain/chain/contracts/Authority.sol";
import {CityTest} from "@citychain/chain/contracts/Vm.sol";
import {Institutions} from "@citychain/identity/contracts/Institutions.sol";
import {TitleRecords} from "./TitleRecords.sol";
import {Titles} from "./Titles.sol";

/// @notice Two registrars, two banks and two courts, and one home (title 1) that a landlord and a partner own; only the
/// landlord must consent.
abstract contract TitlesTest is CityTest {
    uint48 internal constant START = 1_700_000_000;
    uint48 internal constant SOON = START + 30 days;
    uint32 internal constant TOWN = 130_629_100;
    bytes32 internal constant DEED = keccak256("deed");
    bytes32 internal constant NEW_DEED = keccak256("new deed");
    bytes32 internal constant CASE = "case 17";
    bytes32 internal constant REASON = "wrong area";

    address internal constant administration = address(0xA0);
    address internal constant councilKey = address(0xC0);
    address internal constant registrar = address(0xC1);
    address internal constant otherRegistrar = address(0xC2);
    address internal constant banker = address(0xB1);
    address internal constant otherBanker = address(0xB2);
    address internal constant judge = address(0xD1);
    address internal constant otherJudge = address(0xD2);
    address internal constant landlord = address(0xA1);
    address internal constant partner = address(0xA2);
    address internal constant buyer = address(0xA3);
    address internal constant stranger = address(0xA4);

    Authority internal authority;
    Institutions internal institutions;
    Titles internal titles;
    uint32 internal registry;
    uint32 internal otherRegistry;
    uint32 internal bank;
    uint32 internal otherBank;
    uint32 internal court;
    uint32 internal otherCourt;

    function setUp() public virtual {
        vm.warp(START);
        authority = new Authority(administration);
        bytes32[] memory kinds = new bytes32[](8);
        (kinds[0], kinds[1], kinds[2]) = ("registrar", "bank", "court");
        (kinds[3], kinds[4], kinds[5], kinds[6]) = ("adjudicator", "arbitrator", "mediator", "identity");
        kinds[7] = "housing";
        bytes32[][] memory by = new bytes32[][](8);
        for (uint256 i = 0; i < kinds.length; ++i) {
            by[i] = new bytes32[](1);
            by[i][0] = "council";
        }
        institutions = new Institutions(address(authority), councilKey, "Council", "", kinds, by);
        registry = _accredit("registrar", registrar);
        otherRegistry = _accredit("registrar", otherRegistrar);
        bank = _accredit("bank", banker);
        otherBank = _accredit("bank", otherBanker);
        court = _accredit("court", judge);
        otherCourt = _accredit("court", otherJudge);
        titles = new Titles(address(authority), address(institutions));
        vm.prank(registrar);
        titles.register(TOWN, DEED, _couple());
    }

    function _accredit(bytes32 kind, address key) internal returns (uint32) {
        vm.prank(councilKey);
        return institutions.accredit(kind, "Name", "", START, START + 3650 days, key);
    }

    function _suspend(uint32 institution) internal {
        vm.prank(councilKey);
        institutions.suspend(institution, "audit 7");
    }

    function _succeed(address fromKey, uint32 from, address toKey, uint32 to) internal {
        vm.prank(fromKey);
        institutions.offerSuccession(from, to);
        vm.prank(toKey);
        institutions.acceptSuccession(from);
    }

    function _addKey(address by, uint32 institution, address key, bytes32 scope) internal {
        bytes32[] memory scopes = new bytes32[](1);
        scopes[0] = scope;
        vm.prank(by);
        institutions.addKey(institution, key, scopes);
    }

    function _retire() internal returns (bytes memory reason) {
        vm.prank(administration);
        titles.retire(address(0x5));
        return abi.encodeWithSelector(TitleRecords.ContractRetired.selector, address(0x5));
    }

    function _mortgage(uint32 bank_) internal returns (uint64) {
        vm.prank(registrar);
        return titles.recordMortgage(1, bank_, "contract 5", START, SOON);
    }

    function _seize(address judge_, uint48 until) internal returns (uint64) {
        vm.prank(judge_);
        return titles.seize(1, CASE, until);
    }

    function _open() internal returns (uint64) {
        vm.prank(registrar);
        return titles.openTransfer(1, _single(buyer), NEW_DEED, SOON);
    }

    function _consent(address account, uint64 transferId) internal {
        vm.prank(account);
        titles.consentToTransfer(1, transferId);
    }

    /// The landlord and the buyer agree; only the registrar is missing.
    function _agreed() internal returns (uint64 transferId) {
        transferId = _open();
        _consent(landlord, transferId);
        _consent(buyer, transferId);
    }

    function _transfer() internal {
        uint64 transferId = _agreed();
        vm.prank(registrar);
        titles.completeTransfer(1, transferId);
    }

    function _single(address account) internal pure returns (TitleRecords.Owner[] memory owners) {
        owners = new TitleRecords.Owner[](1);
        owners[0] = TitleRecords.Owner(account, 10_000, true);
    }

    function _couple() internal pure returns (TitleRecords.Owner[] memory owners) {
        owners = new TitleRecords.Owner[](2);
        owners[0] = TitleRecords.Owner(landlord, 6000, true);
        owners[1] = TitleRecords.Owner(partner, 4000, false);
    }

    function _requireOwners(uint256 titleId, TitleRecords.Owner[] memory owners) internal view {
        eq(keccak256(abi.encode(titles.ownersOf(titleId))), keccak256(abi.encode(owners)));
        eq(titles.ownerOf(titleId), owners[0].account);
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
