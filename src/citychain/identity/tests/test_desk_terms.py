"""Institutions are accredited, named, renewed and succeeded on their pages, from the form to the chain."""

import pytest

from citychain.chain import clock
from citychain.identity import queries
from citychain.identity.models import Institution

from .district import OTHER_BANK_ID, SUPERVISOR_ID
from .office import SPARE, YOUNG_BANK, YOUNG_BANK_ID, Office
from .office import office as office  # the fixture

pytestmark = [
    pytest.mark.django_db(databases=["default", "readmodel"]),
    pytest.mark.filterwarnings("ignore:No directory at"),
]
DAY = 86_400
NEW_ID = 8
#: The end of 31 December 2099 in the city.
END_OF_2099 = 4_102_415_999


def _young() -> Institution:
    return queries.institution(YOUNG_BANK_ID)


def test_accreditor_accredits_names_and_renews(office: Office) -> None:
    office.end_founding()
    assert office.buttons("overseer", SUPERVISOR_ID) == [
        *("accredit", "add-key", "change-scopes", "rotate-key", "remove-key"),
    ]
    new = {"kind": "bank", "chinese": "新芽银行", "english": "Sprout Bank", "web_page": "sprout.example.org"}
    said = office.sign("overseer", "accredit", SUPERVISOR_ID, until="2099-12-31", account=SPARE.address, **new)
    assert said == [
        "You accredit 新芽银行 · Sprout Bank (Bank). Supervisor answers for it from now on.",
        "It is valid until the end of 2099-12-31.",
        f"Its first key, {SPARE.address}, may sign everything for it.",
        "It may act after 2 days; until then a guardian can veto it.",
    ]
    row = queries.institution(NEW_ID)
    assert (row.name, row.web_page, row.kind) == ("新芽银行 · Sprout Bank", "https://sprout.example.org", "bank")
    assert (row.accredited_by, row.valid_from, row.valid_until) == (
        SUPERVISOR_ID,
        row.accredited_at + 2 * DAY,
        END_OF_2099,
    )
    office.sign("overseer", "describe", NEW_ID, chinese="春芽银行", english="", web_page="")
    row.refresh_from_db()
    assert (row.name, row.web_page) == ("春芽银行", "")
    office.sign("overseer", "renew", NEW_ID, until="2098-12-31")
    row.refresh_from_db()
    assert row.valid_until == END_OF_2099 - 365 * DAY


def test_term_that_ended_is_renewed_with_a_notice(office: Office) -> None:
    office.end_founding()
    office.sign("overseer", "renew", until=clock.local_time(clock.now() + 2 * DAY).date().isoformat())
    office.block(after=4 * DAY)
    assert office.sign("overseer", "renew", until="2099-12-31")[-2:] == [
        "Its term had ended.",
        "It may act after 2 days; until then a guardian can veto it.",
    ]
    assert _young().valid_from == office.district.now + 2 * DAY


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"kind": "court"}, "kind"),
        ({"chinese": "银" * 70}, "chinese"),
        ({"web_page": "not a page"}, "web_page"),
        ({"until": "2020-01-01"}, "until"),
        ({"account": YOUNG_BANK.address}, "account"),
    ],
)
def test_form_names_the_field_that_is_wrong(office: Office, wrong: dict[str, str], field: str) -> None:
    right = {"kind": "bank", "chinese": "新芽银行", "until": "2099-12-31", "account": SPARE.address}
    assert office.fill("overseer", "accredit", SUPERVISOR_ID, **{**right, **wrong}) == [field]


def test_bank_hands_its_duties_over(office: Office) -> None:
    assert office.buttons("peer") == []
    assert office.sign("banker", "offer-duties", to=str(OTHER_BANK_ID)) == [
        "You offer the duties of Young Bank to Other Bank.",
        "Other Bank can accept within 30 days, and then carries all duties of Young Bank, for good.",
    ]
    assert "The duties of Young Bank are offered to Other Bank" in office.page("judge")
    office.sign("banker", "withdraw-offer")
    assert (_young().offered_to, office.buttons("peer")) == (0, [])
    office.sign("banker", "offer-duties", to=str(OTHER_BANK_ID))
    assert office.buttons("peer") == ["accept-duties"]
    office.sign("peer", "accept-duties")
    assert (_young().state, _young().successor) == (Institution.State.SUCCEEDED, OTHER_BANK_ID)
    assert office.buttons("banker") == office.buttons("peer") == []


def test_duties_that_another_offers_wait_and_are_vetoed_or_accepted(office: Office) -> None:
    office.end_founding()
    office.sign("overseer", "suspend", reason="insolvent")
    waits = "It can accept after 2 days; until then a guardian can veto the offer."
    assert office.sign("overseer", "offer-duties", to=str(OTHER_BANK_ID))[-1] == waits
    assert (office.buttons("peer"), office.buttons("guardian")) == ([], ["veto"])
    vetoed = office.sign("guardian", "veto", reason="not its heir")
    assert vetoed[0] == "The offer of the duties of Young Bank to Other Bank ends."
    office.sign("council", "offer-duties", to=str(OTHER_BANK_ID))
    office.block(after=2 * DAY)
    assert office.buttons("peer") == ["accept-duties"]
    office.sign("peer", "accept-duties")
    assert _young().successor == OTHER_BANK_ID
