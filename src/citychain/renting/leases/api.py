"""Leases over HTTP: what the chain shows to everybody; and offers, which all parties sign before there is a lease.

An offer is private: who knows its digest, which covers a salt, is a party or was told by one.
"""

import json
from typing import Annotated, Any, Literal

import msgspec
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Path, Router

from citychain.chain.addressbook import AddressBook
from citychain.errors import InvalidInput
from citychain.identity.acting import from_hex
from citychain.indexer.api import by_head
from citychain.indexer.choosing import choice, chosen
from citychain.indexer.paging import page
from citychain.indexer.schemas import Limit, Number, moment, step

from ..bindings import LeaseOffers
from . import filings, offers, queries, terms, wording
from .models import Lease, LeaseOffer
from .offer_forms import NONE
from .schemas import (
    CreditRow,
    FilingRow,
    ItemRow,
    KeepOffer,
    LeaseAnswer,
    LeaseList,
    LeaseRow,
    MonthRow,
    OfferAnswer,
    OfferIn,
    PartRow,
    PaymentRow,
    PreparedOffer,
    PrepareOffer,
    SaltedText,
    SignOffer,
)

router = Router(tags=["leases"])
lease_offers = Router(tags=["leases"])

#: Lease.State; the OpenAPI document has a schema named State already, of titles.
LeaseState = Literal["signed", "funded", "running", "lapsed"]
Digest = Annotated[str, Path(pattern="^0x[0-9a-f]{64}$")]


def _row(row: Lease) -> LeaseRow:
    names = LeaseRow.model_fields.keys() - {"arrears", "signed"}
    arrears = queries.rent(row).arrears if row.state == Lease.State.RUNNING else 0
    values: dict[str, Any] = {name: getattr(row, name) for name in names}
    return LeaseRow(**values, arrears=arrears, signed=moment(row.signed_at))


@router.get("", response=LeaseList, summary="Leases, the newest first")
@by_head
def leases(
    request: HttpRequest,
    unit: Number | None = None,
    state: LeaseState | None = None,
    account: str = "",
    limit: Limit = 50,
    before: Number | None = None,
    fields: Annotated[str, choice(LeaseRow)] = "",
) -> LeaseList:
    found = queries.leases(unit=unit, state=state or "", accounts=[account.lower()] if account else None)
    rows, last = page(found, limit, last=before, field="before")
    return LeaseList(leases=chosen(LeaseRow, [_row(row) for row in rows], fields), next=last)


@router.get("/{lease_id}", response=LeaseAnswer, summary="One lease: its sides, rent, deposit and history")
@by_head
def lease(request: HttpRequest, lease_id: Number) -> LeaseAnswer:
    row = queries.lease(lease_id)
    landlords, tenants = queries.sides(row)
    return LeaseAnswer(
        lease=_row(row),
        landlords=landlords,
        tenants=tenants,
        months=[MonthRow(**month._asdict(), covered=covered) for month, covered in queries.rent(row).months],
        payments=[
            PaymentRow(
                id=one.id,
                payer=one.payer,
                payee=one.payee,
                amount=one.amount,
                state=one.state,
                paid=moment(one.paid_at),
                tx=one.tx,
            )
            for one in queries.payments(row.id)
        ],
        credits=[CreditRow(account=one.account, amount=one.amount) for one in queries.credits_of(row.id)],
        settlement=[_part(row, name) for name in sorted(queries.settlement(row.id), reverse=True)],
        filing=_filing(row.id),
        history=[step(line) for line in queries.history(row.id)],
    )


def _filing(lease_id: int) -> FilingRow | None:
    found = filings.filing(lease_id)
    if found is None:
        return None
    names = FilingRow.model_fields.keys() - {"contested"}
    return FilingRow(**{name: getattr(found, name) for name in names}, contested=bool(found.outside_objection))


