"""Offers: terms that one party writes and all sign, before anything is on the record. docs/renting.md

Nothing here is valid by itself: who has all signatures concludes the lease, through this portal or without it.
"""

import json
import os
from collections.abc import Mapping

import msgspec
from django.db import transaction
from django.utils.translation import gettext as _

from citychain.chain import clock
from citychain.chain.abi import Act, Function
from citychain.chain.addressbook import AddressBook
from citychain.chain.errors import from_revert
from citychain.chain.rpc import Call, connect
from citychain.errors import InvalidInput, NotAllowed
from citychain.outbox import checks

from ..bindings import LeaseOffers, Units
from ..errors import OfferClosed, WrongOfferSignature
from . import queries, terms
from .models import LeaseApplication, LeaseOffer, LeaseOfferParty, LeaseParty

#: Texts of an offer whose commitments its terms name.
TEXTS = ("houseRules", "inventory", "text")
#: Days that an offer is kept after its deadline when no lease came of it.
KEPT_DAYS = 90
#: Units.MAX_DAYS, and the last day that is counted here (year 9999).
MOST_DAYS, LAST_DAY = 7_305, 2_932_000
GAS = 2_000_000
NOBODY = "0x" + "00" * 20


def write(draft: terms.Terms, texts: Mapping[str, str], author: str) -> LeaseOffer:
    """The offer with fresh salts, not stored yet: `draft` without commitments and salt, `texts` by TEXTS' names."""
    salted = {name: {"salt": os.urandom(32).hex(), "text": texts[name]} for name in TEXTS}
    commitments = {name: terms.commitment(bytes.fromhex(one["salt"]), one["text"]) for name, one in salted.items()}
    return of_terms(msgspec.structs.replace(draft, salt="0x" + os.urandom(32).hex(), **commitments), salted, author)


def of_terms(full: terms.Terms, salted: Mapping[str, Mapping[str, str]], author: str) -> LeaseOffer:
    """The offer of complete terms, not stored yet; `salted` are {"salt": hex, "text": words} by TEXTS' names. Raises
    InvalidInput for days that no lease has."""
    require_days(full)
    return LeaseOffer(
        terms_hash="0x" + terms.digest(AddressBook.load(), full).hex(),
        unit=full.unitId,
        terms=terms.to_json(full),
        texts=json.dumps(salted, ensure_ascii=False, sort_keys=True),
        author=author,
        created=clock.now(),
        deadline=full.offerDeadline,
    )


def require_days(found: terms.Terms) -> None:
    """Raises InvalidInput unless the lease has days, at most as many as a lease may have, and all in the calendar."""
    if not 0 < found.toDay - found.fromDay <= MOST_DAYS or found.toDay > LAST_DAY:
        raise InvalidInput(field="toDay", reason=_("a lease has at least a day and at most twenty years"))


def terms_of(row: LeaseOffer) -> terms.Terms:
    return terms.from_json(row.terms)


def texts_of(row: LeaseOffer) -> dict[str, str]:
    """The texts behind the commitments, by their names."""
    return {name: one["text"] for name, one in json.loads(row.texts).items()}


def check(draft: terms.Terms) -> None:
    """Asks the record whether these landlords may let the place now. Raises the contract's refusal."""
    units = AddressBook.load().address("Units")
    _ask(units, Units.requireConsents(unitId=draft.unitId, headLeaseId=draft.headLeaseId, landlords=draft.landlords))


def _ask(target: str, function: Function) -> None:
    answer = connect().simulate([Call(NOBODY, target, function.data(), GAS)])[0]
    if not answer.success:
        raise from_revert(answer.data)


