"""Whether an observer of the whole chain can tell which accounts are one person's, better than by guessing."""

import copy
import json
import sqlite3
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

import httpx
import pytest

from .city import City
from .observer import NOBODY, STRATEGIES, Chain, Moved, Strategy, guess, ranks


@dataclass
class Scene:
    """The chain, whom the observer asks about (accounts of tenants, and of who is paid rent), who stands in a lease
    with whom, and the truth: whose each account is. Only the check of guesses uses the truth."""

    chain: Chain
    tenants: list[str]
    landlords: list[str]
    together: dict[str, set[str]]
    persons: dict[str, str]

    def candidates(self, account: str) -> list[str]:
        """Accounts that may be the same person's: nobody rents from themselves."""
        return sorted(self.chain.accounts - {account} - self.together[account])

    def is_right(self, account: str, other: str) -> bool:
        return self.persons.get(account, account) == self.persons.get(other)

    def by_chance(self, asked: list[str]) -> float:
        """How many of the guesses are right when each is drawn."""
        chances = []
        for account in asked:
            candidates = self.candidates(account)
            chances.append(sum(self.is_right(account, other) for other in candidates) / len(candidates))
        return sum(chances)


@pytest.fixture(scope="module")
def scene(city: City) -> Scene:
    asked = {"jsonrpc": "2.0", "id": 1, "method": "eth_getLogs", "params": [{"fromBlock": "0x0", "toBlock": "latest"}]}
    node = f"http://127.0.0.1:{city.environment['CITYCHAIN_RPC_PORT']}"
    chain = Chain().read(httpx.post(node, json=asked, timeout=60).json()["result"])
    tenants: list[str] = []
    landlords: list[str] = []
    together: dict[str, set[str]] = defaultdict(set)
    listed = httpx.get(f"{city.url}/api/leases?limit=100", timeout=30).json()["leases"]
    for row in listed:
        found = httpx.get(f"{city.url}/api/leases/{row['id']}", timeout=30).json()
        parties = {account.lower() for account in (*found["landlords"], *found["tenants"], row["payee"])}
        tenants += [account.lower() for account in found["tenants"]]
        landlords.append(row["payee"].lower())
        for account in parties:
            together[account] |= parties
    with sqlite3.connect(f"file:{city.home / 'city.sqlite3'}?mode=ro", uri=True) as database:
        rows = database.execute("SELECT address, persona_id FROM identity_personaaccount").fetchall()
    return Scene(
        chain, tenants, sorted(set(landlords)), together, {address.lower(): person for address, person in rows}
    )


def _hits(scene: Scene, strategy: Strategy, asked: list[str]) -> int:
    return sum(
        scene.is_right(account, guess(scene.chain, strategy, account, scene.candidates(account))) for account in asked
    )


def _most(expected: float) -> float:
    """Four standard deviations above chance, and one."""
    return float(expected + 4 * expected**0.5 + 1)


@pytest.mark.parametrize("side", ["tenants", "landlords"])
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_observer_finds_no_other_account_of_a_party_better_than_by_chance(
    scene: Scene, strategy: str, side: str
) -> None:
    asked = getattr(scene, side)
    assert len(asked) >= 20
    assert _hits(scene, STRATEGIES[strategy], asked) <= _most(scene.by_chance(asked))


def test_order_of_appearance_tells_nothing(scene: Scene) -> None:
    others = sorted(scene.chain.accounts - set(scene.tenants) - set(scene.landlords))
    right = sum(scene.is_right(account, other) for account, other in ranks(scene.chain, scene.tenants, others).items())
    assert right <= _most(scene.by_chance(scene.tenants))


def _everyday(scene: Scene, account: str) -> str:
    return next(
        other for other in scene.candidates(account)
        if scene.is_right(account, other) and other not in scene.tenants and other not in scene.landlords
    )  # fmt: skip


def _leak(scene: Scene, account: str, make: Callable[[Moved, str], Moved]) -> None:
    into = next(row for row in scene.chain.moved[account] if row.source == NOBODY)
    scene.chain.move(make(into, _everyday(scene, account)))


@pytest.mark.parametrize(
    ("strategy", "make"),
    [
        ("same sums", lambda into, other: Moved(into.block - 1, other, NOBODY, into.amount)),
        ("direct payments", lambda into, other: Moved(into.block, other, into.target, 5)),
    ],
)
def test_observer_would_find_a_leak(scene: Scene, strategy: str, make: Callable[[Moved, str], Moved]) -> None:
    """The strategies see what they are there to see: money that goes from the everyday account into the lease's."""
    leaking = copy.deepcopy(scene)
    funded = [account for account in scene.tenants if scene.chain.moved[account]]
    for account in funded:
        _leak(leaking, account, make)
    assert _hits(leaking, STRATEGIES[strategy], funded) > _most(scene.by_chance(funded))


def test_public_answers_name_nobody(city: City, scene: Scene) -> None:
    """What the API tells everybody about leases has no name of a person in it."""
    with sqlite3.connect(f"file:{city.home / 'city.sqlite3'}?mode=ro", uri=True) as database:
        names = {name for row in database.execute("SELECT name_zh, name_en FROM identity_persona") for name in row}
    told = [
        httpx.get(f"{city.url}/api/{path}", timeout=30).text for path in ("leases?limit=100", "leases/1", "leases/9")
    ]
    assert [name for text in told for name in names if json.dumps(name, ensure_ascii=False)[1:-1] in text] == []
