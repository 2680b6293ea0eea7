"""The HTTP API: every part's router, and one way to say what went wrong (problem+json, RFC 9457).

It acts by signatures alone: no cookie, no session, so no CSRF. Parts register operations in their api.py; this adds to
each what all have in common: its problems in the OpenAPI document, the header X-Citychain-Simulated, HEAD beside GET.
"""

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any, NoReturn

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.db import OperationalError
from django.http import Http404, HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import URLPattern, URLResolver, re_path
from django.utils.encoding import escape_uri_path
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.operation import Operation

from citychain import __version__
from citychain.city.api import router as proposals
from citychain.city.catalogue import catalogue
from citychain.city.reference import operations, show_examples
from citychain.errors import CityError, InvalidInput, NotFound
from citychain.identity.api import router as institutions
from citychain.indexer.api import router as record
from citychain.indexer.schemas import Problem
from citychain.money.api import router as money
from citychain.outbox.api import router as requests
from citychain.portal.middleware import RETRY_SECONDS, StoreAway, problem_json
from citychain.programs import limits
from citychain.programs.errors import UnknownApiKey
from citychain.renting.api import deeds
from citychain.renting.api import router as titles
from citychain.renting.leases.api import lease_offers
from citychain.renting.leases.api import router as leases
from citychain.renting.listings.api import router as listings
from citychain.renting.units_api import router as units

log = logging.getLogger(__name__)

#: Answers that every operation may give, beside its own.
PROBLEMS = {
    "400": "A field is wrong; nothing was kept",
    "401": "The API key in header Authorization is unknown; without one the call needs nobody",
    "405": "Not a method of this address; header Allow names them",
    "412": "If-Match or If-None-Match does not hold",
    "429": "Too many calls; header Retry-After says when to come again",
    "500": "Our fault; nothing is half-done",
    "503": "Try again later; header Retry-After says when",
}
#: Those that need something to look up, or something to do.
PROBLEMS_OF_ONE = {"404": "There is no such record"}
PROBLEMS_OF_WRITING = {
    "403": "This is not open to requests",
    "404": "There is no such contract or request",
    "409": "In conflict with what is recorded: the nonce, the idempotency key, the state",
    "413": "The body is too large",
    "422": "A contract refuses it; code and detail are its own reason",
}


class Broken(CityError):
    """A bug of ours: logged with its trace, told without it."""

    code = "broken"


class Unreadable(InvalidInput):
    code = "unreadable"
    message = _("The request can't be read: {reason}")


class MethodNotAllowed(CityError):
    code = "method-not-allowed"
    status = 405
    message = _("This address does not take {method}.")


class PreconditionFailed(CityError):
    code = "precondition-failed"
    status = 412
    message = _("The record has changed since.")


