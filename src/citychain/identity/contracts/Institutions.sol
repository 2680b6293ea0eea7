// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {CityContext} from "@citychain/chain/contracts/CityContext.sol";
import {Succession} from "./Succession.sol";

/// @title The city's institutions
/// @notice One source of truth for what institutions may do. An institution is an id with a kind, a public name and web
/// page, dates, a state, and keys that change while the id stays.
///
/// Who may do what. The council's administration says which kinds may accredit a kind, rotates the council's key, and
/// can retire the contract. A key with the scope "accredit" accredits institutions of the kinds that its own kind may, and
/// describes, renews, suspends, revokes and reinstates those that its institution answers for; the council does so for
/// all, and only the council decides about what it suspended and what is revoked. A key with the scope "succession" offers its
/// institution's duties to another of the same kind, or accepts those of another; for an institution that is not active
/// whoever answers for it may offer, and waits. Keys: see InstitutionKeys. Suspension, revocation and expiry bind at once, also for
/// everybody further down the trust chain; succession of an accreditor does not: the successor answers for them. What
/// gives power waits for a notice, in which a guardian may veto it: see Notice.
///
/// What it does not do. It judges nothing: each suspension and revocation names its reason, and the remedy is the council.
/// An accepted succession is not undone, it can be followed by another. The council can't be suspended and never expires.
/// Institutions are public; nothing about a person is written here.
///
/// How it is replaced. `retire` stops every change for good while reading goes on, so keys and states freeze as they are:
/// the council first deploys the successor, in which institutions are accredited in the same order and so keep their ids,
/// and moves the contracts that ask this one to their own successors; then it retires this one.
contract Institutions is Succession {
    /// @notice Bytes of a name or a web page, in UTF-8.
    uint256 public constant MAX_TEXT = 200;
    /// @notice Kinds that may accredit one kind.
    uint256 public constant MAX_ACCREDITING_KINDS = 16;

    bytes32 private constant COUNCIL_KIND = "council";

    /// @notice Whether the kind is defined.
    mapping(bytes32 kind => bool defined) public kindDefined;
    mapping(bytes32 kind => bytes32[]) private _accreditedBy;

    /// @notice From now on institutions of `kind` are accredited by those of the kinds `accreditedBy`.
    event KindDefined(bytes32 indexed kind, bytes32[] accreditedBy);
    /// @notice A new institution; valid from `validFrom` until before `validUntil` (UTC seconds). The council's accreditor
    /// is 0.
    event InstitutionAccredited(
        uint32 indexed institution,
        uint32 indexed accreditor,
        bytes32 indexed kind,
        string name,
        string webPage,
        uint48 validFrom,
        uint48 validUntil
    );
    /// @notice The institution has another name or web page.
    event InstitutionDescribed(uint32 indexed institution, uint32 indexed by, string name, string webPage);
    /// @notice The institution is valid from `validFrom` until before `validUntil` (UTC seconds).
    event InstitutionRenewed(uint32 indexed institution, uint32 indexed by, uint48 validUntil, uint48 validFrom);
    /// @notice The institution, and everybody below it, may not act.
    event InstitutionSuspended(uint32 indexed institution, uint32 indexed by, bytes32 reason);
    /// @notice The institution may not act any more, unless the council reinstates it.
    event InstitutionRevoked(uint32 indexed institution, uint32 indexed by, bytes32 reason);
    /// @notice The suspension or revocation is lifted; the institution is valid from `validFrom` (UTC seconds).
    event InstitutionReinstated(uint32 indexed institution, uint32 indexed by, bytes32 reason, uint48 validFrom);

    /// @notice The kind isn't defined. Ask the council to define it.
    error UnknownKind(bytes32 kind);
    /// @notice The council's kind is given: there is one council.
    error CouncilKindFixed();
    /// @notice More accrediting kinds than `MAX_ACCREDITING_KINDS`, or as many lists as kinds were not given.
    error KindListInvalid(uint256 length);
    /// @notice Institutions of its kind may not accredit this kind.
    error MayNotAccredit(uint32 accreditor, bytes32 kind);
    /// @notice The accreditor lies `MAX_DEPTH` below the council. Let one higher up accredit.
    error ChainTooDeep(uint32 accreditor);
    /// @notice A name needs 1 to `MAX_TEXT` bytes, a web page at most as many.
    error TextInvalid(uint256 nameLength, uint256 webPageLength);
    /// @notice The validity must end after it begins, and in the future.
    error ValidityInvalid(uint48 validFrom, uint48 validUntil);

    /// @param councilKey The council's Safe: its only key, with every scope.
    /// @param kinds The kinds defined from the first block, each after the kinds that accredit it; "council" is given.
    /// @param accreditedBy For each of `kinds` the kinds that may accredit it.
    constructor(
        address authority_,
        address councilKey,
        string memory councilName,
        string memory councilWebPage,
        bytes32[] memory kinds,
        bytes32[][] memory accreditedBy
    ) CityContext(authority_) {
        kindDefined[COUNCIL_KIND] = true;
        emit KindDefined(COUNCIL_KIND, new bytes32[](0));
        _create(0, COUNCIL_KIND, councilName, councilWebPage, uint48(block.timestamp), type(uint48).max, councilKey);
        if (kinds.length != accreditedBy.length) revert KindListInvalid(accreditedBy.length);
        for (uint256 i = 0; i < kinds.length; ++i) {
            _defineKind(kinds[i], accreditedBy[i]);
        }
    }

    /// @notice Defines a kind, or says anew which kinds may accredit it; institutions that exist keep what they have. None
    /// means that nobody may. By the council's administration.
    function defineKind(bytes32 kind, bytes32[] calldata accreditedBy) external restricted whileInUse {
        _defineKind(kind, accreditedBy);
    }

    /// @notice Accredits a new institution, for which the sender's answers from now on.
    /// @param validFrom UTC seconds; after the founding at least `NOTICE` from now, whatever is asked for.
    /// @param firstKey Its first key, with every scope; it adds others and narrows them.
    function accredit(
        bytes32 kind,
        string calldata name,
        string calldata webPage,
        uint48 validFrom,
        uint48 validUntil,
        address firstKey
    ) external whileInUse returns (uint32 institution) {
        uint32 by = _requireSenderMayAct("accredit");
        if (!kindDefined[kind]) revert UnknownKind(kind);
        if (!_mayAccredit(_institutions[by].kind, kind)) revert MayNotAccredit(by, kind);
        if (_institutions[by].depth == MAX_DEPTH) revert ChainTooDeep(by);
        return _create(by, kind, name, webPage, validFrom, validUntil, firstKey);
    }

    /// @notice Gives the institution another name and web page; events keep the earlier ones.
    function describe(uint32 institution, string calldata name, string calldata webPage) external whileInUse {
        uint32 by = _requireAccreditor(institution);
        _setText(institution, name, webPage);
        emit InstitutionDescribed(institution, by, name, webPage);
    }

    /// @notice Lets the institution be valid until before `validUntil` (UTC seconds), later or earlier than now recorded.
    /// One whose term has ended waits for a notice.
    function renew(uint32 institution, uint48 validUntil) external whileInUse exceptCouncil(institution) {
        uint32 by = _requireAccreditor(institution);
        Institution storage record = _institutions[institution];
        if (record.state != State.Active && record.state != State.Suspended) {
            revert WrongState(institution, record.state);
        }
        // slither-disable-next-line timestamp (terms are days; the block's time is the city's clock)
        if (block.timestamp >= record.validUntil) _validAfterNotice(institution);
        _requireValidity(record.validFrom, validUntil);
        record.validUntil = validUntil;
        _withdrawOffer(institution, by);
        emit InstitutionRenewed(institution, by, validUntil, record.validFrom);
    }

    /// @notice Stops the institution, and everybody below it, at once and until it is reinstated. The council may suspend what
    /// another suspended before it: then only the council decides about it.
    function suspend(uint32 institution, bytes32 reason) external whileInUse exceptCouncil(institution) {
        uint32 by = _requireAccreditor(institution);
        Institution storage record = _institutions[institution];
        bool takenOver = by == COUNCIL && record.state == State.Suspended && record.decidedBy != COUNCIL;
        if (record.state != State.Active && !takenOver) revert WrongState(institution, record.state);
        _decide(institution, State.Suspended, by, reason);
        emit InstitutionSuspended(institution, by, reason);
    }

    /// @notice Ends the institution. Only the council can undo it, and only the council revokes what it suspended.
    function revoke(uint32 institution, bytes32 reason) external whileInUse exceptCouncil(institution) {
        uint32 by = _requireAccreditor(institution);
        Institution storage record = _institutions[institution];
        if (record.state != State.Active && record.state != State.Suspended) {
            revert WrongState(institution, record.state);
        }
        _requireMayDecide(institution, by);
        _decide(institution, State.Revoked, by, reason);
        emit InstitutionRevoked(institution, by, reason);
    }

    /// @notice Lifts a suspension, or, by the council, a revocation. The institution may act after a notice.
    function reinstate(uint32 institution, bytes32 reason) external whileInUse exceptCouncil(institution) {
        uint32 by = _requireAccreditor(institution);
        Institution storage record = _institutions[institution];
        State state = record.state;
        if (state != State.Suspended && state != State.Revoked) revert WrongState(institution, state);
        _requireMayDecide(institution, by);
        _decide(institution, State.Active, by, reason);
        _validAfterNotice(institution);
        emit InstitutionReinstated(institution, by, reason, record.validFrom);
    }

    /// @notice The kinds that may accredit `kind`.
    function accreditingKinds(bytes32 kind) external view returns (bytes32[] memory kinds) {
        return _accreditedBy[kind];
    }

    function _create(
        uint32 by,
        bytes32 kind,
        string memory name,
        string memory webPage,
        uint48 validFrom,
        uint48 validUntil,
        address firstKey
    ) private returns (uint32 institution) {
        institution = ++_last;
        Institution storage record = _institutions[institution];
        record.kind = kind;
        record.accreditor = by;
        // The notice itself is given with the first key, below.
        uint48 earliest = by == 0 ? 0 : _noticeEnd();
        // slither-disable-next-line timestamp (a notice is days; the block's time is the city's clock)
        record.validFrom = validFrom < earliest ? earliest : validFrom;
        record.validUntil = validUntil;
        _requireValidity(record.validFrom, validUntil);
        record.state = State.Active;
        _setText(institution, name, webPage);
        if (by != 0) {
            record.depth = _institutions[by].depth + 1;
            _institutions[by].accredits = true;
        }
        emit InstitutionAccredited(institution, by, kind, name, webPage, record.validFrom, validUntil);
        bytes32[] memory scopes = new bytes32[](1);
        scopes[0] = EVERY_SCOPE;
        _addKey(institution, firstKey, scopes, by);
    }

    function _defineKind(bytes32 kind, bytes32[] memory accreditedBy) private {
        if (kind == COUNCIL_KIND) revert CouncilKindFixed();
        if (kind == 0) revert UnknownKind(kind);
        if (accreditedBy.length > MAX_ACCREDITING_KINDS) revert KindListInvalid(accreditedBy.length);
        kindDefined[kind] = true;
        for (uint256 i = 0; i < accreditedBy.length; ++i) {
            if (!kindDefined[accreditedBy[i]]) revert UnknownKind(accreditedBy[i]);
        }
        _accreditedBy[kind] = accreditedBy;
        emit KindDefined(kind, accreditedBy);
    }

    /// @dev Suspension, revocation and reinstatement also end an offer made under other circumstances.
    function _decide(uint32 institution, State state, uint32 by, bytes32 reason) private {
        if (reason == 0) revert ReasonMissing();
        _institutions[institution].state = state;
        _institutions[institution].decidedBy = by;
        _withdrawOffer(institution, by);
    }

    function _setText(uint32 institution, string memory name, string memory webPage) private {
        uint256 nameLength = bytes(name).length;
        uint256 webPageLength = bytes(webPage).length;
        if (nameLength == 0 || nameLength > MAX_TEXT || webPageLength > MAX_TEXT) {
            revert TextInvalid(nameLength, webPageLength);
        }
        _institutions[institution].name = name;
        _institutions[institution].webPage = webPage;
    }

    function _mayAccredit(bytes32 accreditor, bytes32 kind) private view returns (bool) {
        bytes32[] storage kinds = _accreditedBy[kind];
        for (uint256 i = 0; i < kinds.length; ++i) {
            if (kinds[i] == accreditor) return true;
        }
        return false;
    }

    function _requireValidity(uint48 validFrom, uint48 validUntil) private view {
        // slither-disable-next-line timestamp (terms are days; the block's time is the city's clock)
        if (validUntil <= validFrom || validUntil <= block.timestamp) revert ValidityInvalid(validFrom, validUntil);
    }
}
