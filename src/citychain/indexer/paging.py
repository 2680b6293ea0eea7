"""Pages of a list, by the last row that the reader saw: rows that appear meanwhile shift nothing."""

from typing import Any, TypeVar

from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext as _

from citychain.errors import InvalidInput

Row = TypeVar("Row", bound=Model)


def page(rows: QuerySet[Row], limit: int, *, last: Any = None, field: str) -> tuple[list[Row], Any]:
    """Up to `limit` of `rows` behind the row whose primary key is `last`, and the key to hand back for the next page.

    `rows` are in an order by columns that ends with a unique one. Raises InvalidInput, naming `field`, when there is no
    row `last` (also after a reorg undid it).
    """
    if last is not None:
        try:
            rows = rows.filter(_behind(rows, rows.model._default_manager.get(pk=last)))
        except (ObjectDoesNotExist, ValueError, ValidationError):
            raise InvalidInput(field=field, reason=_("hand back what `next` was")) from None
    found = list(rows[: limit + 1])
    return found[:limit], found[limit - 1].pk if len(found) > limit else None


def _behind(rows: QuerySet[Row], last: Row) -> Q:
    """The condition of all rows that come after `last` in the order of `rows`."""
    found, same = Q(), Q()
    for name in map(str, rows.query.order_by):
        column = name.removeprefix("-")
        value = getattr(last, column)
        found |= same & Q(**{f"{column}__{'lt' if name.startswith('-') else 'gt'}": value})
        same &= Q(**{column: value})
    return found
