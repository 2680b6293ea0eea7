"""How states look: a tone and a word for each. One table, so that a state is called the same everywhere."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from citychain.components import Tone

ICONS: dict[Tone, str] = {"good": "check", "wait": "clock", "bad": "cross", "plain": ""}

_LOOKS: dict[str, tuple[Tone, Promise]] = {
    # institutions
    "active": ("good", _("Active")),
    "suspended": ("bad", _("Suspended")),
    "revoked": ("bad", _("Revoked")),
    "succeeded": ("plain", _("Succeeded by another")),
    "not-yet": ("wait", _("Not valid yet")),
    "lapsed": ("bad", _("Validity ended")),
    # titles
    "registered": ("good", _("Registered")),
    "seized": ("bad", _("Seized by a court")),
    "mortgaged": ("wait", _("Mortgaged")),
    "cancelled": ("plain", _("Cancelled")),
    # requests
    "received": ("wait", _("Signed, waiting")),
    "sent": ("wait", _("Sent")),
    "included": ("wait", _("Recorded, not final yet")),
    "final": ("good", _("Final")),
    "rejected": ("bad", _("Rejected")),
    "expired": ("bad", _("Expired")),
    # accounts, withdrawals
    "open": ("good", _("Open")),
    "closed": ("plain", _("Closed")),
    "waiting": ("wait", _("Waiting")),
    "settled": ("good", _("Paid out")),
    "refused": ("bad", _("Refused")),
    # proposals of several officers
    "collecting": ("wait", _("Waits for others")),
    "ready": ("wait", _("All have signed")),
    "submitted": ("good", _("Handed in")),
    # applications
    "granted": ("good", _("Granted")),
    "withdrawn": ("plain", _("Withdrawn")),
}


def look(state: str) -> tuple[Tone, str | Promise]:
    """Tone and label of a state; an unknown one is shown plainly by its own name, never hidden."""
    return _LOOKS.get(state, ("plain", state))
