"""The page of one decision about one institution: its form, then the summary before signing."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from citychain.errors import NotAllowed

from . import acting, queries
from .desk_forms import ACTS, Case


def act(request: HttpRequest, institution_id: int, name: str) -> HttpResponse:
    """Raises NotSignedIn, NoSuchInstitution, NotAllowed."""
    if name not in ACTS:
        raise Http404(name)
    kind, actor = ACTS[name], acting.require(request)
    case = Case(queries.institution(institution_id), acting.addresses(actor))
    signer = kind.signer_of(case)
    if not signer:
        raise NotAllowed(reason=_("it is not yours to do, or not as things stand now"))
    form = kind(request.POST or None, case=case)
    changing = "change" in request.POST
    if request.method != "POST" or changing or not form.is_valid():
        status = 422 if form.is_bound and not changing else 200
        return render(request, "identity/act.html", {"form": form, "case": case}, status=status)
    return acting.propose(
        request,
        signer=signer,
        act=form.act(),
        title=f"{form.title} · {case.name}",
        sentences=form.sentences(),
        warning=str(form.warning),
    )
