"""What a request must be before it is stored: well-formed, published, in time, and signed by its signer."""

import re
from collections.abc import Sequence

from django.utils.translation import gettext as _

from citychain.chain import clock, codec
from citychain.chain.addressbook import AddressBook
from citychain.chain.forwarding import ForwardRequest
from citychain.chain.keys import InvalidSignature, recover
from citychain.chain.rpc import Call, NodeUnavailable, Rpc, RpcError

from . import published
from .errors import CalldataTooLong, DeadlineOutOfRange, GasAboveLimit, MalformedField

#: Bytes of calldata and of a signature (a Safe's grows with its officers).
MOST_DATA, MOST_SIGNATURE, LONGEST_KEY = 8_192, 2_048, 128
#: Seconds of a block in the slower engine; a deadline leaves time for at least three.
BLOCK_SECONDS = 12
NEAREST_DEADLINE = 3 * BLOCK_SECONDS
#: Officers who sign together may need some days.
FURTHEST_DEADLINE = 7 * 86_400
#: isValidSignature(bytes32,bytes): the function, and its answer "yes" (ERC-1271).
ERC_1271 = bytes.fromhex("1626ba7e")
#: Who asks a wallet: nobody.
NOBODY = "0x" + "00" * 20
#: What the Forwarder gives a wallet, and what a transaction around the question costs at most.
WALLET_GAS = 100_000 + 21_000 + 16 * (MOST_SIGNATURE + 132)

_ADDRESS = re.compile(r"0x[0-9a-f]{40}\Z")


def check_form(request: ForwardRequest, signature: bytes, key: str | None) -> None:
    """Raises MalformedField, CalldataTooLong."""
    for field, address in (("from", request.sender), ("to", request.to)):
        if not _ADDRESS.match(address):
            raise MalformedField(field=field, reason=_("it is not an address in lower-case hex"))
    for field, number in (("gas", request.gas), ("nonce", request.nonce), ("deadline", request.deadline)):
        if not 0 <= number < 2**48:
            raise MalformedField(field=field, reason=_("it is not a number from 0 to 2^48 - 1"))
    if len(request.data) > MOST_DATA:
        raise CalldataTooLong(length=len(request.data), limit=MOST_DATA)
    check_signature(signature)
    if key is not None and not (0 < len(key) <= LONGEST_KEY and key.isprintable()):
        raise MalformedField(
            field="key", reason=_("it is not 1 to {most} printable characters").format(most=LONGEST_KEY)
        )


def check_signature(signature: bytes) -> None:
    """Its length; raises MalformedField."""
    if not 0 < len(signature) <= MOST_SIGNATURE:
        raise MalformedField(field="signature", reason=_("it has not 1 to {most} bytes").format(most=MOST_SIGNATURE))


def check_policy(book: AddressBook, request: ForwardRequest) -> None:
    """Raises NotPublished, GasAboveLimit, DeadlineOutOfRange; the first that applies."""
    function = published.lookup(book, request.to, request.data)
    if request.gas > function.gas:
        raise GasAboveLimit(function=function.name, limit=function.gas, gas=request.gas)
    now = clock.now()
    earliest, latest = now + NEAREST_DEADLINE, now + FURTHEST_DEADLINE
    if not earliest <= request.deadline <= latest:
        raise DeadlineOutOfRange(earliest=earliest, latest=latest, deadline=request.deadline)


def signed_by_key(signer: str, digest: bytes, signature: bytes) -> bool:
    """Whether the key of the account `signer` made the signature."""
    try:
        return recover(digest, signature) == signer
    except InvalidSignature:
        return False


def signed_by_wallet(rpc: Rpc, questions: Sequence[tuple[str, bytes, bytes]]) -> list[bool]:
    """Whether each signer's contract accepts the signature of the digest (ERC-1271), as the Forwarder asks it.

    A question is (signer, digest, signature). An account without code accepts nothing. Raises NodeUnavailable also when
    the node fails with an error of its own, which tells nothing about the signature; a contract that reverts or burns
    its gas has refused. (eth_call does not tell the two apart: of anvil, both are "internal error".)
    """
    asked = [
        [
            Call(
                NOBODY,
                signer,
                ERC_1271 + codec.encode(("bytes32", "bytes"), ("0x" + digest.hex(), signature)),
                WALLET_GAS,
            )
        ]
        for signer, digest, signature in questions
    ]
    try:
        answers = rpc.simulate_each(asked)
    except RpcError as problem:
        raise NodeUnavailable(reason=problem.reason) from problem
    return [answer.success and answer.data[:32] == ERC_1271.ljust(32, b"\0") for [answer] in answers]
