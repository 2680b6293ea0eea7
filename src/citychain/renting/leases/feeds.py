"""Dates of somebody's leases for a calendar program (RFC 5545): what waits for them, when rent is due, when leases end.

Who has a calendar's address reads it, as every calendar program wants it: so it says numbers of leases and sums, and no
name and no address of a home. The secret is shown once and kept as a hash.
"""

import datetime
import hashlib
import secrets
from collections.abc import Collection, Iterator

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from icalendar import Alarm, Calendar, Event

from citychain.chain import clock
from citychain.identity import personas, shared
from citychain.portal.wording import yuan

from . import moves, queries, schedule
from .models import Lease, LeaseCalendar

#: Days for which rent that is due is written down, and how often programs should look again.
AHEAD, AGAIN = 366, datetime.timedelta(hours=6)
#: Reminders before a deadline.
BEFORE = datetime.timedelta(days=1)


def make(owner: str) -> str:
    """A new secret for this owner, in the place of any before; nobody can see it again."""
    secret = secrets.token_urlsafe(24)
    with transaction.atomic():
        revoke(owner)
        language = get_language() or settings.LANGUAGE_CODE
        LeaseCalendar.objects.create(id=_hash(secret), owner=owner, language=language, created=clock.now())
    return secret


def revoke(owner: str) -> None:
    """The address answers no more, at once."""
    LeaseCalendar.objects.filter(owner=owner).delete()


def of(owner: str) -> LeaseCalendar | None:
    return LeaseCalendar.objects.filter(owner=owner).first()


def by_secret(secret: str) -> LeaseCalendar | None:
    return LeaseCalendar.objects.filter(id=_hash(secret)).first()


def accounts_of(owner: str) -> list[str]:
    """The accounts whose dates a calendar has now."""
    own = [owner]
    if not owner.startswith("0x"):
        found = personas.all_personas().prefetch_related("accounts").filter(id=owner).first()
        own = [row.address for row in found.accounts.all()] if found else []
    return [*own, *shared.of(own)]


def to_ical(accounts: Collection[str]) -> bytes:
    """The calendar of these accounts, in the language of who asks."""
    found = Calendar()
    found.add("prodid", "-//citychain//leases//EN")
    found.add("version", "2.0")
    found.add("method", "PUBLISH")
    found.add("x-wr-calname", _("My leases"))
    found.add("refresh-interval", AGAIN, parameters={"value": "DURATION"})
    found.add("x-published-ttl", AGAIN, parameters={"value": "DURATION"})
    rows = list(queries.leases(accounts=accounts))
    for event in _events(rows, accounts):
        found.add_component(event)
    return bytes(found.to_ical())


def _events(rows: list[Lease], accounts: Collection[str]) -> Iterator[Event]:
    for move in moves.moves(accounts, rows):
        if move.until:
            yield _deadline(move)
    today = queries.today()
    for row in rows:
        if row.state != Lease.State.RUNNING or row.to_day <= today:
            continue
        for month, covered in queries.rent(row).months:
            # what is due within days is a move already
            if covered < month.amount and today + moves.SOON < month.due_day <= today + AHEAD:
                words = _("Rent: %(sum)s") % {"sum": yuan(month.amount)}
                yield _day(row.id, f"rent-{month.number}", month.due_day, words)
        yield _day(row.id, "end", row.to_day - 1, _("Last day of the lease"))


def _event(lease: int, name: str, words: str) -> Event:
    event = Event()
    event.add("uid", f"lease-{lease}-{name}@{settings.CITYCHAIN_ORIGIN.rpartition('/')[2]}")
    event.add("dtstamp", _utc(clock.now()))
    event.add("summary", _("Lease %(number)s") % {"number": lease} + f" · {words}")
    event.add("url", settings.CITYCHAIN_ORIGIN + reverse("lease", args=[lease]))
    return event


def _deadline(move: moves.Move) -> Event:
    event = _event(move.lease, f"{move.until}-{hashlib.sha256(move.words.encode()).hexdigest()[:8]}", move.words)
    event.add("dtstart", _utc(move.until))
    event.add("dtend", _utc(move.until))
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", move.words)
    alarm.add("trigger", -BEFORE)
    event.add_component(alarm)
    return event


def _day(lease: int, name: str, day: int, words: str) -> Event:
    event, date = _event(lease, name, words), schedule.to_date(day)
    event.add("dtstart", date)
    event.add("dtend", date + datetime.timedelta(days=1))
    event.add("transp", "TRANSPARENT")
    return event


def _utc(seconds: int) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
