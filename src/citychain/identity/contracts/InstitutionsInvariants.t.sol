// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {InstitutionsHandler} from "./InstitutionsHandler.t.sol";
import {InstitutionsTest} from "./InstitutionsTest.t.sol";
import {TrustChain} from "./TrustChain.sol";

/// @notice What is true of institutions after any acts in any order: after each act of one of them, in turn, and of all at
/// the end of each run.
contract InstitutionsInvariantsTest is InstitutionsTest {
    InstitutionsHandler private _handler;
    address[] private _targets;

    function setUp() public override {
        super.setUp();
        _handler = new InstitutionsHandler(institutions, administration, guardian);
        _registrars(4);
        _targets.push(address(_handler));
    }

    function targetContracts() public view returns (address[] memory) {
        return _targets;
    }

    function invariant_institutions() public view {
        eq(_handler.broken(), "");
        eq(institutions.foundingEnds(), _handler.foundingEnds());
        eq(institutions.isActive(COUNCIL), true);
        eq(institutions.keysOf(COUNCIL).length, 1);
        eq(institutions.institutionOf(institutions.keysOf(COUNCIL)[0]), COUNCIL);
        _check_institution(uint32(1 + _handler.acts() % institutions.lastInstitution()));
        _check_account(_handler.acts());
    }

    function afterInvariant() public view {
        for (uint32 institution = 1; institution <= institutions.lastInstitution(); ++institution) {
            _check_institution(institution);
        }
        for (uint256 i = 0; i < _handler.ACCOUNTS(); ++i) {
            _check_account(i);
        }
    }

    function _check_institution(uint32 institution) private view {
        _the_chain_falls_to_the_council(institution);
        _duties_end_at_one_that_was_not_succeeded(institution);
        _somebody_manages_the_keys(institution);
        if (institutions.isActive(institution)) ok(block.timestamp >= _handler.activeFrom(institution), "notice");
    }

    /// No cycles: each step leads to a lesser depth. And everybody in the chain decides whether its end is active.
    function _the_chain_falls_to_the_council(uint32 institution) private view {
        uint32[] memory chain = institutions.chainOf(institution);
        eq(chain[chain.length - 1], COUNCIL);
        bool active = true;
        for (uint256 i = 0; i + 1 < chain.length; ++i) {
            TrustChain.Institution memory record = institutions.recordOf(chain[i]);
            ok(record.depth > institutions.recordOf(chain[i + 1]).depth, "depth falls");
            active = active && record.state == TrustChain.State.Active && record.validFrom <= block.timestamp
                && block.timestamp < record.validUntil;
        }
        eq(institutions.isActive(institution), active);
    }

    function _duties_end_at_one_that_was_not_succeeded(uint32 institution) private view {
        TrustChain.Institution memory record = institutions.recordOf(institution);
        eq(record.state == TrustChain.State.Succeeded, record.successor != 0);
        TrustChain.Institution memory holder = institutions.recordOf(institutions.dutyHolder(institution));
        eq(holder.successor, 0);
        eq(holder.kind, record.kind);
        ok(holder.generation >= record.generation, "generations grow");
        ok(holder.generation <= institutions.MAX_SUCCESSIONS(), "generations end");
        if (record.accredits) ok(holder.depth <= record.depth, "the heir lies no deeper");
    }

    function _somebody_manages_the_keys(uint32 institution) private view {
        address[] memory keys = institutions.keysOf(institution);
        uint256 managers;
        for (uint256 i = 0; i < keys.length; ++i) {
            eq(institutions.institutionOf(keys[i]), institution);
            if (institutions.scopesOf(keys[i])[0] == "*") ++managers;
        }
        ok(managers != 0 || _handler.evicted(institution), "a key manages keys");
    }

    /// An account that was a key is never the key of another institution, but for the council's; and no key acts before the
    /// notice about it has ended.
    function _check_account(uint256 seed) private view {
        address account = _handler.account(seed);
        uint32 institution = institutions.institutionOf(account);
        if (institution == 0) return;
        eq(institution, _handler.firstInstitution(account));
        try institutions.requireActing(account, institutions.kindOf(institution), institutions.scopesOf(account)[0]) {
            ok(block.timestamp >= _handler.actsFrom(account), "notice of a key");
        } catch {}
    }
}
