"""Whose turn it is: received requests that may be carried now, each signer's in the order of nonces, and in which lane.

All unfinished requests of a signer are in one lane. A signer none of whose requests is in flight goes where the least
waits: one lane's transaction is filled before the next lane gets requests.
"""

from collections.abc import Mapping, Sequence

from citychain.chain import clock

from . import batches
from .models import RelayTransaction, Request
from .settlement import Settlement, outcomes, position

State = Request.State

#: Requests looked at in one step.
MOST_LOOKED_AT = 2_000


def waiting(closed: Sequence[str]) -> list[Request]:
    """The oldest that may go. Signers with a request that waits to be tried again stay out, so that nobody overtakes
    himself; and signers who are bound to the lanes `closed`, so that these keep nobody else waiting."""
    received = Request.objects.filter(state=State.RECEIVED, carrier=None)
    paused = Request.objects.filter(state=State.RECEIVED, retry_at__gt=clock.now())
    received = received.exclude(signer__in=paused.values("signer"))
    if closed:
        bound = Request.objects.filter(state__in=Request.LIVE, carrier__relayer__in=closed)
        received = received.exclude(signer__in=bound.values("signer"))
    return list(received.order_by("created", "nonce")[:MOST_LOOKED_AT])


def by_signer(requests: Sequence[Request], settlement: Settlement) -> dict[str, list[Request]]:
    """Those whose nonce is unspent, each signer's in the order of nonces, behind expired ones that block its way.

    The others are settled where they stand: somebody else submitted them, or another request with their nonce.
    """
    pairs = outcomes(requests)
    now = position()
    if now is not None:
        settlement.settle([request for request, outcome in pairs if outcome is not None], now)
    groups: dict[str, list[Request]] = {}
    for request, outcome in pairs:
        if outcome is None:
            groups.setdefault(request.signer, []).append(request)
    first = {signer: min(request.nonce for request in group) for signer, group in groups.items()}
    # The Forwarder spends the nonce of an expired request without a call; nothing else of it can happen any more.
    expired = Request.objects.filter(state=State.EXPIRED, signer__in=list(groups)).order_by("nonce")
    for request, outcome in outcomes(list(expired)):
        if outcome is None and request.nonce < first[request.signer]:
            groups[request.signer].append(request)
    for group in groups.values():
        group.sort(key=lambda request: request.nonce)
    return groups


def share(groups: Mapping[str, Sequence[Request]], lanes: Sequence[str]) -> dict[str, list[Request]]:
    """The requests of each lane, of those open to new ones (addresses of the relayer's accounts)."""
    in_flight = RelayTransaction.objects.filter(relayer__in=lanes, state__in=RelayTransaction.IN_FLIGHT)
    load = dict.fromkeys(lanes, 0)
    for relayer in in_flight.values_list("relayer", flat=True):
        load[relayer] += batches.MOST_GAS
    live = Request.objects.filter(signer__in=list(groups), state__in=Request.LIVE, carrier__relayer__in=lanes)
    bound = dict(live.values_list("signer", "carrier__relayer").distinct())
    shared: dict[str, list[Request]] = {lane: [] for lane in lanes}
    filling, room = lanes[0], 0
    for signer, group in groups.items():
        gas = sum(batches.cost(request)[0] for request in group)
        lane = bound.get(signer)
        if lane is None:
            if room <= 0:
                filling, room = min(lanes, key=lambda lane: load[lane]), batches.MOST_GAS
            lane = filling
            room -= gas
        load[lane] += gas
        shared[lane] += group
    return shared
