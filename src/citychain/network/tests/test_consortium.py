"""Keys, deposits, constants and agreements of a network, without its clients."""

import json
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
from py_ecc.bls.ciphersuites import G2ProofOfPossession as reference

from citychain.network.carrying import Origin
from citychain.network.consortium import bls, clients, constants, creating, deposits, members, running
from citychain.network.consortium.constants import DAY, Choices
from citychain.network.consortium.creating import Agreement, Manifest
from citychain.network.consortium.errors import KeysInUse, MemberRefused, NetworkDiffers, NetworkRefused, ToolMissing
from citychain.network.consortium.members import Member
from citychain.network.consortium.running import Ports

CHOICES = Choices(name="citytest", chain_id=20_180_724, genesis_time=1_800_000_000)


def _member(folder: Path, number: int = 1, validators: int = 2) -> Member:
    return members.make_keys(
        folder / f"m{number}",
        name=f"member {number}",
        validators=validators,
        host="127.0.0.1",
        execution_port=30_300 + 10 * number,
        consensus_port=31_300 + 10 * number,
        fork_version=CHOICES.fork_version,
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Member]]:
    folder = tmp_path_factory.mktemp("members")
    return folder, [_member(folder, number) for number in (1, 2, 3)]


@pytest.mark.parametrize("secret", [1, 12_345, bls.CURVE_ORDER - 1])
def test_signatures_are_the_reference_implementations(secret: int) -> None:
    message, key = b"m" * 32, bls.public_key(secret.to_bytes(32, "big"))
    signature = bls.sign(secret.to_bytes(32, "big"), message)
    assert (key, signature) == (reference.SkToPk(secret), reference.Sign(secret, message))
    assert bls.verify(key, message, signature)
    assert not bls.verify(key, b"n" * 32, signature)
    assert not bls.verify(bls.public_key((7).to_bytes(32, "big")), message, signature)


@pytest.mark.parametrize("key", [bytes(48), b"\xc0" + bytes(47), b"\xff" * 48])
def test_key_that_is_none_verifies_nothing(key: bytes) -> None:
    """The second is infinity, for which the signature of infinity would fit every message."""
    assert not bls.verify(key, b"m" * 32, b"\xc0" + bytes(95))


def test_member_made_twice_keeps_its_keys(tmp_path: Path) -> None:
    first = _member(tmp_path)
    files = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert _member(tmp_path) == first
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == files


def test_member_killed_before_the_hand_over_keeps_its_keys(tmp_path: Path) -> None:
    first = _member(tmp_path)
    (tmp_path / "m1" / "member.json").unlink()
    assert _member(tmp_path) == first


def test_folder_of_another_member_is_refused(tmp_path: Path) -> None:
    _member(tmp_path)
    with pytest.raises(MemberRefused) as refused:
        _member(tmp_path, validators=3)
    assert refused.value.details["member"] == "member 1"


def test_secrets_are_for_their_owner_alone(made: tuple[Path, list[Member]]) -> None:
    folder, all_members = made
    assert {stat.S_IMODE(path.stat().st_mode) & 0o077 for path in folder.rglob("keys/**/*")} == {0}
    handed = json.dumps([msgspec.to_builtins(member) for member in all_members])
    secrets = [path.read_text() for path in folder.rglob("keys/*") if path.is_file() and path.suffix != ".json"]
    assert len(secrets) == 12 and not any(secret in handed for secret in secrets)


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        ("amount", 31 * 10**9, "deposits[1].amount"),
        ("withdrawal_credentials", "01" + "00" * 11 + "22" * 20, "deposits[1].withdrawal_credentials"),
        ("withdrawal_credentials", "01", "deposits[1].deposit"),
        ("deposit_data_root", "00" * 32, "deposits[1].deposit_data_root"),
        ("pubkey", "xyz", "deposits[1].deposit"),
    ],
)
def test_altered_deposit_is_refused_by_its_field(
    made: tuple[Path, list[Member]], field: str, value: Any, named: str
) -> None:
    member = made[1][0]
    altered = msgspec.structs.replace(member.deposits[1], **{field: value})
    with pytest.raises(MemberRefused) as refused:
        members.check_member(
            msgspec.structs.replace(member, deposits=[member.deposits[0], altered]), CHOICES.fork_version
        )
    assert (refused.value.details["member"], refused.value.details["field"]) == ("member 1", named)


