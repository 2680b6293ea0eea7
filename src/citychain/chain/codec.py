"""Solidity's ABI encoding (docs.soliditylang.org, "Contract ABI Specification"), compiled once for each type.

Python values: `int`, `bool`, `str` for text, `bytes` for dynamic bytes, lower-case "0x" hex for addresses and fixed
bytesN, lists for arrays, tuples (or structs of the bindings) for structs. Both directions raise ValueError: for a value
that does not fit its type, and for data that is too short or points outside itself.
"""

import functools
import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import msgspec


class Codec(NamedTuple):
    """One type. `size` is its length in the head in bytes; what is `dynamic` lies in the tail, found by an offset."""

    dynamic: bool
    size: int
    encode: Callable[[Any], bytes]
    decode: Callable[[bytes, int], Any]


def encode(kinds: tuple[str, ...], values: Sequence[Any]) -> bytes:
    """Arguments without a selector, as functions, constructors and errors take them."""
    return arguments(kinds).encode(values)


def decode(kinds: tuple[str, ...], data: bytes) -> tuple[Any, ...]:
    """The inverse; structs come as tuples. More data than is needed is ignored, as Solidity does."""
    values: tuple[Any, ...] = arguments(kinds).decode(data, 0)
    return values


@functools.cache
def arguments(kinds: tuple[str, ...]) -> Codec:
    """The codec of several values in a row."""
    return _row([codec(kind) for kind in kinds])


@functools.cache
def codec(kind: str) -> Codec:
    """The codec of a canonical ABI type, such as "uint64", "bytes32[]" or "(address,uint16)[]"."""
    if kind.endswith("]"):
        item, count = kind[:-1].rsplit("[", 1)
        return _array(codec(item)) if not count else _fixed_array(codec(item), int(count))
    if kind.startswith("("):
        return _row([codec(part) for part in _parts(kind[1:-1])])
    if kind in _SIMPLE:
        return _SIMPLE[kind]
    found = re.fullmatch(r"(uint|int|bytes)(\d+)", kind)
    if not found:
        raise ValueError(f"unknown ABI type {kind!r}")
    width = int(found[2])
    return {"uint": _uint, "int": _int, "bytes": _fixed_bytes}[found[1]](width)


def _parts(inside: str) -> list[str]:
    """Splits at the commas of the outermost level."""
    parts, depth, start = [], 0, 0
    for at, sign in enumerate(inside):
        depth += (sign == "(") - (sign == ")")
        if sign == "," and depth == 0:
            parts.append(inside[start:at])
            start = at + 1
    return [*parts, inside[start:]] if inside else []


def _word(data: bytes, at: int) -> bytes:
    word = data[at : at + 32]
    if len(word) != 32:
        raise ValueError("the data is too short")
    return word


def _number(data: bytes, at: int) -> int:
    return int.from_bytes(_word(data, at), "big")


def _uint(bits: int) -> Codec:
    limit = 1 << bits

    def encode_uint(value: int) -> bytes:
        if not 0 <= value < limit:
            raise ValueError(f"{value} does not fit uint{bits}")
        return value.to_bytes(32, "big")

    return Codec(False, 32, encode_uint, _number)


def _int(bits: int) -> Codec:
    limit = 1 << (bits - 1)

    def encode_int(value: int) -> bytes:
        if not -limit <= value < limit:
            raise ValueError(f"{value} does not fit int{bits}")
        return value.to_bytes(32, "big", signed=True)

    return Codec(False, 32, encode_int, lambda data, at: int.from_bytes(_word(data, at), "big", signed=True))


def _fixed_bytes(size: int) -> Codec:
    def encode_fixed_bytes(value: str) -> bytes:
        return _hex(value, size).ljust(32, b"\0")

    return Codec(False, 32, encode_fixed_bytes, lambda data, at: "0x" + _word(data, at)[:size].hex())


def _hex(value: str, size: int) -> bytes:
    raw = bytes.fromhex(value[2:]) if value.startswith("0x") and len(value) == 2 + 2 * size else b""
    if len(raw) != size:
        raise ValueError(f"{value!r} is not {size} bytes in hex with 0x")
    return raw


def _encode_bool(value: bool) -> bytes:
    return value.to_bytes(32, "big")


def _encode_bytes(value: bytes) -> bytes:
    return len(value).to_bytes(32, "big") + value + bytes(-len(value) % 32)


def _decode_bytes(data: bytes, at: int) -> bytes:
    length = _number(data, at)
    found = data[at + 32 : at + 32 + length]
    if len(found) != length:
        raise ValueError("the data is too short")
    return found


def _array(item: Codec) -> Codec:
    def encode_array(values: Sequence[Any]) -> bytes:
        return len(values).to_bytes(32, "big") + _row([item] * len(values)).encode(values)

    def decode_array(data: bytes, at: int) -> list[Any]:
        count = _number(data, at)
        if count * item.size > len(data):
            raise ValueError("the data is too short")
        return list(_row([item] * count).decode(data, at + 32))

    return Codec(True, 32, encode_array, decode_array)


def _fixed_array(item: Codec, count: int) -> Codec:
    row = _row([item] * count)
    return row._replace(decode=lambda data, at: list(row.decode(data, at)))


def _row(items: list[Codec]) -> Codec:
    """Values side by side: their heads (the value, or the offset of a dynamic one), then the tails."""
    head = sum(32 if item.dynamic else item.size for item in items)
    dynamic = any(item.dynamic for item in items)

    def encode_row(values: Any) -> bytes:
        if isinstance(values, msgspec.Struct):
            values = msgspec.structs.astuple(values)
        if len(values) != len(items):
            raise ValueError(f"{len(values)} values for {len(items)} types")
        if not dynamic:
            return b"".join([item.encode(value) for item, value in zip(items, values, strict=True)])
        heads, tails, end = [], [], head
        for item, value in zip(items, values, strict=True):
            encoded = item.encode(value)
            if item.dynamic:
                heads.append(end.to_bytes(32, "big"))
                tails.append(encoded)
                end += len(encoded)
            else:
                heads.append(encoded)
        return b"".join(heads + tails)

    def decode_row(data: bytes, at: int) -> tuple[Any, ...]:
        values, position = [], at
        for item in items:
            if item.dynamic:
                values.append(item.decode(data, at + _number(data, position)))
                position += 32
            else:
                values.append(item.decode(data, position))
                position += item.size
        return tuple(values)

    return Codec(dynamic, 32 if dynamic else head, encode_row, decode_row)


_SIMPLE = {
    "address": Codec(
        False, 32, lambda value: bytes(12) + _hex(value, 20), lambda data, at: "0x" + _word(data, at)[12:].hex()
    ),
    "bool": Codec(False, 32, _encode_bool, lambda data, at: _number(data, at) != 0),
    "bytes": Codec(True, 32, _encode_bytes, _decode_bytes),
    "string": Codec(
        True,
        32,
        lambda value: _encode_bytes(value.encode()),
        lambda data, at: _decode_bytes(data, at).decode(errors="replace"),
    ),
}
