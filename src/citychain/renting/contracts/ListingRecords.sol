// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {CityContext} from "@citychain/chain/contracts/CityContext.sol";
import {DepositAccounts} from "@citychain/money/contracts/DepositAccounts.sol";
import {IUnits} from "./IUnits.sol";
import {TitleRecords} from "./TitleRecords.sol";
import {TitleTransfers} from "./TitleTransfers.sol";
import {Titles} from "./Titles.sol";
import {UnitCalendar} from "./UnitCalendar.sol";
import {Units} from "./Units.sol";

// slither-disable-start timestamp (terms are days; the block's time is the city's clock)
// slither-disable-start calls-loop (Titles and Units are the city's own; a title has 16 owners and a unit 64 parts at most)

/// @title The records of offers to let, and what makes one inactive
/// @notice Each offer is judged anew by every look at it: Units and Titles say whether its place, its title and its lister
/// still bear it out.
abstract contract ListingRecords is CityContext {
    /// @notice An offer that is Active here may be inactive all the same: see `faultOf`.
    enum ListingState {
        None,
        Active,
        Withdrawn,
        Closed
    }

    /// @notice What is offered, besides the place.
    struct Offer {
        /// In fen a month.
        uint64 rent;
        /// In fen; may be 0.
        uint64 deposit;
        /// The first day on which a lease may begin, in days since 1970-01-01 in Asia/Shanghai.
        uint32 earliestDay;
        /// For how many months at least and at most.
        uint16 shortestMonths;
        uint16 longestMonths;
        /// Until before when the offer stands, UTC seconds.
        uint48 validUntil;
        /// What an agent asks of the tenant, in fen; 0 from who lets in person.
        uint64 agentFee;
        /// The salted commitment of the agent's licence; 0 from who lets in person.
        bytes32 licence;
        /// The salted commitment of the description.
        bytes32 description;
    }

    struct Listing {
        uint64 unitId;
        /// The lease under which its operator offers; 0 when the owners do.
        uint64 headLeaseId;
        address lister;
        ListingState state;
        Offer offer;
    }

    /// @notice How long an offer stands at most without being prolonged.
    uint256 public constant MAX_OFFER_TIME = 180 days;
    /// @notice How many days ahead the first day of an offer may lie.
    uint256 public constant MAX_AHEAD = 366;
    /// @notice The longest lease in months: twenty years (Civil Code, article 705).
    uint256 public constant MAX_MONTHS = 240;

    /// @notice The places that are offered.
    Units public immutable UNITS;
    /// @notice The titles that they are under.
    Titles public immutable TITLES;

    /// @notice Whether changes have stopped for good.
    bool public retired;
    /// @notice The contract that follows a retired one; zero when none does.
    address public successor;
    /// @notice The highest listing id in use. Ids are given from 1 on, without gaps.
    uint64 public lastListing;
    /// @notice The newest offer of a unit, whatever its state; 0 when there never was one.
    mapping(uint64 unitId => uint64 listingId) public listingOf;

    mapping(uint64 listingId => Listing) internal _listings;

    /// @notice The contract began to keep offers of places in `units`.
    event ListingsCreated(address units);
    /// @notice Nothing changes here from now on, and no offer is active.
    event Retired(address successor);

    /// @notice Rent is more than nothing.
    error RentMissing();
    /// @notice A lease begins today at the earliest, and within `MAX_AHEAD` days.
    error EarliestDayInvalid(uint32 earliestDay);
    /// @notice The shortest time is a month at least, and no longer than the longest, which is `MAX_MONTHS` at most.
    error MonthsInvalid(uint16 shortestMonths, uint16 longestMonths);
    /// @notice An offer ends in the future, within `MAX_OFFER_TIME`.
    error OfferTimeInvalid(uint48 validUntil);
    /// @notice Who offers for others without owning the home is an agent, and shows a commitment of their licence.
    error LicenceMissing();
    /// @notice An owner or operator offers in person: no licence, and no fee.
    error NotAnAgent();

    constructor(address authority_, address units) CityContext(authority_) {
        UNITS = Units(units);
        TITLES = Units(units).TITLES();
        emit ListingsCreated(units);
    }

    modifier whileInUse() {
        if (retired) revert TitleRecords.ContractRetired(successor);
        _;
    }

    /// @notice Ends every change here for good. By the council's administration; `successor_` may be zero.
    function retire(address successor_) external restricted whileInUse {
        retired = true;
        // slither-disable-next-line missing-zero-check (zero says that nothing follows)
        successor = successor_;
        emit Retired(successor_);
    }

    /// @notice The record of an offer; zeros when it never was.
    function offerOf(uint64 listingId) external view returns (Listing memory listing) {
        return _listings[listingId];
    }

    /// @notice Whether the unit is offered now, and could be let by this offer's lister from its first day on.
    function isActive(uint64 unitId) external view returns (bool active) {
        return faultOf(listingOf[unitId]) == 0;
    }

    /// @notice Why an offer is not active, in ASCII; 0 while it is: "unknown", "withdrawn", "closed", "retired" (this contract
    /// or Units), "expired", "unit" (no longer confirmed), "title" (no longer registered), "seized" (by a court), "let" (on its
    /// first day, or today after that), "lister" (may offer it no more: the title was transferred, a mandate or head lease ended).
    function faultOf(uint64 listingId) public view returns (bytes32 reason) {
        Listing storage listing = _listings[listingId];
        if (listing.state == ListingState.None) return "unknown";
        if (listing.state == ListingState.Withdrawn) return "withdrawn";
        if (listing.state == ListingState.Closed) return "closed";
        if (retired) return "retired";
        if (block.timestamp >= listing.offer.validUntil) return "expired";
        reason = _placeFault(listing.unitId, listing.headLeaseId, listing.offer.earliestDay);
        if (reason == 0 && !_mayOffer(listing)) return "lister";
    }

    function _add(Listing memory listing) internal returns (uint64 listingId) {
        listingId = ++lastListing;
        _listings[listingId] = listing;
        listingOf[listing.unitId] = listingId;
    }

    /// @dev What keeps the place from being offered, whoever offers it; 0 for nothing.
    function _placeFault(uint64 unitId, uint64 headLeaseId, uint32 earliestDay) internal view returns (bytes32 reason) {
        if (UNITS.retired()) return "retired";
        IUnits.Unit memory unit = UNITS.unitOf(unitId);
        if (unit.state != IUnits.UnitState.Confirmed) return "unit";
        if (TITLES.titleOf(unit.titleId).state != TitleRecords.TitleState.Registered) return "title";
        if (TITLES.isSeized(unit.titleId)) return "seized";
        uint32 day = UNITS.today();
        if (day < earliestDay) day = earliestDay;
        for (uint64 above = unit.parent; above != 0; above = UNITS.unitOf(above).parent) {
            if (_isLet(above, headLeaseId, day)) return "let";
        }
        if (_isLetBelow(unitId, headLeaseId, day)) return "let";
    }

    /// @dev Reverts by name unless the account may offer the unit now. Whether it does so in person, not as an agent.
    function _requireLister(uint64 unitId, uint64 headLeaseId, address account) internal view returns (bool inPerson) {
        if (headLeaseId != 0) {
            UNITS.requireConsents(unitId, headLeaseId, _alone(account));
            return true;
        }
        address missing;
        (missing, inPerson) = _consents(unitId, account);
        if (missing != address(0)) revert TitleTransfers.ConsentMissing(missing);
    }

    function _requireOffer(Offer calldata offer, bool inPerson) internal view {
        _requirePrice(offer.rent, offer.deposit);
        _requireAmount(offer.agentFee);
        uint256 today = UNITS.today();
        if (offer.earliestDay < today || offer.earliestDay > today + MAX_AHEAD) {
            revert EarliestDayInvalid(offer.earliestDay);
        }
        (uint16 shortest, uint16 longest) = (offer.shortestMonths, offer.longestMonths);
        if (shortest == 0 || shortest > longest || longest > MAX_MONTHS) revert MonthsInvalid(shortest, longest);
        _requireTime(offer.validUntil);
        if (offer.description == 0) revert TitleRecords.CommitmentMissing();
        if (inPerson && (offer.licence != 0 || offer.agentFee != 0)) revert NotAnAgent();
        if (!inPerson && offer.licence == 0) revert LicenceMissing();
    }

    function _requirePrice(uint64 rent, uint64 deposit) internal pure {
        if (rent == 0) revert RentMissing();
        _requireAmount(rent);
        _requireAmount(deposit);
    }

    function _requireTime(uint48 validUntil) internal view {
        if (validUntil <= block.timestamp || validUntil > block.timestamp + MAX_OFFER_TIME) {
            revert OfferTimeInvalid(validUntil);
        }
    }

    /// @dev Whether the account owns a share of the unit's title without which it can't be let.
    function _mustConsent(uint64 unitId, address account) internal view returns (bool) {
        TitleRecords.Owner[] memory owners = TITLES.ownersOf(UNITS.unitOf(unitId).titleId);
        for (uint256 i = 0; i < owners.length; ++i) {
            if (owners[i].account == account) return owners[i].mustConsent;
        }
        return false;
    }

    function _mayOffer(Listing storage listing) private view returns (bool) {
        if (listing.headLeaseId == 0) {
            (address missing,) = _consents(listing.unitId, listing.lister);
            return missing == address(0);
        }
        try UNITS.requireConsents(listing.unitId, listing.headLeaseId, _alone(listing.lister)) {
            return true;
        } catch {
            return false;
        }
    }

    /// @dev The first owner who must consent and didn't let the account offer, zero when all did; whether it owns itself.
    function _consents(uint64 unitId, address account) private view returns (address missing, bool owns) {
        uint256 titleId = UNITS.unitOf(unitId).titleId;
        TitleRecords.Owner[] memory owners = TITLES.ownersOf(titleId);
        for (uint256 i = 0; i < owners.length; ++i) {
            TitleRecords.Owner memory owner = owners[i];
            if (owner.account == account) {
                owns = true;
            } else if (missing == address(0) && owner.mustConsent) {
                if (!UNITS.actsFor(titleId, owner.account, account, "list")) missing = owner.account;
            }
        }
    }

    function _isLetBelow(uint64 unitId, uint64 headLeaseId, uint32 day) private view returns (bool) {
        if (_isLet(unitId, headLeaseId, day)) return true;
        uint64[] memory parts = UNITS.partsOf(unitId);
        for (uint256 i = 0; i < parts.length; ++i) {
            if (_isLetBelow(parts[i], headLeaseId, day)) return true;
        }
        return false;
    }

    /// @dev Whether a lease other than the head lease has this very unit on the day.
    function _isLet(uint64 unitId, uint64 headLeaseId, uint32 day) private view returns (bool) {
        UnitCalendar.Occupation[] memory list = UNITS.occupationsOf(unitId);
        for (uint256 i = 0; i < list.length; ++i) {
            if (list[i].leaseId != headLeaseId && list[i].fromDay <= day && day < list[i].toDay) return true;
        }
        return false;
    }

    function _alone(address account) private pure returns (address[] memory accounts) {
        accounts = new address[](1);
        accounts[0] = account;
    }

    function _requireAmount(uint64 amount) private pure {
        if (amount >= 2 ** 63) revert DepositAccounts.AmountTooLarge(amount);
    }
}
// slither-disable-end calls-loop
// slither-disable-end timestamp
