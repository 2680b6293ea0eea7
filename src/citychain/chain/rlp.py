"""Recursive Length Prefix, the encoding of transactions (Ethereum Yellow Paper, appendix B). Encoding only."""

from collections.abc import Sequence
from typing import TypeAlias

Item: TypeAlias = "bytes | int | Sequence[Item]"


def encode(item: Item) -> bytes:
    """RLP of bytes, of an unsigned integer (big-endian, without leading zeros), or of a sequence of items."""
    if isinstance(item, bytes):
        if len(item) == 1 and item[0] < 0x80:
            return item
        return _head(0x80, len(item)) + item
    if isinstance(item, int):
        return encode(item.to_bytes((item.bit_length() + 7) // 8, "big"))
    body = b"".join([encode(part) for part in item])
    return _head(0xC0, len(body)) + body


def _head(offset: int, length: int) -> bytes:
    if length < 56:
        return bytes((offset + length,))
    size = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes((offset + 55 + len(size),)) + size
