"""Pages before there is a lease: an application, an offer that is written, read and signed by all its parties."""

import secrets
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from citychain.chain import clock
from citychain.chain.addressbook import AddressBook
from citychain.components import Step
from citychain.errors import InvalidInput, NotAllowed
from citychain.identity import acting, passkeys, personas, webauthn
from citychain.identity import queries as identity
from citychain.identity.acting import Actor

from .. import queries as titles
from .. import units_queries
from ..errors import NoSuchOffer
from ..units_models import Mandate, Unit
from . import offers, queries, terms, wording
from .models import LeaseApplication, LeaseOffer
from .offer_forms import ApplyForm, OfferForm, initial_of

SALT = "citychain.lease-offer"
#: Open applications of one person.
MOST_APPLICATIONS = 10


# --- applying --------------------------------------------------------------------------------------------------------


def apply(request: HttpRequest) -> HttpResponse:
    """An application for `?unit=`; another for the same place replaces it. Raises NotSignedIn, NoSuchUnit,
    NotAllowed."""
    actor = acting.require(request)
    unit = _unit(request)
    if unit.state != Unit.State.CONFIRMED:
        raise NotAllowed(reason=_("the registrar has not confirmed this place, or it is let no more"))
    form = ApplyForm(request.POST or None, unit=unit)
    if request.method != "POST" or not form.is_valid():
        context = {"form": form, "unit": unit, "name": wording.unit_name(unit.id)}
        return render(request, "leases/apply.html", context, status=422 if form.is_bound else 200)
    data = form.cleaned_data
    before = queries.applications_by(actor.own)
    if before.filter(unit=unit.id).update(created=clock.now(), declined=False, **data):
        return redirect("leases")
    if before.count() >= MOST_APPLICATIONS:
        raise NotAllowed(reason=_("take one of your applications back first"))
    LeaseApplication.objects.create(unit=unit.id, account=_fresh(actor), name=actor.name, created=clock.now(), **data)
    return redirect("leases")


def _fresh(actor: Actor) -> str:
    """An account for one lease alone: made for a persona; a wallet's is the one that signed in."""
    if actor.persona:
        return personas.add_account(actor.persona, f"lease:{secrets.token_hex(8)}")
    return actor.own[0]


@require_POST
def answer(request: HttpRequest, application_id: int) -> HttpResponse:
    """The applicant takes an application back, or a landlord declines it. Raises NotSignedIn, NoSuchOffer."""
    actor = acting.require(request)
    found = queries.application(application_id)
    if found is None:
        raise NoSuchOffer()
    if found.account in actor.own:
        found.delete()
    elif landlords_of(units_queries.unit(found.unit), actor.own):
        found.declined = True
        found.save(update_fields=["declined"])
    else:
        raise NoSuchOffer()
    return redirect("leases")


# --- writing ---------------------------------------------------------------------------------------------------------


def landlords_of(unit: Unit, own: Sequence[str]) -> list[str]:
    """Who must sign as landlords when one of the reader's own accounts lets a unit: that account, and owners who must
    consent and gave it no mandate. Nobody when none of them may let it."""
    owners = list(titles.owners(titles.title(unit.title)))
    now = clock.now()
    for account in own:
        mandates = Mandate.objects.filter(title=unit.title, delegate=account, scope="let", valid_until__gt=now)
        given = set(mandates.values_list("owner", flat=True))
        asked = [one.account for one in owners if one.must_consent and one.account not in given]
        if account in {one.account for one in owners if one.must_consent} or given:
            return sorted({account, *asked})
    return []


def write(request: HttpRequest) -> HttpResponse:
    """An offer to let `?unit=`, from `?application=` where there is one; then its summary before it is signed.

    Raises NotSignedIn, NoSuchUnit, NotAllowed.
    """
    actor = acting.require(request)
    unit = _unit(request)
    landlords = landlords_of(unit, actor.own)
    author = next((account for account in actor.own if account in landlords), "")
    if not author:
        raise NotAllowed(reason=_("only who may let this place writes an offer for it"))
    owners = [one.account for one in titles.owners(titles.title(unit.title))]
    asked = _application(request, unit)
    initial = initial_of(asked) if asked else {}
    form = OfferForm(request.POST or None, unit=unit, landlords=landlords, owners=owners, initial=initial)
    changing = "change" in request.POST
    if request.method != "POST" or changing or not form.is_valid():
        status = 422 if form.is_bound and not changing else 200
        context = {"form": form, "unit": unit, "name": wording.unit_name(unit.id), "application": asked}
        return render(request, "leases/write.html", context, status=status)
    draft = offers.write(form.draft(), form.texts(), author)
    return _page(request, draft, actor, new=True)


def _application(request: HttpRequest, unit: Unit) -> LeaseApplication | None:
    number = request.GET.get("application", "")
    found = queries.application(int(number)) if number.isdigit() else None
    return found if found and found.unit == unit.id else None


def _unit(request: HttpRequest) -> Unit:
    number = request.GET.get("unit", "")
    if not number.isdigit() or len(number) > 18:
        raise InvalidInput(field="unit", reason=_("name the unit by its number"))
    return units_queries.unit(int(number))


# --- reading and signing ---------------------------------------------------------------------------------------------


def offer(request: HttpRequest, terms_hash: str) -> HttpResponse:
    """One offer, for its parties. They sign, decline, take it back, or conclude what all have signed.

    Raises NotSignedIn, NoSuchOffer, and what offers raises.
    """
    actor = acting.require(request)
    row = queries.offer(terms_hash)
    mine = _mine(row, actor)
    if not mine:
        raise NoSuchOffer()
    if request.method == "POST":
        return _answer(request, row, actor, mine)
    return _page(request, row, actor)


