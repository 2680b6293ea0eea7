"""Leases in words: terms in sentences, states, steps of a history, agreements."""

import json
from collections.abc import Collection, Mapping
from typing import Any

from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from citychain.components import Tone, Words
from citychain.identity import queries as identity
from citychain.money import queries as money
from citychain.money.errors import UnknownBank
from citychain.portal.wording import calendar_day, yuan

from ..units_models import Unit
from ..wording import UNITS
from . import queries, schedule
from .models import Lease, LeaseStep
from .queries import Agreement
from .terms import Terms

STATES: dict[str, tuple[Tone, Promise]] = {
    Lease.State.SIGNED: ("wait", gettext_lazy("Signed, not paid")),
    Lease.State.FUNDED: ("wait", gettext_lazy("Paid, keys not handed over")),
    Lease.State.RUNNING: ("good", gettext_lazy("In force")),
    Lease.State.LAPSED: ("plain", gettext_lazy("Without effect")),
}
TRACKS: dict[str, Promise] = {
    "adjudication": gettext_lazy("Adjudication on paper; either side may go to court"),
    "arbitration": gettext_lazy("Arbitration, final"),
    "mediation": gettext_lazy("Mediation; otherwise a court"),
}
SIDES: dict[str, Promise] = {"landlord": gettext_lazy("Landlord"), "tenant": gettext_lazy("Tenant")}
STEPS: dict[str, Promise] = {
    "LeaseSigned": gettext_lazy("All have signed"),
    "SponsorChanged": gettext_lazy("Who else pays was changed"),
    "LeaseFunded": gettext_lazy("Deposit and first rent are in escrow"),
    "ConditionConfirmed": gettext_lazy("One side confirmed the condition of the home"),
    "HandedOver": gettext_lazy("Keys handed over: the lease runs"),
    "LeaseLapsed": gettext_lazy("Without effect; the money goes back"),
    "LeaseShortened": gettext_lazy("A new last day"),
    "LeaseExtended": gettext_lazy("Extended"),
    "LandlordsChanged": gettext_lazy("Other landlords took their side over"),
    "PayeeChanged": gettext_lazy("Rent goes to another owner"),
    "RefundeeChanged": gettext_lazy("The deposit goes back to another tenant"),
    "AccountReplaced": gettext_lazy("An account was replaced"),
    "ReplacementAnnounced": gettext_lazy("The replacement of an account was announced"),
    "ReplacementStopped": gettext_lazy("The replacement of an account was stopped"),
    "Agreed": gettext_lazy("A party agreed to a change"),
    "AgreementWithdrawn": gettext_lazy("A party took their agreement back"),
    "CureDemanded": gettext_lazy("A side demands that a breach be put right"),
    "TerminationNotified": gettext_lazy("A side notified the termination"),
    "TerminationContested": gettext_lazy("The other side objected"),
    "DemandWithdrawn": gettext_lazy("The demand was taken back"),
    "TerminationDecided": gettext_lazy("The termination was decided"),
    "CourtEnded": gettext_lazy("A court decided about the lease"),
    "EscrowLodged": gettext_lazy("Money came in for a party"),
    "EscrowAwarded": gettext_lazy("Money of the escrow belongs to a party"),
    "EscrowPaidOut": gettext_lazy("A credit was paid out"),
    "CourtHeld": gettext_lazy("A court keeps the money in escrow"),
    "CourtAwarded": gettext_lazy("A court awarded money"),
    "CourtMoved": gettext_lazy("A court moved a credit"),
    "PayOutAnnounced": gettext_lazy("The bank announced a payment into another account"),
    "PayOutStopped": gettext_lazy("The payment into another account was stopped"),
}
STEPS |= {
    "RentPaid": gettext_lazy("Rent paid"),
    "RentSettled": gettext_lazy("The bank says: the rent arrived"),
    "RentReturned": gettext_lazy("The bank says: the rent came back"),
    "RentRefunded": gettext_lazy("Rent paid too much went back"),
    "RentCredited": gettext_lazy("Rent credited"),
    "RentMandateGiven": gettext_lazy("Rent pays itself from now on"),
    "RentMandateRevoked": gettext_lazy("Automatic payment ended"),
    "LateFeeClaimed": gettext_lazy("Late fee claimed"),
    "LateFeeContested": gettext_lazy("A tenant objects to the late fee"),
    "LateFeeDecided": gettext_lazy("Late fee decided"),
    "LateFeePaid": gettext_lazy("Late fee paid"),
    "LateFeeWaived": gettext_lazy("Late fee waived"),
    "ClaimsStated": gettext_lazy("The landlord claims from the deposit"),
    "ClaimsAccepted": gettext_lazy("The tenant accepted claims"),
    "ClaimsWithdrawn": gettext_lazy("The landlord withdrew claims"),
    "TenantsReminded": gettext_lazy("The tenant was reminded by two ways"),
    "ClaimsContested": gettext_lazy("The claims wait for a decision"),
    "DeciderReplaced": gettext_lazy("The city’s decider was called"),
    "ClaimsDecided": gettext_lazy("The claims were decided"),
    "ClaimsTakenToCourt": gettext_lazy("A party went to court"),
    "DecisionEnforced": gettext_lazy("The decision was carried out"),
    "DepositReleased": gettext_lazy("What was open goes back to the tenant"),
    "DepositDistributed": gettext_lazy("What is settled of the deposit was divided"),
    "SettlementClosed": gettext_lazy("Nothing is open any more"),
}
STEPS |= {
    "FilingSubmitted": gettext_lazy("Submitted to the housing bureau"),
    "FilingReturned": gettext_lazy("The housing bureau gave it back"),
    "LeaseFiled": gettext_lazy("Filed by the housing bureau"),
    "FilingCancelled": gettext_lazy("The certificate was cancelled"),
    "OutsideLeaseReported": gettext_lazy("Another lease of the place was reported"),
    "OutsideLeaseContested": gettext_lazy("A party objects to the report"),
    "OutsideLeaseWithdrawn": gettext_lazy("The report was taken back"),
}
#: Facts of a tenant's history (histories.facts), and what its deposit may have become.
FACTS: dict[str, Promise] = {
    "lease": gettext_lazy("Lease"),
    "first_day": gettext_lazy("First day"),
    "last_day": gettext_lazy("Last day"),
    "ended": gettext_lazy("Has ended"),
    "months_due": gettext_lazy("Months with rent due"),
    "months_on_time": gettext_lazy("of them paid on time"),
    "months_late": gettext_lazy("of them paid late"),
    "months_open": gettext_lazy("of them open"),
    "longest_delay_days": gettext_lazy("Longest delay, in days"),
    "late_fees": gettext_lazy("Late fees claimed"),
    "deposit": gettext_lazy("Deposit"),
    "disputes": gettext_lazy("Disputes and decisions"),
    "rent": gettext_lazy("Rent a month"),
    "deposit_fen": gettext_lazy("Sum of the deposit"),
}
DEPOSITS: dict[str, Promise] = {
    "held": gettext_lazy("in escrow"),
    "in settlement": gettext_lazy("in settlement"),
    "returned whole": gettext_lazy("returned whole"),
}


