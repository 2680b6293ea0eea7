"""Fields that a reader chose: `fields=id,state`, of the API's lists and of exported tables alike."""

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from django.utils.translation import gettext_lazy as _
from pydantic import BaseModel, Field

from citychain.errors import InvalidInput

Row = TypeVar("Row", bound=BaseModel)


class UnknownColumn(InvalidInput):
    code = "unknown-column"
    message = _("{field}: there is no column {column}. There are: {columns}.")


def names(fields: str, known: Iterable[str]) -> list[str]:
    """What `fields` names, each once, in its order; all that are `known` when it is empty. Raises UnknownColumn."""
    known = list(known)
    chosen = list(dict.fromkeys(fields.split(","))) if fields else known
    for name in chosen:
        if name not in known:
            raise UnknownColumn(field="fields", column=name, columns=", ".join(known))
    return chosen


def choice(row: type[BaseModel]) -> Any:
    """The query parameter `fields` of a list of such rows, for Annotated."""
    name = f"({'|'.join(row.model_fields)})"
    words = f"Only these fields of each row, comma-separated: {', '.join(row.model_fields)}."
    # Not as arguments of Field: django-ninja drops the description, and the pattern would refuse without naming one.
    return Field(json_schema_extra={"description": words, "pattern": f"^({name}(,{name})*)?$"})


def chosen(row: type[Row], rows: Sequence[Row], fields: str) -> list[Row] | list[dict[str, Any]]:
    """The rows of a page with the chosen `fields` alone; as they are when it is empty. Raises UnknownColumn."""
    if not fields:
        return list(rows)
    wanted = names(fields, row.model_fields)
    return [{name: getattr(found, name) for name in wanted} for found in rows]
