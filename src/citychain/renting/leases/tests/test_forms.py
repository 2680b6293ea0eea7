"""The life of leases by the forms of the portal alone: what each is offered, fills in and signs, on a real chain."""

from typing import Any

import pytest

from citychain.chain import clock
from citychain.chain.keys import Key
from citychain.identity.tests.district import COURT, District
from citychain.outbox.tests.city import BANK, STRANGER
from citychain.renting.leases import queries, schedule
from citychain.renting.leases.forms import ACTS, Case, offered, signer_of
from citychain.renting.leases.models import Lease

from .world import ADJUDICATOR, CITYS, DEPOSIT, HEIR, LATE_FEE, OWNER, RENT, TENANT, Letting

pytestmark = pytest.mark.django_db(databases=["default", "readmodel"])


@pytest.fixture
def letting(district: District) -> Letting:
    return Letting(district)


def look(letting: Letting, by: Key, lease: int = 1) -> Case:
    """The lease as somebody sees it now."""
    letting.district.read()
    clock.simulate(letting.district.now)
    return Case(queries.lease(lease), [by.address])


def names(letting: Letting, by: Key, lease: int = 1) -> list[str]:
    return [name for name, _title in offered(look(letting, by, lease))]


def act(letting: Letting, by: Key, name: str, lease: int = 1, **data: Any) -> None:
    """Somebody fills a form in, reads it in sentences, and signs."""
    case = look(letting, by, lease)
    assert signer_of(name, case) == by.address, name
    form = ACTS[name]({**data}, case=case, signer=by.address)
    assert form.is_valid(), form.errors
    found = form.act()
    assert all(form.sentences())
    for paper in form.papers():
        paper.save(force_insert=True)
    letting.district.done(by, found.target, found.function)


def day(number: int) -> str:
    return schedule.to_date(number).isoformat()


def begin(letting: Letting) -> None:
    letting.conclude()
    act(letting, TENANT, "allow")
    act(letting, TENANT, "fund")
    act(letting, OWNER, "handover", report="墙面完好", water="12")
    act(letting, TENANT, "handover", same="on")
    letting.go_to(letting.today + 1)


def test_lease_begins_and_rent_is_paid_and_pays_itself(letting: Letting) -> None:
    begin(letting)
    row = look(letting, TENANT).row
    assert (row.state, row.held, row.covered) == (Lease.State.RUNNING, DEPOSIT, row.first_rent)
    act(letting, TENANT, "allow-rent", amount="3000")
    act(letting, TENANT, "mandate", most="300")
    letting.go_to(letting.today + 40)
    assert "pay-rent" in names(letting, TENANT)
    act(letting, TENANT, "pay-rent", amount="100")
    act(letting, TENANT, "revoke-mandate")
    act(letting, OWNER, "credit", kind="repair", amount="12.34", reason="水龙头")
    rent = queries.rent(look(letting, TENANT).row)
    assert queries.lease(1).covered == row.first_rent + 10_000 + 1_234
    form = ACTS["pay-rent"]({"amount": str(rent.payable)}, case=look(letting, TENANT), signer=TENANT.address)
    assert not form.is_valid() and "amount" in form.errors


def test_late_fee_is_claimed_contested_decided_and_paid(letting: Letting) -> None:
    begin(letting)
    letting.go_to(letting.today + 80)
    late = [one.number for one, covered in queries.rent(look(letting, OWNER).row).months if covered < one.amount]
    act(letting, OWNER, "claim-fee", month=late[0], amount=f"{LATE_FEE / 100}")
    act(letting, TENANT, "contest-fee", month=late[0], reason="银行停机")
    assert "decide-fee" in names(letting, ADJUDICATOR)
    act(letting, ADJUDICATOR, "decide-fee", month=late[0], amount="5", reason="部分成立")
    act(letting, TENANT, "allow-rent", amount="900")
    act(letting, TENANT, "pay-fee", month=late[0])
    assert queries.late_fees(1)[late[0]].state == "decided"
    letting.district.read()
    assert queries.late_fees(1)[late[0]].state == "paid"


def test_notice_agreement_and_extension(letting: Letting) -> None:
    begin(letting)
    end, later = letting.today + 60, letting.today + 300
    act(letting, OWNER, "extend", day=day(later))
    assert {"agree", "extend", "notice", "end", "demand"} <= set(names(letting, TENANT))
    [one] = look(letting, TENANT).agreements
    act(letting, TENANT, "agree", what=one.what)
    assert look(letting, TENANT).row.to_day == later + 1
    act(letting, TENANT, "end", day=day(end))
    [one] = look(letting, TENANT).agreements
    act(letting, TENANT, "take-back", what=one.what)
    act(letting, TENANT, "notice", day=day(end))
    row = look(letting, TENANT).row
    assert (row.to_day, row.way) == (end + 1, "notice")


