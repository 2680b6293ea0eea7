"""A city that follows another's client over its socket: the gate before it serves what the client says is final."""

from pathlib import Path

import httpx
import msgspec
import pytest

from citychain.network import published
from citychain.network.consortium.errors import FinalityBroken, MemberRefused
from citychain.network.consortium.following import Follower, socket_of
from citychain.network.embedded import EmbeddedNode
from citychain.network.gate import LocalGate

from .conftest import KEYS, ORIGIN, transfer


@pytest.fixture
def follower(node: EmbeddedNode, tmp_path: Path) -> Follower:
    running = published.read_running(node.home)
    assert running is not None
    return Follower(tmp_path / "city", Path(running.socket))


def test_gate_serves_the_followed_client(node: EmbeddedNode, follower: Follower, tmp_path: Path) -> None:
    transfer(node.home, KEYS[0], 0)
    assert follower.step()
    with LocalGate(tmp_path / "city", ORIGIN) as url:
        asked = {"jsonrpc": "2.0", "id": 1, "method": "eth_getBlockByNumber", "params": ["latest", False]}
        assert httpx.post(url, json=asked).json()["result"]["hash"] == node.head.hash


def test_client_that_does_not_answer_is_said_to_be_down(node: EmbeddedNode, follower: Follower, tmp_path: Path) -> None:
    assert follower.step()
    final = published.read_final(tmp_path / "city")
    node.stop()
    assert not follower.step()
    assert published.read_running(tmp_path / "city") is None
    assert published.read_final(tmp_path / "city") == final


def test_final_block_that_changed_stops_the_city(follower: Follower, tmp_path: Path) -> None:
    assert follower.step()
    final = published.read_final(tmp_path / "city")
    assert final is not None
    published.publish(tmp_path / "city", msgspec.structs.replace(final, hash="0x" + "11" * 32))
    with pytest.raises(FinalityBroken) as broken:
        follower.step()
    assert broken.value.details == {"block": final.number, "was": "0x" + "11" * 32, "found": final.hash}


def test_what_was_final_stays_final_while_the_client_catches_up(follower: Follower, tmp_path: Path) -> None:
    assert follower.step()
    final = published.read_final(tmp_path / "city")
    assert final is not None
    ahead = msgspec.structs.replace(final, number=final.number + 100, hash="0x" + "22" * 32)
    published.publish(tmp_path / "city", ahead)
    assert follower.step()
    assert published.read_final(tmp_path / "city") == ahead


def test_folder_too_deep_for_a_socket_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MemberRefused):
        socket_of(tmp_path / ("x" * 100))
