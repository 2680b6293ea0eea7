"""Taking requests in. Everything is checked before anything is stored, and stored before anything is sent."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.models import Model

from citychain.chain import clock
from citychain.chain.abi import Function
from citychain.chain.addressbook import AddressBook
from citychain.chain.forwarding import CancelRequest, Domain, ForwardRequest
from citychain.chain.rpc import connect
from citychain.errors import CityError

from . import checks, intake, published, queries
from .errors import NotCancellable, WrongSignature
from .models import Request, RequestEvent
from .story import tell


class Prepared(NamedTuple):
    """A request ready to sign: `typed_data` is what eth_signTypedData_v4 takes."""

    request: ForwardRequest
    domain: Domain
    typed_data: dict[str, Any]


def prepare(signer: str, target: str, function: Function[Any], *, seconds: int = 900) -> Prepared:
    """A request by `signer` to call `function` of `target` within `seconds`: the next nonce, the most gas allowed.

    Raises NotPublished, ForwardingSwitchedOff, NodeUnavailable. Nothing is stored: two prepared at once have one nonce.
    """
    book = AddressBook.load()
    data = function.data()
    gas = published.lookup(book, target, data).gas
    spent = intake.next_nonces(connect(), book, [signer])[signer]
    nonce = max(spent, intake.accepted_nonces([signer]).get(signer, 0))
    request = ForwardRequest(signer, target, gas, nonce, clock.now() + seconds, data)
    return Prepared(request, book.domain, request.typed_data(book.domain))


def submit(
    request: ForwardRequest, signature: bytes, *, key: str | None = None, papers: Sequence[Model] = ()
) -> Request:
    """Stores a signed request for the relayer; durable when this returns.

    The same signed content again gives the request stored before, with or without the idempotency `key`, also after it
    ended. `papers` are rows that are stored with a new request, in its transaction, or not at all. Raises the errors of
    errors.py, or the ContractError with which the contract would refuse it now.
    """
    submission = intake.Submission(request, signature, key, papers)
    return _result(_take_in([submission])[0])


def submit_many(signed: Iterable[tuple[ForwardRequest, bytes]]) -> list[Request | CityError]:
    """The same for many, in one transaction: the stored request or the error of each, in order. An error keeps out
    only its own request; later ones of the same signer then miss their turn."""
    return _take_in([intake.Submission(request, signature) for request, signature in signed])


def submit_all(submissions: Sequence[intake.Submission]) -> list[Request | CityError]:
    """The same for many with idempotency keys and papers of their own."""
    return _take_in(list(submissions))


def cancel(request_id: UUID | str, signature: bytes) -> Request:
    """Asks to cancel a received request, by its signer's CancelRequest signature for its nonce.

    The relayer then sends the cancellation in its place: the nonce is spent on the chain, so that no copy of the
    request can ever run and the signer's later requests go on. Raises UnknownRequest, WrongSignature, NotCancellable,
    MalformedField.
    """
    book = AddressBook.load()
    request = queries.by_id(request_id)
    checks.check_signature(signature)
    question = (request.signer, CancelRequest(request.signer, request.nonce).digest(book.domain), signature)
    if not (checks.signed_by_key(*question) or checks.signed_by_wallet(connect(), [question])[0]):
        raise WrongSignature(signer=request.signer, expected=request.nonce, chain_id=book.chain_id)
    with transaction.atomic():
        waiting = Request.objects.filter(id=request.id, state=Request.State.RECEIVED, carrier=None, cancellation=b"")
        if waiting.update(cancellation=signature):
            tell(request, RequestEvent.Code.CANCELLING, clock.now()).save()
    found = queries.by_id(request_id)
    if bytes(found.cancellation) != signature:
        raise NotCancellable(state=found.get_state_display())
    return found


def _take_in(submissions: list[intake.Submission]) -> list[Request | CityError]:
    intake.Intake(connect(), AddressBook.load(), submissions).run()
    return [submission.result for submission in submissions if submission.result is not None]


def _result(result: Request | CityError) -> Request:
    if isinstance(result, CityError):
        raise result
    return result
