"""Pages of what officers sign together: proposals of the shared accounts in which the visitor has a seat.

Only those officers see a proposal before it is handed in. docs/shared-accounts.md
"""

import json
import re
import uuid
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from citychain.chain import clock
from citychain.chain.addressbook import AddressBook
from citychain.components import Step
from citychain.errors import InvalidInput
from citychain.identity import acting, personas, shared
from citychain.identity import queries as identity
from citychain.identity.acting import Actor
from citychain.identity.errors import NoSuchProposal, NotAnOfficer
from citychain.identity.models import Proposal
from citychain.outbox import queries as requests
from citychain.portal import acts

ADDRESS = re.compile(r"0x[0-9a-f]{40}")


def proposals(request: HttpRequest) -> HttpResponse:
    """What the visitor's shared accounts propose. Raises NotSignedIn."""
    actor = acting.require(request)
    rows = [_row(row, actor) for row in shared.of_account(shared.of(actor.own))]
    accounts = [
        {"account": account, "name": identity.public_name(account), "row": shared.known(account)}
        for account in shared.of(actor.own)
    ]
    return render(request, "city/proposals.html", {"rows": rows, "accounts": accounts})


def waiting_for(actor: Actor) -> list[dict[str, Any]]:
    """The proposals that this officer has not answered."""
    rows = [_row(row, actor) for row in shared.of_account(shared.of(actor.own))]
    return [row for row in rows if row["mine"]]


def proposal(request: HttpRequest, proposal_id: uuid.UUID) -> HttpResponse:
    """One proposal; an officer signs, declines, takes back, or hands in what has its signatures.

    Raises NotSignedIn, NoSuchProposal, and what identity.shared raises.
    """
    actor = acting.require(request)
    found, officer = _found(proposal_id, actor)
    if request.method == "POST":
        _answer(request, actor, found, officer)
        return redirect("proposal", found.id)
    account = shared.known(found.account)
    assert account is not None
    words, facts = acts.words_of(found.target, bytes(found.data))
    entry = AddressBook.load().by_address(found.target)
    context = {
        "row": _row(found, actor),
        "proposal": found,
        "words": words or found.target,
        "facts": facts,
        "said": json.loads(found.words)[1:],
        "contract": entry.contract if entry else "",
        "account": account,
        "account_name": identity.public_name(found.account),
        "officers": [_seat_of(found, address) for address in account.officers],
        "officer": officer,
        "chain_id": AddressBook.load().chain_id,
        "rpc_url": settings.CITYCHAIN_RPC_URL.split()[0],
    }
    return acting.with_trusted_types(render(request, "city/proposal.html", context))


@require_POST
def prepare(request: HttpRequest, proposal_id: uuid.UUID) -> HttpResponse:
    """What an officer's wallet signs. Errors as problem+json: a script asks."""
    found, _officer = _found(proposal_id, acting.require(request))
    shared.require_open(found)
    typed_data = shared.typed_data(found.account, shared.digest_of(found))
    return JsonResponse({"typed_data": typed_data, "prepared": str(found.id)})


@require_POST
def enter(request: HttpRequest) -> HttpResponse:
    """The visitor says that they are an officer of an account. Raises NotSignedIn, InvalidInput, NotShared,
    NotAnOfficer."""
    actor, account = acting.require(request), request.POST.get("account", "").lower()
    if not ADDRESS.fullmatch(account):
        raise InvalidInput(field="account", reason=_("it is no account"))
    shared.enter(account, actor.own)
    return redirect("proposals")


def _found(proposal_id: uuid.UUID, actor: Actor) -> tuple[Proposal, str]:
    found = shared.by_id(proposal_id)
    officer = shared.seat(found.account, actor.own)
    if not officer:
        raise NoSuchProposal()
    return found, officer


def _answer(request: HttpRequest, actor: Actor, found: Proposal, officer: str) -> None:
    act = request.POST.get("act", "")
    if act == "decline":
        shared.decline(found, officer)
    elif act == "withdraw":
        shared.withdraw(found, officer)
    elif act == "hand-in":
        shared.go_on(found.account)
    elif act != "sign":
        raise InvalidInput(field="act", reason=_("it is nothing that can be done here"))
    elif actor.persona:
        digest = shared.officers_digest(found.account, shared.digest_of(found))
        shared.sign(found, officer, personas.key(officer).sign(digest))
    else:
        shared.sign(found, officer, acting.from_hex(request.POST.get("signature", "")))


def _row(found: Proposal, actor: Actor) -> dict[str, Any]:
    """A proposal as lists show it. `state` is also "expired" and, with all signatures, "ready"."""
    account = shared.known(found.account)
    if account is None:
        raise NotAnOfficer(account=found.account)
    signed = shared.signed_by(found, account)
    answered = {answer.officer for answer in found.approvals.all()}
    officer = next((one for one in account.officers if one in actor.own), "")
    open_ = found.state == Proposal.State.COLLECTING and found.deadline > clock.now()
    state: str = found.state
    if found.state == Proposal.State.COLLECTING and not open_:
        state = "expired"
    elif open_ and len(signed) >= account.threshold:
        state = "ready"
    words, _facts = acts.words_of(found.target, bytes(found.data))
    return {
        "proposal": found,
        "words": words or found.target,
        "name": identity.public_name(found.account),
        "signed": len(signed),
        "needed": account.threshold,
        "state": state,
        "open": open_,
        "mine": open_ and officer not in answered and state == "collecting",
        "request": requests.by_id(found.request) if found.request else None,
        "url": reverse("proposal", args=[found.id]),
    }


def _seat_of(found: Proposal, address: str) -> Step:
    """What this officer said so far."""
    answer = next((answer for answer in found.approvals.all() if answer.officer == address), None)
    who = identity.name_of(address)
    if answer is None:
        return Step(_("Missing"), None, who=who, address=address, state="pending")
    if answer.signature:
        return Step(_("Signed"), answer.at, who=who, address=address)
    return Step(_("Declined"), answer.at, who=who, address=address, state="bad")
