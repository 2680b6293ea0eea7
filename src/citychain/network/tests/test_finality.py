"""Proofs of finality: one that a trial network of four members gave, and chains of committees made here."""

import gzip
import hashlib
from pathlib import Path
from typing import Any

import msgspec
import pytest

from citychain.network.consortium import bls, finality
from citychain.network.consortium.errors import ProofRefused
from citychain.network.consortium.finality import EXECUTION, FINALISED, NEXT_COMMITTEE, SEATS, Proof, Trust, Update

#: Two halves of each committee of the chains made here, by period.
HALVES = [[bytes([period + 1]) * 31 + bytes([half + 1]) for half in range(2)] for period in range(3)]
PERIOD = 32 * finality.EPOCHS_OF_A_COMMITTEE
TRUST = Trust(b"r" * 32, b"\x16\x00\x00\x01", 32, [bls.public_key(HALVES[0][seat % 2]) for seat in range(SEATS)])


def _tree(leaves: dict[int, bytes], at: int = 1) -> bytes:
    """The root of a tree that holds `leaves` at their generalised indices."""
    if at in leaves:
        return leaves[at]
    if not any(leaf >> (leaf.bit_length() - at.bit_length()) == at for leaf in leaves if leaf > at):
        return hashlib.sha256(b"other %d" % at).digest()
    return hashlib.sha256(_tree(leaves, 2 * at) + _tree(leaves, 2 * at + 1)).digest()


def _branch(leaves: dict[int, bytes], index: int) -> list[str]:
    found = []
    while index > 1:
        found.append("0x" + _tree(leaves, index ^ 1).hex())
        index >>= 1
    return found


def _beacon(slot: int, **roots: bytes) -> dict[str, str]:
    filled = {name: "0x" + roots.get(name, bytes(32)).hex() for name in ("parent_root", "state_root", "body_root")}
    return {"slot": str(slot), "proposer_index": "0", **filled}


def _execution(number: int) -> dict[str, str]:
    hashes = ("parent_hash", "state_root", "receipts_root", "prev_randao", "block_hash", "transactions_root")
    numbers = ("gas_limit", "gas_used", "timestamp", "base_fee_per_gas", "blob_gas_used", "excess_blob_gas")
    return {
        **{name: "0x" + bytes([number]).hex() * 32 for name in (*hashes, "withdrawals_root")},
        **dict.fromkeys(numbers, "7"),
        "fee_recipient": "0x" + "11" * 20,
        "logs_bloom": "0x" + "00" * 256,
        "extra_data": "0x",
        "block_number": str(number),
    }


