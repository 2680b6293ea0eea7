"""Days and months of leases as RentSchedule counts them: what is due for which month, and when.

A day is a number of days since 1970-01-01 in Asia/Shanghai; periods run from the first day until before the second.
"""

import calendar
from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

EPOCH = date(1970, 1, 1)


class Month(NamedTuple):
    """The rent of one calendar month of a lease: its number from 0, its days, when it is due, fen."""

    number: int
    from_day: int
    to_day: int
    due_day: int
    amount: int


def to_date(day: int) -> date:
    return EPOCH + timedelta(days=day)


def to_day(day: date) -> int:
    return (day - EPOCH).days


def months(*, rent: int, due: int, from_day: int, to_day: int) -> Iterator[Month]:
    """The schedule of a lease (RentSchedule.sol): `due` is the day of the month on which `rent` fen are due."""
    start = to_date(from_day)
    year, month, number = start.year, start.month, 0
    while (first := _day(year, month, 1)) < to_day:
        length = calendar.monthrange(year, month)[1]
        begins, ends = max(first, from_day), min(first + length, to_day)
        day = min(max(first + min(due, length) - 1, from_day), to_day - 1)
        yield Month(number, begins, ends, day, rent * (ends - begins) // length)
        year, month, number = year + month // 12, month % 12 + 1, number + 1


def _day(year: int, month: int, day: int) -> int:
    return to_day(date(year, month, day))
