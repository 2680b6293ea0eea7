"""The way of requests from signed bytes into the outbox, many at a time.

Each step settles some of them, with an error or with the request stored before, and passes the others on. What is asked
of the chain is asked before the transaction that stores them begins; turn and idempotency are decided within it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Count, Max, Model

from citychain.chain import clock
from citychain.chain.abi import Function
from citychain.chain.addressbook import AddressBook
from citychain.chain.bindings import Authority, Forwarder
from citychain.chain.errors import from_revert
from citychain.chain.forwarding import ForwardRequest
from citychain.chain.rpc import Rpc, RpcError
from citychain.errors import CityError

from . import checks, simulation
from .errors import BacklogFull, ForwardingSwitchedOff, KeyReused, SignersBacklogFull, WrongNonce, WrongSignature
from .models import Request, RequestEvent
from .story import tell, tell_all

#: Accepted requests of the same signers that are simulated ahead of new ones, the oldest first.
MOST_PENDING = 200
#: Questions to the chain in one round trip, rows in one query.
AT_ONCE = 100
#: Times that two submissions for one nonce may meet in the database before it is given up (PostgreSQL only; SQLite
#: lets one transaction write at a time).
COLLISIONS = 5
#: Seconds after which a signer whom the backlog turned away may try again.
BACKLOG_SECONDS = 10


@dataclass
class Submission:
    """A request on its way in. `result` is set when it is decided."""

    request: ForwardRequest
    signature: bytes
    key: str | None = None
    papers: Sequence[Model] = ()
    digest: str = ""
    wallet: bool = False
    warning: dict[str, object] | None = None
    result: Request | CityError | None = None


class Intake:
    """Takes submissions in. One instance for one call."""

    def __init__(self, rpc: Rpc, book: AddressBook, submissions: Sequence[Submission]) -> None:
        self.rpc = rpc
        self.book = book
        self._all = submissions

    def run(self) -> None:
        """Gives each submission its result. Raises NodeUnavailable, ForwardingSwitchedOff: then nothing was stored."""
        self._check_form()
        self._recognise()
        self._check_policy()
        self._check_backlog()
        if not any(self._open()):
            return
        spent = next_nonces(self.rpc, self.book, list({s.request.sender for s in self._open()}))
        self._check_turns(spent)
        self._check_signatures()
        self._simulate()
        self._store(spent)
        self._recognise_late()

    def _open(self) -> Iterator[Submission]:
        return (submission for submission in self._all if submission.result is None)

    def _check_form(self) -> None:
        domain = self.book.domain
        for submission in self._open():
            try:
                checks.check_form(submission.request, submission.signature, submission.key)
            except CityError as problem:
                submission.result = problem
            else:
                submission.digest = "0x" + submission.request.digest(domain).hex()

    def _recognise(self) -> None:
        """What was stored before, by idempotency key and by digest."""
        open_ = list(self._open())
        by_digest: dict[str, Request] = {}
        for start in range(0, len(open_), AT_ONCE):
            digests = [submission.digest for submission in open_[start : start + AT_ONCE]]
            by_digest |= {request.digest: request for request in Request.objects.filter(digest__in=digests)}
        for submission in open_:
            known = by_digest.get(submission.digest)
            if submission.key is not None:
                holder = Request.objects.filter(signer=submission.request.sender, key=submission.key).first()
                if holder is not None and holder.digest != submission.digest:
                    submission.result = KeyReused(key=submission.key)
                    continue
            submission.result = known

    def _recognise_late(self) -> None:
        """Whose turn was taken meanwhile by the same content, sent twice at one moment, gets what was stored of it."""
        late = [(one, one.result) for one in self._all if isinstance(one.result, WrongNonce)]
        for submission, _problem in late:
            submission.result = None
        self._recognise()
        for submission, problem in late:
            submission.result = submission.result or problem

    def _check_policy(self) -> None:
        for submission in self._open():
            try:
                checks.check_policy(self.book, submission.request)
            except CityError as problem:
                submission.result = problem

    def _check_backlog(self) -> None:
        """What waits is bounded, in all and of each signer: whoever is too many is told so, and when to come again."""
        waiting = Request.objects.filter(state__in=(Request.State.RECEIVED, Request.State.SENT))
        of_signers = waiting.filter(signer__in={submission.request.sender for submission in self._open()})
        counts = dict(of_signers.values_list("signer").annotate(Count("id")).order_by())
        total = waiting.count()
        for submission in self._open():
            signer = submission.request.sender
            count = counts.get(signer, 0)
            if total >= settings.CITYCHAIN_BACKLOG:
                submission.result = BacklogFull(waiting=total, seconds=BACKLOG_SECONDS)
            elif count >= settings.CITYCHAIN_SIGNERS_BACKLOG:
                submission.result = SignersBacklogFull(waiting=count, signer=signer, seconds=BACKLOG_SECONDS)
            else:
                total, counts[signer] = total + 1, count + 1

    def _check_turns(self, spent: dict[str, int]) -> None:
        """Each signer's requests take the nonces after those spent and accepted, in order."""
        accepted = accepted_nonces(list(spent))
        expected = {signer: max(nonce, accepted.get(signer, 0)) for signer, nonce in spent.items()}
        for submission in self._open():
            request = submission.request
            if request.nonce != expected[request.sender]:
                submission.result = WrongNonce(expected=expected[request.sender], nonce=request.nonce)
            else:
                expected[request.sender] += 1

    def _check_signatures(self) -> None:
        doubtful = []
        for submission in self._open():
            question = (submission.request.sender, bytes.fromhex(submission.digest[2:]), submission.signature)
            if not checks.signed_by_key(*question):
                doubtful.append((submission, question))
        for start in range(0, len(doubtful), AT_ONCE):
            some = doubtful[start : start + AT_ONCE]
            answers = checks.signed_by_wallet(self.rpc, [question for _, question in some])
            for (submission, _), accepted in zip(some, answers, strict=True):
                submission.wallet = accepted
                if not accepted:
                    request = submission.request
                    submission.result = WrongSignature(
                        signer=request.sender, expected=request.nonce, chain_id=self.book.chain_id
                    )

    def _simulate(self) -> None:
        open_ = list(self._open())
        signers = list({submission.request.sender for submission in open_})
        waiting = Request.objects.filter(signer__in=signers, state__in=(Request.State.RECEIVED, Request.State.SENT))
        steps = [
            simulation.Step(request.signer, request.target, bytes(request.data), request.gas, False)
            for request in waiting.order_by("created", "nonce")[:MOST_PENDING]
        ]
        for submission in open_:
            request = submission.request
            steps.append(simulation.Step(request.sender, request.to, request.data, request.gas, True))
        verdicts = simulation.run(self.rpc, self.book.address("Forwarder"), steps)
        for submission, verdict in zip(open_, verdicts, strict=True):
            if not verdict.success and verdict.behind:
                submission.warning = {"reason_data": "0x" + verdict.data.hex()}
            elif not verdict.success:
                submission.result = from_revert(verdict.data)

    def _store(self, spent: dict[str, int]) -> None:
        for collisions in range(COLLISIONS + 1):
            before = list(self._open())
            try:
                with transaction.atomic():
                    self._recognise()
                    self._check_turns(spent)
                    self._insert()
                return
            except IntegrityError:
                if collisions == COLLISIONS:
                    raise
                for submission in before:
                    submission.result = None

    def _insert(self) -> None:
        now = clock.now()
        # In one order everywhere: where rows are locked one by one (PostgreSQL) nobody then waits for one who waits.
        open_ = sorted(self._open(), key=lambda submission: (submission.request.sender, submission.request.nonce))
        requests = [_row(submission, now) for submission in open_]
        Request.objects.bulk_create(requests)
        for start in range(0, len(requests), AT_ONCE):
            stored = Request.objects.filter(id__in=[request.id for request in requests[start : start + AT_ONCE]])
            tell_all(stored, Request.State.RECEIVED, RequestEvent.Code.ACCEPTED, now, {})
        for submission, request in zip(open_, requests, strict=True):
            if submission.warning is not None:
                tell(request, RequestEvent.Code.WARNED, now, submission.warning).save()
            submission.result = request
            for paper in submission.papers:
                paper.save(force_insert=True)


