"""Who may join: the deposit contract as a network's first block holds it."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from django.test import override_settings

from citychain.chain import clock
from citychain.chain.abi import Function
from citychain.chain.addressbook import AddressBook
from citychain.chain.deploy import deploy, steps
from citychain.chain.errors import from_revert
from citychain.chain.hashing import keccak
from citychain.chain.rpc import Rpc, RpcError
from citychain.chain.tests.conftest import DEPLOYER, make_plan
from citychain.network.bindings import StakeDeposits
from citychain.network.consortium import constants, stakes
from citychain.network.embedded import EmbeddedNode
from citychain.network.gate import LocalGate
from citychain.network.genesis import make_genesis

from .conftest import KEYS, ORIGIN

FIRST, OTHER = b"\xaa" * 48, b"\xbb" * 48
RICH = KEYS[0].address


class City(NamedTuple):
    rpc: Rpc
    book: AddressBook


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """A city founded on a chain whose first block foretold its Institutions."""
    home = tmp_path_factory.mktemp("stakes")
    contract = stakes.account(stakes.foretold(DEPLOYER.address), [FIRST.hex()])
    make_genesis(
        home,
        accounts={DEPLOYER.address: 10**20, RICH: 10**24},
        genesis_time=clock.now() - 86_400,
        carried={constants.DEPOSIT_ADDRESS: contract},
    )
    node = EmbeddedNode(home)
    node.start()
    try:
        with LocalGate(home, ORIGIN) as url, override_settings(CITYCHAIN_HOME=home):
            rpc = Rpc(url)
            yield City(rpc, deploy(make_plan(), rpc, DEPLOYER, wait=lambda: void(node.mine())))
            rpc.close()
    finally:
        node.stop()


def void(_: object) -> None:
    return None


def refused(city: City, sender: str, function: Function[Any]) -> str:
    """The contract's error that a call from `sender` ends with; empty without one."""
    try:
        city.rpc.view(constants.DEPOSIT_ADDRESS, function, sender=sender)
    except RpcError as answer:
        return str(from_revert(answer.data).details["name"])
    return ""


def test_institutions_are_where_any_plan_puts_them() -> None:
    entries = {step.entry[1]: step.entry[2] for step in steps(make_plan(), DEPLOYER.address) if step.entry}
    assert stakes.foretold(DEPLOYER.address) == entries["Institutions"]


def test_first_block_binds_the_contract_to_the_city_and_knows_its_validators(city: City) -> None:
    ask = city.rpc.view
    assert ask(constants.DEPOSIT_ADDRESS, StakeDeposits.institutions()) == city.book.address("Institutions")
    known = [
        ask(constants.DEPOSIT_ADDRESS, StakeDeposits.known(keyHash="0x" + keccak(key).hex())) for key in (FIRST, OTHER)
    ]
    assert known == [True, False]
    assert ask(constants.DEPOSIT_ADDRESS, StakeDeposits.get_deposit_count()) == bytes(8)


def test_million_units_buy_no_validator(city: City) -> None:
    place = StakeDeposits.place(pubkey=OTHER, signature_=bytes(96), account=RICH)
    council = city.book.address("Council")
    assert refused(city, RICH, place) == "UnknownKey"
    assert refused(city, RICH, StakeDeposits.grant(institution=1, stakes=9)) == "UnknownKey"
    assert refused(city, council, place) == "WrongKind"
    assert refused(city, council, StakeDeposits.grant(institution=1, stakes=9)) == "WrongKind"


def test_network_without_a_city_has_nobody_to_ask() -> None:
    assert list(stakes.account(None, [FIRST.hex()])["storage"].values()) == ["0x" + "00" * 31 + "01"]
