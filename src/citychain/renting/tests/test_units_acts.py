"""What can be let, by its forms: owners declare and withdraw it, the registrar confirms it and strikes it out."""

import pytest

from citychain.chain import clock
from citychain.identity.tests.district import REGISTRAR_ID, District
from citychain.outbox.tests.conftest import Workers
from citychain.renting import units_services
from citychain.renting.tests.office import acting_as, buttons, sign
from citychain.renting.units_models import Unit, UnitDescription

from .rows import text_of
from .test_acts import home as home

pytestmark = [
    pytest.mark.django_db(databases=["default", "readmodel"]),
    pytest.mark.filterwarnings("ignore:No directory at"),
    pytest.mark.usefixtures("home"),
]


def _states() -> list[tuple[str, int, str, int]]:
    return list(Unit.objects.order_by("id").values_list("kind", "parent", "state", "occupants"))


def _part(name: str, **typed: str) -> int:
    page = acting_as(name).post("/titles/1/declare-unit/", {"act": "1", "description": "bed by the door", **typed})
    return page.status_code


def test_home_is_declared_confirmed_and_withdrawn_by_forms(district: District, workers: Workers) -> None:
    declared = {"kind": "whole", "parent": "0", "description": "all rooms"}
    summary = sign("wang", "/titles/1/declare-unit/", workers, **declared)
    assert "You declare that this can be let under title No. 1: The whole home (all rooms)." in summary
    sign("wang", "/titles/1/declare-unit/", workers, kind="room", parent="1", description="north room")
    assert buttons("wang") == ["declare-unit", "withdraw-unit"]
    assert "north room" in text_of(acting_as("zhao").get("/titles/1/confirm-unit/"))
    summary = sign("zhao", "/titles/1/confirm-unit/", workers, unit="1", occupants="4")
    assert "At most 4 people may live there." in summary
    assert _states() == [("whole", 0, "confirmed", 4), ("room", 1, "declared", 0)]
    shown = text_of(acting_as("judge").get("/titles/1/"))
    assert ("can be let" in shown, "waits for the registrar" in shown, "4 people" in shown) == (True, True, True)
    assert "north room" not in shown
    tried = [_part("wang", kind=kind, parent=parent) for kind, parent in (("flat", "2"), ("room", "2"), ("bed", "2"))]
    assert tried == [422, 422, 200]
    sign("wang", "/titles/1/withdraw-unit/", workers, unit="2")
    sign("zhao", "/titles/1/strike-unit/", workers, unit="1", reason="not a home")
    assert _states() == [("whole", 0, "withdrawn", 4), ("room", 1, "withdrawn", 0)]
    assert Unit.objects.get(id=1).registrar == REGISTRAR_ID
    assert acting_as("li").get("/titles/1/declare-unit/").status_code == 403
    assert UnitDescription.objects.count() == 2
    assert units_services.purge_descriptions() == 0
    UnitDescription.objects.update(created=clock.now() - 91 * 86_400)
    assert units_services.purge_descriptions() == 2
