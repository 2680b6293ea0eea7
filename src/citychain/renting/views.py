"""Pages of titles: map and list, one title with its history, the registrar's form."""

import json
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import strip_tags
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from citychain import pdf
from citychain.chain.abi import text32
from citychain.chain.addressbook import AddressBook
from citychain.chain.clock import local_time
from citychain.components import Proof, Step
from citychain.exports import csv_file
from citychain.identity import acting
from citychain.identity import queries as identity
from citychain.identity.acting import Actor
from citychain.indexer import queries as index
from citychain.portal import places, states
from citychain.portal.templatetags.city import day

from . import queries, services, units_pages
from .desk_forms import Case, RegisterForm, base, offered
from .forms import FilterForm
from .models import Encumbrance, Title, TitleStep
from .wording import BAD_STEPS, ENCUMBRANCES, USES, VERSIONS, step_words

PAGE = 25


def titles(request: HttpRequest) -> HttpResponseBase:
    """Map of towns and the list beside it; filters, order and page are in the address. ?format=csv exports the list."""
    form = FilterForm(request.GET)
    found = _found(form, request.GET.get("sort", "-id"))
    if request.GET.get("format") == "csv":
        return _csv(found)
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    query = request.GET.copy()
    query["format"] = "csv"
    actor = acting.current(request)
    own = queries.of_accounts(acting.addresses(actor))
    counts = _counts(found)
    burdens = queries.burdens_of([row.id for row in [*page, *own]])
    context = {
        "form": form,
        "page": page,
        "rows": [
            {"title": row, "town": places.town_name(str(row.town)), "state": _state(row, burdens[row.id])}
            for row in page
        ],
        "own": [{"title": row, "state": _state(row, burdens[row.id])} for row in own],
        "counties": [
            (county, [(town, count) for town, count in counts if town.county == county.code])
            for county in places.counties()
            if any(town.county == county.code for town, _ in counts)
        ],
        "map": places.map_data(_points(counts)),
        "csv": "?" + query.urlencode(),
        "registrar": registrar_of(actor),
        "chosen": any(form.cleaned_data.values()),
    }
    return render(request, "renting/titles.html", context)


def titles_map(request: HttpRequest) -> JsonResponse:
    """The map's points by the filters of the list, as GeoJSON. Danger: positions are simulated; the file says so."""
    points = places.map_data(_points(_counts(_found(FilterForm(request.GET)))))["points"]
    return JsonResponse({"simulated": True, "note": "position simulated", **points})


def _found(form: FilterForm, sort: str = "") -> QuerySet[Title]:
    """Titles by what is right in the form."""
    form.is_valid()
    chosen = {name: form.cleaned_data.get(name, "") for name in form.fields}
    return queries.titles(
        town=int(chosen["town"]) if chosen["town"] else None,
        county=int(chosen["county"]) if chosen["county"] else None,
        state=chosen["state"],
        burden=chosen["burden"],
        registrar=int(chosen["registrar"]) if chosen["registrar"] else None,
        owner=chosen["owner"],
        sort=sort,
    )


def _counts(found: QuerySet[Title]) -> list[tuple[places.Town, int]]:
    """Towns that have such titles, with how many, in the order of their codes."""
    counts = queries.count_by_town(found)
    return [(town, counts[int(town.code)]) for town in places.towns() if int(town.code) in counts]


def _points(counts: list[tuple[places.Town, int]]) -> list[places.Point]:
    return [
        places.Point(
            places.town_point(town.code),
            town.name,
            count=count,
            note=ngettext("%(count)s title", "%(count)s titles", count) % {"count": count},
            url=f"{reverse('titles')}?town={town.code}",
        )
        for town, count in counts
    ]


def _csv(found: QuerySet[Title]) -> HttpResponseBase:
    columns = ["title", "town_code", "town", "state", "registrar", "registered_at", "commitment"]
    rows = (
        [
            row.id,
            row.town,
            places.town_name(str(row.town)),
            row.state,
            row.registrar,
            local_time(row.registered_at).isoformat(),
            row.commitment,
        ]
        for row in queries.each(found)
    )
    return csv_file("titles", columns, rows)


