"""A published function and its arguments from JSON to the call that is signed.

How Solidity's types are written in JSON: integers as numbers, or as decimal text where a reader of JSON would lose
figures; addresses and bytes as hex with 0x; short ASCII in bytes32 as plain text or hex; structs as objects.
"""

import re
from typing import Any

from django.utils.translation import gettext as _

from citychain.chain.abi import Function, bytes32
from citychain.chain.artifacts import artifact, bindings, type_of

from . import published
from .errors import MalformedField, NotPublished

_INTEGER = re.compile(r"-?[0-9]{1,78}\Z")
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}\Z")
_HEX = re.compile(r"0x([0-9a-fA-F]{2})*\Z")


def call(contract: str, name: str, arguments: dict[str, Any]) -> Function[Any]:
    """The call of `contract`'s function `name`. Raises NotPublished, and MalformedField that names the argument."""
    if f"{contract}.{name}" not in {entry.name for entry in published.catalogue().values()}:
        raise NotPublished(what=f"{contract}.{name}")
    binding: type[Function[Any]] = getattr(bindings(contract), name)
    values = _members(parameters(contract, name), arguments, "arguments")
    try:
        function = binding(*values)
        function.data()
    except ValueError as problem:
        raise MalformedField(field="arguments", reason=str(problem)) from problem
    return function


def parameters(contract: str, name: str) -> list[dict[str, Any]]:
    """The inputs of a function as its ABI describes them."""
    found: list[dict[str, Any]] = next(
        item["inputs"] for item in artifact(contract).abi if (item["type"], item.get("name")) == ("function", name)
    )
    return found


def _members(parameters: list[dict[str, Any]], given: Any, path: str) -> tuple[Any, ...]:
    """The values of a struct's or a call's members in their order; each must be there, and no other."""
    names = [parameter["name"] for parameter in parameters]
    if not isinstance(given, dict) or any(name not in names for name in given):
        raise MalformedField(field=path, reason=_("it takes {names}").format(names=", ".join(names) or "{}"))
    return tuple(_value(part, given.get(part["name"]), f"{path}.{part['name']}") for part in parameters)


def _value(parameter: dict[str, Any], given: Any, path: str) -> Any:
    kind: str = parameter["type"]
    if kind.endswith("]"):
        item = {**parameter, "type": kind[: kind.rindex("[")]}
        if isinstance(given, list):
            return [_value(item, value, f"{path}.{position}") for position, value in enumerate(given)]
    elif kind == "tuple":
        return _members(parameter["components"], given, path)
    elif kind.startswith(("uint", "int")):
        if isinstance(given, int) and not isinstance(given, bool):
            return given
        if isinstance(given, str) and _INTEGER.match(given):
            return int(given)
    elif kind == "bool":
        if isinstance(given, bool):
            return given
    elif isinstance(given, str):
        value = _text(kind, given)
        if value is not None:
            return value
    raise MalformedField(field=path, reason=_("it is not a value of the type {kind}").format(kind=type_of(parameter)))


def _text(kind: str, given: str) -> str | bytes | None:
    """A value that JSON writes as text; None where it does not fit."""
    if kind == "string":
        return given
    if kind == "address":
        return given.lower() if _ADDRESS.match(given) else None
    if kind == "bytes":
        return bytes.fromhex(given[2:]) if _HEX.match(given) else None
    if kind == "bytes32" and not given.startswith("0x"):
        return bytes32(given) if given.isascii() and len(given) < 32 else None
    return given.lower() if _HEX.match(given) and len(given) == 2 + 2 * int(kind.removeprefix("bytes")) else None