def test_deposit_for_another_network_is_refused(made: tuple[Path, list[Member]]) -> None:
    other = msgspec.structs.replace(CHOICES, chain_id=CHOICES.chain_id + 1)
    with pytest.raises(MemberRefused) as refused:
        members.check_member(made[1][0], other.fork_version)
    assert refused.value.details["field"] == "deposits[0].signature"


def test_agreement_names_who_is_wrong(made: tuple[Path, list[Member]]) -> None:
    one, two, three = made[1]
    creating.check(Agreement(CHOICES, [one, two, three], {}))
    copied = msgspec.structs.replace(two, execution_node=one.execution_node)
    with pytest.raises(MemberRefused) as refused:
        creating.check(Agreement(CHOICES, [one, copied], {}))
    assert (refused.value.details["member"], refused.value.details["field"]) == ("member 2", "execution_node")
    doubled = msgspec.structs.replace(two, deposits=[two.deposits[0], two.deposits[0]])
    with pytest.raises(MemberRefused) as refused:
        creating.check(Agreement(CHOICES, [one, doubled], {}))
    assert refused.value.details["reason"] == "is member 2's"
    with pytest.raises(NetworkRefused):
        creating.check(Agreement(CHOICES, [], {}))


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", "雄安"), ("chain_id", 0), ("genesis_time", 0), ("slot", 1), ("slots_per_epoch", 7), ("gas_limit", 1)],
)
def test_choice_out_of_range_is_refused_by_its_name(field: str, value: Any) -> None:
    with pytest.raises(NetworkRefused) as refused:
        msgspec.structs.replace(CHOICES, **{field: value}).check()
    assert refused.value.details["field"] == field


@pytest.mark.parametrize(("field", "chain_id", "time"), [("chain_id", 0, -1), ("genesis_time", 1, 0)])
def test_state_is_carried_to_another_and_later_network_alone(
    made: tuple[Path, list[Member]], field: str, chain_id: int, time: int
) -> None:
    zero = "0x" + "00" * 32
    origin = Origin(CHOICES.chain_id + chain_id, zero, 7, zero, CHOICES.genesis_time + time, "00" * 32)
    with pytest.raises(NetworkRefused) as refused:
        creating.check(Agreement(CHOICES, made[1], {}, origin))
    assert refused.value.details["field"] == field


def test_carried_state_must_be_the_one_agreed_on(made: tuple[Path, list[Member]], tmp_path: Path) -> None:
    programs = clients.Clients(*(tmp_path / name for name in ("geth", "beacon-chain", "validator", "prysmctl")))
    zero = "0x" + "00" * 32
    origin = Origin(1, zero, 7, zero, 1, "00" * 32)
    for agreement, content in (
        (Agreement(CHOICES, made[1], {}, origin), b"{}\n"),
        (Agreement(CHOICES, made[1], {}), b"{ }"),
    ):
        with pytest.raises(NetworkDiffers) as refused:
            creating.create(tmp_path / "files", agreement, programs, content)
        assert refused.value.details["file"] == "allocation.json"


def test_members_take_turns_among_validators(made: tuple[Path, list[Member]]) -> None:
    one, two, three = made[1]
    few = msgspec.structs.replace(three, deposits=three.deposits[:1])
    order = [deposit.pubkey for deposit in creating.validators([one, two, few])]
    turns = [one.deposits[0], two.deposits[0], three.deposits[0], one.deposits[1], two.deposits[1]]
    assert order == [deposit.pubkey for deposit in turns]
    assert creating.halting([one, two, three]) == ["member 1", "member 2", "member 3"]
    assert creating.halting([one, two, few]) == ["member 1", "member 2"]


