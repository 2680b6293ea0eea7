// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Authority} from "@citychain/chain/contracts/Authority.sol";
import {CityTest} from "@citychain/chain/contracts/Vm.sol";
import {Institutions} from "@citychain/identity/contracts/Institutions.sol";
import {Clearing} from "./Clearing.sol";
import {Deposits} from "./Deposits.sol";

/// @notice A contract that keeps money for others.
contract Custodian {
    function pay(Deposits deposits, address to, uint256 amount) external {
        deposits.transfer(to, amount);
    }
}

/// @notice Two banks with their deposits and the clearing between them, a court, and accounts with money at the first.
abstract contract MoneyTest is CityTest {
    uint64 internal constant CLEARING_ROLE = 2;
    uint256 internal constant MAX = 2 ** 63 - 1;
    uint48 internal constant START = 1_700_000_000;
    bytes32 internal constant CASE = "case 17";

    address internal constant council = address(0xC0);
    address internal constant forwarder = address(0xF0);
    address internal constant bankOfficer = address(0xB1);
    address internal constant otherBankOfficer = address(0xB2);
    address internal constant judge = address(0xD1);
    address internal constant otherJudge = address(0xD2);
    address internal constant tenant = address(0xA1);
    address internal constant landlord = address(0xA2);
    address internal constant stranger = address(0xA3);

    Authority internal authority;
    Institutions internal institutions;
    Deposits internal deposits;
    Deposits internal otherDeposits;
    Clearing internal clearing;
    Custodian internal custodian;
    uint32 internal bank;
    uint32 internal otherBank;
    uint32 internal court;
    uint32 internal otherCourt;
    uint256 private _references;

    function setUp() public virtual {
        vm.warp(START);
        vm.etch(forwarder, hex"00");
        authority = new Authority(council);
        vm.prank(council);
        authority.initializeForwarder(forwarder);
        bytes32[] memory kinds = new bytes32[](2);
        (kinds[0], kinds[1]) = ("bank", "court");
        bytes32[][] memory accreditedBy = new bytes32[][](2);
        accreditedBy[0] = accreditedBy[1] = new bytes32[](1);
        accreditedBy[0][0] = "council";
        institutions = new Institutions(address(authority), council, "Council", "", kinds, accreditedBy);
        bank = _addInstitution("bank", bankOfficer);
        otherBank = _addInstitution("bank", otherBankOfficer);
        court = _addInstitution("court", judge);
        otherCourt = _addInstitution("court", otherJudge);
        deposits = _newDeposits(bank, "First Bank deposits", "FBD");
        otherDeposits = _newDeposits(otherBank, "Second Bank deposits", "SBD");
        clearing = new Clearing(address(authority), address(institutions));
        custodian = new Custodian();

        vm.startPrank(council);
        authority.grantRole(CLEARING_ROLE, address(clearing), 0);
        _letClear(deposits);
        _letClear(otherDeposits);
        clearing.registerBank(deposits);
        clearing.registerBank(otherDeposits);
        vm.stopPrank();

        vm.startPrank(bankOfficer);
        deposits.openAccount(tenant, false);
        deposits.openAccount(landlord, false);
        deposits.openAccount(address(custodian), true);
        vm.stopPrank();
        vm.prank(otherBankOfficer);
        otherDeposits.openAccount(landlord, false);
    }

    function _addInstitution(bytes32 kind, address key) internal returns (uint32 institution) {
        vm.prank(council);
        return institutions.accredit(kind, "Institution", "", START, type(uint48).max, key);
    }

    function _addKey(uint32 institution, address key, bytes32 scope) internal {
        bytes32[] memory scopes = new bytes32[](1);
        scopes[0] = scope;
        address manager = institutions.keysOf(institution)[0];
        vm.prank(manager);
        institutions.addKey(institution, key, scopes);
    }

    function _suspend(uint32 institution) internal {
        vm.prank(council);
        institutions.suspend(institution, "decision");
    }

    /// `institution` fails, and the council finds it a successor.
    function _succeed(uint32 institution, uint32 heir) internal {
        _suspend(institution);
        vm.prank(council);
        institutions.offerSuccession(institution, heir);
        address heirsKey = institutions.keysOf(heir)[0];
        vm.prank(heirsKey);
        institutions.acceptSuccession(institution);
    }

    function _newDeposits(uint32 bank_, string memory name, string memory symbol) internal returns (Deposits) {
        return new Deposits(address(authority), address(institutions), bank_, name, symbol);
    }

    /// As the council: lets the clearing contract burn and mint at `deposits_`.
    function _letClear(Deposits deposits_) internal {
        bytes4[] memory selectors = new bytes4[](2);
        selectors[0] = Deposits.clearingBurn.selector;
        selectors[1] = Deposits.clearingMint.selector;
        authority.setTargetFunctionRole(address(deposits_), selectors, CLEARING_ROLE);
    }

    function _mint(address to, uint256 amount) internal {
        bytes32 ref = bytes32(++_references);
        vm.prank(bankOfficer);
        deposits.mint(to, amount, ref);
    }

    function _hold(address account, uint256 amount, uint48 time) internal returns (uint64 orderId) {
        vm.prank(judge);
        return deposits.hold(CASE, account, amount, uint48(block.timestamp) + time);
    }

    /// The next call, by `sender`, must revert with `reason`.
    function _refuse(address sender, bytes memory reason) internal {
        vm.prank(sender);
        vm.expectRevert(reason);
    }

    /// The next call must emit exactly the event that the test emits next, at `emitter`'s turn.
    function _expectEvent() internal {
        vm.expectEmit(true, true, true, true);
    }
}
