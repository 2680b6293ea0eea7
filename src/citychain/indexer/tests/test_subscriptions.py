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
    assert sorted(s.name for s in found if s.name.startswith("citychain.money.")) == sorted(
        f"citychain.money.projection.{projection.__name__}" for projection in declared().values()
    )


@pytest.mark.parametrize("name", ["Nowhere.Transfer", "Deposits.Nothing", "Deposits.mint", "Deposits", ""])
def test_listener_to_an_unknown_event_fails_at_start(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(declared(), name, lambda event, log: [])
    with pytest.raises(ImproperlyConfigured):
        subscriptions.collect()


def test_digest_tells_sets_of_listeners_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    before = subscriptions.digests(subscriptions.collect())
    assert subscriptions.digests(subscriptions.collect()) == before
    monkeypatch.delitem(declared(), "Deposits.Retired")
    after = subscriptions.digests(subscriptions.collect())
    assert {part for part in before if before[part] != after[part]} == {"money"}


def test_digest_knows_code_and_columns_but_not_comments(monkeypatch: pytest.MonkeyPatch) -> None:
    def digest(source: str) -> str:
        monkeypatch.setattr("inspect.getsource", lambda module: source)
        return subscriptions.digests(subscriptions.collect())["money"]

    plain = digest("def on_transfer(event, log):\n    return []\n")
    assert digest("# faster\ndef on_transfer(event, log): return []") == plain
    assert digest("def on_transfer(event, log):\n    return [1]\n") != plain
    monkeypatch.setattr(apps.get_model("money", "Payment")._meta.get_field("ref"), "max_length", 67)
    assert digest("def on_transfer(event, log):\n    return []\n") != plain
