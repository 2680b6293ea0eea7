"""Who listens to which event, collected from every app's projection.py when a worker starts.

A part names the contract and the event, so parts meet without importing each other:
``SUBSCRIPTIONS = {"Titles.TitleRegistered": on_title_registered}``.
"""

import hashlib
import importlib
from collections.abc import Iterator
from importlib.util import find_spec
from typing import NamedTuple

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured

from citychain.chain import artifacts
from citychain.chain.abi import Event

from .rows import Projection


class Subscription(NamedTuple):
    """One listener. `name` is what an operator reads: "citychain.money.projection.on_transfer"."""

    event: type[Event]
    projection: Projection
    name: str


#: Listeners by contract name and topic.
Subscriptions = dict[tuple[str, str], list[Subscription]]


def collect() -> Subscriptions:
    """Every SUBSCRIPTIONS of the installed apps, in the order of INSTALLED_APPS.

    Raises ImproperlyConfigured when one names a contract or an event that does not exist.
    """
    found: Subscriptions = {}
    for module, name, projection in _declared():
        event = _event(name, module)
        subscription = Subscription(event, projection, f"{module}.{projection.__name__}")
        found.setdefault((event.contract, event.topic), []).append(subscription)
    return found


def digest(subscriptions: Subscriptions) -> str:
    """Tells two sets of subscriptions apart: rows made by one can't be continued by the other."""
    lines = sorted(f"{topic} {s.name}" for (_, topic), several in subscriptions.items() for s in several)
    return "0x" + hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _declared() -> Iterator[tuple[str, str, Projection]]:
    for config in apps.get_app_configs():
        module = f"{config.name}.projection"
        if find_spec(module) is not None:
            for name, projection in importlib.import_module(module).SUBSCRIPTIONS.items():
                yield module, name, projection


def _event(name: str, module: str) -> type[Event]:
    contract, _, event = name.partition(".")
    try:
        found = getattr(artifacts.bindings(contract), event)
    except (artifacts.UnknownContract, AttributeError) as problem:
        raise ImproperlyConfigured(f"{module} listens to {name}, which no contract emits") from problem
    if not (isinstance(found, type) and issubclass(found, Event)):
        raise ImproperlyConfigured(f"{module} listens to {name}, which is not an event")
    return found
