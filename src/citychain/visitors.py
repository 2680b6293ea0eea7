"""Where a request came from: the network address that limits count by."""

import functools
import ipaddress
from collections.abc import Mapping
from typing import Any

from django.conf import settings


def address(meta: Mapping[str, Any]) -> str:
    """The visitor's address in a request's WSGI variables; of IPv6 the /64, which is one subscriber's.

    It is the last one in the header that the reverse proxy writes (settings.CITYCHAIN_CLIENT_HEADER): what stands
    before it, the client may have written. "" where no proxy told one: the portal listens on 127.0.0.1, so that is a
    program on this machine.

    Danger: a proxy that neither replaces nor extends the header lets clients choose their address.
    """
    name = "HTTP_" + settings.CITYCHAIN_CLIENT_HEADER.upper().replace("-", "_")
    told = meta.get(name, "")
    return _network(told.rpartition(",")[2].strip()) if told else ""


@functools.lru_cache(maxsize=10_000)
def _network(text: str) -> str:
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return ""
    if found.version == 6:
        mapped = found.ipv4_mapped
        return str(mapped or ipaddress.ip_network((int(found) >> 64 << 64, 64)))
    return str(found)
