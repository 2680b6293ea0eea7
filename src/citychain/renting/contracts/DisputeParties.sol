// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {CityContext} from "@citychain/chain/contracts/CityContext.sol";
import {IInstitutions} from "@citychain/chain/contracts/IInstitutions.sol";
import {Parameters} from "@citychain/chain/contracts/Parameters.sol";
import {DepositAccounts} from "@citychain/money/contracts/DepositAccounts.sol";
import {Deciders} from "./Deciders.sol";
import {IEscrow} from "./IEscrow.sol";
import {ILeases} from "./ILeases.sol";
import {LeaseRecords} from "./LeaseRecords.sol";
import {TitleRecords} from "./TitleRecords.sol";

/// @title The parties of a lease, and who decides between them
/// @notice A decision is by a key of the institution that the lease names (or that carries its duties), with the scope
/// "decide". Nobody decides whose institution counts a party of the lease among its keys.
abstract contract DisputeParties is CityContext {
    /// @notice The leases whose money this is about.
    ILeases public immutable LEASES;
    /// @notice What holds the leases' deposits.
    IEscrow public immutable ESCROW;
    /// @notice The register of institutions that says who may act.
    IInstitutions public immutable INSTITUTIONS;
    /// @notice The city's numbers.
    Parameters public immutable PARAMETERS;

    /// @notice Whether the contract has been retired.
    bool public retired;
    /// @notice The contract that follows a retired one; zero when none does.
    address public successor;

    /// @notice The contract is retired: what is begun goes on, nothing new begins.
    event Retired(address successor);

    /// @notice Only the present payee of the lease may do this.
    error NotThePayee(address account);
    /// @notice Only a tenant of the lease may do this.
    error NotATenant(address account);

    constructor(address authority_, address leases, address escrow, address institutions, address parameters)
        CityContext(authority_)
    {
        LEASES = ILeases(leases);
        ESCROW = IEscrow(escrow);
        INSTITUTIONS = IInstitutions(institutions);
        PARAMETERS = Parameters(parameters);
    }

    modifier whileInUse() {
        if (retired) revert TitleRecords.ContractRetired(successor);
        _;
    }

    /// @notice Ends new beginnings here for good. By the council's administration; `successor_` may be zero.
    function retire(address successor_) external restricted whileInUse {
        retired = true;
        // slither-disable-next-line missing-zero-check (zero says that nothing follows)
        successor = successor_;
        emit Retired(successor_);
    }

    /// @dev The sender must act for `decider`, and nobody of the lease for the same institution.
    function _requireDecider(ILeases.LeaseView memory lease, uint32 decider)
        internal
        view
        returns (uint32 institution)
    {
        return Deciders.requireDecider(INSTITUTIONS, _msgSender(), decider, lease.landlords, lease.tenants);
    }

    function _requirePayee(ILeases.LeaseView memory lease) internal view {
        if (_msgSender() != lease.payee) revert NotThePayee(_msgSender());
    }

    function _requireTenant(ILeases.LeaseView memory lease) internal view {
        if (!_contains(lease.tenants, _msgSender())) revert NotATenant(_msgSender());
    }

    function _requireParty(ILeases.LeaseView memory lease) internal view {
        address account = _msgSender();
        if (account != lease.payee && !_contains(lease.tenants, account) && !_contains(lease.landlords, account)) {
            revert LeaseRecords.NotAParty(account);
        }
    }

    function _requireAmount(uint256 amount) internal pure {
        // slither-disable-next-line incorrect-equality (nothing is nothing)
        if (amount == 0) revert DepositAccounts.AmountZero();
        if (amount >= 2 ** 63) revert DepositAccounts.AmountTooLarge(amount);
    }

    function _requireReason(bytes32 reason) internal pure {
        if (reason == 0) revert TitleRecords.ReasonMissing();
    }

    function _less(uint256 whole, uint256 part) internal pure returns (uint256) {
        return whole < part ? 0 : whole - part;
    }

    function _contains(address[] memory accounts, address account) internal pure returns (bool) {
        for (uint256 i = 0; i < accounts.length; ++i) {
            if (accounts[i] == account) return true;
        }
        return false;
    }
}
