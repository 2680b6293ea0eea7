"""Finality that anyone can check with a file, offline: consensus-specs, Altair light client, containers of Electra.

Who starts from the genesis that the members signed knows the first sync committee: 512 seats, drawn among all
validators by their stake. Each committee signs for 256 epochs, and names the next one. So a chain of updates, one a
period, and one finality update prove that a block is final, and its state root and receipts root with it: two thirds of
a committee would have had to lie.

Roots and hashes are 32 bytes, written as 0x hexadecimal in files.
"""

import hashlib
from collections.abc import Sequence
from typing import Any

import httpx
import msgspec
from remerkleable.basic import uint64, uint256
from remerkleable.byte_arrays import ByteList, Bytes4, Bytes32, Bytes48, ByteVector
from remerkleable.complex import Container, Vector

from . import bls
from .constants import Choices
from .errors import ProofRefused

SEATS = 512
EPOCHS_OF_A_COMMITTEE = 256
DOMAIN_SYNC_COMMITTEE = bytes.fromhex("07000000")
#: Generalised indices: the finalised root and the next committee in a state (Electra), the payload in a block's body.
FINALISED, NEXT_COMMITTEE, EXECUTION = 169, 87, 25
#: Bytes of a BeaconState before its current committee, field by field; 4 is where a list's offset stands.
BEFORE_COMMITTEE = sum(
    [
        *[8, 32, 8, 16, 112],  # genesis time, validators' root, slot, fork, latest header
        *[8_192 * 32, 8_192 * 32, 4],  # block roots, state roots, historical roots
        *[72, 4, 8],  # eth1 data, votes, deposit index
        *[4, 4, 65_536 * 32, 8_192 * 8],  # validators, balances, randao mixes, slashings
        *[4, 4, 1, 40, 40, 40, 4],  # participation, justification, three checkpoints, inactivity scores
    ]
)


class _BeaconHeader(Container):  # type: ignore[misc]
    slot: uint64
    proposer_index: uint64
    parent_root: Bytes32
    state_root: Bytes32
    body_root: Bytes32


class _ExecutionHeader(Container):  # type: ignore[misc]
    parent_hash: Bytes32
    fee_recipient: ByteVector[20]
    state_root: Bytes32
    receipts_root: Bytes32
    logs_bloom: ByteVector[256]
    prev_randao: Bytes32
    block_number: uint64
    gas_limit: uint64
    gas_used: uint64
    timestamp: uint64
    extra_data: ByteList[32]
    base_fee_per_gas: uint256
    block_hash: Bytes32
    transactions_root: Bytes32
    withdrawals_root: Bytes32
    blob_gas_used: uint64
    excess_blob_gas: uint64


class _Committee(Container):  # type: ignore[misc]
    pubkeys: Vector[Bytes48, SEATS]
    aggregate_pubkey: Bytes48


class _ForkData(Container):  # type: ignore[misc]
    current_version: Bytes4
    genesis_validators_root: Bytes32


class _SigningData(Container):  # type: ignore[misc]
    object_root: Bytes32
    domain: Bytes32


class Header(msgspec.Struct, frozen=True):
    """A beacon block's header, and the execution block in it."""

    beacon: dict[str, str]
    execution: dict[str, str]
    execution_branch: list[str]


class Committee(msgspec.Struct, frozen=True):
    pubkeys: list[str]
    aggregate_pubkey: str


class Aggregate(msgspec.Struct, frozen=True):
    """Which seats signed (a bit each, least significant first) and their common signature."""

    sync_committee_bits: str
    sync_committee_signature: str


class Update(msgspec.Struct, frozen=True):
    """As the Beacon API's light_client endpoints give it; the next committee is missing in a finality update."""

    attested_header: Header
    finalized_header: Header
    finality_branch: list[str]
    sync_aggregate: Aggregate
    signature_slot: str
    next_sync_committee: Committee | None = None
    next_sync_committee_branch: list[str] = []


class Proof(msgspec.Struct, frozen=True):
    """One update for each period since genesis, and the newest finality update."""

    updates: list[Update]
    finality: Update


class Trust(msgspec.Struct, frozen=True):
    """What the members' genesis says; all that a reader has to believe."""

    genesis_validators_root: bytes
    fork_version: bytes
    slots_per_epoch: int
    committee: list[bytes]


class Final(msgspec.Struct, frozen=True):
    """What is proven: this execution block is final, and everything in its state and receipts."""

    slot: int
    block: int
    block_hash: str
    state_root: str
    receipts_root: str
    time: int
    participation: float


def trust(genesis: bytes, choices: Choices) -> Trust:
    """From genesis.ssz. Raises ProofRefused when it is no genesis state."""
    keys = genesis[BEFORE_COMMITTEE : BEFORE_COMMITTEE + SEATS * 48]
    if len(keys) != SEATS * 48 or int.from_bytes(genesis[:8], "little") != choices.genesis_time:
        raise ProofRefused(field="genesis.ssz", reason="is not the genesis of this network")
    committee = [keys[seat * 48 : seat * 48 + 48] for seat in range(SEATS)]
    version = bytes([choices.fork_version[0] + 6]) + choices.fork_version[1:]
    return Trust(genesis[8:40], version, choices.slots_per_epoch, committee)


