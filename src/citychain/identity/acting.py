"""Acting as somebody: who is signed in, and the page between a form and a signature.

A form never signs. It proposes: the visitor sees in sentences what will be signed and what can't be undone, and only
then the key signs. The proposal travels in the page as a signed token, private papers with it, so nothing is stored
until it is confirmed.
"""

import secrets
from collections.abc import Sequence
from typing import cast

from django.core import serializers, signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from citychain.chain.abi import Act
from citychain.chain.artifacts import bindings
from citychain.errors import InvalidInput, NotAllowed, NotSignedIn
from citychain.outbox import queries as requests
from citychain.outbox import services as outbox
from citychain.outbox.errors import KeyReused, WrongNonce
from citychain.outbox.models import Request

from . import personas
from .models import Paper, Persona

SALT = "citychain.proposal"
#: A summary page left open longer than this must be filled in again.
PROPOSAL_SECONDS = 3600
#: Times that a proposal is signed when other requests of its signer come in at the same moment.
ATTEMPTS = 10


def current(request: HttpRequest) -> Persona | None:
    """The persona of this browser, or None. Read once a request."""
    if not hasattr(request, "_persona"):
        chosen = request.session.get("persona")
        persona = personas.all_personas().prefetch_related("accounts").filter(id=chosen).first() if chosen else None
        request._persona = persona  # type: ignore[attr-defined]
    return request._persona  # type: ignore[attr-defined,no-any-return]


def require(request: HttpRequest) -> Persona:
    """The persona of this browser; raises NotSignedIn."""
    persona = current(request)
    if persona is None:
        raise NotSignedIn()
    return persona


def addresses(persona: Persona | None) -> list[str]:
    """All accounts of a persona; of nobody, none."""
    return [row.address for row in persona.accounts.all()] if persona else []


def propose(
    request: HttpRequest,
    *,
    signer: str,
    act: Act,
    title: str,
    sentences: Sequence[str],
    warning: str = "",
    papers: Sequence[Paper] = (),
) -> HttpResponse:
    """The summary page: what will be signed in `sentences`, and in `warning` what can't be undone. The `papers`, which
    nobody but this visitor sees, are stored with the request."""
    token = signing.dumps(
        {
            "key": secrets.token_hex(16),
            "signer": signer,
            "target": act.target,
            "contract": act.function.contract,
            "function": type(act.function).__name__,
            "data": act.function.data().hex(),
            "papers": serializers.serialize("json", papers),
        },
        salt=SALT,
        compress=True,
    )
    context = {
        "title": title,
        "sentences": list(sentences),
        "warning": warning,
        "token": token,
        "signer": signer,
        "act": act,
        "back": request.get_full_path(),
    }
    return render(request, "identity/confirm.html", context)


def confirm(request: HttpRequest) -> HttpResponse:
    """Signs a proposal with the persona's key and hands it to the outbox; the same proposal twice is one request."""
    persona = require(request)
    try:
        proposal = signing.loads(request.POST.get("token", ""), salt=SALT, max_age=PROPOSAL_SECONDS)
    except signing.BadSignature as problem:
        raise InvalidInput(
            field="token", reason="this summary is too old or not ours; fill in the form again"
        ) from problem
    if proposal["signer"] not in addresses(persona):
        raise NotAllowed(reason="this summary was made for another account")
    return redirect("request", _submit_once(proposal).id)


def _submit_once(proposal: dict[str, str], attempts: int = ATTEMPTS) -> Request:
    """The request of this proposal, signed now or before. Another one of the signer, or this one from a second click,
    may take the nonce in between: then it is signed anew, or found."""
    existing = requests.by_key(proposal["key"])
    if existing is not None:
        return existing
    function = getattr(bindings(proposal["contract"]), proposal["function"]).decode(bytes.fromhex(proposal["data"]))
    prepared = outbox.prepare(proposal["signer"], proposal["target"], function)
    key = personas.key(proposal["signer"])
    signature = key.sign(prepared.request.digest(prepared.domain))
    papers = [cast(Paper, found.object) for found in serializers.deserialize("json", proposal["papers"])]
    for paper in papers:
        paper.attest(key)
    try:
        return outbox.submit(prepared.request, signature, key=proposal["key"], papers=papers)
    except (KeyReused, WrongNonce):
        if attempts == 1:
            raise
        return _submit_once(proposal, attempts - 1)
