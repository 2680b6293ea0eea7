// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {DepositAccounts} from "@citychain/money/contracts/DepositAccounts.sol";
import {EscrowRecords} from "./EscrowRecords.sol";
import {TitleRecords} from "./TitleRecords.sol";

// slither-disable-start timestamp (terms are days; the block's time is the city's clock)

/// @title Escrow: deposits and first rents of leases, which nobody holds alone
/// @notice Who may do what. Contracts of leases, by a role of the Authority, take money that a payer has allowed, and award
/// what is held; they pay nobody. Anyone has a credit paid to its owner, and its owner to another account. A court (a key
/// with the scope "order") keeps what is held for one lease where it is, awards it, and moves a credit whose owner can't be
/// paid. The lease's bank moves such a credit too, after notice and time in which its owner may object: so a person is paid
/// who has lost their key. The council's administration retires the contract.
///
/// What it does not do. It decides nothing, knows no terms, and can't be emptied by anyone: the council has no way to money.
///
/// How it is replaced. `retire` takes no more money; everything else goes on until nothing is left. Contracts of leases are
/// given the successor for new leases.
contract Escrow is EscrowRecords {
    using SafeERC20 for DepositAccounts;

    struct Claim {
        address to;
        /// From when the bank's word counts (UTC seconds); 0 when there is none.
        uint48 from;
    }

    /// @notice How long the owner of a credit may object to the bank that moves it.
    uint48 public constant OBJECTION_TIME = 14 days;
    /// @notice How long a bank's word waits to be carried out after that.
    uint48 public constant CLAIM_TIME = 60 days;
    /// @notice The longest time for which a court keeps money here by one order.
    uint48 public constant MAX_HOLD_TIME = 366 days;

    mapping(uint64 leaseId => mapping(address account => Claim)) private _claims;

    /// @notice The court keeps what is held for the lease until `until` (UTC seconds); until now, when that is not ahead.
    event CourtHeld(uint64 indexed leaseId, uint32 indexed court, bytes32 caseNumber, uint48 until);
    /// @notice The court awarded `amount` fen of what is held to `to`.
    event CourtAwarded(
        uint64 indexed leaseId, uint32 indexed court, bytes32 caseNumber, address indexed to, uint256 amount
    );
    /// @notice The court made `amount` fen of `account`'s credit the credit of `to`.
    event CourtMoved(
        uint64 indexed leaseId, uint32 indexed court, bytes32 caseNumber, address account, address to, uint256 amount
    );
    /// @notice The court paid `amount` fen, which came here for no lease, to `to`.
    event CourtPaidStray(
        address indexed deposits, uint32 indexed court, bytes32 caseNumber, address indexed to, uint256 amount
    );
    /// @notice The bank says that the owner of `account` is to be paid into `to`; `reason` commits to why. From `from` (UTC
    /// seconds) on anyone has it done, unless the owner objects.
    event PayOutAnnounced(
        uint64 indexed leaseId, address indexed account, address to, uint32 bank, bytes32 reason, uint48 from
    );
    /// @notice The owner of `account` objected, or the bank took it back.
    event PayOutStopped(uint64 indexed leaseId, address indexed account, address by);

    /// @notice The hold of another court is in force, whose duties the sender's institution doesn't carry.
    error HeldByOtherCourt(uint64 leaseId, uint32 court);
    /// @notice The time is more than `MAX_HOLD_TIME` ahead.
    error HoldTooLong(uint48 until);
    /// @notice No money came for the lease yet.
    error NoMoney(uint64 leaseId);
    /// @notice The sender's institution isn't the lease's bank and doesn't carry its duties.
    error NotTheBank(uint32 institution, uint32 bank);
    /// @notice The bank has announced nothing for the account, or not in time.
    error NothingAnnounced(uint64 leaseId, address account);
    /// @notice This can be done from `time` (UTC seconds) on.
    error TooEarly(uint48 time);
    /// @notice Only the owner of the credit and the bank may do this.
    error NotTheOwner(address account);

    constructor(address authority_, address institutions) EscrowRecords(authority_, institutions) {}

    /// @notice Keeps what is held for a lease here until `until`, or ends that when `until` is not ahead. By a court.
    function holdForCourt(uint64 leaseId, bytes32 caseNumber, uint48 until) external {
        (Pot storage pot, uint32 court) = _requireCourt(leaseId, caseNumber);
        if (until > block.timestamp + MAX_HOLD_TIME) revert HoldTooLong(until);
        if (until < block.timestamp) until = uint48(block.timestamp);
        (pot.courtUntil, pot.court) = (until, court);
        emit CourtHeld(leaseId, court, caseNumber, until);
    }

    /// @notice Awards `amount` fen of what is held for a lease to `to`. By a court, also while it keeps it here.
    function orderAward(uint64 leaseId, bytes32 caseNumber, address to, uint256 amount) external {
        (, uint32 court) = _requireCourt(leaseId, caseNumber);
        emit CourtAwarded(leaseId, court, caseNumber, to, amount);
        _award(leaseId, to, amount);
    }

    /// @notice Makes `amount` fen of an account's credit the credit of `to`. By a court.
    function orderCredit(uint64 leaseId, bytes32 caseNumber, address account, address to, uint256 amount) external {
        (, uint32 court) = _requireCourt(leaseId, caseNumber);
        if (amount == 0) revert DepositAccounts.AmountZero();
        uint256 credit = _credits[leaseId][account];
        if (amount > credit) revert AmountAboveHeld(leaseId, credit);
        _credits[leaseId][account] = credit - amount;
        emit CourtMoved(leaseId, court, caseNumber, account, to, amount);
        _credit(leaseId, to, amount);
    }

    /// @notice Pays `amount` fen that came here for no lease, by a transfer in error, to `to`. By a court.
    function orderStray(address deposits, bytes32 caseNumber, address to, uint256 amount) external {
        uint32 court = INSTITUTIONS.requireActing(_msgSender(), "court", "order");
        if (caseNumber == 0) revert TitleRecords.ReasonMissing();
        uint256 stray = strayAt(deposits);
        if (amount > stray) revert AmountAboveHeld(0, stray);
        if (to == address(this)) revert PayeeInvalid(to);
        emit CourtPaidStray(deposits, court, caseNumber, to, amount);
        DepositAccounts(deposits).safeTransfer(to, amount);
    }

    /// @notice Announces that the owner of `account`, who can't act with it or has no account at the bank any more, is to be paid
    /// into `to`. By a key of the lease's bank with the scope "payout", which has made sure who they are.
    /// @param reason The salted commitment of what the bank saw.
    function announcePayOut(uint64 leaseId, address account, address to, bytes32 reason) external {
        uint32 bank = _requireBank(leaseId);
        if (reason == 0) revert TitleRecords.ReasonMissing();
        if (_credits[leaseId][account] == 0) revert NothingToPay(leaseId, account);
        if (to == address(0) || to == address(this)) revert PayeeInvalid(to);
        uint48 from = uint48(block.timestamp) + OBJECTION_TIME;
        _claims[leaseId][account] = Claim(to, from);
        emit PayOutAnnounced(leaseId, account, to, bank, reason, from);
    }

    /// @notice Ends what the bank announced. By the owner of the credit, or the bank.
    function stopPayOut(uint64 leaseId, address account) external {
        if (_claims[leaseId][account].from == 0) revert NothingAnnounced(leaseId, account);
        address by = _msgSender();
        if (by != account) {
            if (INSTITUTIONS.institutionOf(by) == 0) revert NotTheOwner(by);
            _requireBank(leaseId);
        }
        delete _claims[leaseId][account];
        emit PayOutStopped(leaseId, account, by);
    }

    /// @notice Pays a credit where the bank announced, once the time to object is over. By anyone.
    function payOutAnnounced(uint64 leaseId, address account) external {
        Claim memory claim = _claims[leaseId][account];
        if (claim.from == 0 || block.timestamp >= claim.from + CLAIM_TIME) revert NothingAnnounced(leaseId, account);
        if (block.timestamp < claim.from) revert TooEarly(claim.from);
        delete _claims[leaseId][account];
        _payOut(leaseId, account, claim.to);
    }

    /// @notice What the bank announced for an account: where to, and from when; zeros when nothing.
    function announcedOf(uint64 leaseId, address account) external view returns (address to, uint48 from) {
        Claim memory claim = _claims[leaseId][account];
        return (claim.to, claim.from);
    }

    /// @notice What of this contract's balance at a bank came for no lease, in fen.
    function strayAt(address deposits) public view returns (uint256 amount) {
        return DepositAccounts(deposits).balanceOf(address(this)) - keptAt[deposits];
    }

    /// @dev A court may act on a lease's money unless another court's hold is in force.
    function _requireCourt(uint64 leaseId, bytes32 caseNumber) private view returns (Pot storage pot, uint32 court) {
        court = INSTITUTIONS.requireActing(_msgSender(), "court", "order");
        if (caseNumber == 0) revert TitleRecords.ReasonMissing();
        pot = _pots[leaseId];
        if (pot.deposits == address(0)) revert NoMoney(leaseId);
        if (isHeldForCourt(leaseId) && court != INSTITUTIONS.dutyHolder(pot.court)) {
            revert HeldByOtherCourt(leaseId, pot.court);
        }
    }

    function _requireBank(uint64 leaseId) private view returns (uint32 institution) {
        address deposits = _pots[leaseId].deposits;
        if (deposits == address(0)) revert NoMoney(leaseId);
        uint32 bank = DepositAccounts(deposits).BANK();
        institution = INSTITUTIONS.requireActing(_msgSender(), "bank", "payout");
        if (institution != INSTITUTIONS.dutyHolder(bank)) revert NotTheBank(institution, bank);
    }
}
// slither-disable-end timestamp
