"""Open transfers: whose consent each needs, and which of them wait for somebody. Asked for many at once."""

import json
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import Exists, OuterRef, QuerySet

from citychain.chain import clock
from citychain.identity import queries as identity

from . import queries
from .models import Encumbrance, Title, TitleOwner, TitleStep, Transfer, TransferOwner


class Party(NamedTuple):
    """Somebody whose consent a transfer needs. `gets` is the new share in basis points, 0 for who only gives."""

    account: str
    gets: int
    agreed: bool


@dataclass(frozen=True)
class Standing:
    """How an open transfer stands: its parties, new owners first, and the mortgages whose banks have not agreed."""

    row: Title
    transfer: Transfer
    parties: list[Party]
    silent: list[Encumbrance]

    @property
    def missing(self) -> list[str]:
        """Accounts of the parties that have not agreed."""
        return [party.account for party in self.parties if not party.agreed]


def standing(transfers: Sequence[Transfer]) -> list[Standing]:
    """How these open transfers stand, in their order; a fixed number of queries, however many they are."""
    titles = [transfer.title for transfer in transfers]
    rows = {row.id: row for row in Title.objects.filter(id__in=titles)}
    gets: dict[int, dict[str, int]] = defaultdict(dict)
    for new in TransferOwner.objects.filter(transfer__in=[found.id for found in transfers]).order_by("position"):
        gets[new.transfer][new.account] = new.share
    gives: dict[int, list[str]] = defaultdict(list)
    for owner in TitleOwner.objects.filter(title__in=titles, must_consent=True).order_by("id"):
        if owner.version == rows[owner.title].owners_version:
            gives[owner.title].append(owner.account)
    agreed, banks = _consents(titles)
    burdens = queries.burdens_of(titles)
    return [
        Standing(
            rows[found.title],
            found,
            [
                Party(account, gets[found.id].get(account, 0), (found.id, account) in agreed)
                for account in dict.fromkeys([*gets[found.id], *gives[found.title]])
            ],
            [
                burden
                for burden in burdens[found.title]
                if burden.kind == Encumbrance.Kind.MORTGAGE and (found.id, burden.id) not in banks
            ],
        )
        for found in transfers
    ]


def _consents(titles: Sequence[int]) -> tuple[set[tuple[int, str]], set[tuple[int, int]]]:
    """Consents to transfers of these titles: (transfer, account) of parties, (transfer, mortgage) of banks."""
    events = ("TransferConsented", "MortgageeConsented")
    steps = TitleStep.objects.filter(title__in=titles, event__in=events).values_list("event", "detail")
    details = [(event, json.loads(detail)) for event, detail in steps]
    parties = {(told["transferId"], told["account"]) for event, told in details if event == events[0]}
    return parties, {(told["transferId"], told["encumbranceId"]) for event, told in details if event == events[1]}


def waiting_for(accounts: Collection[str]) -> list[Title]:
    """Titles whose open transfer waits for one of these accounts: as a party, as the bank of a mortgage, or as the
    registrar when everybody has agreed. Newest first."""
    banks = _carried(identity.acting_for_all(accounts, "bank", "mortgage"))
    registrars = _carried(identity.acting_for_all(accounts, "registrar", "titles"))
    open_ = Transfer.objects.filter(state="open", deadline__gt=clock.now())
    own = set(TransferOwner.objects.filter(account__in=accounts).values_list("title", flat=True))
    own |= set(TitleOwner.objects.filter(account__in=accounts, must_consent=True).values_list("title", flat=True))
    found = {transfer.id: transfer for transfer in open_.filter(title__in=own)}
    for theirs in _of_offices(open_, banks, registrars):
        found |= {transfer.id: transfer for transfer in theirs}
    waits = [one for one in standing(list(found.values())) if _waits(one, accounts, banks, registrars)]
    return sorted((one.row for one in waits), key=lambda row: row.id, reverse=True)


def _carried(holders: Collection[int]) -> set[int]:
    """The institutions whose duties these carry now, themselves among them."""
    rows = {row.id: row for row in identity.institutions()} if holders else {}
    return {number for number in rows if identity.carrying_duties_of(number, rows).id in holders}


def _of_offices(open_: QuerySet[Transfer], banks: set[int], registrars: set[int]) -> list[QuerySet[Transfer]]:
    """Open transfers of titles that these banks have a mortgage on, and of titles that these registrars keep."""
    mortgages = Encumbrance.objects.filter(title=OuterRef("title"), institution__in=banks, released=False)
    kept = Title.objects.filter(id=OuterRef("title"), registrar__in=registrars)
    return [open_.filter(Exists(rows)) for rows, whose in ((mortgages, banks), (kept, registrars)) if whose]


def _waits(one: Standing, accounts: Collection[str], banks: set[int], registrars: set[int]) -> bool:
    if set(one.missing) & set(accounts) or any(burden.institution in banks for burden in one.silent):
        return True
    return not one.missing and not one.silent and one.row.registrar in registrars
