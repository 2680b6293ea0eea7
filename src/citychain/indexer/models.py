"""The read model's base and the indexer's own tables.

A read model is a pure function of the chain: deleted and rebuilt, it has the same rows. So its keys come from the chain
(block, log, domain id), it knows no clock, and other tables refer to it by value.
"""

from django.db import models


class OnReadDatabase:
    """Marks models of the read database; unlike an abstract model it stays visible in migrations, for the router."""


class ReadModel(OnReadDatabase, models.Model):
    """Base of everything projected from events. Pages read it; only the indexer writes it.

    Fields may be CharField, TextField, IntegerField, BigIntegerField (fen below 2^63), BooleanField and BinaryField
    (a uint256 is 32 bytes). See indexer.tables for why no other.
    """

    class Meta:
        abstract = True


class Block(ReadModel):
    """A block that was read. `time` is UTC seconds, `transactions` how many it holds."""

    number = models.BigIntegerField(primary_key=True)
    hash = models.CharField(max_length=66, db_index=True)
    parent = models.CharField(max_length=66)
    time = models.BigIntegerField()
    transactions = models.IntegerField()


class Progress(OnReadDatabase, models.Model):
    """One row (id 1): how far the read model goes. Committed together with the rows that it speaks of.

    `stale_since` is the first block that could not be read because of `stale_reason`; null while all is well.
    `subscriptions` is what made the rows of each part, {label of the app: digest} as JSON (subscriptions.digests).
    `unwitnessed` is the newest block that was read although no second member confirmed it; null where none was.
    """

    id = models.IntegerField(primary_key=True)
    head = models.BigIntegerField()
    head_hash = models.CharField(max_length=66)
    final = models.BigIntegerField()
    subscriptions = models.TextField()
    stale_since = models.BigIntegerField(null=True)
    stale_reason = models.TextField()
    unwitnessed = models.BigIntegerField(null=True)


class Source(OnReadDatabase, models.Model):
    """A contract whose events are in the read model, since its deployment."""

    address = models.CharField(max_length=42, primary_key=True)
    contract = models.CharField(max_length=64)
    key = models.CharField(max_length=80)
    block = models.BigIntegerField()


class Undo(OnReadDatabase, models.Model):
    """A row as it was before a block that is not final yet changed it; see docs/adr/0003.

    `id` is block * 2**20 + position in the block. `table` is the model's label, `key` and `before` are MessagePack: the
    primary key, and {column: value} or nil where there was no such row.
    """

    id = models.BigIntegerField(primary_key=True)
    table = models.CharField(max_length=80)
    key = models.BinaryField()
    before = models.BinaryField()
