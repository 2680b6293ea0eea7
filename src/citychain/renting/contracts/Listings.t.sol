// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {DepositAccounts} from "@citychain/money/contracts/DepositAccounts.sol";
import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IUnits} from "./IUnits.sol";
import {ListingRecords} from "./ListingRecords.sol";
import {Listings} from "./Listings.sol";
import {ListingsTest} from "./ListingsTest.t.sol";
import {TitleRecords} from "./TitleRecords.sol";
import {TitleTransfers} from "./TitleTransfers.sol";
import {UnitRecords} from "./UnitRecords.sol";

contract ListingsUnitTest is ListingsTest {
    function test_owner_who_must_consent_offers_a_unit() public {
        ListingRecords.Offer memory offer = _offer();
        _expectEvent();
        emit Listings.UnitOffered(2, BED, landlord, 1, 0, TOWN, offer);
        vm.prank(landlord);
        eq(listings.offerUnit(BED, 0, offer), 2);
        ListingRecords.Listing memory expected =
            ListingRecords.Listing(BED, 0, landlord, ListingRecords.ListingState.Active, offer);
        eq(keccak256(abi.encode(listings.offerOf(2))), keccak256(abi.encode(expected)));
        eq(listings.listingOf(BED), 2);
        ok(listings.isActive(BED), "active");
        ok(!listings.isActive(OTHER_ROOM), "never offered");
    }

    function test_creation_names_the_units() public {
        _expectEvent();
        emit ListingRecords.ListingsCreated(address(units));
        Listings other = new Listings(address(authority), address(units));
        eq(address(other.TITLES()), address(titles));
    }

    function test_agent_with_the_mandate_of_all_who_must_consent_offers() public {
        eq(_offerByAgent(BED), 2);
        eq(listings.offerOf(2).lister, agent);
        ok(listings.isActive(BED), "active");
    }

    function test_owner_whose_consent_is_not_needed_offers_with_a_mandate_and_in_person() public {
        _refuse(partner, abi.encodeWithSelector(TitleTransfers.ConsentMissing.selector, landlord));
        listings.offerUnit(BED, 0, _offer());
        vm.prank(landlord);
        units.giveMandate(1, partner, "list", SOON);
        _refuse(partner, abi.encodeWithSelector(ListingRecords.NotAnAgent.selector));
        listings.offerUnit(BED, 0, _offerOfAgent());
        vm.prank(partner);
        listings.offerUnit(BED, 0, _offer());
        ok(listings.isActive(BED), "active");
    }

    function test_stranger_and_holder_of_another_mandate_offer_nothing() public {
        bytes memory reason = abi.encodeWithSelector(TitleTransfers.ConsentMissing.selector, landlord);
        _refuse(stranger, reason);
        listings.offerUnit(BED, 0, _offerOfAgent());
        vm.prank(landlord);
        units.giveMandate(1, agent, "let", SOON);
        _refuse(agent, reason);
        listings.offerUnit(BED, 0, _offerOfAgent());
    }

    function test_agent_shows_a_licence_and_an_owner_none() public {
        vm.prank(landlord);
        units.giveMandate(1, agent, "list", SOON);
        _refuse(agent, abi.encodeWithSelector(ListingRecords.LicenceMissing.selector));
        listings.offerUnit(BED, 0, _offer());
        bytes memory reason = abi.encodeWithSelector(ListingRecords.NotAnAgent.selector);
        _refuse(landlord, reason);
        listings.offerUnit(BED, 0, _offerOfAgent());
        ListingRecords.Offer memory offer = _offer();
        offer.agentFee = 1;
        _refuse(landlord, reason);
        listings.offerUnit(BED, 0, offer);
    }

    function test_operator_of_a_head_lease_offers_what_it_rents() public {
        _headLease();
        _refuse(employer, abi.encodeWithSelector(Listings.NotOfferable.selector, BED, bytes32("let")));
        listings.offerUnit(BED, 0, _offer());
        _refuse(stranger, abi.encodeWithSelector(UnitRecords.NotALandlord.selector, stranger));
        listings.offerUnit(BED, 1, _offer());
        vm.prank(employer);
        uint64 listingId = listings.offerUnit(BED, 1, _offer());
        ok(listings.isActive(BED), "active");
        _sublet(WHOLE, 2, day + 5, day + 20);
        eq(listings.faultOf(listingId), bytes32("let"));
        vm.prank(leases);
        units.vacate(WHOLE, 2, day);
        ok(listings.isActive(BED), "active again");
        vm.prank(leases);
        units.vacate(WHOLE, 1, day);
        eq(listings.faultOf(listingId), bytes32("lister"));
    }

    function test_unit_has_one_active_offer() public {
        _refuse(landlord, abi.encodeWithSelector(Listings.AlreadyOffered.selector, ROOM, OFFERED));
        listings.offerUnit(ROOM, 0, _offer());
        vm.warp(SOON);
        ListingRecords.Offer memory offer = _offer();
        (offer.earliestDay, offer.validUntil) = (units.today(), SOON + 1);
        _expectEvent();
        emit Listings.OfferClosed(OFFERED, ROOM, "expired", landlord);
        vm.prank(landlord);
        eq(listings.offerUnit(ROOM, 0, offer), 2);
        eq(listings.listingOf(ROOM), 2);
        _requireState(OFFERED, ListingRecords.ListingState.Closed);
        ok(listings.isActive(ROOM), "active");
    }

    function test_place_that_cannot_be_let_is_not_offered() public {
        uint64 declared = _declare(ROOM, IUnits.UnitKind.Bed);
        _refuse(landlord, abi.encodeWithSelector(Listings.NotOfferable.selector, declared, bytes32("unit")));
        listings.offerUnit(declared, 0, _offer());
        _refuse(landlord, abi.encodeWithSelector(Listings.NotOfferable.selector, uint64(99), bytes32("unit")));
        listings.offerUnit(99, 0, _offer());
        _occupy(BED, 7, day, day + 11);
        _refuse(landlord, abi.encodeWithSelector(Listings.NotOfferable.selector, WHOLE, bytes32("let")));
        listings.offerUnit(WHOLE, 0, _offer());
        _seize(judge, SOON);
        _refuse(landlord, abi.encodeWithSelector(Listings.NotOfferable.selector, OTHER_ROOM, bytes32("seized")));
        listings.offerUnit(OTHER_ROOM, 0, _offer());
    }

    function test_place_is_offered_from_the_day_after_its_lease() public {
        _occupy(BED, 7, day, day + 10);
        vm.prank(landlord);
        listings.offerUnit(BED, 0, _offer());
        ok(listings.isActive(BED), "free on its first day");
    }

    function test_terms_out_of_bounds_are_refused() public {
        ListingRecords.Offer memory offer = _offer();
        offer.rent = 0;
        _refuseOffer(offer, abi.encodeWithSelector(ListingRecords.RentMissing.selector));
        bytes memory tooLarge = abi.encodeWithSelector(DepositAccounts.AmountTooLarge.selector, 2 ** 63);
        offer.rent = 2 ** 63;
        _refuseOffer(offer, tooLarge);
        offer = _offer();
        offer.deposit = 2 ** 63;
        _refuseOffer(offer, tooLarge);
        offer = _offer();
        offer.agentFee = 2 ** 63;
        _refuseOffer(offer, tooLarge);
        offer = _offer();
        offer.description = 0;
        _refuseOffer(offer, abi.encodeWithSelector(TitleRecords.CommitmentMissing.selector));
        for (uint256 i = 0; i < 2; ++i) {
            offer = _offer();
            offer.earliestDay = i == 0 ? day - 1 : day + 367;
            _refuseOffer(offer, abi.encodeWithSelector(ListingRecords.EarliestDayInvalid.selector, offer.earliestDay));
            offer = _offer();
            offer.validUntil = i == 0 ? START : START + 180 days + 1;
            _refuseOffer(offer, abi.encodeWithSelector(ListingRecords.OfferTimeInvalid.selector, offer.validUntil));
        }
        uint16[2][3] memory months = [[uint16(0), 12], [uint16(13), 12], [uint16(12), 241]];
        for (uint256 i = 0; i < months.length; ++i) {
            offer = _offer();
            (offer.shortestMonths, offer.longestMonths) = (months[i][0], months[i][1]);
            _refuseOffer(
                offer, abi.encodeWithSelector(ListingRecords.MonthsInvalid.selector, months[i][0], months[i][1])
            );
        }
    }

    function test_terms_at_their_bounds_are_taken() public {
        ListingRecords.Offer memory offer = _offer();
        (offer.rent, offer.deposit, offer.earliestDay) = (2 ** 63 - 1, 0, day + 366);
        (offer.shortestMonths, offer.longestMonths, offer.validUntil) = (1, 240, START + 180 days);
        vm.prank(landlord);
        listings.offerUnit(BED, 0, offer);
        offer.earliestDay = day;
        vm.prank(landlord);
        listings.offerUnit(OTHER_ROOM, 0, offer);
        ok(listings.isActive(BED) && listings.isActive(OTHER_ROOM), "active");
    }

    function testFuzz_price_is_what_the_lister_says(uint64 rent, uint64 deposit) public {
        (rent, deposit) = (uint64(bound(rent, 1, 2 ** 63 - 1)), uint64(bound(deposit, 0, 2 ** 63 - 1)));
        _expectEvent();
        emit Listings.PriceChanged(OFFERED, ROOM, rent, deposit);
        vm.prank(landlord);
        listings.changePrice(OFFERED, rent, deposit);
        ListingRecords.Listing memory listing = listings.offerOf(OFFERED);
        eq(listing.offer.rent, rent);
        eq(listing.offer.deposit, deposit);
    }

    function test_price_out_of_bounds_is_refused() public {
        _refuse(landlord, abi.encodeWithSelector(ListingRecords.RentMissing.selector));
        listings.changePrice(OFFERED, 0, 1);
        bytes memory tooLarge = abi.encodeWithSelector(DepositAccounts.AmountTooLarge.selector, 2 ** 63);
        _refuse(landlord, tooLarge);
        listings.changePrice(OFFERED, 2 ** 63, 1);
        _refuse(landlord, tooLarge);
        listings.changePrice(OFFERED, 1, 2 ** 63);
    }

    function test_only_the_lister_changes_an_offer() public {
        uint64 listingId = _offerByAgent(BED);
        bytes memory reason = abi.encodeWithSelector(Listings.NotTheLister.selector, landlord);
        _refuse(landlord, reason);
        listings.changePrice(listingId, 1, 1);
        _refuse(landlord, reason);
        listings.prolongOffer(listingId, SOON + 1);
        vm.prank(agent);
        listings.changePrice(listingId, 1, 1);
    }

    function test_offer_is_prolonged_within_bounds_before_it_ends() public {
        vm.warp(SOON - 1);
        bytes4 invalid = ListingRecords.OfferTimeInvalid.selector;
        _refuse(landlord, abi.encodeWithSelector(invalid, SOON - 1));
        listings.prolongOffer(OFFERED, SOON - 1);
        _refuse(landlord, abi.encodeWithSelector(invalid, SOON + 180 days));
        listings.prolongOffer(OFFERED, SOON + 180 days);
        _expectEvent();
        emit Listings.OfferProlonged(OFFERED, ROOM, SOON + 10);
        vm.prank(landlord);
        listings.prolongOffer(OFFERED, SOON + 10);
        vm.warp(SOON + 9);
        ok(listings.isActive(ROOM), "prolonged");
        vm.warp(SOON + 10);
        bytes memory over = abi.encodeWithSelector(Listings.ListingNotActive.selector, OFFERED, bytes32("expired"));
        _refuse(landlord, over);
        listings.prolongOffer(OFFERED, SOON + 20);
        _refuse(landlord, over);
        listings.changePrice(OFFERED, 1, 1);
    }

    function test_lister_and_owners_who_must_consent_withdraw() public {
        _expectEvent();
        emit Listings.OfferWithdrawn(OFFERED, ROOM, landlord);
        vm.prank(landlord);
        listings.withdrawOffer(OFFERED);
        ok(!listings.isActive(ROOM), "withdrawn");
        _requireState(OFFERED, ListingRecords.ListingState.Withdrawn);
        uint64 byAgent = _offerByAgent(ROOM);
        _refuse(partner, abi.encodeWithSelector(UnitRecords.NotALandlord.selector, partner));
        listings.withdrawOffer(byAgent);
        _refuse(stranger, abi.encodeWithSelector(UnitRecords.NotALandlord.selector, stranger));
        listings.withdrawOffer(byAgent);
        vm.prank(landlord);
        listings.withdrawOffer(byAgent);
        uint64 again = _offerByAgent(ROOM);
        vm.prank(landlord);
        units.revokeMandate(1, agent, "list");
        vm.prank(agent);
        listings.withdrawOffer(again);
        _requireState(again, ListingRecords.ListingState.Withdrawn);
    }

    function test_ended_and_unknown_offers_stay_what_they_are() public {
        vm.prank(landlord);
        listings.withdrawOffer(OFFERED);
        _refuseAll(OFFERED, "withdrawn");
        uint64 listingId = _offerByAgent(BED);
        vm.warp(SOON);
        _close(listingId);
        _refuseAll(listingId, "closed");
        _refuseAll(99, "unknown");
    }

    function test_active_offer_is_not_closed() public {
        _refuse(stranger, abi.encodeWithSelector(Listings.ListingStillActive.selector, OFFERED));
        listings.closeOffer(OFFERED);
    }

    function test_anybody_closes_an_expired_offer() public {
        vm.warp(SOON);
        _closedFor("expired");
    }

    function test_seizure_makes_an_offer_inactive_and_its_release_active_again() public {
        uint64 seizure = _seize(judge, SOON);
        eq(listings.faultOf(OFFERED), bytes32("seized"));
        vm.prank(judge);
        titles.releaseSeizure(seizure);
        ok(listings.isActive(ROOM), "released");
        _seize(judge, SOON);
        _closedFor("seized");
    }

    function test_transfer_of_the_title_ends_an_offer() public {
        _transfer();
        _closedFor("lister");
        vm.prank(buyer);
        listings.offerUnit(ROOM, 0, _offer());
        ok(listings.isActive(ROOM), "offered by the new owner");
    }

    function test_reversed_registration_ends_an_offer() public {
        vm.prank(registrar);
        titles.reverseRegistration(1, REASON);
        _closedFor("title");
    }

    function test_withdrawn_unit_ends_an_offer() public {
        vm.prank(landlord);
        units.withdrawUnit(BED);
        vm.prank(landlord);
        units.withdrawUnit(ROOM);
        _closedFor("unit");
    }

    function test_lease_on_the_first_day_ends_an_offer_wherever_it_is() public {
        uint64[3] memory places = [WHOLE, ROOM, BED];
        for (uint64 i = 0; i < 3; ++i) {
            _occupy(places[i], 7 + i, day + 10, day + 11);
            eq(listings.faultOf(OFFERED), bytes32("let"));
            vm.prank(leases);
            units.vacate(places[i], 7 + i, day);
            ok(listings.isActive(ROOM), "free again");
        }
        _occupy(OTHER_ROOM, 20, day, day + 100);
        _occupy(ROOM, 21, day + 1, day + 10);
        ok(listings.isActive(ROOM), "another room, and days before");
        _occupy(BED, 22, day + 10, day + 11);
        _closedFor("let");
    }

    function test_lease_today_counts_once_the_first_day_is_past() public {
        _occupy(ROOM, 7, day + 12, day + 14);
        ok(listings.isActive(ROOM), "later days");
        vm.warp(START + 12 days);
        eq(listings.faultOf(OFFERED), bytes32("let"));
        vm.warp(START + 14 days);
        ok(listings.isActive(ROOM), "after them");
    }

    function test_end_of_a_mandate_ends_an_agents_offer() public {
        uint64 listingId = _offerByAgent(BED);
        vm.warp(SOON - 1 days);
        eq(listings.faultOf(listingId), bytes32("lister"));
        _refuse(agent, abi.encodeWithSelector(Listings.ListingNotActive.selector, listingId, bytes32("lister")));
        listings.changePrice(listingId, 1, 1);
    }

    function test_nothing_is_active_when_units_are_retired() public {
        vm.prank(administration);
        units.retire(address(0));
        _closedFor("retired");
    }

    function test_retired_contract_changes_nothing_and_has_no_active_offer() public {
        _refuse(stranger, abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, stranger));
        listings.retire(address(0x5));
        _expectEvent();
        emit ListingRecords.Retired(address(0x5));
        vm.prank(administration);
        listings.retire(address(0x5));
        eq(listings.successor(), address(0x5));
        eq(listings.faultOf(OFFERED), bytes32("retired"));
        bytes memory reason = abi.encodeWithSelector(TitleRecords.ContractRetired.selector, address(0x5));
        _refuse(landlord, reason);
        listings.offerUnit(BED, 0, _offer());
        _refuse(landlord, reason);
        listings.changePrice(OFFERED, 1, 1);
        _refuse(landlord, reason);
        listings.prolongOffer(OFFERED, SOON + 1);
        _refuse(landlord, reason);
        listings.withdrawOffer(OFFERED);
        _refuse(stranger, reason);
        listings.closeOffer(OFFERED);
        _refuse(administration, reason);
        listings.retire(address(0));
    }

    function test_closing_a_building_of_64_beds_stays_in_bounds() public {
        for (uint256 i = 0; i < 61; ++i) {
            _confirm(_declare(OTHER_ROOM, IUnits.UnitKind.Bed));
        }
        vm.prank(landlord);
        uint64 listingId = listings.offerUnit(WHOLE, 0, _offer());
        for (uint32 i = 0; i < 8; ++i) {
            _occupy(units.lastUnit(), 7 + i, day + 3 + i, day + 4 + i);
        }
        uint256 gas = gasleft();
        _close(listingId);
        ok(gas - gasleft() < 2_000_000, "gas");
    }

    function _refuseOffer(ListingRecords.Offer memory offer, bytes memory reason) private {
        _refuse(landlord, reason);
        listings.offerUnit(BED, 0, offer);
    }

    function _refuseAll(uint64 listingId, bytes32 state) private {
        bytes memory reason = abi.encodeWithSelector(Listings.ListingNotActive.selector, listingId, state);
        _refuse(landlord, reason);
        listings.changePrice(listingId, 1, 1);
        _refuse(landlord, reason);
        listings.prolongOffer(listingId, SOON + 1);
        _refuse(landlord, reason);
        listings.withdrawOffer(listingId);
        _refuse(landlord, reason);
        listings.closeOffer(listingId);
    }

    function _closedFor(bytes32 reason) private {
        eq(listings.faultOf(OFFERED), reason);
        _expectEvent();
        emit Listings.OfferClosed(OFFERED, ROOM, reason, stranger);
        _close(OFFERED);
        _requireState(OFFERED, ListingRecords.ListingState.Closed);
        eq(listings.faultOf(OFFERED), bytes32("closed"));
    }
}
