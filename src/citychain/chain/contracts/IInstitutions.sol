// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// @title What every other contract may ask about institutions
/// @notice An institution is an id that outlives its keys. `kind` and `scope` are short ASCII strings left-aligned in
/// a bytes32 ("bank", "registrar", "titles"; `bytes32("bank")` in Solidity).
interface IInstitutions {
    /// The account is not a current key of any institution.
    error UnknownKey(address account);
    /// The institution exists but is of another kind.
    error WrongKind(uint32 institution, bytes32 expected);
    /// The institution, or one above it in its trust chain, is suspended, revoked, not yet valid or expired.
    error NotActive(uint32 institution);
    /// The key may not act in this scope.
    error KeyLacksScope(address account, bytes32 scope);

    /// @notice The institution for which `account` may act now in `scope`, which must be of `kind`; reverts by name
    /// otherwise. A key with the scope "*" may act in every scope.
    function requireActing(address account, bytes32 kind, bytes32 scope) external view returns (uint32 institution);

    /// @notice The institution of a current key, 0 when there is none. Says nothing about its state.
    function institutionOf(address account) external view returns (uint32 institution);

    /// @notice The institution that carries the duties of `institution` today: itself, or the last of its accepted
    /// successors.
    function dutyHolder(uint32 institution) external view returns (uint32 holder);

    /// @notice Whether `institution` and everybody above it in the trust chain are active and within their dates.
    function isActive(uint32 institution) external view returns (bool active);

    /// @notice The kind of `institution`, 0 when it does not exist.
    function kindOf(uint32 institution) external view returns (bytes32 kind);
}
