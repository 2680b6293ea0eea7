// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IInstitutions} from "@citychain/chain/contracts/IInstitutions.sol";
import {Filings} from "./Filings.sol";
import {LeaseRecords} from "./LeaseRecords.sol";
import {LeasesTest} from "./LeasesTest.t.sol";

contract FilingsTest is LeasesTest {
    bytes32 internal constant DOCUMENT = keccak256("document");
    bytes32 internal constant CERTIFICATE = keccak256("certificate");
    bytes32 internal constant WHY = keccak256("why");
    address internal constant clerk = address(0xDA);

    Filings internal filings;
    uint32 internal bureau;

    function setUp() public override {
        super.setUp();
        bureau = _accredit("housing", clerk);
        _number("lease.filing-days", 30);
        filings = new Filings(address(authority), address(leasesOf), address(parameters));
        vm.prank(administration);
        authority.grantRole(CHANGES_ROLE, address(filings), 0);
    }

    function _submit(uint64 leaseId) private {
        vm.prank(owner);
        filings.submitFiling(leaseId, DOCUMENT);
    }

    function _file(uint64 leaseId) private {
        _submit(leaseId);
        vm.prank(clerk);
        filings.fileLease(leaseId, DOCUMENT, CERTIFICATE);
    }

    function _refuseToFile(uint64 leaseId, address by, bytes memory reason) private {
        vm.expectRevert(reason);
        vm.prank(by);
        filings.fileLease(leaseId, DOCUMENT, CERTIFICATE);
    }

    function _report(uint64 leaseId) private {
        vm.prank(clerk);
        filings.reportOutsideLease(leaseId, WHY);
    }

    function _wrong(uint64 leaseId, Filings.State state) private pure returns (bytes memory) {
        return abi.encodeWithSelector(Filings.FilingStateWrong.selector, leaseId, state);
    }

    function _is(uint64 leaseId, Filings.State state) private view {
        eq(uint256(filings.filingOf(leaseId).state), uint256(state));
    }

    function test_landlords_lease_is_filed() public {
        uint64 leaseId = _signedLease();
        _is(leaseId, Filings.State.Due);
        vm.expectEmit();
        emit Filings.FilingSubmitted(leaseId, owner, false, DOCUMENT);
        _submit(leaseId);
        _is(leaseId, Filings.State.Submitted);
        vm.expectEmit();
        emit Filings.LeaseFiled(leaseId, bureau, CERTIFICATE, clerk);
        vm.prank(clerk);
        filings.fileLease(leaseId, DOCUMENT, CERTIFICATE);
        Filings.Filing memory filing = filings.filingOf(leaseId);
        eq(uint256(filing.state), uint256(Filings.State.Filed));
        eq(filing.certificate, CERTIFICATE);
        eq(filing.institution, bureau);
    }

    function test_tenant_submits_once_the_landlords_let_their_time_pass() public {
        uint64 leaseId = _running();
        _toDay(day + 39);
        vm.expectRevert(abi.encodeWithSelector(Filings.LandlordsSubmit.selector, leaseId, day + 40));
        vm.prank(tenant);
        filings.submitFiling(leaseId, DOCUMENT);
        _toDay(day + 40);
        vm.expectEmit();
        emit Filings.FilingSubmitted(leaseId, friend, true, DOCUMENT);
        vm.prank(friend);
        filings.submitFiling(leaseId, DOCUMENT);
    }

    function test_strangers_and_the_bureau_submit_nothing() public {
        uint64 leaseId = _running();
        _toDay(day + 100);
        address[2] memory others = [stranger, clerk];
        for (uint256 i = 0; i < 2; ++i) {
            vm.expectRevert(abi.encodeWithSelector(LeaseRecords.NotAParty.selector, others[i]));
            vm.prank(others[i]);
            filings.submitFiling(leaseId, DOCUMENT);
        }
    }

    function test_nothing_is_submitted_without_a_document_a_lease_or_its_effect() public {
        uint64 leaseId = _signedLease();
        vm.expectRevert(Filings.CommitmentMissing.selector);
        vm.prank(owner);
        filings.submitFiling(leaseId, 0);
        vm.expectRevert(abi.encodeWithSelector(LeaseRecords.LeaseUnknown.selector, 9));
        vm.prank(owner);
        filings.submitFiling(9, DOCUMENT);
        vm.warp(START + 15 days);
        leasesOf.lapse(leaseId);
        vm.expectRevert(_wrongState(leaseId, LeaseRecords.State.Lapsed));
        _submit(leaseId);
    }

    function test_returned_filing_is_submitted_again() public {
        uint64 leaseId = _running();
        _submit(leaseId);
        vm.expectEmit();
        emit Filings.FilingReturned(leaseId, bureau, WHY, clerk);
        vm.prank(clerk);
        filings.returnFiling(leaseId, DOCUMENT, WHY);
        _is(leaseId, Filings.State.Returned);
        _file(leaseId);
        _is(leaseId, Filings.State.Filed);
    }

    function test_clerk_files_only_what_they_read() public {
        uint64 leaseId = _running();
        _submit(leaseId);
        vm.prank(coOwner);
        filings.submitFiling(leaseId, WHY);
        vm.startPrank(clerk);
        vm.expectRevert(_wrong(leaseId, Filings.State.Submitted));
        filings.fileLease(leaseId, DOCUMENT, CERTIFICATE);
        vm.expectRevert(_wrong(leaseId, Filings.State.Submitted));
        filings.returnFiling(leaseId, DOCUMENT, WHY);
        vm.expectRevert(Filings.CommitmentMissing.selector);
        filings.fileLease(leaseId, WHY, 0);
        vm.expectRevert(Filings.CommitmentMissing.selector);
        filings.returnFiling(leaseId, WHY, 0);
        filings.fileLease(leaseId, WHY, CERTIFICATE);
        vm.expectRevert(_wrong(leaseId, Filings.State.Filed));
        filings.fileLease(leaseId, WHY, CERTIFICATE);
    }

    function test_amendment_keeps_the_certificate_until_the_next_one() public {
        uint64 leaseId = _running();
        _file(leaseId);
        _submit(leaseId);
        eq(filings.filingOf(leaseId).certificate, CERTIFICATE);
        vm.prank(clerk);
        filings.fileLease(leaseId, DOCUMENT, WHY);
        eq(filings.filingOf(leaseId).certificate, WHY);
    }

    function test_cancelled_certificate_is_none_and_the_lease_goes_on() public {
        uint64 leaseId = _running();
        vm.expectRevert(_wrong(leaseId, Filings.State.Due));
        vm.prank(clerk);
        filings.cancelFiling(leaseId, WHY);
        _file(leaseId);
        vm.expectRevert(Filings.CommitmentMissing.selector);
        vm.prank(clerk);
        filings.cancelFiling(leaseId, 0);
        vm.expectEmit();
        emit Filings.FilingCancelled(leaseId, bureau, WHY, false, clerk);
        vm.prank(clerk);
        filings.cancelFiling(leaseId, WHY);
        _is(leaseId, Filings.State.Cancelled);
        eq(filings.filingOf(leaseId).certificate, 0);
        _state(leaseId, LeaseRecords.State.Running);
        _file(leaseId);
        _is(leaseId, Filings.State.Filed);
    }

    function test_cancelling_leaves_what_waits_for_the_bureau() public {
        uint64 leaseId = _running();
        _file(leaseId);
        _submit(leaseId);
        vm.expectEmit();
        emit Filings.FilingCancelled(leaseId, bureau, WHY, true, clerk);
        vm.prank(clerk);
        filings.cancelFiling(leaseId, WHY);
        _is(leaseId, Filings.State.Submitted);
    }

    function test_only_a_bureau_that_may_act_files() public {
        uint64 leaseId = _running();
        _submit(leaseId);
        _refuseToFile(leaseId, owner, abi.encodeWithSelector(IInstitutions.UnknownKey.selector, owner));
        bytes memory wrongKind = abi.encodeWithSelector(IInstitutions.WrongKind.selector, registry, bytes32("housing"));
        _refuseToFile(leaseId, registrar, wrongKind);
        _suspend(bureau);
        _refuseToFile(leaseId, clerk, abi.encodeWithSelector(IInstitutions.NotActive.selector, bureau));
    }

    function test_lease_outside_ends_one_without_keys_with_everything_back() public {
        uint64 leaseId = _funded();
        uint48 from = uint48(block.timestamp) + 3 days;
        vm.expectEmit();
        emit Filings.OutsideLeaseReported(leaseId, bureau, WHY, from, clerk);
        _report(leaseId);
        vm.warp(from - 1);
        vm.expectRevert(abi.encodeWithSelector(Filings.ObjectionOpen.selector, leaseId, from));
        filings.endForOutsideLease(leaseId);
        vm.warp(from);
        uint256 held = escrow.heldOf(leaseId);
        eq(held, _due(leaseId));
        vm.expectEmit();
        emit LeaseRecords.LeaseLapsed(leaseId, "outside");
        vm.prank(stranger);
        filings.endForOutsideLease(leaseId);
        eq(escrow.creditOf(leaseId, tenant), held);
        eq(escrow.heldOf(leaseId), 0);
    }

    function test_party_that_objects_leaves_it_to_a_court() public {
        uint64 leaseId = _funded();
        _report(leaseId);
        vm.expectRevert(abi.encodeWithSelector(LeaseRecords.NotAParty.selector, stranger));
        vm.prank(stranger);
        filings.contestOutsideLease(leaseId, WHY);
        vm.startPrank(friend);
        vm.expectRevert(Filings.CommitmentMissing.selector);
        filings.contestOutsideLease(leaseId, 0);
        vm.expectEmit();
        emit Filings.OutsideLeaseContested(leaseId, friend, WHY);
        filings.contestOutsideLease(leaseId, WHY);
        vm.stopPrank();
        vm.warp(block.timestamp + 4 days);
        vm.expectRevert(abi.encodeWithSelector(Filings.ReportWrong.selector, leaseId));
        filings.endForOutsideLease(leaseId);
        vm.prank(judge);
        changes.orderEnd(leaseId, "2026-5", 0);
        _state(leaseId, LeaseRecords.State.Lapsed);
    }

    function test_report_is_taken_back_and_made_anew() public {
        uint64 leaseId = _funded();
        vm.expectRevert(abi.encodeWithSelector(Filings.ReportWrong.selector, leaseId));
        vm.prank(clerk);
        filings.withdrawOutsideLease(leaseId);
        _report(leaseId);
        vm.expectRevert(abi.encodeWithSelector(Filings.ReportWrong.selector, leaseId));
        _report(leaseId);
        vm.expectEmit();
        emit Filings.OutsideLeaseWithdrawn(leaseId, bureau, clerk);
        vm.prank(clerk);
        filings.withdrawOutsideLease(leaseId);
        vm.expectRevert(abi.encodeWithSelector(Filings.ReportWrong.selector, leaseId));
        filings.endForOutsideLease(leaseId);
        vm.expectRevert(Filings.CommitmentMissing.selector);
        vm.prank(clerk);
        filings.reportOutsideLease(leaseId, 0);
        _report(leaseId);
    }

    function test_keys_handed_over_go_before_a_lease_outside() public {
        uint64 leaseId = _funded();
        _toDay(day + 10);
        _report(leaseId);
        _handOver(leaseId);
        vm.warp(block.timestamp + 4 days);
        vm.expectRevert(_wrongState(leaseId, LeaseRecords.State.Running));
        filings.endForOutsideLease(leaseId);
        vm.prank(clerk);
        filings.withdrawOutsideLease(leaseId);
        vm.expectRevert(_wrongState(leaseId, LeaseRecords.State.Running));
        _report(leaseId);
    }

    /// Whatever the bureau and the parties do with filings, the money and the days of a lease stay.
    function testFuzz_filing_touches_no_lease_that_runs(uint8[12] calldata acts) public {
        uint64 leaseId = _running();
        bytes32 before = keccak256(abi.encode(leasesOf.recordOf(leaseId), escrow.heldOf(leaseId)));
        for (uint256 i = 0; i < acts.length; ++i) {
            vm.prank(acts[i] % 7 == 0 || acts[i] % 7 == 6 ? owner : clerk);
            (bool done,) = address(filings).call(_call(leaseId, acts[i] % 7));
            done;
        }
        eq(keccak256(abi.encode(leasesOf.recordOf(leaseId), escrow.heldOf(leaseId))), before);
        Filings.Filing memory filing = filings.filingOf(leaseId);
        if (filing.state == Filings.State.Filed) ok(filing.certificate != 0, "filed without certificate");
        if (filing.state == Filings.State.Cancelled) ok(filing.certificate == 0, "cancelled with certificate");
    }

    function _call(uint64 leaseId, uint256 act) private view returns (bytes memory) {
        if (act == 0) return abi.encodeCall(filings.submitFiling, (leaseId, DOCUMENT));
        if (act == 1) return abi.encodeCall(filings.fileLease, (leaseId, DOCUMENT, CERTIFICATE));
        if (act == 2) return abi.encodeCall(filings.returnFiling, (leaseId, DOCUMENT, WHY));
        if (act == 3) return abi.encodeCall(filings.cancelFiling, (leaseId, WHY));
        if (act == 4) return abi.encodeCall(filings.reportOutsideLease, (leaseId, WHY));
        if (act == 5) return abi.encodeCall(filings.withdrawOutsideLease, (leaseId));
        return abi.encodeCall(filings.endForOutsideLease, (leaseId));
    }
}
