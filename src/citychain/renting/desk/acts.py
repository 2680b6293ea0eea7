"""The page of one act on one title: its form, then the summary before signing."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from citychain.errors import NotAllowed
from citychain.identity import acting

from .. import queries
from ..desk_forms import ACTS, Case, signer_of


def act(request: HttpRequest, title_id: str, name: str) -> HttpResponse:
    """Raises NotSignedIn, NoSuchTitle, NotAllowed. `?burden=` chooses a mortgage or a seizure."""
    actor = acting.require(request)
    case = Case(queries.title(int(title_id)), acting.addresses(actor), list(actor.own))
    signer = signer_of(name, case)
    if not signer:
        raise NotAllowed(reason=_("it is not yours to do, or not as things stand now"))
    kind = ACTS[name]
    initial = {**(queries.deed_fields(case.row) if name == "correct" else {}), **request.GET.dict()}
    form = kind(request.POST or None, initial=initial, case=case, signer=signer)
    changing = "change" in request.POST
    if request.method != "POST" or changing or not form.is_valid():
        status = 422 if form.is_bound and not changing else 200
        return render(request, "renting/act.html", {"form": form, "row": case.row}, status=status)
    return acting.propose(
        request,
        signer=signer,
        act=form.act(),
        title=f"{form.title} · {_('Title %(number)s') % {'number': case.row.id}}",
        sentences=form.sentences(),
        warning=str(form.warning),
        papers=form.papers(),
    )