def next_nonces(rpc: Rpc, book: AddressBook, signers: Sequence[str]) -> dict[str, int]:
    """The nonce that each signer spends next at the head. Raises ForwardingSwitchedOff, NodeUnavailable."""
    forwarder = book.address("Forwarder")
    questions: list[tuple[str, Function[Any]]] = [(book.address("Authority"), Authority.trustedForwarder())]
    questions += [(forwarder, Forwarder.nonces(owner=signer)) for signer in signers]
    answers: list[str] = []
    for start in range(0, len(questions), AT_ONCE):
        calls = [{"to": to, "data": "0x" + f.data().hex()} for to, f in questions[start : start + AT_ONCE]]
        for answer in rpc.batch([("eth_call", (call, "latest")) for call in calls]):
            if isinstance(answer, RpcError):
                raise answer
            answers.append(answer)
    if "0x" + answers[0][-40:] != forwarder:
        raise ForwardingSwitchedOff()
    return {signer: int(answer, 16) for signer, answer in zip(signers, answers[1:], strict=True)}


def accepted_nonces(signers: Sequence[str]) -> dict[str, int]:
    """The nonce after each signer's last live request; signers without one are left out."""
    found: dict[str, int] = {}
    for start in range(0, len(signers), AT_ONCE):
        live = Request.objects.filter(signer__in=signers[start : start + AT_ONCE], state__in=Request.LIVE)
        found |= {signer: last + 1 for signer, last in live.values_list("signer").annotate(Max("nonce")).order_by()}
    return found


def _row(submission: Submission, now: int) -> Request:
    request = submission.request
    return Request(
        digest=submission.digest,
        signer=request.sender,
        target=request.to,
        selector="0x" + request.data[:4].hex(),
        nonce=request.nonce,
        gas=request.gas,
        deadline=request.deadline,
        data=request.data,
        signature=submission.signature,
        wallet=submission.wallet,
        key=submission.key,
        created=now,
    )
