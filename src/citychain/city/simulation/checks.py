"""What must be true when all requests have ended: nothing lost, nothing doubled, and what the model says."""

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from citychain.chain.bindings import Forwarder
from citychain.chain.errors import from_revert
from citychain.chain.rpc import Rpc
from citychain.money.bindings import Deposits
from citychain.outbox.models import Request

from .clients import Accepted
from .model.city import City

State, LIVE = Request.State, Request.LIVE
#: Which state may follow which, in a request's story.
FOLLOWS = {
    State.RECEIVED: {State.RECEIVED, State.SENT, State.INCLUDED, State.EXPIRED},
    State.SENT: {State.SENT, State.RECEIVED, State.INCLUDED, State.EXPIRED},
    State.INCLUDED: {State.INCLUDED, State.SENT, State.RECEIVED, State.FINAL, State.REJECTED, State.EXPIRED},
}


def stories(seen: Mapping[str, Any], accepted: Iterable[Accepted]) -> Iterator[str]:
    """Each accepted request is stored once, ended in exactly one way, and came there by legal steps."""
    stored = {request["digest"]: request for request in seen["requests"]}
    for one in accepted:
        if one.digest not in stored:
            yield f"lost: {one.digest} was accepted and is not stored"
    known = {one.digest for one in accepted}
    for request in seen["requests"]:
        story, digest = request["story"], request["digest"]
        if request["state"] not in Request.ENDED:
            yield f"not ended: {digest} is {request['state']}"
        if digest not in known:
            yield f"stored and never accepted: {digest}"
        if sum(state in Request.ENDED for state in story) != 1 or story[-1] != request["state"]:
            yield f"{digest} is {request['state']} with the story {story}"
        for before, after in itertools.pairwise(story):
            if after not in FOLLOWS.get(before, set()):
                yield f"{digest}: {after} follows {before} in {story}"


def effects(seen: Mapping[str, Any], accepted: Iterable[Accepted], city: City) -> Iterator[str]:
    """What the chain carried out is what was accepted, once each, with the outcome that the model gives; the outbox
    says the same. Leaves the model as the city must be now."""
    acts = {one.digest: one for one in accepted}
    stored = {request["digest"]: request for request in seen["requests"]}
    counted = Counter(row["digest"] for row in seen["executed"])
    founding = {row["digest"] for row in seen["founded"]}
    spent: set[str] = set()
    for row in seen["executed"]:
        digest = row["digest"]
        if digest in founding:
            continue
        if counted[digest] > 1:
            yield f"doubled: {digest} was carried out {counted[digest]} times"
        if digest not in acts:
            yield f"carried out and never accepted: {digest}"
            continue
        spent.add(digest)
        expected, state = _expected(row, acts[digest], city)
        outcome = "" if row["success"] else reason(row["reason"])
        if outcome != expected:
            rule = acts[digest].act.rule
            yield f"block {row['block']}: {rule} of {row['signer']} gave {outcome!r}, the model {expected!r}"
        if digest in stored and stored[digest]["state"] != state:
            yield f"{digest} is {stored[digest]['state']}, and {state} on the chain"
    for digest, request in stored.items():
        if digest not in spent and request["state"] != State.EXPIRED:
            yield f"lost: {digest} is {request['state']} and never ran"


def _expected(row: Mapping[str, Any], one: Accepted, city: City) -> tuple[str, str]:
    """The outcome that the model gives, and the state in which the request must have ended."""
    if row["time"] > one.deadline:
        return "RequestExpired", State.EXPIRED
    refusal = city.apply(one.act.rule, row["signer"], row["time"])
    return refusal, State.REJECTED if refusal else State.FINAL


def reason(data: str) -> str:
    """The Solidity error's name in revert bytes."""
    raw = bytes.fromhex(data[2:])
    if raw[:4] == Forwarder.RequestExpired.selector:
        return "RequestExpired"
    return from_revert(raw).solidity or str(from_revert(raw))


