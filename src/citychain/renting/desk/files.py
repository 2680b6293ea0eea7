"""A registrar's file: uploaded, looked at, confirmed once, and followed row by row.

Nothing is stored before it is confirmed. Then all requests of the file are stored in one transaction, and carried out
whether or not anybody looks; the page that shows how far they are reads the requests and what became of them.
"""

import secrets
from typing import Any

import msgspec
from django.core import serializers, signing
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from citychain.chain.addressbook import AddressBook
from citychain.errors import CityError, InvalidInput, NotAllowed
from citychain.exports import inert
from citychain.identity import acting, documents, personas
from citychain.identity.models import Paper
from citychain.outbox import services as outbox
from citychain.outbox.errors import WrongNonce
from citychain.outbox.intake import Submission
from citychain.outbox.models import Request

from .. import queries
from ..bindings import Titles
from ..desk_forms.sheets import FileForm, Sheet, headings
from ..models import Deed, Title
from ..services import owners_of

SALT = "citychain.titles-file"
PREFIX = "titles-file-"
#: A preview left open longer than this must be made again.
SECONDS = 3600
#: Titles.MAX_BATCH.
BATCH = 20
#: Times that a file is signed when other requests of its signer come in at the same moment.
ATTEMPTS = 5


def template(request: HttpRequest) -> HttpResponse:
    """An empty file with the columns' names in the reader's language."""
    content = "\ufeff" + ",".join(inert(name) for name in headings()) + "\r\n"
    response = HttpResponse(content, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="homes.csv"'
    return response


def upload(request: HttpRequest) -> HttpResponse:
    """The file, then its preview. Raises NotSignedIn, NotAllowed."""
    signer = _office(request)
    form = FileForm(request.POST, request.FILES) if request.method == "POST" else FileForm()
    files = queries.files_of(signer, PREFIX)
    context: dict[str, Any] = {"form": form, "headings": headings(), "files": files}
    if request.method != "POST":
        return render(request, "renting/file.html", context)
    if not form.is_valid() or form.cleaned_data["file"].problems:
        context["sheet"] = form.cleaned_data.get("file")
        return render(request, "renting/file.html", context, status=422)
    sheet: Sheet = form.cleaned_data["file"]
    context = {"rows": sheet.forms, "count": len(sheet.forms), "token": _token(signer, sheet), "batch": BATCH}
    return render(request, "renting/file_preview.html", context)


def confirm(request: HttpRequest) -> HttpResponseBase:
    """Signs a previewed file's requests and stores them together; twice is once. Raises InvalidInput, NotAllowed."""
    signer = _office(request)
    try:
        found = signing.loads(request.POST.get("token", ""), salt=SALT, max_age=SECONDS)
    except signing.BadSignature as problem:
        raise InvalidInput(
            field="token", reason=_("this preview is too old or not ours; upload the file again")
        ) from problem
    if found["signer"] != signer:
        raise NotAllowed(reason=_("this summary was made for another account"))
    if not queries.requests_of_file(signer, PREFIX + found["key"]):
        if queries.taken_numbers(set(found["numbers"])):
            reason = _("a deed in it was registered meanwhile; upload the file again")
            raise InvalidInput(field="token", reason=reason)
        _submit(found)
    return redirect("title-file", found["key"])


def progress(request: HttpRequest, key: str) -> HttpResponse:
    """What became of each row of a confirmed file. Raises NotSignedIn, NotAllowed."""
    signer = _office(request)
    requests = queries.requests_of_file(signer, PREFIX + key)
    if not requests:
        raise NotAllowed(reason=_("only who signed this file may follow it"))
    lines = [line for found in requests for line in _lines(found)]
    done = sum(line["title"] is not None for line in lines)
    context = {
        "requests": requests,
        "lines": lines,
        "done": done,
        "count": len(lines),
        "failed": [found for found in requests if found.state in (Request.State.REJECTED, Request.State.EXPIRED)],
    }
    return render(request, "renting/file_progress.html", context)


def _office(request: HttpRequest) -> str:
    """The account of the reader's that registers titles. A deed is signed apart from the request, which no wallet is
    asked for yet."""
    actor = acting.require(request)
    signer = queries.may_act(acting.addresses(actor), "registrar", "titles")
    if not signer or actor.persona is None:
        raise NotAllowed(reason=_("only an officer of a housing registry registers homes"))
    return signer


def _token(signer: str, sheet: Sheet) -> str:
    """The whole file as it will be signed, its deeds and fresh accounts with it."""
    drafts = [(form.body(), *form.draft_all()) for _row, form in sheet.forms]
    batches = []
    for start in range(0, len(drafts), BATCH):
        some = drafts[start : start + BATCH]
        registrations = [
            Titles.Registration(townCode=body.town, commitment=deed.commitment, owners=owners_of(shares))
            for body, deed, _accounts, shares in some
        ]
        papers = [paper for _body, deed, accounts, _shares in some for paper in (deed, *accounts)]
        call = Titles.registerMany(registrations=registrations)
        batches.append({"data": call.data().hex(), "papers": serializers.serialize("json", papers)})
    numbers = [body.number for body, *_rest in drafts]
    content = {"key": secrets.token_hex(16), "signer": signer, "numbers": numbers, "batches": batches}
    return signing.dumps(content, salt=SALT, compress=True)


def _submit(found: dict[str, Any], attempts: int = ATTEMPTS) -> None:
    """Stores all requests of a file in their order; raises the first one's error, or what stopped a later one."""
    results = outbox.submit_all(_signed(found))
    problem = next((result for result in results if isinstance(result, CityError)), None)
    if isinstance(results[0], WrongNonce) and attempts > 1:
        return _submit(found, attempts - 1)
    if problem is not None:
        raise problem
    return None


def _signed(found: dict[str, Any]) -> list[Submission]:
    signer, titles = found["signer"], AddressBook.load().address("Titles")
    key = personas.key(signer)
    submissions = []
    for place, batch in enumerate(found["batches"]):
        function = Titles.registerMany.decode(bytes.fromhex(batch["data"]))
        prepared = outbox.prepare(signer, titles, function)
        request = msgspec.structs.replace(prepared.request, nonce=prepared.request.nonce + place)
        papers: list[Paper] = [one.object for one in serializers.deserialize("json", batch["papers"])]  # type: ignore[misc]
        deeds = documents.of(papers)
        if deeds:
            documents.attest(papers, signer, key.sign(deeds.digest))
        signature = key.sign(request.digest(prepared.domain))
        submissions.append(Submission(request, signature, f"{PREFIX}{found['key']}-{place:02}", papers))
    return submissions


def _lines(found: Request) -> list[dict[str, Any]]:
    """The rows of one request: what the deed says, and the title that it became."""
    call = Titles.registerMany.decode(bytes(found.data))
    commitments = [one.commitment for one in call.registrations]
    titles = dict(Title.objects.filter(commitment__in=commitments).values_list("commitment", "id"))
    deeds = {row.commitment: queries.body_of(row) for row in Deed.objects.filter(commitment__in=commitments)}
    return [
        {"request": found, "deed": deeds.get(commitment), "title": titles.get(commitment)} for commitment in commitments
    ]
