"""What who lets a home signs: to offer it, to change what it costs, to prolong the offer, to end it."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from citychain.chain import clock
from citychain.chain.abi import Act, Function
from citychain.chain.addressbook import AddressBook
from citychain.chain.clock import local_time
from citychain.identity.forms import DayField
from citychain.identity.models import Paper
from citychain.money.desk_forms import AmountField
from citychain.portal.wording import calendar_day, square_metres, yuan

from .. import units_queries
from ..bindings import Listings
from ..units_models import Unit
from . import queries, services, wording
from .models import Listing
from .search_forms import DayNumberField

#: Listings.MAX_OFFER_TIME and MAX_AHEAD, in days.
OFFER_DAYS, DAYS_AHEAD = 180, 366
DAY = 86_400


def _check_until(form: forms.Form, data: dict[str, Any]) -> None:
    until = data.get("valid_until")
    if until is not None and not clock.now() < until <= clock.now() + OFFER_DAYS * DAY:
        form.add_error("valid_until", gettext("An offer ends within %(days)s days.") % {"days": OFFER_DAYS})


def _price_words(rent: int, deposit: int) -> str:
    values = {"rent": yuan(rent), "deposit": yuan(deposit)}
    return gettext("The rent is %(rent)s a month, and the deposit %(deposit)s.") % values


class OfferForm(forms.Form):
    """An offer of one unit by `signer`, who is an agent unless they own the home."""

    title: ClassVar[Promise] = _("Offer a home to let")
    warning: ClassVar[Promise] = _(
        "Everybody can read the offer and its description. Its price history stays on the record for ever."
    )
    rent = AmountField(label=_("Rent for a calendar month, in yuan"))
    deposit = AmountField(label=_("Deposit, in yuan"), nothing=True)
    earliest_day = DayNumberField(label=_("Free from"))
    shortest_months = forms.IntegerField(label=_("Months at least"), min_value=1, max_value=240, initial=6)
    longest_months = forms.IntegerField(label=_("Months at most"), min_value=1, max_value=240, initial=24)
    valid_until = DayField(label=_("The offer stands until"), help_text=_("180 days at most; you can prolong it."))
    area = forms.DecimalField(label=_("Area in m²"), min_value=1, max_value=100_000, decimal_places=2)
    rooms = forms.IntegerField(label=_("Rooms"), min_value=1, max_value=100)
    floor = forms.CharField(label=_("Floor"), max_length=20, help_text=_("Such as 3 of 6."))
    text = forms.CharField(
        label=_("Description"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("Everybody reads it. No names, telephone numbers or door numbers."),
    )
    licence = forms.CharField(
        label=_("Number of your licence"), max_length=80, help_text=_("As the agent of the owners you show it.")
    )
    agent_fee = AmountField(label=_("Your fee from the tenant, in yuan"), nothing=True)

    def __init__(self, *args: Any, unit: Unit, signer: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.unit, self.signer = unit, signer
        if queries.owns(unit, signer):
            del self.fields["licence"], self.fields["agent_fee"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        today, first = units_queries.today(), data.get("earliest_day")
        if first is not None and not today <= first <= today + DAYS_AHEAD:
            self.add_error("earliest_day", gettext("Today at the earliest, and within a year."))
        if data.get("shortest_months") and (data.get("longest_months") or 240) < data["shortest_months"]:
            self.add_error("longest_months", gettext("The longest time is no shorter than the shortest."))
        if data.get("rent") == 0:
            self.add_error("rent", gettext("The rent is more than nothing."))
        _check_until(self, data)
        if not self.errors:
            self.paper = services.describe(
                area=int(data["area"] * 100),
                rooms=data["rooms"],
                floor=data["floor"],
                text=data["text"],
                licence=data.get("licence", ""),
            )
        return data

    def act(self) -> Act:
        data = self.cleaned_data
        offer = Listings.Offer(
            rent=data["rent"],
            deposit=data["deposit"],
            earliestDay=data["earliest_day"],
            shortestMonths=data["shortest_months"],
            longestMonths=data["longest_months"],
            validUntil=data["valid_until"],
            agentFee=data.get("agent_fee", 0),
            licence=services.licence_commitment(self.paper),
            description=self.paper.commitment,
        )
        return Act(AddressBook.load().address("Listings"), Listings.offerUnit(self.unit.id, 0, offer))

    def sentences(self) -> Sequence[str]:
        data = self.cleaned_data
        rooms = ngettext("%(count)s room", "%(count)s rooms", data["rooms"]) % {"count": data["rooms"]}
        values = {
            "number": self.unit.id,
            "title": self.unit.title,
            "day": wording.day(data["earliest_day"]),
            "months": wording.months(data["shortest_months"], data["longest_months"]),
            "until": calendar_day(local_time(data["valid_until"])),
            "about": f"{square_metres(int(data['area'] * 100))}, {rooms}, {data['floor']}. {data['text']}",
        }
        found = [
            gettext("You offer unit No. %(number)s of title No. %(title)s to let.") % values,
            _price_words(data["rent"], data["deposit"]),
            gettext("A lease can begin on %(day)s at the earliest, for %(months)s.") % values,
            gettext("The offer stands until %(until)s, unless you prolong it or take it back.") % values,
            gettext("You describe it so: %(about)s") % values,
        ]
        if self.paper.licence:
            fee = {"licence": self.paper.licence, "fee": yuan(data["agent_fee"])}
            found.append(
                gettext("You act for the owners with licence %(licence)s, and ask the tenant for %(fee)s.") % fee
            )
        return found

    def papers(self) -> Sequence[Paper]:
        return [self.paper]


class ListingForm(forms.Form):
    """Something that somebody signs about one offer. The contract decides whether it may be."""

    title: ClassVar[Promise]
    warning: ClassVar[Promise | str] = ""

    def __init__(self, *args: Any, row: Listing, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.row = row

    @classmethod
    def signer_of(cls, row: Listing, accounts: list[str]) -> str:
        """The account of the reader's that may sign this now, "" where it is not theirs to do."""
        return row.lister if row.lister in accounts and not queries.fault(row) else ""

    def call(self) -> Function[Any]:
        raise NotImplementedError

    def act(self) -> Act:
        return Act(AddressBook.load().address("Listings"), self.call())

    def sentences(self) -> Sequence[str]:
        raise NotImplementedError


