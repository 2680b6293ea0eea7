// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IInstitutions} from "@citychain/chain/contracts/IInstitutions.sol";
import {ILeases} from "./ILeases.sol";
import {LeaseOffers} from "./LeaseOffers.sol";
import {LeaseRecords} from "./LeaseRecords.sol";
import {LeasesTest} from "./LeasesTest.t.sol";
import {Letting} from "./Letting.sol";
import {TitleRecords} from "./TitleRecords.sol";
import {TitleTransfers} from "./TitleTransfers.sol";
import {UnitConsents} from "./UnitConsents.sol";
import {UnitRecords} from "./UnitRecords.sol";

contract LeaseOffersTest is LeasesTest {
    /// What a wallet computes from the struct's EIP-712 type, apart from the contract.
    function _digest(LeaseOffers.Terms memory terms) private view returns (bytes32) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("citychain leases"),
                keccak256("1"),
                block.chainid,
                address(offers)
            )
        );
        bytes32 typeHash = keccak256(
            "Terms(uint64 unitId,uint64 headLeaseId,address[] landlords,address[] tenants,address payee,address refundee,uint16 occupants,uint32 fromDay,uint32 toDay,uint64 rent,uint8 dueDay,uint64 deposit,uint16 graceDays,uint64 lateFee,uint16 noticeDays,bool sublettable,address deposits,uint8 track,uint32 decider,bytes32 houseRules,bytes32 inventory,bytes32 text,uint48 offerDeadline,bytes32 salt)"
        );
        // each field of the encoded struct is a word; the two arrays stand there as offsets of their data
        bytes memory words = abi.encode(terms);
        uint256 landlords = uint256(keccak256(abi.encodePacked(terms.landlords)));
        uint256 tenants = uint256(keccak256(abi.encodePacked(terms.tenants)));
        bytes memory fields = new bytes(24 * 32);
        assembly {
            mcopy(add(fields, 32), add(words, 64), 768)
            mstore(add(fields, 96), landlords)
            mstore(add(fields, 128), tenants)
        }
        return keccak256(abi.encodePacked(hex"1901", domain, keccak256(bytes.concat(typeHash, fields))));
    }

    function test_terms_hash_is_that_of_the_typed_data() public view {
        LeaseOffers.Terms memory terms = _terms();
        eq(offers.termsHash(terms), _digest(terms));
    }

    function test_conclude_records_the_lease() public {
        LeaseOffers.Terms memory terms = _terms();
        bytes[] memory signatures = _signatures(terms);
        vm.prank(stranger);
        uint64 leaseId = offers.conclude(terms, signatures);
        eq(leaseId, 1);
        _state(1, LeaseRecords.State.Signed);
        eq(offers.leaseOfTerms(offers.termsHash(terms)), 1);
        LeaseRecords.Lease memory lease = leasesOf.recordOf(1);
        eq(lease.unitId, HOME);
        eq(lease.termsHash, offers.termsHash(terms));
        eq(lease.fundBy, terms.offerDeadline + 7 days);
        eq(lease.advanceMonths, 3);
        eq(lease.noticeDays, 30);
        ILeases.LeaseView memory seen = leasesOf.leaseOf(1);
        eq(seen.rent, RENT);
        eq(seen.deposit, DEPOSIT);
        eq(seen.payee, owner);
        eq(seen.refundee, tenant);
        eq(seen.decider, adjudicator);
        eq(seen.deposits, address(deposits));
        eq(keccak256(abi.encode(seen.landlords)), keccak256(abi.encode(terms.landlords)));
        eq(keccak256(abi.encode(seen.tenants)), keccak256(abi.encode(terms.tenants)));
        eq(seen.handedOver, false);
        eq(seen.ending, false);
    }

    function test_conclude_twice_reverts() public {
        LeaseOffers.Terms memory terms = _terms();
        bytes[] memory signatures = _signatures(terms);
        offers.conclude(terms, signatures);
        vm.expectRevert(abi.encodeWithSelector(LeaseOffers.TermsUsed.selector, 1));
        offers.conclude(terms, signatures);
    }

    function test_altered_term_reverts_whatever_it_is_fuzz(uint256 which, uint256 value) public {
        LeaseOffers.Terms memory terms = _terms();
        bytes[] memory signatures = _signatures(terms);
        bytes32 before = offers.termsHash(terms);
        which %= 10;
        if (which == 0) terms.rent = uint64(bound(value, 100_000, RENT));
        if (which == 1) terms.deposit = uint64(bound(value, 0, DEPOSIT));
        if (which == 2) terms.toDay = uint32(bound(value, terms.fromDay + 1, terms.toDay));
        if (which == 3) terms.payee = value % 2 == 0 ? owner : coOwner;
        if (which == 4) terms.refundee = value % 2 == 0 ? tenant : friend;
        if (which == 5) terms.text = bytes32(value);
        if (which == 6) terms.noticeDays = uint16(bound(value, 30, 90));
        if (which == 7) terms.offerDeadline = uint48(bound(value, START + 1, START + 80 days));
        if (which == 8) terms.unitId = CHAMBER;
        if (which == 9) terms.salt = bytes32(value);
        if (offers.termsHash(terms) == before) return;
        vm.expectRevert(abi.encodeWithSelector(LeaseOffers.SignatureInvalid.selector, terms.landlords[0]));
        offers.conclude(terms, signatures);
    }

    function test_swapped_missing_or_foreign_signatures_revert() public {
        LeaseOffers.Terms memory terms = _terms();
        bytes[] memory signatures = _signatures(terms);
        (signatures[0], signatures[1]) = (signatures[1], signatures[0]);
        vm.expectRevert(abi.encodeWithSelector(LeaseOffers.SignatureInvalid.selector, terms.landlords[0]));
        offers.conclude(terms, signatures);
        bytes[] memory three = new bytes[](3);
        (three[0], three[1], three[2]) = (signatures[1], signatures[0], signatures[2]);
        vm.expectRevert(abi.encodeWithSelector(LeaseOffers.SignatureInvalid.selector, terms.tenants[1]));
        offers.conclude(terms, three);
    }

    function test_signatures_of_another_chain_or_contract_revert() public {
        LeaseOffers.Terms memory terms = _terms();
        bytes[] memory signatures = _signatures(terms);
        LeaseOffers other = new LeaseOffers(address(authority), address(leasesOf), address(parameters));
        vm.expectRevert(abi.encodeWithSelector(LeaseOffers.SignatureInvalid.selector, terms.landlords[0]));
        other.conclude(terms, signatures);
        vm.chainId(block.chainid + 1);
        vm.expectRevert(abi.encodeWithSelector(LeaseOffers.SignatureInvalid.selector, terms.landlords[0]));
        offers.conclude(terms, signatures);
    }

    function test_conclude_after_the_offer_or_too_long_before_its_end_reverts() public {
        LeaseOffers.Terms memory terms = _terms();
        bytes[] memory signatures = _signatures(terms);
        vm.warp(terms.offerDeadline);
        vm.expectRevert(abi.encodeWithSelector(LeaseOffers.OfferOver.selector, terms.offerDeadline));
        offers.conclude(terms, signatures);
        terms.offerDeadline = uint48(block.timestamp) + 90 days + 1;
        _refuseTerm(terms, "offerDeadline");
    }

    function test_co_owner_left_out_reverts() public {
        LeaseOffers.Terms memory terms = _terms();
        terms.landlords = _one(owner);
        bytes[] memory signatures = _signatures(terms);
        vm.expectRevert(abi.encodeWithSelector(TitleTransfers.ConsentMissing.selector, coOwner));
        offers.conclude(terms, signatures);
    }

    function test_mandated_agent_signs_and_is_never_paid() public {
        vm.prank(coOwner);
        units.giveMandate(2, owner, "let", START + 365 days);
        LeaseOffers.Terms memory terms = _terms();
        terms.landlords = _one(owner);
        terms.payee = coOwner;
        eq(_conclude(terms), 1);
        vm.startPrank(owner);
        units.giveMandate(2, friend, "let", START + 365 days);
        vm.stopPrank();
        vm.prank(coOwner);
        units.giveMandate(2, friend, "let", START + 365 days);
        terms.landlords = _one(friend);
        terms.tenants = _one(tenant);
        terms.payee = friend;
        bytes[] memory signatures = _signatures(terms);
        vm.expectRevert(abi.encodeWithSelector(Letting.PayeeNotAnOwner.selector, friend));
        offers.conclude(terms, signatures);
    }

    function test_stranger_can_not_let_anothers_home() public {
        LeaseOffers.Terms memory terms = _terms();
        terms.landlords = _one(friend);
        terms.tenants = _one(tenant);
        bytes[] memory signatures = _signatures(terms);
        vm.expectRevert(abi.encodeWithSelector(TitleTransfers.ConsentMissing.selector, owner));
        offers.conclude(terms, signatures);
    }

    function test_unit_unknown_or_crowded_reverts() public {
        LeaseOffers.Terms memory terms = _terms();
        terms.occupants = 5;
        bytes[] memory signatures = _signatures(terms);
        vm.expectRevert(abi.encodeWithSelector(Letting.TooManyOccupants.selector, 4));
        offers.conclude(terms, signatures);
        terms.unitId = 99;
        signatures = _signatures(terms);
        vm.expectPartialRevert(UnitRecords.UnitNotInUse.selector);
        offers.conclude(terms, signatures);
    }

    function test_bad_terms_name_their_field() public {
        LeaseOffers.Terms memory terms = _terms();
        terms.tenants = _sorted(owner, friend);
        terms.refundee = friend;
        _refuseTerm(terms, "tenants");
        terms = _terms();
        (terms.tenants[0], terms.tenants[1]) = (terms.tenants[1], terms.tenants[0]);
        _refuseTerm(terms, "tenants");
        terms = _terms();
        terms.landlords = _none();
        _refuseTerm(terms, "landlords");
        terms = _terms();
        terms.refundee = owner;
        _refuseTerm(terms, "refundee");
        terms = _terms();
        terms.sublettable = true;
        _refuseTerm(terms, "sublettable");
        terms = _terms();
        terms.fromDay = day - 1;
        _refuseTerm(terms, "fromDay");
        terms = _terms();
        terms.toDay = terms.fromDay;
        _refuseTerm(terms, "toDay");
        terms.toDay = terms.fromDay + 7306;
        _refuseTerm(terms, "toDay");
        terms = _terms();
        terms.occupants = 0;
        _refuseTerm(terms, "occupants");
        terms = _terms();
        terms.rent = 0;
        _refuseTerm(terms, "rent");
        terms.rent = 2 ** 63;
        _refuseTerm(terms, "rent");
        (terms.rent, terms.deposit, terms.lateFee) = (10, 0, 0);
        terms.toDay = terms.fromDay + 2;
        _refuseTerm(terms, "rent");
        terms = _terms();
        terms.dueDay = 0;
        _refuseTerm(terms, "dueDay");
        terms.dueDay = 32;
        _refuseTerm(terms, "dueDay");
        terms = _terms();
        terms.deposits = stranger;
        _refuseTerm(terms, "deposits");
        vm.prank(administration);
        authority.setTarget(address(titles), true);
        terms.deposits = address(titles);
        _refuseTerm(terms, "deposits");
    }

    function test_limits_of_the_city_hold() public {
        LeaseOffers.Terms memory terms = _terms();
        terms.deposit = 3 * RENT + 1;
        _refuse(terms, abi.encodeWithSelector(LeaseOffers.TermAboveMost.selector, bytes32("deposit"), 3 * RENT));
        terms = _terms();
        terms.lateFee = RENT / 10 + 1;
        _refuse(terms, abi.encodeWithSelector(LeaseOffers.TermAboveMost.selector, bytes32("lateFee"), RENT / 10));
        terms = _terms();
        terms.graceDays = 367;
        _refuse(terms, abi.encodeWithSelector(LeaseOffers.TermAboveMost.selector, bytes32("graceDays"), 366));
        terms = _terms();
        terms.noticeDays = 29;
        _refuse(terms, abi.encodeWithSelector(LeaseOffers.TermBelowLeast.selector, bytes32("noticeDays"), 30));
        terms.noticeDays = 0;
        eq(_conclude(terms), 1);
    }

    function test_operator_has_limits_of_its_own() public {
        _addKey(banker, bank, owner, "let");
        LeaseOffers.Terms memory terms = _terms();
        _refuse(terms, abi.encodeWithSelector(LeaseOffers.TermAboveMost.selector, bytes32("deposit"), RENT));
        terms.deposit = RENT;
        _refuse(terms, abi.encodeWithSelector(LeaseOffers.TermAboveMost.selector, bytes32("lateFee"), RENT / 20));
        terms.lateFee = RENT / 20;
        _refuse(terms, abi.encodeWithSelector(LeaseOffers.TermBelowLeast.selector, bytes32("noticeDays"), 60));
        terms.noticeDays = 60;
        eq(leasesOf.recordOf(_conclude(terms)).advanceMonths, 1);
    }

    function test_bank_and_decider_must_be_active_and_of_their_kind() public {
        LeaseOffers.Terms memory terms = _terms();
        terms.decider = mediator;
        _refuse(terms, abi.encodeWithSelector(IInstitutions.WrongKind.selector, mediator, bytes32("adjudicator")));
        terms.track = ILeases.Track.Arbitration;
        _refuse(terms, abi.encodeWithSelector(IInstitutions.WrongKind.selector, mediator, bytes32("arbitrator")));
        terms.track = ILeases.Track.Mediation;
        eq(_conclude(terms), 1);
        terms = _terms();
        _suspend(adjudicator);
        _refuse(terms, abi.encodeWithSelector(IInstitutions.NotActive.selector, adjudicator));
        terms.decider = otherAdjudicator;
        _suspend(bank);
        _refuse(terms, abi.encodeWithSelector(IInstitutions.NotActive.selector, bank));
    }

    function test_retired_record_takes_no_lease() public {
        LeaseOffers.Terms memory terms = _terms();
        bytes[] memory signatures = _signatures(terms);
        _refuse(owner, _unauthorised(owner));
        leasesOf.retire(address(0x5));
        vm.prank(administration);
        leasesOf.retire(address(0x5));
        vm.expectRevert(abi.encodeWithSelector(TitleRecords.ContractRetired.selector, address(0x5)));
        offers.conclude(terms, signatures);
        _refuse(administration, abi.encodeWithSelector(TitleRecords.ContractRetired.selector, address(0x5)));
        leasesOf.retire(address(0x6));
    }

    function test_open_by_anybody_else_reverts() public {
        LeaseRecords.Lease memory lease;
        _refuse(administration, _unauthorised(administration));
        leasesOf.open(lease, _one(owner), _one(tenant));
    }

    function _refuseTerm(LeaseOffers.Terms memory terms, bytes32 field) private {
        _refuse(terms, abi.encodeWithSelector(LeaseOffers.TermInvalid.selector, field));
    }

    function _refuse(LeaseOffers.Terms memory terms, bytes memory reason) private {
        bytes[] memory signatures = _signatures(terms);
        vm.expectRevert(reason);
        offers.conclude(terms, signatures);
    }

    function _none() private pure returns (address[] memory) {
        return new address[](0);
    }
}
