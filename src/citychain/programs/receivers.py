"""Where webhooks may reach: public addresses by https, never the machine's or the house's own network (SSRF).

A name is resolved once for each attempt, every address that it has is looked at, and the connection goes to one of
them: a name that changes its mind in between (DNS rebinding) changes nothing. Redirects are not followed. In a
demonstration city that is open on this machine alone, a receiver may be on this machine too, by http.
"""

import asyncio
import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx
from django.conf import settings
from django.utils.translation import gettext as _

from .errors import ReceiverRefused

LOOPBACK = ("localhost", "127.0.0.1", "::1")
#: All that IANA gives out of IPv6's unicast (RFC 4291, 2.4).
UNICAST = ipaddress.ip_network("2000::/3")


@dataclass(frozen=True)
class Receiver:
    """A webhook's URL taken apart. `local`: it names this machine, which only a demonstration city may."""

    url: httpx.URL
    local: bool


def parse(text: str) -> Receiver:
    """Raises ReceiverRefused for what can't be a receiver, whatever its name resolves to."""
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, ValueError, TypeError):
        raise ReceiverRefused(host=text[:80], reason=_("it is not a web address")) from None
    own = settings.CITYCHAIN_SANDBOX and urlsplit(settings.CITYCHAIN_ORIGIN).hostname in LOOPBACK
    local = own and url.host in LOOPBACK
    if not url.host or url.scheme not in ("https", "http"):
        raise ReceiverRefused(host=text[:80], reason=_("it is not a web address"))
    if url.scheme != "https" and not local:
        raise ReceiverRefused(host=url.host, reason=_("its address must begin with https"))
    if url.userinfo or url.fragment:
        raise ReceiverRefused(host=url.host, reason=_("its address must hold no password and no fragment"))
    return Receiver(url, local)


async def resolve(receiver: Receiver) -> str:
    """An address of the receiver, as text. Raises ReceiverRefused, also where one of several may not be reached."""
    host = receiver.url.host
    port = receiver.url.port or (443 if receiver.url.scheme == "https" else 80)
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise ReceiverRefused(host=host, reason=_("its name has no address")) from None
    addresses = [str(entry[4][0]) for entry in found]
    for address in addresses:
        if not _allowed(address, receiver.local):
            raise ReceiverRefused(host=host, reason=_("its address is not a public one"))
    return addresses[0]


def _allowed(text: str, local: bool) -> bool:
    """Public unicast (IANA's special-purpose registries), and not IPv4 in the clothes of IPv6: mapped, compatible and
    translated addresses lie outside UNICAST."""
    address = ipaddress.ip_address(text.partition("%")[0])
    if local:
        return address.is_loopback
    if address.version == 6 and (address not in UNICAST or address.sixtofour or address.teredo or _isatap(address)):
        return False
    return address.is_global and not address.is_multicast


def _isatap(address: ipaddress.IPv6Address) -> bool:
    """An IPv4 address behind any prefix (RFC 5214, 6.1)."""
    return int(address) >> 32 & 0xFDFFFFFF == 0x5EFE
