"""What an applicant and the author of an offer write."""

import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from citychain.chain import clock
from citychain.chain.abi import bytes32
from citychain.chain.addressbook import AddressBook
from citychain.chain.bindings import Parameters
from citychain.chain.clock import local_time
from citychain.chain.rpc import connect
from citychain.errors import CityError
from citychain.identity import queries as identity
from citychain.identity.forms import AddressField, DayField, DayInput
from citychain.money import queries as money
from citychain.money.desk_forms import AmountField
from citychain.portal.wording import yuan

from ..units_models import Unit
from . import offers, queries, schedule, terms, wording
from .forms.base import LastDayField
from .models import LeaseApplication

#: Kinds of institutions that decide, in the order of ILeases.Track.
DECIDERS = ("adjudicator", "arbitrator", "mediator")
LIMITS = ("deposit-months", "late-percent", "notice-days")
NONE = "0x" + "00" * 32


class FirstDayField(forms.DateField):
    """A first day in the city; as the record counts days when cleaned."""

    widget = DayInput

    def clean(self, value: Any) -> int | None:
        day = super().clean(value)
        return None if day is None else schedule.to_day(day)


def _a_year() -> dict[str, datetime.date]:
    first = local_time(clock.now()).date() + datetime.timedelta(days=7)
    return {"from_day": first, "to_day": first + datetime.timedelta(days=364)}


