"""Every page there is: what links reach for each kind of reader, and what no link shows.

One list for the tests of layout, accessibility and links, and for the pictures in docs/screens. A page that is linked
from another is found by itself; one that is not is named in UNLINKED, or in NO_PAGE with the reason.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urldefrag, urljoin, urlsplit

import httpx
from django.urls import Resolver404, URLPattern, URLResolver, get_resolver, resolve

from .city import City

#: Who reads: nobody signed in, a resident, a registrar, a bank, a court, an operator who audits, an officer.
READERS = ("", "r007", "registry-xiong", "lake-bank", "court", "auditor", "officer-1")
#: How many links are followed one after another from the city home, and pages of one kind that a reader opens.
DEPTH, EACH = 3, 3

#: Pages that no link leads to: kind, reader, address.
UNLINKED = (
    ("search", "", "/search/?q=%E9%93%B6%E8%A1%8C"),
    ("passkey-lost", "", "/passkeys/lost/"),
    ("passkey-wards", "r007", "/passkeys/wards/"),
    ("refusals", "", "/errors/"),
    ("exports", "", "/exports/"),
    ("search", "auditor", "/search/?q=Titles"),
    ("institution-act", "lake-bank", "/institutions/6/add-key/"),
    ("proposals", "officer-1", "/proposals/"),
)
#: Pages that no link leads to and whose own links are not followed: refusals and examples.
LEAVES = (
    ("not-found", "", "/titles/999999999/"),
    ("not-signed-in", "", "/requests/"),
    ("styleguide", "r007", "/portal/styleguide/"),
)
#: Addresses that answer with no page of their own, and why.
NO_PAGE = {
    "act-as": "a form's target",
    "activity-figures": "a file",
    "api-key-make": "a form's target",
    "api-key-revoke": "a form's target",
    "descriptor": "JSON for wallets",
    "export": "a file",
    "health": "a word for balancers",
    "home-act": "only for who offered a home: renting/tests/test_homes.py",
    "home-offer": "only for who lets a home: renting/tests/test_homes.py",
    "lease-application": "a form's target",
    "lease-calendar-feed": "a file",
    "lease-certificate": "a file",
    "lease-history-prepare": "JSON for wallets and passkeys",
    "lease-history-sign": "a form's target",
    "lease-offer": "only while an offer is open: test_lease.py",
    "lease-offer-prepare": "JSON for wallets and passkeys",
    "lease-offer-sign": "a form's target",
    "lease-photo": "a picture",
    "lease-repaired": "a form's target",
    "lease-write": "only for who lets a home: test_lease.py",
    "live": "parts of pages",
    "metrics": "for Prometheus",
    "operator-log": "a file",
    "passkey": "only with a passkey: test_passkey.py",
    "passkey-guardians": "only with a passkey: test_passkey.py",
    "passkey-new": "JSON for passkey.js",
    "passkey-opened": "only with a passkey: test_passkey.py",
    "passkey-signed-veto": "only while an account is being restored: identity/tests",
    "passkey-veto": "only with a passkey: test_passkey.py",
    "passkey-veto-challenge": "JSON for passkey.js",
    "proposal": "only once officers proposed something: test_officers.py",
    "proposal-prepare": "JSON for wallet.js",
    "proposals-enter": "a form's target",
    "set_language": "a form's target",
    "sign": "a form's target; the summary before it is among the forms below",
    "sign-in-message": "JSON for wallet.js",
    "sign-in-passkey": "JSON for passkey.js",
    "sign-in-passkey-message": "JSON for passkey.js",
    "sign-ins": "only with a wallet: test_wallet.py",
    "sign-prepare": "JSON for wallet.js",
    "title-file": "only after a file was confirmed: test_titles_file.py",
    "title-file-rest": "a form's target",
    "title-file-sign": "a form's target",
    "title-file-template": "a file",
    "titles-map": "JSON for the map",
    "webhook": "a webhook of one's own: programs/tests",
    "webhook-add": "a form's target",
}


@dataclass(frozen=True)
class Visit:
    """A page as one reader opens it; `kind` is the name of its URL."""

    kind: str
    reader: str
    path: str


@dataclass
class Tour:
    """What following links found: one visit for each kind of page, and what is wrong with links."""

    visits: dict[str, Visit] = field(default_factory=dict)
    broken: dict[str, str] = field(default_factory=dict)

    def all(self) -> list[Visit]:
        """Each kind once, then the pages that no link leads to; one reader after another."""
        unlinked = [Visit(*row) for row in UNLINKED + LEAVES]
        named = {visit.kind for visit in unlinked}
        found = [visit for visit in self.visits.values() if visit.kind not in named]
        return sorted(found + unlinked, key=lambda visit: READERS.index(visit.reader))


class _Page(HTMLParser):
    """The links and the ids of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if tag == "a" and name == "href" and value is not None:
                self.links.append(value)
            if name == "id" and value:
                self.ids.add(value)


