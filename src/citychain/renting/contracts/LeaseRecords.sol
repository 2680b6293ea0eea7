// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {CityContext} from "@citychain/chain/contracts/CityContext.sol";
import {IInstitutions} from "@citychain/chain/contracts/IInstitutions.sol";
import {IEscrow} from "./IEscrow.sol";
import {ILeases} from "./ILeases.sol";
import {TitleRecords} from "./TitleRecords.sol";
import {Units} from "./Units.sol";

// slither-disable-start timestamp (terms are days; the block's time is the city's clock)

/// @title Leases as records
/// @notice What the chain knows of a lease. An end is a day, never a state: a lease runs while its keys were handed over and
/// its last day is ahead.
abstract contract LeaseRecords is ILeases, CityContext {
    /// @notice Signed by all, not paid; paid, keys not handed over; running or ended; without effect.
    enum State {
        None,
        Signed,
        Funded,
        Running,
        Lapsed
    }

    struct Lease {
        uint64 unitId;
        /// The lease under which this is a sublease; 0 for none.
        uint64 headLeaseId;
        uint32 fromDay;
        uint32 toDay;
        uint8 dueDay;
        uint8 advanceMonths;
        Track track;
        State state;
        uint64 rent;
        uint64 firstRent;
        uint64 deposit;
        uint64 lateFee;
        address deposits;
        uint48 fundBy;
        uint16 graceDays;
        /// Days before an ordinary notice ends the lease; 0 when there is none.
        uint16 noticeDays;
        address payee;
        uint32 decider;
        uint16 occupants;
        bool sublettable;
        address refundee;
        bytes32 termsHash;
    }

    /// @notice What can be let, by whom and when.
    Units public immutable UNITS;
    /// @notice What holds deposits and first rents.
    IEscrow public immutable ESCROW;
    /// @notice The register of institutions that says who may act.
    IInstitutions public immutable INSTITUTIONS;
    /// @notice The highest lease id in use. Ids are given from 1 on, without gaps.
    uint64 public lastLease;
    /// @notice Whether no new leases are concluded here.
    bool public retired;
    /// @notice The contract that follows a retired one; zero when none does.
    address public successor;

    mapping(uint64 leaseId => Lease) internal _leases;
    mapping(uint64 leaseId => address[]) internal _landlords;
    mapping(uint64 leaseId => address[]) internal _tenants;

    /// @notice The contract began to keep leases.
    event LeasesCreated(address units, address escrow, address institutions);
    /// @notice All have signed terms with this hash (LeaseOffers tells them).
    event LeaseOpened(uint64 indexed leaseId, uint64 indexed unitId, bytes32 indexed termsHash);
    /// @notice `sponsor` may be made to pay deposit and first rent of the lease, or no more.
    event SponsorChanged(uint64 indexed leaseId, address indexed sponsor, bool pays);
    /// @notice `payer` paid `amount` fen into escrow, and the place is the lease's from its first day on.
    event LeaseFunded(uint64 indexed leaseId, address indexed payer, uint256 amount, address by);
    /// @notice One side confirms the condition (salted commitment of the report, photos and meters).
    event ConditionConfirmed(uint64 indexed leaseId, address indexed account, bool byLandlord, bytes32 condition);
    /// @notice Both sides confirmed `condition`: the lease runs, and the first rent is the payee's.
    event HandedOver(uint64 indexed leaseId, bytes32 condition, address payee, uint64 firstRent);
    /// @notice The lease has no effect, for a `reason`: "unpaid", "no-handover", "agreed", "court".
    event LeaseLapsed(uint64 indexed leaseId, bytes32 reason);
    /// @notice The lease ends before `toDay`, by `way`: "notice", "agreed", "accepted", "decision", "court".
    event LeaseShortened(uint64 indexed leaseId, uint32 toDay, bytes32 way);
    /// @notice The lease goes on until before `toDay`.
    event LeaseExtended(uint64 indexed leaseId, uint32 toDay);
    /// @notice The landlords are others from now on, under `headLeaseId` or none (0), and rent goes to `payee`.
    event LandlordsChanged(uint64 indexed leaseId, uint64 headLeaseId, address[] landlords, address payee);
    /// @notice Rent goes to `payee` from now on.
    event PayeeChanged(uint64 indexed leaseId, address payee);
    /// @notice The deposit goes back to `refundee`.
    event RefundeeChanged(uint64 indexed leaseId, address refundee);
    /// @notice `by` stands in the place of `account` from now on; then who stands on the sides, is paid and refunded.
    event AccountReplaced(
        uint64 indexed leaseId,
        address indexed account,
        address by,
        address[] landlords,
        address[] tenants,
        address payee,
        address refundee
    );
    /// @notice No new leases from now on.
    event Retired(address successor);

    /// @notice There is no such lease.
    error LeaseUnknown(uint64 leaseId);
    /// @notice The lease is in a state in which this can't be done.
    error LeaseStateWrong(uint64 leaseId, State state);
    /// @notice Only accounts of the lease, or of the side concerned, may do this or have it done.
    error NotAParty(address account);
    /// @notice The account stands in the lease already, or is nobody's.
    error AlreadyAParty(address account);
    /// @notice The lease could be paid for until before `fundBy` (UTC seconds).
    error FundingOver(uint48 fundBy);
    /// @notice The account is neither a tenant nor a sponsor of the lease.
    error NotAPayer(address account);
    /// @notice Keys could be handed over until before this day.
    error HandoverOver(uint32 day);
    /// @notice The condition's commitment is missing.
    error ConditionMissing();
    /// @notice The lease can still be paid for, or its keys handed over.
    error NotLapsed(uint64 leaseId);
    /// @notice The day is past, outside of the lease, or no change.
    error DayInvalid(uint32 toDay);

    constructor(address authority_, address units, address escrow) CityContext(authority_) {
        UNITS = Units(units);
        ESCROW = IEscrow(escrow);
        INSTITUTIONS = UNITS.TITLES().INSTITUTIONS();
        emit LeasesCreated(units, escrow, address(INSTITUTIONS));
    }

    modifier whileInUse() {
        if (retired) revert TitleRecords.ContractRetired(successor);
        _;
    }

    /// @notice Concludes no more leases, for good. By the council's administration; what was concluded goes on to its end.
    function retire(address successor_) external restricted whileInUse {
        retired = true;
        // slither-disable-next-line missing-zero-check (zero says that nothing follows)
        successor = successor_;
        emit Retired(successor_);
    }

    /// @inheritdoc ILeases
    function leaseOf(uint64 leaseId) external view returns (LeaseView memory view_) {
        Lease storage lease = _known(leaseId);
        view_.fromDay = lease.fromDay;
        view_.toDay = lease.toDay;
        view_.dueDay = lease.dueDay;
        view_.rent = lease.rent;
        view_.firstRent = lease.firstRent;
        view_.deposit = lease.deposit;
        view_.graceDays = lease.graceDays;
        view_.lateFee = lease.lateFee;
        view_.advanceMonths = lease.advanceMonths;
        view_.deposits = lease.deposits;
        view_.payee = lease.payee;
        view_.refundee = lease.refundee;
        view_.decider = lease.decider;
        view_.track = lease.track;
        view_.handedOver = lease.state == State.Running;
        view_.endingAt = uint48(lease.toDay) * 1 days - 8 hours;
        view_.ending = view_.handedOver && block.timestamp >= view_.endingAt;
        view_.landlords = _landlords[leaseId];
        view_.tenants = _tenants[leaseId];
    }

    /// @notice Who signed as landlords, or took their side over.
    function landlordsOf(uint64 leaseId) external view returns (address[] memory landlords) {
        return _landlords[leaseId];
    }

    /// @notice Who signed as tenants, or was put in their place.
    function tenantsOf(uint64 leaseId) external view returns (address[] memory tenants) {
        return _tenants[leaseId];
    }

    /// @notice Both sides at once.
    function partiesOf(uint64 leaseId) external view returns (address[] memory landlords, address[] memory tenants) {
        return (_landlords[leaseId], _tenants[leaseId]);
    }

    /// @notice The record of a lease.
    function recordOf(uint64 leaseId) external view returns (Lease memory lease) {
        return _known(leaseId);
    }

    /// @notice Whether an account stands in the lease: as landlord, payee or tenant.
    function isParty(uint64 leaseId, address account) public view returns (bool) {
        return account == _leases[leaseId].payee || _contains(_landlords[leaseId], account)
            || _contains(_tenants[leaseId], account);
    }

    function _known(uint64 leaseId) internal view returns (Lease storage lease) {
        lease = _leases[leaseId];
        if (lease.state == State.None) revert LeaseUnknown(leaseId);
    }

    function _require(uint64 leaseId, State state) internal view returns (Lease storage lease) {
        lease = _known(leaseId);
        if (lease.state != state) revert LeaseStateWrong(leaseId, lease.state);
    }

    /// @dev A lease whose keys were handed over and whose last day isn't past.
    function _requireRunning(uint64 leaseId) internal view returns (Lease storage lease) {
        lease = _require(leaseId, State.Running);
        if (lease.toDay <= UNITS.today()) revert LeaseStateWrong(leaseId, lease.state);
    }

    function _contains(address[] memory accounts, address account) internal pure returns (bool) {
        for (uint256 i = 0; i < accounts.length; ++i) {
            if (accounts[i] == account) return true;
        }
        return false;
    }
}
// slither-disable-end timestamp
