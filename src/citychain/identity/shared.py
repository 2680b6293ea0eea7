"""Accounts that several officers hold (Safes): their signatures of one request are collected here, then it goes its way
like every other. docs/shared-accounts.md

Whose officer somebody is, and how many must sign, only the Safe's contract decides: it is asked whenever something
depends on it, and what it said last is kept for pages.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, cast
from uuid import UUID

import msgspec
from django.core import serializers
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from citychain.chain import clock
from citychain.chain.abi import Function
from citychain.chain.addressbook import AddressBook
from citychain.chain.bindings import Safe
from citychain.chain.council import joined, message_digest, message_typed_data
from citychain.chain.forwarding import ForwardRequest
from citychain.chain.keys import InvalidSignature, recover
from citychain.chain.rpc import Rpc, RpcError, connect
from citychain.errors import CityError
from citychain.outbox import checks
from citychain.outbox import services as outbox
from citychain.outbox.errors import WrongNonce

from .errors import NoSuchProposal, NotAnOfficer, NotShared, NotThisProposal, ProposalClosed
from .models import Approval, Paper, Proposal, SharedAccount

#: How long the officers have to sign, seconds (outbox.checks.FURTHEST_DEADLINE).
SECONDS = 7 * 86_400
RETENTION_DAYS = 90


# --- accounts and their officers -------------------------------------------------------------------------------------


def of(officers: Collection[str]) -> list[str]:
    """The shared accounts in which one of these accounts has a seat, as they were when last asked."""
    wanted = set(officers)
    rows = SharedAccount.objects.order_by("address")
    return [row.address for row in rows if wanted & set(row.officers)]


def known(account: str) -> SharedAccount | None:
    """The shared account as it was when last asked; None for every other account."""
    return SharedAccount.objects.filter(address=account).first()


def seat(account: str, officers: Collection[str]) -> str:
    """Which of these accounts is an officer of the shared one; "" where none is, or where it is not shared."""
    row = known(account)
    return next((owner for owner in row.officers if owner in officers), "") if row else ""


def look(account: str, rpc: Rpc | None = None) -> SharedAccount:
    """What the contract says now about its officers; not kept. Raises NotShared, NodeUnavailable."""
    rpc = rpc or connect()
    try:
        owners, threshold = rpc.view(account, Safe.getOwners()), rpc.view(account, Safe.getThreshold())
    except (RpcError, ValueError) as problem:
        raise NotShared(account=account) from problem
    if not owners or not threshold:
        raise NotShared(account=account)
    officers = ",".join(sorted(owner.lower() for owner in owners))
    return SharedAccount(address=account, owners=officers, threshold=threshold)


def ask(account: str, rpc: Rpc | None = None) -> SharedAccount:
    """The same, kept for pages."""
    row = look(account, rpc)
    row.save()
    return row


def enter(account: str, officers: Collection[str]) -> SharedAccount:
    """Takes note that one of these accounts has a seat in the shared one. Raises NotShared, NotAnOfficer."""
    row = look(account)
    if not set(row.officers) & set(officers):
        raise NotAnOfficer(account=account)
    row.save()
    return row


# --- a proposal and its signatures -----------------------------------------------------------------------------------


def prepare(account: str, target: str, function: Function[Any]) -> ForwardRequest:
    """The request that officers would sign now: after those of the account that are under way or proposed.

    Raises what outbox.services.prepare() raises.
    """
    prepared = outbox.prepare(account, target, function, seconds=SECONDS).request
    proposed = Proposal.objects.filter(account=account, state=Proposal.State.COLLECTING, deadline__gt=clock.now())
    taken = {row.nonce for row in proposed}
    nonce = prepared.nonce
    while nonce in taken:
        nonce += 1
    return msgspec.structs.replace(prepared, nonce=nonce)


def typed_data(account: str, digest: bytes) -> dict[str, Any]:
    """What an officer's wallet signs (eth_signTypedData_v4) so that the account signs `digest`."""
    return message_typed_data(AddressBook.load().chain_id, account, digest)


def officers_digest(account: str, digest: bytes) -> bytes:
    """The 32 bytes of that."""
    return message_digest(AddressBook.load().chain_id, account, digest)


def propose(
    request: ForwardRequest, officer: str, signature: bytes, *, key: str, words: Sequence[str] = (), papers: str = "[]"
) -> Proposal:
    """A request of a shared account, signed by its first officer; the same `key` again is the same proposal.

    `words` is what the officer read, `papers` private rows to store with the request (Django's JSON). Raises NotShared,
    NotAnOfficer, NotThisProposal, and of the outbox MalformedField, NotPublished, GasAboveLimit, DeadlineOutOfRange.
    """
    known = Proposal.objects.filter(key=key).first()
    if known is not None:
        return known
    book = AddressBook.load()
    checks.check_form(request, signature, key)
    checks.check_policy(book, request)
    proposal = Proposal(
        key=key,
        account=request.sender,
        target=request.to,
        data=request.data,
        nonce=request.nonce,
        gas=request.gas,
        deadline=request.deadline,
        digest="0x" + request.digest(book.domain).hex(),
        proposer=officer,
        created=clock.now(),
        words=json.dumps(list(words), ensure_ascii=False),
        papers=papers,
    )
    _check(proposal, ask(request.sender), officer, signature)
    try:
        with transaction.atomic():
            proposal.save(force_insert=True)
            Approval.objects.create(proposal=proposal, officer=officer, signature=signature, at=clock.now())
    except IntegrityError:  # the same once more, from another tab or a second click
        proposal = Proposal.objects.get(digest=proposal.digest)
    go_on(proposal.account)
    return by_id(proposal.id)


