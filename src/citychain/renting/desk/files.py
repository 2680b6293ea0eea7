"""A registrar's file: uploaded, looked at, confirmed, signed in batches, and followed row by row.

Nothing is stored before it is confirmed. Then the file is kept, and what is left of it can be signed at any time:
with the sandbox's key all at once, with a wallet or a passkey one batch after the other.
"""

import secrets
from typing import Any

import msgspec
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from citychain.errors import InvalidInput, NotAllowed
from citychain.exports import inert
from citychain.identity import acting
from citychain.outbox.models import Request

from .. import filing, queries
from ..desk_forms.sheets import FileForm, Sheet, headings
from ..filing import BATCH, Line, Row, State
from ..models import TitleFile

SALT = "citychain.titles-file"
#: A preview left open longer than this must be made again.
SECONDS = 3600


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
    context: dict[str, Any] = {"form": form, "headings": headings(), "files": queries.files_of(signer)}
    if request.method != "POST":
        return render(request, "renting/file.html", context)
    if not form.is_valid() or form.cleaned_data["file"].problems:
        context["sheet"] = form.cleaned_data.get("file")
        return render(request, "renting/file.html", context, status=422)
    sheet: Sheet = form.cleaned_data["file"]
    count = len(sheet.forms)
    context = {
        "rows": sheet.forms,
        "count": count,
        "token": _token(signer, sheet),
        "batch": BATCH,
        "times": _times(count),
    }
    return render(request, "renting/file_preview.html", context)


def confirm(request: HttpRequest) -> HttpResponseBase:
    """Keeps a previewed file; a persona's is signed at once. Twice is once. Raises InvalidInput, NotAllowed."""
    signer = _office(request)
    try:
        found = signing.loads(request.POST.get("token", ""), salt=SALT, max_age=SECONDS)
    except signing.BadSignature as problem:
        raise InvalidInput(
            field="token", reason=_("this preview is too old or not ours; upload the file again")
        ) from problem
    if found["signer"] != signer:
        raise NotAllowed(reason=_("this summary was made for another account"))
    rows = msgspec.json.decode(found["rows"], type=list[Row])
    if queries.file_of(signer, found["key"]) is None:
        if queries.taken_numbers({row.number for row in rows}):
            reason = _("a deed in it was registered meanwhile; upload the file again")
            raise InvalidInput(field="token", reason=reason)
        file = filing.keep(found["key"], signer, rows)
        if file and acting.require(request).persona:
            filing.submit_rest(file)
    return redirect("title-file", found["key"])


def rest(request: HttpRequest, key: str) -> HttpResponseBase:
    """What is left is signed: all of it for a persona, the next batch by everybody else. Raises NotSignedIn,
    NotAllowed."""
    file = _file(request, key)
    at_once = acting.require(request).persona is not None
    if request.method == "POST" and at_once:
        filing.submit_rest(file)
    rows = filing.rest(filing.lines(file))[:BATCH]
    if request.method != "POST" or at_once or "change" in request.POST or not rows:
        return redirect("title-file", key)
    act, papers = filing.batch(rows)
    count = len(rows)
    words = ngettext("You register %(count)s home of your file.", "You register %(count)s homes of your file.", count)
    belongs = _("Row %(row)s, deed %(number)s: it belongs to %(names)s.")
    return acting.propose(
        request,
        signer=file.signer,
        act=act,
        title=_("Register homes from your file"),
        sentences=[
            words % {"count": count},
            *(belongs % {"row": row.row, "number": row.number, "names": row.owners} for row in rows),
            _("The public record gets the town and a salted commitment to each deed, and no name or address."),
        ],
        warning=_("A registration stays in the history for ever. An error can be corrected or reversed, openly."),
        papers=papers,
        key=filing.key_of(file),
        done=reverse("title-file", args=[key]),
    )


def progress(request: HttpRequest, key: str) -> HttpResponse:
    """What became of each row of a confirmed file. Raises NotSignedIn, NotAllowed."""
    file = _file(request, key)
    lines = filing.lines(file)
    left = len(filing.rest(lines))
    context = {
        "file": file,
        "lines": lines,
        "count": len(lines),
        "done": _count(lines, State.REGISTERED),
        "under_way": _count(lines, State.UNDER_WAY),
        "taken": _count(lines, State.TAKEN),
        "left": left,
        "batch": min(left, BATCH),
        "times": _times(left),
        "at_once": acting.require(request).persona is not None,
        "failed": _failed(lines),
    }
    return render(request, "renting/file_progress.html", context)


def _failed(lines: list[Line]) -> list[tuple[Request, int]]:
    """The requests that failed, with how many of their rows are still left."""
    failed = [line.request for line in lines if line.state == State.FAILED and line.request]
    return [(request, failed.count(request)) for request in dict.fromkeys(failed)]


def _count(lines: list[Line], state: State) -> int:
    return sum(line.state == state for line in lines)


def _times(count: int) -> int:
    """Batches that so many rows make."""
    return -(-count // BATCH)


def _file(request: HttpRequest, key: str) -> TitleFile:
    file = queries.file_of(_office(request), key)
    if file is None:
        raise NotAllowed(reason=_("only who signed this file may follow it, for thirty days"))
    return file


def _office(request: HttpRequest) -> str:
    """The account with which the reader alone registers titles: a deed has one signature. Raises NotAllowed."""
    signer = queries.may_act(acting.require(request).own, "registrar", "titles")
    if not signer:
        raise NotAllowed(reason=_("only an officer of a housing registry registers homes"))
    return signer


def _token(signer: str, sheet: Sheet) -> str:
    """The whole file as it will be kept, its deeds and fresh accounts with it."""
    rows = []
    for number, form in sheet.forms:
        deed, accounts, shares = form.draft_all()
        rows.append(filing.row_of(number, deed, accounts, shares, form.names()))
    content = {"key": secrets.token_hex(16), "signer": signer, "rows": msgspec.json.encode(rows).decode()}
    return signing.dumps(content, salt=SALT, compress=True)
