"""Officers in a browser: they open the forms on institutions' pages, read the summary and sign."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.test import Client

from citychain.chain import clock
from citychain.chain.bindings import Authority
from citychain.chain.council import GUARDIAN_ROLE
from citychain.chain.keys import Key
from citychain.identity import personas
from citychain.identity.bindings import Institutions
from citychain.identity.models import Persona, PersonaAccount
from citychain.outbox.models import Request
from citychain.outbox.tests.city import COUNCIL, DEPLOYER, key
from citychain.outbox.tests.conftest import Workers

from .district import COUNCIL_ID, COURT, COURT_ID, OTHER_BANK, OTHER_BANK_ID, SUPERVISOR, SUPERVISOR_ID, District

#: The bank that the supervisor has accredited, with the other one from the council its peer.
YOUNG_BANK_ID = 7
YOUNG_BANK, SPARE, GUARDIAN = key("young bank"), key("spare"), key("guardian")
OFFICERS: dict[str, tuple[Key, int]] = {
    "council": (COUNCIL, COUNCIL_ID),
    "overseer": (SUPERVISOR, SUPERVISOR_ID),
    "banker": (YOUNG_BANK, YOUNG_BANK_ID),
    "peer": (OTHER_BANK, OTHER_BANK_ID),
    "judge": (COURT, COURT_ID),
    "guardian": (GUARDIAN, 0),
}


@dataclass(frozen=True)
class Office:
    """The clock stands at the newest block, so that nothing depends on how long a test takes."""

    district: District
    workers: Workers

    def block(self, after: int = 0) -> None:
        """What waits is carried out and read, `after` seconds later than the block before."""
        self.workers.block(time=self.district.now + after if after else None)
        clock.simulate(self.district.now)

    def end_founding(self) -> None:
        self.district.done(COUNCIL, self.district.institutions, Institutions.endFounding())
        self.block()

    def page(self, officer: str, path: str = "") -> str:
        """An institution's page, the young bank's by default, as its officer reads it."""
        return _browser(officer).get(path or f"/institutions/{YOUNG_BANK_ID}/").content.decode()

    def buttons(self, officer: str, institution: int = YOUNG_BANK_ID) -> list[str]:
        page = self.page(officer, f"/institutions/{institution}/")
        return re.findall(rf'href="/institutions/{institution}/([a-z-]+)/"', page)

    def fill(self, officer: str, act: str, institution: int = YOUNG_BANK_ID, /, **typed: str | list[str]) -> list[str]:
        """The names of the fields that the form refuses."""
        page = _browser(officer).post(f"/institutions/{institution}/{act}/", {"act": "1", **typed})
        assert page.status_code == 422
        return list(page.context["form"].errors)

    def sign(self, officer: str, act: str, institution: int = YOUNG_BANK_ID, /, **typed: str | list[str]) -> list[str]:
        """Fills the form in, signs its summary and waits for the block. Returns what the summary says."""
        browser = _browser(officer)
        summary = browser.post(f"/institutions/{institution}/{act}/", {"act": "1", **typed})
        token = re.search(r'name="token" value="([^"]+)"', summary.content.decode())
        assert token is not None, summary.content.decode()
        answer = browser.post("/sign/", {"token": token[1]})
        assert answer.status_code == 302, answer.content.decode()
        self.block()
        assert Request.objects.order_by("-created", "-nonce")[0].reason == ""
        said = [*summary.context["sentences"], summary.context["warning"]]
        return [sentence for sentence in said if sentence]


def _browser(officer: str) -> Client:
    browser = Client(HTTP_ACCEPT_LANGUAGE="en")
    browser.post("/act-as/", {"persona": officer})
    return browser


@pytest.fixture
def office(district: District, workers: Workers, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """The supervisor has accredited a bank; everybody has an officer, and the city a guardian."""
    for index, (name, (held, institution)) in enumerate(OFFICERS.items()):
        officer = Persona.objects.create(
            id=name, name_zh=name, name_en=name.title(), role_zh="官员", role_en="Officer", institution=institution
        )
        PersonaAccount.objects.create(address=held.address, persona=officer, purpose="office", index=index)
    keys = [held for held, _institution in OFFICERS.values()]
    monkeypatch.setattr(personas, "derive", lambda index: keys[index])
    district.accredit(SUPERVISOR, "bank", "Young Bank", YOUNG_BANK)
    veto = "0x" + Institutions.veto.selector.hex()
    opened = Authority.setTargetFunctionRole(target=district.institutions, selectors=[veto], roleId=GUARDIAN_ROLE)
    district.done(DEPLOYER, district.authority, opened)
    named = Authority.grantRole(roleId=GUARDIAN_ROLE, account=GUARDIAN.address, executionDelay=0)
    district.done(DEPLOYER, district.authority, named)
    found = Office(district, workers)
    found.block()
    yield found
    clock.simulate(None)
