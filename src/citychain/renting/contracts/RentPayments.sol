// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {DepositAccounts} from "@citychain/money/contracts/DepositAccounts.sol";
import {ILeases} from "./ILeases.sol";
import {RentRecords} from "./RentRecords.sol";
import {RentSchedule} from "./RentSchedule.sol";

// slither-disable-start timestamp (terms are days; the block's time is the city's clock)

/// @title Rent as it is paid
/// @notice Anybody may pay rent of a lease from their own account. It goes straight to the payee whom the lease names, and runs
/// ahead only as far as the city allows. A payee without an account at the lease's bank can't make a tenant late: the rent is
/// then lodged in escrow for them. The bank says whether a payment is final or came back; one that came back covers nothing.
abstract contract RentPayments is RentRecords {
    using RentSchedule for RentSchedule.Schedule;
    using SafeERC20 for DepositAccounts;

    enum PaymentState {
        None,
        Made,
        Settled,
        Returned
    }

    struct Payment {
        uint64 leaseId;
        uint64 amount;
        uint48 paidAt;
        PaymentState state;
    }

    /// @notice How long the bank may say that a payment came back; after that it is final.
    uint256 public constant RETURN_TIME = 30 days;

    /// @notice The highest payment id in use. Ids are given from 1 on, without gaps.
    uint64 public lastPayment;
    mapping(uint64 paymentId => Payment) private _payments;

    /// @notice `payer` paid `amount` fen: `parts[i]` of it for month `firstMonth + i`. `covered` is what now covers the lease's
    /// rent in all. `by` triggered it; `lodged` when it waits in escrow for the payee.
    event RentPaid(
        uint64 indexed paymentId,
        uint64 indexed leaseId,
        address indexed payer,
        address payee,
        address by,
        bool lodged,
        uint256 amount,
        uint256 covered,
        uint256 firstMonth,
        uint256[] parts
    );
    /// @notice The bank says that the payment is final. `covered` is what now covers the lease's rent in all.
    event RentSettled(uint64 indexed paymentId, uint64 indexed leaseId, uint32 indexed bank, uint256 covered);
    /// @notice The bank says that the payment came back. `covered` is what now covers the lease's rent in all.
    event RentReturned(
        uint64 indexed paymentId, uint64 indexed leaseId, uint32 indexed bank, bytes32 reason, uint256 covered
    );
    /// @notice The payee paid back some of what a lease that ended early was paid too much.
    event RentRefunded(
        uint64 indexed leaseId, address indexed payee, address indexed to, uint256 amount, uint256 covered
    );

    /// @notice The payee can be paid at their account. Use `payRent`.
    error PayeeReachable(address payee);
    /// @notice There is no such payment, or it is final by the bank's word or by time.
    error PaymentFinal(uint64 paymentId);
    /// @notice More than the lease was overpaid by.
    error AmountAboveOverpaid(uint64 leaseId, uint256 most);

    /// @notice Pays `amount` fen of a lease's rent from the sender's account to its payee. By anyone; the sender has let this
    /// contract spend as much at the lease's bank.
    function payRent(uint64 leaseId, uint256 amount) external returns (uint64 paymentId) {
        return _pay(leaseId, _msgSender(), amount);
    }

    /// @notice Lodges `amount` fen of rent in escrow, while the payee has no open account at the lease's bank. By anyone; the
    /// sender has let the escrow spend as much there. It counts as paid (lodging, Civil Code 570 and 571).
    function lodgeRent(uint64 leaseId, uint256 amount) external returns (uint64 paymentId) {
        ILeases.LeaseView memory lease = _begun(leaseId);
        if (DepositAccounts(lease.deposits).kindOfAccount(lease.payee) != DepositAccounts.AccountKind.None) {
            revert PayeeReachable(lease.payee);
        }
        paymentId = _book(leaseId, lease, _msgSender(), amount, true);
        ESCROW.lodge(leaseId, lease.deposits, _msgSender(), lease.payee, amount);
    }

    /// @notice Records that a payment is final; one that had come back was repeated and counts again. By a key of the lease's
    /// bank with the scope "rent".
    function settleRent(uint64 paymentId) external {
        Payment storage payment = _payments[paymentId];
        if (payment.state != PaymentState.Made && payment.state != PaymentState.Returned) {
            revert PaymentFinal(paymentId);
        }
        (ILeases.LeaseView memory lease, uint32 bank) = _requireBankOf(payment.leaseId);
        if (payment.state == PaymentState.Returned) _sums[payment.leaseId].paid += payment.amount;
        payment.state = PaymentState.Settled;
        emit RentSettled(paymentId, payment.leaseId, bank, _covered(payment.leaseId, lease));
    }

    /// @notice Records that a payment came back, within `RETURN_TIME` and while the bank hasn't called it final. By a key of the
    /// lease's bank with the scope "rent". It moves no money; an error is undone by `settleRent`.
    function returnRent(uint64 paymentId, bytes32 reason) external {
        Payment storage payment = _payments[paymentId];
        if (payment.state != PaymentState.Made || block.timestamp >= payment.paidAt + RETURN_TIME) {
            revert PaymentFinal(paymentId);
        }
        (ILeases.LeaseView memory lease, uint32 bank) = _requireBankOf(payment.leaseId);
        _requireReason(reason);
        // what the payee has paid back to the tenants can't come back a second time
        if (payment.amount > _covered(payment.leaseId, lease)) revert PaymentFinal(paymentId);
        payment.state = PaymentState.Returned;
        _sums[payment.leaseId].paid -= payment.amount;
        emit RentReturned(paymentId, payment.leaseId, bank, reason, _covered(payment.leaseId, lease));
    }

    /// @notice Pays `amount` fen of what a lease that ended early was paid too much from the payee's account to the tenants'. By
    /// the payee, who has let this contract spend as much at the lease's bank.
    function refundRent(uint64 leaseId, uint256 amount) external {
        ILeases.LeaseView memory lease = _begun(leaseId);
        _requirePayee(lease);
        _requireAmount(amount);
        uint256 most = overpaidOf(leaseId);
        if (amount > most) revert AmountAboveOverpaid(leaseId, most);
        // the cast is safe: _requireAmount bounds the amount below 2^63
        _sums[leaseId].refunded += uint64(amount);
        emit RentRefunded(leaseId, lease.payee, lease.refundee, amount, _covered(leaseId, lease));
        _transfer(lease, lease.payee, lease.refundee, amount);
    }

    /// @notice A payment; zeros when there is none. One made `RETURN_TIME` ago is final without the bank's word.
    function paymentOf(uint64 paymentId) external view returns (Payment memory payment) {
        return _payments[paymentId];
    }

    function _pay(uint64 leaseId, address payer, uint256 amount) internal returns (uint64 paymentId) {
        ILeases.LeaseView memory lease = _begun(leaseId);
        paymentId = _book(leaseId, lease, payer, amount, false);
        _transfer(lease, payer, lease.payee, amount);
    }

    /// @dev The caller has made sure that `from` is the sender, or gave a mandate for this lease.
    function _transfer(ILeases.LeaseView memory lease, address from, address to, uint256 amount) internal {
        // slither-disable-next-line arbitrary-send-erc20 (see above)
        DepositAccounts(lease.deposits).safeTransferFrom(from, to, amount);
    }

    function _book(uint64 leaseId, ILeases.LeaseView memory lease, address payer, uint256 amount, bool lodged)
        private
        returns (uint64 paymentId)
    {
        _requireAmount(amount);
        uint256 most = _payable(leaseId, lease);
        if (amount > most) revert AmountAboveDue(leaseId, most);
        paymentId = ++lastPayment;
        // the cast is safe: _requireAmount bounds the amount below 2^63
        _payments[paymentId] = Payment(
            leaseId, uint64(amount), uint48(block.timestamp), lodged ? PaymentState.Settled : PaymentState.Made
        );
        uint256 covered = _covered(leaseId, lease);
        _sums[leaseId].paid += uint128(amount);
        (uint256 firstMonth, uint256[] memory parts) = _split(_schedule(lease), covered, amount);
        covered += amount;
        address payee = lease.payee;
        emit RentPaid(paymentId, leaseId, payer, payee, _msgSender(), lodged, amount, covered, firstMonth, parts);
    }

    /// @dev Which months `amount` covers after `covered` is covered; the caller has checked that they owe as much.
    function _split(RentSchedule.Schedule memory schedule, uint256 covered, uint256 amount)
        private
        pure
        returns (uint256 firstMonth, uint256[] memory parts)
    {
        firstMonth = schedule.monthAt(covered);
        uint256 last = schedule.monthAt(covered + amount - 1);
        parts = new uint256[](last - firstMonth + 1);
        for (uint256 i = 0; i < parts.length; ++i) {
            uint256 open = schedule.sumOf(firstMonth + i + 1) - covered;
            parts[i] = open < amount ? open : amount;
            (covered, amount) = (covered + parts[i], amount - parts[i]);
        }
    }

    function _requireBankOf(uint64 leaseId) private view returns (ILeases.LeaseView memory lease, uint32 bank) {
        lease = _begun(leaseId);
        bank = INSTITUTIONS.requireActing(_msgSender(), "bank", "rent");
        uint32 expected = DepositAccounts(lease.deposits).BANK();
        if (bank != INSTITUTIONS.dutyHolder(expected)) revert DepositAccounts.NotThisBank(bank, expected);
    }
}
// slither-disable-end timestamp
