"""What time it is. On the chain side times are `int` UTC seconds; people see Asia/Shanghai."""

import datetime
import time

from django.utils import timezone

_simulated: int | None = None


def now() -> int:
    """UTC seconds: the wall clock, unless this process simulates another time."""
    return int(time.time()) if _simulated is None else _simulated


def simulate(seconds: int | None) -> None:
    """`now()` is this time in this process, while a sandbox's past is being written; None is the wall clock again."""
    global _simulated
    _simulated = seconds


def local_time(seconds: int) -> datetime.datetime:
    """An instant of the chain in the city's time zone (settings.TIME_ZONE)."""
    return datetime.datetime.fromtimestamp(seconds, timezone.get_default_timezone())
