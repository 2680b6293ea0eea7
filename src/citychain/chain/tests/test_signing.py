"""Byte for byte what eth-account makes: keys, transactions, typed data."""

from typing import Any

import pytest
import rlp as reference  # type: ignore[import-untyped]
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_utils.address import to_checksum_address
from hypothesis import given
from hypothesis import strategies as st

from citychain.chain.forwarding import CancelRequest, Domain, ForwardRequest
from citychain.chain.hashing import keccak
from citychain.chain.keys import HALF_ORDER, InvalidKey, InvalidSignature, Key, recover
from citychain.chain.rlp import encode
from citychain.chain.transactions import create2_address, create_address, sign_1559

ORDER = 2 * HALF_ORDER + 1
secrets = st.integers(1, ORDER - 1).map(lambda number: number.to_bytes(32, "big"))
addresses = st.binary(min_size=20, max_size=20).map(lambda raw: "0x" + raw.hex())
words = st.integers(0, 2**256 - 1)
digests = st.binary(min_size=32, max_size=32)


@given(st.recursive(st.binary(max_size=70) | words, lambda item: st.lists(item, max_size=6), max_leaves=30))
def test_rlp_is_the_reference_encoding(item: Any) -> None:
    assert encode(item) == reference.encode(item)


@given(secrets, digests)
def test_signature_is_eth_accounts_and_recovers(secret: bytes, digest: bytes) -> None:
    key = Key(secret)
    expected = Account.unsafe_sign_hash(digest, secret)
    assert key.sign(digest) == bytes(expected.signature)
    assert key.address == Account.from_key(secret).address.lower() == recover(digest, key.sign(digest))


@given(secrets, digests, st.integers(0, 64))
def test_signature_with_a_changed_byte_is_not_the_signers(secret: bytes, digest: bytes, at: int) -> None:
    changed = bytearray(Key(secret).sign(digest))
    changed[at] ^= 1
    try:
        assert recover(digest, bytes(changed)) != Key(secret).address
    except InvalidSignature:
        pass


def test_signature_that_contracts_refuse_is_refused() -> None:
    digest = keccak(b"")
    signature = Key(b"\1" * 32).sign(digest)
    twin = (ORDER - int.from_bytes(signature[32:64], "big")).to_bytes(32, "big")
    for bad in (b"", signature[:64], signature[:64] + b"\0", signature[:32] + twin + bytes((55 - signature[64],))):
        with pytest.raises(InvalidSignature):
            recover(digest, bad)


@pytest.mark.parametrize("secret", [b"", b"\1" * 31, bytes(32), ORDER.to_bytes(32, "big")])
def test_key_outside_the_curve_is_refused(secret: bytes) -> None:
    with pytest.raises(InvalidKey):
        Key(secret)


def test_key_does_not_show_its_secret() -> None:
    key = Key(b"\7" * 32)
    assert "07" * 32 not in repr(key) + str(key)


@given(
    secret=secrets,
    chain_id=st.integers(1, 2**53),
    nonce=st.integers(0, 2**64 - 2),
    to=st.one_of(addresses, st.just("")),
    data=st.binary(max_size=300),
    gas=st.integers(21_000, 2**63),
    max_fee=st.integers(0, 2**100),
    tip=st.integers(0, 2**100),
    value=words,
)
def test_transaction_is_eth_accounts(secret: bytes, to: str, data: bytes, **fields: int) -> None:
    ours = sign_1559(Key(secret), to=to, data=data, **fields)
    theirs = Account.sign_transaction(
        {
            "type": 2,
            "chainId": fields["chain_id"],
            "nonce": fields["nonce"],
            "maxFeePerGas": fields["max_fee"],
            "maxPriorityFeePerGas": fields["tip"],
            "gas": fields["gas"],
            "to": to_checksum_address(to) if to else b"",
            "value": fields["value"],
            "data": data,
        },
        secret,
    )
    assert (ours.raw, ours.hash) == (bytes(theirs.raw_transaction), "0x" + theirs.hash.hex().removeprefix("0x"))


domains = st.builds(Domain, st.integers(1, 2**53), addresses)
requests = st.builds(
    ForwardRequest,
    sender=addresses,
    to=addresses,
    gas=words,
    nonce=words,
    deadline=st.integers(0, 2**48 - 1),
    data=st.binary(max_size=300),
)


@given(secrets, domains, requests | st.builds(CancelRequest, addresses, words))
def test_typed_data_is_eth_accounts(secret: bytes, domain: Domain, request: ForwardRequest | CancelRequest) -> None:
    message = encode_typed_data(full_message=request.typed_data(domain))
    expected = Account.from_key(secret).sign_message(message)
    assert "0x" + request.digest(domain).hex() == "0x" + expected.message_hash.hex().removeprefix("0x")
    assert Key(secret).sign(request.digest(domain)) == bytes(expected.signature)


@given(domains, requests, domains)
def test_request_of_another_domain_has_another_digest(domain: Domain, request: ForwardRequest, other: Domain) -> None:
    assert (request.digest(domain) == request.digest(other)) == (domain == other)


def test_addresses_of_created_contracts_follow_the_standards() -> None:
    # the example of EIP-1014, and the well-known first contract of an account
    assert create2_address("0x" + "00" * 20, bytes(32), b"\0") == "0x4d1a2e2bb4f88f0250f26ffff098b0b30b26bf38"
    creator = "0x6ac7ea33f8831ea9dcc53393aaa88b25a785dbf0"
    assert create_address(creator, 0) == "0xcd234a471b72ba2f1ccf0a70fcaba648a5eecd8d"
    assert create_address(creator, 1) == "0x343c43a37d37dff08ae8c4a11544c718abb4fcf8"