def records(seen: Mapping[str, Any], city: City, addresses: Mapping[str, str]) -> Iterator[str]:
    """The read model has the rows that the model gives."""
    money: dict[str, Any] = {}
    for number, bank in city.banks.items():
        address = addresses[f"Deposits:{number}"]
        money |= {
            f"{address}:{holder}": (account.balance, account.locked, account.open)
            for holder, account in bank.accounts.items()
        }
    yield from _differ(
        "account", money, {row["id"]: (row["balance"], row["locked"], row["open"]) for row in seen["accounts"]}
    )
    institutions = {
        number: (record.kind, record.name, record.state, record.valid_until, record.successor)
        for number, record in city.institutions.records.items()
        if number > 1
    }
    found = {
        row["id"]: (row["kind"], row["name"], row["state"], row["valid_until"], row["successor"])
        for row in seen["institutions"]
        if row["id"] > 1
    }
    yield from _differ("institution", institutions, found)
    keys = {
        address: (key.institution, ",".join(sorted(key.scopes)), not key.removed)
        for address, key in city.institutions.keys.items()
    }
    found_keys = {
        row["address"]: (row["institution"], ",".join(sorted(filter(None, row["scopes"].split(",")))), row["current"])
        for row in seen["keys"]
    }
    yield from _differ("key", keys, found_keys)
    positions = {(row["debtor"], row["creditor"]): row["net"] for row in seen["positions"] if row["net"]}
    owed = {
        (low, high): city.clearing.debt(low, high)
        for low in city.banks
        for high in city.banks
        if low < high and city.clearing.debt(low, high)
    }
    yield from _differ("position", owed, positions)


def titles(seen: Mapping[str, Any], city: City) -> Iterator[str]:
    """Titles, their present owners, and what burdens them, as the read model has them."""
    owners: dict[int, list[Any]] = {}
    for row in seen["owners"]:
        owners.setdefault(row["title"] << 32 | row["version"], []).append(row)
    found = {}
    for row in seen["titles"]:
        of_version = sorted(owners.get(row["id"] << 32 | row["owners_version"], []), key=lambda owner: str(owner["id"]))
        held = [(owner["account"], owner["share"], owner["must_consent"]) for owner in of_version]
        found[row["id"]] = (row["state"], row["town"], row["commitment"], row["version"], held)
    model = {
        number: (title.state, title.town, title.commitment, title.version, title.owners)
        for number, title in city.titles.titles.items()
    }
    for number, title in city.titles.titles.items():
        if title.state == "cancelled" and number in found:
            found[number] = (*found[number][:4], [])  # history stays
    yield from _differ("title", model, found)
    burdens = {number: (one.kind, one.title, one.valid_until) for number, one in city.titles.encumbrances.items()}
    told = {
        row["id"]: (row["kind"], row["title"], row["valid_until"])
        for row in seen["encumbrances"]
        if not row["released"]
    }
    yield from _differ("encumbrance", burdens, told)


def _differ(what: str, model: Mapping[Any, Any], found: Mapping[Any, Any]) -> Iterator[str]:
    for key in sorted({*model, *found}):
        if model.get(key) != found.get(key):
            yield f"{what} {key}: {found.get(key)}, and {model.get(key)} in the model"


def balances(rpc: Rpc, city: City, addresses: Mapping[str, str]) -> Iterator[str]:
    """The contracts themselves answer what the model says."""
    for number, bank in city.banks.items():
        address = addresses[f"Deposits:{number}"]
        for holder in bank.accounts:
            balance = rpc.view(address, Deposits.balanceOf(account=holder))
            if balance != bank.balance(holder):
                yield f"{holder} has {balance} at bank {number}, and {bank.balance(holder)} in the model"
        if (supply := rpc.view(address, Deposits.totalSupply())) != bank.supply():
            yield f"bank {number} owes {supply}, and {bank.supply()} in the model"
