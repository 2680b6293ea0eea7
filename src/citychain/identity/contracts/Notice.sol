// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {TrustChain} from "./TrustChain.sol";

// slither-disable-start timestamp,incorrect-equality (a notice is days; the block's time is the city's clock; 0 is none)

/// @title The notice before power that another gave can be used
/// @notice A leaked council could otherwise accredit a sham court, or put its own key into a real one, and move money and
/// titles in the same block. So whoever is accredited, reinstated, or renewed after its term ended, whoever becomes a key
/// by another institution's decision, and whoever is offered duties by another than who has them, may act or accept
/// `NOTICE` seconds later at the earliest, and meanwhile a guardian may veto it. What takes power away (suspension,
/// revocation, removal of a key) binds at once, and so does what an active institution decides about its own keys and
/// duties.
///
/// A veto suspends the institution as the council's suspension does, or ends the offer of its duties, after which nobody
/// but the council decides about an institution that is stopped. The council may decide again, which is a new notice and
/// can be vetoed again; guardians that veto everything are removed in Authority.
///
/// In the first `FOUNDING` seconds after deployment there is no notice, so that a city can be founded. The council ends
/// that time when the city stands (`endFounding`), and nobody makes it longer: whoever relies on notices checks
/// `foundingEnds`, and that nobody was accredited before it who should not have been.
abstract contract Notice is TrustChain {
    /// @notice Seconds from the decision of another until the power can be used, at least.
    uint48 public constant NOTICE = 2 days;
    /// @notice Seconds after deployment in which nothing waits, at most.
    uint48 public constant FOUNDING = 30 days;

    /// @notice When the founding ends, or ended (UTC seconds).
    uint48 public foundingEnds;

    /// @notice Until when (UTC seconds) a guardian may veto what was last decided for the institution by another; 0 when
    /// nothing ever waited.
    mapping(uint32 institution => uint48) public noticeUntil;

    /// @notice Until `endsAt` (UTC seconds) nothing waits: told at deployment, and when the council ends it earlier.
    event FoundingSet(uint48 endsAt);
    /// @notice What was decided for the institution may be vetoed until before `until` (UTC seconds).
    event NoticeGiven(uint32 indexed institution, uint48 until);
    /// @notice A guardian stopped the institution before what was decided for it could be used.
    event InstitutionVetoed(uint32 indexed institution, bytes32 reason);

    /// @notice The founding ended at `endedAt` (UTC seconds) already; there is nothing to end.
    error FoundingOver(uint48 endedAt);
    /// @notice Nothing decided for the institution waits any more (it did until `noticeUntil`; 0: never). Ask the council.
    error NoticeOver(uint32 institution, uint48 noticeUntil);

    constructor() {
        _setFounding(uint48(block.timestamp) + FOUNDING);
    }

    /// @notice Ends the founding now and for good. By the council's key, scope "accredit": when every first institution is
    /// accredited and has shown that its key signs.
    function endFounding() external whileInUse {
        // slither-disable-next-line unused-return (nobody answers for the council but itself)
        _requireAccreditor(COUNCIL);
        if (!_founding()) revert FoundingOver(foundingEnds);
        _setFounding(uint48(block.timestamp));
    }

    /// @notice Stops what waits for an institution: while a notice about it runs, the institution; while an offer of its
    /// duties can't be accepted yet, the offer. By a guardian (Authority's GUARDIAN_ROLE).
    function veto(uint32 institution, bytes32 reason) external restricted whileInUse {
        if (reason == 0) revert ReasonMissing();
        Institution storage record = _institutions[institution];
        uint48 until = noticeUntil[institution];
        bool noticed = block.timestamp < until;
        bool suspends = noticed && record.state == State.Active;
        bool offered = _vetoOffer(institution, reason, suspends);
        if (suspends) {
            record.state = State.Suspended;
            emit InstitutionVetoed(institution, reason);
        } else if (!offered) {
            if (noticed) revert WrongState(institution, record.state);
            revert NoticeOver(institution, until);
        }
        if (record.state != State.Active) record.decidedBy = COUNCIL;
    }

    /// @dev Begins a notice about `institution`, and returns when it ends: 0 while the city is founded.
    function _giveNotice(uint32 institution) internal returns (uint48 until) {
        until = _noticeEnd();
        if (until == 0) return 0;
        noticeUntil[institution] = until;
        emit NoticeGiven(institution, until);
    }

    /// @dev The institution is valid from the end of a notice that begins now, or later if it was so already.
    function _validAfterNotice(uint32 institution) internal {
        uint48 until = _giveNotice(institution);
        if (until > _institutions[institution].validFrom) _institutions[institution].validFrom = until;
    }

    /// @dev When a notice that begins now ends; 0 while the city is founded.
    function _noticeEnd() internal view returns (uint48 until) {
        return _founding() ? 0 : uint48(block.timestamp) + NOTICE;
    }

    /// @dev Whether nothing waits yet.
    function _founding() internal view returns (bool) {
        return block.timestamp < foundingEnds;
    }

    /// @dev Ends an offer of the institution's duties that can't be accepted yet, or, with `any`, whichever there is; whether
    /// it did.
    function _vetoOffer(uint32 institution, bytes32 reason, bool any) internal virtual returns (bool vetoed);

    /// @dev The sender must act for the council or for whoever answers for `institution`, in the scope "accredit".
    function _requireAccreditor(uint32 institution) internal view virtual returns (uint32 by);

    function _setFounding(uint48 endsAt) private {
        foundingEnds = endsAt;
        emit FoundingSet(endsAt);
    }
}
// slither-disable-end timestamp,incorrect-equality