def _part(row: Lease, name: str) -> PartRow:
    part = queries.settlement(row.id)[name]
    items = [
        ItemRow(kind=one.kind, claimed=one.claimed, accepted=one.accepted, withdrawn=one.withdrawn, granted=one.granted)
        for one in queries.items(row.id, name)
    ]
    return PartRow(part=name, step=part.step, open=part.open, deadline=part.deadline, decider=part.decider, items=items)


# --- offers ----------------------------------------------------------------------------------------------------------


@lease_offers.post("/prepare", response=PreparedOffer, summary="Write terms that all parties are to sign")
def prepare_offer(request: HttpRequest, data: PrepareOffer) -> PreparedOffer:
    draft = _terms({**data.terms.model_dump(), "houseRules": NONE, "inventory": NONE, "text": NONE, "salt": NONE})
    offers.require_days(draft)
    offers.check(draft)
    texts = data.texts.model_dump()
    row = offers.write(draft, {**texts, "text": wording.both_languages(draft, texts)}, data.author.lower())
    found = offers.terms_of(row)
    return PreparedOffer(
        terms=msgspec.structs.asdict(found),
        texts=_texts(row),
        author=row.author,
        digest=row.terms_hash,
        typed_data=terms.typed_data(AddressBook.load(), found),
    )


@lease_offers.post("", response=OfferAnswer, summary="Hand an offer in, signed by its author")
def keep_offer(request: HttpRequest, data: KeepOffer) -> OfferAnswer:
    return _answer(offers.keep(_offer(data.offer), from_hex(data.signature)))


@lease_offers.get("/{digest}", response=OfferAnswer, summary="One offer, for who knows its digest")
def offer(request: HttpRequest, digest: Digest) -> OfferAnswer:
    return _answer(queries.offer(digest))


@lease_offers.post("/{digest}/signatures", response=OfferAnswer, summary="Sign an offer as one of its parties")
def sign_offer(request: HttpRequest, digest: Digest, data: SignOffer) -> OfferAnswer:
    row = offers.sign(queries.offer(digest), data.account.lower(), from_hex(data.signature))
    return _answer(row)


def _terms(values: dict[str, Any]) -> terms.Terms:
    """Raises InvalidInput."""
    try:
        found = msgspec.convert(_lower(values), terms.Terms)
        LeaseOffers.termsHash(terms=found).data()
    except ValueError as problem:  # msgspec's among them
        raise InvalidInput(field="terms", reason=problem) from problem
    return found


def _lower(value: Any) -> Any:
    """Hex in lower case, as the record has it."""
    if isinstance(value, dict):
        return {name: _lower(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_lower(part) for part in value]
    return value.lower() if isinstance(value, str) else value


def _offer(data: OfferIn) -> LeaseOffer:
    """An offer that was prepared; its commitments must be those of its texts. Raises InvalidInput."""
    found = _terms(data.terms)
    for name in offers.TEXTS:
        text = data.texts.get(name)
        if text is None or terms.commitment(bytes.fromhex(text.salt), text.text) != getattr(found, name):
            raise InvalidInput(field=f"texts.{name}", reason=_("it is not what the terms commit to"))
    return offers.of_terms(found, {name: data.texts[name].model_dump() for name in offers.TEXTS}, data.author.lower())


def _texts(row: LeaseOffer) -> dict[str, SaltedText]:
    return {name: SaltedText(**one) for name, one in json.loads(row.texts).items()}


def _answer(row: LeaseOffer) -> OfferAnswer:
    found, lease = offers.terms_of(row), queries.concluded(row.terms_hash)
    missing = offers.missing(row)
    call = None
    if not missing and lease is None and not row.withdrawn:
        act = offers.conclusion(row)
        call = {"target": act.target, "contract": "LeaseOffers", "data": "0x" + act.function.data().hex()}
    return OfferAnswer(
        digest=row.terms_hash,
        terms=msgspec.structs.asdict(found),
        texts=_texts(row),
        author=row.author,
        signed=[party.account for party in row.parties.all() if party.signature],
        missing=missing,
        lease=lease.id if lease else None,
        conclude=call,
    )
