// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {CityContext} from "@citychain/chain/contracts/CityContext.sol";
import {IInstitutions} from "@citychain/chain/contracts/IInstitutions.sol";
import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {Context} from "@openzeppelin/contracts/utils/Context.sol";

/// @notice ERC-5192: tokens that their holder can't move.
interface IERC5192 {
    /// @notice The token can't be moved by its holder.
    event Locked(uint256 tokenId);
    /// @notice The token can be moved by its holder. Never emitted here.
    event Unlocked(uint256 tokenId);

    /// @notice Whether the token can't be moved by its holder.
    function locked(uint256 tokenId) external view returns (bool);
}

/// @title The records of titles, as tokens that their holders can't move
/// @notice A title's facts, owners and version. The ERC-721 owner of a title is its first owner, who represents the
/// others; transfers and approvals of ERC-721 always revert: titles move only as TitleTransfers and Titles say.
abstract contract TitleRecords is ERC721, IERC5192, CityContext {
    /// @notice Cancelled is a registration that its registrar undid.
    enum TitleState {
        None,
        Registered,
        Cancelled
    }

    /// @notice An owner with their share in basis points. `mustConsent`: no transfer without this owner.
    struct Owner {
        address account;
        uint16 share;
        bool mustConsent;
    }

    struct Title {
        bytes32 commitment;
        uint32 townCode;
        uint32 registrar;
        uint32 version;
        TitleState state;
        /// Whether it has had other owners than those of its registration.
        bool transferred;
        /// When it was registered, UTC seconds.
        uint48 registeredAt;
    }

    /// @notice The sum of a title's shares, in basis points.
    uint256 public constant WHOLE = 10_000;
    /// @notice Owners of one title.
    uint256 public constant MAX_OWNERS = 16;

    /// @notice The register of institutions that says who may act.
    IInstitutions public immutable INSTITUTIONS;

    /// @notice Whether changes have stopped for good.
    bool public retired;
    /// @notice The contract that follows a retired one; zero when none does.
    address public successor;
    /// @notice The title that a deed was registered, corrected or transferred under, now or earlier; 0 when none was.
    mapping(bytes32 commitment => uint256 titleId) public titleOfCommitment;

    mapping(uint256 titleId => Title) internal _titles;
    mapping(uint256 titleId => Owner[]) private _owners;

    /// @notice The contract began to keep titles for the registrars of `institutions`.
    event TitlesCreated(address institutions);
    /// @notice Nothing changes here from now on.
    event Retired(address successor);

    /// @notice A title moves when its owners and the registrar agree, or by a court's order, never by its holder alone.
    /// Ask the registrar to open a transfer.
    error TitleNotTransferable();
    /// @notice Nobody can be approved to move a title, because its holder can't move it either.
    error TitleNotApprovable();
    /// @notice There is no such title, or its registration was reversed.
    error TitleNotRegistered(uint256 titleId);
    /// @notice The title is kept by another registrar, whose duties the sender's institution doesn't carry.
    error NotThisRegistrar(uint32 institution, uint32 registrar);
    /// @notice A title needs a commitment to its deed.
    error CommitmentMissing();
    /// @notice This deed is registered already. For another deed of the same home choose a new salt.
    error CommitmentAlreadyRegistered(bytes32 commitment, uint256 titleId);
    /// @notice A town code has nine digits, as in the national statistical codes.
    error TownCodeInvalid(uint32 townCode);
    /// @notice A title has 1 to `MAX_OWNERS` owners.
    error OwnerCountInvalid(uint256 count);
    /// @notice The zero address and this contract can't own a title.
    error OwnerInvalid(address account);
    /// @notice Each owner is named once, with all of their share.
    error OwnerRepeated(address account);
    /// @notice Each owner has a share, and the shares sum to `WHOLE`.
    error SharesInvalid(uint256 sum);
    /// @notice At least one owner must have to consent: otherwise the registrar alone could move the title.
    error NobodyMustConsent();
    /// @notice A correction or reversal must name its reason: a short code, or a salted commitment of the decision.
    error ReasonMissing();
    /// @notice An order must name its case.
    error CaseNumberMissing();
    /// @notice The contract is retired. Use its successor, if it has one.
    error ContractRetired(address successor);

    constructor(address authority_, address institutions) ERC721("Citychain Titles", "TITLE") CityContext(authority_) {
        INSTITUTIONS = IInstitutions(institutions);
        emit TitlesCreated(institutions);
    }

    modifier whileInUse() {
        if (retired) revert ContractRetired(successor);
        _;
    }

    /// @notice Ends every change here for good. By the council's administration; `successor_` may be zero.
    function retire(address successor_) external restricted whileInUse {
        retired = true;
        // slither-disable-next-line missing-zero-check (zero says that nothing follows)
        successor = successor_;
        emit Retired(successor_);
    }

    /// @notice The record of a title; zeros when it never was registered.
    function titleOf(uint256 titleId) external view returns (Title memory title) {
        return _titles[titleId];
    }

    /// @notice The owners of a title, the representative first; none when it is not registered.
    function ownersOf(uint256 titleId) public view returns (Owner[] memory owners) {
        return _owners[titleId];
    }

    /// @inheritdoc IERC5192
    function locked(uint256 tokenId) external view returns (bool) {
        _requireOwned(tokenId);
        return true;
    }

    /// @notice Always reverts; so does safeTransferFrom, which calls this.
    function transferFrom(address, address, uint256) public pure override {
        revert TitleNotTransferable();
    }

    /// @notice Always reverts.
    function approve(address, uint256) public pure override {
        revert TitleNotApprovable();
    }

    /// @notice Always reverts.
    function setApprovalForAll(address, bool) public pure override {
        revert TitleNotApprovable();
    }

    /// @notice ERC-165; ERC-5192 and what OpenZeppelin's ERC-721 supports.
    function supportsInterface(bytes4 interfaceId) public view override returns (bool) {
        return interfaceId == type(IERC5192).interfaceId || super.supportsInterface(interfaceId);
    }

    /// @dev Gives the title, minted or not yet, to `owners`, in place of those that it has.
    function _setOwners(uint256 titleId, Owner[] memory owners) internal {
        _requireOwners(owners);
        Owner[] storage stored = _owners[titleId];
        address holder = stored.length == 0 ? address(0) : stored[0].account;
        delete _owners[titleId];
        for (uint256 i = 0; i < owners.length; ++i) {
            stored.push(owners[i]);
        }
        if (owners[0].account != holder) _update(owners[0].account, titleId, address(0));
    }

    function _removeOwners(uint256 titleId) internal {
        delete _owners[titleId];
        _burn(titleId);
    }

    /// @dev Takes a deed that was never registered here as the title's present one. Returns the title's new version.
    function _setDeed(uint256 titleId, bytes32 commitment) internal returns (uint32 version) {
        _requireNewDeed(commitment);
        titleOfCommitment[commitment] = titleId;
        _titles[titleId].commitment = commitment;
        return ++_titles[titleId].version;
    }

    function _requireNewDeed(bytes32 commitment) internal view {
        if (commitment == 0) revert CommitmentMissing();
        uint256 taken = titleOfCommitment[commitment];
        if (taken != 0) revert CommitmentAlreadyRegistered(commitment, taken);
    }

    function _requireRegistered(uint256 titleId) internal view {
        if (_titles[titleId].state != TitleState.Registered) revert TitleNotRegistered(titleId);
    }

    /// @dev The sender must act for the registrar that keeps this registered title.
    function _requireRegistrarOf(uint256 titleId) internal view returns (uint32 institution) {
        institution = _requireRegistrar();
        _requireRegistered(titleId);
        uint32 registrar = _titles[titleId].registrar;
        if (institution != INSTITUTIONS.dutyHolder(registrar)) revert NotThisRegistrar(institution, registrar);
    }

    function _requireRegistrar() internal view returns (uint32 registrar) {
        return INSTITUTIONS.requireActing(_msgSender(), "registrar", "titles");
    }

    function _requireCourt() internal view returns (uint32 court) {
        return INSTITUTIONS.requireActing(_msgSender(), "court", "order");
    }

    function _requireTownCode(uint32 townCode) internal pure {
        if (townCode < 100_000_000 || townCode > 999_999_999) revert TownCodeInvalid(townCode);
    }

    function _requireOwners(Owner[] memory owners) internal view {
        if (owners.length == 0 || owners.length > MAX_OWNERS) revert OwnerCountInvalid(owners.length);
        uint256 sum = 0;
        bool consent = false;
        for (uint256 i = 0; i < owners.length; ++i) {
            Owner memory owner = owners[i];
            if (owner.account == address(0) || owner.account == address(this)) revert OwnerInvalid(owner.account);
            if (owner.share == 0) revert SharesInvalid(0);
            for (uint256 j = 0; j < i; ++j) {
                if (owners[j].account == owner.account) revert OwnerRepeated(owner.account);
            }
            sum += owner.share;
            consent = consent || owner.mustConsent;
        }
        if (sum != WHOLE) revert SharesInvalid(sum);
        if (!consent) revert NobodyMustConsent();
    }

    function _msgSender() internal view override(Context, CityContext) returns (address) {
        return CityContext._msgSender();
    }

    function _msgData() internal view override(Context, CityContext) returns (bytes calldata) {
        return CityContext._msgData();
    }

    function _contextSuffixLength() internal view override(Context, CityContext) returns (uint256) {
        return CityContext._contextSuffixLength();
    }
}
