// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {P256} from "@openzeppelin/contracts/utils/cryptography/P256.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {CityContext} from "@citychain/chain/contracts/CityContext.sol";
import {IInstitutions} from "@citychain/chain/contracts/IInstitutions.sol";
import {IPasskeys, PasskeyAccount} from "./PasskeyAccount.sol";

// slither-disable-start timestamp (a recovery waits days; the block's time is the city's clock)

/// @title Accounts of people who sign with a passkey, and what to do when the passkey is lost
/// @notice Anyone opens the account of a key; its address follows from the key (CREATE2), so it can be named before. The
/// holder chooses three guardians: people, or institutions that answer with a key of the scope "recovery". When two of
/// them support one new key, it can take the old one's place `RECOVERY_DELAY` seconds later; meanwhile the holder, who may
/// have lost nothing, vetoes with the old key: by a request, or, where requests are not carried, by a signature that
/// anybody brings here. A guardian has one vote, and may change or withdraw it.
///
/// Two seats are two guardians. What one account supports at two places counts once; so does what an institution supports
/// and what one of its keys supports as a person. An institution's support counts while it is active: also when the new key
/// takes over.
///
/// Who the guardians are stays off the chain: they are salted commitments, and one shows itself when it votes. The holder
/// hands each guardian its salt; without two of the salts nothing can be recovered.
///
/// What it does not do. Against a thief who can use the passkey recovery is no remedy: a thief vetoes too, or chooses other
/// guardians. Two guardians who agree against a holder who sleeps for the delay take the account. It keeps no money.
///
/// How it is replaced. `retire`, by the council's administration, ends the opening of accounts here; those that are open
/// keep their keys and their recovery for ever, and holders move when they like. A guardian of Authority who switches
/// meta-transactions off stops all of it but direct calls, as everywhere.
contract Passkeys is IPasskeys, CityContext, EIP712 {
    struct Vote {
        /// The key (`keccak256(qx, qy)`) that the guardian supports; 0 for none.
        bytes32 key;
        /// Who gave it, and the institution whose key that account was (0: of none).
        address voter;
        uint32 institution;
        /// Whether it was given for that institution, and not by a person who is its key as well.
        bool official;
    }

    struct Account {
        bytes32 qx;
        bytes32 qy;
        bytes32[3] guardians;
        Vote[3] votes;
        /// The key that two support, and when (UTC seconds) it may take over; zeros when there is none.
        bytes32 agreed;
        uint48 readyAt;
        /// How often every support ended here: by a veto, by other guardians, by another key.
        uint48 round;
    }

    /// @notice Seconds from the agreement of two guardians until their key may take over.
    uint48 public constant RECOVERY_DELAY = 7 days;

    /// @notice The scope of an institution's keys that vote for it.
    bytes32 public constant RECOVERY_SCOPE = "recovery";

    bytes32 private constant VETO_TYPEHASH = keccak256("VetoRecovery(address account,uint48 round)");

    IInstitutions public immutable INSTITUTIONS;
    /// @notice The code of every account.
    address public immutable IMPLEMENTATION;

    /// @notice Whether no more accounts are opened here.
    bool public retired;
    /// @notice Where they are opened instead; zero when nowhere.
    address public successor;

    mapping(address account => Account) private _accounts;

    /// @notice The account of this key exists.
    event AccountOpened(address indexed account, bytes32 qx, bytes32 qy);
    /// @notice The holder chose other guardians (see `commitmentOf`); every support ends, and round `round` begins.
    event GuardiansChosen(address indexed account, bytes32[3] guardians, uint48 round);
    /// @notice A guardian (by its place, 0 to 2) supports `key` as the account's next, or, 0, none any more. `institution`
    /// is the one that it answers for, 0 where it is a person.
    event RecoverySupported(address indexed account, uint256 guardian, bytes32 key, address voter, uint32 institution);
    /// @notice Two guardians support `key`, which may take over from `readyAt` on (UTC seconds); zeros: no two do any more.
    event RecoveryAgreed(address indexed account, bytes32 key, uint48 readyAt);
    /// @notice The holder stopped the recovery; every support ends, and round `round` begins.
    event RecoveryVetoed(address indexed account, uint48 round);
    /// @notice This key signs for the account from now on, and no other; every support ends, and round `round` begins.
    event KeyReplaced(address indexed account, bytes32 qx, bytes32 qy, uint48 round);
    /// @notice No more accounts are opened here.
    event Retired(address successor);

    /// @notice No account was opened here at this address. Open it first.
    error UnknownPasskeyAccount(address account);
    /// @notice The account is open already.
    error PasskeyAccountExists(address account);
    /// @notice The point is not on the curve P-256.
    error PasskeyInvalid(bytes32 qx, bytes32 qy);
    /// @notice Three different commitments are needed.
    error GuardiansInvalid();
    /// @notice The sender, with this salt, is not the guardian at this place.
    error NotTheGuardian(address account, uint256 guardian);
    /// @notice Nothing is supported or agreed, so there is nothing to stop.
    error NothingToVeto(address account);
    /// @notice The account's round is `round`, another than the one that was signed. Sign for this one.
    error WrongRound(address account, uint48 round);
    /// @notice The key that signs for the account did not sign this veto. Sign `vetoDigest` with it.
    error VetoNotSigned(address account, uint48 round);
    /// @notice The account supports a key as another of these guardians, at place `guardian`. One account has one seat.
    error SecondSeat(address account, uint256 guardian);
    /// @notice Of the guardians that agreed, an institution is not active any more, and no other two support the key. Ask
    /// the third guardian, or wait until the institution is active.
    error GuardianNotActive(address account, bytes32 key);
    /// @notice Two guardians have not agreed on this key.
    error KeyNotAgreed(address account, bytes32 key);
    /// @notice The delay in which the holder can veto runs until `readyAt` (UTC seconds).
    error RecoveryTooEarly(address account, uint48 readyAt);
    /// @notice The contract is retired. Use its successor, if it has one.
    error ContractRetired(address successor);

    constructor(address authority_, IInstitutions institutions) CityContext(authority_) EIP712("citychain", "1") {
        INSTITUTIONS = institutions;
        IMPLEMENTATION = address(new PasskeyAccount());
    }

    /// @notice Opens the account of a P-256 key; anyone may.
    function open(bytes32 qx, bytes32 qy) external returns (address account) {
        if (retired) revert ContractRetired(successor);
        _requireKey(qx, qy);
        account = accountOf(qx, qy);
        if (_isOpen(_accounts[account])) revert PasskeyAccountExists(account);
        (_accounts[account].qx, _accounts[account].qy) = (qx, qy);
        // slither-disable-next-line unused-return (the address is the one that was reckoned)
        Clones.cloneDeterministic(IMPLEMENTATION, _hash(qx, qy));
        emit AccountOpened(account, qx, qy);
    }

    /// @notice The sender's account has these guardians and no others from now on. It stops a recovery that is under way.
    function chooseGuardians(bytes32[3] calldata guardians) external {
        address account = _msgSender();
        Account storage record = _requireOpen(account);
        if (
            guardians[0] == 0 || guardians[1] == 0 || guardians[2] == 0 || guardians[0] == guardians[1]
                || guardians[0] == guardians[2] || guardians[1] == guardians[2]
        ) revert GuardiansInvalid();
        record.guardians = guardians;
        _endSupport(record);
        emit GuardiansChosen(account, guardians, record.round);
    }

    /// @notice The sender, guardian number `guardian` (0 to 2) of the account, supports a key; zeros withdraw the support.
    /// @param salt What the holder gave to this guardian: see `commitmentOf`.
    function supportRecovery(address account, uint256 guardian, bytes32 qx, bytes32 qy, bytes32 salt) external {
        Account storage record = _requireOpen(account);
        Vote memory vote = _requireGuardian(record, account, guardian, salt);
        if (qx != 0 || qy != 0) {
            _requireKey(qx, qy);
            vote.key = _hash(qx, qy);
            for (uint256 i = 0; i < 3; ++i) {
                Vote storage other = record.votes[i];
                if (i != guardian && other.key != 0 && other.voter == vote.voter) revert SecondSeat(account, i);
            }
        }
        record.votes[guardian] = vote;
        emit RecoverySupported(account, guardian, vote.key, vote.voter, vote.official ? vote.institution : 0);
        bytes32 agreed = _agreed(record, false);
        if (agreed == record.agreed) return;
        record.agreed = agreed;
        record.readyAt = agreed == 0 ? 0 : uint48(block.timestamp) + RECOVERY_DELAY;
        emit RecoveryAgreed(account, agreed, record.readyAt);
    }

    /// @notice The holder stops the recovery of their account: every support ends.
    function vetoRecovery() external {
        address account = _msgSender();
        _veto(account, _requireOpen(account));
    }

    /// @notice As `vetoRecovery`, by the holder's signature, which anybody brings: also while meta-transactions are switched
    /// off. A signature is good for one round (see `recordOf`); one for the present round may be made before anybody
    /// supports anything, and kept.
    /// @param signature The account's (ERC-1271) of `vetoDigest`.
    function vetoRecoveryBySignature(address account, uint48 round, bytes calldata signature) external {
        Account storage record = _requireOpen(account);
        if (round != record.round) revert WrongRound(account, record.round);
        if (!SignatureChecker.isValidERC1271SignatureNow(account, vetoDigest(account, round), signature)) {
            revert VetoNotSigned(account, round);
        }
        _veto(account, record);
    }

    /// @notice Puts the agreed key in the old one's place once the delay has passed; anyone may. Guardians stay.
    function finishRecovery(address account, bytes32 qx, bytes32 qy) external {
        Account storage record = _requireOpen(account);
        bytes32 key = _hash(qx, qy);
        if (record.agreed != key) revert KeyNotAgreed(account, key);
        if (block.timestamp < record.readyAt) revert RecoveryTooEarly(account, record.readyAt);
        if (_agreed(record, true) != key) revert GuardianNotActive(account, key);
        (record.qx, record.qy) = (qx, qy);
        _endSupport(record);
        emit KeyReplaced(account, qx, qy, record.round);
    }

    /// @notice Ends the opening of accounts here for good. By the council's administration; `successor_` may be zero.
    function retire(address successor_) external restricted {
        if (retired) revert ContractRetired(successor);
        retired = true;
        // slither-disable-next-line missing-zero-check (zero says that nothing follows)
        successor = successor_;
        emit Retired(successor_);
    }

    /// @inheritdoc IPasskeys
    function keyOf(address account) external view returns (bytes32 qx, bytes32 qy) {
        return (_accounts[account].qx, _accounts[account].qy);
    }

    /// @notice All that is recorded of an account; zeros when it is not open.
    function recordOf(address account) external view returns (Account memory record) {
        return _accounts[account];
    }

    /// @notice The address of the account of this first key, open or not.
    function accountOf(bytes32 qx, bytes32 qy) public view returns (address account) {
        return Clones.predictDeterministicAddress(IMPLEMENTATION, _hash(qx, qy));
    }

    /// @notice How a guardian of `account` is written: a person by their account (`institution` 0), or an institution by its
    /// number (`person` zero). The salt is random, 32 bytes, another for each guardian.
    function commitmentOf(address account, address person, uint32 institution, bytes32 salt)
        public
        pure
        returns (bytes32 commitment)
    {
        return keccak256(abi.encode(account, person, institution, salt));
    }

    /// @notice What the holder signs (EIP-712, `VetoRecovery(address account,uint48 round)`) to stop a recovery in `round`.
    function vetoDigest(address account, uint48 round) public view returns (bytes32 digest) {
        return _hashTypedDataV4(keccak256(abi.encode(VETO_TYPEHASH, account, round)));
    }

    function _veto(address account, Account storage record) private {
        if (record.votes[0].key == 0 && record.votes[1].key == 0 && record.votes[2].key == 0) {
            revert NothingToVeto(account);
        }
        _endSupport(record);
        emit RecoveryVetoed(account, record.round);
    }

    function _endSupport(Account storage record) private {
        delete record.votes;
        delete record.agreed;
        delete record.readyAt;
        ++record.round;
    }

    /// @dev The key that two guardians support; 0 when no two do. With `activeOnly`, only institutions that are active count.
    function _agreed(Account storage record, bool activeOnly) private view returns (bytes32 key) {
        Vote[3] memory votes = record.votes;
        for (uint256 i = 0; i < 3; ++i) {
            // slither-disable-next-line calls-loop (three guardians at most, and our own contract)
            if (activeOnly && votes[i].official && !INSTITUTIONS.isActive(votes[i].institution)) votes[i].key = 0;
        }
        if (_agree(votes[0], votes[1]) || _agree(votes[0], votes[2])) return votes[0].key;
        return _agree(votes[1], votes[2]) ? votes[1].key : bytes32(0);
    }

    /// @dev Whether two votes are for one key, and of two guardians. What counts is whose key somebody was when they voted, so
    /// that no institution can take two others' votes away by naming them its keys.
    function _agree(Vote memory one, Vote memory other) private pure returns (bool) {
        bool oneInstitution = one.institution != 0 && one.institution == other.institution;
        return one.key != 0 && one.key == other.key && !(oneInstitution && (one.official || other.official));
    }

    /// @dev The guardian's vote, yet without a key.
    function _requireGuardian(Account storage record, address account, uint256 guardian, bytes32 salt)
        private
        view
        returns (Vote memory vote)
    {
        address sender = _msgSender();
        if (guardian > 2) revert NotTheGuardian(account, guardian);
        bytes32 commitment = record.guardians[guardian];
        uint32 institution = INSTITUTIONS.institutionOf(sender);
        vote = Vote(0, sender, institution, false);
        if (commitment == commitmentOf(account, sender, 0, salt)) return vote;
        if (institution == 0 || commitment != commitmentOf(account, address(0), institution, salt)) {
            revert NotTheGuardian(account, guardian);
        }
        // slither-disable-next-line unused-return (the institution is known; this says whether the key may act for it now)
        INSTITUTIONS.requireActing(sender, INSTITUTIONS.kindOf(institution), RECOVERY_SCOPE);
        vote.official = true;
    }

    function _requireOpen(address account) private view returns (Account storage record) {
        record = _accounts[account];
        if (!_isOpen(record)) revert UnknownPasskeyAccount(account);
    }

    /// @dev A valid key is never the point (0, 0); a coordinate alone may be 0.
    function _isOpen(Account storage record) private view returns (bool) {
        return record.qx != 0 || record.qy != 0;
    }

    function _requireKey(bytes32 qx, bytes32 qy) private pure {
        if (!P256.isValidPublicKey(qx, qy)) revert PasskeyInvalid(qx, qy);
    }

    function _hash(bytes32 qx, bytes32 qy) private pure returns (bytes32 key) {
        return keccak256(abi.encode(qx, qy));
    }
}
// slither-disable-end timestamp