def title(request: HttpRequest, title_id: int) -> HttpResponse:
    """One title. The deed and owners' names are shown to owners and to the registrar that keeps it, to nobody else."""
    row = queries.title(title_id)
    owners = list(queries.owners(row))
    trusted = _trusted(acting.current(request), row, {owner.account for owner in owners})
    names = identity.names_of({owner.account for owner in owners}) if trusted else {}
    institutions = {found.id: identity.localized(found.name) for found in identity.institutions()}
    history = list(queries.history(row.id))
    burdens = queries.encumbrances(row.id)
    deed = queries.deed(row.commitment) if trusted else None
    actor = acting.current(request)
    case = Case(row, acting.addresses(actor), list(actor.own) if actor else [])
    transfer = case.transfer
    steps = [_step(step, institutions) for step in history]
    if transfer is not None:
        steps.append(Step(_("Lapses unless everybody has agreed"), transfer.deadline, state="pending"))
    context = {
        "row": row,
        "state": _state(row, burdens),
        "town": places.town_name(str(row.town)),
        "registrar": institutions.get(row.registrar, ""),
        "owners": [
            {"owner": owner, "name": names.get(owner.account, ""), "share": owner.share / 100} for owner in owners
        ],
        "burdens": [
            {
                "row": burden,
                "kind": ENCUMBRANCES[burden.kind],
                "by": institutions.get(burden.institution, ""),
                "reference": _words(text32(burden.ref)),
            }
            for burden in burdens
        ],
        "units": units_pages.lines(row.id, institutions, seized=bool(case.seizures)),
        "transfer": transfer,
        "acts": offered(case),
        "parties": _parties(case, trusted),
        "deed": deed and {**deed, "use": USES.get(deed["use"], deed["use"])},
        "steps": steps,
        "proof": _proof(row, history, institutions),
    }
    if request.GET.get("format") == "pdf":
        return _extract(context)
    return render(request, "renting/title.html", context)


