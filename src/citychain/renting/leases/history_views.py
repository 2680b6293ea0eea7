"""A tenant's history of a lease as a file: what goes in, its signature, and the check of one that was handed over."""

from typing import Any

import msgspec
from django import forms
from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from citychain.chain import clock
from citychain.chain.addressbook import AddressBook
from citychain.errors import InvalidInput, NotAllowed
from citychain.identity import acting, passkeys, personas, webauthn
from citychain.identity.acting import Actor

from . import histories, queries, wording
from .forms import Case
from .histories import History
from .models import Lease

SALT = "citychain.tenant-history"


class HistoryForm(forms.Form):
    """What goes into the file beside what the record says."""

    days = forms.TypedChoiceField(
        label=gettext_lazy("Valid for"),
        coerce=int,
        choices=[
            (30, gettext_lazy("30 days")),
            (90, gettext_lazy("90 days")),
            (365, gettext_lazy("A year")),
        ],
        initial=90,
    )
    amounts = forms.BooleanField(label=gettext_lazy("Show rent and deposit in yuan"), required=False, initial=False)
    note = forms.CharField(
        label=gettext_lazy("Your own words"),
        max_length=histories.NOTE,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("For example how a dispute came about. Whoever gets the file reads it."),
    )


class CheckForm(forms.Form):
    file = forms.FileField(label=gettext_lazy("The file that you were given"))


def history(request: HttpRequest, lease_id: int) -> HttpResponse:
    """What a file of this lease would say, for its tenant; then the summary before it is signed.

    Raises NotSignedIn, NoSuchLease, NotAllowed.
    """
    actor = acting.require(request)
    case = Case(queries.lease(lease_id), list(actor.own))
    if not case.tenant or case.row.state != Lease.State.RUNNING:
        raise NotAllowed(reason=_("only a tenant takes the history of a lease whose keys were handed over"))
    form = HistoryForm(request.POST or None)
    changing = "change" in request.POST
    if request.method != "POST" or changing or not form.is_valid():
        status = 422 if form.is_bound and not changing else 200
        lines = _lines(histories.facts(case.row, clock.now(), amounts=False))
        return render(request, "leases/history.html", {"form": form, "row": case.row, "lines": lines}, status=status)
    found = histories.draft(case.row, case.tenant, **form.cleaned_data)
    context = {
        "row": case.row,
        "lines": _lines(found.facts),
        "found": found,
        "digest": "0x" + histories.digest(found).hex(),
        "token": signing.dumps(msgspec.to_builtins(found), salt=SALT, compress=True),
        "passkeys": passkeys.credentials(case.tenant),
        "site": webauthn.site(settings.CITYCHAIN_ORIGIN),
        "chain_id": AddressBook.load().chain_id,
        "rpc_url": settings.CITYCHAIN_RPC_URL.split()[0],
        "back": request.get_full_path(),
    }
    return acting.with_trusted_types(render(request, "leases/history_sign.html", context))


def _lines(facts: dict[str, Any]) -> list[tuple[str, str]]:
    return [(str(wording.FACTS.get(name, name)), wording.fact(name, value)) for name, value in facts.items()]


def _from_token(request: HttpRequest, actor: Actor) -> History:
    try:
        told = signing.loads(request.POST.get("token", ""), salt=SALT, max_age=acting.PROPOSAL_SECONDS)
    except signing.BadSignature as problem:
        reason = _("this summary is too old or not ours; fill in the form again")
        raise InvalidInput(field="token", reason=reason) from problem
    found = msgspec.convert(told, History)
    if found.tenant not in actor.own:
        raise NotAllowed(reason=_("this summary was made for another account"))
    return found


@require_POST
def prepare(request: HttpRequest) -> JsonResponse:
    """For a wallet or a passkey: the typed data of the file. Errors as problem+json: a script asks."""
    found = _from_token(request, acting.require(request))
    return JsonResponse(
        {
            "document": None,
            "typed_data": histories.typed_data(found),
            "challenge": webauthn.text_of(histories.digest(found)),
            "prepared": str(found.lease),
        }
    )


@require_POST
def sign(request: HttpRequest) -> HttpResponse:
    """The signed file. Nothing of it stays here."""
    actor = acting.require(request)
    found = _from_token(request, actor)
    what = histories.digest(found)
    signature = personas.key(found.tenant).sign(what) if actor.persona else acting.signature_of(request.POST, what)
    text = histories.to_file(histories.signed(found, signature))
    response = HttpResponse(text, content_type="application/json; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="lease-{found.lease}-history.json"'
    return response


def check(request: HttpRequest) -> HttpResponse:
    """What the record says about a file that somebody was given. Anybody may ask, and nothing is stored."""
    form = CheckForm(request.POST or None, request.FILES or None)
    found = None
    if request.method == "POST" and form.is_valid():
        try:
            found = histories.check(histories.from_file(form.cleaned_data["file"].read(histories.MOST_BYTES + 1)))
        except InvalidInput as problem:
            form.add_error("file", str(problem))
    lines = [
        {
            "name": wording.FACTS.get(one.name, one.name),
            "told": wording.fact(one.name, one.told),
            "found": wording.fact(one.name, one.found),
            "fits": one.fits,
        }
        for one in (found.facts if found else [])
    ]
    status = 422 if form.is_bound and found is None else 200
    return render(request, "leases/history_check.html", {"form": form, "found": found, "lines": lines}, status=status)
