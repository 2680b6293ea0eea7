"""One institution's own node: what it checks before it starts, and what it prints for its operator."""

import json
import socket
import sys
from pathlib import Path

import msgspec
import pytest

from citychain.network.consortium import clients, clock, creating, institution, members
from citychain.network.consortium.clock import Clock
from citychain.network.consortium.constants import Choices
from citychain.network.consortium.creating import Agreement, Manifest
from citychain.network.consortium.errors import MemberRefused, NotReady
from citychain.network.consortium.institution import Institution
from citychain.network.consortium.running import Ports

CHOICES = Choices(name="citytest", chain_id=20_180_725, genesis_time=1_800_000_000)


def _free_ports() -> int:
    """The first of ten ports, of which nobody uses the five that a member needs."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            first: int = probe.getsockname()[1]
        if first < 65_000 and all(institution._free("127.0.0.1", first + offset) for offset in range(6)):
            return first


@pytest.fixture
def lake(tmp_path: Path) -> Institution:
    """The first of three members; the network's files are signed by all, and hold no genesis."""
    first, made = _free_ports(), []
    for number, name in enumerate(("Lake Bank", "Court", "Registry")):
        made.append(
            members.make_keys(
                tmp_path / name,
                name=name,
                validators=1,
                host="127.0.0.1" if number == 0 else f"203.0.113.{number}",
                execution_port=first,
                consensus_port=first + 5,
                fork_version=CHOICES.fork_version,
            )
        )
    files = tmp_path / "files"
    files.mkdir()
    for name in creating.FILES:
        (files / name).write_text(json.dumps(msgspec.to_builtins(Agreement(CHOICES, made, {}))))
    sums = {name: creating._sha256(files / name) for name in creating.FILES}
    digest = Manifest(sums, {}).digest
    signatures = {member.name: members.sign(tmp_path / member.name, digest) for member in made}
    (files / "manifest.json").write_bytes(msgspec.json.encode(Manifest(sums, signatures)))
    return institution.load(files, tmp_path / "Lake Bank")


def test_institution_starts_its_clients_and_a_gate(lake: Institution, tmp_path: Path) -> None:
    programs = clients.Clients(*(tmp_path / name for name in ("geth", "beacon-chain", "validator", "prysmctl")))
    commands = institution.processes(lake, programs)
    assert list(commands) == ["execution", "consensus", "validators", "follower", "gate"]
    assert commands["gate"][1:] == ["-m", "citychain", "gate", "run", "--port", str(Ports.of(lake.member).gate)]
    assert not [part for part in commands["execution"] if part.startswith(("--http", "--ws"))]
    assert f"--jwt-secret={lake.folder / 'keys' / 'jwt'}" in commands["consensus"]


def test_institution_may_start_when_all_is_well(lake: Institution) -> None:
    institution.check(lake, any_clock=True)


def test_unsigned_files_start_nothing(lake: Institution) -> None:
    manifest = creating.load_manifest(lake.network)
    signatures = {name: text for name, text in manifest.signatures.items() if name != "Court"}
    (lake.network / "manifest.json").write_bytes(msgspec.json.encode(Manifest(manifest.files, signatures)))
    with pytest.raises(NotReady) as refused:
        institution.check(lake, any_clock=True)
    assert refused.value.details["reason"] == "the network's files are not signed by Court"


def test_key_that_others_can_read_starts_nothing(lake: Institution) -> None:
    (lake.folder / "keys" / "jwt").chmod(0o640)
    with pytest.raises(NotReady) as refused:
        institution.check(lake, any_clock=True)
    assert refused.value.details["reason"] == f"others than its owner can open {lake.folder / 'keys' / 'jwt'}"


def test_taken_port_starts_nothing(lake: Institution) -> None:
    port = Ports.of(lake.member).engine
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        with pytest.raises(NotReady) as refused:
            institution.check(lake, any_clock=True)
    assert refused.value.details["reason"] == f"port {port} (engine) is taken"


def test_folder_of_a_stranger_is_refused(lake: Institution, tmp_path: Path) -> None:
    other = msgspec.structs.replace(lake.member, host="203.0.113.9")
    (lake.folder / "member.json").write_bytes(msgspec.json.encode(other))
    with pytest.raises(MemberRefused) as refused:
        institution.load(lake.network, lake.folder)
    assert refused.value.details["field"] == "hand-over"


@pytest.mark.parametrize(
    ("read", "slot", "word"),
    [
        (None, 2, "can't say"),
        (Clock(False, 0.001), 2, "nobody keeps"),
        (Clock(True, 0.201), 2, "may be off by 0.201 s"),
    ],
)
def test_clock_that_is_not_kept_right_is_named(read: Clock | None, slot: int, word: str) -> None:
    assert word in (clock.fault(read, slot) or "")


def test_clock_that_is_kept_right_is_taken() -> None:
    assert clock.fault(Clock(True, 0.2), 2) is None


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux says how right its clock is")
def test_kernel_says_how_far_off_its_clock_can_be() -> None:
    found = clock.read()
    assert found is not None and 0 <= found.error <= 60


def test_firewall_opens_two_ports_to_members_alone(lake: Institution) -> None:
    first = lake.member.execution_port
    rules = [
        line.strip() for line in institution.firewall(lake).splitlines() if line.startswith(("define", "        "))
    ]
    assert rules == [
        f"define between = {{ {first}, {first + 5} }}",
        f"define own = {{ {first + 1}, {first + 2}, {first + 3}, {first + 4} }}",
        "type filter hook input priority filter; policy accept;",
        "iif lo accept",
        "ct state established,related accept",
        "ip saddr { 203.0.113.1, 203.0.113.2 } tcp dport $between accept",
        "tcp dport $between drop",
        "tcp dport $own drop",
    ]


def test_unit_starts_this_member(lake: Institution) -> None:
    unit = institution.unit(lake, home=Path("/srv/100% ours"), user="lake").splitlines()
    assert "User=lake" in unit and 'Environment="CITYCHAIN_HOME=/srv/100%% ours"' in unit
    command = f'"network" "node" "up" "{lake.network}" "--member" "{lake.folder}"'
    assert f'ExecStart="{sys.executable}" "-m" "citychain" {command}' in unit
    assert f'ReadWritePaths="{lake.folder}"' in unit
