// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {CityContext} from "@citychain/chain/contracts/CityContext.sol";
import {IInstitutions} from "@citychain/chain/contracts/IInstitutions.sol";
import {Parameters} from "@citychain/chain/contracts/Parameters.sol";
import {LeaseRecords} from "./LeaseRecords.sol";
import {Leases} from "./Leases.sol";
import {Units} from "./Units.sol";

// slither-disable-start timestamp (deadlines are days; the block's time is the city's clock)

/// @title Filings: leases before the housing bureau
/// @notice A lease that all have signed is submitted to the bureau, which files it under a certificate or gives it back with
/// reasons. What changed later is submitted again; the certificate stands until the next one, or until it is cancelled. Filing is
/// no condition of a lease (Civil Code 706): nothing in Leases, Rents or Settlements asks for it.
///
/// Who may do what. An account of the landlords' side submits, their agent where one signed the lease; a tenant too, once the
/// landlords let `lease.filing-days` from the lease's first day pass (Regulations on Housing Rental, Decree 812). A key of an
/// institution of the kind "housing" with the scope "file" files, gives back, cancels, and reports that a lease outside of this
/// record takes the same place. Such a report ends a lease without keys handed over, with everything paid back, once
/// `OBJECTION_TIME` is over and no party objected; where one did only a court ends it (LeaseChanges.orderEnd). Keys handed over
/// go before filing and date, so a report ends no lease that runs (Supreme People's Court on leases of urban housing, 5).
///
/// What it does not do. It keeps no names, numbers or texts, only salted commitments; it moves no money and judges nothing.
///
/// How it is replaced. It calls Leases by a role of the Authority, which goes to its successor; certificates here stay readable.
contract Filings is CityContext {
    /// @notice Nothing submitted; submitted; given back with reasons; filed; the certificate was cancelled.
    enum State {
        Due,
        Submitted,
        Returned,
        Filed,
        Cancelled
    }

    struct Filing {
        State state;
        /// Whether a tenant submitted it last.
        bool byTenant;
        /// The institution that filed it, gave it back or cancelled it last.
        uint32 institution;
        /// The salted commitment of what was submitted last.
        bytes32 document;
        /// The salted commitment of the certificate in force; 0 for none.
        bytes32 certificate;
    }

    struct Report {
        /// When it ends the lease unless somebody objected (UTC seconds); 0 when nothing is reported.
        uint48 from;
        bool contested;
    }

    /// @notice How long the parties may object to a report.
    uint48 public constant OBJECTION_TIME = 3 days;
    /// @notice The parameter: days from a lease's first day after which a tenant may submit it.
    bytes32 public constant FILING_DAYS = "lease.filing-days";

    /// @notice The leases that are filed.
    Leases public immutable LEASES;
    /// @notice What can be let, by whom and when.
    Units public immutable UNITS;
    /// @notice The register of institutions that says who may act.
    IInstitutions public immutable INSTITUTIONS;
    /// @notice The city's numbers.
    Parameters public immutable PARAMETERS;

    /// @notice How the filing of a lease stands.
    mapping(uint64 leaseId => Filing) private _filings;
    /// @notice Whether somebody reported a lease outside, and until when one may object.
    mapping(uint64 leaseId => Report) public reports;

    /// @notice `by` submitted the lease to the bureau.
    event FilingSubmitted(uint64 indexed leaseId, address indexed by, bool byTenant, bytes32 document);
    /// @notice `institution` gave back what was submitted; `reason` commits to why.
    event FilingReturned(uint64 indexed leaseId, uint32 indexed institution, bytes32 reason, address by);
    /// @notice `institution` filed the lease under a certificate, in place of one before.
    event LeaseFiled(uint64 indexed leaseId, uint32 indexed institution, bytes32 certificate, address by);
    /// @notice `institution` cancelled the certificate; `reason` commits to why. `pending` says that something submitted later
    /// still waits for the bureau, or was given back.
    event FilingCancelled(uint64 indexed leaseId, uint32 indexed institution, bytes32 reason, bool pending, address by);
    /// @notice `institution` found a lease outside of this record for the same place; it ends this one at `from`, UTC seconds,
    /// unless a party objects. `evidence` commits to what it saw.
    event OutsideLeaseReported(
        uint64 indexed leaseId, uint32 indexed institution, bytes32 evidence, uint48 from, address by
    );
    /// @notice A party objects to the report; `reason` commits to why.
    event OutsideLeaseContested(uint64 indexed leaseId, address indexed by, bytes32 reason);
    /// @notice The bureau took its report back.
    event OutsideLeaseWithdrawn(uint64 indexed leaseId, uint32 indexed institution, address by);

    /// @notice What is committed to is missing: a hash of zeros.
    error CommitmentMissing();
    /// @notice The filing can't go there from where it is.
    error FilingStateWrong(uint64 leaseId, State state);
    /// @notice The landlords still have time to submit it, until `day` (days since 1970-01-01 in Asia/Shanghai).
    error LandlordsSubmit(uint64 leaseId, uint32 day);
    /// @notice No report stands, or one that a party objected to; or one stands already.
    error ReportWrong(uint64 leaseId);
    /// @notice The report can't end the lease before `from`, UTC seconds.
    error ObjectionOpen(uint64 leaseId, uint48 from);

    constructor(address authority_, address leases, address parameters) CityContext(authority_) {
        LEASES = Leases(leases);
        UNITS = LEASES.UNITS();
        INSTITUTIONS = LEASES.INSTITUTIONS();
        PARAMETERS = Parameters(parameters);
    }

    /// @notice Submits a lease, or what changed of one that is filed. By the landlords' side; by a tenant once it let its time pass.
    /// @param document The salted commitment of what the bureau reads.
    function submitFiling(uint64 leaseId, bytes32 document) external {
        LeaseRecords.Lease memory lease = LEASES.recordOf(leaseId);
        if (lease.state == LeaseRecords.State.Lapsed) revert LeaseRecords.LeaseStateWrong(leaseId, lease.state);
        if (document == 0) revert CommitmentMissing();
        address by = _msgSender();
        bool byTenant = _requireSubmitter(leaseId, lease, by);
        Filing storage filing = _filings[leaseId];
        (filing.state, filing.byTenant, filing.document) = (State.Submitted, byTenant, document);
        emit FilingSubmitted(leaseId, by, byTenant, document);
    }

    /// @notice Files what was submitted. By the bureau.
    /// @param document What it read, so that nobody files what was exchanged meanwhile.
    /// @param certificate The salted commitment of the certificate.
    function fileLease(uint64 leaseId, bytes32 document, bytes32 certificate) external {
        uint32 institution = _requireBureau();
        Filing storage filing = _requireSubmitted(leaseId, document);
        if (certificate == 0) revert CommitmentMissing();
        (filing.state, filing.institution, filing.certificate) = (State.Filed, institution, certificate);
        emit LeaseFiled(leaseId, institution, certificate, _msgSender());
    }

    /// @notice Gives back what was submitted. A certificate in force stays. By the bureau.
    /// @param document What it read.
    /// @param reason The salted commitment of why.
    function returnFiling(uint64 leaseId, bytes32 document, bytes32 reason) external {
        uint32 institution = _requireBureau();
        Filing storage filing = _requireSubmitted(leaseId, document);
        if (reason == 0) revert CommitmentMissing();
        (filing.state, filing.institution) = (State.Returned, institution);
        emit FilingReturned(leaseId, institution, reason, _msgSender());
    }

    /// @notice Cancels the certificate in force. By the bureau; the lease itself stays as it is.
    /// @param reason The salted commitment of why.
    function cancelFiling(uint64 leaseId, bytes32 reason) external {
        uint32 institution = _requireBureau();
        Filing storage filing = _filings[leaseId];
        if (filing.certificate == 0) revert FilingStateWrong(leaseId, filing.state);
        if (reason == 0) revert CommitmentMissing();
        filing.certificate = 0;
        bool pending = filing.state != State.Filed;
        if (!pending) filing.state = State.Cancelled;
        filing.institution = institution;
        emit FilingCancelled(leaseId, institution, reason, pending, _msgSender());
    }

    /// @notice Reports a lease outside of this record for the same place and time. By the bureau, before keys are handed over.
    /// @param evidence The salted commitment of what it saw.
    function reportOutsideLease(uint64 leaseId, bytes32 evidence) external {
        uint32 institution = _requireBureau();
        _requirePending(leaseId);
        if (evidence == 0) revert CommitmentMissing();
        if (reports[leaseId].from != 0) revert ReportWrong(leaseId);
        uint48 from = uint48(block.timestamp) + OBJECTION_TIME;
        reports[leaseId].from = from;
        emit OutsideLeaseReported(leaseId, institution, evidence, from, _msgSender());
    }

    /// @notice Objects to a report: only a court ends the lease then. By a party.
    /// @param reason The salted commitment of why.
    function contestOutsideLease(uint64 leaseId, bytes32 reason) external {
        address by = _msgSender();
        if (!LEASES.isParty(leaseId, by)) revert LeaseRecords.NotAParty(by);
        Report storage report = _requireReport(leaseId);
        if (reason == 0) revert CommitmentMissing();
        report.contested = true;
        emit OutsideLeaseContested(leaseId, by, reason);
    }

    /// @notice Takes a report back. By the bureau.
    function withdrawOutsideLease(uint64 leaseId) external {
        uint32 institution = _requireBureau();
        if (reports[leaseId].from == 0) revert ReportWrong(leaseId);
        delete reports[leaseId];
        emit OutsideLeaseWithdrawn(leaseId, institution, _msgSender());
    }

    /// @notice Ends a lease for which a lease outside was reported and nobody objected: everything goes back. By anyone.
    function endForOutsideLease(uint64 leaseId) external {
        Report storage report = _requireReport(leaseId);
        if (block.timestamp < report.from) revert ObjectionOpen(leaseId, report.from);
        _requirePending(leaseId);
        delete reports[leaseId];
        LEASES.annul(leaseId, "outside");
    }

    /// @notice How the filing of a lease stands; all zeros for one that nobody submitted.
    function filingOf(uint64 leaseId) external view returns (Filing memory) {
        return _filings[leaseId];
    }

    function _requireSubmitter(uint64 leaseId, LeaseRecords.Lease memory lease, address by)
        private
        view
        returns (bool)
    {
        if (by == lease.payee) return false;
        address[] memory landlords = LEASES.landlordsOf(leaseId);
        for (uint256 i = 0; i < landlords.length; ++i) {
            if (landlords[i] == by) return false;
        }
        if (!LEASES.isParty(leaseId, by)) revert LeaseRecords.NotAParty(by);
        uint32 from = lease.fromDay + uint32(PARAMETERS.get(FILING_DAYS));
        if (UNITS.today() < from) revert LandlordsSubmit(leaseId, from);
        return true;
    }

    function _requireBureau() private view returns (uint32 institution) {
        return INSTITUTIONS.requireActing(_msgSender(), "housing", "file");
    }

    function _requireSubmitted(uint64 leaseId, bytes32 document) private view returns (Filing storage filing) {
        filing = _filings[leaseId];
        if (filing.state != State.Submitted || filing.document != document) {
            revert FilingStateWrong(leaseId, filing.state);
        }
    }

    function _requirePending(uint64 leaseId) private view {
        LeaseRecords.State state = LEASES.recordOf(leaseId).state;
        if (state != LeaseRecords.State.Signed && state != LeaseRecords.State.Funded) {
            revert LeaseRecords.LeaseStateWrong(leaseId, state);
        }
    }

    function _requireReport(uint64 leaseId) private view returns (Report storage report) {
        report = reports[leaseId];
        if (report.from == 0 || report.contested) revert ReportWrong(leaseId);
    }
}
// slither-disable-end timestamp
