"""How much happened: counted from events, drawn on the home page, and every figure leads to its records."""

import re
from typing import Any

import pytest
from django.test import Client

from citychain.chain.bindings import Forwarder
from citychain.city.activity import charts, label
from citychain.city.models import Activity
from citychain.city.projection import NOBODY, SUBSCRIPTIONS
from citychain.indexer.models import Block, Progress
from citychain.indexer.rows import Add, Log
from citychain.money.bindings import Clearing, Deposits
from citychain.money.models import Bank, ClearingPayment, Payment
from citychain.outbox.models import Executed
from citychain.renting.bindings import Titles
from citychain.renting.models import Title

pytestmark = pytest.mark.django_db(databases=["default", "readmodel"])
WANG, LI, BANK, TX = "0x" + "1a" * 20, "0x" + "2c" * 20, "0x" + "2b" * 20, "0x" + "ab" * 32
#: 22 November 2026, 23:59:59 in Beijing, which is still the 22nd there and 15:59:59 in UTC.
LATE = 1_795_363_199
DAY = 20_779


def _log(time: int) -> Log:
    return Log(7, time, TX, 0, BANK, "Deposits", "Deposits:3")


def _add(kind: str, day: int, amount: int = 0) -> Add:
    row = {"id": f"{kind}:{day}", "kind": kind, "day": day}
    return Add(Activity, row, {"count": 1, "amount": amount})


@pytest.mark.parametrize(
    ("name", "event", "kind", "amount"),
    [
        ("Forwarder.RequestExecuted", Forwarder.RequestExecuted(TX, WANG, 0, True, b""), "requests", 0),
        ("Forwarder.RequestExecuted", Forwarder.RequestExecuted(TX, WANG, 0, False, b"no"), "", 0),
        ("Deposits.Minted", Deposits.Minted(WANG, 500, TX), "issued", 500),
        ("Deposits.Transfer", Deposits.Transfer(WANG, LI, 7), "moved", 7),
        ("Deposits.Transfer", Deposits.Transfer(NOBODY, LI, 7), "", 0),
        ("Deposits.Transfer", Deposits.Transfer(WANG, NOBODY, 7), "", 0),
        ("Clearing.Paid", Clearing.Paid(WANG, LI, BANK, LI, 9, TX), "moved", 9),
        ("Titles.TitleRegistered", Titles.TitleRegistered(1, 130638100, 2, TX, []), "titles", 0),
    ],
)
def test_event_counts_on_its_day_in_beijing(name: str, event: Any, kind: str, amount: int) -> None:
    project: Any = SUBSCRIPTIONS[name]
    for time, day in ((LATE, DAY), (LATE + 1, DAY + 1)):
        assert list(project(event, _log(time))) == ([_add(kind, day, amount)] if kind else [])


@pytest.fixture
def city() -> None:
    """Block 3 is of 21 November, block 5 of the last second of the 22nd, block 6 of the 23rd; there is no block 4."""
    for number, time in ((3, LATE - 86_400), (5, LATE), (6, LATE + 1)):
        Block.objects.create(number=number, hash=f"0x{number:064x}", parent="", time=time, transactions=1)
    Progress.objects.create(id=1, head=6, head_hash=TX, final=6, subscriptions="", stale_since=None, stale_reason="")
    Bank.objects.create(address=BANK, institution=3, name="白洋淀银行 · Baiyangdian Bank", symbol="BYD")
    payment = {"bank": BANK, "ref": "", "tx": TX}
    for block, time in ((3, LATE - 86_400), (5, LATE), (6, LATE + 1)):
        first = block << 20
        within = payment | {"sender": WANG, "recipient": LI, "amount": block, "kind": "payment"}
        Payment.objects.create(id=first, **within, time=time, block=block)
        out = payment | {"sender": WANG, "recipient": "", "amount": 100 * block, "kind": "clearing-out"}
        ClearingPayment.objects.create(
            id=first + 1, payer=WANG, payee=LI, from_bank=BANK, to_bank=LI, amount=100 * block, ref=""
        )
        Payment.objects.create(id=first + 2, **out, time=time, block=block)
        issued = payment | {"sender": "", "recipient": LI, "amount": 5, "kind": "deposit"}
        Payment.objects.create(id=first + 3, **issued, time=time, block=block)
        Executed.objects.create(
            id=f"{WANG}:{block}", signer=WANG, nonce=block, digest=TX, success=True, cancelled=False, reason="0x",
            block=block, log_index=0, tx=TX, time=time,
        )  # fmt: skip
        Title.objects.create(
            id=block, town=130638100, commitment=f"0x{block:064x}", version=1, owners_version=1, holder=WANG,
            registrar=2, state="registered", registered_at=time, registered_block=block,
        )  # fmt: skip
        day = (time + 8 * 3_600) // 86_400
        for kind, count, fen in (
            ("moved", 2, 101 * block),
            ("issued", 1, 5),
            ("requests", 1, 0),
            ("titles", 1, 0),
        ):
            Activity.objects.create(id=f"{kind}:{day}", kind=kind, day=day, count=count, amount=fen)


