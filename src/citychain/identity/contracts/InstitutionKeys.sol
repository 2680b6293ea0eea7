// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IInstitutions} from "@citychain/chain/contracts/IInstitutions.sol";
import {EnumerableSet} from "@openzeppelin/contracts/utils/structs/EnumerableSet.sol";
import {Notice} from "./Notice.sol";

// slither-disable-start timestamp,incorrect-equality (a key's record holds a time, so every comparison of it counts as one)

/// @title The keys by which institutions act
/// @notice An institution has several keys, each with its scopes ("mint", "titles"; "*" is every scope). A key is an
/// account: a person's, or a Safe of several officers. A key with the scope "keys" adds, changes, rotates and removes
/// keys of its own active institution, and so can give itself every scope. In an emergency whoever answers for the
/// institution, or the council, suspends it and then sets its keys right (scope "accredit"); such a key may act after a
/// notice (see Notice). An account that was ever a key is never made one again, neither here nor elsewhere; only the
/// council's own key takes the place of any other, so that nobody can stop its rotation by naming its account first.
/// @dev Nothing asks a new key whether it agrees: being a key gives rights and takes none, but an account that another
/// institution named first is lost as a key. Choose a fresh account for each.
abstract contract InstitutionKeys is Notice {
    using EnumerableSet for EnumerableSet.AddressSet;
    using EnumerableSet for EnumerableSet.Bytes32Set;

    struct Key {
        /// Stays after removal, so that the account is never used again.
        uint32 institution;
        bool removed;
        /// UTC seconds from which it may act; 0 where its own institution made it, or while the city was founded.
        uint48 validFrom;
        EnumerableSet.Bytes32Set scopes;
    }

    /// @notice The scope that contains every other.
    bytes32 public constant EVERY_SCOPE = "*";
    /// @notice The scope of keys that manage keys.
    bytes32 public constant KEYS_SCOPE = "keys";
    /// @notice Scopes of one key.
    uint256 public constant MAX_SCOPES = 16;

    mapping(address account => Key) private _keys;
    mapping(uint32 institution => EnumerableSet.AddressSet) private _keysOf;
    /// @dev Current keys of the institution that may manage keys.
    mapping(uint32 institution => uint256) private _managers;

    /// @notice `account` may act for `institution` in `scopes` from `validFrom` on (UTC seconds; 0: at once); `by` is the
    /// institution that decided, 0 for the council's administration. A rotation is a KeyAdded and a KeyRemoved in one
    /// transaction.
    event KeyAdded(uint32 indexed institution, address indexed account, bytes32[] scopes, uint32 by, uint48 validFrom);
    /// @notice `account` may act in these scopes and no others, from `validFrom` on (UTC seconds; 0: at once).
    event KeyScopesChanged(
        uint32 indexed institution, address indexed account, bytes32[] scopes, uint32 by, uint48 validFrom
    );
    /// @notice `account` may act for `institution` no longer.
    event KeyRemoved(uint32 indexed institution, address indexed account, uint32 by);

    /// @notice The account is or was a key. Choose a fresh one.
    error KeyAlreadyUsed(address account);
    /// @notice Another institution made it a key, and the notice about that runs until `validFrom` (UTC seconds).
    error KeyNotYetValid(address account, uint48 validFrom);
    /// @notice The zero address can't be a key.
    error KeyInvalid(address account);
    /// @notice The account is not a current key of this institution.
    error NotItsKey(uint32 institution, address account);
    /// @notice Without this key nobody could manage the institution's keys. Add another that may, first.
    error LastManagingKey(uint32 institution, address account);
    /// @notice A key has 1 to `MAX_SCOPES` different scopes, none of them empty.
    error ScopesInvalid();
    /// @notice The institution is active and decides this itself. In an emergency suspend it first, which is public.
    error StillActive(uint32 institution);
    /// @notice The council's one key is rotated by the council's administration, with `rotateCouncilKey`.
    error CouncilKeyFixed();

    /// @inheritdoc IInstitutions
    function requireActing(address account, bytes32 kind, bytes32 scope) public view returns (uint32 institution) {
        institution = _requireKey(account);
        if (_institutions[institution].kind != kind) revert WrongKind(institution, kind);
        _requireMayAct(institution, account, scope);
    }

    /// @inheritdoc IInstitutions
    function institutionOf(address account) public view returns (uint32 institution) {
        Key storage key = _keys[account];
        return key.removed ? 0 : key.institution;
    }

    /// @notice The current keys of `institution`.
    function keysOf(uint32 institution) external view returns (address[] memory accounts) {
        return _keysOf[institution].values();
    }

    /// @notice The scopes of a current key; none when it is not one.
    function scopesOf(address account) external view returns (bytes32[] memory scopes) {
        return _keys[account].scopes.values();
    }

    /// @notice Lets `account` act for `institution` in `scopes`.
    function addKey(uint32 institution, address account, bytes32[] calldata scopes) external whileInUse {
        uint32 by = _requireKeyManager(institution);
        _addKey(institution, account, scopes, by);
    }

    /// @notice Replaces all scopes of a key.
    function changeScopes(uint32 institution, address account, bytes32[] calldata scopes) external whileInUse {
        uint32 by = _requireKeyManager(institution);
        _requireItsKey(institution, account);
        bool managed = _manages(account);
        _keys[account].scopes.clear();
        _setScopes(account, scopes);
        if (managed && !_manages(account)) _dropManager(institution, account);
        if (!managed && _manages(account)) ++_managers[institution];
        if (by != institution) _keys[account].validFrom = _giveNotice(institution);
        emit KeyScopesChanged(institution, account, scopes, by, _keys[account].validFrom);
    }

    /// @notice Gives the scopes of `account` to `newAccount`, and ends `account` as a key.
    function rotateKey(uint32 institution, address account, address newAccount) external whileInUse {
        uint32 by = _requireKeyManager(institution);
        _requireItsKey(institution, account);
        _addKey(institution, newAccount, _keys[account].scopes.values(), by);
        _removeKey(institution, account, by);
    }

    /// @notice Ends `account` as a key, at once.
    function removeKey(uint32 institution, address account) external whileInUse {
        uint32 by = _requireKeyManager(institution);
        _requireItsKey(institution, account);
        _removeKey(institution, account, by);
    }

    /// @notice Gives the council another key (its Safe). By the council's administration only. Where another institution
    /// has, or had, made that account its key, it is that no more.
    function rotateCouncilKey(address newAccount) external restricted whileInUse {
        address account = _keysOf[COUNCIL].at(0);
        _evict(newAccount);
        _addKey(COUNCIL, newAccount, _keys[account].scopes.values(), 0);
        _removeKey(COUNCIL, account, 0);
    }

    function _addKey(uint32 institution, address account, bytes32[] memory scopes, uint32 by) internal {
        if (account == address(0)) revert KeyInvalid(account);
        Key storage key = _keys[account];
        if (key.institution != 0) revert KeyAlreadyUsed(account);
        key.institution = institution;
        if (by != institution && by != 0) key.validFrom = _giveNotice(institution);
        // slither-disable-next-line unused-return (an account that was never a key is in no set)
        _keysOf[institution].add(account);
        _setScopes(account, scopes);
        if (_manages(account)) ++_managers[institution];
        emit KeyAdded(institution, account, scopes, by, key.validFrom);
    }

    /// @dev The institution for which the sender acts now in `scope`, of whatever kind.
    function _requireSenderMayAct(bytes32 scope) internal view returns (uint32 institution) {
        address account = _msgSender();
        institution = _requireKey(account);
        _requireMayAct(institution, account, scope);
    }

    /// @inheritdoc Notice
    function _requireAccreditor(uint32 institution) internal view override returns (uint32 by) {
        _requireExists(institution);
        by = _requireSenderMayAct("accredit");
        if (by != COUNCIL && by != accreditorOf(institution)) revert NotAccreditor(by, institution);
    }

    /// @dev While the institution is active only its own key with `scope` will do, while it is not only whoever answers for
    /// it: nobody acts silently in the place of an active institution.
    function _requireItselfOrAccreditor(uint32 institution, bytes32 scope) internal view returns (uint32 by) {
        if (institution != 0 && institutionOf(_msgSender()) == institution) return _requireSenderMayAct(scope);
        by = _requireAccreditor(institution);
        if (isActive(institution)) revert StillActive(institution);
    }

    function _removeKey(uint32 institution, address account, uint32 by) private {
        if (_manages(account)) _dropManager(institution, account);
        _endKey(institution, account, by);
    }

    /// @dev Makes a fresh account of one that is or was another institution's key. That institution may be left without a
    /// key that manages keys; whoever answers for it suspends it and names one.
    function _evict(address account) private {
        uint32 institution = _keys[account].institution;
        if (institution == 0 || institution == COUNCIL) return;
        if (_manages(account)) --_managers[institution];
        if (!_keys[account].removed) _endKey(institution, account, 0);
        delete _keys[account].institution;
        delete _keys[account].removed;
        delete _keys[account].validFrom;
    }

    function _endKey(uint32 institution, address account, uint32 by) private {
        _keys[account].removed = true;
        _keys[account].scopes.clear();
        // slither-disable-next-line unused-return (a current key is in the set)
        _keysOf[institution].remove(account);
        emit KeyRemoved(institution, account, by);
    }

    function _setScopes(address account, bytes32[] memory scopes) private {
        if (scopes.length == 0 || scopes.length > MAX_SCOPES) revert ScopesInvalid();
        for (uint256 i = 0; i < scopes.length; ++i) {
            if (scopes[i] == 0 || !_keys[account].scopes.add(scopes[i])) revert ScopesInvalid();
        }
    }

    function _dropManager(uint32 institution, address account) private {
        if (_managers[institution] == 1) revert LastManagingKey(institution, account);
        --_managers[institution];
    }

    function _manages(address account) private view returns (bool) {
        return _mayIn(account, KEYS_SCOPE);
    }

    function _mayIn(address account, bytes32 scope) private view returns (bool) {
        EnumerableSet.Bytes32Set storage scopes = _keys[account].scopes;
        return scopes.contains(scope) || scopes.contains(EVERY_SCOPE);
    }

    function _requireKey(address account) private view returns (uint32 institution) {
        institution = institutionOf(account);
        if (institution == 0) revert UnknownKey(account);
    }

    function _requireItsKey(uint32 institution, address account) private view {
        if (institutionOf(account) != institution) revert NotItsKey(institution, account);
    }

    function _requireMayAct(uint32 institution, address account, bytes32 scope) private view {
        if (!isActive(institution)) revert NotActive(institution);
        uint48 validFrom = _keys[account].validFrom;
        if (block.timestamp < validFrom) revert KeyNotYetValid(account, validFrom);
        if (!_mayIn(account, scope)) revert KeyLacksScope(account, scope);
    }

    function _requireKeyManager(uint32 institution) private view returns (uint32 by) {
        if (institution == COUNCIL) revert CouncilKeyFixed();
        return _requireItselfOrAccreditor(institution, KEYS_SCOPE);
    }
}
// slither-disable-end timestamp,incorrect-equality
