"""What time it is. On the chain side times are `int` UTC seconds; people see Asia/Shanghai."""

import contextlib
import datetime
import time
from collections.abc import Callable, Iterator

from django.utils import timezone

_source: Callable[[], int] | None = None


def now() -> int:
    """UTC seconds: the wall clock, or what `history` says in this process."""
    return int(time.time()) if _source is None else _source()


@contextlib.contextmanager
def history(source: Callable[[], int]) -> Iterator[None]:
    """Within it `now()` is `source()`: the head block's time + 1 while a sandbox's past is being written."""
    global _source
    before, _source = _source, source
    try:
        yield
    finally:
        _source = before


def local_time(seconds: int) -> datetime.datetime:
    """An instant of the chain in the city's time zone (settings.TIME_ZONE)."""
    return datetime.datetime.fromtimestamp(seconds, timezone.get_default_timezone())
