"""What the parties of a title sign, each on their own page, from the form to the chain."""

import datetime
from typing import Any

import pytest

from citychain.chain.clock import local_time
from citychain.identity.models import PersonaAccount
from citychain.identity.tests.district import COURT, District
from citychain.outbox.tests.conftest import Workers
from citychain.portal import places
from citychain.renting import queries, waiting
from citychain.renting.models import Deed, Title, TitleStep

from .office import DEED, VILLAGE, acting_as, buttons, people, sign

pytestmark = [
    pytest.mark.django_db(databases=["default", "readmodel"]),
    pytest.mark.filterwarnings("ignore:No directory at"),
]


@pytest.fixture
def home(district: District, workers: Workers, monkeypatch: pytest.MonkeyPatch) -> Title:
    """Title 1, which belongs to Wang alone, on a district read up to its head."""
    people(monkeypatch)
    workers.block()
    sign("zhao", "/titles/register/", workers, **DEED, owner="wang", second_owner="", second_share="")
    return Title.objects.get()


def _in(district: District, days: int) -> str:
    return (local_time(district.now).date() + datetime.timedelta(days=days)).isoformat()


def _waiting() -> dict[str, list[int]]:
    names = ("wang", "li", "sun", "banker", "zhao")
    own = {name: list(PersonaAccount.objects.filter(persona=name).values_list("address", flat=True)) for name in names}
    return {name: [row.id for row in waiting.waiting_for(accounts)] for name, accounts in own.items()}


def _events() -> list[str]:
    return list(TitleStep.objects.order_by("id").values_list("event", flat=True))


def test_mortgaged_home_passes_when_everybody_agreed(home: Title, district: District, workers: Workers) -> None:
    mortgage = {"bank": "2", "reference": "2026-88", "last_day": _in(district, 900)}
    sign("zhao", "/titles/1/mortgage/", workers, **mortgage)
    opened = {"owner": "li", "second_owner": "sun", "second_share": "25", "number": "冀（2026）第2号"}
    summary = sign("zhao", "/titles/1/open-transfer/", workers, **opened, deadline=_in(district, 20))
    assert "Title No. 1 is to pass to Li · li (75 %) and Sun · sun (25 %)." in summary
    assert _waiting() == {"wang": [1], "li": [1], "sun": [1], "banker": [1], "zhao": []}
    assert {name: buttons(name) for name in ("wang", "banker", "judge")} == {
        "wang": ["consent", "cancel-transfer", "declare-unit"],
        "banker": ["agree", "release-mortgage"],
        "judge": ["seize", "order-ownership", "order-mortgage-release"],
    }
    for name in ("wang", "li", "sun"):
        sign(name, "/titles/1/consent/", workers)
    sign("banker", "/titles/1/agree/", workers, burden="1")
    assert _waiting() == {"wang": [], "li": [], "sun": [], "banker": [], "zhao": [1]}
    page = acting_as("li").get("/titles/1/").content.decode()
    assert (page.count(">agreed<"), page.count(">not yet<")) == (4, 0)
    summary = sign("zhao", "/titles/1/complete/", workers)
    assert "gets 75 % of title No. 1." in summary
    home.refresh_from_db()
    deed = queries.deed(home.commitment)
    assert deed is not None
    assert (deed["number"], deed["address"], home.version) == ("冀（2026）第2号", DEED["address"], 2)
    assert [(owner.share, owner.version) for owner in queries.owners(home)] == [(7_500, 2), (2_500, 2)]
    sign("banker", "/titles/1/release-mortgage/", workers, burden="1")
    assert _events() == [
        "TitleRegistered",
        "MortgageRecorded",
        "TransferOpened",
        "TransferConsented",
        "TransferConsented",
        "TransferConsented",
        "MortgageeConsented",
        "TitleTransferred",
        "MortgageReleased",
    ]


def test_seizure_stops_a_transfer_until_its_court_lifts_it(home: Title, district: District, workers: Workers) -> None:
    opened = {"owner": "li", "second_owner": "", "second_share": "", "number": "2", "deadline": _in(district, 20)}
    sign("zhao", "/titles/1/open-transfer/", workers, **opened)
    sign("judge", "/titles/1/seize/", workers, case_number="2026-17", last_day=_in(district, 30))
    sign("judge", "/titles/1/extend-seizure/", workers, burden="1", last_day=_in(district, 60))
    sign("wang", "/titles/1/consent/", workers)
    sign("li", "/titles/1/consent/", workers)
    assert buttons("zhao") == ["cancel-transfer"]
    orders = ["order-ownership", "order-reversal"]
    assert buttons("judge") == ["seize", "extend-seizure", "release-seizure", *orders]
    sign("judge", "/titles/1/release-seizure/", workers, burden="1")
    assert buttons("zhao") == ["complete", "cancel-transfer", "mortgage", "correct", "reverse"]
    sign("wang", "/titles/1/cancel-transfer/", workers)
    assert buttons("wang") == ["declare-unit"]
    assert _events()[1:] == [
        "TransferOpened",
        "SeizureOrdered",
        "SeizureExtended",
        "TransferConsented",
        "TransferConsented",
        "SeizureReleased",
        "TransferCancelled",
    ]


