// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {ListingRecords} from "./ListingRecords.sol";
import {Listings} from "./Listings.sol";
import {UnitsTest} from "./UnitsTest.t.sol";

/// @notice The units of UnitsTest; the room is offered as listing 1 by the landlord, for a year from in ten days on.
abstract contract ListingsTest is UnitsTest {
    uint64 internal constant OFFERED = 1;
    bytes32 internal constant LICENCE = keccak256("licence");

    address internal constant agent = address(0xA6);

    Listings internal listings;

    function setUp() public virtual override {
        super.setUp();
        listings = new Listings(address(authority), address(units));
        _offerRoom();
    }

    /// What a landlord asks in person.
    function _offer() internal view returns (ListingRecords.Offer memory) {
        return ListingRecords.Offer({
            rent: 350_000,
            deposit: 700_000,
            earliestDay: day + 10,
            shortestMonths: 6,
            longestMonths: 24,
            validUntil: SOON,
            agentFee: 0,
            licence: 0,
            description: PLACE
        });
    }

    function _offerOfAgent() internal view returns (ListingRecords.Offer memory offer) {
        offer = _offer();
        (offer.agentFee, offer.licence) = (50_000, LICENCE);
    }

    function _offerRoom() internal returns (uint64) {
        vm.prank(landlord);
        return listings.offerUnit(ROOM, 0, _offer());
    }

    function _offerByAgent(uint64 unitId) internal returns (uint64) {
        vm.prank(landlord);
        units.giveMandate(1, agent, "list", SOON - 1 days);
        vm.prank(agent);
        return listings.offerUnit(unitId, 0, _offerOfAgent());
    }

    function _close(uint64 listingId) internal {
        vm.prank(stranger);
        listings.closeOffer(listingId);
    }

    function _requireState(uint64 listingId, ListingRecords.ListingState state) internal view {
        eq(uint256(listings.offerOf(listingId).state), uint256(state));
    }
}
