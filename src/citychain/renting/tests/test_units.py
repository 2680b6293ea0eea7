"""From a contract's call to rows, pages and the API: what is let."""

import json
from typing import Any

import pytest
from django.test import Client

from citychain.chain.abi import Function, bytes32
from citychain.chain.bindings import Authority
from citychain.chain.keys import Key
from citychain.identity.tests.district import REGISTRAR, REGISTRAR_ID, District, events_of
from citychain.identity.tests.replay import Replay
from citychain.indexer.rows import Log
from citychain.outbox.tests.city import CUSTOMERS, DEPLOYER
from citychain.renting import units_queries
from citychain.renting.bindings import Titles, Units
from citychain.renting.units_models import Mandate, Occupation, Unit, UnitStep
from citychain.renting.units_projection import SUBSCRIPTIONS

pytestmark = [
    pytest.mark.django_db(databases=["default", "readmodel"]),
    pytest.mark.filterwarnings("ignore:No directory at"),
]
Row = dict[str, Any]
OWNER, AGENT = CUSTOMERS[:2]
TOWN, DEED, HOME, ROOM = 130638100, *("0x" + byte * 32 for byte in ("d1", "a1", "a2"))
#: What only contracts of leases may do to days (leases/apps.py).
DAYS_ROLE = 3
WHOLE, A_ROOM, LEASE, DAY, NOBODY = 1, 3, 7, 86_400, "0x" + "00" * 20
MODELS = [Unit, UnitStep, Mandate, Occupation]
#: Events of Units that make no row, and why.
IGNORED = {
    "Units.AuthorityUpdated": "a contract's authority is checked against the address book at every start",
    "Units.Retired": "everything stands as it is; what follows comes with a new address book",
    "Units.UnitsCreated": "says nothing but the address of Titles",
}


def do(district: District, by: Key, call: Function[Any]) -> Log:
    return district.done(by, district.book.address("Units"), call)


def declare(district: District) -> Log:
    """A home of one owner, and that it can be let as a whole."""
    district.act(DEPLOYER, district.authority, Authority.grantRole(DAYS_ROLE, DEPLOYER.address, 0))
    district.done(REGISTRAR, district.titles, Titles.register(TOWN, DEED, [Titles.Owner(OWNER.address, 10_000, True)]))
    return do(district, OWNER, Units.declareUnit(1, 0, WHOLE, HOME))


def unit(log: Log, **changes: Any) -> Row:
    """The first unit as it is declared, but for `changes`."""
    row = {
        "id": 1, "title": 1, "parent": 0, "head_lease": 0, "kind": "whole", "state": "declared", "occupants": 0,
        "commitment": HOME, "declared_by": OWNER.address, "declared_at": log.time, "registrar": 0, "confirmed_at": 0,
    }  # fmt: skip
    return {**row, **changes}


def found(number: int = 1) -> Row:
    return dict(Unit.objects.filter(id=number).values().get())


def step(log: Log, event: str, **detail: Any) -> Row:
    return {
        "id": log.id, "unit": 1, "event": event, "detail": json.dumps(detail, sort_keys=True), "time": log.time,
        "block": log.block, "tx": log.tx,
    }  # fmt: skip


def today(district: District) -> int:
    return (district.now + 8 * 3_600) // DAY


def test_unit_is_declared_and_confirmed_anew(district: District) -> None:
    declared = declare(district)
    district.read()
    assert found() == unit(declared)
    logs = [do(district, REGISTRAR, Units.confirmUnit(1, most)) for most in (4, 3)]
    district.read()
    row = unit(declared, state="confirmed", occupants=3, registrar=REGISTRAR_ID, confirmed_at=logs[1].time)
    assert found() == row
    terms = {"titleId": 1, "parent": 0, "headLeaseId": 0, "kind": WHOLE, "commitment": HOME, "by": OWNER.address}
    assert list(UnitStep.objects.order_by("id").values()) == [
        step(declared, "UnitDeclared", **terms),
        step(logs[0], "UnitConfirmed", registrar=REGISTRAR_ID, occupants=4),
        step(logs[1], "UnitConfirmed", registrar=REGISTRAR_ID, occupants=3),
    ]


@pytest.mark.parametrize(
    ("by", "call", "registrar", "reason"),
    [
        (OWNER, Units.withdrawUnit(1), 0, "0x" + "00" * 32),
        (REGISTRAR, Units.strikeUnit(1, bytes32("same room twice")), REGISTRAR_ID, "same room twice"),
    ],
)
def test_unit_is_withdrawn(district: District, by: Key, call: Function[Any], registrar: int, reason: str) -> None:
    declared = declare(district)
    log = do(district, by, call)
    district.read()
    assert found() == unit(declared, state="withdrawn")
    assert UnitStep.objects.order_by("id").values().last() == step(
        log, "UnitWithdrawn", registrar=registrar, reason=reason, by=by.address
    )
    assert units_queries.of_title(1) == []


