"""What every read model of every app must keep to, and where models live."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, connections, models, router
from django.db.migrations.loader import MigrationLoader

from citychain.indexer.models import OnReadDatabase, ReadModel
from citychain.indexer.rebuild import read_models
from citychain.indexer.router import READ_ALIAS
from citychain.indexer.tables import check_of

ALLOWED = {"CharField", "TextField", "SlugField", "IntegerField", "BigIntegerField", "BooleanField", "BinaryField"}


@pytest.mark.parametrize("model", read_models(), ids=lambda model: model._meta.label)
def test_read_model_is_a_function_of_the_chain(model: type[ReadModel]) -> None:
    for field in model._meta.concrete_fields:
        assert (field, field.get_internal_type() in ALLOWED) == (field, True)
        assert (field, getattr(field, "auto_now", False), getattr(field, "auto_now_add", False)) == (
            field,
            False,
            False,
        )
        assert (field, callable(field.default) and field.has_default()) == (field, False)
    assert [field for field in model._meta.get_fields() if field.is_relation] == []
    assert (model._meta.managed, model._meta.proxy) == (True, False)


@pytest.mark.parametrize(
    "field",
    [models.AutoField(), models.DecimalField(), models.DateTimeField(), models.JSONField(), models.FloatField()],
)
def test_banned_field_is_refused(field: models.Field[Any, Any]) -> None:
    with pytest.raises(TypeError):
        check_of(field)


@pytest.mark.parametrize("model", apps.get_models(include_auto_created=True), ids=lambda model: model._meta.label)
def test_router_sends_read_models_to_the_read_database(model: type[models.Model]) -> None:
    expected = READ_ALIAS if issubclass(model, OnReadDatabase) else DEFAULT_DB_ALIAS
    assert (router.db_for_read(model), router.db_for_write(model)) == (expected, expected)
    allowed = {alias: router.allow_migrate_model(alias, model) for alias in (DEFAULT_DB_ALIAS, READ_ALIAS, "rebuild")}
    reads = expected == READ_ALIAS
    assert allowed == {DEFAULT_DB_ALIAS: not reads, READ_ALIAS: reads, "rebuild": reads}


def test_migrations_remember_which_models_are_read_models() -> None:
    """A historical model has lost its abstract bases; the mark must be among those that migrations keep."""
    state = MigrationLoader(None).project_state()
    for model in apps.get_models():
        key = (model._meta.app_label, model._meta.model_name)
        if key in state.models:
            marked = any(isinstance(b, type) and issubclass(b, OnReadDatabase) for b in state.models[key].bases)
            assert (key, marked) == (key, issubclass(model, OnReadDatabase))


def test_operations_without_a_model_run_on_the_default_database() -> None:
    hints: list[dict[str, Any]] = [{}, {"read_model": True}]
    assert [router.allow_migrate(DEFAULT_DB_ALIAS, "money", **hint) for hint in hints] == [True, False]
    assert [router.allow_migrate(READ_ALIAS, "money", **hint) for hint in hints] == [False, True]


def test_read_database_holds_read_models_only(alias: str, migrated: Path) -> None:
    tables = set(connections[alias].introspection.table_names()) - {"django_migrations"}
    assert tables == {m._meta.db_table for m in apps.get_models() if issubclass(m, OnReadDatabase)}
