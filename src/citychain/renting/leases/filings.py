"""Leases before the housing bureau: what was submitted, whose turn it is, and the certificate."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from citychain.chain.abi import bytes32
from citychain.chain.addressbook import AddressBook
from citychain.chain.bindings import Parameters
from citychain.chain.rpc import NodeUnavailable, connect
from citychain.errors import ContractError
from citychain.portal.wording import yuan

from . import queries, real_names, schedule, wording
from .filing_models import Filing
from .models import Lease, LeasePaper

State = Filing.State
#: Filings.FILING_DAYS.
FILING_DAYS = "lease.filing-days"


def filing(lease_id: int) -> Filing | None:
    """How a lease stands before the bureau; None while nothing was submitted or reported."""
    return Filing.objects.filter(id=lease_id).first()


def waiting() -> Sequence[Filing]:
    """What waits for the bureau, the oldest first."""
    return list(Filing.objects.filter(state=State.SUBMITTED).order_by("submitted_at", "id"))


def reported() -> Sequence[Filing]:
    """Reports of leases outside of the record that may still end a lease."""
    rows = {row.id: row for row in Filing.objects.filter(outside_from__gt=0)}
    pending = (Lease.State.SIGNED, Lease.State.FUNDED)
    found = Lease.objects.filter(id__in=rows, state__in=pending).order_by("id")
    return [rows[lease.id] for lease in found]


def due() -> Sequence[Lease]:
    """Leases in force that nobody submitted, or whose filing was given back or cancelled, the oldest first."""
    settled = Filing.objects.filter(state__in=(State.SUBMITTED, State.FILED)).values_list("id", flat=True)
    running = Lease.objects.filter(state=Lease.State.RUNNING, to_day__gt=queries.today())
    return list(running.exclude(id__in=list(settled)).order_by("from_day", "id"))


def is_changed(row: Lease, found: Filing) -> bool:
    """Whether the lease was changed after it was filed."""
    return bool(found.certificate and row.changed > found.filed)


def may_be_submitted(row: Lease, found: Filing | None) -> bool:
    """Whether there is something to submit: nothing waits for the bureau, and no certificate is up to date."""
    if found is None or found.state in (State.DUE, State.RETURNED, State.CANCELLED):
        return True
    return found.state == State.FILED and is_changed(row, found)


def days() -> int | None:
    """How many days from the first one the landlords have to submit a lease; after that a tenant may. Asks the node;
    None where the city has no such number, or the node doesn't answer."""
    target = AddressBook.load().address("Parameters")
    try:
        return int(connect().view(target, Parameters.get(name=bytes32(FILING_DAYS))))
    except (ContractError, NodeUnavailable):
        return None


def is_tenants_turn(row: Lease) -> bool:
    """Whether the landlords let their time pass."""
    given = days()
    return given is not None and queries.today() >= row.from_day + given


# --- texts -----------------------------------------------------------------------------------------------------------


def submission(found: Filing | None, read: Callable[[str], str] = queries.paper) -> dict[str, Any]:
    """What was submitted last as `read` gives it, empty where its text isn't kept here."""
    text = read(found.document) if found and found.document else ""
    told: dict[str, Any] = json.loads(text) if text else {}
    return told


def words(told: Mapping[str, Any], *, whole: bool = False) -> list[str]:
    """What was submitted, a fact a line; numbers of documents by their last four characters unless `whole`."""

    def person(side: str) -> str:
        number = told[f"{side}_number"]
        kind = real_names.DOCUMENTS[told[f"{side}_document"]]
        return f"{told[f'{side}_name']} · {kind} · {number if whole else real_names.masked(number)}"

    lines = [
        f"{_('Address of the home')}: {told['address']}",
        f"{_('Landlord')}: {person('landlord')}",
        f"{_('Tenant')}: {person('tenant')}",
    ]
    if told.get("others") and whole:
        lines.append(f"{_('Everybody else who owns, rents or lives there')}: {told['others']}")
    return lines


def terms_words(row: Lease) -> list[str]:
    """The terms as the record has them, a fact a line: nobody submits others."""
    days = {"from": wording.day(row.from_day), "to": wording.day(row.to_day - 1)}
    return [
        f"{_('First and last day')}: {days['from']} – {days['to']}",
        f"{_('Rent a month')}: {yuan(row.rent)}",
        f"{_('Deposit')}: {yuan(row.deposit)}",
        ngettext("%(count)s person lives there.", "%(count)s people live there.", row.occupants)
        % {"count": row.occupants},
    ]


# --- the certificate -------------------------------------------------------------------------------------------------


def certificate_of(row: Lease, told: Mapping[str, Any], number: str) -> dict[str, Any]:
    """What a certificate says: the lease by its number and terms, the people by name and the end of their documents'
    numbers. Amounts in fen, days by date."""
    people = {
        side: {
            "name": told[f"{side}_name"],
            "document": told[f"{side}_document"],
            "number": real_names.masked(told[f"{side}_number"]),
        }
        for side in ("landlord", "tenant")
    }
    return {
        "number": number,
        "lease": int(row.id),
        "terms": row.terms_hash,
        "address": told["address"],
        "first_day": schedule.to_date(row.from_day).isoformat(),
        "last_day": schedule.to_date(row.to_day - 1).isoformat(),
        "rent": int(row.rent),
        "deposit": int(row.deposit),
        "occupants": int(row.occupants),
        **people,
    }


def certificate(
    found: Filing | None, read: Callable[[str], str] = queries.paper
) -> tuple[LeasePaper, dict[str, Any]] | None:
    """The certificate in force with the text and the salt behind its commitment, None where there is none or its text
    isn't kept here."""
    if not found or not found.certificate or not read(found.certificate):
        return None
    paper = LeasePaper.objects.get(commitment=found.certificate)
    body: dict[str, Any] = json.loads(paper.text)
    return paper, body