def kind_of(path: str) -> str:
    """The name of the URL; "" for what the portal does not serve."""
    try:
        return resolve(urlsplit(path).path).url_name or ""
    except Resolver404:
        return ""


def kinds() -> set[str]:
    """The names of all URLs but those of the API."""
    return {name for name, route in _patterns(get_resolver()) if name and not re.match(r"api/(?!docs)", route)}


def _patterns(resolver: URLResolver, before: str = "") -> Iterator[tuple[str | None, str]]:
    for found in resolver.url_patterns:
        route = before + str(found.pattern)
        if isinstance(found, URLPattern):
            yield found.name, route
        else:
            yield from _patterns(found, route)


def follow_links(city: City) -> Tour:
    """Follows links as each reader, from the city home to DEPTH; of one kind with the same filters EACH pages."""
    tour = Tour()
    for reader in READERS:
        with httpx.Client(base_url=city.url, timeout=60, follow_redirects=True) as http:
            if reader:
                sign_in(http, reader)
            _follow(http, reader, tour)
    return tour


def sign_in(http: httpx.Client, persona: str) -> None:
    """Acts as a persona of the sandbox from now on."""
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', http.get("/").text)
    assert token is not None
    body = {"persona": persona, "next": "/", "csrfmiddlewaretoken": token[1]}
    assert http.post("/act-as/", data=body, headers={"Origin": str(http.base_url).rstrip("/")}).status_code == 200


def _follow(http: httpx.Client, reader: str, tour: Tour) -> None:
    opened: dict[str, _Page | None] = {}
    counts: dict[tuple[str, ...], int] = {}
    wanted, anchors = [(path, "") for path in ("/", *(path for _kind, by, path in UNLINKED if by == reader))], []
    for _depth in range(DEPTH + 1):
        following = []
        for path, source in wanted:
            group = (kind_of(path), *sorted(name for name, _value in parse_qsl(urlsplit(path).query)))
            if path in opened or counts.get(group, 0) == EACH:
                continue
            counts[group] = counts.get(group, 0) + 1
            opened[path] = page = _open(http, path, reader, source, tour)
            for link in page.links if page else []:
                target, anchor = urldefrag(urljoin(path, link))
                if not urlsplit(target).netloc:
                    following.append((target, path))
                    anchors += [(target, anchor, path)] if anchor else []
        wanted = following
    for target, anchor, source in anchors:
        found = opened.get(target)
        if found and anchor not in found.ids:
            tour.broken[f"{reader}: {source}"] = f"{target} has no #{anchor}"


def _open(http: httpx.Client, path: str, reader: str, source: str, tour: Tour) -> _Page | None:
    """The page behind a link; None for a file."""
    answer = http.get(path)
    if answer.status_code >= 400 and answer.status_code != httpx.codes.UNAUTHORIZED:  # that page asks to sign in
        tour.broken[f"{reader}: {source}"] = f"{path} answers {answer.status_code}"
        return None
    if not answer.headers["Content-Type"].startswith("text/html"):
        return None
    kind = kind_of(path)
    if kind not in NO_PAGE and answer.is_success:
        tour.visits.setdefault(kind, Visit(kind, reader, path))
    return _Page(answer.text)
