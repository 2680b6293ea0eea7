// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IInstitutions} from "@citychain/chain/contracts/IInstitutions.sol";
import {TitleRecords} from "./TitleRecords.sol";

// slither-disable-start timestamp (terms are days; the block's time is the city's clock)

/// @title Mortgages and seizures of titles
/// @notice A registrar records a mortgage for a bank; that bank (scope "mortgage") or a court releases it. A court
/// (scope "order") seizes a title under a case and until a time, extends and releases its seizure. A seizure stops
/// every transfer, mortgage and reversal at once; a mortgage stops transfers that its bank hasn't agreed to, and follows
/// the title. Both end by themselves at their date, without a transaction.
/// @dev A title carries a bounded number of each, counted apart, so that mortgages can't crowd out a court. Case numbers
/// are public for ever: a court whose judgments are published writes a salted commitment of the number.
abstract contract Encumbrances is TitleRecords {
    /// @notice None is one that never was or was released.
    enum EncumbranceKind {
        None,
        Mortgage,
        Seizure
    }

    struct Encumbrance {
        EncumbranceKind kind;
        /// The bank, or the court.
        uint32 institution;
        uint48 validFrom;
        uint48 validUntil;
        uint64 titleId;
        /// A commitment of the mortgage contract, or the case number.
        bytes32 ref;
    }

    /// @notice Mortgages, and seizures, that one title carries at a time.
    uint256 public constant MAX_ENCUMBRANCES = 8;
    /// @notice Seizures by one court that one title carries at a time: no court alone can keep the others out.
    uint256 public constant MAX_SEIZURES_OF_COURT = 4;
    /// @notice The longest time for which a seizure may be ordered or extended, counted from that order: three years, the
    /// limit for immovables in the Supreme People's Court's interpretation of the Civil Procedure Law.
    uint256 public constant MAX_SEIZURE_TIME = 3 * 366 days;

    uint64 private _lastEncumbrance;
    mapping(uint64 encumbranceId => Encumbrance) private _encumbrances;
    mapping(uint256 titleId => uint64[]) private _mortgages;
    mapping(uint256 titleId => uint64[]) private _seizures;

    /// @notice The title secures a claim of `bank` until before `validUntil` (UTC seconds).
    event MortgageRecorded(
        uint64 indexed encumbranceId,
        uint256 indexed titleId,
        uint32 indexed bank,
        bytes32 ref,
        uint48 validFrom,
        uint48 validUntil
    );
    /// @notice The mortgage is over, by the bank, or by a court under `caseNumber` (0 when by the bank).
    event MortgageReleased(uint64 indexed encumbranceId, uint256 indexed titleId, uint32 by, bytes32 caseNumber);
    /// @notice The court seized the title until before `validUntil` (UTC seconds).
    event SeizureOrdered(
        uint64 indexed encumbranceId,
        uint256 indexed titleId,
        uint32 indexed court,
        bytes32 caseNumber,
        uint48 validFrom,
        uint48 validUntil
    );
    /// @notice The seizure now lasts until before `validUntil`.
    event SeizureExtended(uint64 indexed encumbranceId, uint256 indexed titleId, uint48 validUntil);
    /// @notice The court ended its seizure.
    event SeizureReleased(uint64 indexed encumbranceId, uint256 indexed titleId);

    /// @notice The encumbrance never was, was released, or has ended.
    error EncumbranceNotInForce(uint64 encumbranceId);
    /// @notice The title carries `MAX_ENCUMBRANCES` of this kind. Have one released first.
    error TooManyEncumbrances(uint256 titleId);
    /// @notice The title carries `MAX_SEIZURES_OF_COURT` of this court. Release one first.
    error TooManySeizuresOfCourt(uint256 titleId, uint32 court);
    /// @notice A mortgage begins now or began before. The time must end after it begins, in the future, later than before, and a seizure within
    /// `MAX_SEIZURE_TIME`.
    error PeriodInvalid(uint48 validFrom, uint48 validUntil);
    /// @notice A mortgage must name its contract.
    error ReferenceMissing();
    /// @notice The encumbrance is another institution's, whose duties the sender's institution doesn't carry.
    error NotThisHolder(uint32 institution, uint32 holder);
    /// @notice A court seized the title. Wait until the seizure ends, or apply to that court.
    error TitleSeized(uint256 titleId, uint64 encumbranceId);

    /// @notice Records a mortgage of `bank`; an open transfer ends. By the title's registrar, who has seen the owners'
    /// agreement.
    function recordMortgage(uint256 titleId, uint32 bank, bytes32 ref, uint48 validFrom, uint48 validUntil)
        external
        whileInUse
        returns (uint64 encumbranceId)
    {
        _requireRegistrarOf(titleId);
        if (INSTITUTIONS.kindOf(bank) != "bank") revert IInstitutions.WrongKind(bank, "bank");
        if (!INSTITUTIONS.isActive(bank)) revert IInstitutions.NotActive(bank);
        if (ref == 0) revert ReferenceMissing();
        if (validFrom > block.timestamp || validUntil <= validFrom || validUntil <= block.timestamp) {
            revert PeriodInvalid(validFrom, validUntil);
        }
        _requireNotSeized(titleId, 0);
        _cancelOpenTransfer(titleId);
        encumbranceId = _add(_mortgages[titleId], EncumbranceKind.Mortgage, titleId, bank, ref, validFrom, validUntil);
        emit MortgageRecorded(encumbranceId, titleId, bank, ref, validFrom, validUntil);
    }

    /// @notice Ends a mortgage. By its bank.
    function releaseMortgage(uint64 encumbranceId) external whileInUse {
        uint32 bank = _requireMortgagee(encumbranceId);
        _releaseMortgage(encumbranceId, bank, 0);
    }

    /// @notice Ends a mortgage in place of its bank. By a court.
    function orderMortgageRelease(uint64 encumbranceId, bytes32 caseNumber) external whileInUse {
        uint32 court = _requireCourt();
        if (caseNumber == 0) revert CaseNumberMissing();
        _requireInForce(encumbranceId, EncumbranceKind.Mortgage);
        _releaseMortgage(encumbranceId, court, caseNumber);
    }

    /// @notice Seizes a title under `caseNumber` until before `validUntil`, at once. By a court.
    function seize(uint256 titleId, bytes32 caseNumber, uint48 validUntil)
        external
        whileInUse
        returns (uint64 encumbranceId)
    {
        uint32 court = _requireCourt();
        _requireRegistered(titleId);
        if (caseNumber == 0) revert CaseNumberMissing();
        uint48 validFrom = uint48(block.timestamp);
        _requireSeizureEnd(validFrom, validUntil);
        _requireRoomForCourt(titleId, court);
        encumbranceId =
            _add(_seizures[titleId], EncumbranceKind.Seizure, titleId, court, caseNumber, validFrom, validUntil);
        emit SeizureOrdered(encumbranceId, titleId, court, caseNumber, validFrom, validUntil);
    }

    /// @notice Lets a seizure in force end later. By its court.
    function extendSeizure(uint64 encumbranceId, uint48 validUntil) external whileInUse {
        Encumbrance storage seizure = _requireOwnSeizure(encumbranceId);
        _requireSeizureEnd(seizure.validUntil, validUntil);
        seizure.validUntil = validUntil;
        emit SeizureExtended(encumbranceId, seizure.titleId, validUntil);
    }

    /// @notice Ends a seizure in force. By its court.
    function releaseSeizure(uint64 encumbranceId) external whileInUse {
        uint256 titleId = _requireOwnSeizure(encumbranceId).titleId;
        _remove(_seizures[titleId], encumbranceId);
        emit SeizureReleased(encumbranceId, titleId);
    }

    /// @notice The encumbrances of a title that have not ended, mortgages first, each by age.
    function encumbrancesOf(uint256 titleId)
        external
        view
        returns (uint64[] memory encumbranceIds, Encumbrance[] memory encumbrances)
    {
        uint64[] memory mortgages = _inForce(_mortgages[titleId]);
        uint64[] memory seizures = _inForce(_seizures[titleId]);
        encumbranceIds = new uint64[](mortgages.length + seizures.length);
        encumbrances = new Encumbrance[](encumbranceIds.length);
        for (uint256 i = 0; i < encumbranceIds.length; ++i) {
            encumbranceIds[i] = i < mortgages.length ? mortgages[i] : seizures[i - mortgages.length];
            encumbrances[i] = _encumbrances[encumbranceIds[i]];
        }
    }

    /// @notice Whether a seizure of the title is in force.
    function isSeized(uint256 titleId) external view returns (bool seized) {
        return _inForce(_seizures[titleId]).length != 0;
    }

    /// @dev Ends the open transfer, if there is one, also a lapsed one.
    function _cancelOpenTransfer(uint256 titleId) internal virtual;

    /// @dev `exceptCourt`: whose own seizures don't count; 0 for none.
    function _requireNotSeized(uint256 titleId, uint32 exceptCourt) internal view {
        uint64[] memory seizures = _inForce(_seizures[titleId]);
        for (uint256 i = 0; i < seizures.length; ++i) {
            // slither-disable-next-line calls-loop (at most MAX_ENCUMBRANCES, to a contract of the city)
            if (exceptCourt == 0 || INSTITUTIONS.dutyHolder(_encumbrances[seizures[i]].institution) != exceptCourt) {
                revert TitleSeized(titleId, seizures[i]);
            }
        }
    }

    function _mortgagesInForce(uint256 titleId) internal view returns (uint64[] memory encumbranceIds) {
        return _inForce(_mortgages[titleId]);
    }

    /// @dev The sender must act for the bank of a mortgage in force.
    function _requireMortgagee(uint64 encumbranceId) internal view returns (uint32 bank) {
        bank = INSTITUTIONS.requireActing(_msgSender(), "bank", "mortgage");
        _requireInForce(encumbranceId, EncumbranceKind.Mortgage);
        _requireHolder(encumbranceId, bank);
    }

    function _titleOfEncumbrance(uint64 encumbranceId) internal view returns (uint256 titleId) {
        return _encumbrances[encumbranceId].titleId;
    }

    function _requireOwnSeizure(uint64 encumbranceId) private view returns (Encumbrance storage seizure) {
        uint32 court = _requireCourt();
        _requireInForce(encumbranceId, EncumbranceKind.Seizure);
        _requireHolder(encumbranceId, court);
        return _encumbrances[encumbranceId];
    }

    function _requireHolder(uint64 encumbranceId, uint32 institution) private view {
        uint32 holder = _encumbrances[encumbranceId].institution;
        if (institution != INSTITUTIONS.dutyHolder(holder)) revert NotThisHolder(institution, holder);
    }

    function _requireInForce(uint64 encumbranceId, EncumbranceKind kind) private view {
        Encumbrance storage encumbrance = _encumbrances[encumbranceId];
        if (encumbrance.kind != kind || encumbrance.validUntil <= block.timestamp) {
            revert EncumbranceNotInForce(encumbranceId);
        }
    }

    function _requireSeizureEnd(uint48 after_, uint48 validUntil) private view {
        if (validUntil <= after_ || validUntil > block.timestamp + MAX_SEIZURE_TIME) {
            revert PeriodInvalid(after_, validUntil);
        }
    }

    function _requireRoomForCourt(uint256 titleId, uint32 court) private view {
        uint64[] memory seizures = _inForce(_seizures[titleId]);
        uint256 own = 0;
        for (uint256 i = 0; i < seizures.length; ++i) {
            // slither-disable-next-line incorrect-equality (numbers of institutions)
            if (_encumbrances[seizures[i]].institution == court) ++own;
        }
        if (own >= MAX_SEIZURES_OF_COURT) revert TooManySeizuresOfCourt(titleId, court);
    }

    function _releaseMortgage(uint64 encumbranceId, uint32 by, bytes32 caseNumber) private {
        uint256 titleId = _encumbrances[encumbranceId].titleId;
        _remove(_mortgages[titleId], encumbranceId);
        emit MortgageReleased(encumbranceId, titleId, by, caseNumber);
    }

    function _add(
        uint64[] storage list,
        EncumbranceKind kind,
        uint256 titleId,
        uint32 institution,
        bytes32 ref,
        uint48 validFrom,
        uint48 validUntil
    ) private returns (uint64 encumbranceId) {
        for (uint256 i = 0; i < list.length;) {
            if (_encumbrances[list[i]].validUntil <= block.timestamp) _cut(list, i);
            else ++i;
        }
        if (list.length == MAX_ENCUMBRANCES) revert TooManyEncumbrances(titleId);
        encumbranceId = ++_lastEncumbrance;
        list.push(encumbranceId);
        // the cast is safe: title ids are counted up from 1
        _encumbrances[encumbranceId] = Encumbrance(kind, institution, validFrom, validUntil, uint64(titleId), ref);
    }

    function _remove(uint64[] storage list, uint64 encumbranceId) private {
        uint256 index = 0;
        while (list[index] != encumbranceId) ++index;
        _cut(list, index);
        delete _encumbrances[encumbranceId];
    }

    /// @dev Keeps the order by age.
    function _cut(uint64[] storage list, uint256 index) private {
        for (uint256 i = index + 1; i < list.length; ++i) {
            list[i - 1] = list[i];
        }
        list.pop();
    }

    function _inForce(uint64[] storage list) private view returns (uint64[] memory encumbranceIds) {
        uint64[] memory found = new uint64[](list.length);
        uint256 count = 0;
        for (uint256 i = 0; i < found.length; ++i) {
            if (_encumbrances[list[i]].validUntil > block.timestamp) found[count++] = list[i];
        }
        encumbranceIds = new uint64[](count);
        for (uint256 i = 0; i < count; ++i) {
            encumbranceIds[i] = found[i];
        }
    }
}
// slither-disable-end timestamp
