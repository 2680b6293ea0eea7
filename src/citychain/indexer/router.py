"""Which database holds what: read models in the read database, everything else in the other."""

from typing import Any

from django.apps import apps
from django.db import models

from .models import ReadModel

READ = "readmodel"
#: Read databases, the live one and those that a rebuild makes.
READ_DATABASES = {READ}


def is_read(model: type[models.Model]) -> bool:
    return issubclass(model, ReadModel)


class ReadModelRouter:
    """Django database router."""

    def db_for_read(self, model: type[models.Model], **hints: Any) -> str | None:
        return READ if is_read(model) else None

    db_for_write = db_for_read

    def allow_relation(self, left: models.Model, right: models.Model, **hints: Any) -> bool | None:
        return is_read(type(left)) == is_read(type(right))

    def allow_migrate(self, db: str, app_label: str, model_name: str | None = None, **hints: Any) -> bool | None:
        if model_name is None:
            return None
        try:
            model = apps.get_model(app_label, model_name)
        except LookupError:
            # A model of an old migration that is gone since: it was made in both places and leaves both.
            return True
        return is_read(model) == (db in READ_DATABASES)