def _update(period: int, slot: int, *, next_committee: bool = True) -> Update:
    """Signed at `slot` by the whole committee of `period`, naming the next one."""
    execution = _execution(period + 40)
    payload = finality._root(finality._ExecutionHeader, execution)
    final = _beacon(slot - 64, body_root=_tree({EXECUTION: payload}))
    keys = [bls.public_key(HALVES[(period + 1) % 3][seat % 2]) for seat in range(SEATS)]
    committee = {"pubkeys": ["0x" + key.hex() for key in keys], "aggregate_pubkey": "0x" + keys[0].hex()}
    state = {
        FINALISED: finality._root(finality._BeaconHeader, final),
        NEXT_COMMITTEE: finality._root(finality._Committee, committee),
    }
    attested = _beacon(slot - 1, state_root=_tree(state))
    fork = finality._ForkData(current_version=TRUST.fork_version, genesis_validators_root=TRUST.genesis_validators_root)
    signed = finality._SigningData(
        object_root=finality._root(finality._BeaconHeader, attested),
        domain=finality.DOMAIN_SYNC_COMMITTEE + bytes(fork.hash_tree_root())[:28],
    )
    secrets = [int.from_bytes(HALVES[period][seat % 2], "big") for seat in range(SEATS)]
    common = (sum(secrets) % bls.CURVE_ORDER).to_bytes(32, "big")
    signature = bls.sign(common, bytes(signed.hash_tree_root()))
    raw: dict[str, Any] = {
        "attested_header": {"beacon": attested, "execution": _execution(9), "execution_branch": []},
        "finalized_header": {
            "beacon": final,
            "execution": execution,
            "execution_branch": _branch({EXECUTION: payload}, EXECUTION),
        },
        "finality_branch": _branch(state, FINALISED),
        "sync_aggregate": {
            "sync_committee_bits": "0x" + "ff" * (SEATS // 8),
            "sync_committee_signature": "0x" + signature.hex(),
        },
        "signature_slot": str(slot),
    }
    if next_committee:
        raw["next_sync_committee"] = committee
        raw["next_sync_committee_branch"] = _branch(state, NEXT_COMMITTEE)
    return msgspec.convert(raw, Update)


@pytest.fixture(scope="module")
def chain() -> Proof:
    return Proof([_update(0, 200), _update(1, PERIOD + 200)], _update(2, 2 * PERIOD + 300, next_committee=False))


def test_chain_of_committees_proves_the_block(chain: Proof) -> None:
    final = finality.verify(TRUST, chain)
    assert (final.slot, final.block, final.participation) == (2 * PERIOD + 236, 42, 1.0)
    assert (final.block_hash, final.state_root) == ("0x" + "2a" * 32, "0x" + "2a" * 32)


def test_left_out_or_repeated_period_is_refused(chain: Proof) -> None:
    for updates in (chain.updates[:1], chain.updates[1:], [chain.updates[0], *chain.updates]):
        with pytest.raises(ProofRefused):
            finality.verify(TRUST, Proof(updates, chain.finality))


def test_committee_of_another_chain_is_refused(chain: Proof) -> None:
    strangers = [bls.public_key((99).to_bytes(32, "big"))] * SEATS
    with pytest.raises(ProofRefused) as refused:
        finality.verify(msgspec.structs.replace(TRUST, committee=strangers), chain)
    assert refused.value.details["field"] == "updates[0].sync_aggregate"


def test_less_than_two_thirds_of_the_seats_is_refused(chain: Proof) -> None:
    few = f"{(1 << 341) - 1:0128x}"
    bits = "0x" + bytes.fromhex(few)[::-1].hex()
    aggregate = msgspec.structs.replace(chain.finality.sync_aggregate, sync_committee_bits=bits)
    with pytest.raises(ProofRefused) as refused:
        finality.verify(TRUST, Proof(chain.updates, msgspec.structs.replace(chain.finality, sync_aggregate=aggregate)))
    assert refused.value.details["reason"] == "has 341 of 512 seats"


def _paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every text of a document, by its place; of long lists the first two."""
    if isinstance(value, dict):
        return [found for name, item in value.items() for found in _paths(item, (*path, name))]
    if isinstance(value, list):
        return [found for number, item in enumerate(value[:2]) for found in _paths(item, (*path, number))]
    return [path] if isinstance(value, str) else []


def _altered(update: Update, path: tuple[Any, ...]) -> Update:
    """Another last digit, or one byte where there was none."""
    changed = msgspec.to_builtins(update)
    holder = changed
    for step in path[:-1]:
        holder = holder[step]
    old = holder[path[-1]]
    holder[path[-1]] = old + "01" if old == "0x" else old[:-1] + ("1" if old[-1] == "0" else "0")
    return msgspec.convert(changed, Update)


def test_no_field_of_a_proof_can_be_altered(chain: Proof) -> None:
    """But what nothing is concluded from: the payload of the attested block, which is not final, and the slot of the
    signature within its period."""
    newest, held = _update(0, 200, next_committee=False), []
    for path in _paths(msgspec.to_builtins(newest)):
        try:
            finality.verify(TRUST, Proof([], _altered(newest, path)))
            held.append(path)
        except ProofRefused:
            pass
    assert {path[:2] for path in held} == {("attested_header", "execution"), ("signature_slot",)}
    first = chain.updates[0]
    for path in _paths(msgspec.to_builtins(first)):
        if path[0].startswith("next_sync_committee"):
            with pytest.raises(ProofRefused):
                finality._next(_altered(first, path), "")


def test_proof_of_a_real_network_holds() -> None:
    """Four members on geth 1.17.5 and Prysm 7.0.0, with the sync committee of their genesis."""
    data = Path(__file__).parent / "data"
    trusted = msgspec.json.decode(gzip.decompress((data / "trust.json.gz").read_bytes()), type=Trust)
    proof = msgspec.json.decode(gzip.decompress((data / "proof.json.gz").read_bytes()), type=Proof)
    final = finality.verify(trusted, proof)
    assert (final.slot, final.block, final.participation) == (64, 34, 379 / 512)
    altered = msgspec.structs.replace(trusted, genesis_validators_root=bytes(32))
    with pytest.raises(ProofRefused) as refused:
        finality.verify(altered, proof)
    assert refused.value.details["reason"] == "is not signed by the committee"
