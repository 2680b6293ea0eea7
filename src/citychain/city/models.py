"""What happened on each day, counted while the record is read, so that no page counts a million rows."""

from django.db import models

from citychain.indexer.models import ReadModel


class Activity(ReadModel):
    """What happened of one kind on one day; `id` is "kind:day". No row stands for a day without any.

    `day` counts days since 1 January 1970 in Beijing time (UTC+8 all year). `amount` is fen, 0 where nothing is money.
    """

    class Kind(models.TextChoices):
        #: Signed requests that the record carried out.
        REQUESTS = "requests"
        #: Deposits that banks issued, from outside the record.
        ISSUED = "issued"
        #: Payments from one account to another, within a bank or between banks.
        MOVED = "moved"
        #: Titles registered for the first time.
        TITLES = "titles"

    id = models.CharField(max_length=24, primary_key=True)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    day = models.BigIntegerField()
    count = models.BigIntegerField(default=0)
    amount = models.BigIntegerField(default=0)
