// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {CityTest} from "@citychain/chain/contracts/Vm.sol";
import {TitleRecords} from "./TitleRecords.sol";
import {TitleTransfers} from "./TitleTransfers.sol";
import {Titles} from "./Titles.sol";

/// @notice Random acts of a registrar, owners, a bank and two courts over a few titles; and its own record of who agreed to
/// what, to judge each transfer by.
contract TitlesHandler is CityTest {
    uint256 public constant PEOPLE = 5;
    uint256 public constant MOST = 6;
    bytes32 private constant CASE = "case 17";
    bytes32 private constant REASON = "wrong area";

    Titles private immutable TITLES;
    uint32 private immutable BANK;
    address private immutable REGISTRAR;
    address private immutable BANKER;
    address[2] private _judges;

    /// Acts that went through; the invariants look at another title after each.
    uint256 public acts;
    /// Acts that gave the title another version.
    mapping(uint256 titleId => uint32) public versions;
    mapping(uint64 transferId => mapping(address person => bool)) private _agreed;
    mapping(uint64 transferId => mapping(uint64 encumbranceId => bool)) private _bankAgreed;
    /// A title passed while a seizure was in force, or without somebody's consent.
    bool public passedWhileSeized;
    bool public passedWithoutConsent;
    uint256 private _deeds;

    constructor(Titles titles, uint32 bank, address registrar, address banker, address judge, address otherJudge) {
        (TITLES, BANK, REGISTRAR, BANKER) = (titles, bank, registrar, banker);
        _judges = [judge, otherJudge];
    }

    modifier counted() {
        _;
        ++acts;
    }

    function person(uint256 seed) public pure returns (address) {
        return address(uint160(0x7000 + seed % PEOPLE));
    }

    function register(uint256 owners, uint256 shares) external counted {
        if (TITLES.lastTitle() == MOST) return;
        bytes32 deed = _deed();
        vm.prank(REGISTRAR);
        uint256 titleId = TITLES.register(130_629_100, deed, _owners(owners, shares));
        versions[titleId] = 1;
    }

    function correct(uint256 titleId, uint256 deed) external counted {
        titleId = _any(titleId);
        bytes32 commitment = deed % 4 == 0 ? TITLES.titleOf(_any(deed / 4)).commitment : _deed();
        vm.prank(REGISTRAR);
        TITLES.correct(titleId, commitment, 130_629_101, REASON);
        ++versions[titleId];
    }

    function reverseRegistration(uint256 titleId, uint256 rarely) external counted {
        if (rarely % 32 != 0) return;
        titleId = _any(titleId);
        vm.prank(REGISTRAR);
        TITLES.reverseRegistration(titleId, REASON);
    }

    function openTransfer(uint256 titleId, uint256 owners, uint256 shares, uint256 time) external counted {
        titleId = _any(titleId);
        bytes32 deed = _deed();
        uint48 deadline = uint48(block.timestamp + bound(time, 1, 40 days));
        vm.prank(REGISTRAR);
        TITLES.openTransfer(titleId, _owners(owners, shares), deed, deadline);
    }

    /// One of the parties agrees, or anybody.
    function consent(uint256 titleId, uint256 who) external counted {
        titleId = _any(titleId);
        TitleTransfers.OpenTransfer memory transfer = TITLES.transferOf(titleId);
        address account = person(who);
        vm.prank(account);
        TITLES.consentToTransfer(titleId, transfer.transferId);
        _agreed[transfer.transferId][account] = true;
    }

    function consentAsMortgagee(uint256 titleId, uint64 encumbranceId) external counted {
        titleId = _any(titleId);
        uint64 transferId = TITLES.transferOf(titleId).transferId;
        (uint64[] memory ids,) = TITLES.encumbrancesOf(titleId);
        if (ids.length == 0) return;
        encumbranceId = ids[encumbranceId % ids.length];
        vm.prank(BANKER);
        TITLES.consentAsMortgagee(titleId, transferId, encumbranceId);
        _bankAgreed[transferId][encumbranceId] = true;
    }

    /// Completes a transfer after all agreed who may; half the times but one of them, a third of the times but the bank.
    function completeTransfer(uint256 titleId, uint256 agree) external counted {
        titleId = _any(titleId);
        TitleTransfers.OpenTransfer memory transfer = TITLES.transferOf(titleId);
        if (transfer.transferId == 0) return;
        _mostAgree(titleId, transfer.transferId, agree % (2 * PEOPLE), (agree >> 8) % 3 != 0);
        bool seized = TITLES.isSeized(titleId);
        bool agreed = _allAgreed(titleId, transfer);
        vm.prank(REGISTRAR);
        TITLES.completeTransfer(titleId, transfer.transferId);
        ++versions[titleId];
        if (seized) passedWhileSeized = true;
        if (!agreed) passedWithoutConsent = true;
    }

    function cancelTransfer(uint256 titleId, uint256 who, uint256 rarely) external counted {
        if (rarely % 4 != 0) return;
        titleId = _any(titleId);
        uint64 transferId = TITLES.transferOf(titleId).transferId;
        vm.prank(person(who));
        TITLES.cancelTransfer(titleId, transferId);
    }

    function recordMortgage(uint256 titleId, uint256 time) external counted {
        titleId = _any(titleId);
        uint48 until = uint48(block.timestamp + bound(time, 1, 60 days));
        vm.prank(REGISTRAR);
        TITLES.recordMortgage(titleId, BANK, "contract 5", uint48(block.timestamp), until);
    }

    function releaseMortgage(uint256 titleId, uint256 which, bool byCourt) external counted {
        (uint64[] memory ids,) = TITLES.encumbrancesOf(_any(titleId));
        if (ids.length == 0) return;
        vm.prank(byCourt ? _judges[0] : BANKER);
        if (byCourt) TITLES.orderMortgageRelease(ids[which % ids.length], CASE);
        else TITLES.releaseMortgage(ids[which % ids.length]);
    }

    function seize(uint256 titleId, uint256 judge, uint256 time) external counted {
        titleId = _any(titleId);
        vm.prank(_judges[judge % 2]);
        TITLES.seize(titleId, CASE, uint48(block.timestamp + bound(time, 1, 20 days)));
    }

    function changeSeizure(uint256 titleId, uint256 judge, uint256 which, uint256 time) external counted {
        (uint64[] memory ids,) = TITLES.encumbrancesOf(_any(titleId));
        if (ids.length == 0) return;
        vm.prank(_judges[judge % 2]);
        if (time % 4 == 0) TITLES.extendSeizure(ids[which % ids.length], uint48(block.timestamp + 20 days));
        else TITLES.releaseSeizure(ids[which % ids.length]);
    }

    function orderOwnership(uint256 titleId, uint256 judge, uint256 owners, uint256 shares) external counted {
        titleId = _any(titleId);
        bytes32 deed = _deed();
        vm.prank(_judges[judge % 2]);
        TITLES.orderOwnership(titleId, CASE, _owners(owners, shares), deed);
        ++versions[titleId];
    }

    /// A holder tries to move a title; never goes through.
    function move(uint256 titleId, uint256 to) external counted {
        titleId = _any(titleId);
        address holder = TITLES.ownerOf(titleId);
        vm.prank(holder);
        TITLES.transferFrom(holder, person(to), titleId);
        passedWithoutConsent = true;
    }

    function pass(uint256 time) external counted {
        vm.warp(block.timestamp + bound(time, 1, 10 days));
    }

    function _mostAgree(uint256 titleId, uint64 transferId, uint256 without, bool bankToo) private {
        for (uint256 i = 0; i < PEOPLE; ++i) {
            if (i == without) continue;
            vm.prank(person(i));
            try TITLES.consentToTransfer(titleId, transferId) {
                _agreed[transferId][person(i)] = true;
            } catch {}
        }
        (uint64[] memory ids,) = TITLES.encumbrancesOf(titleId);
        for (uint256 i = 0; bankToo && i < ids.length; ++i) {
            vm.prank(BANKER);
            try TITLES.consentAsMortgagee(titleId, transferId, ids[i]) {
                _bankAgreed[transferId][ids[i]] = true;
            } catch {}
        }
    }

    function _allAgreed(uint256 titleId, TitleTransfers.OpenTransfer memory transfer) private view returns (bool) {
        TitleRecords.Owner[] memory owners = TITLES.ownersOf(titleId);
        for (uint256 i = 0; i < owners.length; ++i) {
            if (owners[i].mustConsent && !_agreed[transfer.transferId][owners[i].account]) return false;
        }
        for (uint256 i = 0; i < transfer.newOwners.length; ++i) {
            if (!_agreed[transfer.transferId][transfer.newOwners[i].account]) return false;
        }
        (uint64[] memory ids, Titles.Encumbrance[] memory list) = TITLES.encumbrancesOf(titleId);
        for (uint256 i = 0; i < ids.length; ++i) {
            if (list[i].institution == BANK && !_bankAgreed[transfer.transferId][ids[i]]) return false;
        }
        return true;
    }

    function _any(uint256 seed) private view returns (uint256) {
        return 1 + seed % TITLES.lastTitle();
    }

    function _deed() private returns (bytes32) {
        return keccak256(abi.encode(++_deeds));
    }

    /// One to three owners, now and then one twice or with shares that don't make the whole.
    function _owners(uint256 seed, uint256 shares) private pure returns (TitleRecords.Owner[] memory owners) {
        uint256 count = 1 + seed % 3;
        owners = new TitleRecords.Owner[](count);
        uint256 left = shares % 16 == 0 ? 9999 : 10_000;
        for (uint256 i = 0; i < count; ++i) {
            uint256 share = i + 1 == count ? left : bound(shares >> (16 * i), 1, left - (count - i));
            address account = seed % 16 == 0 ? person(seed / 16) : person(seed / 16 + i);
            // the cast is safe: no share exceeds 10,000
            owners[i] = TitleRecords.Owner(account, uint16(share), i == 0 || (seed >> (8 + i)) % 2 == 0);
            left -= share;
        }
    }
}
