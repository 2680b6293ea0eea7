"""What the acts on one title share: who may, what they sign, and the words before it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from django import forms
from django.utils.functional import Promise

from citychain.chain import clock
from citychain.chain.abi import Act, Function
from citychain.chain.addressbook import AddressBook
from citychain.chain.clock import local_time
from citychain.identity import queries as identity
from citychain.identity.models import Paper

from .. import queries
from ..models import Encumbrance, Title, Transfer
from ..waiting import Party, Standing, standing


@dataclass(frozen=True)
class Case:
    """One title and the accounts of who looks at it, of which `own` are theirs alone. Each answer is asked of the read
    model once."""

    row: Title
    accounts: list[str]
    own: list[str]

    @cached_property
    def registered(self) -> bool:
        return bool(self.row.state == Title.State.REGISTERED)

    @cached_property
    def transfer(self) -> Transfer | None:
        return queries.open_transfer(self.row.id) if self.registered else None

    @cached_property
    def standing(self) -> Standing | None:
        return standing([self.transfer])[0] if self.transfer else None

    @property
    def parties(self) -> list[Party]:
        return self.standing.parties if self.standing else []

    @cached_property
    def burdens(self) -> list[Encumbrance]:
        return queries.encumbrances(self.row.id) if self.registered else []

    @property
    def mortgages(self) -> list[Encumbrance]:
        return [burden for burden in self.burdens if burden.kind == Encumbrance.Kind.MORTGAGE]

    @property
    def seizures(self) -> list[Encumbrance]:
        return [burden for burden in self.burdens if burden.kind == Encumbrance.Kind.SEIZURE]

    @cached_property
    def seized_by_others(self) -> bool:
        """Whether another court than the reader's has seized it."""
        return any(not self.holder_of(burden) for burden in self.seizures)

    @property
    def silent(self) -> list[Encumbrance]:
        """Mortgages whose banks have not agreed to the open transfer."""
        return self.standing.silent if self.standing else self.mortgages

    @property
    def agreed(self) -> bool:
        return self.transfer is not None and not self.silent and all(party.agreed for party in self.parties)

    @cached_property
    def registrar(self) -> str:
        """The account that may act for the title's registrar, "" when none of them may."""
        if not self.registered:
            return ""
        return queries.may_act(self.accounts, "registrar", "titles", self.row.registrar)

    @cached_property
    def registrars_hand(self) -> str:
        """The same of what one officer signs alone: a deed has one signature."""
        return queries.may_act(self.own, "registrar", "titles", self.row.registrar) if self.registered else ""

    @cached_property
    def court(self) -> str:
        return queries.may_act(self.accounts, "court", "order") if self.registered else ""

    def holder_of(self, burden: Encumbrance) -> str:
        """The account that may act for the bank or the court of an encumbrance, "" when none of them may."""
        kind, scope = ("bank", "mortgage") if burden.kind == Encumbrance.Kind.MORTGAGE else ("court", "order")
        return queries.may_act(self.accounts, kind, scope, burden.institution)

    @cached_property
    def reversible_until(self) -> int:
        return int(self.row.registered_at) + REVERSAL_SECONDS


#: Titles.REVERSAL_TIME.
REVERSAL_SECONDS = 30 * 86_400


class TitleForm(forms.Form):
    """Something that somebody signs about one title. The contract decides whether it may be."""

    title: ClassVar[Promise]
    warning: ClassVar[Promise | str] = ""

    def __init__(self, *args: Any, case: Case, signer: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.case, self.signer = case, signer

    @classmethod
    def signer_of(cls, case: Case) -> str:
        """The account of the reader's that may sign this now, "" where it is not theirs to do."""
        raise NotImplementedError

    def call(self) -> Function[Any]:
        raise NotImplementedError

    def act(self) -> Act:
        return Act(AddressBook.load().address("Titles"), self.call())

    def sentences(self) -> Sequence[str]:
        raise NotImplementedError

    def papers(self) -> Sequence[Paper]:
        return []


class BurdenForm(TitleForm):
    """Something about one encumbrance of the title, which the reader's institution holds."""

    burden = forms.TypedChoiceField(coerce=int)
    label: ClassVar[Promise]

    @classmethod
    def choices_of(cls, case: Case) -> list[Encumbrance]:
        raise NotImplementedError

    @classmethod
    def own(cls, case: Case) -> list[Encumbrance]:
        return [burden for burden in cls.choices_of(case) if case.holder_of(burden)]

    @classmethod
    def signer_of(cls, case: Case) -> str:
        return next((case.holder_of(burden) for burden in cls.own(case)), "")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rows = {burden.id: burden for burden in self.own(self.case)}
        field: Any = self.fields["burden"]
        field.label = self.label
        field.choices = [(key, f"{institution(row)} · {until(row.valid_until)}") for key, row in self.rows.items()]

    def chosen(self) -> Encumbrance:
        return self.rows[self.cleaned_data["burden"]]


def institution(burden: Encumbrance) -> str:
    rows = {row.id: identity.localized(row.name) for row in identity.institutions()}
    return rows[burden.institution]


def until(moment: int) -> str:
    return local_time(moment).date().isoformat()


def is_past(moment: int) -> bool:
    return moment <= clock.now()
