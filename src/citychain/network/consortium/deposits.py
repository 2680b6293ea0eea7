"""What a validator's deposit says, and that the validator's own key signed it (consensus-specs, phase 0).

Keys are 48 bytes, signatures 96 (BLS12-381), amounts Gwei.
"""

import msgspec
from remerkleable.basic import uint64
from remerkleable.byte_arrays import Bytes4, Bytes32, Bytes48, Bytes96
from remerkleable.complex import Container

from . import bls

#: One validator's stake: MIN_ACTIVATION_BALANCE. All have the same, so that an institution's votes are its validators.
STAKE = 32 * 10**9
DOMAIN_DEPOSIT = bytes.fromhex("03000000")


class _DepositMessage(Container):  # type: ignore[misc]
    pubkey: Bytes48
    withdrawal_credentials: Bytes32
    amount: uint64


class _DepositData(Container):  # type: ignore[misc]
    pubkey: Bytes48
    withdrawal_credentials: Bytes32
    amount: uint64
    signature: Bytes96


class _ForkData(Container):  # type: ignore[misc]
    current_version: Bytes4
    genesis_validators_root: Bytes32


class _SigningData(Container):  # type: ignore[misc]
    object_root: Bytes32
    domain: Bytes32


class Deposit(msgspec.Struct, frozen=True):
    """In the format of the Ethereum Foundation's deposit tool: hexadecimal without 0x, amount in Gwei."""

    pubkey: str
    withdrawal_credentials: str
    amount: int
    signature: str
    deposit_data_root: str


def make_deposit(secret: bytes, account: str, fork_version: bytes) -> Deposit:
    """The deposit of one validator whose stake can only ever go back to `account`."""
    credentials = withdrawal_credentials(account)
    key = bls.public_key(secret)
    signature = bls.sign(secret, _signing_root(key, credentials, STAKE, fork_version))
    root = _data_root(key, credentials, STAKE, signature)
    return Deposit(key.hex(), credentials.hex(), STAKE, signature.hex(), root.hex())


def fault(deposit: Deposit, account: str, fork_version: bytes) -> tuple[str, str] | None:
    """Which field of the deposit is wrong and why, or None when `account`'s validator of this network signed it."""
    try:
        key, signature = _sized(deposit.pubkey, 48), _sized(deposit.signature, 96)
        credentials, root = _sized(deposit.withdrawal_credentials, 32), _sized(deposit.deposit_data_root, 32)
    except ValueError as problem:
        return "deposit", str(problem)
    if deposit.amount != STAKE:
        return "amount", f"is {deposit.amount} Gwei instead of {STAKE}"
    if credentials != withdrawal_credentials(account):
        return "withdrawal_credentials", f"do not name {account}"
    if root != _data_root(key, credentials, deposit.amount, signature):
        return "deposit_data_root", "is not the root of the deposit"
    signed = bls.verify(key, _signing_root(key, credentials, deposit.amount, fork_version), signature)
    return None if signed else ("signature", f"is not the one of {deposit.pubkey[:12]}… for this network")


def withdrawal_credentials(account: str) -> bytes:
    """0x01, eleven zero bytes and the address that stake and rewards go to (EIP-4895)."""
    return b"\x01" + bytes(11) + bytes.fromhex(account.removeprefix("0x"))


def _signing_root(key: bytes, credentials: bytes, amount: int, fork_version: bytes) -> bytes:
    message = _DepositMessage(pubkey=key, withdrawal_credentials=credentials, amount=amount)
    fork = _ForkData(current_version=fork_version, genesis_validators_root=bytes(32))
    domain = DOMAIN_DEPOSIT + bytes(fork.hash_tree_root())[:28]
    return bytes(_SigningData(object_root=message.hash_tree_root(), domain=domain).hash_tree_root())


def _data_root(key: bytes, credentials: bytes, amount: int, signature: bytes) -> bytes:
    data = _DepositData(pubkey=key, withdrawal_credentials=credentials, amount=amount, signature=signature)
    return bytes(data.hash_tree_root())


def _sized(text: str, length: int) -> bytes:
    found = bytes.fromhex(text)
    if len(found) != length:
        raise ValueError(f"{text[:12]}… has {len(found)} bytes instead of {length}")
    return found
