// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {CityContext} from "@citychain/chain/contracts/CityContext.sol";
import {Authority} from "@citychain/chain/contracts/Authority.sol";
import {Parameters} from "@citychain/chain/contracts/Parameters.sol";
import {IInstitutions} from "@citychain/chain/contracts/IInstitutions.sol";
import {Deposits} from "@citychain/money/contracts/Deposits.sol";
import {ILeases} from "./ILeases.sol";
import {LeaseRecords} from "./LeaseRecords.sol";
import {Leases} from "./Leases.sol";
import {Letting} from "./Letting.sol";
import {RentSchedule} from "./RentSchedule.sol";
import {Units} from "./Units.sol";

// slither-disable-start timestamp (terms are days; the block's time is the city's clock)

/// @title LeaseOffers: the terms of a lease, signed by everybody
/// @notice Landlords and tenants sign the same EIP-712 struct; who has all signatures concludes the lease, and nobody changes
/// a term after that. What the law leaves to the city (deposits, advances, fees, notice) is bounded by Parameters, with other
/// numbers for operators: who sublets, or signs with a key of an institution.
///
/// It keeps nothing but which terms were used, and is replaced by giving its role in the Authority to another: signatures are
/// for one contract, so those that weren't used end with it.
contract LeaseOffers is CityContext, EIP712 {
    struct Terms {
        uint64 unitId;
        /// The lease under which this is a sublease; 0 for none.
        uint64 headLeaseId;
        /// Who signs as landlords and as tenants, in rising order, nobody twice.
        address[] landlords;
        address[] tenants;
        /// An owner of the title (under a head lease, the operator), who receives rent; never an agent.
        address payee;
        /// The tenant to whom the deposit goes back.
        address refundee;
        /// People who will live there.
        uint16 occupants;
        /// Days since 1970-01-01 in Asia/Shanghai, `toDay` not among them.
        uint32 fromDay;
        uint32 toDay;
        /// Fen for a calendar month, and the day of the month on which it is due (1 to 31; a shorter month's last day).
        uint64 rent;
        uint8 dueDay;
        /// Fen.
        uint64 deposit;
        /// Days after the due day before a late fee may be claimed, and the most fen of it for one month.
        uint16 graceDays;
        uint64 lateFee;
        /// Days of an ordinary notice; 0 when the lease can't be ended by notice.
        uint16 noticeDays;
        /// Whether the tenant, who is then one account, may sublet.
        bool sublettable;
        /// The bank's contract of deposits.
        address deposits;
        ILeases.Track track;
        /// The institution that decides, or mediates.
        uint32 decider;
        /// Salted commitments of the house rules, the inventory and the whole text.
        bytes32 houseRules;
        bytes32 inventory;
        bytes32 text;
        /// Until before when the lease can be concluded (UTC seconds).
        uint48 offerDeadline;
        bytes32 salt;
    }

    /// @notice Where leases are recorded.
    Leases public immutable LEASES;
    /// @notice What can be let, by whom and when.
    Units public immutable UNITS;
    /// @notice The register of institutions that says who may act.
    IInstitutions public immutable INSTITUTIONS;
    /// @notice The city's numbers.
    Parameters public immutable PARAMETERS;

    /// @notice The lease that was concluded on these terms; 0 when none was.
    mapping(bytes32 termsHash => uint64 leaseId) public leaseOfTerms;

    /// @notice Accounts on one side of a lease.
    uint256 public constant MAX_PARTIES = 16;
    /// @notice The longest time for which an offer may stand.
    uint48 public constant MAX_OFFER_TIME = 90 days;
    /// @notice How long after its offer ends a signed lease may be paid for.
    uint48 public constant FUND_TIME = 7 days;
    /// @notice Months that may be paid ahead, whatever the parameter says.
    uint256 public constant MAX_ADVANCE = 24;
    /// @notice Parameters: the greatest deposit, in months of rent; rent that may be paid ahead, in months; the greatest late fee
    /// for a month, per cent of its rent; the shortest notice, in days. For operators, with "lease.operator." before the name.
    bytes32 public constant DEPOSIT_MONTHS = "lease.deposit-months";
    bytes32 public constant ADVANCE_MONTHS = "lease.advance-months";
    bytes32 public constant LATE_PERCENT = "lease.late-percent";
    bytes32 public constant NOTICE_DAYS = "lease.notice-days";
    bytes32 public constant OPERATOR_DEPOSIT_MONTHS = "lease.operator.deposit-months";
    bytes32 public constant OPERATOR_ADVANCE_MONTHS = "lease.operator.advance-months";
    bytes32 public constant OPERATOR_LATE_PERCENT = "lease.operator.late-percent";
    bytes32 public constant OPERATOR_NOTICE_DAYS = "lease.operator.notice-days";

    bytes32 private constant TERMS_TYPEHASH = keccak256(
        "Terms(uint64 unitId,uint64 headLeaseId,address[] landlords,address[] tenants,address payee,address refundee,uint16 occupants,uint32 fromDay,uint32 toDay,uint64 rent,uint8 dueDay,uint64 deposit,uint16 graceDays,uint64 lateFee,uint16 noticeDays,bool sublettable,address deposits,uint8 track,uint32 decider,bytes32 houseRules,bytes32 inventory,bytes32 text,uint48 offerDeadline,bytes32 salt)"
    );

    /// @notice All have signed. `firstRent` fen are due with the deposit until before `fundBy`; up to `advanceMonths` may be paid
    /// ahead.
    event LeaseSigned(
        uint64 indexed leaseId,
        uint64 indexed unitId,
        bytes32 indexed termsHash,
        Terms terms,
        uint64 firstRent,
        uint8 advanceMonths,
        uint48 fundBy,
        address by
    );

    /// @notice The term breaks a rule of the struct or of the city. `field` names it.
    error TermInvalid(bytes32 field);
    /// @notice The term is above what the city allows.
    error TermAboveMost(bytes32 field, uint256 most);
    /// @notice The term is below what the city allows.
    error TermBelowLeast(bytes32 field, uint256 least);
    /// @notice The signature isn't that of `account` on these terms, or one is missing.
    error SignatureInvalid(address account);
    /// @notice A lease was concluded on these very terms already.
    error TermsUsed(uint64 leaseId);
    /// @notice The offer ended.
    error OfferOver(uint48 offerDeadline);

    constructor(address authority_, address leases, address parameters)
        CityContext(authority_)
        EIP712("citychain leases", "1")
    {
        LEASES = Leases(leases);
        UNITS = LEASES.UNITS();
        INSTITUTIONS = LEASES.INSTITUTIONS();
        PARAMETERS = Parameters(parameters);
    }

    /// @notice What landlords and tenants sign.
    function termsHash(Terms calldata terms) public view returns (bytes32 digest) {
        return _hashTypedDataV4(keccak256(bytes.concat(_place(terms), _money(terms), _rest(terms))));
    }

    /// @notice Concludes a lease on which all have signed. By anyone, before the offer ends.
    /// @param signatures Of the landlords, then of the tenants, in the order of the terms; ECDSA or ERC-1271.
    function conclude(Terms calldata terms, bytes[] calldata signatures) external returns (uint64 leaseId) {
        bytes32 hash = termsHash(terms);
        if (leaseOfTerms[hash] != 0) revert TermsUsed(leaseOfTerms[hash]);
        if (block.timestamp >= terms.offerDeadline) revert OfferOver(terms.offerDeadline);
        if (terms.offerDeadline > block.timestamp + MAX_OFFER_TIME) revert TermInvalid("offerDeadline");
        _requireParties(terms);
        _requireSignatures(terms, hash, signatures);
        _requirePlace(terms);
        _requireInstitutions(terms);
        LeaseRecords.Lease memory lease = _recordOf(terms, hash, _requireMoney(terms));
        // slither-disable-next-line reentrancy-no-eth,reentrancy-events (Leases calls nobody; a signer's contract was asked before, by static calls)
        leaseId = LEASES.open(lease, terms.landlords, terms.tenants);
        leaseOfTerms[hash] = leaseId;
        emit LeaseSigned(
            leaseId, terms.unitId, hash, terms, lease.firstRent, lease.advanceMonths, lease.fundBy, _msgSender()
        );
    }

    function _recordOf(Terms calldata terms, bytes32 hash, uint8 advanceMonths)
        private
        pure
        returns (LeaseRecords.Lease memory lease)
    {
        (lease.unitId, lease.headLeaseId) = (terms.unitId, terms.headLeaseId);
        (lease.fromDay, lease.toDay, lease.dueDay) = (terms.fromDay, terms.toDay, terms.dueDay);
        (lease.advanceMonths, lease.track) = (advanceMonths, terms.track);
        (lease.rent, lease.deposit, lease.lateFee) = (terms.rent, terms.deposit, terms.lateFee);
        // the cast is safe: a part of a month's rent
        lease.firstRent = uint64(
            RentSchedule.amountOf(RentSchedule.Schedule(terms.rent, terms.dueDay, terms.fromDay, terms.toDay), 0)
        );
        if (lease.firstRent == 0) revert TermInvalid("rent");
        (lease.deposits, lease.fundBy) = (terms.deposits, terms.offerDeadline + FUND_TIME);
        (lease.graceDays, lease.noticeDays) = (terms.graceDays, terms.noticeDays);
        (lease.payee, lease.refundee, lease.decider) = (terms.payee, terms.refundee, terms.decider);
        (lease.occupants, lease.sublettable, lease.termsHash) = (terms.occupants, terms.sublettable, hash);
    }

    function _requireAccounts(address[] calldata accounts, bytes32 field) private pure {
        if (accounts.length == 0 || accounts.length > MAX_PARTIES) revert TermInvalid(field);
        for (uint256 i = 1; i < accounts.length; ++i) {
            if (accounts[i - 1] >= accounts[i]) revert TermInvalid(field);
        }
    }

    function _requireParties(Terms calldata terms) private pure {
        _requireAccounts(terms.landlords, "landlords");
        _requireAccounts(terms.tenants, "tenants");
        for (uint256 i = 0; i < terms.tenants.length; ++i) {
            address tenant = terms.tenants[i];
            if (tenant == terms.payee || _contains(terms.landlords, tenant)) revert TermInvalid("tenants");
        }
        if (!_contains(terms.tenants, terms.refundee)) revert TermInvalid("refundee");
        if (terms.sublettable && (terms.tenants.length != 1 || terms.headLeaseId != 0)) {
            revert TermInvalid("sublettable");
        }
    }

    function _requireSignatures(Terms calldata terms, bytes32 hash, bytes[] calldata signatures) private view {
        uint256 count = terms.landlords.length;
        for (uint256 i = 0; i < count + terms.tenants.length; ++i) {
            address account = i < count ? terms.landlords[i] : terms.tenants[i - count];
            if (i >= signatures.length || !SignatureChecker.isValidSignatureNow(account, hash, signatures[i])) {
                revert SignatureInvalid(account);
            }
        }
    }

    function _requirePlace(Terms calldata terms) private view {
        if (terms.fromDay < UNITS.today()) revert TermInvalid("fromDay");
        if (terms.toDay <= terms.fromDay || terms.toDay - terms.fromDay > UNITS.MAX_DAYS()) {
            revert TermInvalid("toDay");
        }
        Letting.requireLandlords(UNITS, terms.unitId, terms.headLeaseId, terms.landlords, terms.payee);
        if (terms.occupants == 0) revert TermInvalid("occupants");
        Letting.requireOccupants(UNITS, terms.unitId, terms.occupants);
    }

    /// @dev The bank and the decider exist, are of the kind that the terms need, and are active.
    function _requireInstitutions(Terms calldata terms) private view {
        if (!Authority(authority()).isTarget(terms.deposits)) revert TermInvalid("deposits");
        try Deposits(terms.deposits).BANK() returns (uint32 bank) {
            bank = INSTITUTIONS.dutyHolder(bank);
            if (!INSTITUTIONS.isActive(bank)) revert IInstitutions.NotActive(bank);
        } catch {
            revert TermInvalid("deposits");
        }
        bytes32 kind = terms.track == ILeases.Track.Adjudication
            ? bytes32("adjudicator")
            : terms.track == ILeases.Track.Arbitration ? bytes32("arbitrator") : bytes32("mediator");
        if (INSTITUTIONS.kindOf(terms.decider) != kind) revert IInstitutions.WrongKind(terms.decider, kind);
        if (!INSTITUTIONS.isActive(terms.decider)) revert IInstitutions.NotActive(terms.decider);
    }

    function _requireMoney(Terms calldata terms) private view returns (uint8 advanceMonths) {
        if (terms.rent == 0 || terms.rent >= 2 ** 63) revert TermInvalid("rent");
        if (terms.dueDay == 0 || terms.dueDay > 31) revert TermInvalid("dueDay");
        if (terms.graceDays > 366) revert TermAboveMost("graceDays", 366);
        bool operator = _isOperator(terms);
        uint256 rent = terms.rent;
        uint256 most = rent * PARAMETERS.get(operator ? OPERATOR_DEPOSIT_MONTHS : DEPOSIT_MONTHS);
        // the escrow takes the deposit and at most a month's rent at once
        if (most > 2 ** 63 - 1 - rent) most = 2 ** 63 - 1 - rent;
        if (terms.deposit > most) revert TermAboveMost("deposit", most);
        most = (rent * PARAMETERS.get(operator ? OPERATOR_LATE_PERCENT : LATE_PERCENT)) / 100;
        if (terms.lateFee > most) revert TermAboveMost("lateFee", most);
        uint256 least = PARAMETERS.get(operator ? OPERATOR_NOTICE_DAYS : NOTICE_DAYS);
        if (terms.noticeDays != 0 && terms.noticeDays < least) revert TermBelowLeast("noticeDays", least);
        uint256 months = PARAMETERS.get(operator ? OPERATOR_ADVANCE_MONTHS : ADVANCE_MONTHS);
        // the cast is safe: see MAX_ADVANCE
        return uint8(months < MAX_ADVANCE ? months : MAX_ADVANCE);
    }

    function _contains(address[] calldata accounts, address account) private pure returns (bool) {
        for (uint256 i = 0; i < accounts.length; ++i) {
            if (accounts[i] == account) return true;
        }
        return false;
    }

    function _isOperator(Terms calldata terms) private view returns (bool) {
        if (terms.headLeaseId != 0) return true;
        for (uint256 i = 0; i < terms.landlords.length; ++i) {
            // slither-disable-next-line calls-loop (bounded by MAX_PARTIES)
            if (INSTITUTIONS.institutionOf(terms.landlords[i]) != 0) return true;
        }
        return INSTITUTIONS.institutionOf(terms.payee) != 0;
    }

    function _place(Terms calldata terms) private pure returns (bytes memory) {
        return abi.encode(
            TERMS_TYPEHASH,
            terms.unitId,
            terms.headLeaseId,
            keccak256(abi.encodePacked(terms.landlords)),
            keccak256(abi.encodePacked(terms.tenants)),
            terms.payee,
            terms.refundee,
            terms.occupants,
            terms.fromDay
        );
    }

    function _money(Terms calldata terms) private pure returns (bytes memory) {
        return abi.encode(
            terms.toDay,
            terms.rent,
            terms.dueDay,
            terms.deposit,
            terms.graceDays,
            terms.lateFee,
            terms.noticeDays,
            terms.sublettable
        );
    }

    function _rest(Terms calldata terms) private pure returns (bytes memory) {
        return abi.encode(
            terms.deposits,
            uint8(terms.track),
            terms.decider,
            terms.houseRules,
            terms.inventory,
            terms.text,
            terms.offerDeadline,
            terms.salt
        );
    }
}
// slither-disable-end timestamp