def test_registrar_corrects_and_undoes_its_own_registration(home: Title, workers: Workers) -> None:
    form = acting_as("zhao").get("/titles/1/correct/").content.decode()
    assert f'value="{DEED["address"]}"' in form
    assert 'value="89.5"' in form
    summary = sign("zhao", "/titles/1/correct/", workers, **{**DEED, "area": "98.5"}, reason="area misread")
    assert "98.50 m²" in summary
    home.refresh_from_db()
    corrected: dict[str, Any] = queries.deed(home.commitment) or {}
    assert (corrected["area"], home.version, Deed.objects.count()) == (9850, 2, 2)
    sign("zhao", "/titles/1/reverse/", workers, reason="registered twice")
    home.refresh_from_db()
    assert (home.state, buttons("zhao"), buttons("judge")) == ("cancelled", [], [])


def test_court_orders_who_owns_a_home_and_that_its_registration_be_undone(
    home: Title, district: District, workers: Workers
) -> None:
    mortgage = {"bank": "2", "reference": "2026-88", "last_day": _in(district, 900)}
    sign("zhao", "/titles/1/mortgage/", workers, **mortgage)
    opened = {"owner": "sun", "number": "2", "deadline": _in(district, 20)}
    sign("zhao", "/titles/1/open-transfer/", workers, **opened)
    judgment = {**DEED, "number": "冀（2026）执行第9号", "case_number": "2026-9"}
    elsewhere = next(
        one.code for town in places.towns() for one in places.villages(town.code) if town.code != VILLAGE[:9]
    )
    refused = acting_as("judge").post("/titles/1/order-ownership/", {**judgment, "owner": "li", "village": elsewhere})
    assert refused.status_code == 422
    shares = {"owner": "li", "second_owner": "wang", "second_share": "40"}
    summary = sign("judge", "/titles/1/order-ownership/", workers, **judgment, **shares)
    assert "belongs to Li · li (60 %) and Wang · wang (40 %), whoever owns it now." in summary
    assert "Another order can name other owners; this one stays in sight." in summary
    home.refresh_from_db()
    deed = Deed.objects.get(commitment=home.commitment)
    assert (deed.registrar, (queries.deed(home.commitment) or {})["number"]) == (COURT.address, judgment["number"])
    assert [owner.share for owner in queries.owners(home)] == [6_000, 4_000]
    assert queries.open_transfer(1) is None
    assert "order-reversal" not in buttons("judge")
    summary = sign("judge", "/titles/1/order-mortgage-release/", workers, burden="1", case_number="2026-9")
    assert "The court ends the mortgage of Bank on title No. 1 in its place." in summary
    summary = sign("judge", "/titles/1/order-reversal/", workers, case_number="2026-9")
    assert "Nobody owns anything by it from then on." in summary
    home.refresh_from_db()
    assert home.state == "cancelled"
    assert _events()[3:] == [
        "TransferCancelled",
        "OwnershipOrdered",
        "MortgageReleased",
        "RegistrationReversed",
    ]
    assert "2026-9" in acting_as("wang").get("/titles/1/").content.decode()


REFUSED: list[tuple[str, str, dict[str, str], int]] = [
    ("wang", "mortgage", {}, 403),
    ("banker", "seize", {}, 403),
    ("li", "consent", {}, 403),
    ("zhao", "seize", {}, 403),
    ("zhao", "complete", {}, 403),
    ("zhao", "order-ownership", {}, 403),
    ("judge", "order-mortgage-release", {}, 403),
    ("judge", "order-reversal", {"case_number": ""}, 422),
    ("judge", "seize", {"case_number": "法", "last_day": "2999-01-01"}, 422),
    ("zhao", "mortgage", {"bank": "3", "reference": "r", "last_day": "1999-01-01"}, 422),
    ("zhao", "open-transfer", {"owner": "li", "number": "2", "deadline": "1999-01-01"}, 422),
    ("zhao", "correct", {**DEED, "area": "0", "reason": "x"}, 422),
]


@pytest.mark.usefixtures("home")
def test_act_is_refused_before_anything_is_signed() -> None:
    answers = [
        (name, act, typed, acting_as(name).post(f"/titles/1/{act}/", {"act": "1", **typed}).status_code)
        for name, act, typed, _status in REFUSED
    ]
    assert answers == REFUSED
    assert Deed.objects.count() == 1