def test_manifest_is_signed_by_the_member_itself(made: tuple[Path, list[Member]]) -> None:
    folder, (one, two, _three) = made
    digest = Manifest(dict.fromkeys(creating.FILES, "00" * 32), {}).digest
    signature = members.sign(folder / "m1", digest)
    assert members.signed(one, digest, signature)
    assert not members.signed(two, digest, signature)
    assert not members.signed(one, bytes(32), signature)
    assert not members.signed(one, digest, "")


def test_altered_file_is_found_before_the_network_starts(tmp_path: Path, made: tuple[Path, list[Member]]) -> None:
    agreement = Agreement(CHOICES, made[1], {})
    for name in creating.FILES:
        (tmp_path / name).write_text(json.dumps(msgspec.to_builtins(agreement)))
    sums = {name: creating._sha256(tmp_path / name) for name in creating.FILES}
    (tmp_path / "manifest.json").write_bytes(msgspec.json.encode(Manifest(sums, {})))
    assert creating.verify(tmp_path) == ["member 1", "member 2", "member 3"]
    (tmp_path / "genesis.json").write_text("{}")
    with pytest.raises(NetworkDiffers) as refused:
        creating.verify(tmp_path)
    assert refused.value.details["file"] == "genesis.json"


@pytest.mark.parametrize(("slot", "slots_per_epoch"), [(1, 8), (2, 32), (12, 32)])
def test_half_the_city_dark_for_a_month_keeps_its_stake(slot: int, slots_per_epoch: int) -> None:
    """The specification's inactivity penalty, summed epoch by epoch."""
    choices = msgspec.structs.replace(CHOICES, slot=slot, slots_per_epoch=slots_per_epoch)
    quotient = constants.consensus(choices, 64)["INACTIVITY_PENALTY_QUOTIENT_BELLATRIX"]
    balance, score = deposits.STAKE, 0
    for _epoch in range(choices.epochs(30 * DAY)):
        score += 4
        balance -= deposits.STAKE * score // (4 * quotient)
    assert deposits.STAKE * 0.999 <= balance < deposits.STAKE * 0.9999


def test_building_without_go_or_a_compiler_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolMissing) as refused:
        clients.build(tmp_path / "engines", print)
    assert refused.value.details["tool"] == "gcc"
    (tmp_path / "gcc").write_text("#!/bin/sh\n")
    (tmp_path / "gcc").chmod(0o700)
    with pytest.raises(ToolMissing) as refused:
        clients.build(tmp_path / "engines", print)
    assert refused.value.details["tool"] == "Go"
    assert clients.built(tmp_path / "engines") is None and not (tmp_path / "engines").exists()


def test_every_member_has_ports_and_processes_of_its_own(tmp_path: Path, made: tuple[Path, list[Member]]) -> None:
    programs = clients.Clients(*(tmp_path / name for name in ("geth", "beacon-chain", "validator", "prysmctl")))
    ports = [port for member in made[1] for port in (member.execution_port, member.consensus_port, *Ports.of(member))]
    assert len(set(ports)) == len(ports)
    for member in made[1]:
        folder = tmp_path / member.name
        commands = running.processes(folder, tmp_path, member, made[1], CHOICES, programs)
        assert list(commands) == ["execution", "consensus", "validators"]
        peers = [part for part in commands["consensus"] if part.startswith("--peer=")]
        assert peers == [f"--peer={other.multiaddress}" for other in made[1] if other != member]


def test_second_start_on_the_same_validators_is_refused(tmp_path: Path, made: tuple[Path, list[Member]]) -> None:
    member = made[1][0]
    running.refuse_doubles(tmp_path, member)
    wallet = f"--wallet-dir={tmp_path / 'wallet'}"
    with subprocess.Popen([sys.executable, "-c", "input()", wallet], stdin=subprocess.PIPE) as first:
        try:
            with pytest.raises(KeysInUse) as refused:
                running.refuse_doubles(tmp_path, member)
        finally:
            first.kill()
    assert refused.value.details == {"member": "member 1", "where": f"process {first.pid}"}
