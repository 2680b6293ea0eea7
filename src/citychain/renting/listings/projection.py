"""From the events of Listings to offers, what they cost and their history."""

from collections.abc import Iterator
from typing import Any

from citychain.chain.abi import text32
from citychain.indexer import detail
from citychain.indexer.rows import Change, Log, Put, RowChange

from ..bindings import Listings
from .models import Listing, ListingPrice, ListingStep


def _step(event: Any, log: Log) -> Put:
    told = detail.of(event, without=("listingId", "offer"))
    row = {"listing": event.listingId, "event": type(event).__name__, "detail": told}
    return Put(ListingStep, {"id": log.id, **row, "time": log.time, "block": log.block, "tx": log.tx})


def _price(listing: int, rent: int, deposit: int, log: Log) -> Put:
    return Put(ListingPrice, {"id": log.id, "listing": listing, "rent": rent, "deposit": deposit, "time": log.time})


def on_offered(event: Listings.UnitOffered, log: Log) -> Iterator[RowChange]:
    offer = event.offer
    yield Put(
        Listing,
        {
            "id": event.listingId,
            "unit": event.unitId,
            "title": event.titleId,
            "head_lease": event.headLeaseId,
            "town": event.townCode,
            "lister": event.lister,
            "state": Listing.State.OPEN.value,
            "rent": offer.rent,
            "deposit": offer.deposit,
            "earliest_day": offer.earliestDay,
            "shortest_months": offer.shortestMonths,
            "longest_months": offer.longestMonths,
            "valid_until": offer.validUntil,
            "agent_fee": offer.agentFee,
            "licence": offer.licence,
            "description": offer.description,
            "offered_at": log.time,
        },
    )
    yield _price(event.listingId, offer.rent, offer.deposit, log)
    yield _step(event, log)


def on_price(event: Listings.PriceChanged, log: Log) -> Iterator[RowChange]:
    yield Change(Listing, event.listingId, {"rent": event.rent, "deposit": event.deposit})
    yield _price(event.listingId, event.rent, event.deposit, log)
    yield _step(event, log)


def on_prolonged(event: Listings.OfferProlonged, log: Log) -> Iterator[RowChange]:
    yield Change(Listing, event.listingId, {"valid_until": event.validUntil})
    yield _step(event, log)


def on_withdrawn(event: Listings.OfferWithdrawn, log: Log) -> Iterator[RowChange]:
    yield Change(Listing, event.listingId, {"state": Listing.State.WITHDRAWN.value})
    yield _step(event, log)


def on_closed(event: Listings.OfferClosed, log: Log) -> Iterator[RowChange]:
    yield Change(Listing, event.listingId, {"state": Listing.State.CLOSED.value, "reason": text32(event.reason)})
    yield _step(event, log)


SUBSCRIPTIONS = {
    "Listings.UnitOffered": on_offered,
    "Listings.PriceChanged": on_price,
    "Listings.OfferProlonged": on_prolonged,
    "Listings.OfferWithdrawn": on_withdrawn,
    "Listings.OfferClosed": on_closed,
}
