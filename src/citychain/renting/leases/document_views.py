"""Pages of what the parties of a lease write to each other: messages, repairs, photos, and who read what."""

import uuid
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from citychain.chain import clock
from citychain.errors import NotAllowed
from citychain.identity import acting
from citychain.identity import queries as identity
from citychain.portal.wording import calendar_day

from ..errors import NoSuchPhoto
from . import documents, queries, wording
from .forms import Case
from .forms.photos import PhotosField
from .models import LeaseMessage, LeaseReading


class MessageForm(forms.Form):
    kind = forms.ChoiceField(label=gettext_lazy("What it is"), choices=wording.MESSAGES.items, initial="message")
    text = forms.CharField(
        label=gettext_lazy("Your words"),
        max_length=documents.MOST_WORDS,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy(
            "The other side reads it, and the decider in a dispute. It can’t be altered afterwards."
        ),
    )
    photos = PhotosField()


def _case(request: HttpRequest, lease_id: int) -> Case:
    """For who may read the lease's documents. Raises NotSignedIn, NoSuchLease, NotAllowed."""
    actor = acting.require(request)
    case = Case(queries.lease(lease_id), acting.addresses(actor))
    if not case.trusted:
        raise NotAllowed(reason=_("only the parties of the lease read it, and who decides between them in a dispute"))
    return case


def messages(request: HttpRequest, lease_id: int) -> HttpResponse:
    """The messages of a lease, oldest first, and the form for the next. Only parties write."""
    case = _case(request, lease_id)
    form = MessageForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        if not case.party:
            raise NotAllowed(reason=_("only the parties of the lease write"))
        data = form.cleaned_data
        documents.write(case.row, data["kind"], case.party, case.side, data["text"], data["photos"])
        return redirect("lease-messages", lease_id)
    rows = list(documents.messages(lease_id))
    names = identity.names_of({one.author for one in rows})
    if rows:
        case.reader.note("messages", rows[-1].head)
        case.reader.keep()
    context = {
        "row": case.row,
        "form": form if case.party else None,
        "lines": [_line(case, one, names) for one in rows],
        "intact": documents.are_intact(rows),
        "head": rows[-1].head if rows else "",
        "end": calendar_day(clock.local_time(documents.end_of(case.row))),
        "held": documents.is_held(case.row),
    }
    return render(request, "leases/messages.html", context, status=422 if form.is_bound else 200)


def _line(case: Case, row: LeaseMessage, names: dict[str, str]) -> dict[str, Any]:
    repair = row.kind == LeaseMessage.Kind.REPAIR
    return {
        "row": row,
        "shown": documents.shown(case.lease, row.text),
        "name": names.get(row.author, ""),
        "side": wording.SIDES[row.side],
        "mine": row.author == case.party,
        "repair": repair,
        "may_end": bool(repair and not row.done_at and case.party),
    }


@require_POST
def repaired(request: HttpRequest, lease_id: int, position: int) -> HttpResponse:
    """A party says that a repair is done."""
    case = _case(request, lease_id)
    row = documents.messages(lease_id).filter(position=position).first()
    if row is None or not case.party:
        raise NotAllowed(reason=_("only the parties of the lease write"))
    documents.call_done(row, case.party)
    return redirect("lease-messages", lease_id)


def photo(request: HttpRequest, lease_id: int, photo_id: uuid.UUID) -> HttpResponse:
    """A photo as JPEG, or with ?size=small its preview. One that belongs to nothing yet is its author's alone."""
    case = _case(request, lease_id)
    row = documents.photo(lease_id, str(photo_id))
    if not row.owner and row.author not in case.accounts:
        raise NoSuchPhoto(what=photo_id)
    case.reader.note("photo", row.digest)
    case.reader.keep()
    small = request.GET.get("size") == "small"
    response = HttpResponse(row.preview if small else row.content, content_type="image/jpeg")
    response["Cache-Control"] = "private, max-age=3600"
    return response


def readings(request: HttpRequest, lease_id: int) -> HttpResponse:
    """Who read what of a lease's documents, for its parties. Raises NotAllowed."""
    case = _case(request, lease_id)
    if not case.party:
        raise NotAllowed(reason=_("only the parties of the lease see who read its documents"))
    rows = documents.readings(lease_id)
    names = identity.names_of({one.account for one in rows})
    lines = [
        {
            "row": one,
            "name": names.get(one.account, ""),
            "role": wording.READERS[one.role],
            "kind": wording.DOCUMENTS[one.kind],
            "mine": one.account in case.accounts,
            "office": one.role not in (LeaseReading.Role.LANDLORD, LeaseReading.Role.TENANT),
        }
        for one in rows
    ]
    return render(request, "leases/readings.html", {"row": case.row, "lines": lines})
