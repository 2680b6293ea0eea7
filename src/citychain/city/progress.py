"""A request's way, as the four dots and as its whole history."""

from django.utils.translation import gettext as _

from citychain.components import Dot, Step
from citychain.outbox.models import Request, RequestEvent
from citychain.portal.wording import short

State = Request.State
#: The states that a request passes when all goes well.
WAY = (State.RECEIVED, State.SENT, State.INCLUDED, State.FINAL)


def dots(request: Request, events: list[RequestEvent]) -> list[Dot]:
    """Signed, sent, included, final. A failed request ends in a square that says how."""
    times = {event.state: event.at for event in events}
    times.setdefault(State.RECEIVED, request.created)
    labels = (_("Signed"), _("Sent"), _("Recorded"), _("Final"))
    failed = request.state in (State.REJECTED, State.EXPIRED)
    reached = _reached(request, times)
    shown: list[Dot] = []
    for place, (state, label) in enumerate(zip(WAY, labels, strict=True)):
        if failed and place > reached:
            word = _("Rejected") if request.state == State.REJECTED else _("Expired")
            return [*shown, Dot(word, "bad", times.get(request.state))]
        if place <= reached:
            shown.append(Dot(label, "done", times.get(state)))
        elif place == reached + 1:
            shown.append(Dot(label, "now", None, _expected(state)))
        else:
            shown.append(Dot(label, "todo"))
    return shown


def _reached(request: Request, times: dict[str, int]) -> int:
    """Index in WAY of the last dot that is done."""
    if request.state in WAY:
        return WAY.index(request.state)
    return max(place for place, state in enumerate(WAY[:3]) if state in times)


def _expected(state: str) -> str:
    return {
        State.SENT: _("usually within a second"),
        State.INCLUDED: _("usually within two seconds"),
        State.FINAL: _("once its block can’t be undone"),
    }[State(state)]


def steps(request: Request, events: list[RequestEvent]) -> list[Step]:
    """Everything that happened to it, oldest first, and what is expected next."""
    bad = (State.REJECTED, State.EXPIRED)
    history = [
        Step(_words(event), event.at, tx=event.details.get("tx", ""), state="bad" if event.state in bad else "done")
        for event in events
    ]
    pending = {
        State.RECEIVED: _("Next: the city sends it to the record"),
        State.SENT: _("Next: a block records it"),
        State.INCLUDED: _("Next: its block becomes final"),
    }
    if request.state in pending:
        history.append(Step(pending[State(request.state)], state="pending"))
    return history


def _words(event: RequestEvent) -> str:
    """What happened; a transaction's hash stands short there and whole behind the link."""
    tx = event.details.get("tx", "")
    return event.detail.replace(tx, short(tx)) if tx else event.detail
