// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {InstitutionsTest} from "./InstitutionsTest.t.sol";
import {TrustChain} from "./TrustChain.sol";

contract TrustChainTest is InstitutionsTest {
    function test_chain_leads_to_the_council() public view {
        _chain(bank, bank, supervisor);
        eq(institutions.chainOf(COUNCIL).length, 1);
        eq(institutions.chainOf(COUNCIL)[0], COUNCIL);
        eq(institutions.accreditorOf(bank), supervisor);
        eq(institutions.accreditorOf(COUNCIL), 0);
    }

    function test_chain_of_nobody_reverts() public {
        vm.expectRevert(abi.encodeWithSelector(TrustChain.UnknownInstitution.selector, uint32(0)));
        institutions.chainOf(0);
        vm.expectRevert(abi.encodeWithSelector(TrustChain.UnknownInstitution.selector, uint32(7)));
        institutions.chainOf(7);
    }

    function test_nobody_is_not_active_and_of_no_kind() public view {
        eq(institutions.isActive(0), false);
        eq(institutions.isActive(7), false);
        eq(institutions.kindOf(7), 0);
        eq(institutions.accreditorOf(7), 0);
        eq(institutions.dutyHolder(7), 7);
        eq(uint8(institutions.recordOf(7).state), uint8(TrustChain.State.None));
    }

    function test_chain_passes_by_a_succeeded_accreditor() public {
        uint32 otherSupervisor = _accredit(councilKey, "supervisor", fresh);
        _succeed(supervisorKey, supervisor, fresh, otherSupervisor);
        eq(institutions.isActive(supervisor), false);
        eq(institutions.isActive(bank), true);
        eq(institutions.accreditorOf(bank), otherSupervisor);
        eq(institutions.recordOf(bank).accreditor, supervisor);
        _chain(bank, bank, otherSupervisor);
        _suspend(councilKey, otherSupervisor);
        eq(institutions.isActive(bank), false);
    }

    function testFuzz_activity_follows_the_dates_of_the_whole_chain(uint48 until, uint48 bankUntil, uint48 time)
        public
    {
        until = uint48(bound(until, START + 1, START + 1000));
        bankUntil = uint48(bound(bankUntil, START + 1, START + 1000));
        time = uint48(bound(time, START, START + 1100));
        vm.prank(supervisorKey);
        institutions.renew(bank, bankUntil);
        vm.prank(councilKey);
        institutions.renew(supervisor, until);
        vm.warp(time);
        eq(institutions.isActive(supervisor), time < until);
        eq(institutions.isActive(bank), time < until && time < bankUntil);
        eq(institutions.isActive(COUNCIL), true);
    }

    /// Any link of the longest chain, when suspended, stops exactly those at and below it.
    function testFuzz_suspension_stops_what_lies_below(uint256 link) public {
        (uint32 deepest,) = _registrars(8);
        uint32[] memory chain = institutions.chainOf(deepest);
        eq(chain.length, 9);
        link = bound(link, 0, 7);
        _suspend(councilKey, chain[link]);
        for (uint256 i = 0; i < 9; ++i) {
            eq(institutions.isActive(chain[i]), i > link);
        }
    }

    function _chain(uint32 institution, uint32 first, uint32 second) private view {
        uint32[] memory chain = institutions.chainOf(institution);
        eq(chain.length, 3);
        eq(chain[0], first);
        eq(chain[1], second);
        eq(chain[2], COUNCIL);
    }
}