class ApplyForm(forms.Form):
    """Somebody would like to rent a unit."""

    occupants = forms.IntegerField(label=_("How many people"), min_value=1, max_value=1000, initial=1)
    from_day = FirstDayField(label=_("First day"))
    to_day = LastDayField(label=_("Last day"))
    message = forms.CharField(
        label=_("To the landlord"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Say who you are and what you look for. Only the landlords read it; it is deleted after 90 days."),
    )

    def __init__(self, data: Any = None, *, unit: Unit) -> None:
        super().__init__(data, initial=_a_year())
        field: Any = self.fields["occupants"]
        field.max_value = unit.occupants or 1
        field.help_text = gettext("At most %(most)s people may live there.") % {"most": unit.occupants}
        self.unit = unit

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("occupants") and self.unit.occupants and data["occupants"] > self.unit.occupants:
            self.add_error("occupants", gettext("So many people may not live there."))
        _check_days(self, data)
        return data


def _check_days(form: forms.Form, data: dict[str, Any]) -> None:
    first, after = data.get("from_day"), data.get("to_day")
    if first is not None and first < queries.today():
        form.add_error("from_day", gettext("This day is past."))
    if first is not None and after is not None and after <= first:
        form.add_error("to_day", gettext("The last day is before the first."))


class OfferForm(forms.Form):
    """The terms of a lease of one unit, as a landlord writes them."""

    tenant = AddressField(label=_("The tenant’s account"), help_text=_("The one that their application names."))
    second_tenant = AddressField(label=_("A second tenant’s account"), required=False)
    occupants = forms.IntegerField(label=_("How many people will live there"), min_value=1, max_value=1000, initial=1)
    from_day = FirstDayField(label=_("First day"))
    to_day = LastDayField(label=_("Last day"))
    rent = AmountField(label=_("Rent for a calendar month, in yuan"))
    due_day = forms.IntegerField(
        label=_("Due on day of the month"),
        min_value=1,
        max_value=31,
        initial=5,
        help_text=_("In a shorter month its last day."),
    )
    deposit = AmountField(label=_("Deposit, in yuan"), nothing=True)
    grace_days = forms.IntegerField(label=_("Days of grace"), min_value=0, max_value=366, initial=5)
    late_fee = AmountField(label=_("Fee for a month paid late, in yuan"), nothing=True)
    notice_days = forms.IntegerField(
        label=_("Days of notice"),
        min_value=0,
        max_value=366,
        initial=30,
        help_text=_("0 when nobody can end the lease by ordinary notice."),
    )
    sublettable = forms.BooleanField(label=_("The tenant may sublet"), required=False)
    bank = forms.ChoiceField(label=_("Where the money waits"))
    payee = forms.ChoiceField(label=_("Who receives the rent"))
    decider = forms.ChoiceField(label=_("Who decides when you can’t agree"))
    houseRules = forms.CharField(  # the contract's name
        label=_("House rules"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 4})
    )
    inventory = forms.CharField(
        label=_("Inventory"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 4})
    )
    other = forms.CharField(
        label=_("Further agreements"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 4})
    )
    deadline = DayField(label=_("Last day to sign"), help_text=_("At most 90 days ahead."))

    def __init__(
        self, data: Any = None, *, unit: Unit, landlords: list[str], owners: list[str], initial: dict[str, Any]
    ) -> None:
        day = local_time(clock.now()).date() + datetime.timedelta(days=6)
        super().__init__(data, initial={**_a_year(), "deadline": day, **initial})
        self.unit, self.landlords = unit, landlords
        fields: dict[str, Any] = self.fields
        names = identity.names_of(set(owners))
        fields["payee"].choices = [(one, names.get(one) or one) for one in owners]
        fields["bank"].choices = [(row.address, money.bank_name(row)) for row in escrow_banks()]
        fields["decider"].choices = [
            (str(row.id), f"{identity.localized(row.name)} · {wording.TRACKS[track]}")
            for kind, track in zip(DECIDERS, wording.TRACKS, strict=True)
            for row in identity.institutions()
            if row.kind == kind and row.state == "active"
        ]

    def clean_deadline(self) -> int:
        moment = int(self.cleaned_data["deadline"])
        if not clock.now() < moment < clock.now() + 90 * 86_400:
            raise forms.ValidationError(gettext("Name a day ahead, at most 90 days from now."))
        return moment

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        _check_days(self, data)
        tenants = {data.get("tenant"), data.get("second_tenant")} - {"", None}
        if tenants & {*self.landlords, data.get("payee")}:
            self.add_error("tenant", gettext("A tenant can’t be the landlord."))
        if data.get("second_tenant") and data["second_tenant"] == data.get("tenant"):
            self.add_error("second_tenant", gettext("This is the same account."))
        if data.get("occupants") and data["occupants"] > self.unit.occupants:
            most = gettext("At most %(most)s people may live there.") % {"most": self.unit.occupants}
            self.add_error("occupants", most)
        if not self.errors:
            self._check_limits(data)
        if not self.errors:
            try:
                offers.check(self.draft())
            except CityError as problem:
                self.add_error(None, str(problem))
        return data

    def _check_limits(self, data: dict[str, Any]) -> None:
        operator = any(identity.public_names({*self.landlords, data["payee"]}))
        most = limits(operator)
        if data["deposit"] > (highest := data["rent"] * most["deposit-months"]):
            self.add_error("deposit", gettext("At most %(sum)s in this city.") % {"sum": yuan(highest)})
        if data["late_fee"] > (highest := data["rent"] * most["late-percent"] // 100):
            self.add_error("late_fee", gettext("At most %(sum)s in this city.") % {"sum": yuan(highest)})
        if 0 < data["notice_days"] < most["notice-days"]:
            words = gettext("At least %(days)s days in this city, or 0.") % {"days": most["notice-days"]}
            self.add_error("notice_days", words)

    def draft(self) -> terms.Terms:
        """The terms without commitments and salt."""
        data = self.cleaned_data
        tenants = sorted(filter(None, (data["tenant"], data["second_tenant"])))
        decider = int(data["decider"])
        return terms.Terms(
            unitId=self.unit.id,
            headLeaseId=self.unit.head_lease,
            landlords=sorted(self.landlords),
            tenants=tenants,
            payee=data["payee"],
            refundee=data["tenant"],
            occupants=data["occupants"],
            fromDay=data["from_day"],
            toDay=data["to_day"],
            rent=data["rent"],
            dueDay=data["due_day"],
            deposit=data["deposit"],
            graceDays=data["grace_days"],
            lateFee=data["late_fee"],
            noticeDays=data["notice_days"],
            sublettable=data["sublettable"],
            deposits=data["bank"],
            track=DECIDERS.index(identity.institution(decider).kind),
            decider=decider,
            houseRules=NONE,
            inventory=NONE,
            text=NONE,
            offerDeadline=data["deadline"],
            salt=NONE,
        )

    def texts(self) -> dict[str, str]:
        data = self.cleaned_data
        texts = {name: data[name] for name in ("houseRules", "inventory", "other")}
        return {**texts, "text": wording.both_languages(self.draft(), texts)}


def escrow_banks() -> list[Any]:
    """Banks at which the escrow has an account."""
    book = AddressBook.load()
    escrow = book.address("Escrow")
    held = {row.bank for row in money.accounts([escrow])}
    return [row for row in money.banks() if row.address in held]


def limits(operator: bool) -> dict[str, int]:
    """The city's numbers for terms, by LIMITS' names. Asks the node."""
    target, rpc = AddressBook.load().address("Parameters"), connect()
    kind = "lease.operator." if operator else "lease."
    return {name: rpc.view(target, Parameters.get(name=bytes32(kind + name))) for name in LIMITS}


def initial_of(application: LeaseApplication) -> dict[str, Any]:
    """What an application asked for, for the offer's form."""
    return {
        "tenant": application.account,
        "occupants": application.occupants,
        "from_day": schedule.to_date(application.from_day),
        "to_day": schedule.to_date(application.to_day - 1),
    }
