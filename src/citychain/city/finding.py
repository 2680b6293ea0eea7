"""The search field: what a word, a number or a hash may mean in the record."""

import re
import uuid
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from citychain.chain.addressbook import Entry
from citychain.identity.models import Institution
from citychain.identity.queries import localized
from citychain.indexer.models import Block
from citychain.outbox.models import Executed, Request
from citychain.portal import places, records
from citychain.renting.models import Title

MOST = 30
LARGEST_NUMBER = 2**63 - 1


@dataclass(frozen=True)
class Hit:
    """One thing found: its kind and name in words, and where it is."""

    kind: str
    name: str
    url: str


def find(text: str) -> list[Hit]:
    """Everything that `text` may mean, the likeliest first."""
    text = text.strip()
    if not text:
        return []
    low = text.lower()
    if re.fullmatch(r"0x[0-9a-f]{40}", low):
        return [_by_address(low)]
    if re.fullmatch(r"0x[0-9a-f]{64}", low):
        return _by_hash(low)
    return [*_by_number(low), *_by_request(low), *_by_name(text)]


def _by_address(address: str) -> Hit:
    contract = next((entry for entry in records.contracts() if entry.address == address), None)
    return _contract(contract) if contract else Hit(_("Account"), address, reverse("account", args=[address]))


def _contract(entry: Entry) -> Hit:
    return Hit(_("Contract"), entry.key, reverse("contract", args=[entry.address]))


def _by_hash(value: str) -> list[Hit]:
    hits = [Hit(_("Block"), str(b.number), reverse("block", args=[b.number])) for b in Block.objects.filter(hash=value)]
    if records.of_transaction(value) or Executed.objects.filter(tx=value).exists():
        hits.append(Hit(_("Transaction"), value, reverse("transaction", args=[value])))
    hits += [_request(row) for row in Request.objects.filter(digest=value)]
    hits += [_contract(entry) for entry in records.contracts() if entry.code_hash == value]
    return hits


def _by_number(text: str) -> list[Hit]:
    match = re.fullmatch(r"(?:no\.?|#|第)?\s*(\d{1,19})\s*(?:号)?", text)
    number = int(match[1]) if match else LARGEST_NUMBER + 1
    if number > LARGEST_NUMBER:
        return []
    titles = Title.objects.filter(id=number)
    blocks = Block.objects.filter(number=number)
    return [
        *[
            Hit(_("Title"), f"{row.id} · {places.town_name(str(row.town))}", reverse("title", args=[row.id]))
            for row in titles
        ],
        *[Hit(_("Block"), str(row.number), reverse("block", args=[row.number])) for row in blocks],
    ]


def _by_request(text: str) -> list[Hit]:
    try:
        return [_request(row) for row in Request.objects.filter(id=uuid.UUID(text))]
    except ValueError:
        return []


def _by_name(text: str) -> list[Hit]:
    institutions = Institution.objects.filter(name__icontains=text).order_by("id")[:MOST]
    hits = [Hit(_("Institution"), localized(row.name), reverse("institution", args=[row.id])) for row in institutions]
    hits += [_contract(entry) for entry in records.contracts() if entry.key.lower() == text.lower()]
    towns = [town for town in places.towns() if text in town.name]
    hits += [Hit(_("Homes in a town"), town.name, f"{reverse('titles')}?town={town.code}") for town in towns]
    return hits


def _request(row: Request) -> Hit:
    return Hit(_("Request"), str(row.id), reverse("request", args=[row.id]))