def keep(row: LeaseOffer, signature: bytes) -> LeaseOffer:
    """Stores an offer with its author's signature. The same once more is the same offer. Raises WrongOfferSignature,
    OfferClosed, NodeUnavailable: then nothing is stored."""
    found = terms_of(row)
    if row.author not in (*found.landlords, *found.tenants):
        raise NotAllowed(reason=_("who writes an offer is one of its parties"))
    _require_signature(row, row.author, signature)
    with transaction.atomic():
        known, new = LeaseOffer.objects.get_or_create(
            terms_hash=row.terms_hash,
            defaults={name: getattr(row, name) for name in ("unit", "terms", "texts", "author", "created", "deadline")},
        )
        if new:
            sides = {LeaseParty.Side.LANDLORD: found.landlords, LeaseParty.Side.TENANT: found.tenants}
            LeaseOfferParty.objects.bulk_create(
                LeaseOfferParty(offer=known, side=side.value, account=account)
                for side, accounts in sides.items()
                for account in accounts
            )
    return sign(known, row.author, signature)


def sign(row: LeaseOffer, account: str, signature: bytes) -> LeaseOffer:
    """One party's signature; twice is once. Raises OfferClosed, WrongOfferSignature, NodeUnavailable."""
    require_open(row)
    _require_signature(row, account, signature)
    parties = LeaseOfferParty.objects.filter(offer=row, account=account)
    parties.update(signature=signature, signed_at=clock.now(), declined=False)
    return queries.offer(row.terms_hash)


def decline(row: LeaseOffer, account: str) -> None:
    """The party will not sign. Raises OfferClosed, also after their signature, which others may have."""
    require_open(row)
    party = row.parties.filter(account=account).first()
    if party is None or party.signature:
        raise OfferClosed(reason=_("you have signed it"))
    party.declined = True
    party.save(update_fields=["declined"])


def withdraw(row: LeaseOffer, account: str) -> None:
    """Who wrote it no longer collects signatures here. Danger: who has all of them already can still conclude."""
    require_open(row)
    if account != row.author:
        raise NotAllowed(reason=_("only who wrote the offer takes it back"))
    if not missing(row):
        raise OfferClosed(reason=_("all have signed"))
    row.withdrawn = True
    row.save(update_fields=["withdrawn"])


def require_open(row: LeaseOffer) -> None:
    """Raises OfferClosed."""
    if row.withdrawn:
        raise OfferClosed(reason=_("it was taken back"))
    if queries.concluded(row.terms_hash):
        raise OfferClosed(reason=_("the lease is concluded"))
    if row.deadline <= clock.now():
        raise OfferClosed(reason=_("its time is over"))


def missing(row: LeaseOffer) -> list[str]:
    """Accounts that haven't signed."""
    return [party.account for party in row.parties.all() if not party.signature]


def conclusion(row: LeaseOffer) -> Act:
    """What concludes the lease, by anybody's request. Raises OfferClosed while a signature is missing."""
    require_open(row)
    if missing(row):
        raise OfferClosed(reason=_("not all have signed"))
    found = terms_of(row)
    signed = {party.account: bytes(party.signature) for party in row.parties.all()}
    call = LeaseOffers.conclude(terms=found, signatures=signatures(found, signed))
    return Act(AddressBook.load().address("LeaseOffers"), call)


def signatures(found: terms.Terms, signed: Mapping[str, bytes]) -> list[bytes]:
    """Signatures in the order in which the contract wants them."""
    return [signed[account] for account in (*found.landlords, *found.tenants)]


def _require_signature(row: LeaseOffer, account: str, signature: bytes) -> None:
    checks.check_signature(signature)
    digest = terms.digest(AddressBook.load(), terms_of(row))
    if checks.signed_by_key(account, digest, signature):
        return
    if not checks.signed_by_wallet(connect(), [(account, digest, signature)])[0]:
        raise WrongOfferSignature(account=account)


def purge_applications() -> int:
    """Deletes applications KEPT_DAYS after they were written, and returns how many."""
    old = clock.now() - KEPT_DAYS * 86_400
    return LeaseApplication.objects.filter(created__lt=old).delete()[1].get("leases.LeaseApplication", 0)


def purge() -> int:
    """Deletes offers of which no lease came, KEPT_DAYS after their deadline, and returns how many. Danger: run it only
    while the read model is up to date."""
    old = LeaseOffer.objects.filter(deadline__lt=clock.now() - KEPT_DAYS * 86_400)
    return sum(row.delete()[1].get("leases.LeaseOffer", 0) for row in old if not queries.concluded(row.terms_hash))
