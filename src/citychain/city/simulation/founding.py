"""The city in which every episode begins: two banks that clear, two courts, a registrar, and residents with money."""

import time
from pathlib import Path

from django.core.management import call_command

from citychain.chain import clock
from citychain.chain.abi import Act, Function, bytes32
from citychain.chain.banks import add_bank
from citychain.chain.deploy import deploy
from citychain.chain.hashing import keccak
from citychain.chain.keys import Key
from citychain.chain.keystore import load_or_create
from citychain.city.sandbox.council import Council
from citychain.city.sandbox.world import World
from citychain.identity.bindings import Institutions
from citychain.money.bindings import Clearing, Deposits
from citychain.network.genesis import make_genesis
from citychain.outbox.accounts import relayer_keys
from citychain.renting.bindings import Titles

from .actors import (
    BANKS,
    COUNCIL,
    FIRST_BALANCE,
    FOREVER,
    HOMES,
    KINDS,
    LIMIT,
    OFFICERS,
    REGISTRAR,
    RESIDENTS,
    SUPERVISED,
    SUPERVISOR,
)

CHAIN_ID = 2**20 + 4
ETHER = 10**18
DAY = 86_400


def found(home: Path) -> None:
    """Writes the city into the empty state folder `home`, which settings name too."""
    for database in ("default", "readmodel"):
        call_command("migrate", database=database, verbosity=0, interactive=False)
    deployer, relayers = load_or_create(home / "keys", "deployer"), relayer_keys()
    start = int(time.time()) - 10 * DAY
    accounts = {key.address: 1_000 * ETHER for key in (deployer, *relayers)}
    make_genesis(home, accounts=accounts, genesis_time=start, chain_id=CHAIN_ID)
    council = Council(home)
    with World(home) as world:
        world.at(start + 60)
        deploy(council.plan(), world.rpc, deployer)
        world.use(relayers)
        _accredit(world, council, start)
        for day in (1, 4):
            world.at(start + day * DAY)
            for bank in BANKS:
                add_bank(world.rpc, bank, f"Bank {bank}", f"B{bank}", officers=council.signing, deployer=deployer)
            world.refresh()
        _fill(world)
        world.miner.stop()
        clock.simulate(None)
        world.node.mine()
        while world.indexer.step():
            pass
        world.node.snapshot()


def _accredit(world: World, council: Council, start: int) -> None:
    by_council = council.requester(world)
    institutions = world.book.address("Institutions")
    for institution, kind in KINDS.items():
        if institution == COUNCIL:
            continue
        officer = OFFICERS[institution].address
        act = Act(institutions, Institutions.accredit(bytes32(kind), kind, "", start, FOREVER, officer))
        if institution in SUPERVISED:
            world.sign(OFFICERS[SUPERVISOR], act)
        else:
            by_council(act)
        world.flush()


def _fill(world: World) -> None:
    clearing = world.book.address("Clearing")
    holders = [resident.address for resident in RESIDENTS]
    for bank, other in (BANKS, BANKS[::-1]):
        officer: Key = OFFICERS[bank]
        deposits = world.book.address(f"Deposits:{bank}")
        calls: list[Function] = [Deposits.openAccounts(holders=holders)]
        for holder in holders:
            calls.append(Deposits.mint(to=holder, amount=FIRST_BALANCE, ref="0x" + keccak(holder.encode()).hex()))
        for call in calls:
            world.sign(officer, Act(deposits, call))
        world.sign(officer, Act(clearing, Clearing.setLimit(creditor=bank, debtor=other, limit=LIMIT)))
    for town, commitment, owners in HOMES:
        call = Titles.register(town, commitment, [Titles.Owner(*owner) for owner in owners])
        world.sign(OFFICERS[REGISTRAR], Act(world.book.address("Titles"), call))
    world.flush()
