"""The files of a network, made from what its members handed over. The same inputs give the same bytes on every
machine, so each member makes them alone and compares.

    members.json     the choices and the hand-overs, in the coordinator's order; the input of all else
    allocation.json  the state that is carried from another network (carrying.py); none is {}
    config.yml       the consensus clients' configuration
    genesis.json     the execution clients' first block
    deposits.json    every validator, in the order of its index: members take turns
    genesis.ssz      the consensus clients' first state
    manifest.json    SHA-256 of each, and the members' signatures of that
"""

import hashlib
import itertools
import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import msgspec

from citychain.chain import files
from citychain.network.carrying import Origin
from citychain.network.genesis import opened

from . import constants, stakes
from .clients import Clients
from .constants import Choices
from .deposits import Deposit
from .errors import MemberRefused, NetworkDiffers, NetworkRefused
from .members import Member, check_member, sign, signed

FILES = ("members.json", "allocation.json", "config.yml", "genesis.json", "deposits.json", "genesis.ssz")
#: From this share of the validators on an institution alone could stop finality.
HALTING_SHARE = 1 / 3

#: The content of allocation.json where the network begins empty.
NOTHING_CARRIED = b"{}\n"

T = TypeVar("T")


class Agreement(msgspec.Struct, frozen=True):
    """The input: choices, members, the opening balances in wei of the accounts that pay for gas, where the state that
    is carried into the network comes from, and the contract that says who may join (stakes.py)."""

    choices: Choices
    members: list[Member]
    accounts: dict[str, int]
    origin: Origin | None = None
    institutions: str | None = None


class Manifest(msgspec.Struct, frozen=True):
    """`files` maps names to SHA-256, `signatures` members to their signature of `digest`."""

    files: dict[str, str]
    signatures: dict[str, str]

    @property
    def digest(self) -> bytes:
        """32 bytes: SHA-256 of the lines that sha256sum would print."""
        lines = "".join(f"{self.files[name]}  {name}\n" for name in sorted(self.files))
        return hashlib.sha256(lines.encode()).digest()


def check(agreement: Agreement) -> None:
    """Raises NetworkRefused or MemberRefused, naming the member and the field."""
    agreement.choices.check()
    if not agreement.members:
        raise NetworkRefused(field="members", reason="are missing")
    if (origin := agreement.origin) is not None:
        if agreement.choices.chain_id == origin.chain_id:
            raise NetworkRefused(field="chain_id", reason="is the one of the network whose state is carried")
        if agreement.choices.genesis_time <= origin.time:
            raise NetworkRefused(field="genesis_time", reason="is not after the last block whose state is carried")
    if agreement.institutions is not None and not re.fullmatch("0x[0-9a-fA-F]{40}", agreement.institutions):
        raise NetworkRefused(field="institutions", reason="is not an address")
    for wanted in ("name", "account", "execution_node", "consensus_node"):
        seen: set[str] = set()
        for member in agreement.members:
            if (value := getattr(member, wanted)) in seen:
                raise MemberRefused(member=member.name, field=wanted, reason="is another member's")
            seen.add(value)
    for member in agreement.members:
        check_member(member, agreement.choices.fork_version)
    keys: dict[str, str] = {}
    for member in agreement.members:
        for deposit in member.deposits:
            if deposit.pubkey in keys:
                raise MemberRefused(member=member.name, field=deposit.pubkey, reason=f"is {keys[deposit.pubkey]}'s")
            keys[deposit.pubkey] = member.name


def halting(members: Sequence[Member]) -> list[str]:
    """Members that could stop finality alone: a network has none when it has four members or more of about one size."""
    whole = sum(len(member.deposits) for member in members)
    return [member.name for member in members if len(member.deposits) >= whole * HALTING_SHARE]


def create(folder: Path, agreement: Agreement, clients: Clients, allocation: bytes = NOTHING_CARRIED) -> Manifest:
    """Writes the network's files into `folder`, whole or not at all, and returns the unsigned manifest. `allocation` is
    the state that the agreement's origin names.

    Raises NetworkRefused, MemberRefused, and NetworkDiffers when the folder holds another network.
    """
    check(agreement)
    with tempfile.TemporaryDirectory(prefix="citychain-network-") as work:
        draft = Path(work)
        _write(draft, agreement, allocation, clients)
        manifest = Manifest({name: _sha256(draft / name) for name in FILES}, {})
        if (folder / "manifest.json").exists():
            kept = load_manifest(folder)
            _compare(kept.files, manifest.files)
            return kept
        folder.mkdir(parents=True, exist_ok=True)
        for name in FILES:
            shutil.copyfile(draft / name, folder / name)
        _keep(folder, manifest)
        return manifest