def _mine(row: LeaseOffer, actor: Actor) -> list[str]:
    """The reader's own accounts among the parties of a stored offer."""
    return [party.account for party in row.parties.all() if party.account in actor.own]


def _answer(request: HttpRequest, row: LeaseOffer, actor: Actor, mine: list[str]) -> HttpResponse:
    act = request.POST.get("act", "")
    if act == "conclude":
        return acting.propose(
            request,
            signer=mine[0],
            act=offers.conclusion(row),
            title=_("Conclude the lease"),
            sentences=[
                _("All have signed these terms. You put them on the record; from then on nobody can change them."),
                *wording.sentences(offers.terms_of(row), _names(offers.terms_of(row))),
            ],
            warning=_("The public record gets the numbers and commitments to the texts, and no name or address."),
            key=f"lease-{terms.digest(AddressBook.load(), offers.terms_of(row)).hex()[:40]}-{secrets.token_hex(4)}",
        )
    if act == "decline":
        for account in mine:
            offers.decline(row, account)
    elif act == "withdraw":
        offers.withdraw(row, next((account for account in mine if account == row.author), mine[0]))
    else:
        raise InvalidInput(field="act", reason=_("it is nothing that can be done here"))
    return redirect("lease-offer", row.terms_hash)


def _names(found: terms.Terms) -> dict[str, str]:
    return identity.names_of({*found.landlords, *found.tenants, found.payee})


def _page(request: HttpRequest, row: LeaseOffer, actor: Actor, *, new: bool = False) -> HttpResponse:
    found = offers.terms_of(row)
    names = _names(found)
    parties = [] if new else list(row.parties.all())
    signed = {party.account for party in parties if party.signature}
    declined = {party.account for party in parties if party.declined}
    wanted = [account for account in (*found.landlords, *found.tenants) if account in actor.own]
    unsigned = [account for account in wanted if account not in signed]
    lease = queries.concluded(row.terms_hash)
    open_ = not row.withdrawn and row.deadline > clock.now() and lease is None
    signer = (row.author if new else unsigned[0] if unsigned else "") if open_ else ""
    texts = offers.texts_of(row)
    context = {
        "row": row,
        "new": new,
        "lease": lease,
        "open": open_,
        "over": row.deadline <= clock.now(),
        "complete": not new and not offers.missing(row),
        "author": row.author in actor.own,
        "unit": wording.unit_name(row.unit),
        "sentences": wording.sentences(found, names),
        "texts": [
            (label, texts[name]) for name, label in (("houseRules", _("House rules")), ("inventory", _("Inventory")))
        ],
        "whole": texts["text"],
        "signer": signer,
        "token": signing.dumps(_token(row, signer, new), salt=SALT, compress=True) if signer else "",
        "passkeys": passkeys.credentials(signer) if signer else [],
        "site": webauthn.site(settings.CITYCHAIN_ORIGIN),
        "chain_id": AddressBook.load().chain_id,
        "rpc_url": settings.CITYCHAIN_RPC_URL.split()[0],
        "back": request.get_full_path(),
        "parties": [
            Step(
                f"{wording.SIDES[side]}: {names.get(account, '')}".strip(": "),
                next((p.signed_at for p in parties if p.account == account and p.signature), None),
                address=account,
                detail=_("declined") if account in declined else "" if account in signed else _("not yet signed"),
                state="bad" if account in declined else "done" if account in signed else "pending",
            )
            for side, accounts in (("landlord", found.landlords), ("tenant", found.tenants))
            for account in accounts
        ],
    }
    return acting.with_trusted_types(render(request, "leases/offer.html", context))


def _token(row: LeaseOffer, signer: str, new: bool) -> dict[str, Any]:
    if not new:
        return {"hash": row.terms_hash, "signer": signer}
    fields = ("terms_hash", "unit", "terms", "texts", "author", "created", "deadline")
    return {"draft": {name: getattr(row, name) for name in fields}, "signer": signer}


def _from_token(request: HttpRequest, actor: Actor) -> tuple[LeaseOffer, str, bool]:
    try:
        token = signing.loads(request.POST.get("token", ""), salt=SALT, max_age=acting.PROPOSAL_SECONDS)
    except signing.BadSignature as problem:
        reason = _("this summary is too old or not ours; fill in the form again")
        raise InvalidInput(field="token", reason=reason) from problem
    if token["signer"] not in actor.own:
        raise NotAllowed(reason=_("this summary was made for another account"))
    if "draft" in token:
        return LeaseOffer(**token["draft"]), token["signer"], True
    return queries.offer(token["hash"]), token["signer"], False


@require_POST
def prepare(request: HttpRequest) -> JsonResponse:
    """For a wallet or a passkey: the typed data of the terms. Errors as problem+json: a script asks."""
    row, _signer, _new = _from_token(request, acting.require(request))
    found, book = offers.terms_of(row), AddressBook.load()
    return JsonResponse(
        {
            "document": None,
            "typed_data": terms.typed_data(book, found),
            "challenge": webauthn.text_of(terms.digest(book, found)),
            "prepared": row.terms_hash,
        }
    )


@require_POST
def sign(request: HttpRequest) -> HttpResponse:
    """Keeps a signature of the terms: of their author, and with it the offer, or of another party."""
    actor = acting.require(request)
    row, signer, new = _from_token(request, actor)
    digest = terms.digest(AddressBook.load(), offers.terms_of(row))
    signature = personas.key(signer).sign(digest) if actor.persona else acting.signature_of(request.POST, digest)
    kept = offers.keep(row, signature) if new else offers.sign(row, signer, signature)
    return redirect("lease-offer", kept.terms_hash)
