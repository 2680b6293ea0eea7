// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {InstitutionKeys} from "./InstitutionKeys.sol";
import {Notice} from "./Notice.sol";

// slither-disable-start timestamp,incorrect-equality (an offer holds times, so every comparison of it counts as one)

/// @title How duties pass from one institution to another
/// @notice A key with the scope "succession" offers its active institution's duties to another institution of the same
/// kind, or accepts those of another for its own. For an institution that is not active (suspended, expired, or cut off
/// from the council) whoever answers for it, or the council, offers, with the scope "accredit"; for one that is revoked,
/// or that the council or a guardian stopped, the council alone. Duties pass only when both sides have agreed; from then
/// on `dutyHolder` names the successor, which also answers for everybody that the institution answered for. An accepted
/// succession is not undone; it can be followed by another.
///
/// What an active institution offers itself can be accepted at once. What another offers waits for a notice, in which a
/// guardian may veto it (see Notice), or else who stole the key of an accreditor could pass on any institution's duties
/// before anybody looks. Every offer ends `OFFER_TERM` seconds after it was made.
/// @dev An acceptance counts only while the offer could still be made by who made it.
abstract contract Succession is InstitutionKeys {
    struct Offer {
        uint32 to;
        uint32 by;
        uint48 validFrom;
        uint48 validUntil;
    }

    /// @notice Seconds from an offer until it can't be accepted any more.
    uint48 public constant OFFER_TERM = 30 days;

    /// @notice The succession offered by or for an institution: to whom, by whom, and that it can be accepted from
    /// `validFrom` until before `validUntil` (UTC seconds); zeros when none is.
    mapping(uint32 institution => Offer) public offerOf;

    /// @notice The duties of `institution` are offered to `to`, which may accept from `validFrom` until before `validUntil`
    /// (UTC seconds); this replaces an earlier offer.
    event SuccessionOffered(
        uint32 indexed institution, uint32 indexed to, uint32 by, uint48 validFrom, uint48 validUntil
    );
    /// @notice The offer is off.
    event SuccessionWithdrawn(uint32 indexed institution, uint32 indexed to, uint32 by);
    /// @notice A guardian ended the offer.
    event SuccessionVetoed(uint32 indexed institution, uint32 indexed to, bytes32 reason);
    /// @notice `to` carries the duties of `institution` from now on, which may not act any more.
    event SuccessionAccepted(uint32 indexed institution, uint32 indexed to);

    /// @notice The council can't be suspended, revoked, renewed or succeeded.
    error CouncilFixed();
    /// @notice An institution can't succeed itself.
    error SuccessionToItself(uint32 institution);
    /// @notice Nothing is offered to this institution, or whoever offered could not offer it now.
    error SuccessionNotOffered(uint32 institution, uint32 to);
    /// @notice Another institution offered it, and the notice about that runs until `validFrom` (UTC seconds). Accept then.
    error OfferNotYetValid(uint32 institution, uint48 validFrom);
    /// @notice The offer ended at `validUntil` (UTC seconds). Ask for another.
    error OfferExpired(uint32 institution, uint48 validUntil);
    /// @notice The institution answers for others, and `to` lies deeper in the trust chain than it. Offer it to one that
    /// lies no deeper.
    error SuccessorTooDeep(uint32 institution, uint32 to);
    /// @notice `MAX_SUCCESSIONS` successions end here already. Accredit a new institution and let that one succeed.
    error TooManySuccessions(uint32 institution);

    /// @notice The council or a guardian stopped it, or it is revoked: only the council reinstates it, revokes it or offers
    /// its duties. Apply there.
    error OnlyCouncilDecides(uint32 institution);

    modifier exceptCouncil(uint32 institution) {
        if (institution == COUNCIL) revert CouncilFixed();
        _;
    }

    /// @notice Offers the duties of `institution` to `to`, of the same kind.
    function offerSuccession(uint32 institution, uint32 to) external whileInUse exceptCouncil(institution) {
        uint32 by = _requireItselfOrAccreditor(institution, "succession");
        Institution storage record = _institutions[institution];
        if (record.state == State.Succeeded) revert WrongState(institution, record.state);
        // What the council stopped is not undone by a shell that takes over.
        _requireMayDecide(institution, by);
        if (to == institution) revert SuccessionToItself(institution);
        _requireExists(to);
        if (_institutions[to].kind != record.kind) revert WrongKind(to, record.kind);
        uint48 validFrom = uint48(block.timestamp);
        uint48 validUntil = validFrom + OFFER_TERM;
        if (by != institution && !_founding()) validFrom += NOTICE;
        offerOf[institution] = Offer(to, by, validFrom, validUntil);
        emit SuccessionOffered(institution, to, by, validFrom, validUntil);
    }

    /// @notice Takes back the offer of `institution`, if there is one.
    function withdrawSuccession(uint32 institution) external whileInUse {
        uint32 by = _requireItselfOrAccreditor(institution, "succession");
        if (offerOf[institution].to == 0) revert SuccessionNotOffered(institution, 0);
        _requireMayDecide(institution, by);
        _withdrawOffer(institution, by);
    }

    /// @notice Takes over the duties of `institution`, which offered them to the sender's institution.
    function acceptSuccession(uint32 institution) external whileInUse {
        uint32 to = _requireSenderMayAct("succession");
        Offer memory offer = offerOf[institution];
        bool inForce = offer.by == institution ? isActive(institution) : !isActive(institution) && isActive(offer.by);
        if (offer.to != to || !inForce) revert SuccessionNotOffered(institution, to);
        if (block.timestamp < offer.validFrom) revert OfferNotYetValid(institution, offer.validFrom);
        if (block.timestamp >= offer.validUntil) revert OfferExpired(institution, offer.validUntil);
        Institution storage from = _institutions[institution];
        Institution storage heir = _institutions[to];
        if (from.accredits && heir.depth > from.depth) revert SuccessorTooDeep(institution, to);
        if (from.generation == MAX_SUCCESSIONS) revert TooManySuccessions(institution);
        if (heir.generation <= from.generation) heir.generation = from.generation + 1;
        if (from.accredits) heir.accredits = true;
        from.state = State.Succeeded;
        from.successor = to;
        delete offerOf[institution];
        emit SuccessionAccepted(institution, to);
    }

    /// @dev Ends the offer, if there is one.
    function _withdrawOffer(uint32 institution, uint32 by) internal {
        if (offerOf[institution].to == 0) return;
        emit SuccessionWithdrawn(institution, offerOf[institution].to, by);
        delete offerOf[institution];
    }

    /// @inheritdoc Notice
    function _vetoOffer(uint32 institution, bytes32 reason, bool any) internal override returns (bool vetoed) {
        Offer memory offer = offerOf[institution];
        vetoed = block.timestamp < offer.validFrom || (any && offer.to != 0);
        if (!vetoed) return false;
        delete offerOf[institution];
        emit SuccessionVetoed(institution, offer.to, reason);
    }

    /// @dev About what is revoked, or was stopped by the council or a guardian, nobody else than the council decides.
    function _requireMayDecide(uint32 institution, uint32 by) internal view {
        Institution storage record = _institutions[institution];
        bool stopped = record.state == State.Suspended && record.decidedBy == COUNCIL;
        if (by != COUNCIL && (stopped || record.state == State.Revoked)) revert OnlyCouncilDecides(institution);
    }
}
// slither-disable-end timestamp,incorrect-equality
