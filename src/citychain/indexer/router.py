"""Which database a model lives in: read models in the read database, everything else in "default" (docs/adr/0002)."""

from typing import Any

from django.db import DEFAULT_DB_ALIAS, models

from .models import OnReadDatabase

READ_ALIAS = "readmodel"


def _is_read(model: Any) -> bool:
    return issubclass(model if isinstance(model, type) else type(model), OnReadDatabase)


class ReadModelRouter:
    """Every database but "default" holds read models only: "readmodel", and copies being rebuilt."""

    def db_for_read(self, model: type[models.Model], **hints: Any) -> str:
        return READ_ALIAS if _is_read(model) else DEFAULT_DB_ALIAS

    db_for_write = db_for_read

    def allow_relation(self, obj1: models.Model, obj2: models.Model, **hints: Any) -> bool:
        """No foreign key between the two databases: refer by value."""
        return _is_read(obj1) == _is_read(obj2)

    def allow_migrate(self, db: str, app_label: str, model_name: str | None = None, **hints: Any) -> bool:
        """Operations without a model (RunPython, RunSQL) run on "default" unless hinted with `read_model=True`."""
        model = hints.get("model")
        reads = bool(hints.get("read_model")) if model is None else _is_read(model)
        return reads == (db != DEFAULT_DB_ALIAS)
