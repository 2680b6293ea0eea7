// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {CityTest} from "@citychain/chain/contracts/Vm.sol";
import {IUnits} from "./IUnits.sol";
import {ListingRecords} from "./ListingRecords.sol";
import {Listings} from "./Listings.sol";
import {ListingsTest} from "./ListingsTest.t.sol";
import {Titles} from "./Titles.sol";
import {UnitCalendar} from "./UnitCalendar.sol";
import {Units} from "./Units.sol";

/// @notice Random acts of an owner, an agent, a court and a contract of leases over the offers of one title.
contract ListingsHandler is CityTest {
    Listings private immutable LISTINGS;
    Units private immutable UNITS;
    Titles private immutable TITLES;
    address private constant LANDLORD = address(0xA1);
    address private constant AGENT = address(0xA6);
    address private constant LEASES = address(0xE1);
    address private constant JUDGE = address(0xD1);

    /// Offers that were withdrawn or closed; they never come back.
    mapping(uint64 listingId => bool) public ended;
    uint64 private _lastLease;

    constructor(Listings listings) {
        (LISTINGS, UNITS, TITLES) = (listings, listings.UNITS(), listings.TITLES());
    }

    function offer(uint256 unitId, uint256 firstDay, uint256 time, bool byAgent) external {
        uint64 unit = uint64(1 + unitId % 4);
        uint64 before = LISTINGS.listingOf(unit);
        ListingRecords.Offer memory offered = ListingRecords.Offer({
            rent: 1,
            deposit: 0,
            earliestDay: UNITS.today() + uint32(firstDay % 20),
            shortestMonths: 1,
            longestMonths: 12,
            validUntil: uint48(block.timestamp + 1 + time % 40 days),
            agentFee: 0,
            licence: byAgent ? bytes32("licence") : bytes32(0),
            description: "place"
        });
        vm.prank(byAgent ? AGENT : LANDLORD);
        LISTINGS.offerUnit(unit, 0, offered);
        ended[before] = true;
    }

    function withdraw(uint256 listingId) external {
        uint64 listing = _any(listingId);
        vm.prank(LANDLORD);
        LISTINGS.withdrawOffer(listing);
        ended[listing] = true;
    }

    function close(uint256 listingId) external {
        uint64 listing = _any(listingId);
        bool active = LISTINGS.faultOf(listing) == 0;
        LISTINGS.closeOffer(listing);
        ok(!active, "an active offer was closed");
        ended[listing] = true;
    }

    function mandate(bool gives) external {
        vm.prank(LANDLORD);
        if (gives) UNITS.giveMandate(1, AGENT, "list", uint48(block.timestamp + 20 days));
        else UNITS.revokeMandate(1, AGENT, "list");
    }

    function seize(uint256 rarely) external {
        if (rarely % 8 != 0) return;
        vm.prank(JUDGE);
        TITLES.seize(1, "case", uint48(block.timestamp + 3 days));
    }

    function occupy(uint256 unitId, uint256 firstDay) external {
        uint32 first = UNITS.today() + uint32(firstDay % 20);
        vm.prank(LEASES);
        UNITS.occupy(uint64(1 + unitId % 4), ++_lastLease, 0, address(0), first, first + 5);
    }

    function pass(uint256 time) external {
        vm.warp(block.timestamp + bound(time, 1, 5 days));
    }

    function _any(uint256 seed) private view returns (uint64) {
        return uint64(1 + seed % LISTINGS.lastListing());
    }
}

/// @notice What is true of offers after any acts in any order.
contract ListingsInvariantsTest is ListingsTest {
    address[] private _targets;

    function setUp() public override {
        super.setUp();
        _targets.push(address(new ListingsHandler(listings)));
    }

    function targetContracts() public view returns (address[] memory) {
        return _targets;
    }

    function invariant_active_offer_is_the_units_only_one_and_borne_out() public view {
        for (uint64 unitId = 1; unitId <= 4; ++unitId) {
            if (!listings.isActive(unitId)) continue;
            ListingRecords.Listing memory listing = listings.offerOf(listings.listingOf(unitId));
            eq(listing.unitId, unitId);
            ok(units.isLettable(unitId), "place");
            ok(listing.offer.validUntil > block.timestamp, "time");
            ok(units.actsFor(1, landlord, listing.lister, "list"), "lister");
            uint32 first = units.today() > listing.offer.earliestDay ? units.today() : listing.offer.earliestDay;
            ok(_isFree(unitId, first), "days");
        }
    }

    function afterInvariant() public view {
        ListingsHandler handler = ListingsHandler(_targets[0]);
        uint64[5] memory active;
        for (uint64 id = 1; id <= listings.lastListing(); ++id) {
            ListingRecords.Listing memory listing = listings.offerOf(id);
            bool open = listing.state == ListingRecords.ListingState.Active;
            ok(open != handler.ended(id), "an ended offer came back");
            if (!open) continue;
            eq(active[listing.unitId], 0);
            active[listing.unitId] = id;
            eq(listings.listingOf(listing.unitId), id);
        }
    }

    /// No lease has the place, a part of it or what it is a part of on the day.
    function _isFree(uint64 place, uint32 on) private view returns (bool) {
        for (uint64 unitId = 1; unitId <= 4; ++unitId) {
            if (!_within(unitId, place) && !_within(place, unitId)) continue;
            UnitCalendar.Occupation[] memory list = units.occupationsOf(unitId);
            for (uint256 i = 0; i < list.length; ++i) {
                if (list[i].fromDay <= on && on < list[i].toDay) return false;
            }
        }
        return true;
    }

    function _within(uint64 unitId, uint64 place) private view returns (bool) {
        while (unitId != 0 && unitId != place) {
            IUnits.Unit memory unit = units.unitOf(unitId);
            unitId = unit.parent;
        }
        return unitId == place;
    }
}
