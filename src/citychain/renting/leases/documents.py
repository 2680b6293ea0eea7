"""What the parties of a lease wrote and photographed: who read it, what holds it together, and when it ends.

docs/privacy.md says who may read what; `forms.base.Case` decides it.
"""

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db import IntegrityError, transaction
from django.db.models import Count, Max, Min, QuerySet
from django.utils.translation import gettext as _

from citychain.chain import clock
from citychain.chain.hashing import keccak
from citychain.errors import InvalidInput

from ..errors import NoSuchPhoto
from . import queries, terms
from .models import Lease, LeaseFile, LeaseMessage, LeaseOffer, LeasePaper, LeaseReading
from .pictures import Picture

DAY, HOUR = 86_400, 3_600
#: Years that documents are kept after the end of their lease (Civil Code 188: three to sue, twenty at the most).
KEPT_YEARS = 5
#: Days that a photo is kept whose text was never signed.
DRAFT_DAYS = 2
#: Photos of one text, and characters of a message.
MOST_PHOTOS, MOST_WORDS = 12, 4_000
#: How a text names a photo: this, and SHA-256 of its file in hex, on a line of its own.
PHOTO, PHOTO_LINE = "sha256:", re.compile(r"sha256:[0-9a-f]{64}")
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
#: The same of the messages until then: this, their number, and the last one's head.
MESSAGES, MESSAGES_LINE = "messages:", re.compile(r"messages:[0-9]{1,9}:0x[0-9a-f]{64}")
#: Kinds of texts by which something is decided.
EVIDENCE = ("breach", "termination", "objection", "evidence", "reminder", "case")
NOTHING = "0x" + "00" * 32


# --- reading ---------------------------------------------------------------------------------------------------------


@dataclass
class Reader:
    """Somebody before the documents of a lease. What they are shown is remembered here, and kept by `keep`, which every
    page calls before it answers: the parties see it."""

    lease: int
    account: str
    role: str
    _read: dict[str, str] = field(default_factory=dict)

    def text(self, commitment: str) -> str:
        """What was written behind a commitment, "" where nothing is kept here."""
        found = queries.paper(commitment)
        if found:
            self.note("paper", commitment)
        return found

    def note(self, kind: str, what: str) -> None:
        self._read[what] = kind

    def keep(self) -> None:
        """Once an hour for each document and reader."""
        hour = clock.now() // HOUR
        rows = [
            LeaseReading(lease=self.lease, what=what, kind=kind, account=self.account, role=self.role, hour=hour)
            for what, kind in self._read.items()
        ]
        if rows:
            LeaseReading.objects.bulk_create(rows, ignore_conflicts=True)
        self._read.clear()


@dataclass(frozen=True)
class Read:
    """How often somebody read documents of a kind: in `hours` different hours, `documents` of them."""

    account: str
    role: str
    kind: str
    documents: int
    hours: int
    first: int
    last: int


def readings(lease_id: int) -> list[Read]:
    """Who read what of a lease, the last one first; times in UTC seconds, to the hour."""
    grouped = LeaseReading.objects.filter(lease=lease_id).order_by().values("account", "role", "kind")
    told = grouped.annotate(
        documents=Count("what", distinct=True),
        hours=Count("hour", distinct=True),
        first=Min("hour"),
        last=Max("hour"),
    )
    found = [Read(**{**row, "first": row["first"] * HOUR, "last": row["last"] * HOUR}) for row in told]
    return sorted(found, key=lambda one: (-one.last, one.account, one.kind))


# --- photos ----------------------------------------------------------------------------------------------------------


def keep_photos(lease_id: int, account: str, pictures: Sequence[Picture]) -> list[LeaseFile]:
    """Stores photos that belong to nothing yet."""
    rows = [
        LeaseFile(
            lease=lease_id,
            digest=one.digest,
            content=one.content,
            preview=one.preview,
            size=len(one.content),
            author=account,
            created=clock.now(),
        )
        for one in pictures
    ]
    return LeaseFile.objects.bulk_create(rows)


