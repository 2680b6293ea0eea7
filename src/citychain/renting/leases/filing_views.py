"""Pages about filing: the housing bureau's desk, and the certificate of a lease on paper or as evidence."""

import json
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _

from citychain import pdf
from citychain.chain import clock
from citychain.chain.addressbook import AddressBook
from citychain.errors import NotAllowed
from citychain.identity import acting
from citychain.identity import queries as identity
from citychain.portal.wording import calendar_day, yuan

from .. import queries as titles
from ..errors import NoCertificate
from . import filings as service
from . import queries, real_names, wording
from .filing_models import Filing
from .forms import ACTS, FILING, Case
from .models import Lease, LeasePaper

DAY = 86_400
#: Leases that nobody submitted, on the desk's page.
DUE = 50


def filings(request: HttpRequest) -> HttpResponse:
    """The bureau's desk. Everybody sees how many leases wait, in numbers that are public; only a clerk reads what."""
    actor = acting.current(request)
    accounts = acting.addresses(actor)
    waiting, due = service.waiting(), service.due()
    reported = service.reported()
    leases = Lease.objects.in_bulk([row.id for row in (*waiting, *reported)])
    context = {
        "clerk": titles.may_act(accounts, "housing", "file") if actor else "",
        "waiting": [_line(row, leases[row.id]) for row in waiting],
        "reported": [_line(row, leases[row.id]) for row in reported],
        "due": [
            {"row": row, "unit": wording.unit_name(row.unit), "from": wording.day(row.from_day)} for row in due[:DUE]
        ],
        "counts": [
            {"words": words, "tone": tone, "count": _count(state, len(due))}
            for state, (tone, words) in wording.FILINGS.items()
        ],
        "acts": [(name, ACTS[name].title) for name in FILING],
    }
    return render(request, "leases/filings.html", context)


def _count(state: str, due: int) -> int:
    if state == Filing.State.DUE:
        return due
    return Filing.objects.filter(state=state).count()


def _line(row: Filing, lease: Lease) -> dict[str, Any]:
    side = wording.SIDES["tenant" if row.by_tenant else "landlord"]
    days = max(clock.now() - row.submitted_at, 0) // DAY
    until = calendar_day(clock.local_time(row.outside_from)) if row.outside_from else ""
    return {"row": row, "unit": wording.unit_name(lease.unit), "side": side, "days": days, "until": until}


def shown(case: Case, institutions: dict[int, str]) -> dict[str, Any]:
    """The filing on the page of its lease; what was submitted, and the certificate, for the parties and the bureau."""
    found = case.filing
    state = found.state if found else Filing.State.DUE.value
    tone, words = wording.FILINGS[state]
    made = service.certificate(found, case.filed)
    told = service.submission(found, case.filed)
    return {
        "row": found,
        "tone": "plain" if state == Filing.State.DUE and queries.is_over(case.row) else tone,
        "words": words,
        "by": wording.SIDES["tenant" if found and found.by_tenant else "landlord"],
        "institution": institutions.get(found.institution, "") if found else "",
        "told": service.words(told, whole=bool(case.bureau)) if told else [],
        "reason": case.filed(found.reason) if found else "",
        "certificate": made[1] if made else None,
        "in_force": bool(found and found.certificate),
        "changed": bool(found and service.is_changed(case.row, found)),
        "report": _report(case),
    }


def _report(case: Case) -> dict[str, Any] | None:
    row = case.reported
    if row is None:
        return None
    return {
        "until": calendar_day(clock.local_time(row.outside_from)),
        "contested": bool(row.outside_objection),
        "evidence": case.filed(row.outside_evidence),
        "objection": case.filed(row.outside_objection),
    }


def certificate(request: HttpRequest, lease_id: int) -> HttpResponse:
    """The certificate of a filed lease, for its parties and the bureau: a PDF in both languages, or with ?format=json
    the text and salt by which anybody checks it without this site. Raises NotSignedIn, NoSuchLease, NoCertificate."""
    actor = acting.require(request)
    case = Case(queries.lease(lease_id), acting.addresses(actor))
    if not (case.side or case.bureau):
        raise NotAllowed(reason=_("only the parties of the lease and the housing bureau read its certificate"))
    made = service.certificate(case.filing, case.filed)
    case.reader.keep()
    found = case.filing
    if made is None or found is None:
        raise NoCertificate(what=lease_id)
    paper, body = made
    if request.GET.get("format") == "json":
        return _evidence(paper, found)
    data = {
        "title": both(lambda: [("", _("Certificate of a filed lease"))])[0][1],
        "foot": _("Its evidence file (JSON) has the text by which anybody checks it without this site."),
        "facts": both(lambda: _facts(body, found)),
        "checks": both(lambda: _checks(paper, found)),
    }
    response = HttpResponse(pdf.render("leases/certificate.typ", data), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="lease-{lease_id}-certificate.pdf"'
    return response


def both(pairs: Callable[[], list[tuple[str, str]]]) -> list[tuple[str, str]]:
    """Names and values in Chinese and English, each once where both are the same."""
    found = []
    for language in ("zh-hans", "en"):
        with translation.override(language):
            found.append([(str(name), str(value)) for name, value in pairs()])
    joined = [
        tuple(" / ".join(dict.fromkeys(texts)) for texts in zip(*two, strict=True)) for two in zip(*found, strict=True)
    ]
    return [(name, value) for name, value in joined]


def _facts(body: dict[str, Any], found: Filing) -> list[tuple[str, str]]:
    """What the certificate says, and who filed it."""

    institutions = {row.id: identity.localized(row.name) for row in identity.institutions()}

    def document(side: str) -> str:
        return f"{real_names.DOCUMENTS[body[side]['document']]} {body[side]['number']}"

    return [
        (_("Filing number"), body["number"]),
        (_("Lease"), _("No. %(number)s") % {"number": body["lease"]}),
        (_("Address of the home"), body["address"]),
        (_("Landlord"), body["landlord"]["name"]),
        (_("Landlord: document"), document("landlord")),
        (_("Tenant"), body["tenant"]["name"]),
        (_("Tenant: document"), document("tenant")),
        (_("First and last day"), f"{body['first_day']} – {body['last_day']}"),
        (_("Rent a month"), yuan(body["rent"])),
        (_("Deposit"), yuan(body["deposit"])),
        (_("People who live there"), str(body["occupants"])),
        (_("Filed by"), institutions.get(found.institution, "")),
        (_("Filed on"), calendar_day(clock.local_time(found.filed_at))),
    ]


def _checks(paper: LeasePaper, found: Filing) -> list[tuple[str, str]]:
    """By which anybody finds the certificate in the record."""
    return [
        (_("Contract"), AddressBook.load().address("Filings")),
        (_("Transaction"), found.filed_tx),
        (_("Commitment to the certificate"), paper.commitment),
        (_("Salt"), "0x" + bytes(paper.salt).hex()),
    ]


def _evidence(paper: LeasePaper, found: Filing) -> HttpResponse:
    book = AddressBook.load()
    body = {
        "chain": book.chain_id,
        "contract": book.address("Filings"),
        "lease": int(found.id),
        "event": "LeaseFiled",
        "transaction": found.filed_tx,
        "commitment": paper.commitment,
        "salt": "0x" + bytes(paper.salt).hex(),
        "text": paper.text,
        "check": "keccak256(salt || text in UTF-8) = commitment = Filings.filingOf(lease).certificate",
    }
    text = json.dumps(body, ensure_ascii=False, indent=2)
    response = HttpResponse(text, content_type="application/json; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="lease-{found.id}-certificate.json"'
    return response
