"""How a network does, asked of each member's own clients (Ethereum Beacon APIs, JSON-RPC)."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import msgspec
import psutil

from citychain.errors import CityError
from citychain.network.ipc import Ipc

from .creating import Agreement
from .following import socket_of
from .members import Member
from .running import Ports, members_processes

SECONDS = 3.0


class Standing(msgspec.Struct, frozen=True):
    """One member. Slots and epochs are the consensus layer's; None where its client does not answer. Memory in MB, disk
    in bytes, balance in Gwei of all its validators together."""

    member: str
    running: int
    head: int | None
    behind: int | None
    justified: int | None
    finalised: int | None
    peers: int | None
    block: int | None
    balance: int | None
    versions: list[str]
    memory: float
    disk: int


class Report(msgspec.Struct, frozen=True):
    """`missed` counts, for each member, slots of the last two epochs that it should have proposed in and did not."""

    slot: int
    epoch: int
    finalised: int | None
    members: list[Standing]
    missed: dict[str, int]

    @property
    def good(self) -> bool:
        """All members follow, and what was final two and a half epochs ago is final."""
        follow = all(one.behind is not None and one.behind <= 2 for one in self.members)
        return follow and self.finalised is not None and self.epoch - self.finalised <= 3


def look(agreement: Agreement, folders: Mapping[str, Path], now: float) -> Report:
    """Asks the members that have a folder on this machine, by name. One that does not answer is shown as such; nothing
    is raised. Missed slots are those of all members."""
    choices = agreement.choices
    slot = max(0, int((now - choices.genesis_time) // choices.slot))
    here = [member for member in agreement.members if member.name in folders]
    members = [_standing(folders[member.name], member) for member in here]
    finals = [one.finalised for one in members if one.finalised is not None]
    speaker = next((m for m, one in zip(here, members, strict=True) if one.head is not None), None)
    missed = _missed(agreement, speaker, slot) if speaker else {}
    return Report(slot, slot // choices.slots_per_epoch, max(finals, default=None), members, missed)


def _standing(folder: Path, member: Member) -> Standing:
    ports = Ports.of(member)
    syncing = _beacon(ports, "/eth/v1/node/syncing") or {}
    checkpoints = _beacon(ports, "/eth/v1/beacon/states/head/finality_checkpoints") or {}
    keys = ",".join("0x" + deposit.pubkey for deposit in member.deposits)
    balances = _beacon(ports, f"/eth/v1/beacon/states/head/validator_balances?id={keys}")
    versions = [
        (_beacon(ports, "/eth/v1/node/version") or {}).get("version", ""),
        str(_rpc(folder, "web3_clientVersion") or ""),
    ]
    block = _rpc(folder, "eth_blockNumber")
    processes = members_processes(folder)
    return Standing(
        member=member.name,
        running=len(processes),
        head=_number(syncing.get("head_slot")),
        behind=_number(syncing.get("sync_distance")),
        justified=_number(checkpoints.get("current_justified", {}).get("epoch")),
        finalised=_number(checkpoints.get("finalized", {}).get("epoch")),
        peers=_number((_beacon(ports, "/eth/v1/node/peer_count") or {}).get("connected")),
        block=int(block, 16) if isinstance(block, str) else None,
        balance=sum(int(one["balance"]) for one in balances) if balances else None,
        versions=[version for version in versions if version],
        memory=_memory(processes),
        disk=_disk(folder),
    )


def _missed(agreement: Agreement, speaker: Member, slot: int) -> dict[str, int]:
    """Of the last two epochs, by member; the slot that runs now is nobody's fault yet."""
    ports, choices = Ports.of(speaker), agreement.choices
    owners = {"0x" + deposit.pubkey: member.name for member in agreement.members for deposit in member.deposits}
    missed = dict.fromkeys((member.name for member in agreement.members), 0)
    for epoch in range(max(0, slot // choices.slots_per_epoch - 1), slot // choices.slots_per_epoch + 1):
        for duty in _beacon(ports, f"/eth/v1/validator/duties/proposer/{epoch}") or []:
            at = int(duty["slot"])
            if 0 < at < slot - 1 and _beacon(ports, f"/eth/v1/beacon/headers/{at}") is None:
                missed[owners[duty["pubkey"]]] += 1
    return missed


def _beacon(ports: Ports, path: str) -> Any:
    """`data` of the answer; None without one."""
    try:
        answer = httpx.get(f"http://127.0.0.1:{ports.beacon}{path}", timeout=SECONDS)
        return answer.json()["data"] if answer.status_code == 200 else None
    except (httpx.HTTPError, ValueError, KeyError):
        return None


def _rpc(folder: Path, method: str) -> Any:
    try:
        connection = Ipc(socket_of(folder), timeout=SECONDS)
    except CityError:
        return None
    try:
        return connection.call(method)
    except CityError:
        return None
    finally:
        connection.close()


def _memory(processes: list[psutil.Process]) -> float:
    total = 0
    for process in processes:
        try:
            total += process.memory_info().rss
        except psutil.Error:
            continue
    return total / 2**20


def _disk(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size if path.is_file() else 0
        except OSError:  # clients remove files while we count
            continue
    return total


def _number(text: Any) -> int | None:
    return int(text) if text is not None else None
