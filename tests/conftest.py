"""One city for all journeys, and a browser that sees it."""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .city import City
from .looking import Seen, look_at_all
from .pages import Tour, follow_links

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome") or shutil.which("chromium-browser")
VIEWPORTS = {"zh-hans": {"width": 390, "height": 844}, "en": {"width": 1440, "height": 900}}
SCHEMES = {"zh-hans": "dark", "en": "light"}
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All journeys share one city, so they run in one of pytest-xdist's processes; others name their own."""
    for item in items:
        if Path(__file__).parent in item.path.parents and item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group("city"))


@pytest.fixture(scope="session")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """A seeded city that runs; shared by all journeys."""
    running = City(tmp_path_factory.mktemp("city"))
    running.up()
    yield running
    running.down()


@pytest.fixture(scope="session")
def tour(city: City) -> Tour:
    """What following every link found."""
    return follow_links(city)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A real chromium; without one the journeys are skipped, unless CITYCHAIN_REQUIRE_ALL is set."""
    if CHROMIUM is None:
        message = "no chromium on this machine: install the package chromium to run the journeys"
        if os.environ.get("CITYCHAIN_REQUIRE_ALL") == "1":
            pytest.fail(message)
        pytest.skip(message)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield launched
        launched.close()


@pytest.fixture(params=["zh-hans", "en"])
def visitor(request: pytest.FixtureRequest, browser: Any, city: City) -> Any:
    """A page in one language, Chinese on a phone and English on a desk, that fails the test on a script error, a CSP
    violation or a third-party request."""
    yield from _watched(browser, city, request.param)


@pytest.fixture
def phone(browser: Any, city: City) -> Any:
    """Somebody else's page: Chinese, on a phone, watched alike."""
    yield from _watched(browser, city, "zh-hans")


@pytest.fixture
def device(visitor: Any) -> Iterator[None]:
    """A phone that knows its holder: Chromium's virtual authenticator."""
    session = visitor.context.new_cdp_session(visitor)
    session.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    options |= {"isUserVerified": True, "automaticPresenceSimulation": True}
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    yield
    session.detach()


def _watched(browser: Any, city: City, language: str) -> Iterator[Any]:
    page = _page(browser, city, language)
    page.language = language
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.on("request", lambda made: problems.append(made.url) if _foreign(made.url) else None)
    yield page
    page.context.close()
    assert problems == []


@pytest.fixture(scope="session", params=["zh-hans", "en"])
def walk(request: pytest.FixtureRequest, browser: Any, city: City, tour: Tour) -> Iterator[dict[str, Seen]]:
    """What every page looks like in one language, by reader and page."""
    page = _page(browser, city, request.param, color_scheme=SCHEMES[request.param], reduced_motion="reduce")
    yield look_at_all(page, city, tour, request.param)
    page.context.close()


def _page(browser: Any, city: City, language: str, **options: Any) -> Any:
    context = browser.new_context(viewport=VIEWPORTS[language], **options)
    context.add_cookies([{"name": "django_language", "value": language, "url": city.url}])
    return context.new_page()


def _foreign(url: str) -> bool:
    return not re.match(r"(http://localhost:\d+/|data:|blob:)", url)
