"""The read model's frame: blocks, how far the indexer is, and what it needs to undo a reorganisation."""

from django.db import models


class ReadModel(models.Model):
    """Base of every model that events write. Lives in the read database; a pure function of the chain.

    So its keys come from the chain, and it has no automatic fields, no clock of its own and no foreign keys out.
    """

    class Meta:
        abstract = True


class Block(ReadModel):
    """A block of the chain, `time` in UTC seconds, `transactions` counted."""

    number = models.BigIntegerField(primary_key=True)
    hash = models.CharField(max_length=66, unique=True)
    parent = models.CharField(max_length=66)
    time = models.BigIntegerField()
    transactions = models.IntegerField()


class Progress(ReadModel):
    """How far the read model is: one row, id 1. `stale_*` tell since which block and why the indexer stopped."""

    id = models.IntegerField(primary_key=True)
    head = models.BigIntegerField()
    final = models.BigIntegerField()
    stale_since = models.BigIntegerField(null=True)
    stale_reason = models.TextField()


class Undo(ReadModel):
    """A row as it was before a block that is not final yet changed it; `before` is JSON, empty when it was not there."""

    id = models.CharField(max_length=160, primary_key=True)
    block = models.BigIntegerField(db_index=True)
    model = models.CharField(max_length=80)
    key = models.CharField(max_length=100)
    before = models.TextField()
