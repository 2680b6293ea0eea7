"""Leases of the demonstration city before the housing bureau: submitted, filed, one given back once, some that wait."""

import json
from typing import Any

from citychain.chain.hashing import keccak
from citychain.identity.models import Persona, PersonaAccount
from citychain.renting import queries as titles
from citychain.renting.bindings import Filings
from citychain.renting.leases import filings, queries, real_names
from citychain.renting.leases.models import Lease

from .history import Story
from .lettings import Letting, sign_as, write

BUREAU = "housing"
RETURNED = "房东姓名与不动产权证书不一致，请核对。 The landlord’s name isn’t that of the deed; please check."
#: Region codes of real cards begin at 11; nobody has a card of this one.
NOWHERE = "999999"


def submit_all(story: Story, lettings: list[Letting]) -> dict[int, str]:
    """Has the payees submit their leases; what was submitted, by lease."""
    documents = {one.lease: _submit(story, one) for one in lettings}
    story.world.flush()
    return documents


def file_all(story: Story, lettings: list[Letting], *, returned: int | None = None) -> None:
    """The bureau files leases that are submitted here; the one at place `returned` was given back once."""
    clerk = story.key(BUREAU).address
    documents = submit_all(story, lettings)
    if returned is not None:
        one = lettings[returned]
        reason = write(one.lease, "returned", RETURNED, clerk, story)
        given_back = Filings.returnFiling(leaseId=one.lease, document=documents[one.lease], reason=reason)
        sign_as(story, clerk, "Filings", given_back)
        story.world.flush()
        documents[one.lease] = _submit(story, one)
        story.world.flush()
    for one in lettings:
        row = Lease.objects.get(id=one.lease)
        told = json.loads(queries.paper(documents[one.lease]))
        body = filings.certificate_of(row, told, f"雄租备〔2026〕{row.id:04d}号")
        text = json.dumps(body, ensure_ascii=False, sort_keys=True)
        certificate = write(one.lease, "certificate", text, clerk, story)
        call = Filings.fileLease(leaseId=one.lease, document=documents[one.lease], certificate=certificate)
        sign_as(story, clerk, "Filings", call)
    story.world.flush()


def _submit(story: Story, letting: Letting) -> str:
    text = json.dumps(_told(letting), ensure_ascii=False, sort_keys=True)
    document = write(letting.lease, "filing", text, letting.payee, story)
    sign_as(story, letting.payee, "Filings", Filings.submitFiling(leaseId=letting.lease, document=document))
    return document


def _told(letting: Letting) -> dict[str, Any]:
    title = titles.title(letting.unit.title)
    deed = titles.deed(title.commitment) or {"address": ""}
    landlord = PersonaAccount.objects.select_related("persona").get(address=letting.payee).persona
    people = {"landlord": landlord, "tenant": letting.tenant}
    told: dict[str, Any] = {"address": deed["address"], "others": ""}
    for side, person in people.items():
        told |= {f"{side}_name": person.name_zh, f"{side}_document": "resident-id", f"{side}_number": _card(person)}
    return told


def _card(person: Persona) -> str:
    """A number with the form of a resident's card that nobody can have: invented, and the same for the same person."""
    digits = int.from_bytes(keccak(person.id.encode())[:6])
    birthday = f"{1960 + digits % 40}{1 + digits // 40 % 12:02d}{1 + digits // 480 % 28:02d}"
    body = f"{NOWHERE}{birthday}{digits // 13_440 % 1000:03d}"
    return next(body + last for last in "0123456789X" if real_names.fault("resident-id", body + last) is None)
