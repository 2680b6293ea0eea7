"""The demonstration city's council: its plan, its officers' keys, and what it does as a Safe."""

from collections.abc import Callable, Sequence
from pathlib import Path

from citychain.chain import council as safe
from citychain.chain.abi import Act
from citychain.chain.banks import add_bank
from citychain.chain.deploy import deploy
from citychain.chain.joining import join, joining_contracts
from citychain.chain.keys import Key
from citychain.chain.keystore import load_or_create
from citychain.chain.plan import Council as Officers
from citychain.chain.plan import Number, Plan
from citychain.identity.queries import SEPARATOR

from . import cast
from .history import DAY, Story
from .world import World

COUNCIL_NAME = f"{cast.COUNCIL_ZH}{SEPARATOR}{cast.COUNCIL_EN}"
COUNCIL_WEB_PAGE = "https://council.example.org/"
DELAY, RECOVERY_DELAY = 2 * DAY, 14 * DAY
#: What the city lets landlords agree on, and for operators beside; the last names the adjudicator by its number.
LEASES = (
    Number("lease.deposit-months", "months", 2, 0, 3),
    Number("lease.advance-months", "months", 3, 1, 6),
    Number("lease.late-percent", "percent", 5, 0, 20),
    Number("lease.notice-days", "days", 30, 7, 180),
    Number("lease.operator.deposit-months", "months", 1, 0, 3),
    Number("lease.operator.advance-months", "months", 1, 1, 6),
    Number("lease.operator.late-percent", "percent", 3, 0, 20),
    Number("lease.operator.notice-days", "days", 60, 7, 180),
    Number("lease.cure-days", "days", 15, 7, 60),
    Number("lease.leave-days", "days", 15, 7, 90),
    Number("lease.filing-days", "days", 30, 0, 90),
    Number("lease.reserve-percent", "percent", 10, 0, 30),
    Number("lease.default-decider", "institution", cast.number("adjudicator"), 0, 2**32 - 1),
)


class Council:
    """Two of three officers act as the council; they and the guardian have keys of personas where these are given, the
    recovery council holds others."""

    def __init__(self, home: Path, officers: Sequence[Key] = (), guardian: Key | None = None) -> None:
        keys = home / "keys"
        self.officers = list(officers) or [load_or_create(keys, slug) for slug, _zh, _en in cast.OFFICERS]
        self.recovery = [load_or_create(keys, f"recovery-{slug}") for slug, _zh, _en in cast.OFFICERS]
        self.guardian = guardian or load_or_create(keys, "guardian")

    @property
    def signing(self) -> list[Key]:
        return self.officers[:2]

    def plan(self) -> Plan:
        return Plan(
            council_name=COUNCIL_NAME,
            council_web_page=COUNCIL_WEB_PAGE,
            council=Officers([key.address for key in self.officers], DELAY),
            recovery=Officers([key.address for key in self.recovery], RECOVERY_DELAY),
            guardian=self.guardian.address,
            kinds=cast.KINDS,
            numbers=[
                *LEASES,
                Number("forest.cover.goal", "percent", 40, 0, 100),
            ],
        )

    def requester(self, world: World) -> Callable[[Act], None]:
        """A function that signs an act as the council's Safe (ERC-1271) and adds it to the world's requests."""
        wallet = world.book.address("Council")
        chain_id = world.rpc.chain_id()

        def by_council(act: Act) -> None:
            request = world.unsigned(wallet, act)
            digest = request.digest(world.book.domain)
            world.add(request, safe.wallet_signature(chain_id, wallet, digest, self.signing))

        return by_council


def deploy_city(world: World, deployer: Key, council: Council) -> None:
    """Every contract but the banks', administered by the council from the end of it."""
    deploy(council.plan(), world.rpc, deployer)


def add_contracts(council: Council, story: Story, deployer: Key) -> None:
    """Days 2 to 5: each bank's deposits and the contracts of use cases that joined are deployed; the council announces
    them, waits, and lets them in."""
    world = story.world
    for day in (2, 5):
        story.day(day)
        for body in cast.BODIES:
            if body.kind == "bank":
                symbol = "CNY-" + body.slug.split("-")[0].upper()
                bank = story.institutions[body.slug]
                add_bank(world.rpc, bank, body.name_en, symbol, officers=council.signing, deployer=deployer)
        for contract in joining_contracts():
            join(world.rpc, contract, officers=council.signing, deployer=deployer)
        world.refresh()
