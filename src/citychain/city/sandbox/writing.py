"""What landlords and tenants of the demonstration city write to each other, with photos that are drawn, and say so."""

import io
import random
from collections.abc import Sequence

from django.db import transaction
from PIL import Image, ImageDraw, ImageFont

from citychain.renting.leases import documents, pictures
from citychain.renting.leases.models import Lease, LeaseMessage

from .history import DAY, Story
from .lettings import Letting

#: The day on which they write, and the leases that do, by the number of their letting: (who, kind, words, photos).
WRITTEN = 362
TALKS: dict[int, Sequence[tuple[str, str, str, int]]] = {
    7: (
        ("tenant", "repair", "热水器不出热水，显示故障码 E4。 The boiler gives no hot water and shows error E4.", 1),
        (
            "landlord",
            "message",
            "已联系维修，周四上午来。 The repair service comes on Thursday morning.",
            0,
        ),
        ("tenant", "message", "周四没有人来。 Nobody came on Thursday.", 0),
    ),
    26: (
        (
            "landlord",
            "message",
            "楼道换灯，周三停电一小时。 New lights: no power for an hour on Wednesday.",
            0,
        ),
        ("tenant", "repair", "厨房水龙头滴水。 The kitchen tap drips.", 2),
        ("landlord", "message", "周五换新的。 A new one comes on Friday.", 0),
    ),
    27: (("tenant", "message", "工资晚发，房租下周付。 My wage is late; I pay the rent next week.", 0),),
}
#: Repairs that are done by then.
DONE = (26,)


def photos(count: int, seed: int) -> list[pictures.Picture]:
    """Rooms as a child draws them; the picture itself says that it is simulated."""
    return [_room(random.Random(1_000 * seed + number)) for number in range(count)]


def _room(draw: random.Random) -> pictures.Picture:
    wall = draw.choice(("#e9e2d0", "#dde7e2", "#e6dfe8", "#f0e6da"))
    floor = draw.choice(("#a77b52", "#8c6a4f", "#b59a78"))
    image = Image.new("RGB", (1_200, 900), wall)
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 620, 1_200, 900), fill=floor)
    left = draw.randrange(80, 500)
    pen.rectangle((left, 140, left + 320, 430), fill="#bcd9ec", outline="#6b6b6b", width=10)
    pen.line((left + 160, 140, left + 160, 430), fill="#6b6b6b", width=8)
    table = draw.randrange(560, 800)
    pen.rectangle((table, 520, table + 320, 560), fill="#6d4c35")
    for leg in (table + 20, table + 280):
        pen.rectangle((leg, 560, leg + 20, 760), fill="#6d4c35")
    crack = [(draw.randrange(900, 1_100), 60 + step * 70 + draw.randrange(40)) for step in range(6)]
    pen.line(crack, fill="#55504a", width=5, joint="curve")
    pen.text((30, 836), "SIMULATED PHOTO", fill="#ffffff", font=ImageFont.load_default(44))
    out = io.BytesIO()
    image.save(out, "PNG")
    return pictures.picture(out.getvalue(), "photo")


def talk(story: Story, lettings: Sequence[Letting]) -> None:
    with transaction.atomic():
        for number, talk in TALKS.items():
            letting = lettings[number]
            row = Lease.objects.get(id=letting.lease)
            for who, kind, words, count in talk:
                account = letting.account if who == "tenant" else letting.payee
                documents.write(row, kind, account, who, words, photos(count, number))
            _date(story, row)
            if number in DONE:
                repair = documents.messages(row.id).get(kind=LeaseMessage.Kind.REPAIR)
                documents.call_done(repair, letting.account)


def _date(story: Story, row: Lease) -> None:
    """Half a day between one message and the next; the last one is from now."""
    rows = list(LeaseMessage.objects.filter(lease=row.id).order_by("-position"))
    for back, one in enumerate(rows):
        LeaseMessage.objects.filter(id=one.id).update(created=story.world.miner.time - back * DAY // 2)
