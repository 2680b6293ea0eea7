"""What pages and the API ask about institutions. Times are UTC seconds."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from django.db.models import Q, QuerySet
from django.utils.translation import get_language

from citychain.chain import clock
from citychain.chain.addressbook import AddressBook

from .errors import NoSuchInstitution
from .models import CityGuardian, Founding, Institution, InstitutionKey, InstitutionStep, Kind, PersonaAccount

#: Between the Chinese and the English half of a public name.
SEPARATOR = " · "


@dataclass
class Branch:
    """A node of the trust chain drawn as a tree."""

    institution: Institution
    acting: bool
    branches: list["Branch"] = field(default_factory=list)


def localized(name: str) -> str:
    """The half of a bilingual public name that suits the reader's language."""
    chinese, separator, english = name.partition(SEPARATOR)
    return english if separator and (get_language() or "").startswith("en") else chinese


def institutions() -> QuerySet[Institution]:
    return Institution.objects.order_by("id")


def institution(institution_id: int) -> Institution:
    """Raises NoSuchInstitution."""
    found = Institution.objects.filter(id=institution_id).first()
    if found is None:
        raise NoSuchInstitution(what=institution_id)
    return found


def answering_for(row: Institution, rows: dict[int, Institution]) -> Institution | None:
    """Who answers for it: who accredited it, or who carries that one's duties now; None for the council."""
    if row.accredited_by == 0:
        return None
    return carrying_duties_of(row.accredited_by, rows)


def carrying_duties_of(institution_id: int, rows: dict[int, Institution]) -> Institution:
    """The institution itself, or after successions the last of its successors."""
    found = rows[institution_id]
    while found.successor:
        found = rows[found.successor]
    return found


def may_act(row: Institution, rows: dict[int, Institution], now: int) -> bool:
    """Whether it and everybody who answers for it are active and within their dates (as Institutions.isActive)."""
    return all(
        link.state == Institution.State.ACTIVE and link.valid_from <= now < link.valid_until
        for link in _links(row, rows)
    )


def acting_for(accounts: Collection[str], kind: str, scope: str) -> int | None:
    """The institution of this kind for which one of the accounts may act now in `scope` (as requireActing)."""
    return next(iter(acting_for_all(accounts, kind, scope)), None)


def acting_for_all(accounts: Collection[str], kind: str, scope: str) -> list[int]:
    """All of them, in the order of the accounts' addresses."""
    found, rows, now = [], {row.id: row for row in institutions()}, clock.now()
    keys = InstitutionKey.objects.filter(address__in=list(accounts), current=True, valid_from__lte=now)
    for key in keys.order_by("address"):
        institution = rows[key.institution]
        in_scope = bool({"*", scope} & set(key.scopes.split(",")))
        if in_scope and institution.kind == kind and may_act(institution, rows, now):
            found.append(institution.id)
    return found


def acting_key(accounts: Collection[str], deciders: Collection[int], scope: str) -> str:
    """The first of the accounts that may act now for one of these institutions in `scope`; "" when none may."""
    rows, now = {row.id: row for row in institutions()}, clock.now()
    keys = InstitutionKey.objects.filter(address__in=list(accounts), current=True, valid_from__lte=now)
    for key in keys.filter(institution__in=list(deciders)).order_by("address"):
        if {"*", scope} & set(key.scopes.split(",")) and may_act(rows[key.institution], rows, now):
            return key.address
    return ""


def _links(row: Institution, rows: dict[int, Institution]) -> Iterator[Institution]:
    """The institution and those above it, the root last. It ends: the contract lets no cycle arise."""
    link: Institution | None = row
    while link is not None:
        yield link
        link = answering_for(link, rows)


def tree() -> list[Branch]:
    """The trust chain from its roots (the council)."""
    rows = {row.id: row for row in institutions()}
    now = clock.now()
    branches = {row.id: Branch(row, may_act(row, rows, now)) for row in rows.values()}
    roots: list[Branch] = []
    for row in rows.values():
        above = answering_for(row, rows)
        (roots if above is None else branches[above.id].branches).append(branches[row.id])
    return roots


def chain(row: Institution) -> list[Institution]:
    """The institution and those who answer for it now, the root last (as Institutions.chainOf)."""
    return list(_links(row, {other.id: other for other in institutions()}))


def keys(institution_id: int) -> QuerySet[InstitutionKey]:
    return InstitutionKey.objects.filter(institution=institution_id).order_by("-current", "since", "address")


def kinds_accredited_by(kind: str) -> list[str]:
    """The kinds of which an institution of this kind may accredit others, by name."""
    rows = Kind.objects.order_by("name").values_list("name", "accredited_by")
    return [name for name, above in rows if kind in above.split(",")]


def guardians() -> list[str]:
    """The accounts that may veto."""
    return list(CityGuardian.objects.order_by("address").values_list("address", flat=True))


def guardian_among(accounts: Collection[str]) -> str:
    """The first of the accounts that may veto; "" when none may."""
    found = CityGuardian.objects.filter(address__in=list(accounts)).order_by("address").first()
    return found.address if found else ""


def founding_ends() -> int:
    """Until when nothing waits for a notice: what others decide from then on binds two days later. 0 while the record
    was not read yet."""
    here = Founding.objects.filter(contract=AddressBook.load().address("Institutions"))
    return here.values_list("ends", flat=True).first() or 0


def vetoable(now: int) -> QuerySet[Institution]:
    """Institutions about which something waits that a guardian may veto: a notice, or an offer of their duties."""
    return Institution.objects.filter(
        Q(state=Institution.State.ACTIVE, notice_until__gt=now) | Q(offer_from__gt=now)
    ).order_by("id")


def offered_to(institution_id: int, now: int) -> QuerySet[Institution]:
    """Institutions whose duties this one may accept, now or, where `offer_from` is later, then. An offer that its maker
    could not make any more is among them; the contract refuses it."""
    return Institution.objects.filter(offered_to=institution_id, offer_until__gt=now).order_by("id")


def history(institution_id: int) -> QuerySet[InstitutionStep]:
    """Oldest first."""
    return InstitutionStep.objects.filter(institution=institution_id).order_by("id")


def public_name(address: str, own: Collection[str] = ()) -> str:
    """The name that everybody may see beside an account: an institution's. A person's is shown only where the account
    is one of the reader's `own`: a name beside an account tells what they own and owe. "" when there is none."""
    return name_of(address) if address in own else public_names({address}).get(address, "")


def public_names(addresses: set[str]) -> dict[str, str]:
    """The names that everybody may see beside accounts: those of institutions; others are absent."""
    found: dict[str, str] = {}
    rows = dict(InstitutionKey.objects.filter(address__in=addresses).values_list("address", "institution"))
    names = dict(Institution.objects.filter(id__in=set(rows.values())).values_list("id", "name"))
    for address, institution_id in rows.items():
        found[address] = localized(names.get(institution_id, ""))
    return found


def names_of(addresses: set[str]) -> dict[str, str]:
    """Names beside accounts: of institutions, and of personas in the sandbox; others are absent.

    Danger: persons' names are for the parties of an affair alone; to everybody show public_name().
    """
    found = public_names(addresses)
    english = (get_language() or "").startswith("en")
    for account in PersonaAccount.objects.filter(address__in=addresses - set(found)).select_related("persona"):
        found[account.address] = account.persona.name_en if english else account.persona.name_zh
    return found


def name_of(address: str) -> str:
    """The name shown for one account, "" when none is known."""
    return names_of({address}).get(address, "")
