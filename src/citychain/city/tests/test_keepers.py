"""Who keeps the record: what the page says of one node, and of a network that fell silent."""

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
from django.test import Client

from citychain.chain import clock, rpc
from citychain.network.consortium.constants import Choices
from citychain.network.consortium.creating import Agreement
from citychain.network.consortium.members import make_keys
from citychain.network.embedded import EmbeddedNode
from citychain.network.gate import LocalGate
from citychain.network.genesis import make_genesis

pytestmark = [
    pytest.mark.django_db(databases=["default", "readmodel"]),
    pytest.mark.filterwarnings("ignore:No directory at"),
]


def words() -> str:
    page = Client(HTTP_ACCEPT_LANGUAGE="en").get("/network/").content.decode()
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_city_on_one_node_says_that_whoever_runs_it_could_rewrite_the_record() -> None:
    assert "Whoever runs it could rewrite it." in words()


def test_silent_network_says_so_and_names_who_is_away(settings: Any, tmp_path: Path) -> None:
    began = clock.now() - 900
    make_genesis(tmp_path, accounts={}, genesis_time=began, chain_id=1_234_567)
    choices = Choices(name="citytest", chain_id=1_234_567, genesis_time=began)
    bank = make_keys(
        tmp_path / "bank",
        name="Lake Bank",
        validators=1,
        host="127.0.0.1",
        execution_port=1,
        consensus_port=2,
        fork_version=choices.fork_version,
    )
    (tmp_path / "members.json").write_bytes(msgspec.json.encode(Agreement(choices, [bank], {})))
    settings.CITYCHAIN_NETWORK = tmp_path
    node = EmbeddedNode(tmp_path)
    node.start()
    try:
        with LocalGate(tmp_path, "http://localhost") as settings.CITYCHAIN_RPC_URL:
            said = words()
            rpc.connect().close()
    finally:
        node.stop()
    assert [text in said for text in ("Nothing is being recorded", "Lake Bank Away", "Turns that were taken")] == [
        True
    ] * 3
