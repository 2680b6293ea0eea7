"""Amounts in words and figures as a reader in China expects them. Amounts are integers in fen."""

from datetime import date

from django.utils.formats import date_format
from django.utils.translation import get_language

DIGITS = "零壹贰叁肆伍陆柒捌玖"
UNITS = ("", "拾", "佰", "仟")
GROUPS = ("", "万", "亿", "万亿")


def yuan(fen: int) -> str:
    """``¥3,000.00``; a minus is U+2212, so that it is as wide as a digit and never breaks from its figure."""
    sign = "\u2212" if fen < 0 else ""
    return f"{sign}¥{abs(fen) // 100:,}.{abs(fen) % 100:02d}"


def calendar_day(day: date) -> str:
    """``2026年11月22日``, ``22 Nov 2026``."""
    english = (get_language() or "").startswith("en")
    return date_format(day, "j M Y" if english else "Y年n月j日")


def square_metres(hundredths: int) -> str:
    """``89.50 m²`` from hundredths of a square metre."""
    return f"{hundredths // 100:,}.{hundredths % 100:02d} m²"


def short(value: str) -> str:
    """``0x12ab…89ef``: enough to compare, never enough to trust; the whole value stands beside it for copying."""
    return value if len(value) <= 12 else f"{value[:6]}…{value[-4:]}"


def capitals(fen: int) -> str:
    """``叁仟元整``: the capitals that cheques and contracts carry.

    Follows the Basic Rules for Filling in Bills and Settlement Vouchers (People's Bank of China, 1997,
    正确填写票据和结算凭证的基本规定): 整 after whole yuan, 零 where places are skipped. Empty from 10^16 yuan on.
    """
    whole, rest = divmod(abs(fen), 100)
    if whole >= 10**16:
        return ""
    words = _integer(whole)
    if words:
        words += "元"
    jiao, last = divmod(rest, 10)
    if not rest:
        words = (words or "零元") + "整"
    else:
        if jiao:
            words += DIGITS[jiao] + "角"
        elif words:
            words += "零"
        if last:
            words += DIGITS[last] + "分"
    return ("负" if fen < 0 else "") + words


def _integer(value: int) -> str:
    groups = []
    while value:
        value, group = divmod(value, 10_000)
        groups.append(group)
    words = ""
    for place in reversed(range(len(groups))):
        if not groups[place]:
            continue
        if words and (groups[place] < 1000 or not groups[place + 1]):
            words += "零"
        words += _group(groups[place]) + GROUPS[place]
    return words


def _group(value: int) -> str:
    words, gap = "", False
    for place in (3, 2, 1, 0):
        digit = value // 10**place % 10
        if not digit:
            gap = bool(words)
            continue
        words += ("零" if gap else "") + DIGITS[digit] + UNITS[place]
        gap = False
    return words
