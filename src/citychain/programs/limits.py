"""How often the city may be asked: a quota a minute for each API key, and for each network address (visitors.py).

The API and exports have one quota of an address, pages another, and pages of those who are signed in a third: an office
behind one address is many people. Counted in memory, by each of the portal's processes for itself: at most as many
times the quota pass as there are processes. Programs on this machine are not counted without a key.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from citychain import visitors
from citychain.chain import clock

from . import keys
from .errors import RateLimited, TooManyPages, UnknownApiKey

WINDOW = 60
#: How many times as many pages an address has for those who are signed in.
SIGNED_IN = 10


@dataclass(frozen=True)
class Standing:
    """What is left of a `quota` after this call, and in how many `seconds` it begins anew."""

    policy: str
    quota: int
    left: int
    seconds: int

    def headers(self) -> dict[str, str]:
        """draft-ietf-httpapi-ratelimit-headers-10."""
        return {
            "RateLimit-Policy": f'"{self.policy}";q={self.quota};w={WINDOW}',
            "RateLimit": f'"{self.policy}";r={max(self.left, 0)};t={self.seconds}',
        }


class Counts:
    """How often each was counted in this minute. Some 100 bytes for each that was, forgotten at the minute's end."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._window = 0
        self._counts: dict[tuple[str, str], int] = {}

    def add(self, policy: str, who: str, quota: int) -> Standing:
        window, gone = divmod(clock.now(), WINDOW)
        with self._lock:
            if window != self._window:
                self._window, self._counts = window, {}
            count = self._counts[policy, who] = self._counts.get((policy, who), 0) + 1
        return Standing(policy, quota, quota - count, WINDOW - gone)

    def clear(self) -> None:
        with self._lock:
            self._counts.clear()


counts = Counts()


def count(request: HttpRequest) -> Standing | None:
    """Counts this call of the API; None where it is not counted. Raises UnknownApiKey, and RateLimited where an address
    tries so many that are unknown."""
    try:
        key = keys.bearer(request.headers.get("Authorization", ""))
    except UnknownApiKey:
        enforce(of_address(request.META))
        raise
    if key is not None:
        return counts.add("key", key.id, settings.CITYCHAIN_API_KEY_A_MINUTE)
    return of_address(request.META)


def of_address(meta: Mapping[str, Any]) -> Standing | None:
    """Counts a call of the API without a key, by the request's WSGI variables; None where no address is known."""
    address = visitors.address(meta)
    return counts.add("address", address, settings.CITYCHAIN_API_A_MINUTE) if address else None


def enforce(standing: Standing | None) -> None:
    """Raises RateLimited."""
    if standing is not None and standing.left < 0:
        raise RateLimited(limit=standing.quota, seconds=standing.seconds)


def visit(meta: Mapping[str, Any], signed_in: bool) -> TooManyPages | None:
    """Counts a page; what to answer instead of it when it is one too many."""
    address = visitors.address(meta)
    if not address:
        return None
    quota = settings.CITYCHAIN_PAGES_A_MINUTE
    standing = counts.add("signed-in", address, quota * SIGNED_IN) if signed_in else counts.add("pages", address, quota)
    return TooManyPages(limit=standing.quota, seconds=standing.seconds) if standing.left < 0 else None