def fact(name: str, value: Any) -> str:
    """A fact of a tenant's history as people read it; whatever a file says, it is shown as text."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return "; ".join(str(STEPS.get(str(one), one)) for one in value) or _("none")
    if name in ("rent", "deposit_fen") and isinstance(value, int):
        return yuan(value)
    if name == "deposit":
        percent, _space, _rest = str(value).partition(" % returned")
        known = DEPOSITS.get(str(value))
        return str(known) if known else _("%(percent)s %% returned") % {"percent": percent}
    return "—" if value is None else str(value)


#: How a lease stands before the housing bureau.
FILINGS: dict[str, tuple[Tone, Promise]] = {
    "due": ("wait", gettext_lazy("not submitted yet")),
    "submitted": ("wait", gettext_lazy("submitted, waits for the bureau")),
    "returned": ("bad", gettext_lazy("given back with reasons")),
    "filed": ("good", gettext_lazy("filed")),
    "cancelled": ("bad", gettext_lazy("certificate cancelled")),
}
#: Parts of a settlement, in the order of SettlementRecords.Part; its steps; what items may be for.
PARTS: dict[str, Promise] = {"claims": gettext_lazy("Claims"), "bills": gettext_lazy("Last bills")}
SETTLEMENT: dict[str, Promise] = {
    "reserved": gettext_lazy("kept back for the last bills"),
    "stated": gettext_lazy("waits for the tenant’s answer"),
    "reminded": gettext_lazy("waits for the tenant’s answer, after a reminder"),
    "contested": gettext_lazy("waits for a decision"),
    "decided": gettext_lazy("decided; either side may go to court"),
    "at-court": gettext_lazy("at a court"),
    "closed": gettext_lazy("settled"),
}
ITEMS: dict[str, Promise] = {
    "rent": gettext_lazy("Rent that is open"),
    "cleaning": gettext_lazy("Cleaning"),
    "damage": gettext_lazy("Damage"),
    "missing": gettext_lazy("Something missing"),
    "water": gettext_lazy("Water"),
    "power": gettext_lazy("Power"),
    "gas": gettext_lazy("Gas"),
    "other": gettext_lazy("Something else"),
}
FEES: dict[str, Promise] = {
    "claimed": gettext_lazy("claimed"),
    "contested": gettext_lazy("contested"),
    "decided": gettext_lazy("decided"),
    "paid": gettext_lazy("paid"),
    "waived": gettext_lazy("waived"),
}
PAYMENTS: dict[str, tuple[Tone, Promise]] = {
    "made": ("good", gettext_lazy("paid")),
    "settled": ("good", gettext_lazy("paid, final at the bank")),
    "returned": ("bad", gettext_lazy("came back")),
}
BAD_STEPS = {
    "RentReturned",
    "ClaimsTakenToCourt",
    "LateFeeClaimed",
    "CourtEnded",
    "LeaseLapsed",
    "CureDemanded",
    "TerminationNotified",
    "FilingReturned",
    "FilingCancelled",
    "OutsideLeaseReported",
}
REASONS: dict[str, Promise] = {
    "unpaid": gettext_lazy("nobody paid in time"),
    "no-handover": gettext_lazy("keys were not handed over in time"),
    "agreed": gettext_lazy("all agreed"),
    "court": gettext_lazy("by a court"),
    "outside": gettext_lazy("another lease of the place was there before"),
    "notice": gettext_lazy("by notice"),
    "accepted": gettext_lazy("the other side accepted"),
    "decision": gettext_lazy("by a decision"),
    "extended": gettext_lazy("all agreed"),
}


def day(number: int) -> str:
    """A day of a lease as people write it."""
    return calendar_day(schedule.to_date(number))


def state_of(row: Lease) -> tuple[Tone, Words]:
    """The tone and the words of how a lease stands today."""
    if row.state == Lease.State.RUNNING and row.to_day <= queries.today():
        return "plain", _("Ended")
    return STATES[Lease.State(row.state)]


def unit_name(unit_id: int) -> str:
    return unit_names([unit_id])[unit_id]


def unit_names(unit_ids: Collection[int]) -> dict[int, str]:
    """What each unit is, with its number; the number alone where the record has none."""
    found = Unit.objects.in_bulk(list(unit_ids))
    return {
        number: f"{UNITS[Unit.Kind(found[number].kind)]} · {number}" if number in found else str(number)
        for number in unit_ids
    }


def institution(number: int) -> str:
    return {row.id: identity.localized(row.name) for row in identity.institutions()}.get(number, str(number))


def bank_name(address: str) -> str:
    try:
        return money.bank_name(money.bank(address))
    except UnknownBank:
        return address


def sentences(terms: Terms, names: Mapping[str, str]) -> list[str]:
    """The terms, as somebody reads them before they sign; `names` of accounts that the reader may know."""

    def people(accounts: list[str]) -> str:
        return "; ".join(names.get(account) or account for account in accounts)

    months = list(schedule.months(rent=terms.rent, due=terms.dueDay, from_day=terms.fromDay, to_day=terms.toDay))
    first = months[0].amount if months else 0
    values = {
        "landlords": people(terms.landlords),
        "tenants": people(terms.tenants),
        "unit": unit_name(terms.unitId),
        "from": day(terms.fromDay),
        "to": day(terms.toDay - 1),
        "rent": yuan(terms.rent),
        "due": terms.dueDay,
        "first": yuan(first),
        "deposit": yuan(terms.deposit),
        "bank": bank_name(terms.deposits),
        "payee": people([terms.payee]),
        "refundee": people([terms.refundee]),
        "grace": terms.graceDays,
        "fee": yuan(terms.lateFee),
        "notice": terms.noticeDays,
        "decider": institution(terms.decider),
        "total": yuan(terms.deposit + first),
    }
    track = ("adjudication", "arbitration", "mediation")[terms.track]
    lines = [
        _("%(landlords)s let this to %(tenants)s: %(unit)s.") % values,
        ngettext("%(count)s person lives there.", "%(count)s people live there.", terms.occupants)
        % {"count": terms.occupants},
        _("From %(from)s to %(to)s, both days included.") % values,
        _("Rent %(rent)s for a calendar month, due on day %(due)s of it; %(first)s for the first month.") % values,
        _("Deposit %(deposit)s. It waits with %(bank)s in escrow: neither side can take it alone.") % values,
        _("Rent goes to %(payee)s, the deposit back to %(refundee)s.") % values,
    ]
    if terms.lateFee:
        lines.append(_("Rent that is more than %(grace)s days late may cost %(fee)s for that month.") % values)
    else:
        lines.append(_("Late rent costs no fee."))
    if terms.noticeDays:
        lines.append(_("Each side may end the lease by notice, %(notice)s days before.") % values)
    else:
        lines.append(_("The lease can’t be ended by ordinary notice."))
    if terms.sublettable:
        lines.append(_("The tenant may sublet."))
    lines.append(f"{_('If you can’t agree')}: {TRACKS[track]} ({values['decider']}).")
    return lines


def both_languages(terms: Terms, texts: Mapping[str, str]) -> str:
    """The whole lease as a text that is committed to: its Chinese prevails."""
    parts = []
    for language in ("zh-hans", "en"):
        with translation.override(language):
            parts += [
                _("Lease"),
                *sentences(terms, {}),
                _("House rules"),
                texts["houseRules"] or "—",
                _("Inventory"),
                texts["inventory"] or "—",
                _("Further agreements"),
                texts.get("other") or "—",
                _("The Chinese text prevails."),
                "",
            ]
    return "\n".join(str(part) for part in parts).strip()


def step(row: LeaseStep, names: Mapping[int, str]) -> tuple[Words, str, str]:
    """A step of the history: what, by whom (an institution), and a detail."""
    told: dict[str, Any] = json.loads(row.detail)
    by = next((names[told[key]] for key in ("institution", "court", "bank") if told.get(key) in names), "")
    detail = ""
    if told.get("toDay"):
        detail = _("last day %(day)s") % {"day": day(told["toDay"] - 1)}
    elif "amount" in told:
        detail = yuan(int(told["amount"]))
    why = told.get("reason") or told.get("way") or told.get("caseNumber") or ""
    if why and not str(why).startswith("0x"):
        detail = " · ".join(filter(None, (detail, str(REASONS.get(why, why)))))
    return STEPS.get(row.event, row.event), by, detail


def agreement(one: Agreement) -> str:
    """What is on the table, in words."""
    values = {"day": day(one.day - 1) if one.day else ""}
    words = {
        "lapse": _("Call the lease off, with everything paid back"),
        "end": _("End the lease, with %(day)s as the last day") % values,
        "extension": _("Let the lease go on to %(day)s") % values,
        "notice": _("Notice: %(day)s is the last day") % values,
        "accept": _("Accept the termination: %(day)s is the last day") % values,
    }
    return words.get(one.kind, _("Another change"))


# --- documents of the parties ----------------------------------------------------------------------------------------

MESSAGES: dict[str, Promise] = {
    "message": gettext_lazy("A message"),
    "repair": gettext_lazy("A repair that is needed"),
}
READERS: dict[str, Promise] = {
    "landlord": gettext_lazy("landlord’s side"),
    "tenant": gettext_lazy("tenant’s side"),
    "decider": gettext_lazy("decider"),
    "court": gettext_lazy("court"),
    "bureau": gettext_lazy("housing bureau"),
}
DOCUMENTS: dict[str, Promise] = {
    "paper": gettext_lazy("Words behind a commitment"),
    "terms": gettext_lazy("The whole lease"),
    "messages": gettext_lazy("Messages"),
    "photo": gettext_lazy("Photos"),
}