def sign(proposal: Proposal, officer: str, signature: bytes) -> Proposal:
    """One more officer's signature; with the last that is needed the request goes its way. Twice is once.

    Raises NotAnOfficer, NotThisProposal, ProposalClosed.
    """
    require_open(proposal)
    _check(proposal, ask(proposal.account), officer, signature)
    answer = {"signature": signature, "at": clock.now()}
    Approval.objects.update_or_create(proposal=proposal, officer=officer, defaults=answer)
    go_on(proposal.account)
    return by_id(proposal.id)


def decline(proposal: Proposal, officer: str) -> Proposal:
    """The officer will not sign. When too few are left who can, the proposal is over. Raises NotAnOfficer,
    ProposalClosed (also after their signature, which others may have)."""
    require_open(proposal)
    row = ask(proposal.account)
    if officer not in row.officers:
        raise NotAnOfficer(account=proposal.account)
    answer, _new = Approval.objects.get_or_create(proposal=proposal, officer=officer, defaults={"at": clock.now()})
    if answer.signature:
        raise ProposalClosed(state=_("you have signed it"))
    against = Approval.objects.filter(proposal=proposal, signature=b"").values_list("officer", flat=True)
    if len(set(row.officers) - set(against)) < row.threshold:
        _close(proposal, Proposal.State.WITHDRAWN)
    return by_id(proposal.id)


def withdraw(proposal: Proposal, officer: str) -> Proposal:
    """Who proposed it takes it back. Raises NotAnOfficer, ProposalClosed."""
    require_open(proposal)
    if officer != proposal.proposer:
        raise NotAnOfficer(account=proposal.account)
    _close(proposal, Proposal.State.WITHDRAWN)
    return by_id(proposal.id)


def go_on(account: str) -> None:
    """Hands in the proposals of the account that have their signatures, in the order of their nonces. By anyone; safe
    to repeat. One that the record refuses is closed with the reason; one whose turn has not come waits."""
    row = ask(account)
    open_ = Proposal.objects.filter(account=account, state=Proposal.State.COLLECTING, deadline__gt=clock.now())
    for proposal in open_.prefetch_related("approvals").order_by("nonce", "created"):
        signed = dict(_signatures(proposal, row))
        if len(signed) < row.threshold:
            continue
        papers = [cast(Paper, found.object) for found in serializers.deserialize("json", proposal.papers)]
        try:
            found = outbox.submit(request_of(proposal), joined(signed), key=f"shared-{proposal.id}", papers=papers)
        except WrongNonce as problem:
            if problem.details["expected"] > proposal.nonce:
                _close(proposal, Proposal.State.REFUSED, refusal=str(problem))
        except CityError as problem:
            if problem.retry:
                raise
            _close(proposal, Proposal.State.REFUSED, refusal=str(problem))
        else:
            _close(proposal, Proposal.State.SUBMITTED, request=found.id)


def request_of(proposal: Proposal) -> ForwardRequest:
    """What the account signs."""
    return ForwardRequest(
        proposal.account, proposal.target, proposal.gas, proposal.nonce, proposal.deadline, bytes(proposal.data)
    )


def digest_of(proposal: Proposal) -> bytes:
    return bytes.fromhex(proposal.digest[2:])


def signed_by(proposal: Proposal, row: SharedAccount) -> list[str]:
    """The officers of today who signed it."""
    return [officer for officer, _signature in _signatures(proposal, row)]


def _signatures(proposal: Proposal, row: SharedAccount) -> Iterator[tuple[str, bytes]]:
    for answer in proposal.approvals.all():
        if answer.signature and answer.officer in row.officers:
            yield answer.officer, bytes(answer.signature)


def require_open(proposal: Proposal) -> None:
    """Raises ProposalClosed."""
    if proposal.state != Proposal.State.COLLECTING:
        raise ProposalClosed(state=proposal.get_state_display())
    if proposal.deadline <= clock.now():
        raise ProposalClosed(state=_("its time is over"))


def _check(proposal: Proposal, row: SharedAccount, officer: str, signature: bytes) -> None:
    if officer not in row.officers:
        raise NotAnOfficer(account=row.address)
    try:
        signer = recover(officers_digest(row.address, digest_of(proposal)), signature)
    except InvalidSignature:
        signer = ""
    if signer != officer:
        raise NotThisProposal(officer=officer)


def _close(proposal: Proposal, state: Proposal.State, **others: Any) -> None:
    Proposal.objects.filter(id=proposal.id, state=Proposal.State.COLLECTING).update(state=state, **others)


def purge() -> int:
    """Deletes proposals that ended RETENTION_DAYS ago; how many."""
    over = clock.now() - RETENTION_DAYS * 86_400
    return Proposal.objects.filter(deadline__lt=over).delete()[1].get("identity.Proposal", 0)


def of_account(accounts: Iterable[str]) -> list[Proposal]:
    """Proposals of these shared accounts, the open ones first, then the newest."""
    rows = Proposal.objects.filter(account__in=list(accounts)).prefetch_related("approvals")
    return sorted(rows, key=lambda row: (row.state != Proposal.State.COLLECTING, -row.created, row.nonce))


def by_id(proposal_id: UUID | str) -> Proposal:
    """Raises NoSuchProposal, also for what is no id."""
    try:
        return Proposal.objects.prefetch_related("approvals").get(id=UUID(str(proposal_id)))
    except (ValueError, Proposal.DoesNotExist):
        raise NoSuchProposal() from None
