// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {LeaseRecords} from "./LeaseRecords.sol";
import {Letting} from "./Letting.sol";

// slither-disable-start timestamp (terms are days; the block's time is the city's clock)

/// @title Leases: the record of what landlords and tenants agreed, from signatures to the last day
/// @notice A signed lease takes effect when somebody pays the deposit and the first rent into escrow, whole, and the place is
/// still free and still its landlords' to let. It runs once each side has confirmed the same condition of the home; the first
/// rent is then the payee's. A lease that nobody pays for or whose keys aren't handed over lapses, and everything goes back.
///
/// Who may do what. LeaseOffers records a lease that all signed, LeaseChanges writes what parties agree and deciders decide,
/// both by roles of the Authority. Anyone has a lease paid for by a tenant or a sponsor, and has one lapse whose time is over.
/// An account of each side confirms the handover. The council's administration retires the contract.
///
/// What it does not do. It holds no money (see Escrow), keeps no names or texts (only salted commitments), opens no doors, and
/// filing with the housing bureau is no condition of anything here (Civil Code 706). Rent is in Rents, what becomes of the
/// deposit after the end in Settlements.
///
/// How it is replaced. `retire` ends new leases; those that were concluded go on here to their end.
contract Leases is LeaseRecords {
    /// @notice How many days after the first one keys can still be handed over.
    uint32 public constant HANDOVER_DAYS = 14;

    /// @notice Who let the escrow take deposit and first rent of a lease from their account, though no tenant of it.
    mapping(uint64 leaseId => mapping(address account => bool)) public sponsors;

    /// @dev What each side confirmed last about the condition.
    mapping(uint64 leaseId => mapping(bool byLandlord => bytes32)) private _conditions;

    constructor(address authority_, address units, address escrow) LeaseRecords(authority_, units, escrow) {}

    /// @notice Records a lease that all have signed. By LeaseOffers, which has checked everything.
    function open(Lease calldata terms, address[] calldata landlords, address[] calldata tenants)
        external
        restricted
        whileInUse
        returns (uint64 leaseId)
    {
        leaseId = ++lastLease;
        Lease storage lease = _leases[leaseId];
        _leases[leaseId] = terms;
        lease.state = State.Signed;
        _landlords[leaseId] = landlords;
        _tenants[leaseId] = tenants;
        emit LeaseOpened(leaseId, terms.unitId, terms.termsHash);
    }

    /// @notice Says that the sender pays deposit and first rent of a lease though no tenant of it, or takes that back. They also
    /// let the escrow spend as much at the lease's bank.
    function sponsor(uint64 leaseId, bool pays) external {
        _known(leaseId);
        sponsors[leaseId][_msgSender()] = pays;
        emit SponsorChanged(leaseId, _msgSender(), pays);
    }

    /// @notice Takes deposit and first rent from `payer` into escrow and the place for the lease; both or nothing. By anyone:
    /// the payer is a tenant or a sponsor, and has let the escrow spend as much (by `approve`, or a permit that anybody hands in).
    function fund(uint64 leaseId, address payer) external {
        Lease storage lease = _require(leaseId, State.Signed);
        if (block.timestamp >= lease.fundBy) revert FundingOver(lease.fundBy);
        if (!sponsors[leaseId][payer] && !_contains(_tenants[leaseId], payer)) revert NotAPayer(payer);
        Letting.requireLandlords(UNITS, lease.unitId, lease.headLeaseId, _landlords[leaseId], lease.payee);
        Letting.requireOccupants(UNITS, lease.unitId, lease.occupants);
        lease.state = State.Funded;
        uint256 amount = uint256(lease.deposit) + lease.firstRent;
        emit LeaseFunded(leaseId, payer, amount, _msgSender());
        address operator = lease.sublettable ? _tenants[leaseId][0] : address(0);
        UNITS.occupy(lease.unitId, leaseId, lease.headLeaseId, operator, lease.fromDay, lease.toDay);
        ESCROW.take(leaseId, lease.deposits, payer, amount);
    }

    /// @notice Confirms the condition of the home as the keys are handed over. By an account of each side, until `HANDOVER_DAYS`
    /// after the first day; the lease runs once both confirmed the same. Not while a court keeps its money.
    function confirmHandover(uint64 leaseId, bytes32 condition) external {
        Lease storage lease = _require(leaseId, State.Funded);
        uint32 last = lease.fromDay + HANDOVER_DAYS;
        if (UNITS.today() >= last) revert HandoverOver(last);
        if (condition == 0) revert ConditionMissing();
        address account = _msgSender();
        bool byLandlord = account == lease.payee || _contains(_landlords[leaseId], account);
        if (!byLandlord && !_contains(_tenants[leaseId], account)) revert NotAParty(account);
        _conditions[leaseId][byLandlord] = condition;
        emit ConditionConfirmed(leaseId, account, byLandlord, condition);
        if (_conditions[leaseId][!byLandlord] != condition) return;
        lease.state = State.Running;
        emit HandedOver(leaseId, condition, lease.payee, lease.firstRent);
        ESCROW.award(leaseId, lease.payee, lease.firstRent);
    }

    /// @notice Ends a lease that nobody paid for, or whose keys weren't handed over, in time. By anyone.
    function lapse(uint64 leaseId) external {
        Lease storage lease = _known(leaseId);
        uint32 today = UNITS.today();
        if (lease.state == State.Signed) {
            if (block.timestamp < lease.fundBy && today <= lease.fromDay) revert NotLapsed(leaseId);
            _lapse(leaseId, lease, "unpaid");
        } else {
            if (lease.state != State.Funded) revert LeaseStateWrong(leaseId, lease.state);
            if (today < lease.fromDay + HANDOVER_DAYS) revert NotLapsed(leaseId);
            _lapse(leaseId, lease, "no-handover");
        }
    }

    /// @notice Ends a lease whose keys weren't handed over, for a `reason`. By LeaseChanges.
    function annul(uint64 leaseId, bytes32 reason) external restricted {
        Lease storage lease = _known(leaseId);
        if (lease.state != State.Signed && lease.state != State.Funded) revert LeaseStateWrong(leaseId, lease.state);
        _lapse(leaseId, lease, reason);
    }

    /// @notice Credits the tenant with everything that escrow holds for a lease without effect. By anyone; it happens by itself
    /// unless a court keeps it at that time.
    function refund(uint64 leaseId) public {
        Lease storage lease = _require(leaseId, State.Lapsed);
        ESCROW.award(leaseId, lease.refundee, ESCROW.heldOf(leaseId));
    }

    /// @notice Lets a running lease end before `toDay`, by a `way`. By LeaseChanges, which has checked the day against who wants
    /// it; here it is at least today, in the lease and before its present end.
    function shorten(uint64 leaseId, uint32 toDay, bytes32 way) external restricted {
        Lease storage lease = _requireRunning(leaseId);
        if (toDay < UNITS.today() || toDay < lease.fromDay || toDay >= lease.toDay) revert DayInvalid(toDay);
        lease.toDay = toDay;
        emit LeaseShortened(leaseId, toDay, way);
        UNITS.vacate(lease.unitId, leaseId, toDay);
    }

    /// @notice Lets a running lease go on until before `toDay`, if the place is free and still its landlords' to let. By
    /// LeaseChanges.
    function extend(uint64 leaseId, uint32 toDay) external restricted {
        Lease storage lease = _requireRunning(leaseId);
        if (toDay <= lease.toDay || toDay - lease.fromDay > UNITS.MAX_DAYS()) revert DayInvalid(toDay);
        Letting.requireLandlords(UNITS, lease.unitId, lease.headLeaseId, _landlords[leaseId], lease.payee);
        uint32 from = UNITS.today();
        if (from < lease.fromDay) from = lease.fromDay;
        lease.toDay = toDay;
        emit LeaseExtended(leaseId, toDay);
        // the operator that Units knows, also when another account stands in its place here
        address operator = lease.sublettable ? UNITS.operatorOf(leaseId) : address(0);
        UNITS.vacate(lease.unitId, leaseId, from);
        UNITS.occupy(lease.unitId, leaseId, lease.headLeaseId, operator, from, toDay);
    }

    /// @notice Puts others in the landlords' place, under `headLeaseId` or none. By LeaseChanges.
    function changeLandlords(uint64 leaseId, uint64 headLeaseId, address[] calldata landlords, address payee)
        external
        restricted
    {
        Lease storage lease = _known(leaseId);
        if (lease.state != State.Funded && lease.state != State.Running) {
            revert LeaseStateWrong(leaseId, lease.state);
        }
        Letting.requireLandlords(UNITS, lease.unitId, headLeaseId, landlords, payee);
        (lease.headLeaseId, lease.payee) = (headLeaseId, payee);
        _landlords[leaseId] = landlords;
        emit LandlordsChanged(leaseId, headLeaseId, landlords, payee);
    }

    /// @notice Names another payee, of the landlords' side. By LeaseChanges.
    function changePayee(uint64 leaseId, address payee) external restricted {
        Lease storage lease = _known(leaseId);
        Letting.requireLandlords(UNITS, lease.unitId, lease.headLeaseId, _landlords[leaseId], payee);
        lease.payee = payee;
        emit PayeeChanged(leaseId, payee);
    }

    /// @notice Names another tenant to whom the deposit goes back. By LeaseChanges.
    function changeRefundee(uint64 leaseId, address refundee) external restricted {
        Lease storage lease = _known(leaseId);
        if (!_contains(_tenants[leaseId], refundee)) revert NotAParty(refundee);
        lease.refundee = refundee;
        emit RefundeeChanged(leaseId, refundee);
    }

    /// @notice Puts `by` in the place of an account of the lease, which isn't one of its accounts yet. By LeaseChanges.
    function replaceAccount(uint64 leaseId, address account, address by) external restricted {
        Lease storage lease = _known(leaseId);
        if (!isParty(leaseId, account)) revert NotAParty(account);
        if (by == address(0) || isParty(leaseId, by)) revert AlreadyAParty(by);
        _replace(_landlords[leaseId], account, by);
        _replace(_tenants[leaseId], account, by);
        if (lease.payee == account) lease.payee = by;
        if (lease.refundee == account) lease.refundee = by;
        emit AccountReplaced(leaseId, account, by, _landlords[leaseId], _tenants[leaseId], lease.payee, lease.refundee);
    }

    function _lapse(uint64 leaseId, Lease storage lease, bytes32 reason) private {
        bool paid = lease.state == State.Funded;
        lease.state = State.Lapsed;
        emit LeaseLapsed(leaseId, reason);
        if (!paid) return;
        UNITS.vacate(lease.unitId, leaseId, 0);
        if (!ESCROW.isHeldForCourt(leaseId) && ESCROW.heldOf(leaseId) != 0) refund(leaseId);
    }

    function _replace(address[] storage accounts, address account, address by) private {
        for (uint256 i = 0; i < accounts.length; ++i) {
            if (accounts[i] == account) accounts[i] = by;
        }
    }
}
// slither-disable-end timestamp