class PriceForm(ListingForm):
    title = _("Change the price")
    warning = _("The price before stays in the history of the offer.")
    rent = AmountField(label=_("Rent for a calendar month, in yuan"))
    deposit = AmountField(label=_("Deposit, in yuan"), nothing=True)

    def call(self) -> Function[Any]:
        return Listings.changePrice(self.row.id, self.cleaned_data["rent"], self.cleaned_data["deposit"])

    def sentences(self) -> Sequence[str]:
        return [_price_words(self.cleaned_data["rent"], self.cleaned_data["deposit"])]


class ProlongForm(ListingForm):
    title = _("Prolong the offer")
    valid_until = DayField(label=_("The offer stands until"), help_text=_("180 days from today at most."))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        _check_until(self, data)
        return data

    def call(self) -> Function[Any]:
        return Listings.prolongOffer(self.row.id, self.cleaned_data["valid_until"])

    def sentences(self) -> Sequence[str]:
        until = calendar_day(local_time(self.cleaned_data["valid_until"]))
        return [gettext("The offer stands until %(until)s.") % {"until": until}]


class WithdrawForm(ListingForm):
    title = _("Take the offer back")
    warning = _("It can’t be brought back: offer the home anew.")

    @classmethod
    def signer_of(cls, row: Listing, accounts: list[str]) -> str:
        if row.state != Listing.State.OPEN:
            return ""
        return next((one for one in accounts if one == row.lister or queries.must_consent(row, one)), "")

    def call(self) -> Function[Any]:
        return Listings.withdrawOffer(self.row.id)

    def sentences(self) -> Sequence[str]:
        return [gettext("The home is offered no more. Leases and applications stay what they are.")]


class CloseForm(ListingForm):
    title = _("Close the offer")
    warning = _("It can’t be brought back: who lets the home offers it anew.")

    @classmethod
    def signer_of(cls, row: Listing, accounts: list[str]) -> str:
        return accounts[0] if accounts and row.state == Listing.State.OPEN and queries.fault(row) else ""

    def call(self) -> Function[Any]:
        return Listings.closeOffer(self.row.id)

    def sentences(self) -> Sequence[str]:
        reason = wording.FAULTS[queries.fault(self.row)]
        return [gettext("The offer is over, and the record will say so: %(reason)s.") % {"reason": reason}]


#: Acts on one offer by the name in their address, in the order in which their buttons stand.
ACTS: dict[str, type[ListingForm]] = {
    "price": PriceForm,
    "prolong": ProlongForm,
    "withdraw": WithdrawForm,
    "close": CloseForm,
}


def offered(row: Listing, accounts: list[str]) -> list[tuple[str, Promise]]:
    """What the reader may do with the offer now: the name of each act and what its button says."""
    return [(name, kind.title) for name, kind in ACTS.items() if kind.signer_of(row, accounts)]
