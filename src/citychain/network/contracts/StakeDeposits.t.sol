// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Authority} from "@citychain/chain/contracts/Authority.sol";
import {IInstitutions} from "@citychain/chain/contracts/IInstitutions.sol";
import {CityTest} from "@citychain/chain/contracts/Vm.sol";
import {Institutions} from "@citychain/identity/contracts/Institutions.sol";
import {StakeDeposits} from "./StakeDeposits.sol";

contract StakeDepositsTest is CityTest {
    uint48 internal constant START = 1_700_000_000;
    address internal constant council = address(0xC0);
    address internal constant guardian = address(0xA1);
    address internal constant operator = address(0xB1);
    address internal constant other = address(0xB2);
    address internal constant account = address(0xB3);
    address internal constant bank = address(0xB4);
    address internal constant rich = address(0xE1);

    Institutions internal institutions;
    StakeDeposits internal stakes;
    uint32 internal member;
    uint32 internal second;

    function setUp() public {
        vm.warp(START);
        Authority authority = new Authority(address(this));
        authority.grantRole(1, guardian, 0);
        bytes32[] memory kinds = new bytes32[](2);
        (kinds[0], kinds[1]) = ("validator", "bank");
        bytes32[][] memory by = new bytes32[][](2);
        by[0] = by[1] = new bytes32[](1);
        by[0][0] = "council";
        institutions = new Institutions(address(authority), council, "Council", "", kinds, by);
        stakes = StakeDeposits(0x4242424242424242424242424242424242424242);
        vm.etch(address(stakes), type(StakeDeposits).runtimeCode);
        vm.store(address(stakes), 0, bytes32(uint256(uint160(address(institutions)))));
        vm.store(address(stakes), keccak256(abi.encode(keccak256(_key(9)), 1)), bytes32(uint256(1)));
        vm.startPrank(council);
        member = institutions.accredit("validator", "Lake Bank's node", "", START, START + 365 days, operator);
        second = institutions.accredit("validator", "Court's node", "", START, START + 365 days, other);
        institutions.accredit("bank", "Lake Bank", "", START, START + 365 days, bank);
        vm.stopPrank();
    }

    function test_placed_validator_is_what_clients_read() public {
        _grant(member, 2);
        _place(operator, 1);
        vm.recordLogs();
        _place(operator, 2);
        bytes memory data = vm.getRecordedLogs()[1].data;
        eq(data.length, 576);
        (bytes memory key, bytes memory credentials, bytes memory amount, bytes memory signature, bytes memory index) =
            abi.decode(data, (bytes, bytes, bytes, bytes, bytes));
        eq(key, _key(2));
        eq(credentials, abi.encodePacked(hex"010000000000000000000000", account));
        eq(amount, hex"0040597307000000");
        eq(signature, new bytes(96));
        eq(index, hex"0100000000000000");
        eq(stakes.get_deposit_count(), hex"0200000000000000");
    }

    function test_stranger_with_a_million_units_places_nothing() public {
        _grant(member, 1);
        vm.deal(rich, 1_000_000 ether);
        vm.prank(rich);
        vm.expectRevert(abi.encodeWithSelector(IInstitutions.UnknownKey.selector, rich));
        stakes.place(_key(1), new bytes(96), rich);
        vm.prank(rich);
        vm.expectRevert(abi.encodeWithSelector(IInstitutions.UnknownKey.selector, rich));
        stakes.grant(member, 2);
        vm.prank(rich);
        (bool taken,) = address(stakes).call{value: 32 ether}(
            abi.encodeWithSignature(
                "deposit(bytes,bytes,bytes,bytes32)", _key(1), new bytes(32), new bytes(96), bytes32(0)
            )
        );
        ok(!taken, "deposit by value");
        eq(address(stakes).balance, 0);
    }

    function testFuzz_no_institution_exceeds_its_grant(uint8 granted, uint8 tries) public {
        uint64 most = uint64(bound(granted, 0, 12));
        _grant(member, most);
        _grant(second, 20);
        uint64 placed = 0;
        for (uint8 i = 0; i < bound(tries, 0, 20); ++i) {
            _place(other, 100 + i);
            vm.prank(operator);
            try stakes.place(_key(i + 10), new bytes(96), account) {
                ++placed;
            } catch (bytes memory reason) {
                eq(reason, abi.encodeWithSelector(StakeDeposits.NoStakeLeft.selector, member, most, most, 0));
            }
        }
        (, uint64 counted,) = stakes.grants(member);
        eq(placed, counted);
        ok(placed <= most, "share");
    }

    function test_key_is_placed_once_and_never_one_of_the_first_block() public {
        _grant(member, 3);
        _grant(second, 3);
        _place(operator, 1);
        vm.prank(other);
        vm.expectRevert(abi.encodeWithSelector(StakeDeposits.ValidatorKnown.selector, keccak256(_key(1))));
        stakes.place(_key(1), new bytes(96), account);
        vm.prank(operator);
        vm.expectRevert(abi.encodeWithSelector(StakeDeposits.ValidatorKnown.selector, keccak256(_key(9))));
        stakes.place(_key(9), new bytes(96), account);
    }

    function test_grant_waits_for_its_notice_once_the_city_is_founded() public {
        _grant(member, 1);
        _place(operator, 1);
        _foundedNow();
        _grant(member, 2);
        uint48 usableFrom = START + 2 days;
        vm.prank(operator);
        vm.expectRevert(abi.encodeWithSelector(StakeDeposits.NoStakeLeft.selector, member, 2, 1, usableFrom));
        stakes.place(_key(2), new bytes(96), account);
        vm.warp(usableFrom);
        _place(operator, 2);
    }

    function test_guardian_vetoes_a_grant_while_its_notice_runs() public {
        _foundedNow();
        _grant(member, 5);
        vm.prank(rich);
        vm.expectRevert(abi.encodeWithSelector(StakeDeposits.NotGuardian.selector, rich));
        stakes.veto(member);
        vm.prank(guardian);
        stakes.veto(member);
        vm.warp(START + 2 days);
        vm.prank(operator);
        vm.expectRevert(abi.encodeWithSelector(StakeDeposits.NoStakeLeft.selector, member, 0, 0, START + 2 days));
        stakes.place(_key(1), new bytes(96), account);
        vm.prank(guardian);
        vm.expectRevert(abi.encodeWithSelector(StakeDeposits.NoGrantWaits.selector, member));
        stakes.veto(member);
    }

    function test_smaller_grant_binds_at_once_and_keeps_what_stands() public {
        _grant(member, 5);
        _place(operator, 1);
        _foundedNow();
        _grant(member, 0);
        vm.prank(operator);
        vm.expectRevert(abi.encodeWithSelector(StakeDeposits.NoStakeLeft.selector, member, 0, 1, 0));
        stakes.place(_key(2), new bytes(96), account);
    }

    function test_other_kinds_neither_get_nor_place_stakes() public {
        uint32 banks = institutions.institutionOf(bank);
        vm.prank(council);
        vm.expectRevert(abi.encodeWithSelector(IInstitutions.WrongKind.selector, banks, bytes32("validator")));
        stakes.grant(banks, 1);
        vm.prank(bank);
        vm.expectRevert(abi.encodeWithSelector(IInstitutions.WrongKind.selector, banks, bytes32("validator")));
        stakes.place(_key(1), new bytes(96), account);
        vm.prank(operator);
        vm.expectRevert(abi.encodeWithSelector(IInstitutions.WrongKind.selector, member, bytes32("council")));
        stakes.grant(member, 1);
    }

    function test_suspended_institution_places_nothing() public {
        _grant(member, 1);
        vm.prank(council);
        institutions.suspend(member, "audit");
        vm.prank(operator);
        vm.expectRevert(abi.encodeWithSelector(IInstitutions.NotActive.selector, member));
        stakes.place(_key(1), new bytes(96), account);
    }

    function test_deposit_of_another_length_reverts() public {
        _grant(member, 1);
        vm.prank(operator);
        vm.expectRevert(abi.encodeWithSelector(StakeDeposits.DepositInvalid.selector, 47, 96));
        stakes.place(new bytes(47), new bytes(96), account);
        vm.prank(operator);
        vm.expectRevert(abi.encodeWithSelector(StakeDeposits.DepositInvalid.selector, 48, 95));
        stakes.place(_key(1), new bytes(95), account);
    }

    function test_network_without_a_city_takes_nobody() public {
        vm.store(address(stakes), 0, 0);
        vm.prank(operator);
        vm.expectRevert();
        stakes.place(_key(1), new bytes(96), account);
        vm.prank(council);
        vm.expectRevert();
        stakes.grant(member, 1);
    }

    function _grant(uint32 institution, uint64 most) private {
        vm.prank(council);
        stakes.grant(institution, most);
    }

    function _place(address by, uint8 number) private {
        vm.prank(by);
        stakes.place(_key(number), new bytes(96), account);
    }

    function _foundedNow() private {
        vm.prank(council);
        institutions.endFounding();
    }

    function _key(uint8 number) private pure returns (bytes memory key) {
        return abi.encodePacked(bytes16(uint128(number)), bytes32(uint256(number)));
    }
}
