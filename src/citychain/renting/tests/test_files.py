"""A registrar's file, from the upload to the titles."""

import io
from typing import Any

import openpyxl  # type: ignore[import-untyped]
import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile

from citychain.chain.abi import bytes32
from citychain.identity import personas
from citychain.identity.bindings import Institutions
from citychain.identity.models import PersonaAccount
from citychain.identity.tests.district import REGISTRAR, REGISTRAR_ID, District
from citychain.identity.tests.test_passkeys import browser
from citychain.identity.tests.test_sessions import sign_in
from citychain.outbox.models import Request
from citychain.outbox.tests.city import COUNCIL, CUSTOMERS
from citychain.outbox.tests.conftest import Workers
from citychain.renting import queries, services
from citychain.renting.desk_forms.sheets import COLUMNS
from citychain.renting.models import Deed, Title

from .office import DEED, acting_as, confirm, people, sign, token_of
from .rows import REGISTRY, add_officer, text_of

pytestmark = [
    pytest.mark.django_db(databases=["default", "readmodel"]),
    pytest.mark.filterwarnings("ignore:No directory at"),
]


@pytest.fixture
def office(district: District, workers: Workers, monkeypatch: pytest.MonkeyPatch) -> Workers:
    people(monkeypatch)
    workers.block()
    return workers


def rows(count: int, **changes: str) -> list[dict[str, str]]:
    empty = {"owner": "wang", "second_owner": "", "second_share": ""}
    return [{**DEED, **empty, "number": f"冀（2026）第{number}号", **changes} for number in range(1, count + 1)]


def table(lines: list[dict[str, str]], encoding: str = "utf-8-sig", name: str = "homes.csv") -> SimpleUploadedFile:
    text = "\r\n".join(",".join(cells) for cells in [list(COLUMNS), *([line[c] for c in COLUMNS] for line in lines)])
    return SimpleUploadedFile(name, text.encode(encoding))


def upload(file: SimpleUploadedFile, name: str = "zhao") -> Any:
    return acting_as(name).post("/titles/files/", {"file": file})


def test_confirmed_file_becomes_titles_in_batches_of_twenty(office: Workers) -> None:
    lines = rows(45)
    lines[44] |= {"owner": "li", "second_owner": "sun", "second_share": "12.5"}
    preview = upload(table(lines))
    assert preview.status_code == 200
    assert "Li · li (87.5 %) and Sun · sun (12.5 %)" in text_of(preview)
    assert (Deed.objects.count(), Request.objects.count()) == (0, 0)
    registrar, token = acting_as("zhao"), token_of(preview)
    pages = {registrar.post("/titles/files/sign/", {"token": token})["Location"] for _ in range(2)}
    assert (len(pages), Request.objects.count(), Deed.objects.count()) == (1, 3, 45)
    page = pages.pop()
    assert "0 of 45 registered" in text_of(registrar.get(page))
    for _ in range(3):
        office.block()
    assert [row.reason for row in Request.objects.all()] == ["", "", ""]
    assert "45 of 45 registered" in text_of(registrar.get(page))
    assert page in registrar.get("/titles/files/").content.decode()
    last = Title.objects.get(id=45)
    assert (queries.deed(last.commitment) or {})["number"] == "冀（2026）第45号"
    owners = [owner.account for owner in queries.owners(last)]
    assert [PersonaAccount.objects.get(address=owner).persona_id for owner in owners] == ["li", "sun"]
    assert [personas.key(owner).address for owner in owners] == owners
    again = upload(table(lines))
    assert again.status_code == 422
    assert text_of(again).count("A deed with this number is registered already, or is being registered.") == 45
    assert acting_as("judge").get(page).status_code == 403


def test_registrar_with_a_wallet_signs_a_file_group_by_group_and_goes_on_later(
    district: District, workers: Workers
) -> None:
    cache.clear()
    workers.block()
    first, second = browser(), browser()
    sign_in(first, REGISTRAR)
    owner = CUSTOMERS[0].address
    preview = first.post("/titles/files/", {"file": table(rows(45, owner=owner))})
    assert "You sign 3 groups, each twice" in text_of(preview)
    page = first.post("/titles/files/sign/", {"token": token_of(preview)})["Location"]
    assert (Deed.objects.count(), Request.objects.count()) == (0, 0)
    assert "0 of 45 registered · 45 not handed in" in text_of(first.get(page))
    summary = first.post(f"{page}rest/")
    assert confirm(first, summary, REGISTRAR)["Location"] == page
    assert confirm(first, summary, REGISTRAR).status_code in (302, 409)
    assert "0 of 45 registered · 20 under way · 25 not handed in" in text_of(first.get(page))
    assert first.post(f"{page}rest/", {"change": "1"})["Location"] == page
    workers.block()
    sign_in(second, REGISTRAR)  # another browser, another day
    for _ in range(2):
        assert confirm(second, second.post(f"{page}rest/"), REGISTRAR).status_code == 302
        workers.block()
    assert "45 of 45 registered" in text_of(second.get(page))
    assert second.post(f"{page}rest/")["Location"] == page
    assert (Title.objects.count(), Deed.objects.count(), Request.objects.count()) == (45, 45, 3)
    assert [owner.account for owner in queries.owners(Title.objects.get(id=45))] == [owner]


