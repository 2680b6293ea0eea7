// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IInstitutions} from "@citychain/chain/contracts/IInstitutions.sol";
import {CityTest} from "@citychain/chain/contracts/Vm.sol";
import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {Clearing} from "./Clearing.sol";
import {Deposits} from "./Deposits.sol";

/// @notice A double of Authority: an AccessManager that names a trusted forwarder.
contract AuthorityDouble is AccessManager {
    address public trustedForwarder;

    constructor(address council, address forwarder) AccessManager(council) {
        trustedForwarder = forwarder;
    }
}

/// @notice A double of Institutions: what a test says is so.
contract InstitutionsDouble is IInstitutions {
    struct Institution {
        bytes32 kind;
        bool active;
        uint32 successor;
    }

    uint32 private _last;
    mapping(uint32 institution => Institution) private _institutions;
    mapping(address account => uint32) public institutionOf;
    mapping(address account => bytes32) private _scopes;

    function add(bytes32 kind, address key, bytes32 scope) external returns (uint32 institution) {
        institution = ++_last;
        _institutions[institution] = Institution(kind, true, 0);
        addKey(institution, key, scope);
    }

    function addKey(uint32 institution, address key, bytes32 scope) public {
        institutionOf[key] = institution;
        _scopes[key] = scope;
    }

    function suspend(uint32 institution) external {
        _institutions[institution].active = false;
    }

    function succeed(uint32 institution, uint32 successor) external {
        _institutions[institution].active = false;
        _institutions[institution].successor = successor;
    }

    function requireActing(address account, bytes32 kind, bytes32 scope) external view returns (uint32 institution) {
        institution = institutionOf[account];
        if (institution == 0) revert UnknownKey(account);
        if (_institutions[institution].kind != kind) revert WrongKind(institution, kind);
        if (!_institutions[institution].active) revert NotActive(institution);
        if (_scopes[account] != "*" && _scopes[account] != scope) revert KeyLacksScope(account, scope);
    }

    function dutyHolder(uint32 institution) external view returns (uint32) {
        uint32 successor = _institutions[institution].successor;
        return successor == 0 ? institution : successor;
    }

    function isActive(uint32 institution) external view returns (bool) {
        return _institutions[institution].active;
    }

    function kindOf(uint32 institution) external view returns (bytes32) {
        return _institutions[institution].kind;
    }
}

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

    AuthorityDouble internal authority;
    InstitutionsDouble internal institutions;
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
        authority = new AuthorityDouble(council, forwarder);
        institutions = new InstitutionsDouble();
        bank = institutions.add("bank", bankOfficer, "*");
        otherBank = institutions.add("bank", otherBankOfficer, "*");
        court = institutions.add("court", judge, "order");
        otherCourt = institutions.add("court", otherJudge, "*");
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

    function _authority() internal returns (address) {
        return address(new AuthorityDouble(council, forwarder));
    }

    function _addInstitution(bytes32 kind, address key) internal returns (uint32 institution) {
        return institutions.add(kind, key, "*");
    }

    function _addKey(uint32 institution, address key, bytes32 scope) internal {
        institutions.addKey(institution, key, scope);
    }

    function _suspend(uint32 institution) internal {
        institutions.suspend(institution);
    }

    function _succeed(uint32 institution, uint32 successor) internal {
        institutions.succeed(institution, successor);
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
