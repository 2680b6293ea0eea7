"""A city carried from the embedded node's journal to another network: same state, and old signatures refused."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest
from django.test import override_settings

from citychain.chain import clock
from citychain.chain.addressbook import AddressBook
from citychain.chain.bindings import Forwarder
from citychain.chain.deploy import deploy
from citychain.chain.deployed import check_deployment
from citychain.chain.errors import WrongNonce, WrongSignature
from citychain.chain.forwarding import ForwardRequest
from citychain.chain.rpc import Rpc, RpcError
from citychain.chain.sending import transact
from citychain.chain.tests.conftest import DEPLOYER, make_plan
from citychain.chain.tests.test_forwarding import TENANT, executed, signed
from citychain.network import carrying, totals
from citychain.network.carrying import PROTOCOL, Carried
from citychain.network.embedded import EmbeddedNode
from citychain.network.errors import CarryingRefused, NodeRunning
from citychain.network.gate import LocalGate
from citychain.network.genesis import load_genesis, make_genesis
from citychain.network.history import past
from citychain.network.rules import READING

from .conftest import ORIGIN

OLD, NEW = 7_654_323, 7_654_324


class City(NamedTuple):
    """A city that came to its end on the embedded node: its address book, and a request that it carried out."""

    home: Path
    book: AddressBook
    request: ForwardRequest


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> City:
    home = tmp_path_factory.mktemp("old")
    make_genesis(home, accounts={DEPLOYER.address: 10**20}, genesis_time=clock.now() - 86_400, chain_id=OLD)
    node = EmbeddedNode(home)
    node.start()
    try:
        with LocalGate(home, ORIGIN) as url, override_settings(CITYCHAIN_HOME=home):
            rpc = Rpc(url)
            book = deploy(make_plan(), rpc, DEPLOYER, wait=lambda: void(node.mine()))
            request = ForwardRequest(TENANT.address, book.address("Titles"), 100_000, 0, clock.now() + 900, b"")
            send(node, rpc, book, request, book)
            assert len(executed(rpc, book.address("Forwarder"), 1)) == 1
            rpc.close()
    finally:
        node.stop()
    return City(home, book, request)


@pytest.fixture(scope="module")
def made(old: City) -> Iterator[tuple[Carried, list[totals.Total]]]:
    state, before = carrying.carried(old.home)
    after = totals.rehearse(state, NEW)
    try:
        yield state, totals.compare(before.rpc, after.rpc, old.book, state.accounts)
    finally:
        before.stop()
        after.stop()


def void(_: object) -> None:
    return None


def send(node: EmbeddedNode, rpc: Rpc, book: AddressBook, request: ForwardRequest, signed_for: AddressBook) -> None:
    call = signed(request, signed_for.domain)
    transact(rpc, DEPLOYER, book.address("Forwarder"), call.data(), lambda: void(node.mine()))


def test_every_reading_of_every_contract_is_the_same(old: City, made: tuple[Carried, list[totals.Total]]) -> None:
    found = {total.key: total for total in made[1]}
    assert list(found) == [entry.key for entry in old.book.entries]
    assert {key: total.differing for key, total in found.items() if total.differing} == {}
    assert (found["Council"].numbers["getThreshold"], found["Council"].numbers["nonce"]) == (2, 0)


def test_altered_state_is_named_by_its_contract(old: City, made: tuple[Carried, list[totals.Total]]) -> None:
    accounts = made[0].accounts
    council = accounts[old.book.address("Council")]["storage"]
    threshold = "0x" + f"{4:064x}"
    assert int(council.pop(threshold), 16) == 2
    altered = Carried(made[0].origin, json.dumps(accounts).encode())
    node, (state, before) = totals.rehearse(altered, NEW), carrying.carried(old.home)
    try:
        found = totals.compare(before.rpc, node.rpc, old.book, state.accounts)
    finally:
        node.stop()
        before.stop()
    assert {total.key: total.differing for total in found if total.differing} == {
        "Council": ["getThreshold", "storage"]
    }


def test_same_journal_makes_the_same_files(old: City, made: tuple[Carried, list[totals.Total]], tmp_path: Path) -> None:
    again, node = carrying.carried(old.home)
    node.stop()
    assert again == made[0]
    carrying.write(tmp_path, again, old.book, NEW)
    carrying.check(tmp_path, made[0])
    assert not PROTOCOL & again.accounts.keys()
    book = AddressBook.load(tmp_path / "addresses.json")
    assert (book.chain_id, {entry.block for entry in book.entries}) == (NEW, {0})


@pytest.mark.parametrize(("field", "value"), [("head", 1), ("hash", "0x" + "11" * 32), ("chain_id", NEW)])
def test_manifest_of_another_journal_is_refused(
    made: tuple[Carried, list[totals.Total]], tmp_path: Path, field: str, value: Any
) -> None:
    origin = msgspec.structs.replace(made[0].origin, **{field: value})
    carrying.write(tmp_path, Carried(origin, made[0].allocation), None, NEW)
    with pytest.raises(CarryingRefused) as refused:
        carrying.check(tmp_path, made[0])
    assert refused.value.details["reason"].startswith(f"{field} is {value}")


def test_altered_allocation_is_refused(made: tuple[Carried, list[totals.Total]], tmp_path: Path) -> None:
    carrying.write(tmp_path, made[0], None, NEW)
    (tmp_path / "allocation.json").write_bytes(made[0].allocation + b" ")
    with pytest.raises(CarryingRefused):
        carrying.load(tmp_path)


def test_journal_that_goes_on_is_not_carried(home: Path, node: EmbeddedNode) -> None:
    with pytest.raises(NodeRunning):
        carrying.carried(home)


def test_history_before_genesis_is_read_from_the_journal(old: City) -> None:
    forwarder = old.book.address("Forwarder")
    with past(old.home) as place, LocalGate(place, ORIGIN, methods=READING) as url:
        rpc = Rpc(url)
        events = executed(rpc, forwarder, 1)
        assert (rpc.chain_id(), rpc.head().number == rpc.final().number) == (OLD, True)
        assert [event.digest for event in events] == ["0x" + old.request.digest(old.book.domain).hex()]
        refused = rpc.send_raw([b"\x02"])[0]
        assert isinstance(refused, RpcError) and "not offered" in refused.reason
        rpc.close()


def test_carried_city_refuses_what_was_signed_for_the_old_network(
    old: City, made: tuple[Carried, list[totals.Total]], tmp_path: Path
) -> None:
    carrying.write(tmp_path, made[0], old.book, NEW)
    make_genesis(tmp_path, accounts={}, genesis_time=made[0].origin.time + 1, chain_id=NEW, carried=made[0].accounts)
    assert load_genesis(tmp_path).chain_id == NEW
    node = EmbeddedNode(tmp_path)
    node.start()
    try:
        with LocalGate(tmp_path, ORIGIN) as url:
            rpc, book = Rpc(url), AddressBook.load(tmp_path / "addresses.json")
            check_deployment(book, rpc)
            assert rpc.view(book.address("Forwarder"), Forwarder.nonces(owner=TENANT.address)) == 1
            following = msgspec.structs.replace(old.request, nonce=1)
            for request in (old.request, following):
                with pytest.raises(WrongSignature if request.nonce else (WrongSignature, WrongNonce)):
                    send(node, rpc, book, request, old.book)
            with pytest.raises(WrongNonce):
                send(node, rpc, book, old.request, book)
            send(node, rpc, book, following, book)
            events = executed(rpc, book.address("Forwarder"), 1)
            assert [event.digest for event in events] == ["0x" + following.digest(book.domain).hex()]
            rpc.close()
    finally:
        node.stop()
