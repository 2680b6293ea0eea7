"""What pages are told about the read model."""

import pytest

from citychain.indexer import queries
from citychain.indexer.models import Block, Progress

pytestmark = pytest.mark.django_db(databases=["default", "readmodel"])


def test_head_before_anything_was_read_is_zero() -> None:
    assert (queries.head(), queries.lag(4)) == (queries.Head(0, 0, 0, None, ""), 5)


def test_head_tells_block_time_and_since_when_data_is_stale() -> None:
    Block.objects.create(number=7, hash="0x7", parent="0x6", time=1_790_000_000, transactions=2)
    Progress.objects.create(
        id=1, head=7, head_hash="0x7", final=5, subscriptions="0x", stale_since=8, stale_reason="because"
    )
    assert queries.head() == queries.Head(7, 5, 1_790_000_000, 8, "because", "0x7")
    assert queries.lag(9) == 2
