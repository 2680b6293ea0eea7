// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {CityContext} from "@citychain/chain/contracts/CityContext.sol";
import {IInstitutions} from "@citychain/chain/contracts/IInstitutions.sol";
import {DepositAccounts} from "./DepositAccounts.sol";
import {Deposits} from "./Deposits.sol";

/// @title Payments between the city's banks
/// @notice A payment across banks burns the payer's deposit at one bank, mints the payee's at the other, and adds the
/// amount to what the first bank owes the second. One net position is kept for each pair of banks.
///
/// Who may do what. A holder pays from their own account. A bank (a key of the institution that carries its duties
/// today, scope "clearing") limits what each other bank may owe it, nothing until it says otherwise, proposes a
/// settlement of what it owes, and confirms what it received. The council's administration registers each bank's
/// deposit contract and can retire this one. Both banks must be active: the suspension of a bank stops payments into
/// and out of it at once, so that a failing bank can't pass its liabilities to the others.
///
/// What it does not do. It holds no money and settles nothing itself: settlement takes place in central bank money
/// outside, and the reference names it. Positions stay with the failed bank's id after a succession; the right to
/// limit and settle them passes to the successor.
///
/// How it is replaced. `retire` stops payments for good; limits and settlements go on until the positions are zero.
/// The successor is given the clearing role in Authority, this contract loses it. It holds nobody's money, so nobody
/// has to move.
contract Clearing is CityContext {
    uint256 private constant MAX_AMOUNT = 2 ** 63 - 1;

    /// @notice The register of institutions that says who may act.
    IInstitutions public immutable INSTITUTIONS;

    /// @notice The bank of a registered deposit contract, 0 for any other address.
    mapping(address deposits => uint32 bank) public bankOf;
    /// @notice What `debtor` may owe `creditor` at most, net and in fen, by the creditor's decision.
    mapping(uint32 creditor => mapping(uint32 debtor => uint256 limit)) public limitOf;
    /// @notice Whether payments have stopped for good.
    bool public retired;
    /// @notice The contract that follows a retired one; zero when none does.
    address public successor;

    /// @dev What the bank with the lower id owes the other; negative when the other owes. Always within 2^63.
    mapping(uint32 low => mapping(uint32 high => int256)) private _positions;
    mapping(bytes32 key => uint256 amount) private _proposed;
    mapping(bytes32 key => bool) private _settled;

    /// @notice The contract began to clear for the banks of `institutions`.
    event ClearingCreated(address institutions);
    /// @notice Payments may go from and to `deposits` from now on.
    event BankRegistered(address indexed deposits, uint32 indexed bank);
    /// @notice `debtor` may owe `creditor` at most `limit` fen net.
    event LimitSet(uint32 indexed creditor, uint32 indexed debtor, uint256 limit);
    /// @notice `payer` paid `amount` fen from their account in `fromDeposits` to the account of `to` in `toDeposits`.
    event Paid(
        address indexed payer,
        address indexed to,
        address fromDeposits,
        address toDeposits,
        uint256 amount,
        bytes32 indexed ref
    );
    /// @notice `debtor` now owes `creditor` `netDebt` fen; negative when the creditor owes the debtor.
    event PositionChanged(uint32 indexed debtor, uint32 indexed creditor, int256 netDebt);
    /// @notice `debtor` says that it paid `amount` in central bank money under `ref`.
    event SettlementProposed(uint32 indexed debtor, uint32 indexed creditor, uint256 amount, bytes32 indexed ref);
    /// @notice `creditor` says that it received that payment.
    event SettlementConfirmed(uint32 indexed debtor, uint32 indexed creditor, uint256 amount, bytes32 indexed ref);
    /// @notice One of the two banks dropped the proposal.
    event SettlementDropped(uint32 indexed debtor, uint32 indexed creditor, bytes32 indexed ref, uint32 by);
    /// @notice No more payments from now on.
    event Retired(address successor);

    /// @notice The deposit contract isn't registered. Ask the council to register it.
    error NotRegistered(address deposits);
    /// @notice The deposit contract is registered already.
    error AlreadyRegistered(address deposits);
    /// @notice The deposit contract obeys another authority or another register of institutions than this one.
    error ForeignDeposits(address deposits);
    /// @notice Payer and payee are in the same contract: use its `transfer`.
    error SameDeposits(address deposits);
    /// @notice A bank has no position with itself.
    error SameBank(uint32 bank);
    /// @notice The payment would leave `debtor` owing `creditor` more than it allows. Settle, or ask for a higher
    /// limit.
    error LimitExceeded(uint32 debtor, uint32 creditor, uint256 debt, uint256 limit);
    /// @notice The debtor hasn't proposed a settlement of this amount under this reference, or it was dropped.
    error SettlementNotProposed(uint32 debtor, uint32 creditor, uint256 amount, bytes32 ref);

    constructor(address authority_, address institutions) CityContext(authority_) {
        INSTITUTIONS = IInstitutions(institutions);
        emit ClearingCreated(institutions);
    }

    /// @notice Lets payments go from and to `deposits`. By the council's administration, which must also give this
    /// contract the clearing role for it.
    function registerBank(Deposits deposits) external restricted {
        if (bankOf[address(deposits)] != 0) revert AlreadyRegistered(address(deposits));
        if (deposits.authority() != authority() || address(deposits.INSTITUTIONS()) != address(INSTITUTIONS)) {
            revert ForeignDeposits(address(deposits));
        }
        uint32 bank = deposits.BANK();
        bankOf[address(deposits)] = bank;
        emit BankRegistered(address(deposits), bank);
    }

    /// @notice Pays `amount` fen of the sender's available money in `fromDeposits` to the account of `to` in
    /// `toDeposits`. Between two contracts of one bank (the way out of a retired one) no position changes.
    /// @param ref the payer's reference, zero for none; a salted commitment, never text about a person.
    function pay(Deposits fromDeposits, Deposits toDeposits, address to, uint256 amount, bytes32 ref) external {
        if (retired) revert DepositAccounts.ContractRetired(successor);
        _requireAmount(amount);
        if (address(fromDeposits) == address(toDeposits)) revert SameDeposits(address(fromDeposits));
        uint32 debtor = _activeBankOf(fromDeposits);
        uint32 creditor = _activeBankOf(toDeposits);
        if (debtor != creditor) {
            int256 debt = _addDebt(debtor, creditor, int256(amount));
            uint256 limit = limitOf[creditor][debtor];
            if (debt > int256(limit)) revert LimitExceeded(debtor, creditor, uint256(debt), limit);
        }
        emit Paid(_msgSender(), to, address(fromDeposits), address(toDeposits), amount, ref);
        fromDeposits.clearingBurn(_msgSender(), amount);
        toDeposits.clearingMint(to, amount);
    }

    /// @notice Sets what `debtor` may owe `creditor`, the sender's bank. A limit below the present debt stops only
    /// further debt.
    function setLimit(uint32 creditor, uint32 debtor, uint256 limit) external {
        _requirePair(debtor, creditor);
        _requireActingFor(creditor);
        if (limit > MAX_AMOUNT) revert DepositAccounts.AmountTooLarge(limit);
        limitOf[creditor][debtor] = limit;
        emit LimitSet(creditor, debtor, limit);
    }

    /// @notice Says that `debtor`, the sender's bank, paid `amount` fen to `creditor` in central bank money under
    /// `ref`. Nothing changes until the creditor confirms. It may exceed the debt (payment in advance). Proposing
    /// again under the same reference corrects the amount.
    function proposeSettlement(uint32 debtor, uint32 creditor, uint256 amount, bytes32 ref) external {
        _requirePair(debtor, creditor);
        _requireActingFor(debtor);
        _requireAmount(amount);
        if (ref == 0) revert Deposits.ReferenceMissing();
        bytes32 key = _key(debtor, creditor, ref);
        if (_settled[key]) revert Deposits.ReferenceUsed(ref);
        _proposed[key] = amount;
        emit SettlementProposed(debtor, creditor, amount, ref);
    }

    /// @notice Says that `creditor`, the sender's bank, received what `debtor` proposed, and lowers the debt. Each
    /// reference settles once.
    function confirmSettlement(uint32 debtor, uint32 creditor, uint256 amount, bytes32 ref) external {
        _requireActingFor(creditor);
        _requireAmount(amount);
        bytes32 key = _key(debtor, creditor, ref);
        if (_proposed[key] != amount) revert SettlementNotProposed(debtor, creditor, amount, ref);
        delete _proposed[key];
        _settled[key] = true;
        emit SettlementConfirmed(debtor, creditor, amount, ref);
        int256 debt = _addDebt(debtor, creditor, -int256(amount));
        if (-debt > int256(MAX_AMOUNT)) revert DepositAccounts.AmountTooLarge(uint256(-debt));
    }

    /// @notice Drops a proposal that isn't confirmed: the debtor's mistake, or a payment that the creditor never
    /// received.
    function dropSettlement(uint32 debtor, uint32 creditor, bytes32 ref) external {
        uint32 institution = INSTITUTIONS.requireActing(_msgSender(), "bank", "clearing");
        if (institution != INSTITUTIONS.dutyHolder(debtor) && institution != INSTITUTIONS.dutyHolder(creditor)) {
            revert DepositAccounts.NotThisBank(institution, debtor);
        }
        bytes32 key = _key(debtor, creditor, ref);
        if (_proposed[key] == 0) revert SettlementNotProposed(debtor, creditor, 0, ref);
        delete _proposed[key];
        emit SettlementDropped(debtor, creditor, ref, institution);
    }

    /// @notice Stops payments for good. By the council's administration.
    function retire(address successor_) external restricted {
        if (retired) revert DepositAccounts.ContractRetired(successor);
        retired = true;
        // slither-disable-next-line missing-zero-check (zero says that nothing follows)
        successor = successor_;
        emit Retired(successor_);
    }

    /// @notice What `debtor` owes `creditor` net, in fen; negative when the creditor owes the debtor.
    function netDebt(uint32 debtor, uint32 creditor) public view returns (int256 debt) {
        return debtor < creditor ? _positions[debtor][creditor] : -_positions[creditor][debtor];
    }

    function _addDebt(uint32 debtor, uint32 creditor, int256 change) private returns (int256 debt) {
        debt = netDebt(debtor, creditor) + change;
        if (debtor < creditor) _positions[debtor][creditor] = debt;
        else _positions[creditor][debtor] = -debt;
        emit PositionChanged(debtor, creditor, debt);
    }

    function _activeBankOf(Deposits deposits) private view returns (uint32 bank) {
        bank = bankOf[address(deposits)];
        if (bank == 0) revert NotRegistered(address(deposits));
        uint32 holder = INSTITUTIONS.dutyHolder(bank);
        if (!INSTITUTIONS.isActive(holder)) revert IInstitutions.NotActive(holder);
    }

    function _requireActingFor(uint32 bank) private view {
        uint32 institution = INSTITUTIONS.requireActing(_msgSender(), "bank", "clearing");
        if (institution != INSTITUTIONS.dutyHolder(bank)) revert DepositAccounts.NotThisBank(institution, bank);
    }

    function _requirePair(uint32 debtor, uint32 creditor) private view {
        if (debtor == creditor) revert SameBank(debtor);
        if (INSTITUTIONS.kindOf(debtor) != "bank") revert IInstitutions.WrongKind(debtor, "bank");
        if (INSTITUTIONS.kindOf(creditor) != "bank") revert IInstitutions.WrongKind(creditor, "bank");
    }

    function _requireAmount(uint256 amount) private pure {
        if (amount == 0) revert DepositAccounts.AmountZero();
        if (amount > MAX_AMOUNT) revert DepositAccounts.AmountTooLarge(amount);
    }

    function _key(uint32 debtor, uint32 creditor, bytes32 ref) private pure returns (bytes32) {
        return keccak256(abi.encode(debtor, creditor, ref));
    }
}
