"""citychain migrate: Django's, which in PostgreSQL also makes the schema that it works on."""

from typing import Any

from django.core.management.commands import migrate
from django.db import connections

from citychain.indexer import postgresql


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        if connections[options["database"]].vendor == "postgresql":
            postgresql.make_schema(options["database"])
        super().handle(*args, **options)
