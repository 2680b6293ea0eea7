// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Parameters} from "@citychain/chain/contracts/Parameters.sol";
import {Deposits} from "@citychain/money/contracts/Deposits.sol";
import {Escrow} from "./Escrow.sol";
import {ILeases} from "./ILeases.sol";
import {IUnits} from "./IUnits.sol";
import {LeaseChanges} from "./LeaseChanges.sol";
import {LeaseOffers} from "./LeaseOffers.sol";
import {LeaseRecords} from "./LeaseRecords.sol";
import {Leases} from "./Leases.sol";
import {TitleRecords} from "./TitleRecords.sol";
import {UnitsTest} from "./UnitsTest.t.sol";

/// @notice A couple (`owner`, `coOwner`, who both must consent) lets the whole (unit `HOME`) or a room (`CHAMBER`) of title 2 to
/// two friends (`tenant`, `friend`), all with keys that sign and accounts at a bank where the escrow is a custodian.
abstract contract LeasesTest is UnitsTest {
    uint64 internal constant MONEY_ROLE = 4;
    uint64 internal constant OFFERS_ROLE = 5;
    uint64 internal constant CHANGES_ROLE = 6;
    uint64 internal constant HOME = 5;
    uint64 internal constant CHAMBER = 6;
    uint256 internal constant OWNER_KEY = 0xA11;
    uint256 internal constant CO_OWNER_KEY = 0xA12;
    uint256 internal constant TENANT_KEY = 0xB11;
    uint256 internal constant FRIEND_KEY = 0xB12;
    uint64 internal constant RENT = 300_000;
    uint64 internal constant DEPOSIT = 600_000;
    bytes32 internal constant CONDITION = keccak256("meters");

    address internal constant adjudicatorKey = address(0xD5);
    address internal constant otherAdjudicatorKey = address(0xD6);
    address internal constant mediatorKey = address(0xD7);
    address internal constant identityKey = address(0xD8);
    address internal constant settlements = address(0xE2);
    address internal constant sponsor = address(0xA6);

    address internal owner = vm.addr(OWNER_KEY);
    address internal coOwner = vm.addr(CO_OWNER_KEY);
    address internal tenant = vm.addr(TENANT_KEY);
    address internal friend = vm.addr(FRIEND_KEY);

    Deposits internal deposits;
    Parameters internal parameters;
    Escrow internal escrow;
    Leases internal leasesOf;
    LeaseOffers internal offers;
    LeaseChanges internal changes;
    uint32 internal adjudicator;
    uint32 internal otherAdjudicator;
    uint32 internal mediator;
    uint256 private _references;

    function setUp() public virtual override {
        super.setUp();
        adjudicator = _accredit("adjudicator", adjudicatorKey);
        otherAdjudicator = _accredit("adjudicator", otherAdjudicatorKey);
        mediator = _accredit("mediator", mediatorKey);
        _accredit("identity", identityKey);
        deposits = new Deposits(address(authority), address(institutions), bank, "First Bank deposits", "FBD");
        parameters = new Parameters(address(authority));
        escrow = new Escrow(address(authority), address(institutions));
        leasesOf = new Leases(address(authority), address(units), address(escrow));
        offers = new LeaseOffers(address(authority), address(leasesOf), address(parameters));
        changes = new LeaseChanges(address(authority), address(leasesOf), address(parameters));
        _grant();
        _number("lease.deposit-months", 3);
        _number("lease.advance-months", 3);
        _number("lease.late-percent", 10);
        _number("lease.notice-days", 30);
        _number("lease.operator.deposit-months", 1);
        _number("lease.operator.advance-months", 1);
        _number("lease.operator.late-percent", 5);
        _number("lease.operator.notice-days", 60);
        _number("lease.cure-days", 15);
        _number("lease.leave-days", 10);
        _number("lease.default-decider", otherAdjudicator);
        TitleRecords.Owner[] memory owners = new TitleRecords.Owner[](2);
        owners[0] = TitleRecords.Owner(owner, 5000, true);
        owners[1] = TitleRecords.Owner(coOwner, 5000, true);
        vm.prank(registrar);
        titles.register(TOWN, keccak256("deed 2"), owners);
        vm.startPrank(owner);
        units.declareUnit(2, 0, IUnits.UnitKind.Whole, PLACE);
        units.declareUnit(2, HOME, IUnits.UnitKind.Room, PLACE);
        vm.stopPrank();
        vm.startPrank(registrar);
        units.confirmUnit(HOME, 4);
        units.confirmUnit(CHAMBER, 2);
        vm.stopPrank();
        vm.startPrank(banker);
        deposits.openAccount(address(escrow), true);
        deposits.openAccount(owner, false);
        deposits.openAccount(coOwner, false);
        deposits.openAccount(tenant, false);
        deposits.openAccount(friend, false);
        deposits.openAccount(sponsor, false);
        vm.stopPrank();
        _fill(tenant, 3_000_000);
        _fill(sponsor, 3_000_000);
    }

    function _grant() private {
        vm.startPrank(administration);
        authority.setTarget(address(deposits), true);
        authority.grantRole(LEASES_ROLE, address(leasesOf), 0);
        bytes4[] memory money = new bytes4[](3);
        (money[0], money[1], money[2]) = (escrow.take.selector, escrow.lodge.selector, escrow.award.selector);
        authority.setTargetFunctionRole(address(escrow), money, MONEY_ROLE);
        authority.grantRole(MONEY_ROLE, address(leasesOf), 0);
        authority.grantRole(MONEY_ROLE, settlements, 0);
        bytes4[] memory opening = new bytes4[](1);
        opening[0] = leasesOf.open.selector;
        authority.setTargetFunctionRole(address(leasesOf), opening, OFFERS_ROLE);
        authority.grantRole(OFFERS_ROLE, address(offers), 0);
        bytes4[] memory changing = new bytes4[](7);
        (changing[0], changing[1]) = (leasesOf.annul.selector, leasesOf.shorten.selector);
        (changing[2], changing[3]) = (leasesOf.extend.selector, leasesOf.changeLandlords.selector);
        (changing[4], changing[5]) = (leasesOf.changePayee.selector, leasesOf.changeRefundee.selector);
        changing[6] = leasesOf.replaceAccount.selector;
        authority.setTargetFunctionRole(address(leasesOf), changing, CHANGES_ROLE);
        authority.grantRole(CHANGES_ROLE, address(changes), 0);
        vm.stopPrank();
    }

    function _number(bytes32 name, uint64 value) internal {
        vm.prank(administration);
        parameters.add(name, "count", value, 0, 10_000);
    }

    function _fill(address account, uint256 amount) internal {
        bytes32 ref = bytes32(++_references);
        vm.prank(banker);
        deposits.mint(account, amount, ref);
    }

    /// A year from in ten days on, at 3,000 yuan a month.
    function _terms() internal view returns (LeaseOffers.Terms memory terms) {
        terms.unitId = HOME;
        terms.landlords = _sorted(owner, coOwner);
        terms.tenants = _sorted(tenant, friend);
        terms.payee = owner;
        terms.refundee = tenant;
        terms.occupants = 2;
        (terms.fromDay, terms.toDay) = (day + 10, day + 375);
        (terms.rent, terms.dueDay, terms.deposit) = (RENT, 5, DEPOSIT);
        (terms.graceDays, terms.lateFee, terms.noticeDays) = (5, 30_000, 30);
        terms.deposits = address(deposits);
        terms.track = ILeases.Track.Adjudication;
        terms.decider = adjudicator;
        (terms.houseRules, terms.inventory, terms.text) = ("rules", "inventory", "text");
        terms.offerDeadline = START + 7 days;
        terms.salt = "salt";
    }

    function _signatures(LeaseOffers.Terms memory terms) internal view returns (bytes[] memory signatures) {
        bytes32 digest = offers.termsHash(terms);
        signatures = new bytes[](terms.landlords.length + terms.tenants.length);
        for (uint256 i = 0; i < signatures.length; ++i) {
            uint256 count = terms.landlords.length;
            signatures[i] = _signed(i < count ? terms.landlords[i] : terms.tenants[i - count], digest);
        }
    }

    function _signed(address account, bytes32 digest) internal view returns (bytes memory) {
        uint256 key = account == owner
            ? OWNER_KEY
            : account == coOwner ? CO_OWNER_KEY : account == tenant ? TENANT_KEY : FRIEND_KEY;
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    function _conclude(LeaseOffers.Terms memory terms) internal returns (uint64) {
        return offers.conclude(terms, _signatures(terms));
    }

    /// What deposit and first rent of a lease come to.
    function _due(uint64 leaseId) internal view returns (uint256) {
        return uint256(leasesOf.recordOf(leaseId).deposit) + leasesOf.recordOf(leaseId).firstRent;
    }

    function _fund(uint64 leaseId) internal {
        uint256 amount = _due(leaseId);
        vm.prank(tenant);
        deposits.approve(address(escrow), amount);
        leasesOf.fund(leaseId, tenant);
    }

    function _handOver(uint64 leaseId) internal {
        vm.prank(owner);
        leasesOf.confirmHandover(leaseId, CONDITION);
        vm.prank(friend);
        leasesOf.confirmHandover(leaseId, CONDITION);
    }

    function _signedLease() internal returns (uint64) {
        return _conclude(_terms());
    }

    function _funded() internal returns (uint64 leaseId) {
        leaseId = _signedLease();
        _fund(leaseId);
    }

    function _running() internal returns (uint64 leaseId) {
        leaseId = _funded();
        _toDay(day + 10);
        _handOver(leaseId);
    }

    /// Noon of a day in Asia/Shanghai.
    function _toDay(uint256 day_) internal {
        vm.warp(day_ * 1 days + 4 hours);
    }

    function _state(uint64 leaseId, LeaseRecords.State state) internal view {
        eq(uint256(leasesOf.recordOf(leaseId).state), uint256(state));
    }

    function _wrongState(uint64 leaseId, LeaseRecords.State state) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(LeaseRecords.LeaseStateWrong.selector, leaseId, state);
    }

    function _unauthorised(address account) internal pure returns (bytes memory) {
        return abi.encodeWithSignature("AccessManagedUnauthorized(address)", account);
    }

    function _sorted(address first, address second) internal pure returns (address[] memory) {
        return first < second ? _pair(first, second) : _pair(second, first);
    }
}
