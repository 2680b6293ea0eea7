"""Bases of the generated bindings: functions, events, errors and structs of our contracts as typed values.

On the Python side an address is lower-case hex, a fixed `bytesN` is "0x" hex, dynamic `bytes` are bytes. Encoding and
the rarer decodings are eth-abi's; events of static types decode by generated slices (bindgen).
"""

from typing import Any, ClassVar, Self, cast

import msgspec
from eth_abi.abi import decode, encode
from eth_abi.grammar import ABIType, TupleType, parse


class Tuple(msgspec.Struct, frozen=True):
    """A Solidity struct."""


class _Coded(msgspec.Struct, frozen=True):
    selector: ClassVar[bytes] = b""
    inputs: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """From selector and arguments; raises ValueError where `data` is something else."""
        if data[:4] != cls.selector:
            raise ValueError(f"not a {cls.__name__}")
        try:
            values = decode(cls.inputs, data[4:])
        except Exception as problem:  # eth-abi has several roots of errors
            raise ValueError(f"{cls.__name__}: {problem}") from problem
        return cls(*(_from_abi(parse(kind), value) for kind, value in zip(cls.inputs, values, strict=True)))


class Function(_Coded, frozen=True):
    """A call of a contract's function; fields are its arguments."""

    contract: ClassVar[str] = ""
    signature: ClassVar[str] = ""
    outputs: ClassVar[tuple[str, ...]] = ()

    def data(self) -> bytes:
        """Calldata: selector and arguments."""
        values = [getattr(self, name) for name in self.__struct_fields__]
        return self.selector + encode(self.inputs, [_to_abi(value) for value in values])

    @classmethod
    def result(cls, data: bytes) -> Any:
        """The decoded return value: alone when there is one, else a tuple; None when there is none."""
        values = decode(cls.outputs, data)
        results = tuple(_from_abi(parse(kind), value) for kind, value in zip(cls.outputs, values, strict=True))
        return None if not results else results[0] if len(results) == 1 else results


class Error(_Coded, frozen=True):
    """A contract's refusal; fields are its arguments."""


class Event(msgspec.Struct, frozen=True):
    """What a contract recorded; fields are its arguments, indexed or not, in Solidity's order."""

    contract: ClassVar[str] = ""
    topic: ClassVar[str] = ""

    @classmethod
    def decode(cls, topics: list[str], data: bytes) -> Self:
        """From a log's topics and data."""
        raise NotImplementedError


def decode_data(kinds: tuple[str, ...], data: bytes) -> tuple[Any, ...]:
    """Values of an event's data by eth-abi, for events with dynamic types."""
    return tuple(_from_abi(parse(kind), value) for kind, value in zip(kinds, decode(kinds, data), strict=True))


def encode_arguments(kinds: tuple[str, ...], values: tuple[Any, ...]) -> bytes:
    """Arguments without a selector, as a constructor takes them."""
    return encode(kinds, [_to_abi(value) for value in values])


def _to_abi(value: Any) -> Any:
    if isinstance(value, str) and value.startswith("0x") and len(value) != 42:
        return bytes.fromhex(value[2:])
    if isinstance(value, Tuple):
        return tuple(_to_abi(getattr(value, name)) for name in value.__struct_fields__)
    if isinstance(value, (list, tuple)):
        return [_to_abi(item) for item in value]
    return value


def _from_abi(kind: ABIType, value: Any) -> Any:
    if kind.arrlist:
        return [_from_abi(kind.item_type, item) for item in value]
    if isinstance(kind, TupleType):
        return tuple(_from_abi(part, item) for part, item in zip(kind.components, value, strict=True))
    base = cast(Any, kind)
    if base.base == "bytes" and base.sub is not None:
        return "0x" + value.hex()
    return value


def bytes32(text: str) -> str:
    """Short ASCII, left-aligned in 32 bytes, as hex; raises ValueError over 31 characters."""
    raw = text.encode("ascii")
    if len(raw) > 31:
        raise ValueError(f"{text!r} has more than 31 characters")
    return "0x" + raw.ljust(32, b"\0").hex()


def text32(value: str) -> str:
    """The ASCII in a bytes32; the hex itself where it is not printable ASCII."""
    raw = bytes.fromhex(value[2:]).rstrip(b"\0")
    return raw.decode() if raw and raw.isascii() and raw.decode().isprintable() else value
