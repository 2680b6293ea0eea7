"""Who listens to which event, collected from every app's projection.py when a worker starts.

A part names the contract and the event, so parts meet without importing each other:
``SUBSCRIPTIONS = {"Titles.TitleRegistered": on_title_registered}``.
"""

import ast
import hashlib
import importlib
import inspect
from collections.abc import Collection, Iterator
from importlib.util import find_spec
from types import ModuleType
from typing import NamedTuple

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured

from citychain.chain import artifacts
from citychain.chain.abi import Event

from .models import ReadModel
from .rows import Projection


class Subscription(NamedTuple):
    """One listener. `name` is what an operator reads: "citychain.money.projection.on_transfer". `part` is the label of
    its app, to which the tables that it writes belong."""

    event: type[Event]
    projection: Projection
    name: str
    part: str


#: Listeners by contract name and topic.
Subscriptions = dict[tuple[str, str], list[Subscription]]


def collect(parts: Collection[str] | None = None) -> Subscriptions:
    """Every SUBSCRIPTIONS of the installed apps, or of these, in the order of INSTALLED_APPS.

    Raises ImproperlyConfigured when one names a contract or an event that does not exist.
    """
    found: Subscriptions = {}
    for part, module, name, projection in _declared():
        if parts is None or part in parts:
            event = _event(name, module.__name__)
            subscription = Subscription(event, projection, f"{projection.__module__}.{projection.__name__}", part)
            found.setdefault((event.contract, event.topic), []).append(subscription)
    return found


def digests(subscriptions: Subscriptions) -> dict[str, str]:
    """What makes the rows of each part, as a hash: its listeners, the code of the modules that they are in and the
    columns of its tables. Rows made by one can't be continued by another. Comments and layout don't count; what these
    modules import from elsewhere is not looked into."""
    lines: dict[str, list[str]] = {}
    modules: dict[str, set[str]] = {}
    for (_contract, topic), several in subscriptions.items():
        for subscription in several:
            lines.setdefault(subscription.part, []).append(f"{topic} {subscription.name}")
            modules.setdefault(subscription.part, set()).add(subscription.projection.__module__)
    return {part: _digest(part, sorted(found), sorted(modules[part])) for part, found in lines.items()}


def _digest(part: str, lines: list[str], modules: list[str]) -> str:
    config = apps.get_app_config(part)
    code = [ast.dump(ast.parse(inspect.getsource(importlib.import_module(module)))) for module in modules]
    columns = [
        f"{model._meta.db_table} {field.column} {field.get_internal_type()} {field.max_length} {field.null}"
        for model in config.get_models()
        if issubclass(model, ReadModel)
        for field in model._meta.concrete_fields
    ]
    return hashlib.sha256("\n".join([*lines, *columns, *code]).encode()).hexdigest()[:16]


def _declared() -> Iterator[tuple[str, ModuleType, str, Projection]]:
    for config in apps.get_app_configs():
        name = f"{config.name}.projection"
        if find_spec(name) is not None:
            module = importlib.import_module(name)
            for event, projection in module.SUBSCRIPTIONS.items():
                yield config.label, module, event, projection


def _event(name: str, module: str) -> type[Event]:
    contract, _, event = name.partition(".")
    try:
        found = getattr(artifacts.bindings(contract), event)
    except (artifacts.UnknownContract, AttributeError) as problem:
        raise ImproperlyConfigured(f"{module} listens to {name}, which no contract emits") from problem
    if not (isinstance(found, type) and issubclass(found, Event)):
        raise ImproperlyConfigured(f"{module} listens to {name}, which is not an event")
    return found