def drafts(lease_id: int, account: str, ids: Iterable[str]) -> list[LeaseFile]:
    """Those of these photos that this account stored for the lease, without their contents."""
    known = [one for one in ids if UUID.fullmatch(one)]
    return list(LeaseFile.objects.defer("content", "preview").filter(id__in=known, lease=lease_id, author=account))


def with_photos(words: str, photos: Iterable[LeaseFile]) -> str:
    """The text that names its photos by their hashes: who signed it, signed them."""
    return "\n".join([words, *(PHOTO + one.digest for one in photos)])


def belong(files: Iterable[LeaseFile], commitment: str) -> None:
    """These photos belong to the text behind a commitment."""
    LeaseFile.objects.filter(id__in=[one.id for one in files]).update(owner=commitment)


def with_messages(text: str, lease_id: int) -> str:
    """The text that names all messages of the lease until now, by the last one's head."""
    count, last = head(lease_id)
    return f"{text}\n{MESSAGES}{count}:{last}" if count else text


@dataclass(frozen=True)
class Told:
    """A text without what it names by hash: digests of photos, and the head of so many messages."""

    words: str
    photos: list[str]
    messages: int = 0
    head: str = ""


def split(text: str) -> Told:
    lines, digests, count, last = [], [], 0, ""
    for line in text.splitlines():
        if PHOTO_LINE.fullmatch(line):
            digests.append(line.removeprefix(PHOTO))
        elif MESSAGES_LINE.fullmatch(line):
            number, last = line.removeprefix(MESSAGES).split(":")
            count = int(number)
        else:
            lines.append(line)
    return Told("\n".join(lines), digests, count, last)


@dataclass(frozen=True)
class Shown:
    """A text as a page shows it: with the photos that are kept here, without their contents."""

    words: str
    photos: list[LeaseFile]
    messages: int
    head: str


def shown(lease_id: int, text: str) -> Shown | None:
    """None where there is no text."""
    told = split(text)
    return Shown(told.words, photos(lease_id, told.photos), told.messages, told.head) if text else None


def photos(lease_id: int, digests: Sequence[str]) -> list[LeaseFile]:
    """Those that are kept here, in this order, without their contents."""
    found = LeaseFile.objects.defer("content", "preview").filter(lease=lease_id, digest__in=digests)
    by_digest = {one.digest: one for one in found}
    return [by_digest[digest] for digest in digests if digest in by_digest]


def photo(lease_id: int, photo_id: str) -> LeaseFile:
    """Raises NoSuchPhoto."""
    row = LeaseFile.objects.filter(lease=lease_id, id=photo_id).first()
    if row is None:
        raise NoSuchPhoto(what=photo_id)
    return row


# --- messages and repairs --------------------------------------------------------------------------------------------


def messages(lease_id: int) -> QuerySet[LeaseMessage]:
    """The oldest first."""
    return LeaseMessage.objects.filter(lease=lease_id)


def write(row: Lease, kind: str, account: str, side: str, words: str, pictures: Sequence[Picture]) -> LeaseMessage:
    """Stores a message with its photos. Raises InvalidInput."""
    if not words.strip() or len(words) > MOST_WORDS:
        raise InvalidInput(field="text", reason=_("a message has 1 to %(most)s characters") % {"most": MOST_WORDS})
    for _attempt in range(5):
        try:
            with transaction.atomic():
                return _append(row, kind, account, side, words, pictures)
        except IntegrityError:
            continue  # another message took the place
    raise InvalidInput(field="text", reason=_("others are writing just now; try again"))


