// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {CityContext} from "@citychain/chain/contracts/CityContext.sol";
import {IInstitutions} from "@citychain/chain/contracts/IInstitutions.sol";
import {Parameters} from "@citychain/chain/contracts/Parameters.sol";
import {LeaseRecords} from "./LeaseRecords.sol";
import {Leases} from "./Leases.sol";
import {TitleRecords} from "./TitleRecords.sol";
import {Units} from "./Units.sol";

/// @title What the accounts of a lease agree on
/// @notice Something is agreed once every account of the sides concerned has said the same, in any order; then what they said is
/// forgotten. Who changes their mind before takes it back.
abstract contract LeaseAgreements is CityContext {
    /// @notice Where leases are recorded.
    Leases public immutable LEASES;
    /// @notice What can be let, by whom and when.
    Units public immutable UNITS;
    /// @notice The register of institutions that says who may act.
    IInstitutions public immutable INSTITUTIONS;
    /// @notice The city's numbers.
    Parameters public immutable PARAMETERS;

    /// @notice Whether an account agreed to what the hash names.
    mapping(uint64 leaseId => mapping(bytes32 what => mapping(address account => bool))) public hasAgreed;

    /// @notice `account` agrees to what the hash names.
    event Agreed(uint64 indexed leaseId, bytes32 indexed what, address indexed account);
    /// @notice `account` no longer agrees.
    event AgreementWithdrawn(uint64 indexed leaseId, bytes32 indexed what, address indexed account);

    /// @notice The account agreed already, or has nothing to withdraw.
    error AgreementUnchanged(address account);

    constructor(address authority_, address leases, address parameters) CityContext(authority_) {
        LEASES = Leases(leases);
        UNITS = LEASES.UNITS();
        INSTITUTIONS = LEASES.INSTITUTIONS();
        PARAMETERS = Parameters(parameters);
    }

    /// @notice Takes the sender's agreement back, while others are missing.
    function withdrawAgreement(uint64 leaseId, bytes32 what) external {
        address account = _msgSender();
        if (!hasAgreed[leaseId][what][account]) revert AgreementUnchanged(account);
        delete hasAgreed[leaseId][what][account];
        emit AgreementWithdrawn(leaseId, what, account);
    }

    /// @dev Notes that the sender agrees; true once every account of both sides does.
    function _agreeAll(uint64 leaseId, bytes32 what) internal returns (bool all) {
        (address[] memory landlords, address[] memory tenants) = LEASES.partiesOf(leaseId);
        if (!_contains(landlords, _msgSender()) && !_contains(tenants, _msgSender())) {
            revert LeaseRecords.NotAParty(_msgSender());
        }
        mapping(address => bool) storage agreed = _note(leaseId, what);
        all = _haveAgreed(agreed, landlords) && _haveAgreed(agreed, tenants);
        if (!all) return false;
        _forget(agreed, landlords);
        _forget(agreed, tenants);
    }

    /// @dev Notes that the sender agrees; true once every account of `side` does.
    function _agreeSide(uint64 leaseId, bytes32 what, address[] memory side) internal returns (bool all) {
        if (!_contains(side, _msgSender())) revert LeaseRecords.NotAParty(_msgSender());
        mapping(address => bool) storage agreed = _note(leaseId, what);
        all = _haveAgreed(agreed, side);
        if (all) _forget(agreed, side);
    }

    /// @dev Whether the sender is on the landlords' side, where the payee is; reverts when on neither.
    function _isLandlord(uint64 leaseId, LeaseRecords.Lease memory lease) internal view returns (bool) {
        (address[] memory landlords, address[] memory tenants) = LEASES.partiesOf(leaseId);
        address account = _msgSender();
        if (account == lease.payee || _contains(landlords, account)) return true;
        if (_contains(tenants, account)) return false;
        revert LeaseRecords.NotAParty(account);
    }

    function _requireReason(bytes32 reason) internal pure {
        if (reason == 0) revert TitleRecords.ReasonMissing();
    }

    function _contains(address[] memory accounts, address account) internal pure returns (bool) {
        for (uint256 i = 0; i < accounts.length; ++i) {
            if (accounts[i] == account) return true;
        }
        return false;
    }

    function _note(uint64 leaseId, bytes32 what) private returns (mapping(address => bool) storage agreed) {
        agreed = hasAgreed[leaseId][what];
        if (agreed[_msgSender()]) revert AgreementUnchanged(_msgSender());
        agreed[_msgSender()] = true;
        emit Agreed(leaseId, what, _msgSender());
    }

    function _haveAgreed(mapping(address => bool) storage agreed, address[] memory accounts)
        private
        view
        returns (bool)
    {
        for (uint256 i = 0; i < accounts.length; ++i) {
            if (!agreed[accounts[i]]) return false;
        }
        return true;
    }

    function _forget(mapping(address => bool) storage agreed, address[] memory accounts) private {
        for (uint256 i = 0; i < accounts.length; ++i) {
            delete agreed[accounts[i]];
        }
    }
}
