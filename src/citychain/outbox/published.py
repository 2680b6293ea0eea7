"""What may be requested: the `published` lists of all parts, {"Contract.function": greatest gas}."""

import functools
from typing import Any, NamedTuple

from django.apps import apps

from citychain.chain.abi import Function
from citychain.chain.addressbook import AddressBook
from citychain.chain.artifacts import bindings

from .errors import NotPublished


class Published(NamedTuple):
    """`name` is "Contract.function"; `gas` the most that a request for it may ask for."""

    name: str
    gas: int


@functools.cache
def catalogue() -> dict[tuple[str, bytes], Published]:
    """By contract name and selector."""
    found = {}
    for config in apps.get_app_configs():
        for name, gas in getattr(config, "published", {}).items():
            contract, _, function = name.partition(".")
            binding: type[Function[Any]] = getattr(bindings(contract), function)
            found[contract, binding.selector] = Published(name, gas)
    return found


def lookup(book: AddressBook, target: str, data: bytes) -> Published:
    """What calling `target` with `data` is. Raises NotPublished for an unknown address or a function not open."""
    entry = book.by_address(target)
    if entry is None:
        raise NotPublished(what=target)
    found = catalogue().get((entry.contract, data[:4]))
    if found is None:
        raise NotPublished(what=f"{entry.contract}.0x{data[:4].hex()}")
    return found
