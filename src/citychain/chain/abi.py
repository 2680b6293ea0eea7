"""Bases of the generated bindings: functions, events, errors and structs of our contracts as typed values.

How Solidity's types look in Python: see codec.py. A parameter whose name Python or these bases use carries a trailing
underscore (`from_`, `data_`).
"""

from typing import Any, ClassVar, Generic, NamedTuple, Self, cast

import msgspec
from typing_extensions import TypeVar

from . import codec

Result = TypeVar("Result", default=Any)


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
        return cls.of(codec.decode(cls.inputs, data[4:]))

    @classmethod
    def of(cls, values: tuple[Any, ...]) -> Self:
        """From decoded arguments, structs as tuples."""
        return cls(*values)


class Function(_Coded, Generic[Result], frozen=True):
    """A call of a contract's function; fields are its arguments, `Result` what `result` gives."""

    contract: ClassVar[str] = ""
    signature: ClassVar[str] = ""
    outputs: ClassVar[tuple[str, ...]] = ()

    def data(self) -> bytes:
        """Calldata: selector and arguments. Raises ValueError for an argument that does not fit its type."""
        return self.selector + codec.encode(self.inputs, msgspec.structs.astuple(self))

    @classmethod
    def result(cls, data: bytes) -> Result:
        """The decoded return value: alone when there is one, else a tuple; None when there is none.

        Raises ValueError, also for the empty data that an address without code returns.
        """
        return cls.returned(codec.decode(cls.outputs, data))

    @classmethod
    def returned(cls, values: Any) -> Result:
        """From decoded return values, structs as tuples."""
        if len(values) > 1:
            return cast(Result, values)
        return cast(Result, values[0] if values else None)


class Act(NamedTuple):
    """Something to be done: `function` at the contract `target`."""

    target: str
    function: Function


class Error(_Coded, frozen=True):
    """A contract's refusal; fields are its arguments."""


class Event(msgspec.Struct, frozen=True):
    """What a contract recorded; fields are its arguments, indexed or not, in Solidity's order.

    An indexed argument of a dynamic type is its keccak hash, as hex: the chain keeps no more.
    """

    contract: ClassVar[str] = ""
    topic: ClassVar[str] = ""

    @classmethod
    def decode(cls, topics: list[str], data: bytes) -> Self:
        """From a log's topics and data; raises ValueError or IndexError where they are another event's."""
        raise NotImplementedError


def bytes32(text: str) -> str:
    """Short ASCII, left-aligned in 32 bytes, as hex; raises ValueError over 31 characters or beyond ASCII."""
    raw = text.encode("ascii")
    if len(raw) > 31:
        raise ValueError(f"{text!r} has more than 31 characters")
    return "0x" + raw.ljust(32, b"\0").hex()


def text32(value: str) -> str:
    """The ASCII in a bytes32; the hex itself where it is not printable ASCII."""
    raw = bytes.fromhex(value[2:]).rstrip(b"\0")
    return raw.decode() if raw and raw.isascii() and raw.decode().isprintable() else value
