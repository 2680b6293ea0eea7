"""What pages and the API ask about institutions. Times are UTC seconds."""

from collections.abc import Collection
from dataclasses import dataclass, field

from django.db.models import QuerySet
from django.utils.translation import get_language

from citychain.chain import clock

from .errors import NoSuchInstitution
from .models import Institution, InstitutionKey, InstitutionStep, PersonaAccount

#: Between the Chinese and the English half of a public name.
SEPARATOR = " · "
MAX_DEPTH = 16


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


def may_act(row: Institution, rows: dict[int, Institution], now: int) -> bool:
    """Whether it and everybody who answers for it are active and within their dates (as Institutions.isActive)."""
    for _ in range(MAX_DEPTH):
        if row.state != Institution.State.ACTIVE or not row.valid_from <= now < row.valid_until:
            return False
        if row.accredited_by == 0:
            return True
        row = rows[row.accredited_by]
        for _ in range(MAX_DEPTH):
            if not row.successor:
                break
            row = rows[row.successor]
    return False


def tree() -> list[Branch]:
    """The trust chain from its roots (the council)."""
    rows = {row.id: row for row in institutions()}
    now = clock.now()
    branches = {row.id: Branch(row, may_act(row, rows, now)) for row in rows.values()}
    for row in rows.values():
        if row.accredited_by in branches:
            branches[row.accredited_by].branches.append(branches[row.id])
    return [branches[row.id] for row in rows.values() if row.accredited_by not in branches]


def chain(row: Institution) -> list[Institution]:
    """The institution and those above it, the root last."""
    found = [row]
    while found[-1].accredited_by and len(found) < MAX_DEPTH:
        found.append(institution(found[-1].accredited_by))
    return found


def keys(institution_id: int) -> QuerySet[InstitutionKey]:
    return InstitutionKey.objects.filter(institution=institution_id).order_by("-current", "since", "address")


def history(institution_id: int) -> QuerySet[InstitutionStep]:
    """Oldest first."""
    return InstitutionStep.objects.filter(institution=institution_id).order_by("id")


def public_name(address: str, own: Collection[str] = ()) -> str:
    """The name that everybody may see beside an account: an institution's. A person's is shown only where the account
    is one of the reader's `own`: a name beside an account tells what they own and owe. "" when there is none."""
    return name_of(address) if address in own else _institution_names({address}).get(address, "")


def _institution_names(addresses: set[str]) -> dict[str, str]:
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
    found = _institution_names(addresses)
    english = (get_language() or "").startswith("en")
    for account in PersonaAccount.objects.filter(address__in=addresses - set(found)).select_related("persona"):
        found[account.address] = account.persona.name_en if english else account.persona.name_zh
    return found


def name_of(address: str) -> str:
    """The name shown for one account, "" when none is known."""
    return names_of({address}).get(address, "")
