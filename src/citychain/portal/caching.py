"""Pages of records: what a reader has already is not sent again, and what somebody was just shown is not made again.

A page is made of the record as of the newest block, and of a few clocks. So it has the ETag of that block and of the
minute, in a language, for a browser (RFC 9110; its forms hold a token that fits the browser's cookie). A browser may
keep it and must ask each time whether it still holds; caches that several people share may not. As long as it holds,
the next reader gets the same page from this process's memory, with a nonce and a token of their own.

Danger: that is only right because a page without cookies is the same for everybody. Whoever is signed in sees what
others do not: such pages have no ETag, are made for each request, and are kept by nobody.
"""

import re
import secrets
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.middleware.csrf import get_token
from django.utils.cache import patch_vary_headers
from django.utils.crypto import salted_hmac
from django.utils.translation import get_language

from citychain.chain import clock
from citychain.indexer import queries as index

#: Names of the addresses of records, whosever part they are.
PAGES = {"account", "block", "institution", "title", "transaction"}
#: A page without other cookies than these is the same for everybody.
HARMLESS = {settings.CSRF_COOKIE_NAME, settings.LANGUAGE_COOKIE_NAME}
#: Seconds after which a page is made anew even without a new block, because of the clocks in it.
FRESH = 60
#: Pages that a process keeps, of some 15 kB each.
MOST_KEPT = 500
SALT = "citychain.page"
TOKEN = re.compile(rb'(?<=name="csrfmiddlewaretoken" value=")\w{64}(?=")')
#: What stands for a nonce and a token in a kept page; nobody can guess it into a record.
NONCE_MARK, TOKEN_MARK = (f"{name}-{secrets.token_hex(16)}".encode() for name in ("nonce", "token"))


class RecordPagesMiddleware:
    """Gives pages of records their ETag, 304 to whoever has it, and a kept page while it holds. The innermost one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self._kept: dict[tuple[str, str], tuple[str, bytes]] = {}

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        stamp = getattr(request, "_page_stamp", None)
        if stamp is not None and response.status_code in (200, 304):
            if response.status_code == 200 and self._kept.get(_address(request), ("",))[0] != stamp:
                self._keep(request, stamp, response)
            response["ETag"] = _etag(request, stamp)
            response["Cache-Control"] = "private, no-cache"
            patch_vary_headers(response, ["Cookie"])
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """An answer without the view, to what is the same for everybody; None for the view to answer."""
        match = request.resolver_match
        if match is None or match.view_name not in PAGES or request.method not in ("GET", "HEAD"):
            return None
        stamp = _stamp() if request.COOKIES.keys() <= HARMLESS else None
        if stamp is None:
            return None
        request._page_stamp = stamp  # type: ignore[attr-defined]
        if request.headers.get("If-None-Match", "").removeprefix("W/") == _etag(request, stamp):
            response = HttpResponseNotModified()
            # The browser goes on with the policy that came with the page: it names the nonce of its scripts.
            response._csp_exempt = True  # type: ignore[attr-defined]
            return response
        kept_at, page = self._kept.get(_address(request), ("", b""))
        return HttpResponse(_filled(request, page)) if kept_at == stamp else None

    def _keep(self, request: HttpRequest, stamp: str, response: HttpResponse) -> None:
        """Only what is no more than a page, at an address without parameters."""
        if (
            request.method != "GET"
            or request.META.get("QUERY_STRING")
            or set(response.headers) != {"Content-Type"}
            or response.cookies
        ):
            return
        if len(self._kept) >= MOST_KEPT:
            self._kept.clear()
        page = response.content.replace(_nonce(request), NONCE_MARK)
        self._kept[_address(request)] = stamp, TOKEN.sub(TOKEN_MARK, page)


def _address(request: HttpRequest) -> tuple[str, str]:
    return request.get_full_path(), get_language() or ""


def _filled(request: HttpRequest, page: bytes) -> bytes:
    return page.replace(NONCE_MARK, _nonce(request)).replace(TOKEN_MARK, get_token(request).encode())


def _nonce(request: HttpRequest) -> bytes:
    return str(request.csp_nonce).encode()  # type: ignore[attr-defined]


def _stamp() -> str | None:
    """Changes when any page may; None while nothing was read."""
    head = index.head()
    return f"{head.hash} {head.final} {head.stale_since} {clock.now() // FRESH}" if head.hash else None


def _etag(request: HttpRequest, stamp: str) -> str:
    """Of the page that this browser gets now; it tells nothing about the browser's cookie."""
    of_browser = f"{stamp} {get_language()} {request.META.get('CSRF_COOKIE', '')}"
    return f'"{salted_hmac(SALT, of_browser, algorithm="sha256").hexdigest()[:32]}"'
