"""The arguments of what is signed, in words and figures: on pages, and in wallets (ERC-7730)."""

import functools
from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

import msgspec
from django.apps import apps
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from citychain.chain.abi import Function, text32

from . import arguments

#: Arguments of published functions by their Solidity names. The same name means the same everywhere; a part adds its
#: own as `labels` of its AppConfig.
LABELS: dict[str, Promise] = {
    "account": _("Account"),
    "amount": _("Amount"),
    "bank": _("Bank, by its number"),
    "caseNumber": _("Case number"),
    "commitment": _("Commitment to the deed or description"),
    "creditor": _("Bank that is owed, by its number"),
    "custodian": _("Keeps money for others"),
    "deadline": _("Deadline"),
    "debtor": _("Bank that owes, by its number"),
    "encumbranceId": _("Number of the mortgage or seizure"),
    "expiry": _("Ends on"),
    "firstKey": _("Its first key"),
    "from": _("From"),
    "fromDeposits": _("From the bank"),
    "holder": _("Account holder"),
    "holders": _("Account holders"),
    "institution": _("Institution, by its number"),
    "kind": _("Kind"),
    "limit": _("Limit"),
    "mustConsent": _("Must agree to a transfer"),
    "name": _("Name"),
    "newAccount": _("New account"),
    "newCommitment": _("Commitment to the new deed"),
    "newOwners": _("New owners"),
    "orderId": _("Number of the order"),
    "originalReference": _("Reference of the payment"),
    "owners": _("Owners"),
    "reason": _("Reason"),
    "ref": _("Reference"),
    "registrations": _("Registrations"),
    "scopes": _("What it may sign"),
    "share": _("Share"),
    "spender": _("Who may draw"),
    "titleId": _("Number of the title"),
    "to": _("To"),
    "toDeposits": _("To the bank"),
    "townCode": _("Code of the town"),
    "transferId": _("Number of the transfer"),
    "validFrom": _("Valid from"),
    "validUntil": _("Valid until"),
    "value": _("Amount"),
    "webPage": _("Web page"),
    "withdrawalId": _("Number of the withdrawal"),
}
MONEY = {"agentFee", "amount", "amounts", "deposit", "lateFee", "limit", "most", "rent", "reserve", "value"}
TIMES = {"deadline", "expiry", "offerDeadline", "until", "validFrom", "validUntil"}
DAYS = {"earliestDay", "fromDay", "toDay"}
SHARES = {"share"}
INSTITUTIONS = {"bank", "creditor", "debtor", "decider", "institution", "successor"}

Kind = Literal["money", "time", "day", "share", "address", "hash", "truth", "institution", "text"]


class Fact(NamedTuple):
    """One value that is signed. `value` in fen, UTC seconds, days since 1970-01-01 in Asia/Shanghai, hundredths of a
    per cent, an account, 32 bytes, a truth, an institution's number, or text."""

    label: str
    kind: Kind
    value: Any


@functools.cache
def labels() -> dict[str, Promise]:
    """The words of every argument, those that parts add among them."""
    added = (getattr(config, "labels", {}) for config in apps.get_app_configs())
    return {**LABELS, **{name: words for part in added for name, words in part.items()}}


def kind_of(name: str, solidity: str) -> Kind:
    """How a value of this name and Solidity type is shown."""
    if name in MONEY:
        return "money"
    if name in TIMES:
        return "time"
    if name in DAYS:
        return "day"
    if name in SHARES:
        return "share"
    if name in INSTITUTIONS and solidity == "uint32":
        return "institution"
    return {"address": "address", "bool": "truth"}.get(solidity, "text")  # type: ignore[return-value]


def facts(function: Function[Any]) -> list[Fact]:
    """Every argument of a call, lists and structs taken apart, in Solidity's order."""
    parameters = arguments.parameters(function.contract, type(function).__name__)
    return list(_members(parameters, msgspec.structs.astuple(function), ""))


def _members(parameters: list[dict[str, Any]], values: tuple[Any, ...], before: str) -> Iterator[Fact]:
    for parameter, value in zip(parameters, values, strict=True):
        name: str = parameter["name"]
        yield from _value(parameter, value, before + str(labels().get(name, name)))


def _value(parameter: dict[str, Any], value: Any, label: str) -> Iterator[Fact]:
    solidity: str = parameter["type"]
    if solidity.endswith("]"):
        item = {**parameter, "type": solidity[: solidity.rindex("[")]}
        for position, part in enumerate(value, 1):
            yield from _value(item, part, f"{label} {position}")
    elif solidity == "tuple":
        parts = value if isinstance(value, tuple) else msgspec.structs.astuple(value)
        yield from _members(parameter["components"], parts, f"{label} · ")
    else:
        shown = text32(value) if solidity == "bytes32" else "0x" + value.hex() if solidity == "bytes" else value
        kind = "hash" if solidity == "bytes32" and shown == value else kind_of(parameter["name"], solidity)
        yield Fact(label, kind, shown)
