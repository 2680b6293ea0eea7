// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {TitleRecords} from "./TitleRecords.sol";
import {TitlesHandler} from "./TitlesHandler.t.sol";
import {TitlesTest} from "./TitlesTest.t.sol";

/// @notice What is true of titles after any acts in any order: after each act of one of them, in turn, and of all at the
/// end of each run.
contract TitlesInvariantsTest is TitlesTest {
    TitlesHandler private _handler;
    address[] private _targets;

    function setUp() public override {
        super.setUp();
        vm.prank(registrar);
        titles.reverseRegistration(1, REASON);
        _handler = new TitlesHandler(titles, bank, registrar, banker, judge, otherJudge);
        _handler.register(0, 1);
        _handler.register(1, 2);
        _targets.push(address(_handler));
    }

    function targetContracts() public view returns (address[] memory) {
        return _targets;
    }

    function invariant_titles() public view {
        eq(_handler.passedWhileSeized(), false);
        eq(_handler.passedWithoutConsent(), false);
        _check_title(1 + _handler.acts() % titles.lastTitle());
    }

    function afterInvariant() public view {
        uint256 registered;
        for (uint256 titleId = 1; titleId <= titles.lastTitle(); ++titleId) {
            _check_title(titleId);
            if (titles.titleOf(titleId).state == TitleRecords.TitleState.Registered) ++registered;
        }
        uint256 held;
        for (uint256 i = 0; i < _handler.PEOPLE(); ++i) {
            held += titles.balanceOf(_handler.person(i));
        }
        eq(held, registered);
    }

    function _check_title(uint256 titleId) private view {
        TitleRecords.Title memory title = titles.titleOf(titleId);
        TitleRecords.Owner[] memory owners = titles.ownersOf(titleId);
        eq(titles.titleOfCommitment(title.commitment), titleId);
        if (titleId != 1) eq(title.version, _handler.versions(titleId));
        if (title.state != TitleRecords.TitleState.Registered) {
            eq(uint8(title.state), uint8(TitleRecords.TitleState.Cancelled));
            eq(owners.length, 0);
            eq(titles.transferOf(titleId).transferId, 0);
            eq(titles.isSeized(titleId), false);
            return;
        }
        eq(titles.ownerOf(titleId), owners[0].account);
        eq(titles.getApproved(titleId), address(0));
        uint256 shares;
        bool mustConsent;
        for (uint256 i = 0; i < owners.length; ++i) {
            shares += owners[i].share;
            mustConsent = mustConsent || owners[i].mustConsent;
            for (uint256 j = 0; j < i; ++j) {
                ok(owners[j].account != owners[i].account, "each owner once");
            }
        }
        eq(shares, titles.WHOLE());
        eq(mustConsent, true);
    }
}
