"""What a passkey's browser answers (W3C Web Authentication, level 2), and the bytes that the account's contract checks.

Whether a signature holds is the contract's to say (PasskeyAccount, ERC-1271), never ours. Here answers are taken apart,
and checked early where the contract can't look: that the browser signed for this site.
"""

import base64
import binascii
import hashlib
import ipaddress
import json
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from citychain.chain.codec import encode
from citychain.errors import InvalidInput

#: A P-256 key in SubjectPublicKeyInfo (RFC 5480), before its two coordinates of 32 bytes.
SPKI = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d03010703420004")
#: The order of P-256's group.
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
#: Authenticator data: the hash of the site, a byte of flags, a counter.
SITE_HASH, FLAGS, SHORTEST = slice(0, 32), 32, 37
PRESENT, VERIFIED = 0x01, 0x04


class Assertion(NamedTuple):
    """A passkey's signature: `client` is the JSON that the browser wrote, `authenticator` what the device added."""

    credential: str
    authenticator: bytes
    client: bytes
    r: int
    s: int

    def encoded(self) -> bytes:
        """As OpenZeppelin's WebAuthn library reads it."""
        text = self.client.decode()
        places = (text.find('"challenge":'), text.find('"type":'))
        words = ("0x" + self.r.to_bytes(32, "big").hex(), "0x" + self.s.to_bytes(32, "big").hex())
        return encode(
            ("bytes32", "bytes32", "uint256", "uint256", "bytes", "string"), (*words, *places, self.authenticator, text)
        )


def site(origin: str) -> str:
    """The rpId of the site at this origin: its host."""
    return urlsplit(origin).hostname or ""


def possible(origin: str) -> bool:
    """Whether browsers have passkeys for this site: on https, or on this machine by its name; never by an IP."""
    host = site(origin)
    try:
        ipaddress.ip_address(host)
        return False
    except ValueError:
        return origin.startswith("https://") or host == "localhost" or host.endswith(".localhost")


def public_key(field: str, spki: str) -> tuple[str, str]:
    """The coordinates (0x and 64 digits) of a key that a browser tells in SPKI, base64url. Raises InvalidInput."""
    key = decode(field, spki)
    if len(key) != len(SPKI) + 64 or not key.startswith(SPKI):
        raise InvalidInput(field=field, reason=_("it is not a key of the kind P-256"))
    return "0x" + key[-64:-32].hex(), "0x" + key[-32:].hex()


def assertion(fields: Mapping[str, str], digest: bytes, origin: str) -> Assertion:
    """The signature of `digest` that a page of ours handed in as `credential`, `authenticator`, `client` and `der`.

    Raises InvalidInput where it is malformed, of another text or for another site, or where the device did not know its
    holder (WebAuthn, 7.2).
    """
    r, s = _numbers(decode("der", fields.get("der", "")))
    found = Assertion(
        fields.get("credential", ""),
        decode("authenticator", fields.get("authenticator", "")),
        decode("client", fields.get("client", "")),
        r,
        min(s, ORDER - s),  # of the two forms contracts take the lower one
    )
    try:
        client = json.loads(found.client.decode())
        told = [str(client[name]) for name in ("type", "challenge", "origin")]
    except (ValueError, KeyError, TypeError) as problem:
        raise InvalidInput(field="client", reason=_("it is not what a browser writes")) from problem
    if told != ["webauthn.get", text_of(digest), origin]:
        raise InvalidInput(field="client", reason=_("it was signed for another text or another site"))
    site_hash = hashlib.sha256(site(origin).encode()).digest()
    if len(found.authenticator) < SHORTEST or found.authenticator[SITE_HASH] != site_hash:
        raise InvalidInput(field="authenticator", reason=_("it was signed for another site"))
    if found.authenticator[FLAGS] & (PRESENT | VERIFIED) != PRESENT | VERIFIED:
        raise InvalidInput(field="authenticator", reason=_("the device did not check who you are"))
    return found


def text_of(data: bytes) -> str:
    """base64url without padding (RFC 4648, 5), as browsers write bytes."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(field: str, text: str) -> bytes:
    """The bytes of base64url. Raises InvalidInput."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as problem:
        raise InvalidInput(field=field, reason=_("it is not base64url")) from problem


def _numbers(der: bytes) -> tuple[int, int]:
    """The two numbers of an ECDSA signature in DER (RFC 3279, 2.2.3)."""
    numbers: list[int] = []
    at = 2
    while len(numbers) < 2 and at + 2 <= len(der) and der[at] == 2:
        end = at + 2 + der[at + 1]
        numbers.append(int.from_bytes(der[at + 2 : end], "big"))
        at = end
    whole = len(der) > 2 and der[0] == 0x30 and der[1] == len(der) - 2 == at - 2
    if not whole or len(numbers) != 2 or not all(0 < number < ORDER for number in numbers):
        raise InvalidInput(field="der", reason=_("it is not a signature of the kind P-256"))
    return numbers[0], numbers[1]
