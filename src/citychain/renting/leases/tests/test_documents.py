"""What the parties of a lease write and photograph: who may read it, who did, what binds it, when it ends."""

import io
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from citychain.chain import clock
from citychain.chain.keys import Key
from citychain.errors import InvalidInput
from citychain.identity.tests.district import District
from citychain.renting.leases import documents, pictures, queries
from citychain.renting.leases.models import LeaseFile, LeaseMessage, LeasePaper, LeaseReading

from .test_filings import SUBMITTED, persona
from .test_forms import act, begin, look
from .world import ADJUDICATOR, CLERK, OWNER, SPONSOR, TENANT, Letting

pytestmark = [
    pytest.mark.django_db(databases=["default", "readmodel"]),
    pytest.mark.filterwarnings("ignore:No directory at"),
]
PLACE = 0x8825  # EXIF's tag of GPS


@pytest.fixture
def letting(district: District) -> Letting:
    return Letting(district)


@pytest.fixture
def signed(letting: Letting) -> Letting:
    letting.conclude()
    look(letting, OWNER)
    return letting


def photo(name: str = "厨房.jpg", *, size: tuple[int, int] = (2_400, 1_200), colour: str = "red") -> Any:
    """A phone's photo: large, turned by a quarter, with the place in it."""
    image, out = Image.new("RGB", size, colour), io.BytesIO()
    exif = image.getexif()
    exif[0x0112] = 6  # turned by 90 degrees
    exif[0x010F] = "Phone of Wang Fang"
    exif.get_ifd(PLACE)[1] = "N"
    image.save(out, "JPEG", exif=exif)
    return SimpleUploadedFile(name, out.getvalue(), "image/jpeg")


def pages(*names: tuple[str, Key]) -> list[Client]:
    return [persona(name, key) for name, key in names]


def send(client: Client, text: str = "水龙头漏水", kind: str = "repair", **more: Any) -> Any:
    return client.post("/leases/1/messages/", {"kind": kind, "text": text, **more})


# --- photos ----------------------------------------------------------------------------------------------------------


def test_photo_is_turned_upright_made_smaller_and_loses_place_and_device() -> None:
    found = pictures.picture(photo().read(), "photos")
    kept, small = Image.open(io.BytesIO(found.content)), Image.open(io.BytesIO(found.preview))
    assert (kept.size, small.size) == ((800, 1_600), (160, 320))
    assert not kept.getexif() and b"Phone of" not in found.content


@pytest.mark.parametrize(
    "data",
    [b"", b"GIF89a", b"<svg onload=alert(1)>", b"\xff\xd8\xff\xe0" + b"\0" * 99, b"x" * (pictures.MOST_BYTES + 1)],
)
def test_what_is_no_photo_is_refused_with_its_name(data: bytes) -> None:
    with pytest.raises(InvalidInput) as problem:
        pictures.picture(data, "厨房.jpg")
    assert problem.value.details["field"] == "厨房.jpg"


def test_picture_that_unpacks_to_more_than_memory_is_refused() -> None:
    out = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(out, "PNG")
    with pytest.raises(InvalidInput):
        pictures.picture(out.getvalue(), "bomb.png")


def test_condition_is_confirmed_with_its_photos_and_the_other_side_sees_them(signed: Letting) -> None:
    act(signed, TENANT, "allow")
    act(signed, TENANT, "fund")
    tenant, owner = pages(("wang", TENANT), ("li", OWNER))
    look(signed, TENANT)
    asked = {"report": "客厅完好", "water": "12", "photos": [photo(), photo("b.jpg", colour="blue")]}
    summary = tenant.post("/leases/1/handover/", asked)
    assert "2 photos, by their hashes." in summary.content.decode()
    kept = re.search(r'name="kept" value="([^"]+)"', summary.content.decode())
    assert kept is not None and LeaseFile.objects.count() == 2
    again = tenant.post("/leases/1/handover/", {**asked, "photos": [], "kept": kept[1], "change": "1"})
    assert again.content.decode().count("/leases/1/photos/") == 4  # each as a link and as a preview
    act(signed, TENANT, "handover", report="客厅完好", kept=kept[1])
    [paper] = LeasePaper.objects.filter(kind="condition")
    told = documents.split(paper.text)
    assert set(told.photos) == set(LeaseFile.objects.values_list("digest", flat=True))
    assert set(LeaseFile.objects.values_list("owner", flat=True)) == {paper.commitment}
    look(signed, OWNER)
    page = owner.get("/leases/1/handover/").content.decode()
    source = re.search(r'src="(/leases/1/photos/[^"]+)"', page)
    assert source is not None
    answer = owner.get(source[1])
    assert (answer.status_code, answer["Content-Type"], answer.content[:3]) == (200, "image/jpeg", b"\xff\xd8\xff")
    assert persona("stranger", SPONSOR).get(source[1]).status_code == 403


def test_more_photos_than_allowed_and_files_that_are_none_are_refused(signed: Letting) -> None:
    [tenant] = pages(("wang", TENANT))
    many = send(tenant, photos=[photo(size=(9, 9)) for _ in range(documents.MOST_PHOTOS + 1)])
    assert many.status_code == 422 and "At most 12 photos" in many.content.decode()
    bad = send(tenant, photos=[SimpleUploadedFile("a.jpg", b"no photo")])
    assert bad.status_code == 422 and "a.jpg" in bad.content.decode()
    assert not LeaseMessage.objects.exists() and not LeaseFile.objects.exists()


# --- messages --------------------------------------------------------------------------------------------------------


