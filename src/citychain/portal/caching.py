"""Pages of records: what a reader has already is not sent again (ETag and If-None-Match, RFC 9110).

A page is made of the record as of the newest block, and of a few clocks. So it has the ETag of that block and of the
minute, in a language, for a browser (its forms hold a token that fits the browser's cookie). Browsers may keep it and
must ask each time whether it still holds; caches that several people share may not. Whoever is signed in sees what
others do not: such pages have no ETag and are kept by nobody.
"""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import connections
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.crypto import salted_hmac
from django.utils.translation import get_language

from citychain.chain import clock
from citychain.indexer.router import READ_ALIAS

#: Names of the addresses of records, whosever part they are.
PAGES = {"account", "block", "institution", "title", "transaction"}
#: A page without one of these cookies is the same for everybody.
HARMLESS = {settings.CSRF_COOKIE_NAME, settings.LANGUAGE_COOKIE_NAME}
#: Seconds after which a page is made anew even without a new block, because of the clocks in it.
FRESH = 60
SALT = "citychain.page"


class RecordPagesMiddleware:
    """Gives pages of records their ETag, and 304 to whoever has it. The innermost one: only the view is behind it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        stamp = getattr(request, "_page_stamp", None)
        if stamp is not None and response.status_code in (200, 304):
            response["ETag"] = _etag(request, stamp)
            response["Cache-Control"] = "private, no-cache"
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """Whether the page is one of a record that is the same for everybody, and known already."""
        match = request.resolver_match
        if match is None or match.url_name not in PAGES or request.method not in ("GET", "HEAD"):
            return None
        stamp = _stamp() if request.COOKIES.keys() <= HARMLESS else None
        if stamp is None:
            return None
        request._page_stamp = stamp  # type: ignore[attr-defined]
        if request.headers.get("If-None-Match", "").removeprefix("W/") != _etag(request, stamp):
            return None
        response = HttpResponseNotModified()
        # The browser goes on with the policy that came with the page: it names the nonce of its scripts.
        response._csp_exempt = True  # type: ignore[attr-defined]
        return response


def _stamp() -> str | None:
    """Changes when any page may; None while nothing was read."""
    with connections[READ_ALIAS].cursor() as cursor:
        cursor.execute("SELECT head_hash, final, stale_since FROM indexer_progress WHERE id = 1")
        head = cursor.fetchone()
    return head and f"{head} {clock.now() // FRESH}"


def _etag(request: HttpRequest, stamp: str) -> str:
    """Of the page that this browser gets now; it tells nothing about the browser's cookie."""
    of_browser = f"{stamp} {get_language()} {request.META.get('CSRF_COOKIE', '')}"
    return f'"{salted_hmac(SALT, of_browser, algorithm="sha256").hexdigest()[:32]}"'