class CityAPI(NinjaAPI):
    """NinjaAPI whose every answer and operation keeps the rules above."""

    def get_openapi_operation_id(self, operation: Operation) -> str:
        return operation.view_func.__name__

    def _get_urls(self) -> list[URLResolver | URLPattern]:
        patterns = [*super()._get_urls(), re_path("", _nothing)]
        for pattern in patterns:
            if isinstance(pattern, URLPattern):
                pattern.callback = _finished(pattern.callback)
        return patterns

    def get_openapi_schema(self, **options: Any) -> Any:
        schema = super().get_openapi_schema(**options)
        schema["components"]["schemas"]["Problem"] = Problem.model_json_schema()
        schema["components"]["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
        schema["security"] = [{}, {"key": []}]
        content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
        for path, methods in schema["paths"].items():
            for method, operation in methods.items():
                problems = PROBLEMS | (PROBLEMS_OF_WRITING if method == "post" else {})
                problems |= PROBLEMS_OF_ONE if "{" in path else {}
                for status, description in sorted(problems.items()):
                    operation["responses"][status] = {"description": description, "content": content}
        show_examples(schema)
        return schema


def _nothing(request: HttpRequest) -> NoReturn:
    """Whatever no operation answers to."""
    raise Http404


def _finished(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """The view with the header that tells a demonstration, the limit of calls, HEAD where there is GET, and problems
    alone as refusals."""

    @csrf_exempt
    @wraps(view)
    def finished(request: HttpRequest, *args: Any, **given: Any) -> HttpResponseBase:
        method = request.method
        request.method = "GET" if method == "HEAD" else method
        standing = None
        try:
            standing = limits.count(request)
            limits.enforce(standing)
            answer = view(request, *args, **given)
        except Http404:
            answer = problem_json(NotFound(what=request.path))
        except CityError as problem:
            answer = on_city_error(request, problem)
        request.method = method
        if answer.status_code == 405:
            allowed = answer["Allow"].replace("GET", "GET, HEAD")
            answer = problem_json(MethodNotAllowed(method=method))
            answer["Allow"] = allowed
        elif answer.status_code == 412:
            answer = problem_json(PreconditionFailed())
        answer["X-Citychain-Simulated"] = "true" if settings.CITYCHAIN_SANDBOX else "false"
        answer.setdefault("Cache-Control", "no-cache")
        for name, value in (standing.headers() if standing else {}).items():
            answer[name] = value
        return answer

    return finished


api = CityAPI(
    title="citychain",
    version=__version__,
    description="Amounts are integers in fen (0.01 CNY), times UTC seconds with RFC 3339 text, addresses lower-case "
    "hex. A write is a request that is prepared, signed with the actor's own key, handed in and followed; a read needs "
    "nobody. Lists are paged: hand back `next`. Answers from the record carry an ETag, which changes with the newest "
    "block. The header X-Citychain-Simulated, and `simulated` in every answer, tell a demonstration city.",
    docs_url=None,
    openapi_url=None,
    urls_namespace="api",
    servers=[{"url": settings.CITYCHAIN_ORIGIN}],
)
api.add_router("", record)
api.add_router("", requests)
api.add_router("/institutions", institutions)
api.add_router("", money)
api.add_router("/titles", titles)
api.add_router("/units", units)
api.add_router("/leases", leases)
api.add_router("/lease-offers", lease_offers)
api.add_router("/listings", listings)
api.add_router("/deeds", deeds)
api.add_router("", proposals)


@api.exception_handler(CityError)
def on_city_error(request: HttpRequest, problem: CityError) -> JsonResponse:
    answer = problem_json(problem)
    if problem.status == 500:
        log.error("%s %s", request.method, escape_uri_path(request.path), exc_info=problem)
    if problem.retry:
        answer["Retry-After"] = str(problem.details.get("seconds", RETRY_SECONDS))
    if isinstance(problem, UnknownApiKey):
        answer["WWW-Authenticate"] = "Bearer"
    return answer


@api.exception_handler(ValidationError)
def on_validation_error(request: HttpRequest, problem: ValidationError) -> JsonResponse:
    """Names the first field that is wrong: "request.gas" in a body, "limit" in a query."""
    first = problem.errors[0]
    source, *path = first["loc"]
    field = ".".join(str(part) for part in (path[1:] if source == "body" else path)) or str(source)
    return problem_json(InvalidInput(field=field, reason=first["msg"]))


@api.exception_handler(HttpError)
@api.exception_handler(SuspiciousOperation)
def on_unreadable(request: HttpRequest, problem: Exception) -> JsonResponse:
    return problem_json(Unreadable(field="body", reason=str(problem)))


@api.exception_handler(OperationalError)
def on_store_away(request: HttpRequest, problem: Exception) -> JsonResponse:
    log.error("%s %s", request.method, escape_uri_path(request.path), exc_info=problem)
    return on_city_error(request, StoreAway())


@api.exception_handler(Exception)
def on_bug(request: HttpRequest, problem: Exception) -> JsonResponse:
    log.error("%s %s", request.method, escape_uri_path(request.path), exc_info=problem)
    return problem_json(Broken())


def reference(request: HttpRequest) -> HttpResponseBase:
    """The API's reference, written from its OpenAPI document; no foreign script."""
    return render(request, "portal/api.html", {"groups": operations(api.get_openapi_schema())})


def refusals(request: HttpRequest) -> HttpResponseBase:
    """The catalogue of errors; each problem's `type` is an anchor here."""
    return render(request, "city/errors.html", {"groups": catalogue()})


def openapi(request: HttpRequest) -> JsonResponse:
    """The OpenAPI document."""
    return JsonResponse(api.get_openapi_schema())
