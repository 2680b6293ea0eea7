"""What may be requested: of all parts `published`, {"Contract.function": greatest gas}, and `words` for each."""

import functools
from typing import Any, NamedTuple

from django.apps import apps
from django.utils.functional import Promise

from citychain.chain.abi import Function
from citychain.chain.addressbook import AddressBook
from citychain.chain.artifacts import bindings

from .errors import NotPublished


class Published(NamedTuple):
    """`name` is "Contract.function"; `gas` the most that a request for it may ask for; `words` what it does."""

    name: str
    gas: int
    words: Promise


@functools.cache
def catalogue() -> dict[tuple[str, bytes], Published]:
    """By contract name and selector."""
    found = {}
    for config in apps.get_app_configs():
        words: dict[str, Promise] = getattr(config, "words", {})
        for name, gas in getattr(config, "published", {}).items():
            contract, _, function = name.partition(".")
            binding: type[Function[Any]] = getattr(bindings(contract), function)
            found[contract, binding.selector] = Published(name, gas, words[name])
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
