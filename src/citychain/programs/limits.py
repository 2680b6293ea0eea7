"""How often the API may be called: a quota a minute for each API key, and for each network address without one.

Counted in Django's cache, by each of the portal's processes for itself: at most as many times the quota pass as there
are processes. An address is known where a proxy stands before the portal (the last X-Forwarded-For, which the proxy
wrote); without one, only programs on this machine reach the portal, and they are not counted.
"""

import ipaddress
from dataclasses import dataclass

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

from citychain.chain import clock

from . import keys
from .errors import RateLimited

WINDOW = 60


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


def count(request: HttpRequest) -> Standing | None:
    """Counts this call; None where it is not counted. Raises UnknownApiKey."""
    key = keys.bearer(request.headers.get("Authorization", ""))
    if key is not None:
        return _count("key", key.id, settings.CITYCHAIN_API_KEY_A_MINUTE)
    address = _address(request.headers.get("X-Forwarded-For", ""))
    return _count("address", address, settings.CITYCHAIN_API_A_MINUTE) if address else None


def enforce(standing: Standing | None) -> None:
    """Raises RateLimited."""
    if standing is not None and standing.left < 0:
        raise RateLimited(limit=standing.quota, seconds=standing.seconds)


def _count(policy: str, who: str, quota: int) -> Standing:
    window, gone = divmod(clock.now(), WINDOW)
    name = f"api:{policy}:{who}:{window}"
    cache.add(name, 0, timeout=2 * WINDOW)
    return Standing(policy, quota, quota - cache.incr(name), WINDOW - gone)


def _address(forwarded: str) -> str:
    """The client's address; of an IPv6 one its /64, which is one subscriber's. "" where there is none."""
    try:
        address = ipaddress.ip_address(forwarded.rpartition(",")[2].strip())
    except ValueError:
        return ""
    return str(ipaddress.ip_network(f"{address}/64", strict=False)) if address.version == 6 else str(address)
