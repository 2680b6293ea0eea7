"""Who somebody is, as the housing bureau reads it: a name and a document, checked as far as arithmetic can.

A digit that was typed wrongly is found here and not by a clerk a week later. That a document is genuine, and is this
person's, only its issuer can say.
"""

import datetime
import re
from collections.abc import Callable

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

#: Kinds of documents by the name that a submission keeps.
DOCUMENTS: dict[str, Promise] = {
    "resident-id": _("Resident identity card"),
    "permit": _("Travel or residence permit of Hong Kong, Macao or Taiwan"),
    "passport": _("Passport"),
    "permanent": _("Permanent residence card of a foreigner"),
    "company": _("Business licence (unified social credit code)"),
}
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_COMPANY_DIGITS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def _card(number: str) -> Promise | None:
    """GB 11643-1999: place, birthday, sequence, and a check character by ISO 7064 MOD 11-2."""
    if not re.fullmatch(r"[0-9]{17}[0-9X]", number):
        return _("18 characters: digits, the last one may be X.")
    try:
        datetime.date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return _("The birthday in it is no day.")
    total = sum(int(digit) * weight for digit, weight in zip(number, _ID_WEIGHTS, strict=False))
    return None if "10X98765432"[total % 11] == number[17] else _("A digit is wrong: its last character doesn’t fit.")


def _company(number: str) -> Promise | None:
    """GB 32100-2015: 18 characters without I, O, S, V and Z, the last one by ISO 7064 MOD 31-3."""
    if len(number) != 18 or not set(number) <= set(_COMPANY_DIGITS):
        return _("18 digits and capital letters, without I, O, S, V and Z.")
    total = sum(_COMPANY_DIGITS.index(one) * pow(3, place, 31) for place, one in enumerate(number[:17]))
    fits = _COMPANY_DIGITS[-total % 31] == number[17]
    return None if fits else _("A character is wrong: the last one doesn’t fit.")


def _pattern(pattern: str, words: Promise) -> Callable[[str], Promise | None]:
    return lambda number: None if re.fullmatch(pattern, number) else words


def _card_or(other: Callable[[str], Promise | None]) -> Callable[[str], Promise | None]:
    """Newer cards have 18 digits like a resident's, older ones another form."""
    return lambda number: _card(number) if len(number) == 18 else other(number)


_PERMIT = _("A letter and 8 or 10 digits, or 8 digits, or 18 characters.")
_PASSPORT = _("5 to 17 letters and digits, as in the passport’s machine-readable lines.")
_PERMANENT = _("18 digits, or three letters and twelve digits.")
_CHECKS: dict[str, Callable[[str], Promise | None]] = {
    "resident-id": _card,
    "permit": _card_or(_pattern(r"[HM][0-9]{8}([0-9]{2})?|[0-9]{8}", _PERMIT)),
    "passport": _pattern(r"[A-Z0-9]{5,17}", _PASSPORT),
    "permanent": _card_or(_pattern(r"[A-Z]{3}[0-9]{12}", _PERMANENT)),
    "company": _company,
}


def tidy(number: str) -> str:
    """The number as its check wants it: capitals, no spaces or hyphens."""
    return re.sub(r"[\s-]", "", number).upper()


def fault(kind: str, number: str) -> Promise | None:
    """What is wrong with a tidy number of this kind of document, if anything."""
    return _CHECKS[kind](number)


def masked(number: str) -> str:
    """Its last four characters alone."""
    return f"…{number[-4:]}"
