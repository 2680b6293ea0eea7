// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {IInstitutions} from "@citychain/chain/contracts/IInstitutions.sol";

/// @notice What is asked of Institutions: who acts, whether the city is being founded, and by Authority who is guardian.
interface IFoundedInstitutions is IInstitutions, IAccessManaged {
    /// @notice When the founding ends, or ended (UTC seconds).
    function foundingEnds() external view returns (uint48 endsAt);
}

// slither-disable-start timestamp (a notice is days; the block's time is the city's clock)

/// @title The validators that join the city's network after its first block
/// @notice Stands at the address whose `DepositEvent` the network's clients believe (EIP-6110), in place of Ethereum's
/// deposit contract. A validator is a vote on what is final. Votes are not for sale here: no value is taken, and every
/// stake is what the council granted to an institution.
///
/// Who may do what. A key of the council with the scope "stake" says how many validators an institution of the kind
/// "validator" may place, ever; a guardian vetoes that while its notice runs. A key of the institution with the same scope
/// places them, as long as Institutions says that it is active. Nobody else can do anything.
///
/// What it does not do. It does not know whether a deposit's signature is its validator's: the clients check that (EIP-7251),
/// drop a false one, and the institution has used up one stake. It ends no validator: its operator does (voluntary exit,
/// EIP-7002), or the protocol by slashing. A stake is granted anew when its validator has left. No key is taken twice, and
/// none of the first block's, because a second deposit would add to the weight of the first.
///
/// How it is replaced. Never: it stands in the first block, as do the address and the rules by which clients read it. It
/// has no constructor; the first block says which Institutions it asks and which keys vote already.
contract StakeDeposits {
    /// @notice The stake of every validator, in Gwei.
    uint64 public constant STAKE = 32_000_000_000;
    /// @notice Seconds from a grant until it can be used, unless the city is being founded.
    uint48 public constant NOTICE = 2 days;
    bytes32 private constant COUNCIL_KIND = "council";
    bytes32 private constant VALIDATOR_KIND = "validator";
    bytes32 private constant SCOPE = "stake";
    /// @dev Authority.GUARDIAN_ROLE.
    uint64 private constant GUARDIAN_ROLE = 1;

    /// @notice `stakes` the institution may place in all, of which it has placed `placed`; more than `placed` only from
    /// `usableFrom` on (UTC seconds).
    struct Grant {
        uint64 stakes;
        uint64 placed;
        uint48 usableFrom;
    }

    // The first block writes slots 0 and 1 (consortium/stakes.py): do not move them.
    /// @notice Whose institutions these are; 0 for a network that nobody joins.
    // slither-disable-next-line uninitialized-state (the first block writes it)
    IFoundedInstitutions public institutions;
    /// @notice Whether the validator key with this keccak-256 votes, or did.
    mapping(bytes32 keyHash => bool) public known;
    /// @notice What the council granted.
    mapping(uint32 institution => Grant) public grants;
    uint64 private _count;

    /// @notice What clients read (deposit_contract.sol of consensus-specs; numbers are little-endian).
    event DepositEvent(bytes pubkey, bytes withdrawal_credentials, bytes amount, bytes signature, bytes index);
    /// @notice From `usableFrom` on the institution may place up to `stakes` validators in all.
    event StakesGranted(uint32 indexed institution, uint64 stakes, uint48 usableFrom);
    /// @notice A guardian took back what the institution had not placed yet.
    event GrantVetoed(uint32 indexed institution, uint64 stakes);
    /// @notice The institution placed a validator, whose stake can only go back to `account`.
    event ValidatorPlaced(uint32 indexed institution, bytes32 indexed keyHash, address account);

    /// @notice A validator key has 48 bytes and a signature 96.
    error DepositInvalid(uint256 keyLength, uint256 signatureLength);
    /// @notice The key votes already, or did. Draw another.
    error ValidatorKnown(bytes32 keyHash);
    /// @notice The institution has placed all it may, or its grant's notice runs. Ask the council, or wait.
    error NoStakeLeft(uint32 institution, uint64 stakes, uint64 placed, uint48 usableFrom);
    /// @notice The sender is not a guardian of the city.
    error NotGuardian(address account);
    /// @notice Nothing of the institution waits for a notice's end.
    error NoGrantWaits(uint32 institution);

    /// @notice Lets the institution place up to `stakes` validators in all, after a notice; fewer binds at once.
    function grant(uint32 institution, uint64 stakes) external {
        // slither-disable-next-line unused-return (only the council's keys act for its kind)
        institutions.requireActing(msg.sender, COUNCIL_KIND, SCOPE);
        if (institutions.kindOf(institution) != VALIDATOR_KIND) {
            revert IInstitutions.WrongKind(institution, VALIDATOR_KIND);
        }
        Grant storage granted = grants[institution];
        bool founding = block.timestamp < institutions.foundingEnds();
        if (stakes > granted.stakes && !founding) granted.usableFrom = uint48(block.timestamp) + NOTICE;
        granted.stakes = stakes;
        emit StakesGranted(institution, stakes, granted.usableFrom);
    }

    /// @notice Takes back what the institution has not placed, while the notice of its grant runs. By a guardian.
    function veto(uint32 institution) external {
        IAccessManager authority = IAccessManager(institutions.authority());
        // slither-disable-next-line unused-return (a guardian acts without delay)
        (bool guardian,) = authority.hasRole(GUARDIAN_ROLE, msg.sender);
        if (!guardian) revert NotGuardian(msg.sender);
        Grant storage granted = grants[institution];
        if (block.timestamp >= granted.usableFrom) revert NoGrantWaits(institution);
        granted.stakes = granted.placed;
        emit GrantVetoed(institution, granted.stakes);
    }

    /// @notice Places a validator of the sender's institution.
    /// @param pubkey Its BLS12-381 key, compressed.
    /// @param signature The key's signature of the deposit of `STAKE` that returns to `account`, for this network.
    /// @param account Where stake and rewards can only go.
    function place(bytes calldata pubkey, bytes calldata signature, address account) external {
        uint32 institution = institutions.requireActing(msg.sender, VALIDATOR_KIND, SCOPE);
        if (pubkey.length != 48 || signature.length != 96) revert DepositInvalid(pubkey.length, signature.length);
        bytes32 keyHash = keccak256(pubkey);
        if (known[keyHash]) revert ValidatorKnown(keyHash);
        Grant storage granted = grants[institution];
        if (granted.placed >= granted.stakes || block.timestamp < granted.usableFrom) {
            revert NoStakeLeft(institution, granted.stakes, granted.placed, granted.usableFrom);
        }
        known[keyHash] = true;
        ++granted.placed;
        emit ValidatorPlaced(institution, keyHash, account);
        bytes memory credentials = abi.encodePacked(bytes12(hex"01"), account);
        emit DepositEvent(pubkey, credentials, _littleEndian(STAKE), signature, _littleEndian(_count++));
    }

    /// @notice How many were placed, eight bytes, little-endian: clients ask for it by this name.
    function get_deposit_count() external view returns (bytes memory count) {
        return _littleEndian(_count);
    }

    function _littleEndian(uint64 number) private pure returns (bytes memory eight) {
        eight = new bytes(8);
        for (uint256 i = 0; i < 8; ++i) {
            eight[i] = bytes1(uint8(number >> (8 * i)));
        }
    }
}
// slither-disable-end timestamp
