"""What pages and the API ask about titles. Times are UTC seconds."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from citychain.chain import clock
from citychain.chain.addressbook import AddressBook
from citychain.identity import queries as identity
from citychain.indexer import queries as index
from citychain.outbox.models import Request

from .errors import NoSuchTitle
from .models import Deed, Encumbrance, Title, TitleFile, TitleOwner, TitleStep, Transfer
from .typed_deeds import DeedBody, commitment_to

SORTS = {"id", "-id", "town", "-town", "registered_at", "-registered_at"}
#: Titles that are read at once when all of a list are wanted.
AT_ONCE = 1_000


def titles(
    *,
    town: int | None = None,
    county: int | None = None,
    state: str = "",
    burden: str = "",
    registrar: int | None = None,
    owner: str = "",
    sort: str = "-id",
) -> QuerySet[Title]:
    """Titles by filters; `county` is the first six figures of the town's code, `burden` what is in force on them
    (mortgage, seizure, any, none), `owner` an account that owns them now. An unknown sort is the newest first."""
    found = Title.objects.all()
    if town is not None:
        found = found.filter(town=town)
    if county is not None:
        found = found.filter(town__gte=county * 1000, town__lt=(county + 1) * 1000)
    if state in Title.State.values:
        found = found.filter(state=state)
    if burden:
        found = _burdened(found.filter(state=Title.State.REGISTERED), burden)
    if registrar is not None:
        found = found.filter(registrar=registrar)
    if owner:
        shares = TitleOwner.objects.filter(title=OuterRef("id"), version=OuterRef("owners_version"), account=owner)
        found = found.filter(Exists(shares), state=Title.State.REGISTERED)
    return found.order_by(sort if sort in SORTS else "-id", "-id")


def _burdened(found: QuerySet[Title], burden: str) -> QuerySet[Title]:
    in_force = _in_force().filter(title=OuterRef("id"))
    if burden == "none":
        return found.filter(~Exists(in_force))
    return found.filter(Exists(in_force if burden == "any" else in_force.filter(kind=burden)))


def _in_force() -> QuerySet[Encumbrance]:
    now = clock.now()
    return Encumbrance.objects.filter(released=False, valid_until__gt=now, valid_from__lte=now)


def each(found: QuerySet[Title]) -> Iterator[Title]:
    """All titles of a list that titles() made, in its order.

    Read in parts, so that neither memory nor a read transaction lasts as long as a slow reader.
    """
    sort = str(found.query.order_by[0])
    column, beyond = sort.lstrip("-"), "lt" if sort.startswith("-") else "gt"
    part = list(found[:AT_ONCE])
    while part:
        yield from part
        last = getattr(part[-1], column)
        after = Q(**{f"{column}__{beyond}": last}) | Q(**{column: last, "id__lt": part[-1].id})
        part = list(found.filter(after)[:AT_ONCE])


def title(title_id: int) -> Title:
    """Raises NoSuchTitle."""
    found = Title.objects.filter(id=title_id).first()
    if found is None:
        raise NoSuchTitle(what=title_id)
    return found


def by_town() -> dict[int, int]:
    """Registered titles in each town."""
    return count_by_town(Title.objects.filter(state=Title.State.REGISTERED))


def count_by_town(found: QuerySet[Title]) -> dict[int, int]:
    """How many of these titles lie in each town; towns without one are absent."""
    return dict(found.order_by().values_list("town").annotate(Count("id")))


def owners(row: Title) -> QuerySet[TitleOwner]:
    """The present owners, the representative first; none when the registration was undone."""
    if row.state == Title.State.CANCELLED:
        return TitleOwner.objects.none()
    return TitleOwner.objects.filter(title=row.id, version=row.owners_version).order_by("id")


def of_accounts(accounts: list[str]) -> list[Title]:
    """Titles that these accounts own now, in whole or in part."""
    shares = TitleOwner.objects.filter(account__in=accounts).values_list("title", "version")
    registered = Title.objects.filter(state=Title.State.REGISTERED, id__in=[title for title, _version in shares])
    current = dict(registered.values_list("id", "owners_version"))
    return list(Title.objects.filter(id__in=[t for t, v in shares if current.get(t) == v]).order_by("-id"))


def encumbrances(title_id: int) -> list[Encumbrance]:
    """In force now, oldest first."""
    return burdens_of([title_id])[title_id]


def burdens_of(title_ids: list[int]) -> dict[int, list[Encumbrance]]:
    """What is in force now on each of these titles, oldest first; nothing is an empty list."""
    burdens: dict[int, list[Encumbrance]] = {title_id: [] for title_id in title_ids}
    for burden in _in_force().filter(title__in=title_ids).order_by("id"):
        burdens[burden.title].append(burden)
    return burdens


def history(title_id: int) -> QuerySet[TitleStep]:
    """Oldest first."""
    return TitleStep.objects.filter(title=title_id).order_by("id")


def open_transfer(title_id: int) -> Transfer | None:
    """The transfer that is under way and has not lapsed."""
    return Transfer.objects.filter(title=title_id, state="open", deadline__gt=clock.now()).order_by("-id").first()


def may_act(accounts: Iterable[str], kind: str, scope: str, institution: int | None = None) -> str:
    """The first of the accounts that may act for an institution of this kind, "" when none may. With `institution`: for
    the one that carries its duties now."""
    rows = {found.id: found for found in identity.institutions()}
    holder = None if institution is None else identity.carrying_duties_of(institution, rows).id
    for account in accounts:
        found = identity.acting_for([account], kind, scope)
        if found is not None and holder in (None, found):
            return account
    return ""


def deed(commitment: str) -> dict[str, Any] | None:
    """The private document behind a commitment, if this installation keeps it and it still matches."""
    row = Deed.objects.filter(commitment=commitment).first()
    if row is None or commitment_to(bytes(row.salt), row.body) != commitment:
        return None
    found: dict[str, Any] = json.loads(row.body)
    return found


def deed_body(row: Title) -> DeedBody:
    """What the title's present deed says. Raises NoSuchTitle where its deed isn't kept here."""
    found = deed(row.commitment)
    if found is None:
        raise NoSuchTitle(what=row.id)
    return DeedBody(**found)


def deed_fields(row: Title) -> dict[str, Any]:
    """The present deed as a form's fields hold it, the area in m2; nothing where it isn't kept here."""
    found = deed(row.commitment)
    return {**found, "area": f"{found['area'] / 100:g}"} if found else {}


def body_of(row: Deed) -> dict[str, Any]:
    """What a kept deed says."""
    found: dict[str, Any] = json.loads(row.body)
    return found


def taken_numbers(numbers: set[str]) -> set[str]:
    """Of these deed numbers, those of deeds that are kept here and not given up. It reads every kept deed once."""
    bodies = Deed.objects.values_list("commitment", "body").iterator()
    found = {commitment: json.loads(body)["number"] for commitment, body in bodies}
    same = {commitment: number for commitment, number in found.items() if number in numbers}
    expired = set(expired_deeds().values_list("commitment", flat=True)) if same else set()
    return {number for commitment, number in same.items() if commitment not in expired}


def requests_of_file(signer: str, key: str) -> list[Request]:
    """The requests of a registrar's file, the oldest first; `key` as the first part of their keys."""
    return list(Request.objects.filter(signer=signer, key__startswith=f"{key}-").order_by("created", "nonce"))