def _extract(shown: dict[str, Any]) -> HttpResponse:
    """What the title's page shows this reader, on paper."""
    row, deed = shown["row"], shown["deed"]
    data = {
        "title": _("Extract of title No. %(number)s") % {"number": row.id},
        "foot": _("What the record said at block %(block)s.") % {"block": index.head().block},
        "facts": [
            (_("State"), str(states.look(shown["state"])[1])),
            (_("Town"), shown["town"]),
            (_("Registrar"), shown["registrar"]),
            (_("Registered on"), strip_tags(day(row.registered_at))),
            (_("Version"), str(row.version)),
            (_("Commitment to the deed"), row.commitment),
            *([(_("Number of the deed"), deed["number"]), (_("Full address"), deed["address"])] if deed else []),
            *([(_("Use"), str(deed["use"])), (_("Area"), f"{deed['area'] / 100:,.2f} m²")] if deed else []),
        ],
        "owner_columns": [_("Owners"), _("Share")],
        "owners": [
            (f"{line['name']} {line['owner'].account}".strip(), f"{line['share']:g} %") for line in shown["owners"]
        ],
        "burden_columns": [_("Mortgages and seizures"), _("For whom"), _("Reference"), _("Until")],
        "burdens": [
            (str(line["kind"]), line["by"], line["reference"], strip_tags(day(line["row"].valid_until)))
            for line in shown["burdens"]
        ],
        "step_columns": [_("Time"), _("History"), _("Transaction")],
        "steps": [
            (local_time(step.time).isoformat(" ")[:19], str(step.what), step.tx) for step in shown["steps"] if step.time
        ],
    }
    response = HttpResponse(pdf.render("renting/extract.typ", data), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="title-{row.id}.pdf"'
    return response


def _parties(case: Case, trusted: bool) -> list[dict[str, Any]]:
    """Whom the open transfer waits for and who agreed; persons by name only for `trusted` readers and parties."""
    among = trusted or any(party.account in case.accounts for party in case.parties)
    names = identity.names_of({party.account for party in case.parties}) if among else {}
    people = [
        {"account": p.account, "name": names.get(p.account, ""), "share": p.gets / 100, "agreed": p.agreed}
        for p in case.parties
    ]
    banks = [
        {"bank": row.institution, "name": base.institution(row), "agreed": row not in case.silent}
        for row in (case.mortgages if case.transfer else [])
    ]
    return [*people, *banks]


def _state(row: Title, burdens: list[Encumbrance]) -> str:
    """The state that a reader cares about most."""
    kinds = {burden.kind for burden in burdens}
    if row.state == Title.State.CANCELLED or not kinds:
        return row.state
    return "seized" if Encumbrance.Kind.SEIZURE in kinds else "mortgaged"


def _words(text: str) -> str:
    """A reason or a reference where it is in words, nothing where it is a hash."""
    return "" if text.startswith("0x") else text


def _trusted(actor: Actor | None, row: Title, owners: set[str]) -> bool:
    if actor is None:
        return False
    keeper = identity.carrying_duties_of(row.registrar, {found.id: found for found in identity.institutions()})
    return bool(owners & set(acting.addresses(actor))) or registrar_of(actor) == keeper.id


def registrar_of(actor: Actor | None) -> int | None:
    """The registrar for which one of the actor's accounts may register titles now, if any."""
    return identity.acting_for(acting.addresses(actor), "registrar", "titles") if actor else None


def _step(step: TitleStep, institutions: dict[int, str]) -> Step:
    detail = json.loads(step.detail)
    by = next((detail[name] for name in ("registrar", "court", "bank", "by") if detail.get(name) in institutions), None)
    return Step(
        step_words(step.event),
        step.time,
        who=institutions[by] if by is not None else "",
        tx=step.tx,
        detail=_words(detail.get("reason") or detail.get("caseNumber") or ""),
        state="bad" if step.event in BAD_STEPS else "done",
    )


def _proof(row: Title, history: list[TitleStep], institutions: dict[int, str]) -> Proof | None:
    """Of the step that made the present version, not of what came after it."""
    versions = [step for step in history if step.event in VERSIONS]
    if not versions:
        return None
    last = versions[-1]
    return Proof(
        _("Title %(number)s, version %(version)s") % {"number": row.id, "version": row.version},
        last.time,
        last.block,
        last.tx,
        by=_step(last, institutions).who or institutions.get(row.registrar, ""),
        contract=AddressBook.load().address("Titles"),
        check=(
            _("Ask any node of the city for the contract's titleOf and ownersOf of this number."),
            _("Compare the commitment with keccak256 of the salt and the deed that the owner shows you."),
        ),
    )


def register(request: HttpRequest) -> HttpResponse:
    """The registrar's form, then the summary before signing."""
    actor = acting.current(request)
    signer = queries.may_act(actor.own, "registrar", "titles") if actor else ""
    if not signer:
        return render(request, "renting/register.html", {"form": None}, status=403 if request.method == "POST" else 200)
    form = RegisterForm(request.POST or None)
    changing = "change" in request.POST
    if request.method != "POST" or changing or not form.is_valid():
        status = 422 if form.is_bound and not changing else 200
        return render(request, "renting/register.html", {"form": form}, status=status)
    deed, accounts, owners = form.draft_all()
    body, village = form.body(), form.village_found()
    act = services.register_title(town=body.town, commitment=deed.commitment, owners=owners)
    return acting.propose(
        request,
        signer=signer,
        act=act,
        title=_("Register a title in %(town)s") % {"town": places.town_name(village.town)},
        sentences=[
            _("You register the home at %(address)s, %(village)s.")
            % {"address": body.address, "village": village.name},
            form.deed_words(),
            _("It belongs to %(names)s.") % {"names": form.names()},
            _("The public record gets the town and a salted commitment to the deed, and no name or address."),
        ],
        warning=_("A registration stays in the history for ever. An error can be corrected or reversed, openly."),
        papers=[deed, *accounts],
    )
