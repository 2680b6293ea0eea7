"""What a block or a transaction recorded, from every part's read models, found through Django's app registry.

A read model takes part by having the columns id (block * 2**20 + log index), block, tx and time; where it has `event`,
that names what happened.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.apps import apps
from django.db.models import Model, QuerySet

from citychain.chain.addressbook import AddressBook, Entry, NotDeployed
from citychain.indexer.models import ReadModel
from citychain.outbox.models import Executed

#: A log's id is its block times this plus its index.
LOGS_A_BLOCK = 2**20
MOST = 200


@dataclass(frozen=True)
class Record:
    """`what` is an event's Solidity name or a model's; `key` the row's."""

    what: str
    block: int
    tx: str
    time: int
    key: int


def _models() -> Iterator[type[Model]]:
    for model in apps.get_models():
        names = {field.name for field in model._meta.fields}
        by_log = model._meta.pk.get_internal_type() == "BigIntegerField"
        if issubclass(model, ReadModel) and by_log and {"block", "tx", "time"} <= names:
            yield model


def _records(rows: QuerySet[Model]) -> Iterator[Record]:
    for row in rows.order_by("pk").values()[:MOST]:
        what = row.get("event") or rows.model.__name__
        yield Record(what, row["block"], row["tx"], row["time"], row["id"])


def of_block(number: int) -> list[Record]:
    """In the order of their logs; at most MOST of each kind."""
    first = number * LOGS_A_BLOCK
    found = [
        r for m in _models() for r in _records(m._default_manager.filter(pk__gte=first, pk__lt=first + LOGS_A_BLOCK))
    ]
    return sorted(found, key=lambda record: record.key)


def of_transaction(tx: str) -> list[Record]:
    """In the order of their logs; at most MOST of each kind."""
    found = [record for model in _models() for record in _records(model._default_manager.filter(tx=tx))]
    return sorted(found, key=lambda record: record.key)


def requests_of(account: str) -> QuerySet[Executed]:
    """Requests of an account that the chain carried out, refused or cancelled, newest first."""
    return Executed.objects.filter(id__gte=f"{account}:", id__lt=f"{account};").order_by("-nonce")


def contracts() -> list[Entry]:
    """The city's contracts; none while it is being made."""
    try:
        return AddressBook.load().entries
    except NotDeployed:
        return []
