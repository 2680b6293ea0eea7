"""What the registrar's forms ask about a deed and its owners."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from citychain.chain.addressbook import AddressBook
from citychain.identity import personas
from citychain.identity.forms import AddressField
from citychain.identity.models import Persona, PersonaAccount
from citychain.portal import places

from ..models import Deed
from ..services import WHOLE, DeedBody, Share, write_deed
from ..wording import USES

NOBODY = "0x" + "0" * 40
#: The fields that name an owner; the account that may stand in the place of each is the same name with _account.
PEOPLE = ("owner", "second_owner")
OWNERS = ("owner", "owner_account", "second_owner", "second_owner_account", "second_share")


class DeedForm(forms.Form):
    """A deed. `area` is typed in m2 and leaves in 0.01 m2."""

    village = forms.ChoiceField(label=_("Village or community"))
    use = forms.ChoiceField(label=_("Use"), choices=list(USES.items()))
    area = forms.DecimalField(
        label=_("Area in m²"), min_value=Decimal("1"), max_value=Decimal("1000000"), decimal_places=2, max_digits=9
    )
    address = forms.CharField(
        label=_("Full address"), max_length=200, help_text=_("Kept here; the record never holds it.")
    )
    number = forms.CharField(label=_("Number of the deed"), max_length=60)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["village"].choices = [
            ("", "—"),
            *(
                (f"{county.name} · {town.name}", [(v.code, v.name) for v in places.villages(town.code)])
                for county in places.counties()
                for town in places.towns()
                if town.county == county.code
            ),
        ]
        fields["area"].widget = forms.TextInput(attrs={"inputmode": "decimal"})

    def clean_area(self) -> int:
        return int(self.cleaned_data["area"] * 100)

    def village_found(self) -> places.Village:
        code = self.cleaned_data["village"]
        return next(v for town in places.towns() for v in places.villages(town.code) if v.code == code)

    def body(self) -> DeedBody:
        """What the deed says, of a form that is valid."""
        data, village = self.cleaned_data, self.village_found()
        return DeedBody(int(village.town), village.code, data["use"], data["area"], data["address"], data["number"])

    def deed_words(self) -> str:
        body = self.body()
        values = {"number": body.number, "use": USES[body.use], "area": f"{body.area / 100:,.2f}"}
        return gettext("Deed %(number)s, %(use)s, %(area)s m².") % values


class OwnersForm(forms.Form):
    """One owner or two, each a person of the demonstration city or an account that they gave. Shares leave in basis
    points, in the order of the owners, under `shares`."""

    owner = forms.ChoiceField(
        label=_("Owner"), required=False, help_text=_("Choose a person, or give an account below.")
    )
    owner_account = AddressField(
        label=_("or the owner’s account"),
        required=False,
        help_text=_("Ask for an account that they use for nothing else."),
    )
    second_owner = forms.ChoiceField(label=_("Second owner"), required=False)
    second_owner_account = AddressField(label=_("or the second owner’s account"), required=False)
    second_share = forms.DecimalField(
        label=_("Share of the second owner, %"),
        required=False,
        min_value=Decimal("0.01"),
        max_value=Decimal("99.99"),
        decimal_places=2,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        people = [(p.id, f"{p.name} · {p.id}") for p in personas.all_personas().filter(institution=0)]
        for name in PEOPLE:
            fields[name].choices = [("", "—"), *people]
            fields[name].either = fields[f"{name}_account"].either = name == PEOPLE[0]
            if not people:
                fields[name].widget = forms.HiddenInput()

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        first, second = (data.get(name) or data.get(f"{name}_account") for name in PEOPLE)
        for name in PEOPLE:
            if data.get(name) and data.get(f"{name}_account"):
                self.add_error(f"{name}_account", _("Choose a person or give an account, not both."))
            if data.get(f"{name}_account") in (NOBODY, AddressBook.load().address("Titles")):
                self.add_error(f"{name}_account", _("This account is nobody’s."))
        if not first and not {"owner", "owner_account"} & set(self.errors):
            self.add_error("owner_account" if self.fields["owner"].widget.is_hidden else "owner", _("Say who owns it."))
        share = data.get("second_share")
        if second and second == first:
            self.add_error("second_owner", _("This person is the owner already."))
        if bool(second) != bool(share) and "second_share" not in self.errors:
            self.add_error("second_share", _("A second owner needs a share, and a share needs a second owner."))
        shares = int((share or 0) * 100)
        data["shares"] = [WHOLE - shares, shares] if second else [WHOLE]
        return data

    def people(self) -> list[Persona | str]:
        """Persons of the demonstration city, and accounts of others."""
        data = self.cleaned_data
        found = [(data[name], data[f"{name}_account"]) for name in PEOPLE]
        return [personas.by_id(person) if person else str(account) for person, account in found if person or account]

    def names(self) -> str:
        return gettext(" and ").join(
            gettext("%(name)s (%(share)s %%)")
            % {
                "name": person if isinstance(person, str) else f"{person.name} · {person.id}",
                "share": f"{share / 100:g}",
            }
            for person, share in zip(self.people(), self.cleaned_data["shares"], strict=True)
        )

    def draft(self, deed: Deed) -> tuple[list[PersonaAccount], list[Share]]:
        """A fresh account for each owner of the demonstration city, stored when the request is, and what each owner
        gets."""
        purpose, accounts, addresses = f"title:{deed.commitment[2:18]}", [], []
        for person in self.people():
            if not isinstance(person, str):
                accounts.append(personas.draft_account(person, purpose))
            addresses.append(person if isinstance(person, str) else accounts[-1].address)
        shares = zip(addresses, self.cleaned_data["shares"], strict=True)
        return accounts, [Share(account, share) for account, share in shares]


class RegisterForm(OwnersForm, DeedForm):
    """A deed and its owners."""

    field_order = ("village", "use", "area", "address", "number", *OWNERS)

    def draft_all(self) -> tuple[Deed, list[PersonaAccount], list[Share]]:
        """The deed under its commitment, its owners' fresh accounts, and their shares. Nothing is stored."""
        deed = write_deed(self.body())
        return (deed, *self.draft(deed))
