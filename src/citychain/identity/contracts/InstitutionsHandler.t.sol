// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {CityTest} from "@citychain/chain/contracts/Vm.sol";
import {Institutions} from "./Institutions.sol";
import {TrustChain} from "./TrustChain.sol";

/// @notice Random acts of the council and of registrars that accredit, suspend and succeed one another. Accounts for keys
/// come from a small pool, so that acts often meet used ones.
contract InstitutionsHandler is CityTest {
    uint256 public constant ACCOUNTS = 48;
    uint32 public constant MOST = 20;
    bytes32 private constant REASON = "audit 7";

    Institutions private immutable INSTITUTIONS;
    address private immutable ADMINISTRATION;
    address private immutable GUARDIAN;

    /// Acts that went through; the invariants look at another institution after each.
    uint256 public acts;
    /// The institution of which the account was a key first.
    mapping(address account => uint32) public firstInstitution;
    /// Whether the council took the institution's key, so that it may have none.
    mapping(uint32 institution => bool) public evicted;
    /// When (UTC seconds) power that others gave after the founding may be used at the earliest; 0 when none was given.
    mapping(uint32 institution => uint256) public activeFrom;
    mapping(address account => uint256) public actsFrom;
    /// Since when the council, or a guardian, holds the institution stopped; 0 when it does not.
    mapping(uint32 institution => uint256) public stoppedAt;
    /// When the last offer was made, by whom, whether after the founding.
    mapping(uint32 institution => uint256) public offeredAt;
    mapping(uint32 institution => uint32) public offeredBy;
    mapping(uint32 institution => bool) public offerWaits;
    /// When the guardian last ended an offer.
    mapping(uint32 institution => uint256) public offerVetoedAt;
    uint256 public foundingEnds;
    /// What was done that nobody may do; "" for nothing. (An act that reverts fails no run, so nothing is asserted here.)
    string public broken;

    constructor(Institutions institutions, address administration, address guardian) {
        INSTITUTIONS = institutions;
        ADMINISTRATION = administration;
        GUARDIAN = guardian;
        foundingEnds = INSTITUTIONS.foundingEnds();
    }

    modifier counted() {
        _;
        ++acts;
    }

    function account(uint256 seed) public pure returns (address) {
        return address(uint160(0x7000 + seed % ACCOUNTS));
    }

    function accredit(uint256 by, uint256 key, uint48 validUntil) external counted {
        if (INSTITUTIONS.lastInstitution() == MOST) return;
        validUntil = uint48(bound(validUntil, block.timestamp + 1, block.timestamp + 365 days));
        address sender = _keyOf(_any(by));
        vm.prank(sender);
        uint32 institution =
            INSTITUTIONS.accredit("registrar", "Name", "", uint48(block.timestamp), validUntil, account(key));
        _note(account(key), institution);
        activeFrom[institution] = actsFrom[account(key)] = _notice();
    }

    function addKey(uint256 of_, uint256 by, uint256 key, bool manages) external counted {
        uint32 institution = _any(of_);
        address sender = _itself(institution, by);
        vm.prank(sender);
        INSTITUTIONS.addKey(institution, account(key), _scopes(manages));
        _note(account(key), institution);
        if (INSTITUTIONS.institutionOf(sender) != institution) actsFrom[account(key)] = _notice();
    }

    function changeScopes(uint256 of_, uint256 by, uint256 key, bool manages) external counted {
        uint32 institution = _any(of_);
        address sender = _itself(institution, by);
        address changed = _someKeyOf(institution, key);
        vm.prank(sender);
        INSTITUTIONS.changeScopes(institution, changed, _scopes(manages));
        if (INSTITUTIONS.institutionOf(sender) != institution) actsFrom[changed] = _notice();
    }

    function rotateKey(uint256 of_, uint256 by, uint256 key, uint256 newKey) external counted {
        uint32 institution = _any(of_);
        address sender = _itself(institution, by);
        address rotated = _someKeyOf(institution, key);
        bool byAnother = INSTITUTIONS.institutionOf(sender) != institution;
        vm.prank(sender);
        INSTITUTIONS.rotateKey(institution, rotated, account(newKey));
        _note(account(newKey), institution);
        if (byAnother) actsFrom[account(newKey)] = _notice();
    }

    function removeKey(uint256 of_, uint256 by, uint256 key) external counted {
        uint32 institution = _any(of_);
        address sender = _itself(institution, by);
        address removed = _someKeyOf(institution, key);
        vm.prank(sender);
        INSTITUTIONS.removeKey(institution, removed);
    }

    function rotateCouncilKey(uint256 newKey) external counted {
        uint32 before = INSTITUTIONS.institutionOf(account(newKey));
        vm.prank(ADMINISTRATION);
        INSTITUTIONS.rotateCouncilKey(account(newKey));
        evicted[before] = true;
        firstInstitution[account(newKey)] = INSTITUTIONS.COUNCIL();
        actsFrom[account(newKey)] = 0;
    }

    function suspend(uint256 of_, uint256 by) external counted {
        uint32 institution = _any(of_);
        address sender = _above(institution, by);
        vm.prank(sender);
        INSTITUTIONS.suspend(institution, REASON);
        if (INSTITUTIONS.institutionOf(sender) == INSTITUTIONS.COUNCIL()) stoppedAt[institution] = block.timestamp;
    }

    function revoke(uint256 of_, uint256 by) external counted {
        if (by % 4 != 0) return;
        uint32 institution = _any(of_);
        address sender = _above(institution, by / 4);
        vm.prank(sender);
        INSTITUTIONS.revoke(institution, REASON);
        _decided(institution, sender, "revoked");
        stoppedAt[institution] = block.timestamp;
    }

    function reinstate(uint256 of_, uint256 by) external counted {
        uint32 institution = _any(of_);
        address sender = _above(institution, by);
        vm.prank(sender);
        INSTITUTIONS.reinstate(institution, REASON);
        _decided(institution, sender, "reinstated");
        stoppedAt[institution] = 0;
        activeFrom[institution] = _notice();
    }

    function veto(uint256 of_) external counted {
        uint32 institution = _any(of_);
        for (uint32 i = 0; !_waits(institution) && i < MOST; ++i) {
            institution = _any(of_ % MOST + i);
        }
        vm.prank(GUARDIAN);
        INSTITUTIONS.veto(institution, REASON);
        (uint32 to,,,) = INSTITUTIONS.offerOf(institution);
        offerWaits[institution] = offerWaits[institution] && to != 0;
        if (INSTITUTIONS.recordOf(institution).state != TrustChain.State.Active) {
            stoppedAt[institution] = block.timestamp;
        }
    }

    function endFounding(uint256 by) external counted {
        if (by % 16 != 0) return;
        address sender = _keyOf(_any(by / 16));
        vm.prank(sender);
        INSTITUTIONS.endFounding();
        _must(INSTITUTIONS.institutionOf(sender) == INSTITUTIONS.COUNCIL(), "only the council ends the founding");
        _must(block.timestamp < foundingEnds, "and only while it lasts");
        foundingEnds = block.timestamp;
    }

    function renew(uint256 of_, uint256 by, uint48 validUntil) external counted {
        uint32 institution = _any(of_);
        address sender = _above(institution, by);
        bool lapsed = block.timestamp >= INSTITUTIONS.recordOf(institution).validUntil;
        vm.prank(sender);
        INSTITUTIONS.renew(institution, uint48(bound(validUntil, block.timestamp, block.timestamp + 365 days)));
        if (lapsed) activeFrom[institution] = _notice();
    }

    function offerSuccession(uint256 of_, uint256 to, uint256 by) external counted {
        uint32 institution = _any(of_);
        uint32 heir = _any(to);
        for (uint256 i = 0; INSTITUTIONS.kindOf(heir) != INSTITUTIONS.kindOf(institution); ++i) {
            heir = _any(to % MOST + i);
        }
        address sender = _itself(institution, by);
        vm.prank(sender);
        INSTITUTIONS.offerSuccession(institution, heir);
        _decided(institution, sender, "offered");
        offeredAt[institution] = block.timestamp;
        offeredBy[institution] = INSTITUTIONS.institutionOf(sender);
        offerWaits[institution] = offeredBy[institution] != institution && _notice() != 0;
    }

    /// One time in four only weeks later.
    function acceptSuccession(uint256 of_, uint256 later) external counted {
        uint32 institution = _any(of_);
        (uint32 to,,,) = INSTITUTIONS.offerOf(institution);
        for (uint32 i = 0; to == 0 && i < MOST; ++i) {
            institution = _any(of_ % MOST + i + 1);
            (to,,,) = INSTITUTIONS.offerOf(institution);
        }
        if (to == 0) return;
        if (later % 4 == 0) vm.warp(block.timestamp + bound(later, 1, 40 days));
        address sender = _keyOf(to);
        vm.prank(sender);
        INSTITUTIONS.acceptSuccession(institution);
        uint256 since = block.timestamp - offeredAt[institution];
        _must(since < 30 days, "an offer ends");
        if (offerWaits[institution]) _must(since >= 2 days, "an offer by another waits");
        if (stoppedAt[institution] != 0) {
            _must(offeredBy[institution] == INSTITUTIONS.COUNCIL(), "what the council stopped only it passes on");
            _must(offeredAt[institution] >= stoppedAt[institution], "and after it stopped it");
        }
    }

    function pass(uint256 time) external counted {
        vm.warp(block.timestamp + bound(time, 1, 10 days));
    }

    function _notice() private view returns (uint256) {
        return block.timestamp < foundingEnds ? 0 : block.timestamp + 2 days;
    }

    /// What the council stopped, nobody but the council decides about.
    function _decided(uint32 institution, address sender, string memory what) private {
        _must(stoppedAt[institution] == 0 || INSTITUTIONS.institutionOf(sender) == INSTITUTIONS.COUNCIL(), what);
    }

    function _must(bool condition, string memory what) private {
        if (!condition) broken = what;
    }

    function _waits(uint32 institution) private view returns (bool) {
        (,, uint48 validFrom,) = INSTITUTIONS.offerOf(institution);
        return block.timestamp < INSTITUTIONS.noticeUntil(institution) || block.timestamp < validFrom;
    }

    function _note(address key, uint32 institution) private {
        if (firstInstitution[key] == 0) firstInstitution[key] = institution;
    }

    function _any(uint256 seed) private view returns (uint32) {
        return uint32(1 + seed % INSTITUTIONS.lastInstitution());
    }

    /// A key of who answers for the institution, or of the council; one time in eight of anybody.
    function _above(uint32 institution, uint256 seed) private view returns (address) {
        if (seed % 8 == 0) return _keyOf(_any(seed / 8));
        uint32 accreditor = INSTITUTIONS.accreditorOf(institution);
        return _keyOf(seed % 2 == 1 && accreditor != 0 ? accreditor : INSTITUTIONS.COUNCIL());
    }

    /// A key of the institution itself while it is active, else of one above.
    function _itself(uint32 institution, uint256 seed) private view returns (address) {
        return INSTITUTIONS.isActive(institution) && seed % 8 != 0 ? _keyOf(institution) : _above(institution, seed);
    }

    function _keyOf(uint32 institution) private view returns (address) {
        return _someKeyOf(institution, 0);
    }

    function _someKeyOf(uint32 institution, uint256 seed) private view returns (address) {
        address[] memory keys = INSTITUTIONS.keysOf(institution);
        return keys[seed % keys.length];
    }

    function _scopes(bool manages) private pure returns (bytes32[] memory scopes) {
        scopes = new bytes32[](1);
        scopes[0] = manages ? bytes32("*") : bytes32("titles");
    }
}
