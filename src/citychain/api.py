"""The HTTP API: every part's router, and one way to say what went wrong (problem+json, RFC 9457).

It acts by signatures alone: no cookie, no session, so no CSRF.
"""

import logging
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from citychain import __version__
from citychain.errors import CityError, InvalidInput, NotFound
from citychain.identity.api import router as institutions
from citychain.indexer.api import router as record
from citychain.money.api import router as money
from citychain.outbox.api import router as requests
from citychain.portal.middleware import problem_json
from citychain.renting.api import router as titles

log = logging.getLogger(__name__)


class Broken(CityError):
    """A bug of ours: logged with its trace, told without it."""

    code = "broken"


api = NinjaAPI(
    title="citychain",
    version=__version__,
    description="Amounts are integers in fen, times UTC seconds with RFC 3339 text, addresses lower-case hex.",
    docs_url=None,
    openapi_url=None,
    urls_namespace="api",
)
api.add_router("", record)
api.add_router("", requests)
api.add_router("/institutions", institutions)
api.add_router("", money)
api.add_router("/titles", titles)


@api.exception_handler(CityError)
def on_city_error(request: HttpRequest, problem: CityError) -> HttpResponse:
    answer = problem_json(problem)
    if "seconds" in problem.details and problem.status == 503:
        answer["Retry-After"] = str(problem.details["seconds"])
    return answer


@api.exception_handler(ValidationError)
def on_validation_error(request: HttpRequest, problem: ValidationError) -> HttpResponse:
    first = problem.errors[0] if problem.errors else {}
    field = ".".join(str(part) for part in first.get("loc", ())[1:]) or "body"
    return problem_json(InvalidInput(field=field, reason=first.get("msg", "")))


@api.exception_handler(Http404)
def on_not_found(request: HttpRequest, problem: Http404) -> HttpResponse:
    return problem_json(NotFound(what=request.path))


@api.exception_handler(HttpError)
def on_http_error(request: HttpRequest, problem: HttpError) -> HttpResponse:
    return problem_json(InvalidInput(field="body", reason=str(problem)))


@api.exception_handler(Exception)
def on_bug(request: HttpRequest, problem: Exception) -> HttpResponse:
    log.exception("%s %s", request.method, request.path)
    return problem_json(Broken())


def reference(request: HttpRequest) -> HttpResponse:
    """The API's reference, written from its OpenAPI document; no foreign script."""
    schema: dict[str, Any] = api.get_openapi_schema()
    operations = [
        {
            "method": method.upper(),
            "path": path,
            "summary": operation.get("summary", ""),
            "parameters": [
                {"name": given["name"], "in": given["in"], "required": given.get("required", False)}
                for given in operation.get("parameters", [])
            ],
            "body": _body(schema, operation),
        }
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    ]
    return render(request, "portal/api.html", {"operations": operations})


def _body(schema: dict[str, Any], operation: dict[str, Any]) -> list[dict[str, Any]]:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    name = content.get("$ref", "").rpartition("/")[2]
    properties = schema["components"]["schemas"].get(name, {}).get("properties", {})
    return [{"name": field, "type": shape.get("type", "object")} for field, shape in properties.items()]


def openapi(request: HttpRequest) -> JsonResponse:
    """The OpenAPI document."""
    return JsonResponse(api.get_openapi_schema())