def test_parties_write_to_each_other_and_nobody_else_reads(signed: Letting) -> None:
    tenant, owner = pages(("wang", TENANT), ("li", OWNER))
    assert send(tenant, photos=[photo(size=(40, 30))]).status_code == 302
    assert send(owner, "明天派人来", "message").status_code == 302
    page = owner.get("/leases/1/messages/").content.decode()
    assert page.index("水龙头漏水") < page.index("明天派人来")
    assert "1 repair open" in owner.get("/leases/1/").content.decode()
    assert owner.post("/leases/1/messages/1/done/").status_code == 302
    assert LeaseMessage.objects.get(position=1).done_by == OWNER.address
    for name, key in (("stranger", SPONSOR), ("clerk", CLERK), ("judge", ADJUDICATOR)):
        client = persona(name, key)
        assert client.get("/leases/1/messages/").status_code == 403
        assert send(client).status_code == 403
        assert "水龙头漏水" not in client.get("/leases/1/").content.decode()


@pytest.mark.parametrize("alter", ["text", "order", "left out"])
def test_messages_that_were_altered_are_noticed(signed: Letting, alter: str) -> None:
    row = queries.lease(1)
    for words in "abc":
        documents.write(row, "message", TENANT.address, "tenant", words, [])
    assert documents.are_intact(documents.messages(1))
    if alter == "text":
        second = LeaseMessage.objects.get(position=2)
        second.text = "B"
        second.save()
    elif alter == "left out":
        LeaseMessage.objects.get(position=2).delete()
    else:
        LeaseMessage.objects.filter(position=3).update(position=9)
        LeaseMessage.objects.filter(position=2).update(position=10)
    assert not documents.are_intact(documents.messages(1))


def test_who_demands_signs_all_messages_until_then(letting: Letting) -> None:
    begin(letting)
    row = look(letting, TENANT).row
    for words in ("a", "b"):
        documents.write(row, "repair", TENANT.address, "tenant", words, [])
    act(letting, TENANT, "demand", breach="两次报修无人处理", days=15)
    [paper] = LeasePaper.objects.filter(kind="breach")
    told = documents.split(paper.text)
    look(letting, TENANT)
    assert (told.words, told.messages, told.head) == ("两次报修无人处理", 2, documents.head(1)[1])
    [tenant] = pages(("wang", TENANT))
    assert "With the 2 messages until then" in tenant.get("/leases/1/").content.decode()


def test_words_that_look_like_a_hash_are_words() -> None:
    for line in ("sha256:abc", "messages:1:0xzz", "sha256:" + "A" * 64):
        assert documents.split(line) == documents.Told(line, [])


# --- who read what ---------------------------------------------------------------------------------------------------


def test_every_look_is_told_to_the_parties_once_an_hour(signed: Letting) -> None:
    act(signed, OWNER, "submit-filing", **SUBMITTED)
    look(signed, CLERK)
    tenant, clerk = pages(("wang", TENANT), ("clerk", CLERK))
    for _ in range(3):
        assert clerk.get("/leases/1/file-lease/").status_code == 200
    assert LeaseReading.objects.filter(role="bureau").count() == 1
    page = tenant.get("/leases/1/readings/").content.decode()
    assert "Housing Bureau" in page and "housing bureau" in page
    assert clerk.get("/leases/1/readings/").status_code == 403
    clock.simulate(clock.now() + 3_600)
    clerk.get("/leases/1/file-lease/")
    [told] = [one for one in documents.readings(1) if one.role == "bureau"]
    assert (told.documents, told.hours, told.account) == (1, 2, CLERK.address)


def test_page_of_somebody_who_may_read_nothing_leaves_no_reading(signed: Letting) -> None:
    persona("stranger", SPONSOR).get("/leases/1/")
    Client().get("/leases/1/")
    assert not LeaseReading.objects.exists()


# --- the end ---------------------------------------------------------------------------------------------------------


def test_documents_end_five_years_after_the_lease_and_not_while_money_is_held(signed: Letting) -> None:
    row = queries.lease(1)
    documents.write(row, "message", TENANT.address, "tenant", "a", pages_of(2))
    LeasePaper.objects.create(
        commitment="0x1", lease=1, kind="condition", salt=b"", text="t", author=TENANT.address, created=clock.now()
    )
    documents.Reader(1, OWNER.address, "landlord").keep()
    clock.simulate(documents.end_of(row) - 1)
    assert set(documents.purge().values()) == {0}
    clock.simulate(documents.end_of(row) + 86_400)
    row.held = 1
    row.save(using="readmodel")
    assert set(documents.purge().values()) == {0}
    row.held = 0
    row.save(using="readmodel")
    assert documents.purge() == {"papers": 1, "photos": 2, "messages": 1, "readings": 0}


def test_photo_that_was_never_signed_ends_after_two_days(signed: Letting) -> None:
    draft, kept = documents.keep_photos(1, TENANT.address, pages_of(2))
    LeasePaper.objects.create(
        commitment="0x1", lease=1, kind="breach", salt=b"", text="t", author=TENANT.address, created=clock.now()
    )
    documents.belong([kept], "0x1")
    documents.belong([draft], "0x2")
    clock.simulate(clock.now() + 3 * 86_400)
    assert documents.purge()["photos"] == 1
    assert [one.id for one in LeaseFile.objects.all()] == [kept.id]


def pages_of(count: int) -> list[pictures.Picture]:
    return [pictures.picture(photo(size=(20 + n, 20)).read(), "a") for n in range(count)]
