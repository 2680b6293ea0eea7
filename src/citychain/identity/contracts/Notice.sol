// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {TrustChain} from "./TrustChain.sol";

// slither-disable-start timestamp (a notice is days; the block's time is the city's clock)

/// @title The notice before power that another gave can be used
/// @notice A leaked council could otherwise accredit a sham court, or put its own key into a real one, and move money and
/// titles in the same block. So whoever is accredited, reinstated, or renewed after its term ended, and whoever becomes a
/// key by another institution's decision, may act `NOTICE` seconds later at the earliest, and meanwhile a guardian may
/// veto it. What takes power away (suspension, revocation, removal of a key) binds at once, and so does what an
/// institution decides about its own keys.
///
/// A veto suspends the institution as the council's suspension does. The council may reinstate it, which is a new notice
/// and can be vetoed again; guardians that veto everything are removed in Authority.
///
/// In the first `FOUNDING` seconds after deployment there is no notice, so that a city can be founded: whoever relies on
/// it checks `FOUNDING_ENDS`, and that nobody was accredited in that time who should not have been.
abstract contract Notice is TrustChain {
    /// @notice Seconds from the decision of another until the power can be used, at least.
    uint48 public constant NOTICE = 2 days;
    /// @notice Seconds after deployment in which nothing waits.
    uint48 public constant FOUNDING = 30 days;

    /// @notice When the founding ends (UTC seconds).
    uint48 public immutable FOUNDING_ENDS = uint48(block.timestamp) + FOUNDING;

    /// @notice Until when (UTC seconds) a guardian may veto what was last decided for the institution by another; 0 when
    /// nothing ever waited.
    mapping(uint32 institution => uint48) public noticeUntil;

    /// @notice A guardian stopped the institution before what was decided for it could be used.
    event InstitutionVetoed(uint32 indexed institution, bytes32 reason);

    /// @notice Nothing decided for the institution waits any more (it did until `noticeUntil`; 0: never). Ask the council.
    error NoticeOver(uint32 institution, uint48 noticeUntil);

    /// @notice Stops an institution while a notice about it runs. By a guardian (Authority's GUARDIAN_ROLE).
    function veto(uint32 institution, bytes32 reason) external restricted whileInUse {
        uint48 until = noticeUntil[institution];
        if (block.timestamp >= until) revert NoticeOver(institution, until);
        Institution storage record = _institutions[institution];
        if (record.state != State.Active) revert WrongState(institution, record.state);
        if (reason == 0) revert ReasonMissing();
        record.state = State.Suspended;
        record.decidedBy = COUNCIL;
        emit InstitutionVetoed(institution, reason);
    }

    /// @dev Begins a notice about `institution`, and returns when it ends: 0 while the city is founded.
    function _giveNotice(uint32 institution) internal returns (uint48 until) {
        if (block.timestamp < FOUNDING_ENDS) return 0;
        until = uint48(block.timestamp) + NOTICE;
        noticeUntil[institution] = until;
    }

    /// @dev The institution is valid from the end of a notice that begins now, or later if it was so already.
    function _validAfterNotice(uint32 institution) internal {
        uint48 until = _giveNotice(institution);
        if (until > _institutions[institution].validFrom) _institutions[institution].validFrom = until;
    }
}
// slither-disable-end timestamp
