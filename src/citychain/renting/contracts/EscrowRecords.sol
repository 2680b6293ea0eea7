// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Authority} from "@citychain/chain/contracts/Authority.sol";
import {CityContext} from "@citychain/chain/contracts/CityContext.sol";
import {IInstitutions} from "@citychain/chain/contracts/IInstitutions.sol";
import {DepositAccounts} from "@citychain/money/contracts/DepositAccounts.sol";
import {IEscrow} from "./IEscrow.sol";
import {TitleRecords} from "./TitleRecords.sol";

// slither-disable-start timestamp (terms are days; the block's time is the city's clock)

/// @title The money that leases keep in escrow
/// @notice Each fen that came in by `take` or `lodge` is either held for one lease or the credit of one account in one lease,
/// at that lease's bank. Contracts of leases decide what becomes of what is held; a credit is paid by `payOut`, which anyone
/// calls, and an account that can't be paid holds up nobody else.
/// @dev The bank must have opened a custodian account for this contract, so that a court reaches one lease and not all.
abstract contract EscrowRecords is IEscrow, CityContext {
    using SafeERC20 for DepositAccounts;

    struct Pot {
        /// The lease's bank; zero until money came.
        address deposits;
        /// What is held, in fen.
        uint64 held;
        /// Until when a court keeps it here (UTC seconds), and which.
        uint48 courtUntil;
        uint32 court;
    }

    /// @notice The register of institutions that says who may act.
    IInstitutions public immutable INSTITUTIONS;

    /// @notice Whether the contract takes no more money.
    bool public retired;
    /// @notice The contract that follows a retired one; zero when none does.
    address public successor;
    /// @notice What of this contract's balance at a bank belongs to a lease or an account, in fen.
    mapping(address deposits => uint256 amount) public keptAt;

    mapping(uint64 leaseId => Pot) internal _pots;
    mapping(uint64 leaseId => mapping(address account => uint256)) internal _credits;

    /// @notice The contract began to keep money of leases.
    event EscrowCreated(address institutions);
    /// @notice `payer` paid `amount` fen, which are held for the lease; `held` is what is held now.
    event EscrowTaken(
        uint64 indexed leaseId, address indexed deposits, address indexed payer, uint256 amount, uint256 held
    );
    /// @notice `payer` paid `amount` fen for `to`, whose credit it is.
    event EscrowLodged(
        uint64 indexed leaseId, address indexed deposits, address indexed payer, address to, uint256 amount
    );
    /// @notice `amount` fen of what was held are `to`'s; `held` is what is held now.
    event EscrowAwarded(uint64 indexed leaseId, address indexed to, uint256 amount, uint256 held);
    /// @notice `account` was paid its credit, into its own account or into `to`.
    event EscrowPaidOut(uint64 indexed leaseId, address indexed account, address to, uint256 amount);
    /// @notice No more money comes in from now on.
    event Retired(address successor);

    /// @notice The contract of deposits isn't one of this city's.
    error NotABank(address deposits);
    /// @notice The bank hasn't opened a custodian account for the escrow. The bank's officers do that once.
    error EscrowAccountMissing(address deposits);
    /// @notice The lease's money is kept at another bank.
    error OtherBank(uint64 leaseId, address deposits);
    /// @notice Only `held` fen are held for the lease.
    error AmountAboveHeld(uint64 leaseId, uint256 held);
    /// @notice A court keeps what is held for the lease until `until` (UTC seconds).
    error HeldForCourt(uint64 leaseId, uint48 until);
    /// @notice The account has no credit in the lease.
    error NothingToPay(uint64 leaseId, address account);
    /// @notice A credit belongs to an account that isn't this contract or nobody.
    error PayeeInvalid(address account);

    constructor(address authority_, address institutions) CityContext(authority_) {
        INSTITUTIONS = IInstitutions(institutions);
        emit EscrowCreated(institutions);
    }

    modifier whileInUse() {
        if (retired) revert TitleRecords.ContractRetired(successor);
        _;
    }

    /// @notice Takes no more money, for good. By the council's administration; what is here leaves by the same ways as before,
    /// `successor_` may be zero.
    function retire(address successor_) external restricted whileInUse {
        retired = true;
        // slither-disable-next-line missing-zero-check (zero says that nothing follows)
        successor = successor_;
        emit Retired(successor_);
    }

    /// @inheritdoc IEscrow
    function take(uint64 leaseId, address deposits, address payer, uint256 amount) external restricted whileInUse {
        Pot storage pot = _receive(leaseId, deposits, amount);
        uint256 held = pot.held + amount;
        if (held >= 2 ** 63) revert DepositAccounts.AmountTooLarge(held);
        // the cast is safe: see above
        pot.held = uint64(held);
        emit EscrowTaken(leaseId, deposits, payer, amount, held);
        // slither-disable-next-line arbitrary-send-erc20 (contracts of leases answer for the payer's wish)
        DepositAccounts(deposits).safeTransferFrom(payer, address(this), amount);
    }

    /// @inheritdoc IEscrow
    function lodge(uint64 leaseId, address deposits, address payer, address to, uint256 amount)
        external
        restricted
        whileInUse
    {
        _receive(leaseId, deposits, amount);
        emit EscrowLodged(leaseId, deposits, payer, to, amount);
        _credit(leaseId, to, amount);
        // slither-disable-next-line arbitrary-send-erc20 (contracts of leases answer for the payer's wish)
        DepositAccounts(deposits).safeTransferFrom(payer, address(this), amount);
    }

    /// @inheritdoc IEscrow
    function award(uint64 leaseId, address to, uint256 amount) external restricted {
        if (isHeldForCourt(leaseId)) revert HeldForCourt(leaseId, _pots[leaseId].courtUntil);
        _award(leaseId, to, amount);
    }

    /// @notice Pays `account` its credit in a lease, into its own account at the lease's bank. By anyone.
    function payOut(uint64 leaseId, address account) external {
        _payOut(leaseId, account, account);
    }

    /// @notice Pays the sender's credit in a lease into another account at the lease's bank.
    function payOutTo(uint64 leaseId, address to) external {
        _payOut(leaseId, _msgSender(), to);
    }

    /// @inheritdoc IEscrow
    function heldOf(uint64 leaseId) external view returns (uint256 held) {
        return _pots[leaseId].held;
    }

    /// @notice The bank, what is held, and which court keeps it until when.
    function potOf(uint64 leaseId) external view returns (Pot memory pot) {
        return _pots[leaseId];
    }

    /// @notice What `payOut` would pay `account` for a lease, in fen.
    function creditOf(uint64 leaseId, address account) external view returns (uint256 credit) {
        return _credits[leaseId][account];
    }

    /// @inheritdoc IEscrow
    function isHeldForCourt(uint64 leaseId) public view returns (bool held) {
        return block.timestamp < _pots[leaseId].courtUntil;
    }

    function _award(uint64 leaseId, address to, uint256 amount) internal {
        Pot storage pot = _pots[leaseId];
        if (amount == 0) revert DepositAccounts.AmountZero();
        if (amount > pot.held) revert AmountAboveHeld(leaseId, pot.held);
        // the cast is safe: the amount is at most what is held
        pot.held -= uint64(amount);
        emit EscrowAwarded(leaseId, to, amount, pot.held);
        _credit(leaseId, to, amount);
    }

    function _credit(uint64 leaseId, address to, uint256 amount) internal {
        if (to == address(0) || to == address(this)) revert PayeeInvalid(to);
        _credits[leaseId][to] += amount;
    }

    function _payOut(uint64 leaseId, address account, address to) internal {
        uint256 credit = _credits[leaseId][account];
        if (credit == 0) revert NothingToPay(leaseId, account);
        if (to == address(this)) revert PayeeInvalid(to);
        address deposits = _pots[leaseId].deposits;
        delete _credits[leaseId][account];
        keptAt[deposits] -= credit;
        emit EscrowPaidOut(leaseId, account, to, credit);
        DepositAccounts(deposits).safeTransfer(to, credit);
    }

    /// @dev Notes money that the caller is about to move here.
    function _receive(uint64 leaseId, address deposits, uint256 amount) private returns (Pot storage pot) {
        if (amount == 0) revert DepositAccounts.AmountZero();
        if (amount >= 2 ** 63) revert DepositAccounts.AmountTooLarge(amount);
        pot = _pots[leaseId];
        if (pot.deposits == address(0)) {
            if (!Authority(authority()).isTarget(deposits)) revert NotABank(deposits);
            pot.deposits = deposits;
        } else if (pot.deposits != deposits) {
            revert OtherBank(leaseId, pot.deposits);
        }
        if (DepositAccounts(deposits).kindOfAccount(address(this)) != DepositAccounts.AccountKind.Custodian) {
            revert EscrowAccountMissing(deposits);
        }
        keptAt[deposits] += amount;
    }
}
// slither-disable-end timestamp
