// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {TitleRecords} from "./TitleRecords.sol";
import {TitleTransfers} from "./TitleTransfers.sol";

/// @title The titles of homes
/// @notice Which homes are registered, to whom, in which shares, and what burdens them. A title is an ERC-721 token that
/// its holder can't move; its deed (village, use, area, full address, number) is a document that the registrar signs
/// and the holder shows to whom they choose, and of which only a salted commitment and the town's code stand here.
///
/// Who may do what. A registrar (a key with the scope "titles") registers; the registrar that keeps a title, or carries
/// that one's duties, corrects its deed, undoes its own registration within thirty days as long as nobody else has owned
/// or holds a right in the title, records mortgages and carries transfers out (TitleTransfers). Owners and banks consent.
/// Courts seize and release (Encumbrances), undo a registration at any time, and order who owns a title: that is also how
/// a wrong transfer is undone and how an owner who lost their key comes back to their title. The council's administration
/// retires the contract.
///
/// What it does not do. It can't know whether two deeds describe one home: that is the registrar's to see, and to reverse.
/// It keeps no names, no prices and no money. An owner should use another account for each title, so that nobody
/// reads their wealth off the chain.
///
/// How it is replaced. `retire` stops every change while reading goes on. Titles, owners and encumbrances then stand as
/// they are for anyone to read; registrars register each in the successor with the same owners and deed, courts and
/// banks their rights, and every holder can compare, and show there what stands here.
contract Titles is TitleTransfers {
    struct Registration {
        uint32 townCode;
        bytes32 commitment;
        Owner[] owners;
    }

    /// @notice Titles in one call of `registerMany`: what fits the forwarder's limit of 8 kB of calldata.
    uint256 public constant MAX_BATCH = 20;

    /// @notice How long a registrar may undo a registration alone. Errors of the counter show in the first weeks; after
    /// that an owner may rely on the record, and a court decides.
    uint256 public constant REVERSAL_TIME = 30 days;

    /// @notice The highest title id in use. Ids are given from 1 on, without gaps.
    uint256 public lastTitle;

    /// @notice A title was registered, as version 1.
    event TitleRegistered(
        uint256 indexed titleId, uint32 indexed townCode, uint32 indexed registrar, bytes32 commitment, Owner[] owners
    );
    /// @notice The title's deed is `commitment` now, for the reason named.
    event TitleCorrected(
        uint256 indexed titleId, uint32 indexed townCode, bytes32 commitment, bytes32 reason, uint32 version
    );
    /// @notice The registration was wrong and is undone, by its registrar, or by a court under the case `reason`.
    event RegistrationReversed(uint256 indexed titleId, uint32 indexed by, bytes32 reason);
    /// @notice A court ordered that the title belongs to `owners` under the deed `commitment`.
    event OwnershipOrdered(
        uint256 indexed titleId,
        uint32 indexed court,
        bytes32 caseNumber,
        Owner[] owners,
        bytes32 commitment,
        uint32 version
    );

    /// @notice More titles than `MAX_BATCH`, or none. Split the call.
    error BatchInvalid(uint256 length);
    /// @notice The title has passed to others since its registration: only a court can undo that.
    error AlreadyTransferred(uint256 titleId);
    /// @notice The registration is older than `REVERSAL_TIME`: only a court can undo it now.
    error ReversalTimeOver(uint256 titleId, uint48 until);
    /// @notice A bank or a court holds a right in the title. It must be released first.
    error TitleEncumbered(uint256 titleId, uint64 encumbranceId);

    constructor(address authority_, address institutions) TitleRecords(authority_, institutions) {}

    /// @notice Registers a home. By a registrar, who keeps the title from now on.
    /// @param owners The representative first; shares in basis points that sum to 10,000.
    function register(uint32 townCode, bytes32 commitment, Owner[] calldata owners)
        external
        whileInUse
        returns (uint256 titleId)
    {
        return _register(_requireRegistrar(), townCode, commitment, owners);
    }

    /// @notice Registers several homes, or none if one is refused.
    function registerMany(Registration[] calldata registrations) external whileInUse {
        uint32 registrar = _requireRegistrar();
        if (registrations.length == 0 || registrations.length > MAX_BATCH) revert BatchInvalid(registrations.length);
        for (uint256 i = 0; i < registrations.length; ++i) {
            _register(registrar, registrations[i].townCode, registrations[i].commitment, registrations[i].owners);
        }
    }

    /// @notice Puts another deed in the place of one that was wrong. Owners stay; events keep the earlier deed; an open
    /// transfer ends. By the title's registrar, while no bank or court holds a right in the title.
    function correct(uint256 titleId, bytes32 newCommitment, uint32 townCode, bytes32 reason) external whileInUse {
        _requireRegistrarOf(titleId);
        _requireTownCode(townCode);
        if (reason == 0) revert ReasonMissing();
        _requireUnburdened(titleId);
        uint32 version = _setDeed(titleId, newCommitment);
        _titles[titleId].townCode = townCode;
        _cancelOpenTransfer(titleId);
        emit TitleCorrected(titleId, townCode, newCommitment, reason, version);
    }

    /// @notice Undoes a registration that should not have been. By the title's registrar, within `REVERSAL_TIME`, while
    /// the first owners own the title and no bank or court holds a right in it.
    function reverseRegistration(uint256 titleId, bytes32 reason) external whileInUse {
        uint32 registrar = _requireRegistrarOf(titleId);
        if (reason == 0) revert ReasonMissing();
        Title storage title = _titles[titleId];
        if (title.transferred) revert AlreadyTransferred(titleId);
        uint48 until = title.registeredAt + uint48(REVERSAL_TIME);
        // slither-disable-next-line timestamp (the term is days; the block's time is the city's clock)
        if (block.timestamp >= until) revert ReversalTimeOver(titleId, until);
        _requireUnburdened(titleId);
        _reverse(titleId, registrar, reason);
    }

    /// @notice Undoes a registration at any time, such as the second one of one home. By a court; other courts' seizures
    /// and every mortgage must be released first.
    function orderReversal(uint256 titleId, bytes32 caseNumber) external whileInUse {
        uint32 court = _requireCourt();
        _requireRegistered(titleId);
        if (caseNumber == 0) revert CaseNumberMissing();
        _requireNotSeized(titleId, court);
        _requireNoMortgage(titleId);
        _reverse(titleId, court, caseNumber);
    }

    /// @notice Orders who owns a title, without their consent; mortgages stay, an open transfer ends. By a court; another
    /// court's seizure must be lifted first.
    function orderOwnership(uint256 titleId, bytes32 caseNumber, Owner[] calldata owners, bytes32 newCommitment)
        external
        whileInUse
    {
        uint32 court = _requireCourt();
        _requireRegistered(titleId);
        if (caseNumber == 0) revert CaseNumberMissing();
        _requireNotSeized(titleId, court);
        _titles[titleId].transferred = true;
        uint32 version = _setDeed(titleId, newCommitment);
        _cancelOpenTransfer(titleId);
        _setOwners(titleId, owners);
        emit OwnershipOrdered(titleId, court, caseNumber, owners, newCommitment, version);
    }

    /// @dev A court or a bank relies on what the deed says: it must release its right first.
    function _requireUnburdened(uint256 titleId) private view {
        _requireNotSeized(titleId, 0);
        _requireNoMortgage(titleId);
    }

    function _requireNoMortgage(uint256 titleId) private view {
        uint64[] memory mortgages = _mortgagesInForce(titleId);
        if (mortgages.length != 0) revert TitleEncumbered(titleId, mortgages[0]);
    }

    function _reverse(uint256 titleId, uint32 by, bytes32 reason) private {
        _titles[titleId].state = TitleState.Cancelled;
        _cancelOpenTransfer(titleId);
        _removeOwners(titleId);
        emit RegistrationReversed(titleId, by, reason);
    }

    function _register(uint32 registrar, uint32 townCode, bytes32 commitment, Owner[] calldata owners)
        private
        returns (uint256 titleId)
    {
        _requireTownCode(townCode);
        titleId = ++lastTitle;
        _setDeed(titleId, commitment);
        Title storage title = _titles[titleId];
        title.townCode = townCode;
        title.registrar = registrar;
        title.state = TitleState.Registered;
        title.registeredAt = uint48(block.timestamp);
        _setOwners(titleId, owners);
        emit Locked(titleId);
        emit TitleRegistered(titleId, townCode, registrar, commitment, owners);
    }
}
