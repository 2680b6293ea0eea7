// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {CityContext} from "@citychain/chain/contracts/CityContext.sol";
import {IInstitutions} from "@citychain/chain/contracts/IInstitutions.sol";

// slither-disable-start timestamp (terms are days; the block's time is the city's clock)

/// @title Institutions as a tree rooted in the council
/// @notice The records, and what follows from walking them: who accredited whom, who carries whose duties, who is active.
/// And whether the contract is in use at all: `retire`, by the council's administration, ends every change for good while
/// reading goes on.
/// @dev The walk goes from an institution to the duty holder of its accreditor. It ends, within `MAX_DEPTH` steps, because
/// `depth` falls at each step: an institution lies one deeper than its accreditor, and who takes over from an accreditor
/// lies no deeper than it (see Succession). So no cycle can arise.
abstract contract TrustChain is IInstitutions, CityContext {
    /// @notice Expiry is no state: see `isActive`.
    enum State {
        None,
        Active,
        Suspended,
        Revoked,
        Succeeded
    }

    struct Institution {
        bytes32 kind;
        uint32 accreditor;
        uint32 successor;
        /// Who suspended or revoked it last.
        uint32 decidedBy;
        uint48 validFrom;
        uint48 validUntil;
        State state;
        uint8 depth;
        /// The longest line of successions that ends here.
        uint8 generation;
        /// Whether it accredited somebody, or carries the duties of one that did.
        bool accredits;
        string name;
        string webPage;
    }

    /// @notice The council's id: the root of every trust chain.
    uint32 public constant COUNCIL = 1;
    /// @notice Steps from the deepest institution to the council.
    uint8 public constant MAX_DEPTH = 8;
    /// @notice Successions one after another, from an institution to the one that carries its duties.
    uint8 public constant MAX_SUCCESSIONS = 8;

    /// @notice Whether changes have stopped for good.
    bool public retired;
    /// @notice The contract that follows a retired one; zero when none does.
    address public successor;

    uint32 internal _last;
    mapping(uint32 institution => Institution) internal _institutions;

    /// @notice Nothing changes here from now on.
    event Retired(address successor);

    /// @notice The contract is retired. Use its successor, if it has one.
    error ContractRetired(address successor);
    /// @notice No institution has this id.
    error UnknownInstitution(uint32 institution);
    /// @notice The state of the institution doesn't allow this.
    error WrongState(uint32 institution, State state);
    /// @notice A suspension, revocation, veto or reinstatement must name its reason: a short code, or a salted commitment
    /// of the decision.
    error ReasonMissing();
    /// @notice The institution acts for neither the council nor the one that answers for `institution`. Ask one of them.
    error NotAccreditor(uint32 actor, uint32 institution);

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

    /// @notice The highest id in use. Ids are given from 1 on, without gaps.
    function lastInstitution() external view returns (uint32 institution) {
        return _last;
    }

    /// @notice All that is recorded of `institution`; a record of zeros when it does not exist.
    function recordOf(uint32 institution) external view returns (Institution memory record) {
        return _institutions[institution];
    }

    /// @notice The institution that answers for `institution` today: who accredited it, or who took over from that one.
    /// 0 for the council and for unknown ids.
    function accreditorOf(uint32 institution) public view returns (uint32 accreditor) {
        return dutyHolder(_institutions[institution].accreditor);
    }

    /// @notice The trust chain: `institution`, who answers for it, and so on up to the council.
    function chainOf(uint32 institution) external view returns (uint32[] memory chain) {
        _requireExists(institution);
        uint32[] memory walked = new uint32[](uint256(MAX_DEPTH) + 1);
        uint256 length = 0;
        for (uint32 link = institution; link != 0; link = accreditorOf(link)) {
            walked[length++] = link;
        }
        chain = new uint32[](length);
        for (uint256 i = 0; i < length; ++i) {
            chain[i] = walked[i];
        }
    }

    /// @inheritdoc IInstitutions
    function dutyHolder(uint32 institution) public view returns (uint32 holder) {
        holder = institution;
        for (uint32 next = _institutions[holder].successor; next != 0; next = _institutions[holder].successor) {
            holder = next;
        }
    }

    /// @inheritdoc IInstitutions
    function isActive(uint32 institution) public view returns (bool active) {
        for (uint32 link = institution; link != COUNCIL; link = accreditorOf(link)) {
            Institution storage record = _institutions[link];
            if (
                record.state != State.Active || block.timestamp < record.validFrom
                    || block.timestamp >= record.validUntil
            ) {
                return false;
            }
        }
        return true;
    }

    /// @inheritdoc IInstitutions
    function kindOf(uint32 institution) external view returns (bytes32 kind) {
        return _institutions[institution].kind;
    }

    function _requireExists(uint32 institution) internal view {
        if (_institutions[institution].state == State.None) revert UnknownInstitution(institution);
    }
}
// slither-disable-end timestamp
