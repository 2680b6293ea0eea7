"""Who listens to what, as the installed apps declare it."""

from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured

from citychain.chain.abi import Event
from citychain.indexer import subscriptions


def declared() -> dict[str, Any]:
    """The money app's SUBSCRIPTIONS, found without importing it."""
    module = apps.get_app_config("money").module
    assert module is not None
    return __import__(f"{module.__name__}.projection", fromlist=["SUBSCRIPTIONS"]).SUBSCRIPTIONS  # type: ignore[no-any-return]


def test_collect_finds_every_declared_listener() -> None:
    found = [s for several in subscriptions.collect().values() for s in several]
    transfer = next(s for s in found if s.name == "citychain.money.projection.on_transfer")
    assert (transfer.event.contract, transfer.event.__name__) == ("Deposits", "Transfer")
    assert [s for s in found if not issubclass(s.event, Event)] == []
    assert [s.name for s in found if s.name.startswith("citychain.money.")] == [
        f"citychain.money.projection.{projection.__name__}" for projection in declared().values()
    ]


@pytest.mark.parametrize("name", ["Nowhere.Transfer", "Deposits.Nothing", "Deposits.mint", "Deposits", ""])
def test_listener_to_an_unknown_event_fails_at_start(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(declared(), name, lambda event, log: [])
    with pytest.raises(ImproperlyConfigured):
        subscriptions.collect()


def test_digest_tells_sets_of_listeners_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    before = subscriptions.digest(subscriptions.collect())
    assert subscriptions.digest(subscriptions.collect()) == before
    monkeypatch.delitem(declared(), "Deposits.Retired")
    assert subscriptions.digest(subscriptions.collect()) != before
