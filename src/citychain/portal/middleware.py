"""Turns the errors of errors.py into answers that people and programs can act on."""

import logging
import re
import secrets
from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.utils.encoding import escape_uri_path
from django.utils.translation import gettext_lazy as _

from citychain.components import Words
from citychain.errors import CityError, Unavailable
from citychain.identity import acting
from citychain.programs import limits

from .assets import AssetMissing

log = logging.getLogger(__name__)

#: Names of this machine that browsers may use instead of the canonical one.
LOOPBACK = {"localhost", "127.0.0.1"}
#: What pages can be asked with.
METHODS = ["GET", "HEAD", "POST", "OPTIONS"]
#: Addresses that are not counted as pages.
FREE = re.compile(r"/healthz|/api/(?!docs$|openapi\.json$).*|/exports/.+")
#: Seconds after which a page says to try again, where the error does not know better.
RETRY_SECONDS = 5

_HEADINGS: dict[int, Words] = {
    400: _("Something in this request is not right"),
    401: _("Choose who you are first"),
    403: _("You may not do this"),
    404: _("There is no such record"),
    409: _("This does not fit what is recorded"),
    413: _("This is too much at once"),
    422: _("The record refused this"),
    429: _("This is too often"),
    503: _("Please try again in a moment"),
}


class BodyTooLarge(CityError):
    """More than settings.DATA_UPLOAD_MAX_MEMORY_SIZE; nothing of it was read."""

    code = "body-too-large"
    status = 413
    message = _("{size} bytes are too many; at most {limit} are read.")


class StoreAway(Unavailable):
    """A database can't be read or written now: a full disk, a lock held too long, a server that is gone."""

    code = "store-away"

    def __init__(self) -> None:
        super().__init__(what=_("The record of Xiong’an"))


class CanonicalOriginMiddleware:
    """Pages live at CITYCHAIN_ORIGIN alone: passkeys, cookies and signatures belong to that name (docs/security.md).

    Reading at another name of this machine is redirected; the health check and the API answer at any.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.host = urlsplit(settings.CITYCHAIN_ORIGIN).netloc

    def __call__(self, request: HttpRequest) -> HttpResponse:
        free = request.path == "/healthz" or request.path.startswith("/api/")
        host = request.get_host()
        other = host != self.host and host.split(":")[0] in LOOPBACK
        if request.method in ("GET", "HEAD") and not free and other:
            return HttpResponseRedirect(settings.CITYCHAIN_ORIGIN + request.get_full_path())
        return self.get_response(request)


class SafeAnswersMiddleware:
    """Methods that no page has are refused; what was made for somebody signed in stays in no cache.

    The API refuses methods itself. OWASP ASVS 5.0: 13.4.4 (TRACE), 4.1.4 (methods), 14.3.2 (no-store).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in METHODS and not request.path.startswith("/api/"):
            return HttpResponseNotAllowed(METHODS)
        response = self.get_response(request)
        if request.session.accessed and acting.signed_in(request):
            response["Cache-Control"] = "no-store, private"
        return response


class VisitLimitMiddleware:
    """Pages have a quota a minute for each network address (programs/limits.py); a person never meets it.

    Free are health, static files, which are answered before, and what has a quota of its own: the API and exports.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if FREE.fullmatch(request.path) is None:
            problem = limits.visit(request.META, acting.signed_in(request))
            if problem is not None:
                return _answer(request, problem)
        return self.get_response(request)


class CityErrorMiddleware:
    """A CityError becomes a page with its status, or problem+json (RFC 9457) below /api and for scripts.

    So does a body too large.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        size, limit = request.META.get("CONTENT_LENGTH") or "", settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        if size.isdecimal() and int(size) > limit:
            return _answer(request, BodyTooLarge(size=size, limit=limit))
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, problem: Exception) -> HttpResponse | None:
        if isinstance(problem, OperationalError):
            log.error("%s %s", request.method, escape_uri_path(request.path), exc_info=problem)
            problem = StoreAway()
        return _answer(request, problem) if isinstance(problem, CityError) else None


def _answer(request: HttpRequest, problem: CityError) -> HttpResponse:
    reference = secrets.token_hex(4) if problem.status == 500 else ""
    if reference:
        log.error("%s %s [%s]", request.method, escape_uri_path(request.path), reference, exc_info=problem)
    if isinstance(problem, AssetMissing):
        return HttpResponse(str(problem), status=500, content_type="text/plain; charset=utf-8")
    program = request.path.startswith("/api/") or not request.accepts("text/html")
    answer = problem_json(problem) if program else _page(request, problem, reference)
    if problem.retry:
        answer["Retry-After"] = str(problem.details.get("seconds", RETRY_SECONDS))
    return answer


def problem_json(problem: CityError) -> JsonResponse:
    """RFC 9457: `type` is the code's place in the catalogue (/errors/), `code` is stable, `detail` is in the reader's
    language, and the error's details are members."""
    details = {name: str(value) for name, value in problem.details.items()}
    body = {
        **details,
        "type": f"{settings.CITYCHAIN_ORIGIN}/errors/#{problem.code}",
        "title": str(_HEADINGS.get(problem.status, _("Something went wrong"))),
        "status": problem.status,
        "detail": str(problem),
        "code": problem.code,
        "retry": problem.retry,
    }
    return JsonResponse(body, status=problem.status, content_type="application/problem+json")


def _page(request: HttpRequest, problem: CityError, reference: str) -> HttpResponse:
    context = {
        "heading": _HEADINGS.get(problem.status, _("Something went wrong")),
        "problem": problem,
        "reference": reference,
        "lost": request.method == "POST",
    }
    return render(request, "portal/error.html", context, status=problem.status)