def test_termination_is_demanded_notified_contested_and_decided(letting: Letting) -> None:
    begin(letting)
    act(letting, OWNER, "demand", breach="转租他人", days=15)
    assert not look(letting, STRANGER).trusted
    letting.go_to(letting.today + 16)
    act(letting, OWNER, "terminate", day=day(letting.today + 40), reason="未改正")
    assert {"accept", "contest"} <= set(names(letting, TENANT))
    act(letting, TENANT, "contest", reason="没有转租")
    letting.go_to(letting.today + 16)
    assert look(letting, ADJUDICATOR).trusted
    act(letting, ADJUDICATOR, "decide", whose="landlord", reasons="证据不足")
    case = look(letting, OWNER)
    assert (case.demands, case.running) == ({}, True)
    act(letting, OWNER, "demand", breach="转租他人", days=15)
    act(letting, OWNER, "withdraw-demand")


def test_deposit_is_claimed_accepted_contested_and_decided(letting: Letting) -> None:
    begin(letting)
    act(letting, COURT, "order-end", case_number="case 1", day=day(letting.today))
    letting.go_to(letting.today + 1)
    claims: dict[str, Any] = {
        "part": "claims", "kind_0": "cleaning", "amount_0": "30", "why_0": "发票", "kind_1": "damage",
        "amount_1": "50", "why_1": "照片", "reserve": "20",
    }  # fmt: skip
    assert names(letting, OWNER)[:2] == ["claim", "release"]
    act(letting, OWNER, "claim", **claims)
    act(letting, TENANT, "accept-claims", part="claims", item_0="10", item_1="0")
    act(letting, OWNER, "withdraw-claims", part="claims", item_0="5", item_1="0")
    assert look(letting, ADJUDICATOR).trusted
    letting.go_to(letting.today + 29)
    act(letting, OWNER, "replace-decider", part="claims")
    assert "decide-claims" not in names(letting, ADJUDICATOR)
    act(letting, CITYS, "decide-claims", part="claims", item_0="15", item_1="20", reasons="照片属实")
    assert "go-to-court" in names(letting, TENANT)
    letting.go_to(letting.today + 15)
    act(letting, TENANT, "enforce", part="claims")
    act(letting, OWNER, "claim-bills", part="bills", kind_0="water", amount_0="8", why_0="账单")
    act(letting, TENANT, "accept-claims", part="bills", item_0="8")
    row = look(letting, OWNER).row
    credits_ = {one.account: one.amount for one in queries.credits_of(1)}
    assert credits_ == {
        OWNER.address: row.first_rent + 1_000 + 3_500 + 800, TENANT.address: DEPOSIT - 1_000 - 3_500 - 800,
    }  # fmt: skip
    assert row.held == 0
    act(letting, TENANT, "pay-out")
    assert names(letting, TENANT) == []


def test_silent_tenant_is_reminded_and_it_is_referred(letting: Letting) -> None:
    begin(letting)
    act(letting, COURT, "order-end", case_number="case 1", day=day(letting.today))
    letting.go_to(letting.today + 1)
    act(letting, OWNER, "claim", part="claims", kind_0="other", amount_0="1", why_0="钥匙")
    letting.go_to(letting.today + 15)
    act(letting, OWNER, "remind", part="claims", proof="短信与挂号信")
    letting.go_to(letting.today + 15)
    act(letting, OWNER, "refer", part="claims")
    act(letting, COURT, "court-hold", case_number="case 2", until=day(letting.today + 20))
    act(letting, COURT, "court-award", case_number="case 2", to=TENANT.address, amount="1")
    letting.go_to(letting.today + 366)
    act(letting, TENANT, "release", part="claims")
    assert (look(letting, TENANT).row.held, queries.settlement(1)["claims"].step) == (0, "closed")


def test_lease_is_called_off_or_lapses(letting: Letting) -> None:
    letting.conclude()
    act(letting, OWNER, "call-off")
    [one] = look(letting, TENANT).agreements
    act(letting, TENANT, "agree", what=one.what)
    assert look(letting, TENANT).row.reason == "agreed"
    letting.conclude(salt="0x" + "77" * 32)
    letting.go_to(letting.today + 15)
    act(letting, OWNER, "lapse", lease=2)
    assert look(letting, TENANT, 2).row.reason == "unpaid"


def test_somebody_else_pays_and_strangers_are_offered_nothing(letting: Letting) -> None:
    letting.conclude()
    case = look(letting, TENANT)
    both = Case(case.row, [TENANT.address, HEIR.address])
    assert signer_of("allow", both) == TENANT.address
    assert names(letting, STRANGER) == []
    assert names(letting, BANK) == []
    assert RENT * 2 == DEPOSIT
