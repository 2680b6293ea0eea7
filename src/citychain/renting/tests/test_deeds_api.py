"""Deeds by API alone: prepared, signed by the registrar's own key, handed in with the request or not at all."""

from typing import Any

import pytest
from django.test import Client
from eth_account import Account

from citychain.chain.keys import Key
from citychain.identity.tests.district import COURT, REGISTRAR, District
from citychain.outbox.models import Request
from citychain.outbox.tests.city import CUSTOMERS
from citychain.outbox.tests.conftest import Workers
from citychain.renting import queries
from citychain.renting.models import Deed, Title
from citychain.renting.wording import USES

from .office import VILLAGE

pytestmark = [
    pytest.mark.django_db(databases=["default", "readmodel"]),
    pytest.mark.filterwarnings("ignore:No directory at"),
]
OWNER, BUYER, STRANGER = CUSTOMERS[:3]
WHOLE = [{"account": OWNER.address, "share": 10_000}]


@pytest.fixture
def office(district: District, workers: Workers) -> Workers:
    workers.block()
    return workers


def deed(number: int, **changes: Any) -> dict[str, Any]:
    home = {"village": VILLAGE, "use": "住宅", "area": 89_50, "address": f"{number}号楼", "number": f"第{number}号"}
    return {**home, **changes}


def post(path: str, body: dict[str, Any], key: str = "") -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    answer = Client(HTTP_ACCEPT_LANGUAGE="en").post(f"/api/deeds{path}", body, "application/json", headers=headers)
    return answer


def registration(count: int, signer: Key = REGISTRAR, **changes: Any) -> Any:
    homes = [{"deed": deed(number, **changes), "owners": WHOLE} for number in range(1, count + 1)]
    return post("/registrations/prepare", {"signer": signer.address, "homes": homes})


def signature(signer: Key, typed_data: dict[str, Any]) -> str:
    return "0x" + bytes(Account.from_key(signer.secret).sign_typed_data(full_message=typed_data).signature).hex()


def hand_in(
    prepared: Any, of_deeds: Key = REGISTRAR, of_request: Key = REGISTRAR, key: str = "", **changes: Any
) -> Any:
    assert prepared.status_code == 200, prepared.content.decode()
    asked = prepared.json()
    body = {
        "deeds": asked["deeds"],
        "document_signature": signature(of_deeds, asked["document"]),
        "request": asked["request"],
        "signature": signature(of_request, asked["typed_data"]),
    }
    return post("", {**body, **changes}, key)


def kept() -> tuple[int, int]:
    return Deed.objects.count(), Request.objects.count()


def test_registrar_registers_corrects_and_opens_a_transfer_by_api(office: Workers, district: District) -> None:
    assert registration(21).status_code == 400
    first = hand_in(registration(1))
    assert (first.status_code, first["Location"]) == (202, f"/api/requests/{first.json()['id']}")
    office.block()
    homes = [{"deed": deed(number), "owners": WHOLE} for number in range(2, 22)]
    many = post("/registrations/prepare", {"signer": REGISTRAR.address, "homes": homes})
    assert hand_in(many).status_code == 202
    office.block()
    assert (Title.objects.count(), kept()) == (21, (21, 2))
    correction = {"signer": REGISTRAR.address, "title": 1, "deed": deed(1, area=90_00), "reason": "area misread"}
    assert hand_in(post("/corrections/prepare", correction)).status_code == 202
    office.block()
    halves = [{"account": one.address, "share": 5_000} for one in (BUYER, STRANGER)]
    transfer = {"signer": REGISTRAR.address, "title": 1, "deed": deed(99), "deadline": district.now + 86_400}
    assert hand_in(post("/transfers/prepare", {**transfer, "owners": halves})).status_code == 202
    office.block()
    opened, title = queries.open_transfer(1), Title.objects.get(id=1)
    assert opened is not None
    assert (queries.deed(opened.commitment) or {})["number"] == "第99号"
    assert (queries.deed(title.commitment) or {})["area"] == 90_00
    assert [row.reason for row in Request.objects.all()] == [""] * 4


def test_court_orders_who_owns_a_home_by_api(office: Workers) -> None:
    assert hand_in(registration(1)).status_code == 202
    office.block()
    owners = [{"account": BUYER.address, "share": 10_000}]
    asked = {"signer": COURT.address, "title": 1, "deed": deed(9), "owners": owners, "case_number": "2026-9"}
    assert hand_in(post("/orders/prepare", asked), COURT, COURT).status_code == 202
    office.block()
    home = Title.objects.get()
    assert (home.holder, (queries.deed(home.commitment) or {})["number"]) == (BUYER.address, "第9号")


def test_deeds_handed_in_again_are_one_request(office: Workers) -> None:
    prepared = registration(2)
    answers = [hand_in(prepared, key="once") for _ in range(2)]
    office.block()
    answers.append(hand_in(prepared, key="once"))
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert kept() == (2, 1)
    again = hand_in(registration(2))
    assert (again.status_code, again.json()["field"]) == (400, "number")
    assert again.json()["detail"].count("第1号, 第2号") == 1


@pytest.mark.usefixtures("office")
def test_deed_and_request_are_kept_together_or_not_at_all() -> None:
    prepared = registration(2)
    asked = prepared.json()
    other = [{**asked["deeds"][0], "area": 1_000}, asked["deeds"][1]]
    refused = [
        hand_in(prepared, of_deeds=STRANGER),
        hand_in(prepared, of_request=STRANGER),
        hand_in(prepared, deeds=other),
        hand_in(prepared, deeds=asked["deeds"][:1]),
        hand_in(prepared, deeds=asked["deeds"][::-1]),
        hand_in(prepared, document_signature="0x"),
        hand_in(prepared, request={**asked["request"], "data": "0x447feb6c"}),
        hand_in(prepared, request={**asked["request"], "to": STRANGER.address}),
        hand_in(registration(1, STRANGER), STRANGER, STRANGER),
    ]
    assert [answer.json()["code"] for answer in refused] == [
        "wrong-document-signature",
        "wrong-signature",
        *["invalid-input"] * 3,
        "malformed-field",
        *["invalid-input"] * 2,
        "unknown-key",
    ]
    assert kept() == (0, 0)


@pytest.mark.usefixtures("office")
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"village": "130638100999"}, "homes.0.deed.village"),
        ({"use": "castle"}, "homes.0.deed.use"),
        ({"area": 0}, "homes.0.deed.area"),
        ({"address": "one\nline"}, "homes.0.deed.address"),
    ],
)
def test_what_is_wrong_in_a_deed_is_named(changes: dict[str, Any], field: str) -> None:
    answer = registration(1, **changes)
    assert (answer.status_code, answer.json()["field"].removeprefix("body.")) == (400, field)


def test_uses_of_the_api_are_those_of_the_form(office: Workers) -> None:
    assert [registration(1, use=use).status_code for use in USES] == [200] * len(USES)
