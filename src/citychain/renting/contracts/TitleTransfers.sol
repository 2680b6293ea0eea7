// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Encumbrances} from "./Encumbrances.sol";

// slither-disable-start timestamp (terms are days; the block's time is the city's clock)

/// @title How a title passes to other owners by agreement
/// @notice The registrar opens a transfer to new owners under a new deed. Each present owner who must consent, each new
/// owner, and the bank of each mortgage consents with their own key; then the registrar completes it, before the
/// deadline, unless a court has seized the title. The registrar, a present owner who must consent and a new owner can
/// cancel it. One transfer of a title is open at a time; past its deadline it has lapsed, without a transaction. A
/// correction, a new mortgage or a court's order over ownership cancels it, because the consents were given to other facts.
abstract contract TitleTransfers is Encumbrances {
    struct OpenTransfer {
        uint64 transferId;
        uint48 deadline;
        bytes32 newCommitment;
        Owner[] newOwners;
    }

    /// @notice The longest time that a transfer may stay open.
    uint256 public constant MAX_TRANSFER_TIME = 366 days;

    uint64 private _lastTransfer;
    mapping(uint256 titleId => OpenTransfer) private _transfers;
    mapping(uint64 transferId => mapping(address account => bool)) private _consents;
    mapping(uint64 transferId => mapping(uint64 encumbranceId => bool)) private _mortgageeConsents;

    /// @notice The title is to pass to `newOwners` under the deed `newCommitment`, until before `deadline` (UTC seconds).
    event TransferOpened(
        uint256 indexed titleId, uint64 indexed transferId, Owner[] newOwners, bytes32 newCommitment, uint48 deadline
    );
    /// @notice A present or new owner agreed.
    event TransferConsented(uint256 indexed titleId, uint64 indexed transferId, address indexed account);
    /// @notice The bank of a mortgage agreed.
    event MortgageeConsented(
        uint256 indexed titleId, uint64 indexed transferId, uint64 indexed encumbranceId, uint32 bank
    );
    /// @notice The transfer is off, by `by` or by a change of the title that `by` made.
    event TransferCancelled(uint256 indexed titleId, uint64 indexed transferId, address by);
    /// @notice The title belongs to `owners` under the deed `commitment`.
    event TitleTransferred(
        uint256 indexed titleId, uint64 indexed transferId, Owner[] owners, bytes32 commitment, uint32 version
    );

    /// @notice Another transfer of the title is open. Complete or cancel it, or wait until its deadline.
    error TransferAlreadyOpen(uint256 titleId, uint64 transferId);
    /// @notice This transfer isn't the open one: it never was, is complete, was cancelled or replaced.
    error TransferNotOpen(uint256 titleId, uint64 transferId);
    /// @notice The deadline has passed. Ask the registrar to open a new transfer.
    error TransferLapsed(uint256 titleId, uint64 transferId);
    /// @notice The deadline is past, or more than `MAX_TRANSFER_TIME` ahead.
    error DeadlineInvalid(uint48 deadline);
    /// @notice The account neither must consent as a present owner nor is a new owner.
    error NotAParty(address account);
    /// @notice This party consented already.
    error AlreadyConsented(uint64 transferId);
    /// @notice The transfer waits for this owner's consent.
    error ConsentMissing(address account);
    /// @notice The transfer waits for the consent of the bank of this mortgage, or for its release.
    error MortgageeConsentMissing(uint64 encumbranceId);

    /// @notice Opens a transfer. By the title's registrar.
    /// @param newCommitment The salted commitment of the new deed, in force when the transfer completes.
    function openTransfer(uint256 titleId, Owner[] calldata newOwners, bytes32 newCommitment, uint48 deadline)
        external
        whileInUse
        returns (uint64 transferId)
    {
        _requireRegistrarOf(titleId);
        OpenTransfer storage transfer = _transfers[titleId];
        if (transfer.transferId != 0 && block.timestamp < transfer.deadline) {
            revert TransferAlreadyOpen(titleId, transfer.transferId);
        }
        _requireOwners(newOwners);
        _requireNewDeed(newCommitment);
        if (deadline <= block.timestamp || deadline > block.timestamp + MAX_TRANSFER_TIME) {
            revert DeadlineInvalid(deadline);
        }
        transferId = ++_lastTransfer;
        delete _transfers[titleId];
        transfer.transferId = transferId;
        transfer.deadline = deadline;
        transfer.newCommitment = newCommitment;
        for (uint256 i = 0; i < newOwners.length; ++i) {
            transfer.newOwners.push(newOwners[i]);
        }
        emit TransferOpened(titleId, transferId, newOwners, newCommitment, deadline);
    }

    /// @notice Agrees to the open transfer. By a present owner who must consent, or by a new owner; who is both, once.
    function consentToTransfer(uint256 titleId, uint64 transferId) external whileInUse {
        _requireOpen(titleId, transferId);
        address account = _msgSender();
        if (!_isParty(titleId, account)) revert NotAParty(account);
        if (_consents[transferId][account]) revert AlreadyConsented(transferId);
        _consents[transferId][account] = true;
        emit TransferConsented(titleId, transferId, account);
    }

    /// @notice Agrees that a mortgaged title passes on, with its mortgage. By the bank of the mortgage.
    function consentAsMortgagee(uint256 titleId, uint64 transferId, uint64 encumbranceId) external whileInUse {
        uint32 bank = _requireMortgagee(encumbranceId);
        _requireOpen(titleId, transferId);
        if (_titleOfEncumbrance(encumbranceId) != titleId) revert EncumbranceNotInForce(encumbranceId);
        if (_mortgageeConsents[transferId][encumbranceId]) revert AlreadyConsented(transferId);
        _mortgageeConsents[transferId][encumbranceId] = true;
        emit MortgageeConsented(titleId, transferId, encumbranceId, bank);
    }

    /// @notice Gives the title to its new owners. By the title's registrar, when all have consented.
    function completeTransfer(uint256 titleId, uint64 transferId) external whileInUse {
        _requireRegistrarOf(titleId);
        _requireOpen(titleId, transferId);
        _requireNotSeized(titleId, 0);
        OpenTransfer memory transfer = _transfers[titleId];
        _requireConsents(transferId, ownersOf(titleId), false);
        _requireConsents(transferId, transfer.newOwners, true);
        uint64[] memory mortgages = _mortgagesInForce(titleId);
        for (uint256 i = 0; i < mortgages.length; ++i) {
            if (!_mortgageeConsents[transferId][mortgages[i]]) revert MortgageeConsentMissing(mortgages[i]);
        }
        delete _transfers[titleId];
        _titles[titleId].transferred = true;
        uint32 version = _setDeed(titleId, transfer.newCommitment);
        _setOwners(titleId, transfer.newOwners);
        emit TitleTransferred(titleId, transferId, transfer.newOwners, transfer.newCommitment, version);
    }

    /// @notice Ends the open transfer. By the title's registrar, a present owner who must consent, or a new owner.
    function cancelTransfer(uint256 titleId, uint64 transferId) external whileInUse {
        _requireOpen(titleId, transferId);
        if (!_isParty(titleId, _msgSender())) _requireRegistrarOf(titleId);
        _cancelOpenTransfer(titleId);
    }

    /// @notice The transfer opened last and neither complete nor cancelled; zeros when there is none. It has lapsed when its
    /// deadline is past.
    function transferOf(uint256 titleId) external view returns (OpenTransfer memory transfer) {
        return _transfers[titleId];
    }

    /// @notice Whether `account` consented to the transfer.
    function hasConsented(uint64 transferId, address account) external view returns (bool consented) {
        return _consents[transferId][account];
    }

    /// @notice Whether the bank of the mortgage consented to the transfer.
    function mortgageeHasConsented(uint64 transferId, uint64 encumbranceId) external view returns (bool consented) {
        return _mortgageeConsents[transferId][encumbranceId];
    }

    /// @inheritdoc Encumbrances
    function _cancelOpenTransfer(uint256 titleId) internal override {
        uint64 transferId = _transfers[titleId].transferId;
        if (transferId == 0) return;
        delete _transfers[titleId];
        emit TransferCancelled(titleId, transferId, _msgSender());
    }

    function _requireOpen(uint256 titleId, uint64 transferId) private view {
        OpenTransfer storage transfer = _transfers[titleId];
        if (transferId == 0 || transfer.transferId != transferId) revert TransferNotOpen(titleId, transferId);
        if (block.timestamp >= transfer.deadline) revert TransferLapsed(titleId, transferId);
    }

    /// @dev New owners all consent, present owners those who must.
    function _requireConsents(uint64 transferId, Owner[] memory owners, bool all) private view {
        for (uint256 i = 0; i < owners.length; ++i) {
            if ((all || owners[i].mustConsent) && !_consents[transferId][owners[i].account]) {
                revert ConsentMissing(owners[i].account);
            }
        }
    }

    function _isParty(uint256 titleId, address account) private view returns (bool) {
        Owner[] memory owners = ownersOf(titleId);
        for (uint256 i = 0; i < owners.length; ++i) {
            if (owners[i].account == account && owners[i].mustConsent) return true;
        }
        Owner[] storage newOwners = _transfers[titleId].newOwners;
        for (uint256 i = 0; i < newOwners.length; ++i) {
            if (newOwners[i].account == account) return true;
        }
        return false;
    }
}
// slither-disable-end timestamp