def agree(folder: Path, member_folder: Path, member: Member, clients: Clients) -> Manifest:
    """A member makes all files anew from members.json, compares them and adds its signature to the manifest.

    Raises NetworkDiffers; MemberRefused when the network does not hold this member's hand-over as it is.
    """
    manifest, agreement = load_manifest(folder), load_agreement(folder)
    check(agreement)
    if member not in agreement.members:
        raise MemberRefused(member=member.name, field="hand-over", reason="is not in the network as its folder has it")
    with tempfile.TemporaryDirectory(prefix="citychain-network-") as work:
        _write(Path(work), agreement, _bytes(folder / "allocation.json"), clients)
        made = {name: _sha256(Path(work) / name) for name in FILES}
    _compare(manifest.files, made)
    _compare(manifest.files, {name: _sha256(folder / name) for name in FILES})
    signatures = {**manifest.signatures, member.name: sign(member_folder, manifest.digest)}
    manifest = Manifest(manifest.files, signatures)
    _keep(folder, manifest)
    return manifest


def verify(folder: Path) -> list[str]:
    """Members whose signature of the manifest is missing or not theirs. Raises NetworkDiffers for an altered file."""
    manifest, agreement = load_manifest(folder), load_agreement(folder)
    _compare(manifest.files, {name: _sha256(folder / name) for name in FILES})
    return [
        member.name
        for member in agreement.members
        if not signed(member, manifest.digest, manifest.signatures.get(member.name, ""))
    ]


def load_agreement(folder: Path) -> Agreement:
    return _load(folder / "members.json", Agreement)


def load_manifest(folder: Path) -> Manifest:
    return _load(folder / "manifest.json", Manifest)


def validators(members: Sequence[Member]) -> list[Deposit]:
    """In the order of their index. Members take turns, so that each index says whose it is."""
    rounds = itertools.zip_longest(*(member.deposits for member in members))
    return [deposit for one in rounds for deposit in one if deposit is not None]


def _write(folder: Path, agreement: Agreement, allocation: bytes, clients: Clients) -> None:
    """All files but the manifest."""
    expected = agreement.origin.allocation if agreement.origin else hashlib.sha256(NOTHING_CARRIED).hexdigest()
    if hashlib.sha256(allocation).hexdigest() != expected:
        raise NetworkDiffers(file="allocation.json")
    (folder / "allocation.json").write_bytes(allocation)
    choices, deposits = agreement.choices, validators(agreement.members)
    system = json.loads((Path(__file__).parent / "system.json").read_text())
    _text(folder / "members.json", json.dumps(msgspec.to_builtins(agreement), indent=1, ensure_ascii=False))
    _text(folder / "config.yml", constants.yaml(constants.consensus(choices, len(deposits))))
    stake = stakes.account(agreement.institutions, (deposit.pubkey for deposit in deposits))
    alloc = {**opened(json.loads(allocation), agreement.accounts), **system, constants.DEPOSIT_ADDRESS: stake}
    _text(folder / "genesis.json", json.dumps(constants.execution(choices, alloc), indent=1))
    _text(folder / "deposits.json", json.dumps(msgspec.to_builtins(deposits), indent=1))
    command = [
        *[str(clients.prysmctl), "testnet", "generate-genesis", f"--fork={constants.FORKS[-1]}", "--num-validators=0"],
        *[f"--chain-config-file={folder / 'config.yml'}", f"--deposit-json-file={folder / 'deposits.json'}"],
        *[f"--geth-genesis-json-in={folder / 'genesis.json'}", f"--genesis-time={choices.genesis_time}"],
        f"--output-ssz={folder / 'genesis.ssz'}",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode or not (folder / "genesis.ssz").exists():
        words = (done.stderr or done.stdout).strip().splitlines()
        raise NetworkRefused(
            field="genesis.ssz", reason=f"could not be made: {words[-1] if words else done.returncode}"
        )


def _compare(kept: Mapping[str, str], made: Mapping[str, str]) -> None:
    for name in FILES:
        if kept.get(name) != made.get(name):
            raise NetworkDiffers(file=name)


def _keep(folder: Path, manifest: Manifest) -> None:
    files.replace(folder / "manifest.json", json.dumps(msgspec.to_builtins(manifest), indent=1).encode())


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as problem:
        raise NetworkRefused(field=path.name, reason=f"can't be read ({problem})") from problem


def _load(path: Path, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (OSError, msgspec.DecodeError) as problem:
        raise NetworkRefused(field=path.name, reason=f"can't be read ({problem})") from problem


def _text(path: Path, content: str) -> None:
    path.write_text(content, encoding="utf-8")


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else ""
