"""Where webhooks may reach: public addresses by https, never the machine's or the house's own network (SSRF).

A name is resolved once for each attempt, every address that it has is looked at, and the connection goes to one of
them: a name that changes its mind in between (DNS rebinding) changes nothing. Redirects are not followed. In a
demonstration city a receiver may also be on this machine, by http.
"""

import asyncio
import ipaddress
import socket
from dataclasses import dataclass

import httpx
from django.conf import settings
from django.utils.translation import gettext as _

from .errors import ReceiverRefused


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
    local = settings.CITYCHAIN_SANDBOX and url.host in ("localhost", "127.0.0.1", "::1")
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
    """Public unicast (IANA's special-purpose registries), and not IPv4 in the clothes of IPv6."""
    address = ipaddress.ip_address(text.partition("%")[0])
    if local:
        return address.is_loopback
    if address.version == 6:
        disguised = address.ipv4_mapped or address.sixtofour or address.teredo
        if disguised or address in ipaddress.ip_network("64:ff9b::/32"):
            return False
    return address.is_global and not address.is_multicast