def test_rows_that_were_not_taken_are_told_and_tried_again(office: Workers, settings: Any) -> None:
    settings.CITYCHAIN_SIGNERS_BACKLOG = 2
    registrar = acting_as("zhao")
    page = registrar.post("/titles/files/sign/", {"token": token_of(upload(table(rows(45))))})["Location"]
    shown = text_of(registrar.get(page))
    assert "0 of 45 registered · 40 under way · 5 not handed in" in shown
    assert "A group of homes was not taken; nothing of it was kept" in shown
    office.block()
    assert registrar.post(f"{page}rest/")["Location"] == page
    office.block()
    shown = text_of(registrar.get(page))
    assert "45 of 45 registered" in shown
    assert "not taken" not in shown


def test_rows_whose_request_failed_are_signed_anew_with_the_deeds_they_had(office: Workers, district: District) -> None:
    registrar = acting_as("zhao")
    page = registrar.post("/titles/files/sign/", {"token": token_of(upload(table(rows(3))))})["Location"]
    kept = set(Deed.objects.values_list("commitment", flat=True))
    district.done(COUNCIL, district.institutions, Institutions.suspend(REGISTRAR_ID, bytes32("audit")))
    office.block()
    office.finalise()
    district.done(COUNCIL, district.institutions, Institutions.reinstate(REGISTRAR_ID, bytes32("audit")))
    office.block()
    assert "3 homes were not registered" in text_of(registrar.get(page))
    number = "冀（2026）第2号"
    sign("zhao", "/titles/register/", office, **{**DEED, "number": number}, owner="li")
    shown = text_of(registrar.get(page))
    assert "0 of 3 registered · 2 not handed in · 1 registered by another" in shown
    registrar.post(f"{page}rest/")
    office.block()
    assert "2 of 3 registered · 1 registered by another" in text_of(registrar.get(page))
    deeds = set(Deed.objects.values_list("commitment", flat=True))
    assert (len(deeds - kept), Title.objects.count(), Request.objects.count()) == (1, 3, 3)


def test_file_is_forgotten_after_thirty_days(office: Workers, monkeypatch: pytest.MonkeyPatch) -> None:
    registrar = acting_as("zhao")
    page = registrar.post("/titles/files/sign/", {"token": token_of(upload(table(rows(1))))})["Location"]
    services.purge_deeds()
    assert registrar.get(page).status_code == 200
    monkeypatch.setattr(services, "FILE_DAYS", -1)
    services.purge_deeds()
    assert (registrar.get(page).status_code, Deed.objects.count()) == (403, 1)


def test_file_confirmed_in_two_windows_is_registered_once(office: Workers) -> None:
    tokens = [token_of(upload(table(rows(2)))) for _ in range(2)]
    answers = [acting_as("zhao").post("/titles/files/sign/", {"token": token}).status_code for token in tokens]
    assert (answers, Deed.objects.count(), Request.objects.count()) == ([302, 400], 2, 1)


@pytest.mark.usefixtures("office")
def test_file_is_read_as_spreadsheets_write_it() -> None:
    book = openpyxl.Workbook()
    book.active.append(["村或社区", *COLUMNS[1:]])
    book.active.append([int(DEED["village"]), "Home", 89.5, "1号楼", "第1号", "wang", None, None])
    packed = io.BytesIO()
    book.save(packed)
    files = [SimpleUploadedFile("a.xlsx", packed.getvalue()), table(rows(1), "gb18030"), table(rows(1), "utf-8")]
    assert [upload(file).status_code for file in files] == [200, 200, 200]


@pytest.mark.usefixtures("office")
def test_preview_says_what_is_wrong_in_which_row_and_column() -> None:
    lines = rows(4)
    lines[1] |= {"area": "many"}
    lines[2] |= {"owner": "nobody", "number": lines[3]["number"]}
    answer = upload(table(lines))
    page = text_of(answer)
    assert answer.status_code == 422
    assert "4 things to mend in the file" in page
    assert "3 Area in m² Enter a number." in page
    assert "4 Owner Select a valid choice. nobody is not one of the available choices." in page
    assert page.count("Number of the deed This number stands in several rows.") == 2


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"village,use\r\n1,2", "The first row lacks these columns: Area in m², Full address"),
        (",".join(COLUMNS).encode(), "The file has no rows."),
        (b"PK\x03\x04 no zip", "This XLSX file can’t be read."),
        (b"\xff\xff\xff", "The file is neither XLSX nor text in UTF-8 or GB18030."),
        ((",".join(COLUMNS) + "\n" + "x\n" * 201).encode(), "The file has more than 200 rows. Split it."),
    ],
)
@pytest.mark.usefixtures("registry")
def test_what_is_no_table_of_homes_is_refused_in_words(content: bytes, words: str) -> None:
    add_officer("registrar", REGISTRY)
    answer = upload(SimpleUploadedFile("homes", content), "registrar")
    assert answer.status_code == 422
    assert words in text_of(answer)


@pytest.mark.usefixtures("office")
def test_files_are_for_registrars() -> None:
    assert [acting_as(name).get("/titles/files/").status_code for name in ("wang", "judge", "zhao")] == [403, 403, 200]