@pytest.fixture
def reader() -> Client:
    return Client(HTTP_ACCEPT_LANGUAGE="en")


def _rows(answer: Any) -> list[str]:
    """Where the lines of the table of records lead."""
    table = answer.content.decode().split('class="table table--cards"')[1]
    return re.findall(r'<th scope="row"><a href="([^"]+)"', table)


@pytest.mark.parametrize(
    ("kind", "links"),
    [
        ("moved", [f"/chain/tx/{TX}/"] * 2),
        ("issued", [f"/chain/tx/{TX}/"]),
        ("requests", [f"/chain/tx/{TX}/"]),
        ("titles", ["/titles/5/"]),
    ],
)
def test_figure_of_a_day_leads_to_its_records(reader: Client, city: None, kind: str, links: list[str]) -> None:
    answer = reader.get(f"/activity/{kind}/2026-11-22/")
    assert answer.status_code == 200
    assert _rows(answer) == links


def test_month_holds_its_days_and_their_sum(reader: Client, city: None) -> None:
    answer = reader.get("/activity/moved/2026-11/")
    page = answer.content.decode()
    assert "6 records on the public record of the city." in page
    assert "¥14.14" in page
    assert re.findall(r'<th scope="row"><a href="/activity/moved/([^"/]+)/">', page) == [
        "2026-11-21", "2026-11-22", "2026-11-23",
    ]  # fmt: skip
    assert len(_rows(answer)) == 6


def test_home_draws_months_and_days(reader: Client, city: None) -> None:
    months, days = (reader.get(address).content.decode() for address in ("/", "/?by=day"))
    assert (months.count('class="chart__bar"'), days.count('class="chart__bar"')) == (4 * 6, 4 * 6)
    assert "<title>Nov 2026: ¥14.14</title>" in months
    assert "<title>22 Nov: ¥5.05</title>" in days
    assert charts(daily=False)[1].points[-1].url == "/activity/moved/2026-11/"


def test_charts_begin_with_the_first_record(city: None) -> None:
    """Not before it, but six days and six months at least, 30 days and 36 months at most."""
    for day, shown in ((DAY - 18, (6, 20)), (DAY - 100, (6, 30)), (DAY - 400, (14, 30)), (DAY - 4_000, (36, 30))):
        Activity.objects.filter(id="titles:0").delete()
        Activity.objects.create(id="titles:0", kind="titles", day=day, count=1, amount=0)
        months, days = (charts(daily=daily)[-1].points for daily in (False, True))
        assert (len(months), len(days)) == shown


def test_chart_of_nothing_says_when_it_happened_last(reader: Client, city: None) -> None:
    Activity.objects.filter(kind="issued").update(day=0)
    Activity.objects.filter(kind="titles").delete()
    page = reader.get("/?by=day").content.decode()
    assert page.count('class="chart__bar"') == 2 * 30
    last = '<a href="/activity/issued/1970-01/">Jan 1970</a> (¥0.15)'
    assert f"Nothing in the time shown. The last was in {last}." in page
    assert page.count("Nothing has happened yet.") == 1


def _file(reader: Client, address: str) -> list[str]:
    answer: Any = reader.get(address)
    return b"".join(answer).decode().splitlines()


def test_figures_are_a_file_by_month_and_by_day(reader: Client, city: None) -> None:
    months = _file(reader, "/activity/moved.csv")
    days = _file(reader, "/activity/moved.csv?by=day")
    assert months[-2:] == ["month,count,fen", "2026-11,6,1414"]
    assert days[-4:] == ["day,count,fen", "2026-11-21,2,303", "2026-11-22,2,505", "2026-11-23,2,606"]


@pytest.mark.parametrize(
    "address",
    ["/activity/nonsense/2026-11/", "/activity/nonsense.csv"]
    + [f"/activity/moved/{period}/" for period in ("2026", "2026-13", "2026-02-30", "9999-12", "20261122", "0000-01")],
)
def test_unknown_figure_is_not_found(reader: Client, city: None, address: str) -> None:
    answer = reader.get(address)
    assert answer.status_code == 404
    assert "unknown-activity" in answer.content.decode()


def test_day_without_records_says_so(reader: Client, city: None) -> None:
    assert "Nothing happened" in reader.get("/activity/titles/2020-01-01/").content.decode()


def test_labels_are_dates_of_the_readers_language() -> None:
    assert (label("2026-11-22"), label("2026-11")) == ("11月22日", "2026年11月")
