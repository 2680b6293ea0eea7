"""Asking for money by a link, which a QR code carries: who asks, for how much, what for, until when.

The link's parameters are those of a token transfer in ERC-681 (target, address, uint256), on this portal's own origin,
and a seal: the portal's word that the holder of the account, signed in here, asked for exactly this. It is no signature
and moves nothing; whoever opens it sees a filled-in form and signs or not.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import astuple, dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit

import segno
from django.conf import settings
from django.core.signing import Signer
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.safestring import SafeString, mark_safe

from citychain.chain import clock

from .errors import PaymentLinkAltered, PaymentLinkExpired

SALT = "citychain.payment-link"
ADDRESS = re.compile(r"(?:ethereum:)?(0x[0-9a-fA-F]{40})(?:@\d+)?")


@dataclass(frozen=True)
class Asked:
    """What a link asks for: `amount` in fen, 0 for whatever the payer gives; `until` in UTC seconds; `name` of who
    asks, "" when they did not want to be named."""

    bank: str
    holder: str
    amount: int
    words: str
    name: str
    until: int

    @property
    def link(self) -> str:
        """The whole address, as the QR code carries it."""
        query = {
            "target": self.bank, "address": self.holder, "uint256": self.amount, "words": self.words, "by": self.name,
            "until": self.until, "seal": _seal(self),
        }  # fmt: skip
        return f"{settings.CITYCHAIN_ORIGIN}{reverse('money-send')}?{urlencode(query)}"

    @property
    def qr(self) -> SafeString:
        """The link as a QR code (ISO/IEC 18004): black on white also in dark colours, as scanners want it."""
        drawn = segno.make(self.link, error="m", micro=False)
        return mark_safe(drawn.svg_inline(omitsize=True, border=4, dark="#000", light="#fff"))  # nothing typed is in it


def _seal(asked: Asked) -> str:
    return Signer(salt=SALT).signature(json.dumps(astuple(asked), ensure_ascii=False))


def read(query: Mapping[str, str]) -> Asked | None:
    """What the parameters of a link ask for; None when they are none. Raises PaymentLinkAltered, PaymentLinkExpired."""
    if not {"seal", "uint256", "until"} & set(query):
        return None
    amount, until = query.get("uint256", ""), query.get("until", "")
    if not all(number.isascii() and number.isdecimal() and len(number) <= 19 for number in (amount, until)):
        raise PaymentLinkAltered(field="link", reason="")
    text = [query.get(name, "") for name in ("target", "address", "words", "by")]
    asked = Asked(text[0], text[1], int(amount), text[2], text[3], int(until))
    if not constant_time_compare(_seal(asked), query.get("seal", "")):
        raise PaymentLinkAltered(field="link", reason="")
    if asked.until < clock.now():
        raise PaymentLinkExpired(day=clock.local_time(asked.until).date().isoformat())
    return asked


def read_code(text: str) -> str:
    """The parameters of the form for sending, from what a QR code or a message held: a link made here, or an account
    (plain, or as ethereum:0x… of ERC-681). "" for anything else."""
    text = text.strip()
    if found := ADDRESS.fullmatch(text):
        return urlencode({"address": found[1].lower()})
    try:
        link = urlsplit(text)
    except ValueError:
        return ""
    here = f"{link.scheme}://{link.netloc}" == settings.CITYCHAIN_ORIGIN and link.path == reverse("money-send")
    return urlencode(parse_qsl(link.query, keep_blank_values=True)) if here else ""
