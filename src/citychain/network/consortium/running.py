"""The three processes of one member: execution client, beacon node, validators. Command lines, in starting order.

Everything but the two peer-to-peer ports listens on 127.0.0.1; the ports follow from the member's execution port, so
that several members fit on one machine for trial: see `Ports`. The execution client itself offers no JSON-RPC but on a
socket that only its owner can open (following.py): what others ask goes through the gate.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import psutil

from .clients import Clients
from .constants import Choices
from .errors import KeysInUse, MemberRefused
from .following import socket_of
from .members import Member

#: Gas price below which nothing is taken: relayers pay, and the city prints the gas token.
LEAST_TIP = 1


class Ports(NamedTuple):
    """On 127.0.0.1: the gate, the engine API (JWT), the beacon API, the beacon node's gRPC for its validators."""

    gate: int
    engine: int
    beacon: int
    grpc: int

    @classmethod
    def of(cls, member: Member) -> "Ports":
        first = member.execution_port
        return cls(first + 1, first + 2, first + 3, first + 4)


def prepare(folder: Path, network: Path, clients: Clients) -> None:
    """Once, before the first start: the execution client's first block, the validators' wallet. Safe to run again."""
    keys = folder / "keys"
    if not (folder / "execution" / "geth").exists():
        draft = folder / "execution.part"
        shutil.rmtree(draft, ignore_errors=True)
        _run(
            "the execution client", [str(clients.geth), "init", "--datadir", str(draft), str(network / "genesis.json")]
        )
        draft.rename(folder / "execution")
    if not (folder / "wallet").exists():
        draft = folder / "wallet.part"
        shutil.rmtree(draft, ignore_errors=True)
        password = str(keys / "password")
        _run(
            "the validators' wallet",
            [
                *[str(clients.validator), "accounts", "import", "--accept-terms-of-use"],
                *[f"--keys-dir={keys / 'validators'}", f"--account-password-file={password}"],
                *[f"--wallet-dir={draft}", f"--wallet-password-file={password}"],
            ],
        )
        draft.rename(folder / "wallet")


def processes(
    folder: Path, network: Path, member: Member, members: Sequence[Member], choices: Choices, clients: Clients
) -> dict[str, list[str]]:
    """Name and command line of each process. `network` holds the network's files."""
    ports, keys = Ports.of(member), folder / "keys"
    others = [other for other in members if other.name != member.name]
    local = "127.0.0.1"
    execution = [
        *[str(clients.geth), "--datadir", str(folder / "execution"), "--networkid", str(choices.chain_id)],
        *["--nodekey", str(keys / "execution"), "--port", str(member.execution_port), "--nodiscover"],
        *["--nat", f"extip:{member.host}", "--bootnodes", ",".join(other.enode for other in others)],
        *["--config", str(folder / "execution.toml")],
        *["--authrpc.addr", local, "--authrpc.port", str(ports.engine), "--authrpc.jwtsecret", str(keys / "jwt")],
        *["--syncmode", "full", "--gcmode", "archive", "--cache", "256"],
        *["--ipcpath", str(socket_of(folder))],
        *["--miner.gaslimit", str(choices.gas_limit), "--miner.gasprice", str(LEAST_TIP)],
        # One relayer sends many transactions at once, in order: the pool's limits are for strangers.
        *["--txpool.accountslots", "5000", "--txpool.globalslots", "50000"],
        *["--txpool.accountqueue", "5000", "--txpool.globalqueue", "50000", "--rpc.batch-request-limit", "10000"],
    ]
    shared = [f"--chain-config-file={network / 'config.yml'}", "--accept-terms-of-use", "--disable-monitoring"]
    beacon = [
        *[str(clients.beacon_chain), f"--datadir={folder / 'consensus'}", *shared],
        *[f"--genesis-state={network / 'genesis.ssz'}", f"--chain-id={choices.chain_id}"],
        *[f"--network-id={choices.chain_id}", "--contract-deployment-block=0"],
        *[f"--execution-endpoint=http://{local}:{ports.engine}", f"--jwt-secret={keys / 'jwt'}"],
        *[f"--rpc-host={local}", f"--rpc-port={ports.grpc}", f"--http-host={local}", f"--http-port={ports.beacon}"],
        *[f"--p2p-priv-key={keys / 'consensus'}", f"--p2p-tcp-port={member.consensus_port}"],
        *[f"--p2p-udp-port={member.consensus_port}", f"--p2p-host-ip={member.host}", "--no-discovery"],
        f"--p2p-local-ip={member.host if member.host.startswith('127.') else '0.0.0.0'}",
        # quic-go of this version crashes when built with Go 1.26; subnets of a few members need all of them.
        *["--disable-quic", "--subscribe-all-subnets", "--minimum-peers-per-subnet=0"],
        f"--min-sync-peers={min(1, len(others))}",
        *["--enable-light-client", f"--suggested-fee-recipient={member.account}", "--verbosity=warn"],
        *[f"--peer={other.multiaddress}" for other in others],
    ]
    validators = [
        *[str(clients.validator), f"--datadir={folder / 'validators'}", *shared],
        *[f"--wallet-dir={folder / 'wallet'}", f"--wallet-password-file={keys / 'password'}"],
        *[f"--beacon-rpc-provider={local}:{ports.grpc}", f"--suggested-fee-recipient={member.account}"],
        "--verbosity=warn",
    ]
    return {"execution": execution, "consensus": beacon, "validators": validators}


def write_peers(folder: Path, member: Member, members: Sequence[Member]) -> None:
    """The execution client's settings: whom it stays connected to (devp2p static and trusted nodes)."""
    enodes = json.dumps([other.enode for other in members if other.name != member.name])
    lines = ["[Node.P2P]", f"StaticNodes = {enodes}", f"TrustedNodes = {enodes}", "MaxPeers = 64", "NoDiscovery = true"]
    (folder / "execution.toml").write_text("\n".join(lines) + "\n")


def refuse_doubles(folder: Path, member: Member) -> None:
    """Raises KeysInUse when a validator client runs on the wallet of the member in `folder`: two with the same keys
    sign two blocks for one slot, and are slashed."""
    wallet = f"--wallet-dir={folder / 'wallet'}"
    for process in psutil.process_iter(["pid", "cmdline"]):
        if wallet in (process.info["cmdline"] or []):
            raise KeysInUse(member=member.name, where=f"process {process.pid}")


def members_processes(folder: Path) -> list[psutil.Process]:
    """The running clients of the member in `folder`, known by it in their command lines."""
    inside = str(folder) + os.sep
    found = []
    for process in psutil.process_iter(["cmdline"]):
        command = process.info["cmdline"] or []
        if "supervisord" not in " ".join(command) and any(inside in part for part in command):
            found.append(process)
    return found


def _run(what: str, command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        words = (done.stderr or done.stdout).strip().splitlines()
        raise MemberRefused(member=what, field=command[0], reason=words[-1] if words else f"ended {done.returncode}")
