"""Acting as somebody: who is signed in, and the page between a form and a signature (docs/signing.md).

A form never signs. It proposes: the visitor sees in sentences what will be signed and what can't be undone, and only
then the key signs: the sandbox's for a persona, the wallet's in the browser for everybody else. The proposal travels in
the page as a signed token, private papers with it, so nothing is stored until it is confirmed.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import msgspec
from django.conf import settings
from django.core import serializers, signing
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from citychain.chain.abi import Act, Function
from citychain.chain.addressbook import AddressBook
from citychain.chain.artifacts import bindings
from citychain.chain.forwarding import ForwardRequest
from citychain.errors import InvalidInput, NotAllowed, NotSignedIn
from citychain.outbox import queries as requests
from citychain.outbox import services as outbox
from citychain.outbox.errors import KeyReused, WrongNonce
from citychain.outbox.models import Request
from citychain.outbox.wording import facts

from . import documents, passkeys, personas, queries, sessions, shared, webauthn
from .models import Paper, Persona, Proposal, SignIn

SALT = "citychain.proposal"
PREPARED_SALT = "citychain.prepared"
#: A summary page left open longer than this must be filled in again.
PROPOSAL_SECONDS = 3600
#: How fields with the signature of the document beside a request begin.
DOCUMENT = "document-"
#: Times that a proposal is signed when other requests of its signer come in at the same moment.
ATTEMPTS = 10


@dataclass(frozen=True)
class Actor:
    """Whom a browser acts for. Accounts in lower-case hex: their `own`, and in `accounts` also those that they hold
    with others. `persona` and its keys are the sandbox's, `session` is a wallet's."""

    name: str
    own: tuple[str, ...]
    accounts: tuple[str, ...]
    persona: Persona | None = None
    session: SignIn | None = None


def current(request: HttpRequest) -> Actor | None:
    """Whom this browser acts for, or None. Read once a request."""
    if not hasattr(request, "_actor"):
        request._actor = _persona(request) or _holder(request)  # type: ignore[attr-defined]
    return request._actor  # type: ignore[attr-defined,no-any-return]


def _persona(request: HttpRequest) -> Actor | None:
    chosen = request.session.get("persona")
    found = personas.all_personas().prefetch_related("accounts").filter(id=chosen).first() if chosen else None
    if found is None:
        return None
    own = tuple(row.address for row in found.accounts.all())
    return Actor(found.name, own, (*own, *shared.of(own)), persona=found)


def _holder(request: HttpRequest) -> Actor | None:
    secret = request.session.get("sign-in")
    session = sessions.current(secret) if secret else None
    if session is None or (session.credential and session.credential not in passkeys.credentials(session.account)):
        return None
    name = queries.name_of(session.account) or f"{session.account[:6]}…{session.account[-4:]}"
    own = (session.account,)
    return Actor(name, own, (*own, *shared.of(own)), session=session)


def signed_in(request: HttpRequest) -> bool:
    """Whether this browser's cookie says that it acts for somebody; that session may have ended since."""
    cookie = settings.SESSION_COOKIE_NAME in request.COOKIES or request.session.accessed
    return cookie and ("persona" in request.session or "sign-in" in request.session)


def require(request: HttpRequest) -> Actor:
    """Whom this browser acts for; raises NotSignedIn."""
    actor = current(request)
    if actor is None:
        raise NotSignedIn()
    return actor


def addresses(actor: Actor | None) -> list[str]:
    """All accounts of an actor; of nobody, none."""
    return list(actor.accounts) if actor else []