def files_of(signer: str, most: int = 10) -> list[TitleFile]:
    """The newest files of a signer, without their rows."""
    return list(TitleFile.objects.filter(signer=signer).defer("rows")[:most])


def file_of(signer: str, key: str) -> TitleFile | None:
    return TitleFile.objects.filter(signer=signer, key=key).first()


def expired_deeds() -> QuerySet[Deed]:
    """Deeds that are kept no longer: their registration was undone for good, or their request came to nothing.

    A deed that a title still stands on, in any version, or that a live request carries, is not among them. Danger: ask
    only while the read model is up to date.
    """
    undone = TitleStep.objects.filter(event="RegistrationReversed", block__lte=index.head().final).values("title")
    steps = TitleStep.objects.filter(title__in=undone).values_list("detail", flat=True)
    over = {json.loads(detail).get("commitment") for detail in steps}
    over |= _carried((Request.State.REJECTED, Request.State.EXPIRED)) - _carried(Request.LIVE)
    standing = TitleStep.objects.exclude(title__in=undone)
    kept = Deed.objects.filter(commitment__in=over).values_list("commitment", flat=True)
    return Deed.objects.filter(
        commitment__in=[deed for deed in kept if not standing.filter(detail__contains=deed).exists()]
    )


def _carried(states: Iterable[str]) -> set[str]:
    """All 32-byte words in the requests to Titles that are in one of these states; commitments are among them."""
    targets = [entry.address for entry in AddressBook.load().all("Titles")]
    found = Request.objects.filter(target__in=targets, state__in=list(states)).values_list("data", flat=True)
    return {
        "0x" + bytes(data[start : start + 32]).hex() for data in found.iterator() for start in range(4, len(data), 32)
    }
