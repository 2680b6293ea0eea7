"""Blocks and how fresh the record is."""

from typing import Any

from django.http import HttpRequest
from django.views.decorators.http import condition
from ninja import Router
from ninja.decorators import decorate_view

from citychain.errors import NotFound

from . import queries
from .models import Block
from .schemas import BlockAnswer, Number, Status, moment

router = Router(tags=["record"])


def _head(request: HttpRequest, **given: Any) -> str | None:
    head = queries.head().hash
    return f'"{head}"' if head else None


#: Gives an answer from the read model the ETag of the newest block: as long as it is the newest, nothing changed.
by_head = decorate_view(condition(etag_func=_head))


@router.get("/status", response=Status, summary="How fresh the record is")
def status(request: HttpRequest) -> Status:
    head = queries.head()
    return Status(
        head=head.block,
        final=head.final,
        time=moment(head.time),
        stale_since=head.stale_since,
        stale_reason=head.stale_reason,
    )


@router.get("/blocks/{number}", response=BlockAnswer, summary="One block")
@by_head
def block(request: HttpRequest, number: Number) -> BlockAnswer:
    try:
        found = Block.objects.get(number=number)
    except Block.DoesNotExist:
        raise NotFound(what=number) from None
    return block_answer(found, queries.head().final)


def block_answer(row: Block, final: int) -> BlockAnswer:
    return BlockAnswer(
        number=row.number,
        hash=row.hash,
        parent=row.parent,
        time=moment(row.time),
        transactions=row.transactions,
        final=row.number <= final,
    )