def _append(row: Lease, kind: str, account: str, side: str, words: str, pictures: Sequence[Picture]) -> LeaseMessage:
    last = messages(row.id).last()
    kept = keep_photos(row.id, account, pictures)
    salt, text = os.urandom(32), with_photos(words, kept)
    commitment = terms.commitment(salt, text)
    belong(kept, commitment)
    return LeaseMessage.objects.create(
        lease=row.id,
        position=last.position + 1 if last else 1,
        kind=kind,
        author=account,
        side=side,
        text=text,
        salt=salt,
        commitment=commitment,
        head=_head(last.head if last else NOTHING, commitment),
        created=clock.now(),
    )


def _head(before: str, commitment: str) -> str:
    return "0x" + keccak(bytes.fromhex(before[2:]) + bytes.fromhex(commitment[2:])).hex()


def are_intact(rows: Iterable[LeaseMessage]) -> bool:
    """Whether no message was altered, left out or put elsewhere since it was written."""
    head = NOTHING
    for one in rows:
        if terms.commitment(bytes(one.salt), one.text) != one.commitment:
            return False
        head = _head(head, one.commitment)
        if one.head != head:
            return False
    return True


def head(lease_id: int) -> tuple[int, str]:
    """How many messages there are, and the last one's head."""
    last = messages(lease_id).last()
    return (last.position, last.head) if last else (0, NOTHING)


def call_done(row: LeaseMessage, account: str) -> None:
    """A party says that a repair is done; the first one who does."""
    LeaseMessage.objects.filter(id=row.id, kind=LeaseMessage.Kind.REPAIR, done_at=0).update(
        done_at=clock.now(), done_by=account
    )


def open_repairs(lease_ids: Iterable[int]) -> list[int]:
    """For each repair of these leases that nobody called done, its lease."""
    wanted = LeaseMessage.objects.filter(lease__in=list(lease_ids), kind=LeaseMessage.Kind.REPAIR, done_at=0)
    return list(wanted.order_by("created", "id").values_list("lease", flat=True))


# --- the end ---------------------------------------------------------------------------------------------------------


def end_of(row: Lease) -> int:
    """When the documents of a lease are deleted unless they are held (UTC seconds)."""
    return int(row.to_day + KEPT_YEARS * 365 + KEPT_YEARS // 4) * DAY - 8 * HOUR


def is_held(row: Lease) -> bool:
    """Whether somebody may still have to decide by them: a court keeps the money, or the deposit isn't settled."""
    parts = queries.settlement(row.id).values()
    return bool(row.court_until > clock.now() or row.held > 0 or any(part.step != "closed" for part in parts))


def purge() -> dict[str, int]:
    """Deletes the documents of leases whose time is over, and photos of texts that were never signed; returns how
    many of each. Danger: run it only while the read model is up to date."""
    old = Lease.objects.filter(to_day__lt=queries.today() - KEPT_YEARS * 365)
    over = [row for row in old if end_of(row) < clock.now() and not is_held(row)]
    numbers = [row.id for row in over]
    found = {
        "papers": LeasePaper.objects.filter(lease__in=numbers).delete()[0],
        "photos": LeaseFile.objects.filter(lease__in=numbers).delete()[0] + _purge_drafts(),
        "messages": LeaseMessage.objects.filter(lease__in=numbers).delete()[0],
        "readings": LeaseReading.objects.filter(lease__in=numbers).delete()[0],
    }
    LeaseOffer.objects.filter(terms_hash__in=[row.terms_hash for row in over]).delete()
    return found


def _purge_drafts() -> int:
    late = LeaseFile.objects.filter(created__lt=clock.now() - DRAFT_DAYS * DAY)
    owners = set(late.exclude(owner="").values_list("owner", flat=True))
    signed = set(LeasePaper.objects.filter(commitment__in=owners).values_list("commitment", flat=True))
    signed |= set(LeaseMessage.objects.filter(commitment__in=owners).values_list("commitment", flat=True))
    return sum(one.delete()[0] for one in late.defer("content", "preview") if one.owner not in signed)
