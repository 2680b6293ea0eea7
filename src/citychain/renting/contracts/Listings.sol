// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {ListingRecords} from "./ListingRecords.sol";
import {UnitRecords} from "./UnitRecords.sol";

/// @title Places offered to let
/// @notice One offer to let a unit at a time: the rent, the deposit, from which day, for how many months, until when the
/// offer stands, and the salted commitment of its description.
///
/// Who may do what. An owner of the title for whom every other owner who must consent gave the mandate "list" offers a unit;
/// so does who holds that mandate of all of them, an agent, and the operator of a head lease what they rent. Who offered it
/// changes the price, prolongs the offer and withdraws it; so may withdraw it each owner without whose consent the unit can't
/// be let. Anyone closes an offer that is past, or whose place, title or lister no longer bears it out. The council's
/// administration retires the contract.
///
/// What it does not do. It moves no money and pays no agent: a fee is shown, and nothing here collects it. It judges no
/// description. It keeps nothing free for anybody: a lease takes days in Units, and that alone counts. A bound of law on
/// deposits is the lease's to keep.
///
/// How it is replaced. `retire` stops every change, and no offer is active from then on; who lets offers anew in the successor.
contract Listings is ListingRecords {
    /// @notice The unit is offered.
    event UnitOffered(
        uint64 indexed listingId,
        uint64 indexed unitId,
        address indexed lister,
        uint64 titleId,
        uint64 headLeaseId,
        uint32 townCode,
        Offer offer
    );
    /// @notice The offer costs so much from now on, in fen: a month, and as a deposit.
    event PriceChanged(uint64 indexed listingId, uint64 indexed unitId, uint64 rent, uint64 deposit);
    /// @notice The offer stands until before `validUntil`, UTC seconds.
    event OfferProlonged(uint64 indexed listingId, uint64 indexed unitId, uint48 validUntil);
    /// @notice The offer was taken back, by its lister or an owner.
    event OfferWithdrawn(uint64 indexed listingId, uint64 indexed unitId, address by);
    /// @notice The offer ended because of `reason`, one that `faultOf` names.
    event OfferClosed(uint64 indexed listingId, uint64 indexed unitId, bytes32 reason, address by);

    /// @notice The unit is offered already. Withdraw that offer, or change its price.
    error AlreadyOffered(uint64 unitId, uint64 listingId);
    /// @notice The unit can't be offered, because of `reason`, one that `faultOf` names.
    error NotOfferable(uint64 unitId, bytes32 reason);
    /// @notice The offer is over because of `reason`, one that `faultOf` names. Offer the unit anew.
    error ListingNotActive(uint64 listingId, bytes32 reason);
    /// @notice The offer stands: only its lister or an owner ends it.
    error ListingStillActive(uint64 listingId);
    /// @notice Only who made the offer changes it. An owner withdraws it, and offers anew.
    error NotTheLister(address account);

    constructor(address authority_, address units) ListingRecords(authority_, units) {}

    /// @notice Offers a unit. By who may let it alone or holds the mandate "list" of every owner who must consent.
    /// @param headLeaseId The lease under which the sender, its operator, sublets; 0 under the title itself.
    function offerUnit(uint64 unitId, uint64 headLeaseId, Offer calldata offer)
        external
        whileInUse
        returns (uint64 listingId)
    {
        bytes32 reason = _placeFault(unitId, headLeaseId, offer.earliestDay);
        if (reason != 0) revert NotOfferable(unitId, reason);
        _requireOffer(offer, _requireLister(unitId, headLeaseId, _msgSender()));
        uint64 before = listingOf[unitId];
        if (_listings[before].state == ListingState.Active) {
            reason = faultOf(before);
            if (reason == 0) revert AlreadyOffered(unitId, before);
            _close(before, reason);
        }
        listingId = _add(Listing(unitId, headLeaseId, _msgSender(), ListingState.Active, offer));
        uint64 titleId = UNITS.unitOf(unitId).titleId;
        uint32 townCode = TITLES.titleOf(titleId).townCode;
        emit UnitOffered(listingId, unitId, _msgSender(), titleId, headLeaseId, townCode, offer);
    }

    /// @notice Changes what an active offer costs. By its lister.
    /// @param rent In fen a month.
    /// @param deposit In fen; may be 0.
    function changePrice(uint64 listingId, uint64 rent, uint64 deposit) external whileInUse {
        Listing storage listing = _requireActiveOfSender(listingId);
        _requirePrice(rent, deposit);
        (listing.offer.rent, listing.offer.deposit) = (rent, deposit);
        emit PriceChanged(listingId, listing.unitId, rent, deposit);
    }

    /// @notice Lets an active offer stand until before another time, `MAX_OFFER_TIME` from now at most. By its lister.
    function prolongOffer(uint64 listingId, uint48 validUntil) external whileInUse {
        Listing storage listing = _requireActiveOfSender(listingId);
        _requireTime(validUntil);
        listing.offer.validUntil = validUntil;
        emit OfferProlonged(listingId, listing.unitId, validUntil);
    }

    /// @notice Takes an offer back. By its lister, or an owner without whose consent the unit can't be let.
    function withdrawOffer(uint64 listingId) external whileInUse {
        Listing storage listing = _requireOpen(listingId);
        address by = _msgSender();
        if (by != listing.lister && !_mustConsent(listing.unitId, by)) revert UnitRecords.NotALandlord(by);
        listing.state = ListingState.Withdrawn;
        emit OfferWithdrawn(listingId, listing.unitId, by);
    }

    /// @notice Ends an offer that nothing bears out any more. By anyone.
    function closeOffer(uint64 listingId) external whileInUse {
        _requireOpen(listingId);
        bytes32 reason = faultOf(listingId);
        if (reason == 0) revert ListingStillActive(listingId);
        _close(listingId, reason);
    }

    function _close(uint64 listingId, bytes32 reason) private {
        Listing storage listing = _listings[listingId];
        listing.state = ListingState.Closed;
        emit OfferClosed(listingId, listing.unitId, reason, _msgSender());
    }

    function _requireOpen(uint64 listingId) private view returns (Listing storage listing) {
        listing = _listings[listingId];
        if (listing.state != ListingState.Active) revert ListingNotActive(listingId, faultOf(listingId));
    }

    function _requireActiveOfSender(uint64 listingId) private view returns (Listing storage listing) {
        listing = _requireOpen(listingId);
        if (_msgSender() != listing.lister) revert NotTheLister(_msgSender());
        bytes32 reason = faultOf(listingId);
        if (reason != 0) revert ListingNotActive(listingId, reason);
    }
}