def test_mandate_is_given_and_revoked(district: District) -> None:
    declare(district)
    until = district.now + 30 * DAY
    for scope in ("let", "list"):
        do(district, OWNER, Units.giveMandate(1, AGENT.address, bytes32(scope), until))
    do(district, OWNER, Units.revokeMandate(1, AGENT.address, bytes32("let")))
    district.read()
    assert Mandate.objects.values().get() == {
        "id": f"1:{OWNER.address}:{AGENT.address}:{bytes32('list')}", "title": 1, "owner": OWNER.address,
        "delegate": AGENT.address, "scope": "list", "valid_until": until,
    }  # fmt: skip


def test_lease_takes_days_and_gives_them_back(district: District) -> None:
    declare(district)
    do(district, REGISTRAR, Units.confirmUnit(1, 4))
    day = today(district)
    do(district, DEPLOYER, Units.occupy(1, LEASE, 0, NOBODY, day + 1, day + 366))
    district.read()
    row = {"id": "1:7", "unit": 1, "lease": LEASE, "head_lease": 0, "operator": NOBODY, "from_day": day + 1}
    assert list(Occupation.objects.values()) == [{**row, "to_day": day + 366}]
    do(district, DEPLOYER, Units.vacate(1, LEASE, day + 31))
    district.read()
    assert list(Occupation.objects.values()) == [{**row, "to_day": day + 31}]


def everything(district: District) -> None:
    """Each event at least once."""
    declare(district)
    day = today(district)
    for by, call in (
        (REGISTRAR, Units.confirmUnit(1, 4)),
        (OWNER, Units.declareUnit(1, 1, A_ROOM, ROOM)),
        (OWNER, Units.giveMandate(1, AGENT.address, bytes32("let"), district.now + DAY)),
        (OWNER, Units.revokeMandate(1, AGENT.address, bytes32("let"))),
        (DEPLOYER, Units.occupy(1, LEASE, 0, NOBODY, day + 1, day + 366)),
        (DEPLOYER, Units.vacate(1, LEASE, day + 31)),
        (OWNER, Units.withdrawUnit(2)),
    ):
        do(district, by, call)


def test_every_event_is_listened_to_or_left_out_for_a_reason(district: District) -> None:
    everything(district)
    assert sorted([*SUBSCRIPTIONS, *IGNORED]) == sorted(f"Units.{name}" for name in events_of("Units"))
    assert SUBSCRIPTIONS.keys() - {f"Units.{name}" for name in district.emitted("Units")} == set()


def test_rows_are_the_same_read_again(district: District, replay: Replay) -> None:
    everything(district)
    replay.read_again(MODELS)


def test_rows_undone_are_those_that_were(district: District, replay: Replay) -> None:
    everything(district)
    replay.undo(MODELS)


def test_rows_after_a_reorg_are_those_of_a_rebuild(district: District, replay: Replay) -> None:
    everything(district)
    replay.reorg(MODELS)


def test_api_tells_units_their_days_and_history(district: District) -> None:
    everything(district)
    district.read()
    http = Client(HTTP_ACCEPT_LANGUAGE="en")
    for query, ids in (({}, [2, 1]), ({"kind": "whole"}, [1]), ({"state": "withdrawn"}, [2]), ({"title": 2}, [])):
        assert [row["id"] for row in http.get("/api/units", query).json()["units"]] == ids
    told = http.get("/api/units/1").json()
    assert {name: told["unit"][name] for name in ("title", "kind", "state", "occupants", "registrar")} == {
        "title": 1, "kind": "whole", "state": "confirmed", "occupants": 4, "registrar": REGISTRAR_ID,
    }  # fmt: skip
    day = today(district)
    assert told["occupations"] == [{"lease": LEASE, "head_lease": 0, "from_day": day + 1, "to_day": day + 31}]
    events = ["UnitDeclared", "UnitConfirmed", "UnitOccupied", "UnitVacated"]
    assert [line["event"] for line in told["history"]] == events
    assert http.get("/api/units/9").json()["code"] == "no-such-unit"


def test_place_is_taken_by_a_lease_of_it_or_above_or_below() -> None:
    for number, parent in ((1, 0), (2, 1), (3, 2), (4, 1), (5, 0)):
        Unit.objects.create(
            id=number, title=1, parent=parent, head_lease=0, kind="room", state="confirmed", commitment=HOME,
            declared_by=OWNER.address, declared_at=0,
        )  # fmt: skip
    day = units_queries.today()
    taken = {"head_lease": 0, "operator": NOBODY}
    Occupation.objects.create(id="2:7", unit=2, lease=7, from_day=day, to_day=day + 1, **taken)
    Occupation.objects.create(id="4:8", unit=4, lease=8, from_day=day - 1, to_day=day, **taken)
    Occupation.objects.create(id="5:9", unit=5, lease=9, from_day=day + 1, to_day=day + 2, **taken)
    assert units_queries.taken_today(units_queries.of_title(1)) == {1, 2, 3}