def propose(
    request: HttpRequest,
    *,
    signer: str,
    act: Act,
    title: str,
    sentences: Sequence[str],
    warning: str = "",
    papers: Sequence[Paper] = (),
    key: str = "",
    done: str = "",
) -> HttpResponse:
    """The summary page: what will be signed in `sentences`, and in `warning` what can't be undone. The `papers`, which
    nobody but this visitor sees, are stored with the request. A shared account's request goes to its other officers.
    `key` is the request's, drawn where none is given; `done` our page to show then, the request's where none is."""
    together = shared.known(signer)
    token = signing.dumps(
        {
            "words": [title, *sentences] if together else [],
            "key": key or secrets.token_hex(16),
            "done": done,
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
        "together": together,
        "key": shared.seat(signer, require(request).own) if together else signer,
        "passkeys": passkeys.credentials(signer),
        "site": webauthn.site(settings.CITYCHAIN_ORIGIN),
        "act": act,
        "facts": facts(act.function),
        "document": documents.of(papers),
        "back": request.get_full_path(),
        "chain_id": AddressBook.load().chain_id,
        "rpc_url": settings.CITYCHAIN_RPC_URL.split()[0],
    }
    return with_trusted_types(render(request, "identity/confirm.html", context))


def next_page(request: HttpRequest) -> str:
    """The page of ours to go back to after signing in, "" when none was named."""
    there = (request.POST or request.GET).get("next", "")
    safe = url_has_allowed_host_and_scheme(there, {request.get_host()}, require_https=request.is_secure())
    return there if safe else ""


def with_trusted_types(page: HttpResponse) -> HttpResponse:
    """On a page where something is signed no script may make markup from text (W3C Trusted Types)."""
    page._csp_update = {"require-trusted-types-for": ["'script'"], "trusted-types": ["'none'"]}  # type: ignore[attr-defined]
    return page


def prepare(request: HttpRequest) -> JsonResponse:
    """For a wallet or a passkey, when its owner presses the button: the typed data to sign (a passkey signs its digest,
    the challenge), and the token that hands it back. `document` is what is signed before it, or null."""
    proposal = _proposal(request, require(request))
    domain = AddressBook.load().domain
    if shared.known(proposal["signer"]):
        asked = shared.prepare(proposal["signer"], proposal["target"], _function(proposal))
        typed_data = shared.typed_data(asked.sender, asked.digest(domain))
    else:
        asked = _prepared(proposal).request
        typed_data = asked.typed_data(domain)
    token = signing.dumps({"key": proposal["key"], "request": msgspec.json.encode(asked).decode()}, salt=PREPARED_SALT)
    found = documents.of(_papers(proposal))
    return JsonResponse(
        {
            "document": found and {"typed_data": found.typed_data, "challenge": webauthn.text_of(found.digest)},
            "typed_data": typed_data,
            "challenge": webauthn.text_of(asked.digest(domain)),
            "prepared": token,
        }
    )


def confirm(request: HttpRequest) -> HttpResponse:
    """Hands a proposal in, signed by the persona's key here or by a wallet there; twice is one request."""
    actor = require(request)
    proposal = _proposal(request, actor)
    officer = shared.seat(proposal["signer"], actor.own)
    if officer:
        return redirect("proposal", _propose_shared(request, proposal, officer).id)
    found = _submit_once(proposal) if actor.persona else _submit_signed(request, proposal)
    return redirect(proposal["done"]) if proposal["done"] else redirect("request", found.id)


def _propose_shared(request: HttpRequest, proposal: dict[str, Any], officer: str) -> Proposal:
    """The first officer's signature of a shared account's request. Raises NotAllowed for papers that must be signed."""
    if documents.of(_papers(proposal)):
        raise NotAllowed(reason=_("an account of several officers can’t sign the paper that belongs to it"))
    if require(request).persona:
        asked = shared.prepare(proposal["signer"], proposal["target"], _function(proposal))
        digest = asked.digest(AddressBook.load().domain)
        signature = personas.key(officer).sign(shared.officers_digest(asked.sender, digest))
    else:
        asked = _prepared_before(request, proposal)
        signature = from_hex(request.POST.get("signature", ""))
    return shared.propose(
        asked, officer, signature, key=proposal["key"], words=proposal["words"], papers=proposal["papers"]
    )


def _proposal(request: HttpRequest, actor: Actor) -> dict[str, Any]:
    """The proposal that the browser hands back. Raises InvalidInput, NotAllowed."""
    proposal: dict[str, Any] = _loads(request, "token", SALT)
    if proposal["signer"] not in actor.accounts:
        raise NotAllowed(reason=_("this summary was made for another account"))
    return proposal


def _loads(request: HttpRequest, field: str, salt: str) -> Any:
    try:
        return signing.loads(request.POST.get(field, ""), salt=salt, max_age=PROPOSAL_SECONDS)
    except signing.BadSignature as problem:
        reason = _("this summary is too old or not ours; fill in the form again")
        raise InvalidInput(field=field, reason=reason) from problem


def _function(proposal: dict[str, Any]) -> Function[Any]:
    kind: type[Function[Any]] = getattr(bindings(proposal["contract"]), proposal["function"])
    return kind.decode(bytes.fromhex(proposal["data"]))


def _prepared(proposal: dict[str, Any]) -> outbox.Prepared:
    return outbox.prepare(proposal["signer"], proposal["target"], _function(proposal))


def _papers(proposal: dict[str, Any]) -> list[Paper]:
    return [cast(Paper, found.object) for found in serializers.deserialize("json", proposal["papers"])]


def _prepared_before(request: HttpRequest, proposal: dict[str, Any]) -> ForwardRequest:
    """The request that prepare() made for this proposal. Raises InvalidInput."""
    prepared = _loads(request, "prepared", PREPARED_SALT)
    if prepared["key"] != proposal["key"]:
        raise InvalidInput(field="prepared", reason=_("it belongs to another summary"))
    return msgspec.json.decode(prepared["request"], type=ForwardRequest)


def _submit_signed(request: HttpRequest, proposal: dict[str, Any]) -> Request:
    """The same with the wallet's or the passkey's signatures, handed in: of the request, and of its document if any."""
    signed, papers = _prepared_before(request, proposal), _papers(proposal)
    signature = signature_of(request.POST, signed.digest(AddressBook.load().domain))
    found = documents.of(papers)
    if found and requests.by_key(proposal["key"]) is None:
        fields = {name.removeprefix(DOCUMENT): request.POST[name] for name in request.POST if name.startswith(DOCUMENT)}
        documents.attest(papers, proposal["signer"], signature_of(fields, found.digest))
    return outbox.submit(signed, signature, key=proposal["key"], papers=papers)


def signature_of(fields: Mapping[str, str], digest: bytes) -> bytes:
    if fields.get("credential"):
        return passkeys.signature(fields, digest)
    return from_hex(fields.get("signature", ""))


def from_hex(signature: str) -> bytes:
    """A wallet's signature. Raises InvalidInput."""
    try:
        return bytes.fromhex(signature.removeprefix("0x"))
    except ValueError as problem:
        raise InvalidInput(field="signature", reason=_("it is not hex")) from problem


def _submit_once(proposal: dict[str, Any], attempts: int = ATTEMPTS) -> Request:
    """The request of this proposal, signed now or before. Another one of the signer, or this one from a second click,
    may take the nonce in between: then it is signed anew, or found."""
    existing = requests.by_key(proposal["key"])
    if existing is not None:
        return existing
    prepared = _prepared(proposal)
    key = personas.key(proposal["signer"])
    signature = key.sign(prepared.request.digest(prepared.domain))
    papers = _papers(proposal)
    found = documents.of(papers)
    if found:
        documents.attest(papers, proposal["signer"], key.sign(found.digest))
    try:
        return outbox.submit(prepared.request, signature, key=proposal["key"], papers=papers)
    except (KeyReused, WrongNonce):
        if attempts == 1:
            raise
        return _submit_once(proposal, attempts - 1)