def fetch(beacon: str) -> Proof:
    """From a member's beacon node, by its URL; what it gives is believed only when `verify` passes.

    Raises ProofRefused when there is nothing final yet, or the node does not answer.
    """
    try:
        with httpx.Client(base_url=beacon, timeout=20) as client:
            newest = client.get("/eth/v1/beacon/light_client/finality_update")
            newest.raise_for_status()
            finality = msgspec.convert(newest.json()["data"], Update)
            spec = client.get("/eth/v1/config/spec").json()["data"]
            slots = int(spec["SLOTS_PER_EPOCH"]) * EPOCHS_OF_A_COMMITTEE
            periods = max(int(finality.signature_slot) - 1, 0) // slots
            updates: list[Update] = []
            while len(updates) < periods:
                asked = {"start_period": len(updates), "count": min(periods - len(updates), 128)}
                given = client.get("/eth/v1/beacon/light_client/updates", params=asked).json()
                if not given:
                    raise ProofRefused(field=f"updates[{len(updates)}]", reason="is not known to this member")
                updates += [msgspec.convert(one["data"], Update) for one in given]
            return Proof(updates, finality)
    except (httpx.HTTPError, ValueError, KeyError, TypeError) as problem:
        raise ProofRefused(field=beacon, reason=f"gives no proof ({problem})") from problem


def verify(trusted: Trust, proof: Proof) -> Final:
    """Raises ProofRefused with the field that does not hold."""
    committee = trusted.committee
    for period, update in enumerate(proof.updates):
        if _period(trusted, int(update.signature_slot)) != period:
            raise ProofRefused(field=f"updates[{period}].signature_slot", reason="lies in another period")
        _check(trusted, committee, update, f"updates[{period}]")
        committee = _next(update, f"updates[{period}]")
    if _period(trusted, int(proof.finality.signature_slot)) != len(proof.updates):
        raise ProofRefused(field="finality.signature_slot", reason="lies in a period that no update leads to")
    share = _check(trusted, committee, proof.finality, "finality")
    header = proof.finality.finalized_header
    return Final(
        slot=int(header.beacon["slot"]),
        block=int(header.execution["block_number"]),
        block_hash=header.execution["block_hash"],
        state_root=header.execution["state_root"],
        receipts_root=header.execution["receipts_root"],
        time=int(header.execution["timestamp"]),
        participation=share,
    )


def _check(trusted: Trust, committee: Sequence[bytes], update: Update, where: str) -> float:
    """The share of the committee that signed. Raises ProofRefused."""
    attested, final = update.attested_header, update.finalized_header
    slots = int(final.beacon["slot"]), int(attested.beacon["slot"]), int(update.signature_slot)
    if not slots[0] <= slots[1] < slots[2]:
        raise ProofRefused(field=f"{where}.signature_slot", reason="does not follow what it signs")
    block, payload = _root(_BeaconHeader, final.beacon), _root(_ExecutionHeader, final.execution)
    _branch(block, update.finality_branch, FINALISED, attested.beacon["state_root"], where)
    _branch(payload, final.execution_branch, EXECUTION, final.beacon["body_root"], where)
    bits = int.from_bytes(_bytes(update.sync_aggregate.sync_committee_bits), "little")
    signers = [key for seat, key in enumerate(committee) if bits >> seat & 1]
    if len(signers) * 3 < SEATS * 2 or bits >> SEATS:
        raise ProofRefused(field=f"{where}.sync_aggregate", reason=f"has {len(signers)} of {SEATS} seats")
    fork = _ForkData(current_version=trusted.fork_version, genesis_validators_root=trusted.genesis_validators_root)
    domain = DOMAIN_SYNC_COMMITTEE + bytes(fork.hash_tree_root())[:28]
    signed = _SigningData(object_root=_root(_BeaconHeader, attested.beacon), domain=domain)
    signature = _bytes(update.sync_aggregate.sync_committee_signature)
    if not bls.verify_common(signers, bytes(signed.hash_tree_root()), signature):
        raise ProofRefused(field=f"{where}.sync_aggregate", reason="is not signed by the committee")
    return len(signers) / SEATS


def _next(update: Update, where: str) -> list[bytes]:
    """The next committee, proven to be the one of the state that was signed."""
    if update.next_sync_committee is None:
        raise ProofRefused(field=f"{where}.next_sync_committee", reason="is missing")
    root = _root(_Committee, msgspec.to_builtins(update.next_sync_committee))
    state = update.attested_header.beacon["state_root"]
    _branch(root, update.next_sync_committee_branch, NEXT_COMMITTEE, state, where)
    return [_bytes(key) for key in update.next_sync_committee.pubkeys]


def _branch(leaf: bytes, branch: Sequence[str], index: int, root: str, where: str) -> None:
    """A Merkle branch of SSZ (consensus-specs, is_valid_merkle_branch), at a generalised index."""
    place = index
    if len(branch) != index.bit_length() - 1:
        raise ProofRefused(field=f"{where}, branch {index}", reason=f"has {len(branch)} nodes")
    for sibling in branch:
        pair = (_bytes(sibling), leaf) if place & 1 else (leaf, _bytes(sibling))
        leaf, place = hashlib.sha256(pair[0] + pair[1]).digest(), place >> 1
    if leaf != _bytes(root):
        raise ProofRefused(field=f"{where}, branch {index}", reason="does not lead to the root")


def _root(kind: Any, fields: dict[str, Any]) -> bytes:
    """hash_tree_root of a container as the Beacon API writes it. Raises ProofRefused for what has no such shape."""
    try:
        return bytes(kind.from_obj(fields).hash_tree_root())
    except Exception as problem:  # the library has no root of its errors
        raise ProofRefused(field=kind.__name__.strip("_"), reason=f"can't be read ({problem})") from problem


def _bytes(text: str) -> bytes:
    try:
        return bytes.fromhex(text.removeprefix("0x"))
    except ValueError as problem:
        raise ProofRefused(field=text[:12], reason="is not hexadecimal") from problem


def _period(trusted: Trust, signature_slot: int) -> int:
    """Which committee signed: the one of the slot before."""
    return max(signature_slot - 1, 0) // trusted.slots_per_epoch // EPOCHS_OF_A_COMMITTEE
